// How tasks and their results are shown, and what the commands about one of them have in common.
#pragma once
#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "gridwork/tasks/v1/task_service.grpc.pb.h"
#include "tools/gridctl/context.h"

namespace gridwork::ctl {

std::string TextOf(const tasks::v1::Task& task);
std::string TextOf(const tasks::v1::Submission& submission);
Table TableOf(const google::protobuf::RepeatedPtrField<tasks::v1::Task>& tasks);

absl::StatusOr<tasks::v1::Task> GetTask(Session& session, const std::string& name);
// The etag that was given, else the newest.
absl::StatusOr<std::string> TaskEtag(Session& session, const std::string& name, const std::string& given);

void AddEtag(CLI::App& command, std::string& etag);
void AddTaskName(CLI::App& command, std::string& name);
void AddAttempt(CLI::App& command, int& attempt);

template <class Message>
absl::Status EmitOne(Context& context, const absl::StatusOr<Message>& message) {
  if (!message.ok()) return message.status();
  context.output.Emit(*message, TextOf(*message));
  return absl::OkStatus();
}

// Tasks that match, as a table.
absl::Status EmitTasks(Context& context, Session& session, const tasks::v1::ListTasksRequest& request, int limit);

// Sends heartbeats for these claims until then, or until all are lost.
absl::Status Hold(Context& context, Session& session, const google::protobuf::RepeatedPtrField<tasks::v1::Task>& tasks,
                  absl::Time until);

// Groups of commands below "task".
void AddFieldCommands(CLI::App& group, Context& context);
void AddDispatchCommands(CLI::App& group, Context& context);

}  // namespace gridwork::ctl
