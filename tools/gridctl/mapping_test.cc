#include "tools/gridctl/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "common/base/error.h"
#include "tools/gridctl/csv.h"
#include "tools/gridctl/files.h"

namespace gridwork::ctl {
namespace {

using testing::HasSubstr;

const char kSmall[] = R"(
source: list
columns:
  id: [source_id, operator.licence_number]
  name: display_name
  type: kind
  lat: latitude
  lon: longitude
  risk: risk
  state: status
kind:
  default: FOOD
  spellings:
    FOOD: [Restaurant, COFFEE SHOP]
    SCHOOL: [School]
values:
  risk: {Risk 1 (High): RISK_1}
)";
const std::vector<std::string> kHeader = {"id", "name", "type", "lat", "lon", "risk", "state", "other"};

Mapping Small() {
  auto mapping = Mapping::Parse(kSmall);
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  EXPECT_TRUE(mapping->Bind(kHeader).ok());
  return *mapping;
}

std::string Refused(const std::string& yaml) {
  auto mapping = Mapping::Parse(yaml);
  EXPECT_FALSE(mapping.ok()) << yaml;
  EXPECT_EQ(ReasonOf(mapping.status()), "BAD_YAML");
  return std::string(mapping.status().message());
}

TEST(Mappings, ARow) {
  MappedRow row = Small().Map({"7", " COSI ", "coffee  shop", "41.5", "-87.25", "risk 1 (high) ", "", "x"});
  ASSERT_TRUE(row.error.ok()) << row.error;
  EXPECT_EQ(row.place.source(), "list");
  EXPECT_EQ(row.place.source_id(), "7");
  EXPECT_EQ(row.place.operator_().licence_number(), "7");
  EXPECT_EQ(row.place.display_name(), "COSI");
  EXPECT_EQ(row.place.kind(), tasks::v1::PLACE_KIND_FOOD);
  EXPECT_EQ(row.place.risk(), "RISK_1");
  EXPECT_EQ(row.place.status(), tasks::v1::PLACE_STATUS_OPEN);
  EXPECT_EQ(row.place.location().latitude(), 41.5);
  EXPECT_EQ(row.place.location().longitude(), -87.25);
}

TEST(Mappings, BlanksAndTheDefaultKind) {
  MappedRow row = Small().Map({"7", "  ", " ", "", " ", "", "closed", ""});
  ASSERT_TRUE(row.error.ok()) << row.error;
  EXPECT_EQ(row.place.kind(), tasks::v1::PLACE_KIND_FOOD);
  EXPECT_FALSE(row.place.has_location());
  EXPECT_EQ(row.place.display_name(), "") << "what is wrong with it, the server says";
  EXPECT_EQ(row.place.status(), tasks::v1::PLACE_STATUS_CLOSED);
}

TEST(Mappings, ARowThatCannotBeReadNamesFieldAndRule) {
  auto violations = [](const std::vector<std::string>& record) { return FieldViolationsOf(Small().Map(record).error); };
  using List = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(violations({"7", "x", "Church", "1", "2", "", "", ""}),
            (List{{"kind", "a spelling that the mapping file knows"}}));
  EXPECT_EQ(Small().Map({"7", "x", " Church ", "1", "2", "", "", ""}).unknown_kind, "Church");
  EXPECT_EQ(violations({"7", "x", "School", "abc", "2", "", "", ""})[0].first, "location.latitude");
  EXPECT_EQ(violations({"7", "x", "School", "1", "nan", "", "", ""})[0].first, "location.longitude");
  EXPECT_EQ(violations({"7", "x", "School", "1", "", "", "", ""})[0].first, "location.longitude");
  EXPECT_EQ(violations({"7", "\xFF", "School", "1", "2", "", "", ""}), (List{{"display_name", "UTF-8"}}));
  EXPECT_EQ(violations({"7", "x", "School", "1", "2", "", "gone", ""})[0].first, "status");
  EXPECT_EQ(violations({"7", "x"}), (List{{"row", "8 columns as in the header, not 2"}}));
  EXPECT_EQ(violations({"7", "\xFF", "Church", "1", "", "", "gone", ""}).size(), 4u) << "all of them at once";
}

TEST(Mappings, AValueThatIsNotListedGoesToTheServerAsItIs) {
  EXPECT_EQ(Small().Map({"7", "x", "School", "1", "2", "Risk 9", "", ""}).place.risk(), "Risk 9");
}

TEST(Mappings, TheHeaderMustHaveTheColumns) {
  auto mapping = Mapping::Parse(kSmall);
  absl::Status missing = mapping->Bind({"id", "name", "lat"});
  EXPECT_EQ(ReasonOf(missing), "COLUMN_MISSING");
  EXPECT_THAT(std::string(missing.message()), HasSubstr("type, lon, risk, state"));
  EXPECT_TRUE(mapping->Bind({" id ", "name", "type", "lat", "lon", "risk", "state"}).ok());
}

TEST(Mappings, AWrongFileNamesTheLine) {
  EXPECT_THAT(Refused("source: x\ncolums: {}\n"), HasSubstr("line 2: unknown key \"colums\""));
  EXPECT_THAT(Refused("columns: {id: source_id}\n"), HasSubstr("source is missing"));
  EXPECT_THAT(Refused("source: x\n"), HasSubstr("columns is missing"));
  EXPECT_THAT(Refused("source: x\ncolumns:\n  id: source_id\n  n: nam\n"), HasSubstr("line 4: unknown field \"nam\""));
  EXPECT_THAT(Refused("source: x\ncolumns: {a: source_id, b: source_id}\n"), HasSubstr("two columns fill source_id"));
  EXPECT_THAT(Refused("source: x\ncolumns: {a: source_id}\n"), HasSubstr("no column fills display_name"));
  EXPECT_THAT(Refused("source: x\ncolumns: {a: source_id, b: display_name}\n"), HasSubstr("kind"));
  const std::string start = "source: x\ncolumns: {a: source_id, b: display_name}\nkind:\n  default: FOOD\n";
  EXPECT_THAT(Refused(start + "  spellings:\n    CHURCH: [Church]\n"),
              HasSubstr("line 6: BAD_FIELD: kind: one of FOOD"));
  EXPECT_THAT(Refused(start + "  spellings:\n    FOOD: [Bar]\n    SHOP: [' BAR ']\n"), HasSubstr("is FOOD above"));
  EXPECT_THAT(Refused(start + "values: {colour: {a: b}}\n"), HasSubstr("unknown field \"colour\""));
  EXPECT_THAT(Refused("source: [\n"), HasSubstr("line "));
  EXPECT_THAT(Refused("source: \xFF\n"), HasSubstr("UTF-8"));
  EXPECT_THAT(Refused("just text"), HasSubstr("a map with the keys"));
  EXPECT_THAT(Refused(""), HasSubstr("a map with the keys"));
}

// The mapping that ships with the real list.
TEST(Mappings, AllSpellingsOfTheRealListAreKnown) {
  auto yaml = ReadFile(GRIDWORK_SOURCE_DIR "/tools/gridctl/mappings/chicago-premises.yaml");
  ASSERT_TRUE(yaml.ok()) << yaml.status();
  auto mapping = Mapping::Parse(*yaml);
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  std::ifstream in(GRIDWORK_SOURCE_DIR "/tests/data/chicago/premises.csv", std::ios::binary);
  CsvReader reader(in);
  std::vector<std::string> record;
  ASSERT_TRUE(*reader.Next(record));
  ASSERT_TRUE(mapping->Bind(record).ok());
  std::set<std::string> spellings;
  std::map<tasks::v1::PlaceKind, int> kinds;
  std::set<std::string> risks;
  std::set<std::string> localities;
  int without_location = 0;
  while (*reader.Next(record)) {
    MappedRow row = mapping->Map(record);
    ASSERT_TRUE(row.error.ok()) << "line " << reader.line() << ": " << row.error;
    spellings.insert(record[3]);
    ++kinds[row.place.kind()];
    risks.insert(row.place.risk());
    localities.insert(row.place.locality());
    if (!row.place.has_location()) ++without_location;
    EXPECT_NE(row.place.kind(), tasks::v1::PLACE_KIND_UNSPECIFIED);
    EXPECT_FALSE(row.place.address().ends_with(' '));
  }
  EXPECT_EQ(spellings.size(), 201u);
  EXPECT_EQ(without_location, 38);
  EXPECT_THAT(risks, testing::ElementsAre("RISK_1", "RISK_2", "RISK_3"));
  EXPECT_THAT(localities, testing::ElementsAre("", "Chicago", "Chicago Heights"));
  EXPECT_GT(kinds[tasks::v1::PLACE_KIND_FOOD], 9'000);
  EXPECT_GT(kinds[tasks::v1::PLACE_KIND_SCHOOL], 980);
  EXPECT_GT(kinds[tasks::v1::PLACE_KIND_CHILDCARE], 450);
  EXPECT_GT(kinds[tasks::v1::PLACE_KIND_HEALTH_FACILITY], 140);
  EXPECT_EQ(kinds[tasks::v1::PLACE_KIND_LODGING], 7);
}

}  // namespace
}  // namespace gridwork::ctl
