// Two people change the same place without seeing each other's change.
#include <gtest/gtest.h>

#include "services/tasks/place.h"

namespace gridwork::tasks {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

Place Sample() {
  return {.display_name = "Cosi",
          .address = "230 W Monroe St",
          .location = LatLng{41.88, -87.63},
          .grid = "CHI/A",
          .operator_organisation = "Cosi Inc",
          .version = 1,
          .created = kNow};
}

// `place` after `author` changed it with `change`.
Place Changed(const Place& before, const std::string& author, const std::function<void(Place&)>& change) {
  Place after = before;
  change(after);
  CountUp(before, author, kNow + absl::Seconds(before.version), after);
  return after;
}

PlaceEdit Edit(const Place& seen, const std::string& author, std::vector<PlaceField> fields,
               const std::function<void(Place&)>& change) {
  PlaceEdit out{.wanted = seen, .fields = std::move(fields), .base = seen.version, .author = author};
  change(out.wanted);
  return out;
}

TEST(CountUp, MarksTheFieldsThatChanged) {
  Place first = Sample();
  Place second = Changed(first, "staff/1", [](Place& p) { p.status = PlaceStatus::kClosed; });
  EXPECT_EQ(second.version, 2);
  EXPECT_EQ(second.updated, kNow + absl::Seconds(1));
  ASSERT_EQ(second.marks.size(), 1u);
  EXPECT_EQ(second.marks[PlaceField::kStatus], (FieldMark{2, "staff/1", kNow + absl::Seconds(1)}));
  Place third = Changed(second, "staff/2", [](Place& p) { p.operator_licence = "L-2"; });
  EXPECT_EQ(third.VersionOf(PlaceField::kStatus), 2);
  EXPECT_EQ(third.VersionOf(PlaceField::kOperator), 3);
  EXPECT_EQ(third.VersionOf(PlaceField::kRisk), 1);
}

TEST(Merge, FieldsThatNobodyChangedAreWritten) {
  Place seen = Sample();
  Place current = Changed(seen, "staff/2", [](Place& p) { p.status = PlaceStatus::kClosed; });
  MergedPlace merged =
      Merge(current, Edit(seen, "staff/1", {PlaceField::kDisplayName}, [](Place& p) { p.display_name = "Così"; }));
  EXPECT_TRUE(merged.changed);
  EXPECT_TRUE(merged.conflicts.empty());
  EXPECT_EQ(merged.place.display_name, "Così");
  EXPECT_EQ(merged.place.status, PlaceStatus::kClosed) << "the other's change stays";
}

TEST(Merge, AFieldThatSomebodyElseChangedIsAConflict) {
  Place seen = Sample();
  Place current = Changed(seen, "staff/2", [](Place& p) { p.display_name = "COSI"; });
  MergedPlace merged =
      Merge(current, Edit(seen, "staff/1", {PlaceField::kDisplayName, PlaceField::kRisk}, [](Place& p) {
              p.display_name = "Così";
              p.risk = "RISK_2";
            }));
  EXPECT_EQ(merged.conflicts, std::vector{PlaceField::kDisplayName});
  EXPECT_EQ(merged.place.display_name, "COSI");
  EXPECT_EQ(merged.place.risk, "RISK_2") << "the other fields do not wait";
}

TEST(Merge, TheSameValueIsNoConflict) {
  Place seen = Sample();
  Place current = Changed(seen, "staff/2", [](Place& p) { p.status = PlaceStatus::kClosed; });
  MergedPlace merged =
      Merge(current, Edit(seen, "staff/1", {PlaceField::kStatus}, [](Place& p) { p.status = PlaceStatus::kClosed; }));
  EXPECT_FALSE(merged.changed);
  EXPECT_TRUE(merged.conflicts.empty());
}

TEST(Merge, NobodyIsInConflictWithThemselves) {
  Place seen = Sample();
  Place current = Changed(seen, "staff/1", [](Place& p) { p.risk = "RISK_1"; });
  MergedPlace merged = Merge(current, Edit(seen, "staff/1", {PlaceField::kRisk}, [](Place& p) { p.risk = "RISK_3"; }));
  EXPECT_TRUE(merged.conflicts.empty());
  EXPECT_EQ(merged.place.risk, "RISK_3");
}

TEST(Merge, OnlyTheFieldsThatAreNamed) {
  Place seen = Sample();
  MergedPlace merged = Merge(seen, Edit(seen, "staff/1", {PlaceField::kRisk}, [](Place& p) { p.display_name = "X"; }));
  EXPECT_FALSE(merged.changed);
  EXPECT_EQ(merged.place.display_name, "Cosi");
}

TEST(Merge, TheGridGoesWithTheLocation) {
  Place seen = Sample();
  MergedPlace merged = Merge(seen, Edit(seen, "staff/1", {PlaceField::kLocation}, [](Place& p) {
                               p.location = LatLng{42, -87};
                               p.grid = "CHI/B";
                             }));
  EXPECT_EQ(merged.place.grid, "CHI/B");
}

TEST(PlaceFields, HaveNamesAndCompareAndCopyOneThing) {
  Place other = Sample();
  other.kind = PlaceKind::kShop;
  other.display_name = other.address = other.locality = other.postal_code = "x";
  other.location = std::nullopt;
  other.status = PlaceStatus::kDemolished;
  other.operator_licence = "x";
  other.risk = "RISK_1";
  for (PlaceField field : kPlaceFields) {
    EXPECT_EQ(PlaceFieldOf(NameOf(field)), field);
    Place place = Sample();
    EXPECT_FALSE(SameField(field, place, other)) << NameOf(field);
    CopyField(field, other, place);
    for (PlaceField each : kPlaceFields)
      EXPECT_EQ(SameField(each, place, other), each == field) << NameOf(field) << " " << NameOf(each);
  }
  EXPECT_EQ(PlaceFieldOf("source"), std::nullopt);
}

}  // namespace
}  // namespace gridwork::tasks
