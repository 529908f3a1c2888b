#include "tests/fuzz/requests.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "common/base/error.h"
#include "common/rpc/status_map.h"
#include "google/rpc/status.pb.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/any_call.h"

namespace gridwork::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// What has threads is made once.
rpc::Workers& IdleWorkers() {
  static rpc::Workers workers(1, 1);
  return workers;
}
log::LogBuffer& NoLog() {
  static log::LogBuffer log(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  return log;
}

// "tasks[3].place": whether there is such a field in this message, or such a oneof, which is named when nothing of it
// is set.
bool HasField(const Message& message, std::string_view path) {
  for (int i = 0; i < message.GetDescriptor()->real_oneof_decl_count(); ++i) {
    if (message.GetDescriptor()->oneof_decl(i)->name() == path) return true;
  }
  const size_t end = std::min(path.find_first_of(".["), path.size());
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(std::string(path.substr(0, end)));
  if (field == nullptr) return false;
  path.remove_prefix(end);
  int item = -1;
  if (path.starts_with("[")) {
    auto [at, error] = std::from_chars(path.data() + 1, path.data() + path.size(), item);
    if (error != std::errc() || at == path.data() + path.size() || *at != ']' || !field->is_repeated()) return false;
    path.remove_prefix(static_cast<size_t>(at - path.data()) + 1);
    if (item < 0 || item >= message.GetReflection()->FieldSize(message, field)) return false;
  }
  if (path.empty()) return true;
  if (!path.starts_with(".") || field->message_type() == nullptr || (field->is_repeated() && item < 0)) return false;
  const auto& inner = item < 0 ? message.GetReflection()->GetMessage(message, field)
                               : message.GetReflection()->GetRepeatedMessage(message, field, item);
  return HasField(inner, path.substr(1));
}

}  // namespace

std::vector<const Descriptor*> RequestTypes(const std::string& folder) {
  std::vector<const Descriptor*> out;
  for (const MethodDescriptor* method : testing::RpcsOf(folder)) out.push_back(method->input_type());
  return out;
}

void CheckRefusal(const Message& request, const absl::Status& status) {
  const std::string what = fmt::format("{}: {} {}", request.GetTypeName(), absl::StatusCodeToString(status.code()),
                                       std::string(status.message()));
  const bool about_its_bytes = ReasonOf(status) == "SHA256_MISMATCH";
  Must(!absl::IsInternal(status) && !absl::IsUnknown(status) && (!absl::IsDataLoss(status) || about_its_bytes), what);
  Must(!ReasonOf(status).empty(), what + ": no reason");
  if (ReasonOf(status) == "BAD_FIELD") {
    const auto violations = FieldViolationsOf(status);
    Must(!violations.empty(), what + ": no field");
    for (const auto& [field, rule] : violations) {
      Must(HasField(request, field), fmt::format("{}: it has no field {}", what, field));
      Must(!rule.empty(), what + ": no rule");
    }
  }
  Must(rpc::FromGrpc(rpc::ToGrpc(status)).code() == status.code(), what + ": changes on its way");
}

// The errors of the items of a batch.
static void CheckVerdicts(const Message& request, const Message& reply) {
  if (const auto* error = dynamic_cast<const google::rpc::Status*>(&reply)) {
    CheckRefusal(request, rpc::FromRpcStatus(*error));
    return;
  }
  const auto* reflection = reply.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(reply, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->message_type() == nullptr) continue;
    if (!field->is_repeated()) CheckVerdicts(request, reflection->GetMessage(reply, field));
    for (int i = 0; field->is_repeated() && i < reflection->FieldSize(reply, field); ++i)
      CheckVerdicts(request, reflection->GetRepeatedMessage(reply, field, i));
  }
}

Installation::Installation(const std::string& folder, const std::set<std::string>& elsewhere)
    : surroundings_{IdleWorkers(), IdleWorkers(), authenticator_,       units_,       access_log_, NoLog(),
                    metrics_,      clock_,        std::string(32, 'k'), &inner_calls_} {
  spdlog::set_level(spdlog::level::critical);
  for (const MethodDescriptor* method : testing::RpcsOf(folder)) {
    if (!elsewhere.contains(method->name())) methods_[method->input_type()] = method;
  }
}

void Installation::SetUp() {
  changed_ = false;
  static bool tried = false;
  if (std::exchange(tried, true)) return;
  for (const auto& [type, method] : methods_) Send(*NewMessage(*type));
  changed_ = true;
}

void Installation::Fill(Message& message) const {
  const auto* reflection = message.GetReflection();
  auto filled = [&](std::string text) {
    if (text.find('$') == text.npos) return text;
    for (const auto& [variable, value] : variables) {
      for (size_t at = 0; (at = text.find(variable, at)) != text.npos; at += value.size())
        text.replace(at, variable.size(), value);
    }
    return text;
  };
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int size = field->is_repeated() ? reflection->FieldSize(message, field) : 0;
    if (field->message_type()) {
      for (int i = 0; i < size; ++i) Fill(*reflection->MutableRepeatedMessage(&message, field, i));
      if (!field->is_repeated()) Fill(*reflection->MutableMessage(&message, field));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      for (int i = 0; i < size; ++i)
        reflection->SetRepeatedString(&message, field, i, filled(reflection->GetRepeatedString(message, field, i)));
      if (!field->is_repeated()) reflection->SetString(&message, field, filled(reflection->GetString(message, field)));
    }
  }
  const FieldDescriptor* id = message.GetDescriptor()->FindFieldByName("request_id");
  if (id && reflection->GetString(message, id) == "new")
    reflection->SetString(&message, id, Uuid::V7(clock_.Now()).ToString());
}

std::unique_ptr<Message> Installation::Send(const Message& request) {
  auto method = methods_.find(request.GetDescriptor());
  if (method == methods_.end()) return nullptr;
  auto filled = NewMessage(*request.GetDescriptor());
  filled->CopyFrom(request);
  Fill(*filled);
  auto answer = Call(*method->second, *filled);
  if (!answer.ok()) {
    CheckRefusal(*filled, answer.status());
    return nullptr;
  }
  // What a push carries has errors of its own requests.
  if (request.GetDescriptor()->name() != "PushRequest") CheckVerdicts(*filled, *answer->reply);
  changed_ = changed_ || request.GetDescriptor()->FindFieldByName("request_id") ||
             method->second->options().GetExtension(options::v1::policy).naturally_idempotent();
  auto again = NewMessage(*answer->reply->GetDescriptor());
  Must(again->ParseFromString(answer->reply->SerializeAsString()),
       request.GetTypeName() + ": the answer is no message");
  return std::move(answer->reply);
}

absl::StatusOr<rpc::InnerCalls::Answer> Installation::Call(const MethodDescriptor& method, const Message& request) {
  const options::v1::Policy& policy = method.options().GetExtension(options::v1::policy);
  auth::Caller caller{.id = subject, .expires = absl::InfiniteFuture()};
  if (policy.rules().empty() && !policy.services().empty()) caller.id = "services/" + policy.services(0);
  for (int role = 1; role <= options::v1::Role_MAX; ++role)
    caller.grants.push_back({static_cast<auth::Role>(role), "CHI", absl::InfiniteFuture()});
  const std::optional<auth::Peer> peer = auth::Peer{.id = device, .not_after = absl::InfiniteFuture()};
  // Where a password is hashed there is no time left for it: 0.1 s is too long here.
  const bool hashes = policy.open_to() != options::v1::OPEN_TO_UNSPECIFIED;
  const absl::Time deadline = hashes ? absl::InfinitePast() : absl::InfiniteFuture();
  const std::string name = fmt::format("{}/{}", method.service()->full_name(), method.name());
  const rpc::Trace trace;
  const rpc::CallContext context{name,  caller,          peer, clock_.Now(), deadline, options::v1::PURPOSE_DISPATCH,
                                 trace, "ipv4:192.0.2.1"};
  for (const auto& door : doors_) {
    if (door->name() == method.service()->full_name()) return door->CallHere(method.name(), context, request);
  }
  return absl::InternalError("no door for " + name);
}

}  // namespace gridwork::fuzz
