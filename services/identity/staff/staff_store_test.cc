// What every StaffStore must do, in memory and on MariaDB.
#include "services/identity/staff/staff_store.h"

#include <thread>

#include "services/identity/testing/world.h"

namespace gridwork::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StaffStoreContract : public WorldTest {
 protected:
  void SetUp() override { MakeTown(*world_); }

  Staff Insert(const std::string& username, const std::string& area) {
    Staff staff{.id = Uuid::V7(kTestNow), .username = username, .display_name = "Zoë 🙂", .area = area};
    staff.area_path = area == "CHI" ? area : "CHI/" + area;
    staff.created = kTestNow;
    staff.updated = kTestNow + absl::Microseconds(1);
    EXPECT_EQ(world_->Do([&](Unit& unit) { return staff_.Insert(unit, staff); }), absl::OkStatus());
    return staff;
  }
  Grant Give(const Uuid& id, Role role, const std::string& area, absl::Time start = kTestNow) {
    Grant grant{.id = Uuid::V7(kTestNow), .role = role, .area = area, .area_path = "CHI/" + area};
    grant.start = start;
    grant.end = start + absl::Hours(24);
    EXPECT_EQ(world_->Do([&](Unit& unit) { return staff_.PutGrant(unit, id, grant); }), absl::OkStatus());
    return grant;
  }
  std::vector<std::string> List(StaffQuery query, std::vector<std::string> scope = {"CHI"}) {
    query.now = kTestNow;
    auto page = staff_.List(In(std::move(scope)), query);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> names;
    for (const Staff& staff : page->rows) names.push_back(staff.username);
    return names;
  }

  StaffStore& staff_ = world_->staff();
};

TEST_P(StaffStoreContract, FindsWhatWasWritten) {
  Staff written = Insert("ann", "NO");
  Grant second = Give(written.id, Role::kInspector, "SO", kTestNow + absl::Hours(1));
  Grant first = Give(written.id, Role::kFieldWorker, "NO");
  Staff found = staff_.Find(written.id).value();
  EXPECT_EQ(found.username, "ann");
  EXPECT_EQ(found.display_name, "Zoë 🙂");
  EXPECT_EQ(found.area, "NO");
  EXPECT_EQ(found.area_path, "CHI/NO");
  EXPECT_FALSE(found.disabled);
  EXPECT_EQ(found.version, 1);
  EXPECT_EQ(found.created, kTestNow);
  EXPECT_EQ(found.updated, kTestNow + absl::Microseconds(1));
  ASSERT_EQ(found.grants.size(), 2u);
  EXPECT_EQ(found.grants[0].id, first.id);
  EXPECT_EQ(found.grants[1].role, Role::kInspector);
  EXPECT_EQ(found.grants[1].area, "SO");
  EXPECT_EQ(found.grants[1].area_path, "CHI/SO");
  EXPECT_EQ(found.grants[1].start, second.start);
  EXPECT_EQ(found.grants[1].end, second.end);

  EXPECT_EQ(staff_.FindGrant(written.id, second.id)->grant.area_path, "CHI/SO");
}

TEST_P(StaffStoreContract, KnowsNoOther) {
  Uuid ann = Insert("ann", "NO").id, bob = Insert("bob", "NO").id;
  Grant grant = Give(ann, Role::kDesk, "NO");
  EXPECT_REASON(staff_.Find(Uuid::V7(kTestNow)), "NOT_FOUND");
  EXPECT_REASON(staff_.FindGrant(bob, grant.id), "NOT_FOUND");
  EXPECT_REASON(staff_.FindGrant(ann, ann), "NOT_FOUND");
  EXPECT_REASON(world_->Do([&](Unit& unit) { return staff_.Lock(unit, grant.id).status(); }), "NOT_FOUND");
}

TEST_P(StaffStoreContract, LocksWhoeverHoldsAGrantInAnArea) {
  Uuid ann = Insert("ann", "NO").id, bob = Insert("bob", "NO").id, cem = Insert("cem", "NO").id;
  Give(ann, Role::kDesk, "NO");
  Give(ann, Role::kFieldWorker, "NO");
  Give(bob, Role::kDesk, "SO");
  Give(cem, Role::kDesk, "SO", kTestNow - absl::Hours(24));  // has ended
  ASSERT_EQ(world_->Do([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(auto north, staff_.LockHolders(unit, {"NO"}, kTestNow));
    EXPECT_EQ(north.size(), 1u);
    EXPECT_EQ(north[0].grants.size(), 2u);
    ASSIGN_OR_RETURN(auto both, staff_.LockHolders(unit, {"SO", "NO"}, kTestNow));
    EXPECT_EQ(both.size(), 2u);
    EXPECT_EQ(both[0].id, std::min(ann, bob));
    return absl::OkStatus();
  }),
            absl::OkStatus());
}

TEST_P(StaffStoreContract, RefusesAUsernameTwice) {
  Insert("ann", "NO");
  Staff again{.id = Uuid::V7(kTestNow), .username = "ann", .display_name = "Other", .area = "SO"};
  EXPECT_REASON(world_->Do([&](Unit& unit) { return staff_.Insert(unit, again); }), "USERNAME_TAKEN");
}

TEST_P(StaffStoreContract, ListsByUsernameInsideOfTheScope) {
  Uuid cy = Insert("cy", "CHI").id;
  Insert("bob", "SO");
  Uuid ann = Insert("ann", "NO").id;
  Give(ann, Role::kDispatcher, "SO");
  Give(cy, Role::kDispatcher, "NO", kTestNow + absl::Hours(1));
  EXPECT_THAT(List({}), ElementsAre("ann", "bob", "cy"));
  EXPECT_THAT(List({}, {"CHI/NO", "CHI/SO"}), ElementsAre("ann", "bob"));
  EXPECT_THAT(List({}, {}), IsEmpty());
  EXPECT_THAT(List({.area_path = "CHI/SO"}), ElementsAre("bob"));
  EXPECT_THAT(List({.area_path = "CHI/SO"}, {"CHI/NO"}), IsEmpty());
  EXPECT_THAT(List({.role = Role::kDispatcher}), ElementsAre("ann")) << "who holds it now";
  EXPECT_THAT(List({.role = Role::kAdmin}), IsEmpty());
  EXPECT_EQ(staff_.List(In({"CHI"}), {.now = kTestNow})->rows[0].grants.size(), 1u);
}

TEST_P(StaffStoreContract, Pages) {
  for (const char* name : {"ann", "bob", "cy"}) Insert(name, "NO");
  auto page = staff_.List(In({"CHI"}), {.limit = 2}).value();
  EXPECT_EQ(page.rows.size(), 2u);
  page = staff_.List(In({"CHI"}), {.after = page.next, .limit = 2}).value();
  ASSERT_EQ(page.rows.size(), 1u);
  EXPECT_EQ(page.rows[0].username, "cy");
  EXPECT_EQ(page.next, "");
}

TEST_P(StaffStoreContract, UpdatesOnlyTheVersionThatWasRead) {
  Staff staff = Insert("ann", "NO");
  staff.display_name = "New";
  staff.disabled = true;
  staff.updated = kTestNow + absl::Hours(1);
  ASSERT_EQ(world_->Do([&](Unit& unit) { return staff_.Update(unit, staff); }), absl::OkStatus());
  EXPECT_EQ(staff.version, 2);
  Staff found = staff_.Find(staff.id).value();
  EXPECT_EQ(found.display_name, "New");
  EXPECT_TRUE(found.disabled);
  EXPECT_EQ(found.version, 2);
  EXPECT_EQ(found.updated, kTestNow + absl::Hours(1));

  staff.version = 1;
  absl::Status stale = world_->Do([&](Unit& unit) { return staff_.Update(unit, staff); });
  EXPECT_REASON(stale, "ETAG_MISMATCH");
  EXPECT_EQ(MetadataOf(stale)["etag"], "2");
  staff.id = Uuid::V7(kTestNow);
  EXPECT_REASON(world_->Do([&](Unit& unit) { return staff_.Update(unit, staff); }), "NOT_FOUND");
}

TEST_P(StaffStoreContract, EndsAndRemovesGrants) {
  Uuid ann = Insert("ann", "NO").id;
  Grant ended = Give(ann, Role::kDesk, "NO"), removed = Give(ann, Role::kDesk, "SO");
  ended.end = kTestNow + absl::Hours(1);
  ASSERT_EQ(world_->Do([&](Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(staff_.PutGrant(unit, ann, ended));
    return staff_.RemoveGrant(unit, ann, removed.id);
  }),
            absl::OkStatus());
  auto grants = staff_.Find(ann)->grants;
  ASSERT_EQ(grants.size(), 1u);
  EXPECT_EQ(grants[0].end, kTestNow + absl::Hours(1));
}

TEST_P(StaffStoreContract, LocksTheAccount) {
  Uuid ann = Insert("ann", "NO").id;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      EXPECT_EQ(world_->Do([&](Unit& unit) -> absl::Status {
        ASSIGN_OR_RETURN(Staff staff, staff_.Lock(unit, ann));
        if (!staff.grants.empty()) return absl::OkStatus();
        Grant grant{.id = Uuid::V7(kTestNow), .role = Role::kDesk, .area = "NO", .start = kTestNow};
        grant.end = kTestNow + absl::Hours(1);
        return staff_.PutGrant(unit, ann, grant);
      }),
                absl::OkStatus());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(staff_.Find(ann)->grants.size(), 1u);
}

TEST_P(StaffStoreContract, KeepsQualificationsByCode) {
  Staff ann = Insert("ann", "NO"), bob = Insert("bob", "SO");
  const absl::Time end = kTestNow + absl::Hours(1);
  EXPECT_EQ(world_->Do([&](Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(staff_.PutQualification(unit, ann.id, {"LIFT", end}));
    RETURN_IF_ERROR(staff_.PutQualification(unit, ann.id, {"CRANE", end}));
    RETURN_IF_ERROR(staff_.PutQualification(unit, bob.id, {"LIFT", end}));
    return staff_.PutQualification(unit, ann.id, {"LIFT", end + absl::Microseconds(1)});
  }),
            absl::OkStatus());
  Staff found = staff_.Find(ann.id).value();
  ASSERT_EQ(found.qualifications.size(), 2u);
  EXPECT_EQ(found.qualifications[0].code, "CRANE");
  EXPECT_EQ(found.qualifications[1].end, end + absl::Microseconds(1));
  EXPECT_EQ(world_->Do([&](Unit& unit) { return staff_.RemoveQualification(unit, ann.id, "LIFT"); }), absl::OkStatus());
  EXPECT_EQ(staff_.Find(ann.id)->qualifications.size(), 1u);
  auto page = staff_.List(In({"CHI"}), {.now = kTestNow}).value();
  EXPECT_EQ(page.rows[0].qualifications.size(), 1u);
  EXPECT_EQ(page.rows[1].qualifications.size(), 1u) << "of another one";
}

TEST_P(StaffStoreContract, AnAbsenceIsSeenFromBothSides) {
  Staff ann = Insert("ann", "NO"), bob = Insert("bob", "SO");
  Absence absence{.id = Uuid::V7(kTestNow), .staff = ann.id, .cover = bob.id};
  absence.start = kTestNow, absence.end = kTestNow + absl::Hours(1);
  EXPECT_EQ(world_->Do([&](Unit& unit) { return staff_.AddAbsence(unit, absence, kTestNow); }), absl::OkStatus());
  ASSERT_EQ(staff_.Find(ann.id)->absences.size(), 1u);
  Staff cover = staff_.Find(bob.id).value();
  ASSERT_EQ(cover.covers.size(), 1u);
  EXPECT_EQ(cover.covers[0].id, absence.id);
  EXPECT_EQ(cover.covers[0].staff, ann.id);
  EXPECT_EQ(cover.covers[0].cover, bob.id);
  EXPECT_EQ(cover.covers[0].start, absence.start);
  EXPECT_EQ(cover.covers[0].end, absence.end);
  EXPECT_TRUE(cover.absences.empty());
  EXPECT_EQ(staff_.FindAbsence(ann.id, absence.id)->end, absence.end);
  EXPECT_REASON(staff_.FindAbsence(bob.id, absence.id), "NOT_FOUND");
  auto page = staff_.List(In({"CHI"}), {.now = kTestNow}).value();
  EXPECT_EQ(page.rows[0].absences.size(), 1u);
  EXPECT_EQ(page.rows[1].covers.size(), 1u);

  Absence later = absence;
  later.id = Uuid::V7(kTestNow), later.start = absence.end, later.end = absence.end + absl::Hours(1);
  EXPECT_EQ(world_->Do([&](Unit& unit) { return staff_.AddAbsence(unit, later, absence.end); }), absl::OkStatus());
  EXPECT_REASON(staff_.FindAbsence(ann.id, absence.id), "NOT_FOUND") << "erased when it was over";
  EXPECT_EQ(world_->Do([&](Unit& unit) { return staff_.RemoveAbsence(unit, later.id); }), absl::OkStatus());
  EXPECT_TRUE(staff_.Find(bob.id)->covers.empty());
}

TEST_P(StaffStoreContract, KnowsWhatWasDelegated) {
  Staff ann = Insert("ann", "NO"), bob = Insert("bob", "SO");
  Grant held = Give(ann.id, Role::kDispatcher, "NO");
  Grant handed = held;
  handed.id = Uuid::V7(kTestNow);
  handed.delegated_from = GrantRef{ann.id, held.id};
  EXPECT_EQ(world_->Do([&](Unit& unit) { return staff_.PutGrant(unit, bob.id, handed); }), absl::OkStatus());
  EXPECT_EQ(staff_.Find(bob.id)->grants.at(0).delegated_from, handed.delegated_from);
  EXPECT_EQ(staff_.Find(ann.id)->grants.at(0).delegated_from, std::nullopt);
  auto of = [&](const Uuid& holder) {
    return world_->Write<std::vector<GrantOfStaff>>([&](Unit& unit) { return staff_.DelegatedBy(unit, holder); })
        .value();
  };
  ASSERT_EQ(of(ann.id).size(), 1u);
  EXPECT_EQ(of(ann.id)[0].staff, bob.id);
  EXPECT_EQ(of(ann.id)[0].grant.id, handed.id);
  EXPECT_TRUE(of(bob.id).empty());
}

INSTANTIATE_WORLDS(StaffStoreContract);

}  // namespace
}  // namespace gridwork::identity
