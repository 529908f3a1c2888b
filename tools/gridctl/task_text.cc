#include "tools/gridctl/task_text.h"

#include <fmt/format.h>

#include "tools/gridctl/lookup.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {

using namespace tasks::v1;  // NOLINT(google-build-using-namespace)

std::string TextOf(const Task& task) {
  Card card;
  card.Add("Task", task.name());
  card.Add("Kind", task.kind());
  card.Add("State", EnumText(task.state()));
  card.Add("Place", task.place());
  card.Add("Grid", task.grid());
  card.Add("Priority", task.has_priority() ? std::to_string(task.priority()) : "");
  card.Add("Due", TimeText(task.due_time()));
  card.Add("Assignee", task.assignee());
  card.Add("Claimant", task.claimant());
  card.Add("Attempt", std::to_string(task.attempt()));
  card.Add("Held until", TimeText(task.lease_expire_time()));
  card.Add("Lease", EnumText(task.lease_kind()));
  card.Add("Starts", TimeText(task.start_time()));
  card.Add("Failures", task.failures() == 0 ? "" : std::to_string(task.failures()));
  card.Add("Leases over", task.leases_over() == 0 ? "" : std::to_string(task.leases_over()));
  std::string needed;
  for (const std::string& code : task.qualifications()) needed += (needed.empty() ? "" : ", ") + code;
  card.Add("Needs", needed);
  card.Add("Reassigned", EnumText(task.assign_reason()));
  card.Add("Replayed", EnumText(task.replay_reason()));
  card.Add("Second visit of", task.second_visit_of());
  card.Add("Return note", task.return_note());
  card.Add("Form", fmt::format("version {}", task.form_version()));
  card.Add("Updated", TimeText(task.update_time()));
  card.Add("Etag", task.etag());
  return card.ToString();
}

Table TableOf(const google::protobuf::RepeatedPtrField<Task>& tasks) {
  Table table({"STATE", "KIND", "PRIORITY", "DUE", "GRID", "ATTEMPT", "PLACE", "TASK"});
  for (const auto& task : tasks) {
    table.Add({EnumText(task.state()), LastPart(task.kind()), std::to_string(task.priority()),
               TimeText(task.due_time()), LastPart(task.grid()), std::to_string(task.attempt()), task.place(),
               task.name()});
  }
  return table;
}

std::string TextOf(const Submission& submission) {
  Card card;
  card.Add("Submission", submission.name());
  card.Add("State", EnumText(submission.state()));
  card.Add("Worker", submission.worker());
  card.Add("Form", fmt::format("version {}", submission.form_version()));
  card.Add("Answers", std::to_string(submission.answers_size()));
  card.Add("Findings", std::to_string(submission.findings_size()));
  if (submission.has_near_place()) card.Add("Near the place", submission.near_place() ? "yes" : "no");
  card.Add("Second visit", submission.second_visit());
  card.Add("Review note", submission.review_note());
  card.Add("Created", TimeText(submission.create_time()));
  return card.ToString();
}

absl::StatusOr<Task> GetTask(Session& session, const std::string& name) {
  GetTaskRequest request;
  request.set_name(NameIn("tasks", name));
  return session.Call(&TaskService::Stub::GetTask, request);
}

absl::StatusOr<std::string> TaskEtag(Session& session, const std::string& name, const std::string& given) {
  if (!given.empty()) return given;
  ASSIGN_OR_RETURN(Task task, GetTask(session, name));
  return task.etag();
}

void AddEtag(CLI::App& command, std::string& etag) {
  command.add_option("--etag", etag, "Only if nobody changed it since; default: the newest")->type_name("ETAG");
}

void AddTaskName(CLI::App& command, std::string& name) {
  command.add_option("name", name, "tasks/UUID")->required()->type_name("TASK");
}

void AddAttempt(CLI::App& command, int& attempt) {
  command.add_option("--attempt", attempt, "Of the claim")->required()->type_name("N");
}

absl::Status EmitTasks(Context& context, Session& session, const ListTasksRequest& request, int limit) {
  auto fetch = [&](const ListTasksRequest& page) { return session.Call(&TaskService::Stub::ListTasks, page); };
  auto all = ReadPages<ListTasksRequest, ListTasksResponse>(
      request, limit, [](const auto& response) { return response.tasks_size(); }, fetch);
  if (!all.ok()) return all.status();
  context.output.Emit(TableOf(all->tasks()), *all);
  if (!all->next_page_token().empty()) context.Note("There are more: --limit 0 shows all.");
  return absl::OkStatus();
}

}  // namespace gridwork::ctl
