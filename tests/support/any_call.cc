#include "tests/support/any_call.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/rpc_method.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "common/base/uuid.h"

namespace gridwork::testing {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

std::vector<const MethodDescriptor*> RpcsOf(const std::string& folder) {
  const std::filesystem::path root = std::filesystem::path(GRIDWORK_SOURCE_DIR) / "proto";
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(root / folder))
    files.insert(entry.path().lexically_relative(root).generic_string());
  std::vector<const MethodDescriptor*> out;
  for (const std::string& name : files) {
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    EXPECT_NE(file, nullptr) << name << " is not linked";
    for (int i = 0; file && i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) out.push_back(file->service(i)->method(j));
    }
  }
  return out;
}

const options::v1::Policy& PolicyOf(const MethodDescriptor& method) {
  return method.options().GetExtension(options::v1::policy);
}

std::unique_ptr<Message> NewMessage(const Descriptor& type) {
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

void SetText(Message& message, const std::string& path, const std::string& value) {
  const auto* reflection = message.GetReflection();
  const size_t dot = path.find('.');
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(path.substr(0, dot));
  ASSERT_NE(field, nullptr) << path << " is no field of " << message.GetTypeName();
  if (field->is_repeated() && reflection->FieldSize(message, field) == 0) {
    if (field->message_type()) reflection->AddMessage(&message, field);
    if (!field->message_type()) reflection->AddString(&message, field, "");
  }
  if (field->message_type()) {
    Message& inner = field->is_repeated() ? *reflection->MutableRepeatedMessage(&message, field, 0)
                                          : *reflection->MutableMessage(&message, field);
    SetText(inner, path.substr(dot + 1), value);
  } else if (field->is_repeated()) {
    reflection->SetRepeatedString(&message, field, 0, value);
  } else {
    reflection->SetString(&message, field, value);
  }
}

void SetRequestId(Message& request) {
  if (request.GetDescriptor()->FindFieldByName("request_id"))
    SetText(request, "request_id", Uuid::V7(absl::Now()).ToString());
}

std::string AnyAnswer::Text() const {
  return fmt::format("{} {} [{}] {}", static_cast<int>(status.error_code()), status.error_message(),
                     status.error_details(), bytes);
}

AnyAnswer CallAny(const std::shared_ptr<grpc::Channel>& channel, const MethodDescriptor& method, const Message& request,
                  const rpc::CallOptions& options) {
  using google::protobuf::MessageLite;
  const std::string path = fmt::format("/{}/{}", method.service()->full_name(), method.name());
  grpc::internal::RpcMethod rpc(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC, channel);
  grpc::ClientContext context;
  rpc::Prepare(context, options);
  auto reply = NewMessage(*method.output_type());
  AnyAnswer out;
  out.status =
      grpc::internal::BlockingUnaryCall<MessageLite, MessageLite>(channel.get(), rpc, &context, request, reply.get());
  out.bytes = reply->SerializeAsString();
  return out;
}

}  // namespace gridwork::testing
