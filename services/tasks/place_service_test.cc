// PlaceService behind the real front door, over TLS, with fakes for the store and for identity.
#include "services/tasks/place_service.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "common/base/error.h"
#include "common/base/text.h"
#include "common/rpc/client.h"
#include "common/rpc/token_authenticator.h"
#include "common/server/server.h"
#include "gridwork/tasks/v1/place_service.grpc.pb.h"
#include "services/tasks/place_errors.h"
#include "services/tasks/testing/fake_area_locator.h"
#include "services/tasks/testing/fake_place_store.h"
#include "services/tasks/testing/place_messages.h"
#include "tests/support/fake_units.h"
#include "tests/support/test_pki.h"

namespace gridwork::tasks {
namespace {

using gridwork::testing::GrantOf;
using gridwork::testing::TestPki;
using testing::FakeAreaLocator;
using testing::SampleImport;
using testing::SampleMessage;
using Stub = v1::PlaceService::Stub;
using Verdict = v1::PlaceVerdict;
using Results = std::vector<Verdict::Result>;

constexpr auto kCreated = Verdict::RESULT_CREATED;
constexpr auto kUpdated = Verdict::RESULT_UPDATED;
constexpr auto kUnchanged = Verdict::RESULT_UNCHANGED;
constexpr auto kRejected = Verdict::RESULT_REJECTED;
constexpr char kGrid[] = "CHI/G418-876";  // of SampleMessage()

std::string NewId() { return Uuid::V7(absl::Now()).ToString(); }

Results ResultsOf(const absl::StatusOr<v1::ImportPlacesResponse>& response) {
  EXPECT_TRUE(response.ok()) << response.status();
  Results out;
  if (response.ok()) {
    for (const Verdict& verdict : response->verdicts()) out.push_back(verdict.result());
  }
  return out;
}

std::string FieldOf(const absl::Status& status) {
  auto violations = FieldViolationsOf(status);
  return violations.empty() ? "" : violations[0].first;
}

class PlaceServiceTest : public ::testing::Test {
 protected:
  PlaceServiceTest() {
    server::Config config;
    config.listen = "localhost:0";
    config.tls = pki_.Identity("svc/localhost");
    config.workers = 4;
    config.bulk_workers = 4;
    config.request_log_key = std::string(32, 'k');
    server_ = std::make_unique<server::Server>(config, authenticator_, units_, access_log_, clock_);
    door_ = std::make_unique<rpc::FrontDoor>(PlaceService::kName, server_->surroundings());
    service_.Register(*door_);
    door_->Ready();
    std::string target = "localhost:" + std::to_string(server_->Start({door_.get()}));
    stub_ = v1::PlaceService::NewStub(rpc::Connect(target, device_, {}));
  }

  rpc::CallOptions As(auth::Role role, const std::string& area, const std::string& subject = "staff/1") {
    return {.token = pki_.Token(device_, subject, {GrantOf(role, area)})};
  }
  rpc::CallOptions Admin() { return As(options::v1::ROLE_ADMIN, "CHI"); }

  absl::StatusOr<v1::ImportPlacesResponse> Import(v1::ImportPlacesRequest request, const rpc::CallOptions& options) {
    if (request.request_id().empty()) request.set_request_id(NewId());
    return rpc::Invoke(*stub_, &Stub::ImportPlaces, request, options);
  }
  absl::StatusOr<v1::ImportPlacesResponse> Import(const v1::ImportPlacesRequest& request) {
    return Import(request, Admin());
  }
  absl::StatusOr<v1::Place> Get(const std::string& name, const rpc::CallOptions& options) {
    v1::GetPlaceRequest request;
    request.set_name(name);
    return rpc::Invoke(*stub_, &Stub::GetPlace, request, options);
  }
  absl::StatusOr<v1::Place> Get(const std::string& name) { return Get(name, Admin()); }
  absl::StatusOr<v1::ListPlacesResponse> List(const v1::ListPlacesRequest& request, const rpc::CallOptions& options) {
    return rpc::Invoke(*stub_, &Stub::ListPlaces, request, options);
  }
  absl::StatusOr<v1::Place> Update(const v1::Place& place, const std::vector<std::string>& mask,
                                   const rpc::CallOptions& options) {
    v1::UpdatePlaceRequest request;
    request.set_request_id(NewId());
    *request.mutable_place() = place;
    for (const std::string& path : mask) request.mutable_update_mask()->add_paths(path);
    return rpc::Invoke(*stub_, &Stub::UpdatePlace, request, options);
  }
  absl::StatusOr<v1::Place> Update(const v1::Place& place, const std::vector<std::string>& mask) {
    return Update(place, mask, Admin());
  }

  v1::Place ImportOne(const v1::Place& place) {
    v1::ImportPlacesRequest request = SampleImport(0);
    *request.add_places() = place;
    auto response = Import(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return Get(response->verdicts(0).place()).value();
  }

  int Count() {
    v1::ListPlacesRequest request;
    request.set_page_size(1'000);
    return List(request, Admin())->places_size();
  }

  TestPki pki_;
  rpc::TlsIdentity device_ = pki_.Identity("device/1");
  rpc::TokenAuthenticator authenticator_{TestPki::rules(), pki_.keys(), pki_.revocations()};
  gridwork::testing::FakeUnits units_;
  rpc::NoAccessLog access_log_;
  SystemClock clock_;
  testing::FakePlaceStore store_{clock_};
  FakeAreaLocator areas_;
  PageTokens page_tokens_{std::string(32, 'p')};
  PlaceService service_{store_, areas_, page_tokens_};
  std::unique_ptr<rpc::FrontDoor> door_;  // outlives the server
  std::unique_ptr<server::Server> server_;
  std::unique_ptr<Stub> stub_;
};

// ---- ImportPlaces

TEST_F(PlaceServiceTest, ImportsAndSaysOfEachRowWhatBecameOfIt) {
  auto first = Import(SampleImport(3));
  ASSERT_EQ(ResultsOf(first), Results(3, kCreated));
  EXPECT_EQ(first->verdicts(0).grid(), kGrid);
  v1::Place place = Get(first->verdicts(1).place()).value();
  EXPECT_EQ(place.display_name(), "Cosi 1");
  EXPECT_EQ(place.grid(), kGrid);

  v1::ImportPlacesRequest second = SampleImport(4);
  second.mutable_places(1)->set_display_name("Other");
  auto changed = Import(second);
  EXPECT_EQ(ResultsOf(changed), (Results{kUnchanged, kUpdated, kUnchanged, kCreated}));
  EXPECT_EQ(changed->verdicts(1).place(), first->verdicts(1).place());
  EXPECT_EQ(Get(place.name())->display_name(), "Other");
  EXPECT_NE(Get(place.name())->etag(), place.etag());
  EXPECT_EQ(ResultsOf(Import(second)), Results(4, kUnchanged));  // an import that was cut off is run again
}

TEST_F(PlaceServiceTest, ARowThatIsWrongDoesNotTouchTheOthers) {
  v1::ImportPlacesRequest request = SampleImport(4);
  request.mutable_places(1)->clear_kind();
  request.mutable_places(2)->set_source_id(request.places(0).source_id());
  auto response = Import(request);
  ASSERT_EQ(ResultsOf(response), (Results{kCreated, kRejected, kRejected, kCreated}));
  EXPECT_EQ(response->verdicts(0).has_error(), false);
  absl::Status bad = rpc::FromRpcStatus(response->verdicts(1).error());
  EXPECT_EQ(ReasonOf(bad), "BAD_FIELD");
  EXPECT_EQ(FieldOf(bad), "places[1].kind");
  EXPECT_EQ(FieldOf(rpc::FromRpcStatus(response->verdicts(2).error())), "places[2].source_id");
  EXPECT_EQ(response->verdicts(1).place() + response->verdicts(1).grid(), "");
  EXPECT_EQ(Count(), 2);
}

TEST_F(PlaceServiceTest, APlaceWithoutALocationOrOutsideOfAllAreasIsUnplaced) {
  v1::ImportPlacesRequest request = SampleImport(2);
  request.mutable_places(0)->clear_location();
  request.mutable_places(1)->mutable_location()->set_latitude(-3);
  auto response = Import(request);
  ASSERT_EQ(ResultsOf(response), Results(2, kCreated));
  EXPECT_EQ(response->verdicts(0).grid(), "CHI/CHI-UNPLACED");
  EXPECT_EQ(response->verdicts(1).grid(), "CHI/CHI-UNPLACED");

  request.mutable_places(1)->clear_location();
  EXPECT_EQ(areas_.calls(), 1);
  EXPECT_EQ(ResultsOf(Import(request)), (Results{kUnchanged, kUpdated}));
  EXPECT_EQ(areas_.calls(), 1);  // nobody needs to be asked
}

TEST_F(PlaceServiceTest, ValidatingSaysWhatWouldBeAndWritesNothing) {
  ASSERT_EQ(ResultsOf(Import(SampleImport(2))), Results(2, kCreated));
  v1::ImportPlacesRequest request = SampleImport(4);
  request.set_validate_only(true);
  request.mutable_places(1)->set_risk("");
  request.mutable_places(3)->set_risk("high");
  auto response = Import(request);
  ASSERT_EQ(ResultsOf(response), (Results{kUnchanged, kUpdated, kCreated, kRejected}));
  EXPECT_NE(response->verdicts(1).place(), "");
  EXPECT_EQ(response->verdicts(2).place(), "");
  EXPECT_EQ(response->verdicts(2).grid(), kGrid);
  EXPECT_EQ(Count(), 2);
  EXPECT_EQ(Get(response->verdicts(1).place())->risk(), "RISK_1");
}

TEST_F(PlaceServiceTest, ImportIsForTheAdministratorsOfTheRoot) {
  auto reason = [&](const rpc::CallOptions& options) { return ReasonOf(Import(SampleImport(1), options).status()); };
  EXPECT_EQ(reason(As(options::v1::ROLE_ADMIN, "NYC")), "NOT_FOUND");
  EXPECT_EQ(reason(As(options::v1::ROLE_ADMIN, "CHI/SIDE-CENTRAL")), "NOT_FOUND");
  EXPECT_EQ(reason(As(options::v1::ROLE_DISPATCHER, "CHI")), "NOT_FOUND");
  EXPECT_EQ(reason({}), "TOKEN_MISSING");
  v1::ImportPlacesRequest request = SampleImport(1);
  request.set_root("CHI/SIDE-CENTRAL");
  EXPECT_EQ(FieldOf(Import(request, As(options::v1::ROLE_ADMIN, "CHI/SIDE-CENTRAL")).status()), "root");
  request.set_root("");
  EXPECT_EQ(FieldOf(Import(request).status()), "root");
  EXPECT_EQ(Count(), 0);
}

TEST_F(PlaceServiceTest, AnImportDoesNotReachIntoAnotherRoot) {
  v1::ImportPlacesRequest request = SampleImport(1);
  request.set_root("NYC");
  ASSERT_EQ(ResultsOf(Import(request, As(options::v1::ROLE_ADMIN, "NYC"))), Results{kCreated});
  auto response = Import(SampleImport(2));
  ASSERT_EQ(ResultsOf(response), (Results{kRejected, kCreated}));
  EXPECT_EQ(ReasonOf(rpc::FromRpcStatus(response->verdicts(0).error())), "PLACE_OF_ANOTHER_ROOT");
  EXPECT_EQ(response->verdicts(0).place(), "");
}

TEST_F(PlaceServiceTest, AnImportHasOneTo500Rows) {
  EXPECT_EQ(FieldOf(Import(SampleImport(0)).status()), "places");
  EXPECT_EQ(FieldOf(Import(SampleImport(501)).status()), "places");
  EXPECT_EQ(ResultsOf(Import(SampleImport(500))), Results(500, kCreated));
}

TEST_F(PlaceServiceTest, WithoutAreasNothingIsWritten) {
  areas_.FailWith(errors::AreasAway("UNAVAILABLE"));
  absl::Status away = Import(SampleImport(1)).status();
  EXPECT_TRUE(absl::IsUnavailable(away));
  EXPECT_EQ(ReasonOf(away), "AREAS_AWAY");
  EXPECT_GT(RetryAfterOf(away), absl::ZeroDuration());
  EXPECT_EQ(Count(), 0);
}

TEST_F(PlaceServiceTest, TheSameImportRequestGetsTheSameAnswer) {
  v1::ImportPlacesRequest request = SampleImport(2);
  request.set_request_id(NewId());
  auto first = Import(request);
  ASSERT_EQ(ResultsOf(first), Results(2, kCreated));
  EXPECT_EQ(ResultsOf(Import(request)), Results(2, kCreated));
  EXPECT_EQ(Import(request)->SerializeAsString(), first->SerializeAsString());
  request.mutable_places(0)->set_risk("");
  EXPECT_EQ(ReasonOf(Import(request).status()), "REQUEST_ID_REUSED");
}

TEST_F(PlaceServiceTest, ManyImportsAtOnceMakeEachRowOnce) {
  constexpr size_t kThreads = 8;
  std::vector<absl::StatusOr<v1::ImportPlacesResponse>> answers(kThreads);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] { answers[t] = Import(SampleImport(500)); });
  }
  for (std::thread& thread : threads) thread.join();
  int created = 0;
  std::set<std::string> names;
  for (const auto& answer : answers) {
    for (Verdict::Result result : ResultsOf(answer)) {
      EXPECT_TRUE(result == kCreated || result == kUnchanged);
      created += result == kCreated;
    }
    for (const Verdict& verdict : answer->verdicts()) names.insert(verdict.place());
  }
  EXPECT_EQ(created, 500);
  EXPECT_EQ(names.size(), 500u);
}

// ---- GetPlace

TEST_F(PlaceServiceTest, APlaceOutsideIsLikeOneThatIsNot) {
  v1::Place place = ImportOne(SampleMessage(1));
  absl::Status outside = Get(place.name(), As(options::v1::ROLE_FIELD_WORKER, "CHI/G1")).status();
  absl::Status unknown = Get("places/" + NewId(), As(options::v1::ROLE_FIELD_WORKER, "CHI/G1")).status();
  EXPECT_TRUE(absl::IsNotFound(outside));
  EXPECT_EQ(outside, unknown);
  EXPECT_TRUE(absl::IsNotFound(Get(place.name(), As(options::v1::ROLE_AUDITOR, "CHI")).status()));
  for (auto role : {options::v1::ROLE_FIELD_WORKER, options::v1::ROLE_INSPECTOR, options::v1::ROLE_DISPATCHER,
                    options::v1::ROLE_DESK, options::v1::ROLE_ADMIN}) {
    EXPECT_TRUE(Get(place.name(), As(role, kGrid)).ok()) << role;
  }
}

TEST_F(PlaceServiceTest, ANameMustBeAName) {
  for (const char* name : {"", "places/", "places/7", "tasks/01890a5d-ac96-774b-bcce-b302099a8057", "' OR 1=1 --"}) {
    absl::Status bad = Get(name).status();
    EXPECT_TRUE(absl::IsInvalidArgument(bad)) << name;
    EXPECT_EQ(FieldOf(bad), "name");
  }
}

TEST_F(PlaceServiceTest, ADatabaseThatIsAwayIsSaidSo) {
  store_.FailWith(Error(absl::StatusCode::kUnavailable, "DATABASE_AWAY", "gone"));
  EXPECT_EQ(ReasonOf(Get("places/" + NewId()).status()), "DATABASE_AWAY");
  EXPECT_EQ(ReasonOf(List({}, Admin()).status()), "DATABASE_AWAY");
  EXPECT_EQ(ReasonOf(Import(SampleImport(1)).status()), "DATABASE_AWAY");
}

// ---- ListPlaces

TEST_F(PlaceServiceTest, ListsPageByPageWithinTheCallersAreas) {
  v1::ImportPlacesRequest job = SampleImport(25);
  for (int i = 0; i < 10; ++i) job.mutable_places(i)->mutable_location()->set_latitude(41.95);
  for (int i = 0; i < 5; ++i) job.mutable_places(i)->set_kind(v1::PLACE_KIND_PARK);
  ASSERT_EQ(ResultsOf(Import(job)), Results(25, kCreated));

  std::set<std::string> seen;
  v1::ListPlacesRequest request;
  request.set_page_size(7);
  int pages = 0;
  do {
    auto page = List(request, As(options::v1::ROLE_DESK, "CHI"));
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Place& place : page->places()) EXPECT_TRUE(seen.insert(place.name()).second);
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(seen.size(), 25u);
  EXPECT_EQ(pages, 4);

  EXPECT_EQ(List({}, As(options::v1::ROLE_FIELD_WORKER, kGrid))->places_size(), 15);
  EXPECT_EQ(List({}, As(options::v1::ROLE_FIELD_WORKER, "CHI/G4"))->places_size(), 0);
  request.Clear();
  request.set_area("CHI/G419-876");
  EXPECT_EQ(List(request, Admin())->places_size(), 10);
  EXPECT_EQ(List(request, As(options::v1::ROLE_FIELD_WORKER, kGrid))->places_size(), 0);
  request.set_kind(v1::PLACE_KIND_PARK);
  EXPECT_EQ(List(request, Admin())->places_size(), 5);
  EXPECT_EQ(ReasonOf(List(request, As(options::v1::ROLE_AUDITOR, "CHI")).status()), "ROLE_MISSING");
}

TEST_F(PlaceServiceTest, APageTokenIsForOneCallerAndOneQuestion) {
  ASSERT_TRUE(Import(SampleImport(3)).ok());
  v1::ListPlacesRequest request;
  request.set_page_size(1);
  const std::string token = List(request, Admin())->next_page_token();
  ASSERT_NE(token, "");
  request.set_page_token(token);
  EXPECT_TRUE(List(request, Admin()).ok());
  auto field = [&](const v1::ListPlacesRequest& r, const rpc::CallOptions& o) { return FieldOf(List(r, o).status()); };
  EXPECT_EQ(field(request, As(options::v1::ROLE_ADMIN, "CHI", "staff/2")), "page_token");
  v1::ListPlacesRequest other = request;
  other.set_area("CHI");
  EXPECT_EQ(field(other, Admin()), "page_token");
  other = request;
  other.set_kind(v1::PLACE_KIND_PARK);
  EXPECT_EQ(field(other, Admin()), "page_token");
  other = request;
  other.set_page_token("x" + token);
  EXPECT_EQ(field(other, Admin()), "page_token");
}

TEST_F(PlaceServiceTest, ListsWhatIsNearNearestFirst) {
  v1::ImportPlacesRequest job = SampleImport(6);
  for (int i = 0; i < 6; ++i) job.mutable_places(i)->mutable_location()->set_latitude(41.880757 + 0.002 * (5 - i));
  ASSERT_EQ(ResultsOf(Import(job)), Results(6, kCreated));
  v1::ListPlacesRequest request;
  *request.mutable_near() = SampleMessage(0).location();
  auto ids = [&](const rpc::CallOptions& options) {
    auto page = List(request, options);
    EXPECT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->next_page_token(), "");
    std::string out;
    for (const v1::Place& place : page->places()) out += place.source_id() + " ";
    return out;
  };
  EXPECT_EQ(ids(Admin()), "00005 00004 00003 ");  // 222 m apart, 500 m when nothing is said
  request.set_radius_metres(230);
  EXPECT_EQ(ids(Admin()), "00005 00004 ");
  request.set_radius_metres(5'000);
  EXPECT_EQ(ids(Admin()), "00005 00004 00003 00002 00001 00000 ");
  request.set_page_size(2);
  EXPECT_EQ(ids(Admin()), "00005 00004 ");
  EXPECT_EQ(ids(As(options::v1::ROLE_DESK, "NYC")), "");
}

// ---- UpdatePlace

TEST_F(PlaceServiceTest, UpdatesWhatTheMaskNames) {
  v1::Place place = ImportOne(SampleMessage(1));
  v1::Place change = place;
  change.set_display_name("Other");
  change.set_address("Ignored");
  change.set_status(v1::PLACE_STATUS_CLOSED);
  auto updated = Update(change, {"display_name", "status"}, As(options::v1::ROLE_INSPECTOR, kGrid));
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->display_name(), "Other");
  EXPECT_EQ(updated->address(), place.address());
  EXPECT_EQ(updated->status(), v1::PLACE_STATUS_CLOSED);
  EXPECT_NE(updated->etag(), place.etag());
  EXPECT_EQ(Get(place.name())->SerializeAsString(), updated->SerializeAsString());
  EXPECT_EQ(areas_.calls(), 1);  // for the import
}

TEST_F(PlaceServiceTest, ANewLocationMovesIt) {
  v1::Place place = ImportOne(SampleMessage(1));
  place.mutable_location()->set_latitude(41.95);
  place = Update(place, {"location"}).value();
  EXPECT_EQ(place.grid(), "CHI/G419-876");
  EXPECT_TRUE(absl::IsNotFound(Get(place.name(), As(options::v1::ROLE_FIELD_WORKER, kGrid)).status()));
  place.mutable_location()->set_latitude(-41);
  place = Update(place, {"location"}).value();
  EXPECT_EQ(place.grid(), "CHI/CHI-UNPLACED");
  place.clear_location();
  place = Update(place, {"location"}).value();
  EXPECT_EQ(place.grid(), "CHI/CHI-UNPLACED");
  EXPECT_FALSE(place.has_location());

  *place.mutable_location() = SampleMessage(1).location();
  areas_.FailWith(errors::AreasAway("UNAVAILABLE"));
  EXPECT_EQ(ReasonOf(Update(place, {"location"}).status()), "AREAS_AWAY");
  EXPECT_EQ(Get(place.name())->etag(), place.etag());
}

TEST_F(PlaceServiceTest, AStaleEtagIsRefusedWithTheCurrentOne) {
  v1::Place place = ImportOne(SampleMessage(1));
  v1::Place updated = Update(place, {"risk"}).value();
  absl::Status stale = Update(place, {"risk"}).status();
  EXPECT_EQ(stale.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(stale), "ETAG_MISMATCH");
  EXPECT_EQ(MetadataOf(stale)["etag"], updated.etag());
  place.set_etag("99");
  EXPECT_EQ(ReasonOf(Update(place, {"risk"}).status()), "ETAG_MISMATCH");
}

TEST_F(PlaceServiceTest, RefusesAnUpdateThatIsWrongOrNotAllowed) {
  v1::Place place = ImportOne(SampleMessage(1));
  auto field = [&](const v1::Place& p, const std::vector<std::string>& mask) {
    return FieldOf(Update(p, mask).status());
  };
  EXPECT_EQ(field(place, {}), "update_mask");
  EXPECT_EQ(field(place, {"grid"}), "update_mask");
  v1::Place bad = place;
  bad.set_display_name("");
  EXPECT_EQ(field(bad, {"display_name"}), "place.display_name");
  bad = place;
  bad.set_etag("");
  EXPECT_EQ(field(bad, {"risk"}), "place.etag");
  bad.set_name("");
  EXPECT_EQ(field(bad, {"risk"}), "place.name");
  for (const rpc::CallOptions& options : {As(options::v1::ROLE_FIELD_WORKER, "CHI"), As(options::v1::ROLE_DESK, "CHI"),
                                          As(options::v1::ROLE_ADMIN, "NYC")}) {
    EXPECT_TRUE(absl::IsNotFound(Update(place, {"risk"}, options).status()));
  }
  EXPECT_EQ(Get(place.name())->etag(), place.etag());
}

// ---- Texts

TEST_F(PlaceServiceTest, HostileTextsAreKeptToTheLetterOrRefused) {
  const std::vector<std::string> texts = testing::NaughtyStrings(GRIDWORK_SOURCE_DIR);
  ASSERT_EQ(texts.size(), 515u);
  const v1::Place stored = ImportOne(SampleMessage(0));
  int kept = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    v1::ImportPlacesRequest request = SampleImport(2);
    testing::SetTexts(texts[i], *request.mutable_places(0));
    request.mutable_places(1)->set_source(texts[i]);
    auto response = Import(request);
    ASSERT_TRUE(response.ok()) << i << response.status();
    for (const Verdict& verdict : response->verdicts()) {
      if (verdict.result() == kRejected) {
        EXPECT_EQ(ReasonOf(rpc::FromRpcStatus(verdict.error())), "BAD_FIELD") << i;
      }
    }

    v1::Place change = Get(stored.name()).value();
    const std::string before = change.locality();
    change.set_locality(texts[i]);
    auto updated = Update(change, {"locality"});
    absl::StatusOr<std::string> parsed = "";
    if (!texts[i].empty()) parsed = ParseText("place.locality", texts[i], {.min = 0, .max = 100});
    EXPECT_EQ(updated.ok(), parsed.ok()) << i;
    if (!updated.ok()) {
      EXPECT_EQ(FieldOf(updated.status()), "place.locality") << i;
    }
    EXPECT_EQ(Get(stored.name())->locality(), parsed.ok() ? *parsed : before) << i;
    kept += updated.ok();

    change.set_name(texts[i]);
    EXPECT_TRUE(absl::IsInvalidArgument(Update(change, {"risk"}).status())) << i;
    v1::ListPlacesRequest list;
    list.set_area(texts[i]);
    auto listed = List(list, Admin());
    EXPECT_TRUE(listed.ok() || FieldOf(listed.status()) == "area") << i << listed.status();
    list.Clear();
    list.set_page_token(texts[i]);
    EXPECT_TRUE(texts[i].empty() || FieldOf(List(list, Admin()).status()) == "page_token") << i;
  }
  EXPECT_GT(kept, 400);
}

}  // namespace
}  // namespace gridwork::tasks
