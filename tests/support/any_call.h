// Calls that are known by their descriptors only, for tests that walk every RPC of a package.
#pragma once
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "common/rpc/client.h"
#include "gridwork/options/v1/options.pb.h"

namespace gridwork::testing {

// The RPCs of all services declared in proto/`folder` ("gridwork/tasks/v1"), by file. A file that is not linked into
// the program is a failure of the test.
std::vector<const google::protobuf::MethodDescriptor*> RpcsOf(const std::string& folder);

const options::v1::Policy& PolicyOf(const google::protobuf::MethodDescriptor& method);

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor& type);

// Sets a text by its path, "task.place"; in a repeated field, in its first item, which is added where there is none.
void SetText(google::protobuf::Message& message, const std::string& path, const std::string& value);

// Gives a write a request_id that is new.
void SetRequestId(google::protobuf::Message& request);

// What came back, to the last byte.
struct AnyAnswer {
  grpc::Status status;
  std::string bytes;
  std::string Text() const;
};

// One unary call.
AnyAnswer CallAny(const std::shared_ptr<grpc::Channel>& channel, const google::protobuf::MethodDescriptor& method,
                  const google::protobuf::Message& request, const rpc::CallOptions& options);

}  // namespace gridwork::testing
