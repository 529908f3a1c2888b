#include "common/rpc/status_map.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/time_util.h>

#include "common/base/error.h"
#include "google/rpc/error_details.pb.h"

namespace gridwork::rpc {
namespace {

constexpr size_t kMaxMessage = 1024;  // bytes; details travel in HTTP/2 trailers of at most 8 KiB
constexpr int kMaxViolations = 20;

// The reason of a status that nobody made with Error(): its code, so that a client always has one to switch on.
std::string ReasonOrCode(const absl::Status& status) {
  std::string reason = ReasonOf(status);
  return reason.empty() ? absl::StatusCodeToString(status.code()) : reason;
}

// Cuts between characters: a grpc message must be valid UTF-8.
std::string Cut(absl::string_view message) {
  std::string out(message);
  if (out.size() <= kMaxMessage) return out;
  size_t end = kMaxMessage;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
  out.resize(end);
  return out;
}

// As PackFrom(), but the same message always makes the same bytes: maps in the order of their keys. What nobody may
// tell from something else must not differ by chance either.
void Pack(const google::protobuf::Message& message, google::protobuf::Any& out) {
  out.set_type_url("type.googleapis.com/" + message.GetDescriptor()->full_name());
  google::protobuf::io::StringOutputStream bytes(out.mutable_value());
  google::protobuf::io::CodedOutputStream coded(&bytes);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status out;
  out.set_code(static_cast<int>(status.code()));
  out.set_message(Cut(status.message()));
  if (status.ok()) return out;

  google::rpc::ErrorInfo info;
  info.set_reason(ReasonOrCode(status));
  info.set_domain("gridwork");
  for (const auto& [key, value] : MetadataOf(status)) (*info.mutable_metadata())[key] = value;
  Pack(info, *out.add_details());

  google::rpc::BadRequest bad;
  for (const auto& [field, rule] : FieldViolationsOf(status)) {
    if (bad.field_violations_size() == kMaxViolations) break;
    auto* violation = bad.add_field_violations();
    violation->set_field(field);
    violation->set_description(rule);
  }
  if (bad.field_violations_size() > 0) Pack(bad, *out.add_details());

  if (absl::Duration delay = RetryAfterOf(status); delay > absl::ZeroDuration()) {
    google::rpc::RetryInfo retry;
    *retry.mutable_retry_delay() =
        google::protobuf::util::TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(delay));
    Pack(retry, *out.add_details());
  }
  return out;
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status();
  google::rpc::Status rpc = ToRpcStatus(status);
  return {static_cast<grpc::StatusCode>(rpc.code()), rpc.message(), rpc.SerializeAsString()};
}

absl::Status FromRpcStatus(const google::rpc::Status& status) {
  if (status.code() == 0) return absl::OkStatus();
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad;
  google::rpc::RetryInfo retry;
  for (const auto& any : status.details()) {
    if (!any.UnpackTo(&info) && !any.UnpackTo(&bad)) any.UnpackTo(&retry);
  }
  std::vector<std::pair<std::string, std::string>> violations;
  for (const auto& violation : bad.field_violations())
    violations.emplace_back(violation.field(), violation.description());
  absl::Status out = RebuildError(static_cast<absl::StatusCode>(status.code()), status.message(), info.reason(),
                                  {info.metadata().begin(), info.metadata().end()}, violations);
  // absl's sums do not overflow, whatever was sent.
  absl::Duration delay = absl::Seconds(retry.retry_delay().seconds()) + absl::Nanoseconds(retry.retry_delay().nanos());
  return delay > absl::ZeroDuration() ? WithRetryAfter(out, delay) : out;
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status rpc;
  if (!rpc.ParseFromString(status.error_details()) ||
      rpc.code() != status.error_code()) {  // not one of ours: the transport's
    rpc.Clear();
    rpc.set_code(status.error_code());
    rpc.set_message(status.error_message());
  }
  return FromRpcStatus(rpc);
}

}  // namespace gridwork::rpc
