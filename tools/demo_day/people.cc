#include "tools/demo_day/people.h"

#include <absl/time/clock.h>

#include "common/auth/certificate_authority.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"

namespace gridwork::demo {

std::string NewRequestId() { return Uuid::V7(absl::Now()).ToString(); }

Person::Person(const Targets& targets, const rpc::TlsIdentity& device, std::string user, std::string pass)
    : tls(device), username(std::move(user)), password(std::move(pass)) {
  auto to_identity = rpc::Connect(targets.identity, device, {});
  to_tasks = rpc::Connect(targets.tasks, device, {});
  areas = identity::AreaService::NewStub(to_identity);
  staff = identity::StaffService::NewStub(to_identity);
  devices = identity::DeviceService::NewStub(to_identity);
  tokens = identity::TokenService::NewStub(to_identity);
  places = tasks::PlaceService::NewStub(to_tasks);
  kinds = tasks::TaskKindService::NewStub(to_tasks);
  work = tasks::TaskService::NewStub(to_tasks);
  queue = tasks::QueueService::NewStub(to_tasks);
  conflicts = tasks::ConflictService::NewStub(to_tasks);
  attachments = tasks::AttachmentService::NewStub(to_tasks);
}

absl::StatusOr<Person> Person::Enrol(const Targets& targets, const std::string& code, const std::string& password) {
  ASSIGN_OR_RETURN(auto made, auth::MakeKeyAndCsr());
  Person nobody(targets, {.authority = targets.authority}, "", "");
  identity::EnrolDeviceRequest request;
  request.set_code(code);
  request.set_certificate_request(made.csr);
  request.set_password(password);
  request.set_display_name("phone of the demo");
  ASSIGN_OR_RETURN(auto reply, nobody.Call(nobody.devices, &identity::DeviceService::Stub::EnrolDevice, request));
  return Person(targets, {.authority = targets.authority, .certificate = reply.certificate(), .key = made.key},
                reply.username(), password);
}

absl::Status Person::Login() {
  identity::LoginRequest request;
  request.set_username(username);
  request.set_password(password);
  ASSIGN_OR_RETURN(auto reply, rpc::Invoke(*tokens, &identity::TokenService::Stub::Login, request, {}));
  token = reply.access_token();
  name = reply.staff();
  return absl::OkStatus();
}

}  // namespace gridwork::demo
