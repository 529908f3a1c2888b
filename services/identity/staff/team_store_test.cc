// What every TeamStore must do, in memory and on MariaDB.
#include "services/identity/staff/team_store.h"

#include "services/identity/testing/world.h"

namespace gridwork::identity {
namespace {

class TeamStoreContract : public WorldTest {
 protected:
  void SetUp() override {
    MakeTown(*world_);
    for (Uuid* id : {&ann_, &bob_}) {
      *id = Uuid::V7(kTestNow);
      Staff staff{.id = *id, .username = id == &ann_ ? "ann" : "bob", .display_name = "Name", .area = "CHI"};
      staff.created = staff.updated = kTestNow;
      ASSERT_EQ(world_->Do([&](Unit& unit) { return world_->staff().Insert(unit, staff); }), absl::OkStatus());
    }
  }

  Team Make(const std::string& area, std::vector<Uuid> members, absl::Time created = kTestNow) {
    Team team{.id = Uuid::V7(created), .display_name = "Team 🙂", .area = area, .area_path = "CHI/" + area};
    team.members = std::move(members);
    team.created = team.updated = created;
    return team;
  }
  absl::Status Insert(const Team& team) {
    return world_->Do([&](Unit& unit) { return teams_.Insert(unit, team); });
  }
  absl::Status Update(Team& team) {
    return world_->Do([&](Unit& unit) { return teams_.Update(unit, team); });
  }

  Uuid ann_, bob_;
  TeamStore& teams_ = world_->teams();
};

TEST_P(TeamStoreContract, FindsWhatWasWritten) {
  Team written = Make("NO", {bob_, ann_});
  ASSERT_EQ(Insert(written), absl::OkStatus());
  Team found = teams_.Find(written.id).value();
  EXPECT_EQ(found.display_name, "Team 🙂");
  EXPECT_EQ(found.area, "NO");
  EXPECT_EQ(found.area_path, "CHI/NO");
  EXPECT_EQ(found.members, (std::vector<Uuid>{bob_, ann_}));
  EXPECT_EQ(found.version, 1);
  EXPECT_EQ(found.created, kTestNow);
  EXPECT_REASON(teams_.Find(ann_), "NOT_FOUND");
}

TEST_P(TeamStoreContract, RefusesAMemberWithoutAccount) {
  EXPECT_BAD_FIELD(Insert(Make("NO", {ann_, Uuid::V7(kTestNow)})), "team.members[1]");
  Team team = Make("NO", {});
  ASSERT_EQ(Insert(team), absl::OkStatus());
  team.members = {Uuid::V7(kTestNow)};
  EXPECT_BAD_FIELD(Update(team), "team.members[0]");
}

TEST_P(TeamStoreContract, UpdatesOnlyTheVersionThatWasRead) {
  Team team = Make("NO", {ann_});
  ASSERT_EQ(Insert(team), absl::OkStatus());
  team.display_name = "New";
  team.members = {bob_};
  ASSERT_EQ(Update(team), absl::OkStatus());
  EXPECT_EQ(team.version, 2);
  EXPECT_EQ(teams_.Find(team.id)->display_name, "New");
  EXPECT_EQ(teams_.Find(team.id)->members, std::vector<Uuid>{bob_});

  team.version = 1;
  absl::Status stale = Update(team);
  EXPECT_REASON(stale, "ETAG_MISMATCH");
  EXPECT_EQ(MetadataOf(stale)["etag"], "2");
  team.id = ann_;
  EXPECT_REASON(Update(team), "NOT_FOUND");
}

TEST_P(TeamStoreContract, ListsByIdInsideOfTheScope) {
  Team first = Make("NO", {ann_}), second = Make("SO", {}, kTestNow + absl::Seconds(1)),
       third = Make("NO", {bob_}, kTestNow + absl::Seconds(2));
  for (const Team& team : {third, first, second}) ASSERT_EQ(Insert(team), absl::OkStatus());
  auto page = teams_.List(In({"CHI"}), "", 2).value();
  ASSERT_EQ(page.rows.size(), 2u);
  EXPECT_EQ(page.rows[0].id, first.id);
  EXPECT_EQ(page.rows[0].members, std::vector<Uuid>{ann_});
  page = teams_.List(In({"CHI"}), page.next, 2).value();
  ASSERT_EQ(page.rows.size(), 1u);
  EXPECT_EQ(page.rows[0].id, third.id);
  EXPECT_EQ(page.next, "");
  EXPECT_EQ(teams_.List(In({"CHI/NO"}), "", 10)->rows.size(), 2u);
  EXPECT_EQ(teams_.List(In({}), "", 10)->rows.size(), 0u);
}

INSTANTIATE_WORLDS(TeamStoreContract);

}  // namespace
}  // namespace gridwork::identity
