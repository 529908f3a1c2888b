#include "services/identity/staff/staff_service.h"

#include "services/identity/areas/area_convert.h"
#include "services/identity/testing/naughty_strings.h"
#include "services/identity/testing/world.h"
#include "services/identity/time_convert.h"

namespace gridwork::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StaffServiceTest : public WorldTest {
 protected:
  void SetUp() override { MakeTown(*world_); }

  Area AreaOf(const std::string& code) { return world_->areas().Find(code).value(); }
  Staff Row(const std::string& name) { return world_->staff().Find(ParseStaffName("", name).value()).value(); }

  absl::StatusOr<v1::Staff> Create(const std::string& username, const std::string& display_name = "Name",
                                   const std::string& area = "NO") {
    v1::CreateStaffRequest request;
    request.mutable_staff()->set_username(username);
    request.mutable_staff()->set_display_name(display_name);
    request.mutable_staff()->set_area(AreaName(area));
    return world_->Write<v1::Staff>(
        [&](Unit& unit) { return service_.CreateStaff(call_.context(), request, unit, AreaOf(area)); });
  }
  absl::StatusOr<v1::Staff> Give(const v1::Staff& staff, Role role, absl::Duration from, absl::Duration to,
                                 const std::string& area = "NO") {
    v1::AddGrantRequest request;
    request.set_staff(staff.name());
    request.mutable_grant()->set_role(ToProto(role));
    *request.mutable_grant()->mutable_start_time() = ToTimestamp(call_.now + from);
    *request.mutable_grant()->mutable_end_time() = ToTimestamp(call_.now + to);
    return world_->Write<v1::Staff>(
        [&](Unit& unit) { return service_.AddGrant(call_.context(), request, unit, AreaOf(area)); });
  }
  absl::StatusOr<v1::Staff> End(const std::string& grant) {
    auto name = ParseGrantName("", grant).value();
    GrantOfStaff row = world_->staff().FindGrant(name.staff, name.grant).value();
    return world_->Write<v1::Staff>([&](Unit& unit) { return service_.EndGrant(call_.context(), {}, unit, row); });
  }
  absl::StatusOr<v1::Staff> Update(const v1::Staff& staff, std::vector<std::string> mask) {
    v1::UpdateStaffRequest request;
    *request.mutable_staff() = staff;
    for (auto& path : mask) request.mutable_update_mask()->add_paths(std::move(path));
    return world_->Write<v1::Staff>(
        [&](Unit& unit) { return service_.UpdateStaff(call_.context(), request, unit, Row(staff.name())); });
  }
  absl::StatusOr<v1::Team> CreateTeam(const std::string& display_name, const std::vector<std::string>& members) {
    v1::CreateTeamRequest request;
    request.mutable_team()->set_display_name(display_name);
    for (const auto& member : members) request.mutable_team()->add_members(member);
    return world_->Write<v1::Team>(
        [&](Unit& unit) { return service_.CreateTeam(call_.context(), request, unit, AreaOf("NO")); });
  }
  absl::StatusOr<v1::Team> UpdateTeam(const v1::Team& team, std::vector<std::string> mask) {
    v1::UpdateTeamRequest request;
    *request.mutable_team() = team;
    for (auto& path : mask) request.mutable_update_mask()->add_paths(std::move(path));
    Team row = world_->teams().Find(ParseTeamName("", team.name()).value()).value();
    return world_->Write<v1::Team>(
        [&](Unit& unit) { return service_.UpdateTeam(call_.context(), request, unit, row); });
  }
  absl::StatusOr<std::vector<std::string>> List(const v1::ListStaffRequest& request,
                                                std::vector<std::string> scope = {"CHI"}) {
    auto response = service_.ListStaff(call_.context(), request, In(std::move(scope)));
    if (!response.ok()) return response.status();
    std::vector<std::string> names;
    for (const auto& staff : response->staff()) names.push_back(staff.username());
    return names;
  }

  std::vector<auth::Revocation> Revoked() { return world_->revocations().Read("", 100)->entries; }

  TestCall call_;
  PageTokens tokens_{std::string(32, 'k')};
  StaffService service_{{world_->staff(), world_->teams(), world_->areas(), world_->sessions(), world_->revocations()},
                        tokens_};
};

TEST_P(StaffServiceTest, CreatesAnAccount) {
  auto staff = Create("ann", "  Ann Ünal ");
  ASSERT_TRUE(staff.ok()) << staff.status();
  EXPECT_EQ(staff->username(), "ann");
  EXPECT_EQ(staff->display_name(), "Ann Ünal");
  EXPECT_EQ(staff->area(), "areas/NO");
  EXPECT_EQ(staff->etag(), "1");
  EXPECT_FALSE(staff->disabled());
  EXPECT_EQ(staff->create_time().seconds(), absl::ToUnixSeconds(kTestNow));
  auto found = service_.GetStaff(call_.context(), {}, Row(staff->name()));
  EXPECT_EQ(found->DebugString(), staff->DebugString());
}

TEST_P(StaffServiceTest, RefusesToCreate) {
  ASSERT_TRUE(Create("ann").ok());
  EXPECT_REASON(Create("ann"), "USERNAME_TAKEN");
  EXPECT_BAD_FIELD(Create("Ann"), "staff.username");
  EXPECT_BAD_FIELD(Create("bob", ""), "staff.display_name");
}

TEST_P(StaffServiceTest, NothingNewIsKeptInAnAreaThatHasEnded) {
  auto ann = Create("ann", "Ann", "SO").value();
  Area north = AreaOf("NO");
  north.ended = north.updated = kTestNow;
  north.merged_into = "SO";
  ASSERT_EQ(world_->Do([&](Unit& unit) { return world_->areas().End(unit, north); }), absl::OkStatus());
  EXPECT_REASON(Create("bob"), "AREA_ENDED");
  EXPECT_REASON(Give(ann, Role::kDesk, absl::ZeroDuration(), absl::Hours(1)), "AREA_ENDED");
  EXPECT_REASON(CreateTeam("Team", {}), "AREA_ENDED");
}

TEST_P(StaffServiceTest, ListsAccounts) {
  auto ann = Create("ann").value();
  ASSERT_TRUE(Create("bob", "Bob", "SO").ok());
  ASSERT_TRUE(Give(ann, Role::kDesk, absl::ZeroDuration(), absl::Hours(1)).ok());
  EXPECT_THAT(List({}).value(), ElementsAre("ann", "bob"));
  EXPECT_THAT(List({}, {"CHI/SO"}).value(), ElementsAre("bob"));
  v1::ListStaffRequest request;
  request.set_area("areas/NO");
  EXPECT_THAT(List(request).value(), ElementsAre("ann"));
  request.set_area("areas/NOWHERE");
  EXPECT_THAT(List(request).value(), IsEmpty());
  request.set_area("NO");
  EXPECT_BAD_FIELD(List(request), "area");
  request.Clear();
  request.set_role(ToProto(Role::kDesk));
  EXPECT_THAT(List(request).value(), ElementsAre("ann"));
  request.Clear();
  request.set_page_size(1);
  auto page = service_.ListStaff(call_.context(), request, In({"CHI"})).value();
  request.set_page_token(page.next_page_token());
  EXPECT_THAT(List(request).value(), ElementsAre("bob"));
  request.set_role(ToProto(Role::kDesk));
  EXPECT_BAD_FIELD(List(request), "page_token");
}

TEST_P(StaffServiceTest, OfAccountsThatAreKeptElsewhereOnlyTheGrantsHereAreSeen) {
  auto ann = Create("ann", "Ann").value();
  ASSERT_TRUE(Give(ann, Role::kDesk, absl::ZeroDuration(), absl::Hours(1)).ok());
  call_.caller.grants = {{options::v1::ROLE_ADMIN, "CHI/SO", absl::InfiniteFuture()},
                         {options::v1::ROLE_DESK, "CHI/NO", absl::InfiniteFuture()}};
  auto given = Give(ann, Role::kInspector, absl::ZeroDuration(), absl::Hours(1), "SO").value();
  v1::Staff seen;
  seen.set_name(ann.name());
  seen.set_display_name("Ann");
  ASSERT_EQ(given.grants_size(), 1);
  EXPECT_EQ(given.grants(0).area(), "areas/SO");
  *seen.add_grants() = given.grants(0);
  EXPECT_EQ(given.DebugString(), seen.DebugString());
  const std::string grant = given.grants(0).name();
  for (int times = 0; times < 2; ++times) {  // the second time it has ended
    call_.now += absl::Minutes(1);
    auto ended = End(grant).value();
    EXPECT_EQ(ended.grants_size(), 1);
    EXPECT_EQ(ended.username() + ended.area(), "");
  }
  call_.caller = {.id = ann.name()};
  EXPECT_EQ(End(grant)->username(), "ann") << "one's own account is seen whole";
}

TEST_P(StaffServiceTest, UpdatesTheFieldsOfTheMask) {
  auto ann = Create("ann").value();
  ann.set_display_name("Anna");
  ann.set_disabled(true);
  auto updated = Update(ann, {"disabled"});
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_TRUE(updated->disabled());
  EXPECT_EQ(updated->display_name(), "Name");
  EXPECT_EQ(updated->etag(), "2");
  auto stale = Update(ann, {"display_name"});
  EXPECT_REASON(stale, "ETAG_MISMATCH");
  EXPECT_EQ(MetadataOf(stale.status())["etag"], "2");
  ann.set_etag("2");
  EXPECT_EQ(Update(ann, {"display_name", "disabled"})->display_name(), "Anna");
  EXPECT_BAD_FIELD(Update(ann, {}), "update_mask");
  EXPECT_BAD_FIELD(Update(ann, {"username"}), "update_mask");
}

TEST_P(StaffServiceTest, GivesAndEndsGrants) {
  auto ann = Create("ann").value();
  call_.now += absl::Hours(1);
  auto given = Give(ann, Role::kDispatcher, absl::ZeroDuration(), absl::Hours(24), "SO");
  ASSERT_TRUE(given.ok()) << given.status();
  ASSERT_EQ(given->grants_size(), 1);
  const v1::Grant grant = given->grants(0);
  EXPECT_EQ(grant.area(), "areas/SO");
  EXPECT_EQ(grant.area_path(), "CHI/SO");
  EXPECT_EQ(grant.end_time().seconds(), absl::ToUnixSeconds(call_.now + absl::Hours(24)));
  EXPECT_EQ(given->etag(), "2");
  EXPECT_EQ(given->DebugString(), service_.GetStaff(call_.context(), {}, Row(ann.name()))->DebugString());

  call_.now += absl::Minutes(1);
  auto ended = End(grant.name());
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->grants(0).end_time().seconds(), absl::ToUnixSeconds(call_.now));
  EXPECT_EQ(ended->etag(), "3");
  call_.now += absl::Minutes(1);
  EXPECT_EQ(End(grant.name())->DebugString(), ended->DebugString()) << "it has ended already";
}

TEST_P(StaffServiceTest, AGrantThatHasNotBegunGoesWhenItIsEnded) {
  auto ann = Create("ann").value();
  auto given = Give(ann, Role::kDesk, absl::Hours(1), absl::Hours(24)).value();
  EXPECT_EQ(End(given.grants(0).name())->grants_size(), 0);
  EXPECT_EQ(Row(ann.name()).grants.size(), 0u);
}

TEST_P(StaffServiceTest, AnEndedGrantRevokesTheTokensThatMayCarryIt) {
  auto ann = Create("ann").value();
  auto future = Give(ann, Role::kDesk, absl::Hours(1), absl::Hours(24)).value();
  ASSERT_TRUE(End(future.grants(0).name()).ok());
  EXPECT_TRUE(Revoked().empty()) << "no token carries what never held";
  auto given = Give(ann, Role::kDesk, absl::ZeroDuration(), absl::Hours(24)).value();
  EXPECT_TRUE(Revoked().empty()) << "more rights revoke nothing";
  call_.now += absl::Minutes(1);
  auto ended = End(given.grants(0).name()).value();
  ASSERT_EQ(Revoked().size(), 1u);
  EXPECT_EQ(Revoked()[0].kind, auth::Revocation::Kind::kAccount);
  EXPECT_EQ(Revoked()[0].subject, ann.name());
  EXPECT_EQ(std::to_string(Revoked()[0].below), ended.etag()) << "tokens of this version are good";
  EXPECT_GE(Revoked()[0].until, call_.now + auth::kMaxTokenLifetime + auth::kMaxTokenSkew);
  ASSERT_TRUE(End(given.grants(0).name()).ok());
  EXPECT_EQ(Revoked().size(), 1u) << "it had ended already";
}

TEST_P(StaffServiceTest, DisablingEndsLogInsAndRevokesTokens) {
  auto ann = Create("ann").value();
  Session session{.id = Uuid::V7(kTestNow), .staff = Row(ann.name()).id, .device = Uuid::V7(kTestNow)};
  session.created = session.rotated = kTestNow;
  ASSERT_EQ(world_->Do([&](Unit& unit) { return world_->sessions().Put(unit, session); }), absl::OkStatus());
  ann = Update(ann, {"display_name"}).value();
  EXPECT_TRUE(Revoked().empty());
  ann.set_disabled(true);
  ann = Update(ann, {"disabled"}).value();
  ASSERT_EQ(Revoked().size(), 1u);
  EXPECT_EQ(std::to_string(Revoked()[0].below), ann.etag());
  EXPECT_REASON(world_->Write<Session>([&](Unit& unit) { return world_->sessions().Lock(unit, session.id); }),
                "NOT_FOUND");
  ann = Update(ann, {"disabled"}).value();
  EXPECT_EQ(Revoked().size(), 1u) << "it was disabled already";
  ann.set_etag("1");
  EXPECT_REASON(Update(ann, {"disabled"}), "ETAG_MISMATCH");
  EXPECT_EQ(Revoked().size(), 1u);
}

TEST_P(StaffServiceTest, RolesExcludeEachOtherWhileTheyOverlap) {
  auto ann = Create("ann").value();
  ASSERT_TRUE(Give(ann, Role::kFieldWorker, absl::ZeroDuration(), absl::Hours(10)).ok());
  EXPECT_REASON(Give(ann, Role::kCareWorker, absl::Hours(9), absl::Hours(20), "SO"), "ROLES_EXCLUDE_EACH_OTHER");
  EXPECT_TRUE(Give(ann, Role::kFieldWorker, absl::Hours(1), absl::Hours(20), "SO").ok()) << "the same role again";
  EXPECT_TRUE(Give(ann, Role::kCareWorker, absl::Hours(20), absl::Hours(30)).ok()) << "one after the other";
  EXPECT_TRUE(Give(ann, Role::kAdmin, absl::ZeroDuration(), absl::Hours(10)).ok());
  EXPECT_REASON(Give(ann, Role::kAuditor, absl::ZeroDuration(), absl::Hours(1)), "ROLES_EXCLUDE_EACH_OTHER");
  EXPECT_REASON(Give(ann, Role::kDataProtectionOfficer, absl::ZeroDuration(), absl::Hours(1)),
                "ROLES_EXCLUDE_EACH_OTHER");
  EXPECT_EQ(Row(ann.name()).grants.size(), 4u);
}

TEST_P(StaffServiceTest, AnEndedGrantExcludesNothing) {
  auto ann = Create("ann").value();
  auto given = Give(ann, Role::kFieldWorker, absl::ZeroDuration(), absl::Hours(10)).value();
  call_.now += absl::Hours(1);
  ASSERT_TRUE(End(given.grants(0).name()).ok());
  EXPECT_TRUE(Give(ann, Role::kCareWorker, absl::ZeroDuration(), absl::Hours(1)).ok());
}

TEST_P(StaffServiceTest, RefusesAGrant) {
  auto ann = Create("ann").value();
  EXPECT_BAD_FIELD(Give(ann, Role::kDesk, absl::Hours(2), absl::Hours(1)), "grant.end_time");
  EXPECT_BAD_FIELD(Give(ann, Role::kDesk, absl::ZeroDuration(), absl::Hours(24 * 735)), "grant.end_time");
  v1::Staff nobody;
  nobody.set_name(StaffName(Uuid::V7(kTestNow)));
  EXPECT_REASON(Give(nobody, Role::kDesk, absl::ZeroDuration(), absl::Hours(1)), "NOT_FOUND");
  absl::Status status;
  int given = 0;
  for (; given < 100 && status.ok(); ++given) {
    status = Give(ann, Role::kDesk, absl::ZeroDuration(), absl::Hours(1)).status();
  }
  EXPECT_REASON(status, "TOO_MANY_GRANTS");
  EXPECT_GT(given, 20);
}

TEST_P(StaffServiceTest, KeepsTeams) {
  auto ann = Create("ann").value(), bob = Create("bob").value();
  auto team = CreateTeam("Team", {ann.name()});
  ASSERT_TRUE(team.ok()) << team.status();
  EXPECT_EQ(team->area(), "areas/NO");
  EXPECT_THAT(team->members(), ElementsAre(ann.name()));

  v1::Team changed = *team;
  changed.set_display_name("Other");
  changed.add_members(bob.name());
  auto updated = UpdateTeam(changed, {"members"});
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->display_name(), "Team");
  EXPECT_THAT(updated->members(), ElementsAre(ann.name(), bob.name()));
  EXPECT_EQ(updated->etag(), "2");
  EXPECT_REASON(UpdateTeam(changed, {"display_name"}), "ETAG_MISMATCH");
  EXPECT_BAD_FIELD(UpdateTeam(changed, {"area"}), "update_mask");

  Team row = world_->teams().Find(ParseTeamName("", team->name()).value()).value();
  EXPECT_EQ(service_.GetTeam(call_.context(), {}, row)->DebugString(), updated->DebugString());
  auto listed = service_.ListTeams(call_.context(), {}, In({"CHI"})).value();
  ASSERT_EQ(listed.teams_size(), 1);
  EXPECT_EQ(listed.teams(0).DebugString(), updated->DebugString());
  EXPECT_EQ(service_.ListTeams(call_.context(), {}, In({"CHI/SO"}))->teams_size(), 0);
}

TEST_P(StaffServiceTest, RefusesATeam) {
  EXPECT_BAD_FIELD(CreateTeam("", {}), "team.display_name");
  EXPECT_BAD_FIELD(CreateTeam("Team", {"bob"}), "team.members[0]");
  EXPECT_BAD_FIELD(CreateTeam("Team", {StaffName(Uuid::V7(kTestNow))}), "team.members[0]");
  v1::ListTeamsRequest request;
  request.set_page_size(-1);
  EXPECT_BAD_FIELD(service_.ListTeams(call_.context(), request, In({"CHI"})), "page_size");
  request.set_page_size(1);
  request.set_page_token("x");
  EXPECT_BAD_FIELD(service_.ListTeams(call_.context(), request, In({"CHI"})), "page_token");
}

TEST_P(StaffServiceTest, NaughtyStringsAreStoredOrRefused) {
  int stored = 0;
  for (const std::string& text : NaughtyStrings()) {
    auto staff = Create(fmt::format("user-{}", stored), text);
    auto team = CreateTeam(text, {});
    EXPECT_EQ(staff.ok(), team.ok()) << text;
    if (!staff.ok()) {
      EXPECT_BAD_FIELD(staff, "staff.display_name") << text;
      EXPECT_BAD_FIELD(team, "team.display_name") << text;
      continue;
    }
    ++stored;
    EXPECT_EQ(Row(staff->name()).display_name, staff->display_name());
    EXPECT_BAD_FIELD(Create(text + " "), "staff.username") << text;
  }
  EXPECT_GT(stored, 400);
}

INSTANTIATE_WORLDS(StaffServiceTest);

}  // namespace
}  // namespace gridwork::identity
