// Sequences of requests to every RPC of identity.
#include <optional>

#include "services/identity/areas/area_service.h"
#include "services/identity/areas/testing/fake_area_store.h"
#include "services/identity/devices/device_service.h"
#include "services/identity/devices/testing/fake_device_store.h"
#include "services/identity/devices/token_service.h"
#include "services/identity/keys/testing/fake_signing_key_store.h"
#include "services/identity/limits/testing/fake_attempt_store.h"
#include "services/identity/sessions/testing/fake_session_store.h"
#include "services/identity/staff/staff_service.h"
#include "services/identity/staff/testing/fake_staff_store.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/requests.h"

namespace gridwork::fuzz {
namespace {

using namespace identity;

constexpr char kFolder[] = "gridwork/identity/v1";

// What takes long to make and never changes.
const auth::CertificateAuthority& Authority() {
  static const auto authority =
      auth::CertificateAuthority::MakeRoot("Fuzz", FakeClock().Now(), absl::Hours(24 * 3650)).value();
  return authority;
}

// A city with one of everything.
class Identity : public Installation {
 public:
  Identity() : Installation(kFolder, {}) {
    Must(keys_.Refresh().ok(), "no signing key");
    Open(area_service_);
    Open(staff_service_);
    Open(device_service_);
    Open(token_service_);
    MakeCity();
    SetUp();
  }

 private:
  void MakeCity() {
    v1::BootstrapRequest first;
    first.set_secret("secret");
    first.set_root_code("CHI");
    first.set_root_display_name("Chicago");
    first.set_username("root.admin");
    first.set_display_name("Ann");
    auto bootstrap = Make<v1::BootstrapResponse>(first);
    subject = bootstrap.administrator().name();
    variables = {{"$me", subject}, {"$code", bootstrap.enrolment_code()}};

    v1::ImportAreasRequest areas;
    areas.set_request_id("new");
    areas.set_root("areas/CHI");
    for (std::string_view code : {"CHI-E", "CHI-W", "CHI-G", "CHI-H"}) {
      v1::Area& area = *areas.add_areas();
      area.set_code(std::string(code));
      area.set_display_name(std::string(code));
      area.set_level(code[4] == 'G' || code[4] == 'H' ? "grid" : "side");
      area.set_parent("areas/CHI");
      auto& ring = *area.mutable_geometry()->add_polygons()->add_rings();
      const double west = code[4] == 'E' ? -87.5 : code[4] == 'W' ? -87.8 : code[4] == 'G' ? -88.2 : -88.0;
      for (const auto& [latitude, longitude] :
           {std::pair(41.7, west), {41.7, west + 0.2}, {41.9, west + 0.2}, {41.9, west}}) {
        auto& point = *ring.add_points();
        point.set_latitude(latitude);
        point.set_longitude(longitude);
      }
    }
    Make<v1::ImportAreasResponse>(areas);
    variables["$staff"] = AddStaff("bob").name();
    variables["$other"] = AddStaff("eve").name();

    v1::AddGrantRequest grant;
    grant.set_request_id("new");
    grant.set_staff("$staff");
    grant.mutable_grant()->set_role(options::v1::ROLE_DISPATCHER);
    grant.mutable_grant()->set_area("areas/CHI-E");
    grant.mutable_grant()->mutable_end_time()->set_seconds(InHours(48));
    variables["$grant"] = Make<v1::Staff>(grant).grants(0).name();

    v1::AddAbsenceRequest absence;
    absence.set_request_id("new");
    absence.mutable_absence()->set_staff("$staff");
    absence.mutable_absence()->set_cover("$other");
    absence.mutable_absence()->mutable_end_time()->set_seconds(InHours(48));
    variables["$absence"] = Make<v1::Staff>(absence).absences(0).name();

    v1::PutQualificationRequest qualification;
    qualification.set_request_id("new");
    qualification.set_staff("$staff");
    qualification.mutable_qualification()->set_code("CRANES");
    qualification.mutable_qualification()->mutable_end_time()->set_seconds(InHours(48));
    variables["$etag"] = Make<v1::Staff>(qualification).etag();

    v1::CreateTeamRequest team;
    team.set_request_id("new");
    team.mutable_team()->set_display_name("Team");
    team.mutable_team()->set_area("areas/CHI");
    variables["$team"] = Make<v1::Team>(team).name();
    AddDevice();
  }
  // With a password nobody could enrol here: hashing takes too long.
  void AddDevice() {
    Device phone{.id = *Uuid::Parse(device), .display_name = "Phone"};
    phone.staff = *Uuid::Parse(subject.substr(subject.find('/') + 1));
    phone.certificate_expires = clock().Now() + absl::Hours(24);
    phone.created = clock().Now();
    Must(devices_.InTransaction([&](Unit& unit) { return devices_.Insert(unit, phone); }).ok(), "no device");
    variables["$device"] = "devices/" + device;
  }
  v1::Staff AddStaff(const std::string& name) {
    v1::CreateStaffRequest request;
    request.set_request_id("new");
    request.mutable_staff()->set_username(name + ".chi");
    request.mutable_staff()->set_display_name(name);
    request.mutable_staff()->set_area("areas/CHI-E");
    return Make<v1::Staff>(request);
  }
  int64_t InHours(int hours) const { return absl::ToUnixSeconds(clock().Now() + absl::Hours(hours)); }

  FakeAreaStore areas_;
  FakeStaffStore staff_;
  FakeTeamStore teams_{staff_};
  FakeDeviceStore devices_{staff_};
  FakeSessionStore sessions_;
  FakeRevocationStore revocations_;
  FakeAttemptStore attempts_;
  FakeSigningKeyStore signing_keys_;
  PageTokens page_tokens_{std::string(32, 'p')};
  auth::PasswordHasher passwords_{0};
  auth::KeySetHolder published_;
  KeyRing keys_{signing_keys_, std::string(32, 'k'), clock(), published_};
  AreaService area_service_{{areas_, staff_, revocations_}, clock(), page_tokens_};
  StaffService staff_service_{{staff_, teams_, areas_, sessions_, revocations_}, page_tokens_};
  DeviceService device_service_{{devices_, staff_, teams_, areas_, sessions_, revocations_, attempts_},
                                Authority(),
                                passwords_,
                                "secret",
                                page_tokens_};
  TokenService token_service_{
      {devices_, staff_, sessions_, revocations_, attempts_}, passwords_, keys_, {"gridwork", "gridwork"}};
};

}  // namespace

const std::vector<const google::protobuf::Descriptor*>& MessageTypes() {
  static const auto types = RequestTypes(kFolder);
  return types;
}

const std::vector<std::string>& Words() {
  static const std::vector<std::string> words = {"new",
                                                 "$me",
                                                 "$code",
                                                 "$staff",
                                                 "$other",
                                                 "$grant",
                                                 "$absence",
                                                 "$team",
                                                 "$device",
                                                 "$etag",
                                                 "areas/CHI",
                                                 "areas/CHI-E",
                                                 "areas/CHI-G",
                                                 "areas/CHI-H",
                                                 "areas/CHI-W",
                                                 "areas/XYZ",
                                                 "CHI-N",
                                                 "side",
                                                 "grid",
                                                 "root.admin",
                                                 "bob.chi",
                                                 "CRANES",
                                                 "LIFTS",
                                                 "display_name",
                                                 "disabled",
                                                 "members",
                                                 "secret",
                                                 "correct horse battery",
                                                 "1",
                                                 "2",
                                                 "0190a000-0000-7000-8000-000000000001",
                                                 "staff/0190a000-0000-7000-8000-000000000001"};
  return words;
}

}  // namespace gridwork::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gridwork::fuzz;
  static std::optional<Identity> identity;
  while (!identity || identity->changed()) identity.emplace();
  for (const auto& request : ParseMessages(TextOf(data, size))) identity->Send(*request);
  return 0;
}
