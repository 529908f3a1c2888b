// DeviceService: one method for each RPC. Who may call what stands in device_service.proto.
#pragma once
#include <string>

#include "common/auth/certificate_authority.h"
#include "common/auth/password.h"
#include "common/base/page_token.h"
#include "common/rpc/front_door.h"
#include "gridwork/identity/v1/device_service.pb.h"
#include "services/identity/areas/area_store.h"
#include "services/identity/devices/device_convert.h"
#include "services/identity/devices/device_facts.h"
#include "services/identity/devices/device_store.h"
#include "services/identity/limits/attempt_store.h"
#include "services/identity/sessions/revocation_store.h"
#include "services/identity/sessions/session_store.h"
#include "services/identity/staff/staff_facts.h"

namespace gridwork::identity {

class DeviceService {  // Thread-safe.
 public:
  static constexpr char kName[] = "gridwork.identity.v1.DeviceService";

  struct Stores {
    DeviceStore& devices;
    StaffStore& staff;
    TeamStore& teams;
    AreaStore& areas;
    SessionStore& sessions;
    RevocationStore& revocations;
    AttemptStore& attempts;
  };
  // All arguments outlive it. `bootstrap_secret` empty: nobody can bootstrap.
  DeviceService(const Stores& stores, const auth::CertificateAuthority& authority, auth::PasswordHasher& passwords,
                std::string bootstrap_secret, const PageTokens& page_tokens)
      : devices_(stores.devices),
        staff_(stores.staff),
        areas_(stores.areas),
        sessions_(stores.sessions),
        revocations_(stores.revocations),
        attempts_(stores.attempts),
        staff_facts_(stores.staff, stores.teams),
        device_facts_(stores.devices, stores.staff),
        authority_(authority),
        passwords_(passwords),
        bootstrap_secret_(std::move(bootstrap_secret)),
        page_tokens_(page_tokens) {}

  void Register(rpc::FrontDoor& door);

  absl::StatusOr<v1::BootstrapResponse> Bootstrap(const rpc::CallContext&, const v1::BootstrapRequest&);
  absl::StatusOr<v1::CreateEnrolmentCodeResponse> CreateEnrolmentCode(const rpc::CallContext&,
                                                                      const v1::CreateEnrolmentCodeRequest&,
                                                                      const Staff&);
  absl::StatusOr<v1::EnrolDeviceResponse> EnrolDevice(const rpc::CallContext&, const v1::EnrolDeviceRequest&);
  absl::StatusOr<v1::RenewCertificateResponse> RenewCertificate(const rpc::CallContext&,
                                                                const v1::RenewCertificateRequest&);
  absl::StatusOr<v1::Device> RevokeDevice(const rpc::CallContext&, const v1::RevokeDeviceRequest&, Unit&,
                                          const Device&);
  absl::StatusOr<v1::ListDevicesResponse> ListDevices(const rpc::CallContext&, const v1::ListDevicesRequest&,
                                                      const auth::Scope&);

 private:
  // ENROLMENT_CODE_WRONG for a code that nobody was given; TOO_MANY_ATTEMPTS when its sender has tried too many. A good
  // code is never kept waiting by others.
  absl::StatusOr<EnrolmentCode> FindCode(const rpc::CallContext& call, const Enrolment& enrolment);
  // Counts before it looks. The hash to store for a first password; "" when it is the one that is stored already.
  absl::StatusOr<std::string> CheckPassword(const rpc::CallContext& call, const Staff& staff,
                                            const Enrolment& enrolment);
  // With a certificate of its own.
  absl::StatusOr<Device> MakeDevice(const Enrolment& enrolment, const Uuid& staff, absl::Time now) const;
  // Gives `device` a certificate for the key of `certificate_request`.
  absl::Status Certify(Device& device, const std::string& certificate_request, absl::Time now) const;
  v1::EnrolDeviceResponse Enrolled(const Device& device, const Staff& staff) const;

  DeviceStore& devices_;
  StaffStore& staff_;
  AreaStore& areas_;
  SessionStore& sessions_;
  RevocationStore& revocations_;
  AttemptStore& attempts_;
  StaffFacts staff_facts_;
  DeviceFacts device_facts_;
  const auth::CertificateAuthority& authority_;
  auth::PasswordHasher& passwords_;
  const std::string bootstrap_secret_;
  const PageTokens& page_tokens_;
};

}  // namespace gridwork::identity
