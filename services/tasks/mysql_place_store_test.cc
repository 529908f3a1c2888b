#include "services/tasks/mysql_place_store.h"

#include <fstream>

#include "common/mysql/unit.h"
#include "services/tasks/areas/mysql_area_follow_store.h"
#include "services/tasks/migrations.h"
#include "services/tasks/place_convert.h"
#include "services/tasks/testing/place_messages.h"
#include "services/tasks/testing/place_store_contract.h"
#include "tests/support/mysql_fixture.h"

namespace gridwork::tasks::testing {
namespace {

using gridwork::testing::MysqlSchema;

MysqlSchema& Schema() {
  static MysqlSchema schema({{"tasks", embedded::tasks_migrations()}});
  return schema;
}

class MysqlWorld : public PlaceStoreWorld {
 public:
  MysqlWorld() {
    Schema().Run("TRUNCATE TABLE place");
    Schema().Run("TRUNCATE TABLE area_follow");
  }
  PlaceStore& store() override { return store_; }
  Units& units() override { return units_; }
  void BeginFollow(int64_t change) override {
    MysqlAreaFollowStore follow(database_);
    ASSERT_TRUE(follow.Begin("CHI", change).ok());
  }

 private:
  mysql::Database database_{Schema().pool()};
  MysqlPlaceStore store_{database_, *this};
  mysql::MysqlUnits units_{Schema().pool()};
};

std::unique_ptr<PlaceStoreWorld> MakeMysqlWorld() { return std::make_unique<MysqlWorld>(); }

INSTANTIATE_TEST_SUITE_P(Mysql, PlaceStoreContract, ::testing::Values(&MakeMysqlWorld));

// The fields of one line of a CSV file (RFC 4180) without line feeds in them.
std::vector<std::string> Fields(const std::string& line) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      out.back() += line[i++];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      out.emplace_back();
    } else {
      out.back() += line[i];
    }
  }
  return out;
}

std::vector<Place> ReadPremises() {
  std::ifstream in(GRIDWORK_SOURCE_DIR "/tests/data/chicago/premises.csv");
  std::vector<Place> out;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::vector<std::string> field = Fields(line);
    Place& place = out.emplace_back(SamplePlace(static_cast<int>(out.size()), fmt::format("CHI/W{}", field[11])));
    place.display_name = field[1];
    place.address = field[5];
    place.locality = field[6];
    place.location = std::nullopt;
    if (!field[9].empty()) place.location = LatLng{std::stod(field[9]), std::stod(field[10])};
    place.source_id = field[0];
  }
  return out;
}

class RealPremises : public PlaceStoreContract {};

TEST_P(RealPremises, NearIsWhatMeasuringEveryPlaceGives) {
  std::vector<Place> premises = ReadPremises();
  ASSERT_EQ(premises.size(), 12'367u);
  for (size_t from = 0; from < premises.size(); from += 500) {
    std::vector<Place> batch(premises.begin() + static_cast<ptrdiff_t>(from),
                             premises.begin() + static_cast<ptrdiff_t>(std::min(premises.size(), from + 500)));
    ASSERT_EQ(ResultsOf(Import(batch)), Results(batch.size(), Result::kCreated));
    if (from == 0) {
      EXPECT_EQ(ResultsOf(Import(batch)), Results(batch.size(), Result::kUnchanged));
    }
  }
  std::vector<Place> all = ListAll(ScopeOf({"CHI"}));
  ASSERT_EQ(all.size(), premises.size());

  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round) {
    const Place& middle = all[random() % all.size()];
    if (!middle.location) continue;
    PlacesNear near{
        .point = *middle.location, .radius_metres = round % 3 ? 500.0 : 5000.0, .limit = round % 2 ? 100u : 1000u};
    std::vector<Place> expected = all;
    KeepNearestFirst(near, expected);
    auto page = store().Near(ScopeOf({"CHI"}), near);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(SourceIdsOf(page->rows), SourceIdsOf(expected)) << round;
  }
}

class HostileTexts : public PlaceStoreContract {};

TEST_P(HostileTexts, AreStoredToTheLetterOrRefused) {
  std::vector<Place> places;
  for (const std::string& text : NaughtyStrings(GRIDWORK_SOURCE_DIR)) {
    for (int field = 0; field < 6; ++field) {
      v1::ImportPlacesRequest request = SampleImport(1);
      v1::Place& message = *request.mutable_places(0);
      std::string* const fields[] = {message.mutable_display_name(),
                                     message.mutable_address(),
                                     message.mutable_locality(),
                                     message.mutable_postal_code(),
                                     message.mutable_operator_()->mutable_organisation(),
                                     message.mutable_operator_()->mutable_licence_number()};
      *fields[field] = text;
      auto place = ParseImport(request)->at(0);
      EXPECT_TRUE(place.ok() || ReasonOf(place.status()) == "BAD_FIELD") << text;
      if (!place.ok()) continue;
      place->source_id = std::to_string(places.size());
      place->grid = "CHI/G";
      places.push_back(*place);
    }
  }
  EXPECT_GT(places.size(), 2'000u);
  for (size_t from = 0; from < places.size(); from += 500) {
    std::vector<Place> batch(places.begin() + static_cast<ptrdiff_t>(from),
                             places.begin() + static_cast<ptrdiff_t>(std::min(places.size(), from + 500)));
    auto imported = Import(batch);
    ASSERT_EQ(ResultsOf(imported), Results(batch.size(), Result::kCreated));
    for (size_t i = 0; i < batch.size(); ++i) {
      EXPECT_TRUE(store().Find((*imported)[i].id)->SameContent(batch[i])) << from + i;
    }
    EXPECT_EQ(ResultsOf(Import(batch)), Results(batch.size(), Result::kUnchanged));
  }
}

INSTANTIATE_TEST_SUITE_P(Mysql, HostileTexts, ::testing::Values(&MakeMysqlWorld));
INSTANTIATE_TEST_SUITE_P(Mysql, RealPremises, ::testing::Values(&MakeMysqlWorld));

TEST(MysqlPlaceStore, SaysQuicklyThatTheDatabaseIsAway) {
  mysql::Config nowhere = Schema().config();
  nowhere.port = 1;
  mysql::Pool pool(nowhere);
  mysql::Database database(pool);
  MysqlWorld follower;
  MysqlPlaceStore store(database, follower);
  mysql::MysqlUnits units(pool);
  absl::Time begin = absl::Now();
  EXPECT_TRUE(absl::IsUnavailable(store.Find(Uuid::V7(begin)).status()));
  EXPECT_TRUE(absl::IsUnavailable(store.List(ScopeOf({"CHI"}), {}).status()));
  EXPECT_TRUE(absl::IsUnavailable(store.Near(ScopeOf({"CHI"}), {.point = {1, 1}}).status()));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(2));
}

}  // namespace
}  // namespace gridwork::tasks::testing
