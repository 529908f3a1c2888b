// Requests through the front door, without a network, for the services of one package: every RPC of it or none.
#pragma once
#include <absl/time/time.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/auth/jws.h"
#include "common/base/clock.h"
#include "common/rpc/front_door.h"
#include "common/rpc/token_authenticator.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/messages.h"
#include "tests/support/fake_units.h"

namespace gridwork::fuzz {

// What services stand in: a clock that does not move, units of work in memory, one caller who may do everything in CHI.
class Installation {
 public:
  // `elsewhere`: names of RPCs that answer later or stream, which the target runs in another way.
  Installation(const std::string& folder, const std::set<std::string>& elsewhere);

  template <class Service>
  void Open(Service& service) {
    doors_.push_back(std::make_unique<rpc::FrontDoor>(Service::kName, surroundings_));
    service.Register(*doors_.back());
    doors_.back()->Ready();
  }

  const FakeClock& clock() const { return clock_; }
  testing::FakeUnits& units() { return units_; }
  const rpc::InnerCalls& inner_calls() const { return inner_calls_; }

  // What the variables in the texts of a request stand for: "$place".
  std::map<std::string, std::string> variables;
  std::string subject = "staff/0190a000-0000-7000-8000-000000000009";
  std::string device = "0190a000-0000-7000-8000-00000000000d";

  // Fills in the variables, and a new id for the request_id "new"; does what a client does, sends it, and checks what
  // must always hold of the answer. Null when it was refused.
  std::unique_ptr<google::protobuf::Message> Send(const google::protobuf::Message& request);
  // As Send(), of a request that must be good.
  template <class Response>
  Response Make(const google::protobuf::Message& request) {
    auto reply = Send(request);
    Must(reply != nullptr, "the installation cannot be set up: " + request.GetTypeName());
    return static_cast<Response&>(*reply);
  }
  // Whether anything was written since SetUp(): the next input gets a new one.
  bool changed() const { return changed_; }
  // When everything is there. The first of a process answers an empty request to each RPC: none is forgotten.
  void SetUp();

 private:
  void Fill(google::protobuf::Message& message) const;
  absl::StatusOr<rpc::InnerCalls::Answer> Call(const google::protobuf::MethodDescriptor& method,
                                               const google::protobuf::Message& request);

  FakeClock clock_;
  testing::FakeUnits units_;
  rpc::NoAccessLog access_log_;
  metrics::CallMetrics metrics_;
  auth::KeySetHolder keys_;
  auth::RevocationList revocations_;
  rpc::TokenAuthenticator authenticator_{{"gridwork", "gridwork"}, keys_, revocations_};
  rpc::InnerCalls inner_calls_;
  rpc::Surroundings surroundings_;
  std::vector<std::unique_ptr<rpc::FrontDoor>> doors_;
  std::map<const google::protobuf::Descriptor*, const google::protobuf::MethodDescriptor*> methods_;
  bool changed_ = false;
};

// The requests of all RPCs of a package.
std::vector<const google::protobuf::Descriptor*> RequestTypes(const std::string& folder);

// Aborts unless `status` is one that a caller may get for `request`: no fault of ours, a reason, and for bad input
// fields that it has.
void CheckRefusal(const google::protobuf::Message& request, const absl::Status& status);

}  // namespace gridwork::fuzz
