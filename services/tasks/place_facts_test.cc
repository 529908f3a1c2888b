#include "services/tasks/place_facts.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "services/tasks/testing/fake_place_store.h"

namespace gridwork::tasks::testing {
namespace {

std::string FieldOf(const absl::Status& status) {
  auto violations = FieldViolationsOf(status);
  return violations.empty() ? "" : violations[0].first;
}

class PlaceFactsTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  FakePlaceStore store_{clock_};
  gridwork::testing::FakeUnits units_;
};

TEST_F(PlaceFactsTest, APlaceIsWhereItsGridIs) {
  RequestKey key{.caller = "staff/1", .request_id = Uuid::V7(clock_.Now()), .method = "m"};
  std::vector<Place> places(1);
  places[0].grid = "CHI/A/A-G1";
  places[0].display_name = "Cosi";
  Uuid id;
  auto written = units_.Run(key, absl::InfiniteFuture(), [&](Unit& unit) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(auto imported, store_.Import(unit, "CHI", places, ImportMode::kWrite, "staff/1"));
    id = imported[0].id;
    return std::string("written");
  });
  ASSERT_TRUE(written.ok()) << written.status();
  auto loaded = PlaceFacts(store_).Load("places/" + id.ToString());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->facts.area, "CHI/A/A-G1");
  EXPECT_EQ(loaded->row.display_name, "Cosi");
}

TEST_F(PlaceFactsTest, RefusesWhatIsUnknownAndWhatIsNoName) {
  EXPECT_TRUE(absl::IsNotFound(PlaceFacts(store_).Load("places/" + Uuid::V7(clock_.Now()).ToString()).status()));
  for (const char* bad : {"", "places/x", "place", "tasks/0190163d-8694-739b-aea5-966c26f8ad91"}) {
    EXPECT_EQ(FieldOf(PlaceFacts(store_).Load(bad).status()), "name") << bad;
  }
}

TEST_F(PlaceFactsTest, ADatabaseThatIsAwayIsSaidSo) {
  store_.FailWith(absl::UnavailableError("away"));
  EXPECT_TRUE(absl::IsUnavailable(PlaceFacts(store_).Load("places/" + Uuid::V7(clock_.Now()).ToString()).status()));
}

}  // namespace
}  // namespace gridwork::tasks::testing
