// Sync from end to end, over gRPC, on MariaDB, with the phone of tests/support.

#include "common/base/error.h"
#include "services/tasks/sync/sync_convert.h"
#include "services/tasks/sync/sync_monitor.h"
#include "services/tasks/sync/testing/sync_world.h"

namespace gridwork::tasks::testing {
namespace {

using v1::GridChanges;
using v1::MutationVerdict;

constexpr char kHere[] = "CHI/G418-876";   // latitude 41.88
constexpr char kThere[] = "CHI/G421-876";  // latitude 42.1

class SyncApiTest : public ::testing::Test {
 protected:
  std::unique_ptr<Phone> NewPhone(int staff, const std::string& area = "CHI") {
    links_.push_back(world_.Link(staff, area));
    return std::make_unique<Phone>(":memory:", *links_.back());
  }
  absl::StatusOr<v1::PullResponse> Pull(const v1::PullRequest& request, const std::string& area = "CHI") {
    return world_.Link(1, area)->Pull(request);
  }
  v1::PullRequest Holding(const std::string& grid, const std::string& cursor) {
    v1::PullRequest request;
    request.add_grids()->set_grid(grid);
    request.mutable_grids(0)->set_cursor(cursor);
    return request;
  }
  absl::StatusOr<v1::Conflict> Resolve(const v1::Conflict& conflict, v1::ResolveConflictRequest::Decision decision,
                                       const v1::Place& merged = {}, int staff = 9, const std::string& area = "CHI") {
    v1::ResolveConflictRequest request;
    request.set_request_id(SyncWorld::NewId());
    request.set_name(conflict.name());
    request.set_etag(conflict.etag());
    request.set_decision(decision);
    *request.mutable_merged() = merged;
    return rpc::Invoke(*world_.conflicts, &v1::ConflictService::Stub::ResolveConflict, request,
                       world_.As(options::v1::ROLE_DISPATCHER, staff, area));
  }
  static void Close(v1::Place& place) { place.set_status(v1::PLACE_STATUS_CLOSED); }

  // Phone 1 closes a place, and renames it, while phone 2, which saw the same version, demolishes it.
  v1::Conflict MakeConflict() {
    std::string name = world_.Import(1)[0];
    auto one = NewPhone(1), two = NewPhone(2);
    EXPECT_TRUE(one->Pull().ok());
    EXPECT_TRUE(two->Pull().ok());
    EXPECT_TRUE(one->EditPlace(name, {"status"}, Close).ok());
    EXPECT_TRUE(two->EditPlace(name, {"status", "display_name"},
                               [](v1::Place& place) {
                                 place.set_status(v1::PLACE_STATUS_DEMOLISHED);
                                 place.set_display_name("Gone");
                               })
                    .ok());
    EXPECT_TRUE(one->Sync().ok());
    EXPECT_TRUE(two->Sync().ok());
    EXPECT_EQ(one->store().Outbox()[0].state, OutboxState::kDone);
    EXPECT_EQ(two->store().Outbox()[0].state, OutboxState::kConflict);
    EXPECT_EQ(two->store().Place(name)->display_name(), "Gone") << "what nobody else changed is written";
    auto open = world_.Conflicts();
    EXPECT_EQ(open.size(), 1u);
    return open.empty() ? v1::Conflict() : open[0];
  }

  SyncWorld world_;
  std::vector<std::unique_ptr<GrpcLink>> links_;
};

TEST_F(SyncApiTest, APhoneGetsItsGridsAndThenWhatChanges) {
  auto here = world_.Import(25);
  auto there = world_.Import(5, 100, 42.1);
  auto phone = NewPhone(1);
  ASSERT_TRUE(phone->Pull().ok());
  EXPECT_EQ(phone->store().Places(kHere).size(), 25u);
  EXPECT_EQ(phone->store().Places(kThere).size(), 5u);

  v1::Place moved = world_.Get(here[3]);
  moved.mutable_location()->set_latitude(42.1);
  ASSERT_TRUE(world_.Update(moved, "location").ok());
  ASSERT_TRUE(phone->Pull().ok());
  EXPECT_EQ(phone->store().Places(kHere).size(), 24u);
  EXPECT_EQ(phone->store().Places(kThere).size(), 6u);
  EXPECT_EQ(phone->digest_faults(), 0);
}

TEST_F(SyncApiTest, PagesAreBoundedAndContinueWithoutAGap) {
  world_.Import(25);
  v1::PullRequest request;
  request.set_page_size(10);
  std::vector<int64_t> versions;
  for (int page = 0; page < 3; ++page) {
    auto answer = Pull(request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    ASSERT_EQ(answer->grids_size(), 1);
    for (const auto& change : answer->grids(0).changes()) versions.push_back(change.version());
    EXPECT_EQ(answer->more(), page < 2);
    EXPECT_EQ(answer->grids(0).complete(), page == 2);
    request.clear_grids();
    request.add_grids()->set_grid(kHere);
    request.mutable_grids(0)->set_cursor(answer->grids(0).cursor());
  }
  ASSERT_EQ(versions.size(), 25u);
  for (int i = 0; i < 25; ++i) EXPECT_EQ(versions[i], i + 1);
}

TEST_F(SyncApiTest, TasksComeAndLeaveWhenTheyAreDone) {
  std::string place = world_.Import(1)[0];
  world_.MakeKind();
  v1::Task task = world_.MakeTask(place);
  auto phone = NewPhone(1);
  ASSERT_TRUE(phone->Pull().ok());
  ASSERT_EQ(phone->store().Tasks(kHere).size(), 1u);
  EXPECT_EQ(phone->store().Tasks(kHere)[0].state(), v1::TASK_STATE_READY);

  v1::Task claimed = world_.Claim();
  ASSERT_TRUE(phone->Pull().ok());
  EXPECT_EQ(phone->store().Tasks(kHere)[0].state(), v1::TASK_STATE_CLAIMED);
  EXPECT_FALSE(phone->store().Tasks(kHere)[0].has_lease_expire_time());

  phone->Submit(SyncWorld::Answered(claimed));
  ASSERT_TRUE(phone->Sync().ok());
  EXPECT_EQ(phone->store().Outbox()[0].state, OutboxState::kDone);
  EXPECT_EQ(phone->store().Tasks(kHere)[0].state(), v1::TASK_STATE_SUBMITTED);

  v1::ReviewTaskRequest review;
  review.set_request_id(SyncWorld::NewId());
  review.set_name(task.name());
  review.set_etag(phone->store().Tasks(kHere)[0].etag());
  review.set_verdict(v1::ReviewTaskRequest::VERDICT_ACCEPT);
  auto accepted = rpc::Invoke(*world_.tasks, &v1::TaskService::Stub::ReviewTask, review, world_.Dispatcher());
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  ASSERT_TRUE(phone->Pull().ok());
  EXPECT_TRUE(phone->store().Tasks(kHere).empty());
  EXPECT_EQ(phone->digest_faults(), 0);
}

TEST_F(SyncApiTest, EachMutationHasItsVerdictAndNoneHindersAnother) {
  auto places = world_.Import(3);
  world_.MakeKind();
  world_.MakeTask(places[0]);
  v1::Task late = world_.Claim();
  Schema().Run("UPDATE task SET lease_until_us = 1");

  v1::PushRequest request;
  auto edit = [&](const std::string& name) -> v1::EditPlaceRequest& {
    auto& out = *request.add_mutations()->mutable_edit_place();
    out.set_request_id(SyncWorld::NewId());
    out.mutable_place()->set_name(name);
    out.mutable_place()->set_etag(world_.Get(places[0]).etag());
    out.mutable_update_mask()->add_paths("risk");
    out.mutable_place()->set_risk("RISK_3");
    return out;
  };
  edit(places[0]);
  edit(places[1]).mutable_place()->set_risk("RISK_9");
  edit("places/0190a000-0000-7000-8000-000000000001");
  edit(places[1]).mutable_update_mask()->add_paths("source");
  edit(places[1]).set_request_id("not an id");
  request.add_mutations();
  auto& submit = *request.add_mutations()->mutable_submit_task();
  submit = SyncWorld::Answered(late);
  submit.set_request_id(SyncWorld::NewId());
  edit(places[2]);
  edit(places[2]).mutable_place()->set_etag("99");

  auto link = world_.Link(1);
  auto first = link->Push(request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->verdicts_size(), 9);
  auto reason = [&](int i) { return ReasonOf(rpc::FromRpcStatus(first->verdicts(i).error())); };
  EXPECT_EQ(first->verdicts(0).result(), MutationVerdict::RESULT_APPLIED);
  EXPECT_EQ(first->verdicts(0).edit_place().place().risk(), "RISK_3");
  for (int i : {1, 2, 3, 4, 5, 8}) EXPECT_EQ(first->verdicts(i).result(), MutationVerdict::RESULT_REJECTED) << i;
  EXPECT_EQ(reason(1), "BAD_FIELD");
  EXPECT_EQ(reason(2), "NOT_FOUND");
  EXPECT_EQ(reason(3), "BAD_FIELD");
  EXPECT_EQ(reason(4), "BAD_FIELD");
  EXPECT_EQ(reason(5), "MUTATION_UNKNOWN");
  EXPECT_EQ(reason(8), "ETAG_MISMATCH") << "no such version";
  EXPECT_EQ(first->verdicts(6).result(), MutationVerdict::RESULT_LATE);
  EXPECT_EQ(first->verdicts(6).submission().state(), v1::SUBMISSION_STATE_LATE);
  EXPECT_EQ(first->verdicts(7).result(), MutationVerdict::RESULT_APPLIED);

  auto again = link->Push(request);
  ASSERT_TRUE(again.ok()) << again.status();
  for (int i : {0, 6, 7}) {
    EXPECT_EQ(again->verdicts(i).result(), MutationVerdict::RESULT_DUPLICATE) << i;
    v1::MutationVerdict before = first->verdicts(i), after = again->verdicts(i);
    before.clear_result();
    after.clear_result();
    EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString()) << "the same answer as before";
  }
  EXPECT_EQ(again->verdicts(1).result(), MutationVerdict::RESULT_REJECTED);
  EXPECT_EQ(world_.Get(places[0]).etag(), "2") << "written once";
}

TEST_F(SyncApiTest, AFailureAndAReleaseComeFromTheOutboxToo) {
  auto places = world_.Import(2);
  world_.MakeKind();
  world_.MakeTask(places[0]);
  world_.MakeTask(places[1]);
  v1::Task failed = world_.Claim(), released = world_.Claim();
  v1::PushRequest request;
  auto& fail = *request.add_mutations()->mutable_fail_task();
  fail.set_request_id(SyncWorld::NewId());
  fail.set_name(failed.name());
  fail.set_attempt(failed.attempt());
  fail.set_reason(v1::FAIL_REASON_NO_ACCESS);
  auto& release = *request.add_mutations()->mutable_release_task();
  release.set_request_id(SyncWorld::NewId());
  release.set_name(released.name());
  release.set_attempt(released.attempt());
  auto answer = world_.Link(1)->Push(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->verdicts(0).result(), MutationVerdict::RESULT_APPLIED);
  EXPECT_EQ(answer->verdicts(0).task().state(), v1::TASK_STATE_SCHEDULED);
  EXPECT_EQ(answer->verdicts(1).task().state(), v1::TASK_STATE_READY);
}

TEST_F(SyncApiTest, AnIdThatWasUsedForSomethingElseIsRejected) {
  std::string name = world_.Import(1)[0];
  v1::PushRequest request;
  auto& edit = *request.add_mutations()->mutable_edit_place();
  edit.set_request_id(SyncWorld::NewId());
  edit.mutable_place()->set_name(name);
  edit.mutable_place()->set_etag("1");
  edit.mutable_place()->set_risk("RISK_2");
  edit.mutable_update_mask()->add_paths("risk");
  *request.add_mutations() = request.mutations(0);
  request.mutable_mutations(1)->mutable_edit_place()->mutable_place()->set_risk("RISK_3");
  auto answer = world_.Link(1)->Push(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->verdicts(0).result(), MutationVerdict::RESULT_APPLIED);
  EXPECT_EQ(answer->verdicts(1).result(), MutationVerdict::RESULT_REJECTED);
  EXPECT_EQ(ReasonOf(rpc::FromRpcStatus(answer->verdicts(1).error())), "REQUEST_ID_REUSED");
}

// A phone sends a request online, loses the answer, and pushes the same from its outbox.
TEST_F(SyncApiTest, ARequestIsTheSameOnlineAndFromTheOutbox) {
  std::string name = world_.Import(1)[0];
  v1::EditPlaceRequest edit;
  edit.set_request_id(SyncWorld::NewId());
  edit.mutable_place()->set_name(name);
  edit.mutable_place()->set_etag("1");
  edit.mutable_place()->set_risk("RISK_2");
  edit.mutable_update_mask()->add_paths("risk");
  auto online = rpc::Invoke(*world_.sync, &v1::SyncService::Stub::EditPlace, edit, world_.Worker());
  ASSERT_TRUE(online.ok()) << online.status();
  v1::PushRequest request;
  *request.add_mutations()->mutable_edit_place() = edit;
  auto pushed = world_.Link(1)->Push(request);
  ASSERT_TRUE(pushed.ok()) << pushed.status();
  EXPECT_EQ(pushed->verdicts(0).result(), MutationVerdict::RESULT_DUPLICATE);
}

TEST_F(SyncApiTest, AnEmptyOrTooLongOutboxIsRefused) {
  v1::PushRequest request;
  EXPECT_EQ(FieldViolationsOf(world_.Link(1)->Push(request).status())[0].first, "mutations");
  for (int i = 0; i < 101; ++i) request.add_mutations();
  EXPECT_EQ(FieldViolationsOf(world_.Link(1)->Push(request).status())[0].first, "mutations");
}

// What says nothing about a mutation is no verdict: all of it waits, and says why.
TEST_F(SyncApiTest, WhileSomethingIsAwayTheOutboxWaits) {
  std::string name = world_.Import(1)[0];
  auto phone = NewPhone(1);
  ASSERT_TRUE(phone->Pull().ok());
  ASSERT_TRUE(phone->EditPlace(name, {"risk"}, [](v1::Place& place) { place.set_risk("RISK_3"); }).ok());
  ASSERT_TRUE(
      phone->EditPlace(name, {"location"}, [](v1::Place& place) { place.mutable_location()->set_latitude(42.1); })
          .ok());
  world_.areas.FailWith(absl::UnavailableError("AREAS_AWAY: identity is away"));
  EXPECT_TRUE(absl::IsUnavailable(phone->Push()));
  for (const auto& item : phone->store().Outbox()) {
    EXPECT_EQ(item.state, OutboxState::kWaiting);
    EXPECT_NE(item.why.find("identity is away"), std::string::npos) << item.why;
  }
  world_.areas.FailWith(absl::OkStatus());
  ASSERT_TRUE(phone->Sync().ok());
  for (const auto& item : phone->store().Outbox()) EXPECT_EQ(item.state, OutboxState::kDone);
  EXPECT_EQ(phone->store().Places(kThere).size(), 1u);
}

// Work done in the field is judged by the right held when it was claimed; other changes by the right that is held now.
TEST_F(SyncApiTest, AGrantThatEndedMakesResultsNoLessWelcome) {
  std::string place = world_.Import(1)[0];
  world_.MakeKind();
  world_.MakeTask(place);
  auto claimed = SyncWorld::Answered(world_.Claim());
  auto phone = NewPhone(1, "NYC");  // the grant in Chicago has ended
  phone->Submit(claimed);
  ASSERT_TRUE(phone->Push().ok());
  EXPECT_EQ(phone->store().Outbox()[0].state, OutboxState::kDone);

  v1::PushRequest request;
  auto& edit = *request.add_mutations()->mutable_edit_place();
  edit.set_request_id(SyncWorld::NewId());
  edit.mutable_place()->set_name(place);
  edit.mutable_place()->set_etag("1");
  edit.mutable_update_mask()->add_paths("risk");
  auto answer = world_.Link(1, "NYC")->Push(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(ReasonOf(rpc::FromRpcStatus(answer->verdicts(0).error())), "NOT_FOUND");
}

TEST_F(SyncApiTest, WhoLosesAGridIsToldToRemoveIt) {
  world_.Import(3);
  world_.Import(2, 100, 42.1);
  auto before = NewPhone(1);
  ASSERT_TRUE(before->Pull().ok());
  v1::PullRequest request;
  for (const auto& [grid, copy] : before->store().Grids()) {
    request.add_grids()->set_grid(grid);
    request.mutable_grids(request.grids_size() - 1)->set_cursor(copy.cursor);
  }
  auto after = Pull(request, kThere);
  ASSERT_TRUE(after.ok()) << after.status();
  ASSERT_EQ(after->grids_size(), 2);
  EXPECT_EQ(after->grids(0).state(), GridChanges::STATE_PURGE);
  EXPECT_EQ(after->grids(1).state(), GridChanges::STATE_CURRENT);

  auto unknown = Pull(Holding("CHI/NO-SUCH-GRID", ""), kThere);
  ASSERT_TRUE(unknown.ok()) << unknown.status();
  GridChanges foreign = after->grids(0);
  foreign.set_grid("CHI/NO-SUCH-GRID");
  EXPECT_EQ(unknown->grids(1).SerializeAsString(), foreign.SerializeAsString())
      << "an unknown grid and a foreign one look the same";
}

TEST_F(SyncApiTest, NobodyGetsGridsOutsideTheirAreas) {
  world_.Import(3);
  auto answer = Pull({}, "NYC");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->grids_size(), 0);
  EXPECT_TRUE(absl::IsPermissionDenied(
      rpc::Invoke(*world_.sync, &v1::SyncService::Stub::Pull, v1::PullRequest(), world_.Admin()).status()));
}

TEST_F(SyncApiTest, AnAreaLimitsWhatIsAddedAndNotWhatIsHeld) {
  world_.Import(3);
  world_.Import(2, 100, 42.1);
  auto phone = NewPhone(1);
  ASSERT_TRUE(phone->Pull(kHere).ok());
  EXPECT_EQ(phone->store().Grids().size(), 1u);
  ASSERT_TRUE(phone->Pull(kThere).ok());
  EXPECT_EQ(phone->store().Grids().size(), 2u);
}

TEST_F(SyncApiTest, ACursorThatCannotBeFollowedMeansANewStart) {
  world_.Import(3);
  world_.Import(2, 100, 42.1);
  auto phone = NewPhone(1);
  ASSERT_TRUE(phone->Pull().ok());
  auto grids = phone->store().Grids();
  for (const std::string& cursor : {std::string("garbage"), grids[kThere].cursor, grids[kHere].cursor.substr(1)}) {
    auto answer = Pull(Holding(kHere, cursor), kHere);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->grids(0).state(), GridChanges::STATE_RESYNC);
    EXPECT_EQ(ReasonOf(rpc::FromRpcStatus(answer->grids(0).error())), "RESYNC_REQUIRED");
    EXPECT_EQ(answer->grids(0).changes_size(), 0);
  }
}

TEST_F(SyncApiTest, APhoneGoesOnAfterARestartOfTheDatabase) {
  world_.Import(3);
  auto phone = NewPhone(1);
  ASSERT_TRUE(phone->Pull().ok());
  SyncWorld::NewEpoch();
  world_.Import(1, 50);
  SyncWorld::NewEpoch();
  world_.Import(1, 51);
  ASSERT_TRUE(phone->Pull().ok());
  EXPECT_EQ(phone->resyncs(), 0) << "what it had seen was durable";
  EXPECT_EQ(phone->store().Places(kHere).size(), 5u);
}

// A restored backup does not know what phones have seen meanwhile.
TEST_F(SyncApiTest, APhoneThatSawWhatIsGoneStartsAnew) {
  world_.Import(3);
  auto phone = NewPhone(1);
  ASSERT_TRUE(phone->Pull().ok());
  Schema().Run("DELETE FROM sync_entry WHERE version = 3");
  Schema().Run("UPDATE sync_clock SET version = 2");
  SyncWorld::NewEpoch();
  world_.Import(1, 50);  // takes version 3 again
  ASSERT_TRUE(phone->Pull().ok());
  EXPECT_EQ(phone->resyncs(), 1);
  EXPECT_EQ(phone->digest_faults(), 0);
  EXPECT_EQ(phone->store().Places(kHere).size(), 3u);
}

// The migrations that brought the feed to what was there before it.
TEST_F(SyncApiTest, WhatIsOlderThanTheFeedIsInItToo) {
  auto places = world_.Import(7);
  world_.Import(2, 100, 42.1);
  world_.MakeKind();
  world_.MakeTask(places[2]);
  for (const char* table : {"sync_clock", "sync_entry"}) Schema().Run(fmt::format("DELETE FROM {}", table));
  int applied = 0;
  for (const auto& file : embedded::tasks_migrations()) {
    if (!file.name.starts_with("0042_") && !file.name.starts_with("0043_")) continue;
    Schema().Run(file.text);
    Schema().Run(file.text);  // it was killed, and runs again
    ++applied;
  }
  ASSERT_EQ(applied, 2);
  auto phone = NewPhone(1);
  ASSERT_TRUE(phone->Pull().ok());
  EXPECT_EQ(phone->store().Places(kHere).size(), 7u);
  EXPECT_EQ(phone->store().Tasks(kHere).size(), 1u);
  EXPECT_EQ(phone->store().Places(kThere).size(), 2u);
  world_.Import(1, 50);
  ASSERT_TRUE(phone->Pull().ok());
  EXPECT_EQ(phone->store().Places(kHere).size(), 8u);
  EXPECT_EQ(phone->digest_faults(), 0);
}

// The digest finds what cursors cannot.
TEST_F(SyncApiTest, ACopyThatIsNotTheServersIsPulledAnew) {
  auto names = world_.Import(3);
  auto phone = NewPhone(1);
  ASSERT_TRUE(phone->Pull().ok());
  GridChanges wrong;
  wrong.set_grid(kHere);
  wrong.set_cursor(phone->store().Grids()[kHere].cursor);
  wrong.add_changes()->set_removed(names[1]);
  phone->store().Apply(wrong);
  ASSERT_TRUE(phone->Pull().ok());
  EXPECT_EQ(phone->digest_faults(), 1);
  EXPECT_EQ(phone->store().Places(kHere).size(), 3u);
}

TEST_F(SyncApiTest, WhatDoesNotFitOnADeviceIsSaid) {
  world_.Import(30);
  world_.Import(30, 100, 42.1);
  Schema().Run("UPDATE sync_entry SET bytes = 700000 WHERE grid = 'CHI/G421-876'");
  auto phone = NewPhone(1);
  ASSERT_TRUE(phone->Pull().ok());
  EXPECT_EQ(phone->store().Places(kHere).size(), 30u);
  EXPECT_EQ(phone->over_budget(), std::vector<std::string>{kThere});
  auto answer = Pull({});
  ASSERT_TRUE(answer.ok());
  auto error = rpc::FromRpcStatus(answer->grids(1).error());
  EXPECT_EQ(ReasonOf(error), "DEVICE_BUDGET");
  EXPECT_EQ(MetadataOf(error)["bytes"], "21000000");
  EXPECT_EQ(MetadataOf(error)["records_limit"], "10000");
}

// What a phone holds has precedence over what it does not: a new grid cannot push out an old one.
TEST_F(SyncApiTest, HeldGridsComeFirstInTheBudget) {
  world_.Import(3);
  world_.Import(3, 100, 42.1);
  auto phone = NewPhone(1);
  ASSERT_TRUE(phone->Pull(kThere).ok());
  Schema().Run("UPDATE sync_entry SET bytes = 4000000");
  world_.feed.Forget(1, absl::Now() + absl::Seconds(5)).IgnoreError();
  world_.Import(1, 200);  // new versions: sizes are counted anew
  world_.Import(1, 201, 42.1);
  Schema().Run("UPDATE sync_entry SET bytes = 4000000");
  ASSERT_TRUE(phone->Pull().ok());
  EXPECT_EQ(phone->over_budget(), std::vector<std::string>{kHere});
  EXPECT_EQ(phone->store().Places(kThere).size(), 4u);
}

TEST_F(SyncApiTest, BadRequestsNameTheField) {
  auto field = [&](const v1::PullRequest& request) { return FieldViolationsOf(Pull(request).status())[0].first; };
  EXPECT_EQ(field(Holding("chi", "")), "grids[0].grid");
  v1::PullRequest twice = Holding(kHere, "");
  twice.add_grids()->set_grid(kHere);
  EXPECT_EQ(field(twice), "grids[1].grid");
  v1::PullRequest area;
  area.set_area("../");
  EXPECT_EQ(field(area), "area");
  v1::PullRequest size;
  size.set_page_size(-1);
  EXPECT_EQ(field(size), "page_size");
  v1::PullRequest many;
  for (int i = 0; i < 1001; ++i) many.add_grids()->set_grid("CHI/" + std::to_string(i));
  EXPECT_EQ(field(many), "grids");
}

TEST_F(SyncApiTest, AConflictShowsBothSides) {
  v1::Conflict conflict = MakeConflict();
  EXPECT_EQ(conflict.field(), "status");
  EXPECT_EQ(conflict.grid(), kHere);
  EXPECT_EQ(conflict.state(), v1::Conflict::STATE_OPEN);
  EXPECT_EQ(conflict.current().status(), v1::PLACE_STATUS_CLOSED);
  EXPECT_EQ(conflict.current_author(), Staff(1));
  EXPECT_EQ(conflict.proposed().status(), v1::PLACE_STATUS_DEMOLISHED);
  EXPECT_EQ(conflict.proposed_author(), Staff(2));
  EXPECT_TRUE(conflict.current().display_name().empty()) << "only the field";
  EXPECT_FALSE(conflict.overdue());
}

TEST_F(SyncApiTest, ADispatcherDecidesAConflictOnce) {
  v1::Conflict conflict = MakeConflict();
  auto taken = Resolve(conflict, v1::ResolveConflictRequest::DECISION_TAKE_PROPOSED);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->state(), v1::Conflict::STATE_TOOK_PROPOSED);
  EXPECT_EQ(taken->current().status(), v1::PLACE_STATUS_CLOSED) << "what was replaced";
  EXPECT_EQ(world_.Get(conflict.place()).status(), v1::PLACE_STATUS_DEMOLISHED);
  EXPECT_TRUE(world_.Conflicts().empty());
  ASSERT_EQ(world_.Conflicts(true).size(), 1u);
  EXPECT_EQ(world_.Conflicts(true)[0].current().status(), v1::PLACE_STATUS_CLOSED);
  EXPECT_EQ(ReasonOf(Resolve(conflict, v1::ResolveConflictRequest::DECISION_KEEP_CURRENT).status()),
            "CONFLICT_DECIDED");
}

TEST_F(SyncApiTest, KeepingTheCurrentValueWritesNothing) {
  v1::Conflict conflict = MakeConflict();
  std::string etag = world_.Get(conflict.place()).etag();
  auto kept = Resolve(conflict, v1::ResolveConflictRequest::DECISION_KEEP_CURRENT);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->state(), v1::Conflict::STATE_KEPT_CURRENT);
  EXPECT_EQ(world_.Get(conflict.place()).etag(), etag);
}

TEST_F(SyncApiTest, AThirdValueCanBeWritten) {
  v1::Conflict conflict = MakeConflict();
  v1::Place merged;
  EXPECT_EQ(FieldViolationsOf(Resolve(conflict, v1::ResolveConflictRequest::DECISION_MERGE).status())[0].first,
            "merged.status");
  merged.set_status(v1::PLACE_STATUS_OPEN);
  auto written = Resolve(conflict, v1::ResolveConflictRequest::DECISION_MERGE, merged);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->state(), v1::Conflict::STATE_MERGED);
  EXPECT_EQ(world_.Get(conflict.place()).status(), v1::PLACE_STATUS_OPEN);
}

TEST_F(SyncApiTest, ADecisionOnAnOldValueIsRefused) {
  v1::Conflict conflict = MakeConflict();
  v1::Place place = world_.Get(conflict.place());
  place.set_status(v1::PLACE_STATUS_OPEN);
  ASSERT_TRUE(world_.Update(place, "status").ok());
  EXPECT_EQ(ReasonOf(Resolve(conflict, v1::ResolveConflictRequest::DECISION_TAKE_PROPOSED).status()), "ETAG_MISMATCH");
  v1::Conflict fresh = world_.Conflicts()[0];
  EXPECT_EQ(fresh.current().status(), v1::PLACE_STATUS_OPEN);
  EXPECT_EQ(fresh.current_author(), Staff(9));
  EXPECT_TRUE(Resolve(fresh, v1::ResolveConflictRequest::DECISION_TAKE_PROPOSED).ok());
}

TEST_F(SyncApiTest, ConflictsBelongToAreas) {
  v1::Conflict conflict = MakeConflict();
  auto foreign = Resolve(conflict, v1::ResolveConflictRequest::DECISION_KEEP_CURRENT, {}, 9, "NYC");
  v1::Conflict none = conflict;
  none.set_name("conflicts/0190a000-0000-7000-8000-000000000001");
  auto unknown = Resolve(none, v1::ResolveConflictRequest::DECISION_KEEP_CURRENT);
  EXPECT_TRUE(absl::IsNotFound(foreign.status()));
  EXPECT_EQ(foreign.status(), unknown.status());
  v1::ListConflictsRequest request;
  auto listed = rpc::Invoke(*world_.conflicts, &v1::ConflictService::Stub::ListConflicts, request,
                            world_.As(options::v1::ROLE_DISPATCHER, 9, "NYC"));
  ASSERT_TRUE(listed.ok());
  EXPECT_EQ(listed->conflicts_size(), 0);
  EXPECT_TRUE(absl::IsPermissionDenied(
      rpc::Invoke(*world_.conflicts, &v1::ConflictService::Stub::ListConflicts, request, world_.Worker()).status()));
}

TEST_F(SyncApiTest, ConflictsArePaged) {
  auto names = world_.Import(5);
  auto one = NewPhone(1), two = NewPhone(2);
  ASSERT_TRUE(one->Pull().ok());
  ASSERT_TRUE(two->Pull().ok());
  for (const std::string& name : names) {
    ASSERT_TRUE(one->EditPlace(name, {"risk"}, [](v1::Place& place) { place.set_risk("RISK_2"); }).ok());
    ASSERT_TRUE(two->EditPlace(name, {"risk"}, [](v1::Place& place) { place.set_risk("RISK_3"); }).ok());
  }
  ASSERT_TRUE(one->Push().ok());
  ASSERT_TRUE(two->Push().ok());
  v1::ListConflictsRequest request;
  request.set_page_size(2);
  std::set<std::string> places;
  int pages = 0;
  do {
    auto page = rpc::Invoke(*world_.conflicts, &v1::ConflictService::Stub::ListConflicts, request, world_.Dispatcher());
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& conflict : page->conflicts()) places.insert(conflict.place());
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(places.size(), 5u);
  request.set_place(names[1]);
  auto of_place =
      rpc::Invoke(*world_.conflicts, &v1::ConflictService::Stub::ListConflicts, request, world_.Dispatcher());
  ASSERT_TRUE(of_place.ok());
  ASSERT_EQ(of_place->conflicts_size(), 1);
  EXPECT_EQ(of_place->conflicts(0).place(), names[1]);
}

TEST_F(SyncApiTest, ConflictsThatWaitTooLongRaiseAnAlarm) {
  MakeConflict();
  metrics::Gauges gauges;
  SyncMonitor monitor(world_.feed, world_.conflict_store, gauges);
  auto values = [&] {
    std::map<std::string, double> out;
    for (const auto& family : gauges.Collect()) out[family.name] = family.metric[0].gauge.value;
    return out;
  };
  ASSERT_TRUE(monitor.Round().ok());
  EXPECT_EQ(values()["gridwork_conflicts_open"], 1);
  EXPECT_EQ(values()["gridwork_conflicts_overdue"], 0);
  Schema().Run("UPDATE place_conflict SET created_us = created_us - 73 * 3600000000");
  ASSERT_TRUE(monitor.Round().ok());
  EXPECT_EQ(values()["gridwork_conflicts_overdue"], 1);
  EXPECT_TRUE(world_.Conflicts()[0].overdue());
}

TEST_F(SyncApiTest, DecidedConflictsAreForgottenAndOpenOnesNever) {
  v1::Conflict conflict = MakeConflict();
  Schema().Run("UPDATE place_conflict SET created_us = 1");
  ASSERT_TRUE(world_.conflict_store.Forget().ok());
  ASSERT_EQ(world_.Conflicts().size(), 1u);
  ASSERT_TRUE(Resolve(conflict, v1::ResolveConflictRequest::DECISION_KEEP_CURRENT).ok());
  ASSERT_TRUE(world_.conflict_store.Forget().ok());
  EXPECT_EQ(world_.Conflicts(true).size(), 1u);
  Schema().Run("UPDATE place_conflict SET decided_us = 1");
  ASSERT_TRUE(world_.conflict_store.Forget().ok());
  EXPECT_TRUE(world_.Conflicts(true).empty());
}

// Each field can be in conflict, be shown and be decided.
TEST_F(SyncApiTest, EveryFieldCanBeInConflict) {
  std::string name = world_.Import(1)[0];
  auto one = NewPhone(1), two = NewPhone(2);
  ASSERT_TRUE(one->Pull().ok());
  ASSERT_TRUE(two->Pull().ok());
  auto set = [](int n) {
    return [n](v1::Place& place) {
      std::string text = "text " + std::to_string(n);
      place.set_kind(n == 1 ? v1::PLACE_KIND_SHOP : v1::PLACE_KIND_PARK);
      place.set_display_name(text);
      place.set_address(text);
      place.set_locality(text);
      place.set_postal_code(text);
      place.mutable_location()->set_latitude(42 + n);
      place.set_status(n == 1 ? v1::PLACE_STATUS_CLOSED : v1::PLACE_STATUS_DEMOLISHED);
      place.mutable_operator_()->set_organisation(text);
      place.set_risk(n == 1 ? "RISK_2" : "RISK_3");
    };
  };
  std::vector<std::string> fields;
  for (PlaceField field : kPlaceFields) fields.emplace_back(NameOf(field));
  ASSERT_TRUE(one->EditPlace(name, fields, set(1)).ok());
  ASSERT_TRUE(two->EditPlace(name, fields, set(2)).ok());
  ASSERT_TRUE(one->Push().ok());
  ASSERT_TRUE(two->Push().ok());
  auto conflicts = world_.Conflicts();
  ASSERT_EQ(conflicts.size(), fields.size());
  for (const auto& conflict : conflicts) {
    auto taken = Resolve(conflict, v1::ResolveConflictRequest::DECISION_TAKE_PROPOSED);
    ASSERT_TRUE(taken.ok()) << conflict.field() << taken.status();
  }
  v1::Place expected = world_.Get(name), place = expected;
  set(2)(expected);
  EXPECT_EQ(place.SerializeAsString(), expected.SerializeAsString());
  EXPECT_EQ(place.grid(), "CHI/G440-876");
}

}  // namespace
}  // namespace gridwork::tasks::testing
