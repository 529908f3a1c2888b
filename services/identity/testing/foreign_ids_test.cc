// Two cities, every RPC of identity, every field that names something: what is somebody else's looks, to the last byte,
// like what does not exist. Fields are found by their descriptors; each must be known to this test.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <set>

#include "common/rpc/token_authenticator.h"
#include "common/server/server.h"
#include "gridwork/identity/v1/area_service.pb.h"
#include "services/identity/areas/area_service.h"
#include "services/identity/devices/device_service.h"
#include "services/identity/devices/token_service.h"
#include "services/identity/keys/testing/fake_signing_key_store.h"
#include "services/identity/staff/staff_service.h"
#include "services/identity/testing/world.h"
#include "tests/support/any_call.h"
#include "tests/support/test_pki.h"

namespace gridwork::identity {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using testing::AnyAnswer;
using testing::CallAny;
using testing::GrantOf;
using testing::NewMessage;
using testing::PolicyOf;
using testing::RpcsOf;
using testing::SetRequestId;
using testing::SetText;
using testing::TestPki;

constexpr char kNowhere[] = "0190a000-0000-7000-8000-000000000001";

// A request of each RPC that works for an administrator of the city whose names stand in it as $area, $staff, ...
const std::map<std::string, std::string> kGoodRequests = {
    {"ImportAreas", R"(root: "$root" areas { code: "NEW" display_name: "West" level: "side" parent: "$root" })"},
    {"GetArea", R"(name: "$area")"},
    {"ListAreas", ""},
    {"LocatePoints", R"(root: "$root" points { latitude: 1 longitude: 1 })"},
    {"CutGrids", R"(parent: "$area")"},
    {"SplitArea",
     R"(name: "$grid" points { latitude: 51.01 longitude: 51.01 } points { latitude: 51.09 longitude: 51.09 })"},
    {"MergeAreas", R"(parent: "$root" areas: "$grid" areas: "$next" code: "NEW" display_name: "Both")"},
    {"ListAreaChanges", R"(root: "$root")"},
    {"CreateStaff", R"(staff { username: "new.worker" display_name: "New" area: "$area" })"},
    {"GetStaff", R"(name: "$staff")"},
    {"ListStaff", ""},
    {"UpdateStaff",
     R"(staff { name: "$staff" etag: "$etag" display_name: "Ann B" } update_mask { paths: "display_name" })"},
    {"AddGrant", R"(staff: "$staff" grant { role: ROLE_INSPECTOR area: "$area" end_time { seconds: $soon } })"},
    {"EndGrant", R"(name: "$grant")"},
    {"DelegateGrant", R"(name: "$grant" staff: "$other" area: "$area" end_time { seconds: $soon })"},
    {"PutQualification", R"(staff: "$staff" qualification { code: "LIFTS" end_time { seconds: $soon } })"},
    {"RemoveQualification", R"(staff: "$staff" code: "CRANES")"},
    {"AddAbsence", R"(absence { staff: "$other" cover: "$staff" end_time { seconds: $soon } })"},
    {"EndAbsence", R"(name: "$absence")"},
    {"CreateTeam", R"(team { display_name: "New" area: "$area" members: "$staff" })"},
    {"GetTeam", R"(name: "$team")"},
    {"ListTeams", ""},
    {"UpdateTeam", R"(team { name: "$team" etag: "1" members: "$staff" } update_mask { paths: "members" })"},
    {"CreateEnrolmentCode", R"(staff: "$staff")"},
    {"RevokeDevice", R"(name: "$device")"},
    {"ListDevices", ""},
};

// What a text names, by the last part of its path; that of the policy's object names the policy's resource.
const std::map<std::string, std::string> kNaming = {
    {"ancestors_of", "Area"}, {"area", "Area"},      {"areas", "Area"}, {"cover", "Staff"}, {"members", "Staff"},
    {"parent", "Area"},       {"query", "AreaText"}, {"root", "Area"},  {"staff", "Staff"}, {"page_token", "PageToken"},
};
// Texts that name nothing that is kept anywhere.
const std::set<std::string> kPlain = {"display_name", "etag", "level", "paths", "request_id"};
// Fields that no request is read for, as their comments in the protos say.
const std::set<std::string> kOutputOnly = {
    "gridwork.identity.v1.Absence.name",
    "gridwork.identity.v1.Area.merged_into",
    "gridwork.identity.v1.Area.name",
    "gridwork.identity.v1.Area.path",
    "gridwork.identity.v1.Grant.area_path",
    "gridwork.identity.v1.Grant.delegated_from",
    "gridwork.identity.v1.Grant.name",
    "gridwork.identity.v1.Staff.absences",
    "gridwork.identity.v1.Staff.covers",
    "gridwork.identity.v1.Staff.grants",
    "gridwork.identity.v1.Staff.qualifications",
};
const std::set<std::string> kNotReadHere = {
    "CreateStaff staff.name",     "CreateTeam team.name", "UpdateStaff staff.area",
    "UpdateStaff staff.username", "UpdateTeam team.area",
};
// Where what is somebody else's is not like what is not there, and why.
const std::map<std::string, std::string> kKnownApart = {
    // An account belongs to the installation: who knows its name, a random number, may work with it.
    {"AddGrant staff", "Staff"},
    {"DelegateGrant staff", "Staff"},
    {"AddAbsence absence.cover", "Staff"},
    {"CreateTeam team.members", "Staff"},
    {"UpdateTeam team.members", "Staff"},
    // Unique in the installation, so that one that is taken is refused.
    {"ImportAreas areas.code", "AreaCode"},
    {"MergeAreas code", "AreaCode"},
    {"CreateStaff staff.username", "Username"},
    // The code is looked for with one account only.
    {"PutQualification qualification.code", ""},
    {"RemoveQualification code", ""},
};

// A city with all that can be named in it.
class City {
 public:
  City(World& world, std::string code, double at) : world_(world), code_(std::move(code)) {
    Area root{.code = code_, .display_name = code_ + " City", .level = "city", .path = code_};
    root.created = root.updated = kTestNow;
    Area east = root;
    east.code = code_ + "-E", east.parent = code_, east.path = root.path + "/" + east.code, east.level = "side";
    east.geometry = {{{{at, at}, {at, at + 0.1}, {at + 0.1, at + 0.1}, {at + 0.1, at}}}};
    Area grid = east, next = east;
    grid.code = code_ + "-G1", grid.path = root.path + "/" + grid.code, grid.level = kGridLevel;
    grid.geometry = {{{{51, 51}, {51, 51.1}, {51.1, 51.1}, {51.1, 51}}}};
    next.code = code_ + "-G2", next.path = root.path + "/" + next.code, next.level = kGridLevel;
    next.geometry = {{{{51, 51.1}, {51, 51.2}, {51.1, 51.2}, {51.1, 51.1}}}};
    for (int change = 0; change < 2; ++change) {
      Must([&](Unit& unit) -> absl::Status {
        RETURN_IF_ERROR(world_.areas().BeginChange(unit));
        return world_.areas().Record(unit, {.root = code_, .time = kTestNow});
      });
    }
    for (const Area& area : {root, UnplacedGridOf(root), east, grid, next})
      Must([&](Unit& unit) { return world_.areas().Insert(unit, area); });
    staff_ = AddStaff("ann", east);
    other_ = AddStaff("bob", east);
    const absl::Time now = absl::Now();
    Grant grant{.id = Uuid::V7(now), .role = Role::kDispatcher, .area = east.code, .area_path = east.path};
    grant.start = now - absl::Hours(1), grant.end = now + absl::Hours(24);
    Absence absence{.id = Uuid::V7(now), .staff = staff_.id, .cover = other_.id};
    absence.start = now + absl::Hours(48), absence.end = now + absl::Hours(72);
    Device device{.id = Uuid::V7(now), .staff = staff_.id, .display_name = "Phone"}, spare = device;
    device.certificate_expires = spare.certificate_expires = now + absl::Hours(24);
    spare.id = Uuid::V7(now);
    Team team{.id = Uuid::V7(now), .display_name = "Team", .area = east.code, .area_path = east.path},
        spare_team = team;
    spare_team.id = Uuid::V7(now);
    Must([&](Unit& unit) -> absl::Status {
      RETURN_IF_ERROR(world_.staff().Lock(unit, staff_.id).status());
      RETURN_IF_ERROR(world_.staff().PutGrant(unit, staff_.id, grant));
      RETURN_IF_ERROR(world_.staff().PutQualification(unit, staff_.id, {"CRANES", now + absl::Hours(24)}));
      RETURN_IF_ERROR(world_.staff().AddAbsence(unit, absence, now));
      RETURN_IF_ERROR(world_.devices().Insert(unit, device));
      RETURN_IF_ERROR(world_.devices().Insert(unit, spare));
      RETURN_IF_ERROR(world_.teams().Insert(unit, team));
      return world_.teams().Insert(unit, spare_team);
    });
    grant_ = grant.id, absence_ = absence.id;
    names_ = {{"Area", "areas/" + east.code},
              {"AreaText", code_},
              {"AreaCode", east.code},
              {"Staff", StaffName(staff_.id)},
              {"Username", staff_.username},
              {"Grant", fmt::format("{}/grants/{}", StaffName(staff_.id), grant.id.ToString())},
              {"Absence", fmt::format("{}/absences/{}", StaffName(staff_.id), absence.id.ToString())},
              {"Team", "teams/" + team.id.ToString()},
              {"Device", "devices/" + device.id.ToString()}};
  }

  std::map<std::string, std::string>& names() { return names_; }
  const Staff& staff() const { return staff_; }
  // Something of this city under somebody else's account.
  std::string GrantUnder(const Uuid& staff) const {
    return fmt::format("{}/grants/{}", StaffName(staff), grant_.ToString());
  }
  std::string AbsenceUnder(const Uuid& staff) const {
    return fmt::format("{}/absences/{}", StaffName(staff), absence_.ToString());
  }
  std::string Fill(std::string text) const {
    const std::vector<std::pair<std::string, std::string>> values = {
        {"$area", names_.at("Area")},
        {"$root", "areas/" + code_},
        {"$grid", "areas/" + code_ + "-G1"},
        {"$next", "areas/" + code_ + "-G2"},
        {"$staff", names_.at("Staff")},
        {"$other", StaffName(other_.id)},
        {"$grant", names_.at("Grant")},
        {"$absence", names_.at("Absence")},
        {"$team", names_.at("Team")},
        {"$device", names_.at("Device")},
        {"$etag", std::to_string(staff_.version)},
        {"$soon", std::to_string(absl::ToUnixSeconds(absl::Now() + absl::Hours(12)))},
    };
    for (const auto& [variable, value] : values) {
      for (size_t at; (at = text.find(variable)) != text.npos;) text.replace(at, variable.size(), value);
    }
    return text;
  }

 private:
  void Must(const std::function<absl::Status(Unit&)>& body) { EXPECT_EQ(world_.Do(body), absl::OkStatus()); }
  Staff AddStaff(const std::string& name, const Area& area) {
    Staff staff{.id = Uuid::V7(absl::Now()), .username = name + (code_ == "NYC" ? ".nyc" : ".chi")};
    staff.display_name = name;
    staff.area = area.code, staff.area_path = area.path;
    staff.created = staff.updated = kTestNow;
    Must([&](Unit& unit) { return world_.staff().Insert(unit, staff); });
    return staff;
  }

  World& world_;
  const std::string code_;
  Staff staff_, other_;
  Uuid grant_, absence_;
  std::map<std::string, std::string> names_;
};

// The service as the stranger sees it, who may do everything in NYC and nothing in CHI.
class Installation {
 public:
  explicit Installation(MakeWorld make) : world_(make()) {
    EXPECT_EQ(key_ring_.Refresh(), absl::OkStatus());
    server::Config config;
    config.listen = "localhost:0";
    config.tls = pki_.Identity("svc/localhost");
    config.workers = config.bulk_workers = 2;
    config.request_log_key = std::string(32, 'k');
    server_ = std::make_unique<server::Server>(config, authenticator_, world_->units(), access_log_, clock_);
    int port = server_->Serve(area_service_, staff_service_, device_service_, token_service_);
    channel_ = rpc::Connect("localhost:" + std::to_string(port), phone_, {});
  }

  AnyAnswer CallFrom(const std::string& city, const MethodDescriptor& method, Message& request) {
    std::vector<auth::Grant> grants;
    for (int role = 1; role <= options::v1::Role_MAX; ++role)
      grants.push_back(GrantOf(static_cast<auth::Role>(role), city));
    SetRequestId(request);
    return CallAny(channel_, method, request, {.token = pki_.Token(phone_, "staff/" + city, std::move(grants))});
  }
  AnyAnswer Call(const MethodDescriptor& method, Message& request) { return CallFrom("NYC", method, request); }

 private:
  std::unique_ptr<World> world_;
  TestPki pki_;
  rpc::TlsIdentity phone_ = pki_.Identity("device/1");
  rpc::TokenAuthenticator authenticator_{TestPki::rules(), pki_.keys(), pki_.revocations()};
  rpc::NoAccessLog access_log_;
  SystemClock clock_;
  PageTokens page_tokens_{std::string(32, 'p')};
  auth::CertificateAuthority authority_ =
      auth::CertificateAuthority::MakeRoot("Test", absl::Now(), absl::Hours(24)).value();
  auth::PasswordHasher passwords_;
  FakeSigningKeyStore signing_keys_;
  auth::KeySetHolder published_;
  KeyRing key_ring_{signing_keys_, std::string(32, 'k'), clock_, published_};
  AreaService area_service_{{world_->areas(), world_->staff(), world_->revocations()}, clock_, page_tokens_};
  StaffService staff_service_{
      {world_->staff(), world_->teams(), world_->areas(), world_->sessions(), world_->revocations()}, page_tokens_};
  DeviceService device_service_{{world_->devices(), world_->staff(), world_->teams(), world_->areas(),
                                 world_->sessions(), world_->revocations(), world_->attempts()},
                                authority_,
                                passwords_,
                                "secret",
                                page_tokens_};
  TokenService token_service_{
      {world_->devices(), world_->staff(), world_->sessions(), world_->revocations(), world_->attempts()},
      passwords_,
      key_ring_,
      TestPki::rules()};
  std::unique_ptr<server::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;

 public:
  City here{*world_, "NYC", 1}, there{*world_, "CHI", 11};
};

class ForeignIdsTest : public ::testing::TestWithParam<MakeWorld> {
 protected:
  // Those that are about areas; who is open to anyone has no areas that could be foreign.
  static std::vector<const MethodDescriptor*> Rpcs() {
    auto out = RpcsOf("gridwork/identity/v1");
    std::erase_if(out, [](const auto* method) { return PolicyOf(*method).rules().empty(); });
    return out;
  }

  static std::unique_ptr<Message> GoodRequest(const MethodDescriptor& method, const City& city) {
    auto request = NewMessage(*method.input_type());
    auto text = kGoodRequests.find(method.name());
    EXPECT_NE(text, kGoodRequests.end()) << method.full_name() << ": give a request that works";
    if (text == kGoodRequests.end()) return request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(city.Fill(text->second), request.get()));
    return request;
  }

  // The texts of a request, by path.
  static void AddTexts(const Descriptor& type, const std::string& path, std::vector<std::string>& out) {
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (kOutputOnly.contains(field.full_name())) continue;
      if (field.message_type()) AddTexts(*field.message_type(), path + field.name() + ".", out);
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) out.push_back(path + field.name());
    }
  }
  // Of these, the ones that name something, and what: path -> resource.
  static std::map<std::string, std::string> NamingFields(const MethodDescriptor& method) {
    std::vector<std::string> texts;
    AddTexts(*method.input_type(), "", texts);
    std::map<std::string, std::string> out;
    for (const std::string& path : texts) {
      const std::string here = method.name() + " " + path, last = path.substr(path.rfind('.') + 1);
      if (kPlain.contains(last) || kNotReadHere.contains(here) || kKnownApart.contains(here)) continue;
      auto naming = kNaming.find(last);
      if (path == PolicyOf(method).name_field()) {
        out[path] = PolicyOf(method).resource();
      } else if (naming != kNaming.end()) {
        out[path] = naming->second;
      } else {
        ADD_FAILURE() << here << ": say whether it names something";
      }
    }
    return out;
  }

  // Pairs of what is of the other city and what is nowhere.
  static std::vector<std::pair<std::string, std::string>> ForeignAndUnknown(const std::string& resource,
                                                                            const MethodDescriptor& method,
                                                                            Installation& it) {
    const std::string nowhere = fmt::format("staff/{}", kNowhere);
    std::map<std::string, std::string> theirs = it.there.names();
    const Uuid& mine = it.here.staff().id;
    if (resource == "Area") return {{theirs["Area"], "areas/XYZ"}, {"areas/CHI", "areas/XYZ"}};
    if (resource == "AreaText") return {{"CHI", "XYZ"}, {"CHI-E", "XYZ-E"}};
    if (resource == "Staff") return {{theirs["Staff"], nowhere}};
    if (resource == "Team") return {{theirs["Team"], fmt::format("teams/{}", kNowhere)}};
    if (resource == "Device") return {{theirs["Device"], fmt::format("devices/{}", kNowhere)}};
    if (resource == "Grant")
      return {{theirs["Grant"], fmt::format("{}/grants/{}", nowhere, kNowhere)},
              {it.there.GrantUnder(mine), fmt::format("{}/grants/{}", StaffName(mine), kNowhere)}};
    if (resource == "Absence")
      return {{theirs["Absence"], fmt::format("{}/absences/{}", nowhere, kNowhere)},
              {it.there.AbsenceUnder(mine), fmt::format("{}/absences/{}", StaffName(mine), kNowhere)}};
    if (resource == "PageToken") {
      auto request = GoodRequest(method, it.there);
      request->GetReflection()->SetInt32(request.get(), method.input_type()->FindFieldByName("page_size"), 1);
      auto reply = NewMessage(*method.output_type());
      EXPECT_TRUE(reply->ParseFromString(it.CallFrom("CHI", method, *request).bytes));
      std::string token =
          reply->GetReflection()->GetString(*reply, method.output_type()->FindFieldByName("next_page_token"));
      EXPECT_FALSE(token.empty()) << method.full_name() << ": two rows are needed in " << it.there.names()["AreaText"];
      return {{token, "bm93aGVyZQ"}};
    }
    ADD_FAILURE() << resource << ": say what is foreign";
    return {};
  }
};

TEST_P(ForeignIdsTest, LookLikeUnknownOnes) {
  int tried = 0;
  for (const MethodDescriptor* method : Rpcs()) {
    SCOPED_TRACE(method->full_name());
    Installation it(GetParam());
    for (const auto& [path, resource] : NamingFields(*method)) {
      for (const auto& [foreign, unknown] : ForeignAndUnknown(resource, *method, it)) {
        AnyAnswer answers[2];
        for (bool is_foreign : {true, false}) {
          auto request = GoodRequest(*method, it.here);
          SetText(*request, path, is_foreign ? foreign : unknown);
          answers[is_foreign] = it.Call(*method, *request);
        }
        EXPECT_EQ(answers[1].Text(), answers[0].Text()) << path << ": " << foreign;
        if (path == PolicyOf(*method).name_field()) {
          EXPECT_EQ(answers[1].status.error_code(), grpc::StatusCode::NOT_FOUND) << path << answers[1].Text();
        }
        ++tried;
      }
    }
    // What was refused changed nothing, and was refused for the name alone.
    auto good = GoodRequest(*method, it.here);
    AnyAnswer answer = it.Call(*method, *good);
    EXPECT_TRUE(answer.status.ok()) << answer.Text();
  }
  EXPECT_GE(tried, 40);
}

// The exceptions are what they are said to be.
TEST_P(ForeignIdsTest, ButForThoseThatAreKnownApart) {
  std::set<std::string> met;
  for (const MethodDescriptor* method : Rpcs()) {
    std::vector<std::string> texts;
    AddTexts(*method->input_type(), "", texts);
    for (const std::string& path : texts) {
      const std::string here = method->name() + " " + path;
      if (kNotReadHere.contains(here)) met.insert(here);
      auto apart = kKnownApart.find(here);
      if (apart == kKnownApart.end()) continue;
      met.insert(here);
      if (apart->second.empty()) continue;
      Installation it(GetParam());
      auto foreign = GoodRequest(*method, it.here), unknown = GoodRequest(*method, it.here);
      SetText(*foreign, path, it.there.names()[apart->second]);
      SetText(*unknown, path, apart->second == "Staff" ? fmt::format("staff/{}", kNowhere) : "XYZ");
      const AnyAnswer answer = it.Call(*method, *foreign);
      EXPECT_NE(answer.Text(), it.Call(*method, *unknown).Text()) << here;
      // Who may work with an account learns by it nothing of what it is in its own city.
      if (apart->second == "Staff") EXPECT_EQ(answer.bytes.find("CHI"), std::string::npos) << here << answer.Text();
    }
  }
  EXPECT_EQ(met.size(), kNotReadHere.size() + kKnownApart.size());
}

// A field that is not read neither helps nor harms.
TEST_P(ForeignIdsTest, WhatIsNotReadIsNotRead) {
  for (const MethodDescriptor* method : Rpcs()) {
    std::vector<std::string> texts;
    AddTexts(*method->input_type(), "", texts);
    for (const std::string& path : texts) {
      if (!kNotReadHere.contains(method->name() + " " + path)) continue;
      SCOPED_TRACE(method->name() + " " + path);
      Installation it(GetParam());
      const std::string last = path.substr(path.rfind('.') + 1);
      const std::string theirs = it.there.names()[last == "area"        ? "Area"
                                                  : last == "username"  ? "Username"
                                                  : path == "team.name" ? "Team"
                                                                        : "Staff"];
      auto request = GoodRequest(*method, it.here);
      SetText(*request, path, theirs);
      AnyAnswer answer = it.Call(*method, *request);
      EXPECT_TRUE(answer.status.ok()) << answer.Text();
      EXPECT_EQ(answer.bytes.find(theirs), std::string::npos) << answer.Text();
    }
  }
}

INSTANTIATE_WORLDS(ForeignIdsTest);

}  // namespace
}  // namespace gridwork::identity
