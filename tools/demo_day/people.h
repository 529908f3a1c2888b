// The people of the demo: each has a device with a key and a certificate of its own, and logs in like everybody else.
#pragma once
#include <memory>
#include <string>

#include "common/rpc/client.h"
#include "gridwork/identity/v1/area_service.grpc.pb.h"
#include "gridwork/identity/v1/device_service.grpc.pb.h"
#include "gridwork/identity/v1/staff_service.grpc.pb.h"
#include "gridwork/identity/v1/token_service.grpc.pb.h"
#include "gridwork/tasks/v1/attachment_service.grpc.pb.h"
#include "gridwork/tasks/v1/conflict_service.grpc.pb.h"
#include "gridwork/tasks/v1/place_service.grpc.pb.h"
#include "gridwork/tasks/v1/queue_service.grpc.pb.h"
#include "gridwork/tasks/v1/task_kind_service.grpc.pb.h"
#include "gridwork/tasks/v1/task_service.grpc.pb.h"

namespace gridwork::demo {

namespace identity = gridwork::identity::v1;
namespace tasks = gridwork::tasks::v1;

// Where the services are.
struct Targets {
  std::string identity;
  std::string tasks;
  std::string authority;  // PEM
};

std::string NewRequestId();

// Somebody with a device: stubs over connections that show its certificate.
class Person {
 public:
  Person(const Targets& targets, const rpc::TlsIdentity& device, std::string username, std::string password);

  // Enrols a device with a one-time code; the password is set by the first one.
  static absl::StatusOr<Person> Enrol(const Targets& targets, const std::string& code, const std::string& password);

  // A fresh token.
  absl::Status Login();

  // One call, as this person.
  template <class Stub, class Request, class Response>
  absl::StatusOr<Response> Call(const std::unique_ptr<Stub>& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const std::type_identity_t<Request>& request) const {
    return rpc::Invoke(*stub, method, request, {.timeout = absl::Seconds(20), .token = token});
  }

  rpc::TlsIdentity tls;
  std::string username, password;
  std::string name;   // "staff/{uuid}"
  std::string token;  // of the last login
  std::unique_ptr<identity::AreaService::Stub> areas;
  std::unique_ptr<identity::StaffService::Stub> staff;
  std::unique_ptr<identity::DeviceService::Stub> devices;
  std::unique_ptr<identity::TokenService::Stub> tokens;
  std::unique_ptr<tasks::PlaceService::Stub> places;
  std::unique_ptr<tasks::TaskKindService::Stub> kinds;
  std::unique_ptr<tasks::TaskService::Stub> work;
  std::unique_ptr<tasks::QueueService::Stub> queue;
  std::unique_ptr<tasks::ConflictService::Stub> conflicts;
  std::unique_ptr<tasks::AttachmentService::Stub> attachments;
  std::shared_ptr<grpc::Channel> to_tasks;
};

}  // namespace gridwork::demo
