#include "services/tasks/place_convert.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/status_map.h"
#include "services/tasks/testing/place_messages.h"

namespace gridwork::tasks {
namespace {

using testing::SampleImport;
using testing::SampleMessage;
using Violations = std::vector<std::pair<std::string, std::string>>;
using Change = void (*)(v1::Place&);

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The one field that is wrong after `change`; "" when none is.
std::string WrongField(Change change) {
  v1::ImportPlacesRequest request = SampleImport(2);
  change(*request.mutable_places(1));
  auto parsed = ParseImport(request);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(parsed->at(0).ok());
  Violations violations = FieldViolationsOf(parsed->at(1).status());
  EXPECT_LE(violations.size(), 1u);
  return violations.empty() ? "" : violations[0].first;
}

TEST(ParseImport, TakesAWholePlace) {
  v1::Place in = SampleMessage(1);
  in.set_display_name("  Cafe\u0301 ");
  in.set_status(v1::PLACE_STATUS_CLOSED);
  v1::ImportPlacesRequest request;
  *request.add_places() = in;
  auto parsed = ParseImport(request);
  ASSERT_TRUE(parsed.ok() && parsed->at(0).ok());
  const Place& place = *parsed->at(0);
  EXPECT_EQ(place.display_name, "Caf\u00e9");
  EXPECT_EQ(place.kind, PlaceKind::kFood);
  EXPECT_EQ(place.status, PlaceStatus::kClosed);
  EXPECT_EQ(place.location, (LatLng{41.880757, -87.634709}));
  EXPECT_EQ(place.operator_licence, "L-1");
}

TEST(ParseImport, APlaceNeedsOnlyKindNameAddressAndSource) {
  EXPECT_EQ(WrongField([](v1::Place& p) {
              v1::Place bare;
              bare.set_kind(v1::PLACE_KIND_STREET);
              bare.set_display_name("x");
              bare.set_address("x");
              bare.set_source("x");
              bare.set_source_id("x");
              p = bare;
            }),
            "");
}

TEST(ParseImport, TheStatusIsOpenUnlessSaid) {
  v1::ImportPlacesRequest request = SampleImport(1);
  request.mutable_places(0)->clear_status();
  EXPECT_EQ(ParseImport(request)->at(0)->status, PlaceStatus::kOpen);
}

TEST(ParseImport, NamesTheFieldThatIsWrong) {
  const std::vector<std::pair<const char*, Change>> cases = {
      {"kind", [](v1::Place& p) { p.clear_kind(); }},
      {"kind", [](v1::Place& p) { p.set_kind(static_cast<v1::PlaceKind>(99)); }},
      {"status", [](v1::Place& p) { p.set_status(static_cast<v1::PlaceStatus>(99)); }},
      {"display_name", [](v1::Place& p) { p.clear_display_name(); }},
      {"display_name", [](v1::Place& p) { p.set_display_name(" \t "); }},
      {"display_name", [](v1::Place& p) { p.set_display_name(std::string(201, 'x')); }},
      {"display_name", [](v1::Place& p) { p.set_display_name("a\nb"); }},
      {"address", [](v1::Place& p) { p.clear_address(); }},
      {"address", [](v1::Place& p) { p.set_address(std::string("a\0b", 3)); }},
      {"locality", [](v1::Place& p) { p.set_locality(std::string(101, 'x')); }},
      {"postal_code", [](v1::Place& p) { p.set_postal_code(std::string(17, '1')); }},
      {"operator.organisation", [](v1::Place& p) { p.mutable_operator_()->set_organisation(std::string(201, 'x')); }},
      {"operator.licence_number",
       [](v1::Place& p) { p.mutable_operator_()->set_licence_number(std::string(65, 'x')); }},
      {"risk", [](v1::Place& p) { p.set_risk("Risk 1 (High)"); }},
      {"source", [](v1::Place& p) { p.clear_source(); }},
      {"source", [](v1::Place& p) { p.set_source(std::string(65, 'x')); }},
      {"source", [](v1::Place& p) { p.set_source("a b"); }},
      {"source_id", [](v1::Place& p) { p.clear_source_id(); }},
      {"source_id", [](v1::Place& p) { p.set_source_id("\u00e9"); }},
      {"source_id", [](v1::Place& p) { p.set_source_id("a\x7f"); }},
      {"location", [](v1::Place& p) { p.mutable_location()->Clear(); }},
      {"location.latitude", [](v1::Place& p) { p.mutable_location()->set_latitude(90.0000001); }},
      {"location.latitude", [](v1::Place& p) { p.mutable_location()->set_latitude(kNan); }},
      {"location.latitude", [](v1::Place& p) { p.mutable_location()->set_latitude(-kInfinity); }},
      {"location.longitude", [](v1::Place& p) { p.mutable_location()->set_longitude(-180.1); }},
      {"location.longitude", [](v1::Place& p) { p.mutable_location()->set_longitude(kNan); }},
      {"location.longitude", [](v1::Place& p) { p.mutable_location()->set_longitude(kInfinity); }},
  };
  for (const auto& [field, change] : cases) EXPECT_EQ(WrongField(change), std::string("places[1].") + field);
}

TEST(ParseImport, TakesTheLongestOfEach) {
  EXPECT_EQ(WrongField([](v1::Place& p) {
              std::string cakes;
              for (int i = 0; i < 200; ++i) cakes += "\U0001F370";
              p.set_display_name(cakes);
              p.set_address(std::string(200, 'x'));
              p.set_locality(std::string(100, 'x'));
              p.set_postal_code(std::string(16, 'x'));
              p.mutable_operator_()->set_organisation(cakes);
              p.mutable_operator_()->set_licence_number(std::string(64, 'x'));
              p.set_source(std::string(64, '!'));
              p.set_source_id(std::string(64, '~'));
              p.mutable_location()->set_latitude(-90);
              p.mutable_location()->set_longitude(180);
            }),
            "");
}

TEST(ParseImport, SaysAllThatIsWrongWithAPlaceAndLeavesTheOthers) {
  v1::ImportPlacesRequest request = SampleImport(3);
  *request.mutable_places(1) = v1::Place();
  auto parsed = ParseImport(request);
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->at(0).ok());
  EXPECT_TRUE(parsed->at(2).ok());
  std::vector<std::string> fields;
  for (const auto& [field, rule] : FieldViolationsOf(parsed->at(1).status())) fields.push_back(field);
  EXPECT_EQ(fields, (std::vector<std::string>{"places[1].kind", "places[1].display_name", "places[1].address",
                                              "places[1].source", "places[1].source_id"}));
}

TEST(ParseImport, RefusesTheSecondOfTwoWithOneSourceId) {
  v1::ImportPlacesRequest request = SampleImport(3);
  request.mutable_places(2)->set_source_id(request.places(0).source_id());
  auto parsed = ParseImport(request);
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->at(0).ok());
  EXPECT_EQ(FieldViolationsOf(parsed->at(2).status()),
            (Violations{{"places[2].source_id", "must not repeat source and source_id of places[0]"}}));

  request.mutable_places(0)->clear_kind();  // what is refused takes no id
  parsed = ParseImport(request);
  EXPECT_FALSE(parsed->at(0).ok());
  EXPECT_TRUE(parsed->at(2).ok());
}

TEST(ParseImport, TakesOneTo500) {
  EXPECT_EQ(FieldViolationsOf(ParseImport({}).status()), (Violations{{"places", "must have 1 to 500 items"}}));
  EXPECT_TRUE(ParseImport(SampleImport(500)).ok());
  EXPECT_FALSE(ParseImport(SampleImport(501)).ok());
}

TEST(ParseRoot, IsTheCodeOfARoot) {
  EXPECT_TRUE(ParseRoot("CHI").ok());
  for (const char* root : {"", "chi", "CHI/A", "areas/CHI", "C H"}) EXPECT_FALSE(ParseRoot(root).ok()) << root;
}

class ParseEditTest : public ::testing::Test {
 protected:
  ParseEditTest() {
    found_.display_name = "Old";
    found_.address = "Old";
    found_.location = LatLng{1, 1};
    found_.source = "licences";
    request_.mutable_place()->set_etag("3");
  }
  absl::StatusOr<Place> Parse(const std::vector<std::string>& mask) {
    request_.clear_update_mask();
    for (const std::string& path : mask) request_.mutable_update_mask()->add_paths(path);
    ASSIGN_OR_RETURN(PlaceEdit edit, ParseEdit(request_.place(), request_.update_mask(), found_));
    EXPECT_EQ(edit.base, 3);
    EXPECT_EQ(edit.fields.size(), mask.size());
    return edit.wanted;
  }
  std::string WrongFields(const std::vector<std::string>& mask) {
    std::string out;
    for (const auto& [field, rule] : FieldViolationsOf(Parse(mask).status())) out += field + " ";
    return out;
  }

  Place found_;
  v1::UpdatePlaceRequest request_;
};

TEST_F(ParseEditTest, WritesOnlyTheFieldsOfTheMask) {
  v1::Place& place = *request_.mutable_place();
  place.set_display_name("New");
  place.set_address("New");
  place.set_source("other");
  auto parsed = Parse({"display_name"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  Place expected = found_;
  expected.display_name = "New";
  EXPECT_TRUE(parsed->SameContent(expected));
}

TEST_F(ParseEditTest, WritesEveryFieldThatMayBeWritten) {
  *request_.mutable_place() = testing::SampleMessage(5);
  request_.mutable_place()->set_etag("3");
  auto parsed =
      Parse({"kind", "display_name", "address", "locality", "postal_code", "location", "status", "operator", "risk"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  Place expected = ParseImport(SampleImport(6))->at(5).value();
  expected.source = found_.source;
  expected.source_id = found_.source_id;
  EXPECT_TRUE(parsed->SameContent(expected));
}

TEST_F(ParseEditTest, AFieldThatIsLeftOutIsCleared) {
  auto parsed = Parse({"location", "operator", "risk", "locality"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->location, std::nullopt);
}

TEST_F(ParseEditTest, RefusesWhatMayNotBeWritten) {
  for (const char* path : {"", "*", "name", "etag", "grid", "source", "source_id", "create_time",
                           "operator.organisation", "location.latitude", "Kind", "nonsense"}) {
    EXPECT_EQ(WrongFields({"risk", path}), "update_mask ") << path;
  }
  EXPECT_EQ(WrongFields({}), "update_mask ");
}

TEST_F(ParseEditTest, NamesTheFieldThatIsWrong) {
  request_.mutable_place()->set_etag("");
  EXPECT_EQ(WrongFields({"kind", "display_name", "status"}), "place.etag place.kind place.display_name place.status ");
  for (const char* etag : {"x", "0", "-1", "1 ", "99999999999999999999"}) {
    request_.mutable_place()->set_etag(etag);
    EXPECT_EQ(WrongFields({"risk"}), "place.etag ") << etag;
  }
}

std::string WrongListField(void (*change)(v1::ListPlacesRequest&)) {
  v1::ListPlacesRequest request;
  change(request);
  Violations violations = FieldViolationsOf(ParseList(request).status());
  return violations.empty() ? "" : violations[0].first;
}

TEST(ParseList, NamesTheFieldThatIsWrong) {
  auto near = [](v1::ListPlacesRequest& r) { r.mutable_near()->set_latitude(1); };
  v1::ListPlacesRequest request;
  auto all = ParseList(request);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->limit, 100u);
  EXPECT_FALSE(all->near || all->filter.kind);
  near(request);
  request.set_page_size(5'000);
  auto some = ParseList(request);
  ASSERT_TRUE(some.ok());
  EXPECT_EQ(some->limit, 1'000u);
  EXPECT_EQ(some->radius_metres, 500);

  EXPECT_EQ(WrongListField([](v1::ListPlacesRequest& r) { r.set_page_size(-1); }), "page_size");
  EXPECT_EQ(WrongListField([](v1::ListPlacesRequest& r) { r.set_area("CHI/"); }), "area");
  EXPECT_EQ(WrongListField([](v1::ListPlacesRequest& r) { r.set_area("CHI' OR '1'='1"); }), "area");
  EXPECT_EQ(WrongListField([](v1::ListPlacesRequest& r) { r.set_kind(static_cast<v1::PlaceKind>(77)); }), "kind");
  EXPECT_EQ(WrongListField([](v1::ListPlacesRequest& r) { r.set_radius_metres(5); }), "radius_metres");
  EXPECT_EQ(WrongListField([](v1::ListPlacesRequest& r) { r.mutable_near(); }), "near");
  EXPECT_EQ(WrongListField([](v1::ListPlacesRequest& r) { r.mutable_near()->set_latitude(kNan); }), "near.latitude");
  for (int radius : {-1, 5'001}) {
    request.set_radius_metres(radius);
    EXPECT_FALSE(ParseList(request).ok());
  }
  for (int radius : {1, 5'000}) {
    request.set_radius_metres(radius);
    EXPECT_TRUE(ParseList(request).ok());
  }
  EXPECT_EQ(WrongListField([](v1::ListPlacesRequest& r) {
              r.mutable_near()->set_latitude(1);
              r.set_page_token("x");
            }),
            "page_token");
}

TEST(ToProto, EveryKindAndStatusTravelsBothWays) {
  const auto* kinds = v1::PlaceKind_descriptor();
  for (int i = 1; i < kinds->value_count(); ++i) {
    v1::ImportPlacesRequest request = SampleImport(1);
    request.mutable_places(0)->set_kind(static_cast<v1::PlaceKind>(kinds->value(i)->number()));
    auto parsed = ParseImport(request);
    ASSERT_TRUE(parsed->at(0).ok()) << kinds->value(i)->name();
    EXPECT_EQ(static_cast<int>(parsed->at(0)->kind), kinds->value(i)->number());
    EXPECT_EQ(ToProto(*parsed->at(0)).kind(), request.places(0).kind());
  }
  for (int status : {1, 2, 3}) {
    v1::ImportPlacesRequest request = SampleImport(1);
    request.mutable_places(0)->set_status(static_cast<v1::PlaceStatus>(status));
    EXPECT_EQ(ToProto(ParseImport(request)->at(0).value()).status(), status);
  }
}

TEST(ToProto, SaysAllOfAPlace) {
  Place place = ParseImport(SampleImport(1))->at(0).value();
  place.id = Uuid::Parse("01890a5d-ac96-774b-bcce-b302099a8057").value();
  place.version = 7;
  place.grid = "CHI/A";
  place.created = absl::FromUnixMicros(1'700'000'000'000'001);
  place.updated = absl::FromUnixMicros(1'700'000'001'500'000);
  v1::Place expected = SampleMessage(0);
  expected.set_name("places/01890a5d-ac96-774b-bcce-b302099a8057");
  expected.set_etag("7");
  expected.set_grid("CHI/A");
  expected.mutable_create_time()->set_seconds(1'700'000'000);
  expected.mutable_create_time()->set_nanos(1'000);
  expected.mutable_update_time()->set_seconds(1'700'000'001);
  expected.mutable_update_time()->set_nanos(500'000'000);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(ToProto(place), expected))
      << ToProto(place).DebugString();

  place.location = std::nullopt;
  place.operator_organisation = place.operator_licence = "";
  EXPECT_FALSE(ToProto(place).has_location());
  EXPECT_FALSE(ToProto(place).has_operator_());
}

TEST(ToVerdict, NamesThePlaceUnlessThereIsNone) {
  Place place{.grid = "CHI/A"};
  Imported created{Imported::Result::kCreated, Uuid::V7(absl::Now())};
  EXPECT_EQ(ToVerdict(place, created, ImportMode::kWrite).place(), "places/" + created.id.ToString());
  EXPECT_EQ(ToVerdict(place, created, ImportMode::kValidateOnly).place(), "");
  EXPECT_EQ(ToVerdict(place, created, ImportMode::kValidateOnly).grid(), "CHI/A");
  Imported unchanged{Imported::Result::kUnchanged, created.id};
  EXPECT_EQ(ToVerdict(place, unchanged, ImportMode::kValidateOnly).place(), "places/" + created.id.ToString());

  v1::PlaceVerdict elsewhere = ToVerdict(place, {}, ImportMode::kWrite);
  EXPECT_EQ(elsewhere.result(), v1::PlaceVerdict::RESULT_REJECTED);
  EXPECT_EQ(elsewhere.place() + elsewhere.grid(), "");
  EXPECT_EQ(ReasonOf(rpc::FromRpcStatus(elsewhere.error())), "PLACE_OF_ANOTHER_ROOT");
}

}  // namespace
}  // namespace gridwork::tasks
