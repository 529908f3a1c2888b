#include "tools/gridctl/task_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "common/base/error.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TEST(TaskLines, Read) {
  auto task = ParseTaskLine(
      1, R"({"kind": "K", "place": "places/p", "due": "7d", "start": "1d", "priority": 0, "assignee": "s"})", kNow);
  ASSERT_TRUE(task.ok()) << task.status();
  EXPECT_EQ(task->kind(), "taskKinds/K");
  EXPECT_EQ(task->place(), "places/p");
  EXPECT_EQ(task->assignee(), "staff/s");
  EXPECT_TRUE(task->has_priority());
  EXPECT_EQ(FromProto(task->due_time()), kNow + absl::Hours(24 * 7));
  EXPECT_FALSE(ParseTaskLine(1, R"({"kind": "K", "place": "p"})", kNow)->has_priority());
}

TEST(TaskLines, ErrorsNameTheLine) {
  auto refused = [](const char* text) {
    auto task = ParseTaskLine(7, text, kNow);
    EXPECT_FALSE(task.ok()) << text;
    return std::string(task.status().message());
  };
  EXPECT_THAT(refused("{"), HasSubstr("BAD_JSON: line 7: "));
  EXPECT_THAT(refused("[]"), HasSubstr("line 7: an object with kind, place"));
  EXPECT_THAT(refused(R"({"kid": "K"})"), HasSubstr("line 7: unknown key \"kid\""));
  EXPECT_THAT(refused(R"({"kind": 1})"), HasSubstr("line 7: kind: a text"));
  EXPECT_THAT(refused(R"({"due": "soon"})"), HasSubstr("line 7: BAD_FIELD: due"));
  EXPECT_THAT(refused(R"({"start": "soon"})"), HasSubstr("line 7: BAD_FIELD: start"));
  EXPECT_THAT(refused(R"({"priority": "high"})"), HasSubstr("line 7: priority"));
  EXPECT_THAT(refused(R"({"kind": "a", "kind": "b"})"), HasSubstr("stands twice"));
}

TEST(TaskFiles, AreSentInBatches) {
  std::string text;
  for (int i = 0; i < 1'001; ++i) text += fmt::format("{{\"kind\": \"K\", \"place\": \"p{}\"}}\r\n\n", i);
  std::istringstream in(text);
  std::vector<int> batches;
  int64_t last_line = 0;
  int ids = 0;
  TaskImport job;
  job.request_id = [&] { return std::to_string(++ids); };
  job.call =
      [&](const tasks::v1::BatchCreateTasksRequest& request) -> absl::StatusOr<tasks::v1::BatchCreateTasksResponse> {
    batches.push_back(request.tasks_size());
    EXPECT_EQ(request.request_id(), std::to_string(batches.size()));
    tasks::v1::BatchCreateTasksResponse response;
    for (int i = 0; i < request.tasks_size(); ++i) response.add_verdicts()->mutable_task();
    return response;
  };
  job.verdict = [&](int64_t line, const tasks::v1::TaskVerdict&) { last_line = line; };
  ASSERT_TRUE(CreateTasks(in, job, kNow).ok());
  EXPECT_THAT(batches, ElementsAre(500, 500, 1));
  EXPECT_EQ(last_line, 2'001);

  std::istringstream bad("{\"kind\": \"K\", \"place\": \"p\"}\nx\n");
  EXPECT_EQ(ReasonOf(CreateTasks(bad, job, kNow)), "BAD_JSON");
  EXPECT_EQ(batches.size(), 3u) << "nothing was sent";
}

}  // namespace
}  // namespace gridwork::ctl
