#include "tools/gridctl/session.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <google/protobuf/message.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "gridwork/identity/v1/token_service.grpc.pb.h"
#include "gridwork/tasks/v1/task_service.pb.h"
#include "tools/gridctl/exit_code.h"
#include "tools/gridctl/files.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr absl::Duration kTokenMargin = absl::Seconds(10);   // a token so near to its end is replaced
constexpr absl::Duration kBulkTimeout = absl::Seconds(120);  // at least

std::vector<const google::protobuf::ServiceDescriptor*> ServicesOf(std::string_view package) {
  // One message of each package brings its files in.
  (void)identity::v1::LoginRequest::descriptor();
  (void)tasks::v1::CreateTaskRequest::descriptor();
  static const std::vector<const char*> kIdentity = {"AreaService", "StaffService", "DeviceService", "TokenService"};
  static const std::vector<const char*> kTasks = {"PlaceService", "TaskKindService", "TaskService",
                                                  "QueueService", "SyncService",     "ConflictService"};
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  std::vector<const google::protobuf::ServiceDescriptor*> out;
  for (const char* name : package == "gridwork.tasks.v1" ? kTasks : kIdentity) {
    if (const auto* service = pool->FindServiceByName(fmt::format("{}.{}", package, name))) out.push_back(service);
  }
  return out;
}

std::string FirstBadText(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  std::string scratch;
  for (const auto* field : fields) {
    int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const Message& child = field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                                    : reflection->GetMessage(message, field);
        if (std::string bad = FirstBadText(child); !bad.empty()) return field->name() + "." + bad;
      } else if (field->type() == FieldDescriptor::TYPE_STRING) {
        const std::string& text = field->is_repeated()
                                      ? reflection->GetRepeatedStringReference(message, field, i, &scratch)
                                      : reflection->GetStringReference(message, field, &scratch);
        if (!IsUtf8(text)) return field->name();
      }
    }
  }
  return "";
}

absl::Status LoginNeeded(std::string_view why) {
  return Error(absl::StatusCode::kUnauthenticated, "LOGIN_NEEDED",
               fmt::format("{}; run: gridctl login, or give --password-file", why));
}

}  // namespace

absl::Status CheckUtf8(const Message& message) {
  std::string field = FirstBadText(message);
  return field.empty() ? absl::OkStatus() : BadField(field, "UTF-8");
}

absl::StatusOr<std::string> AskPassword(const std::string& prompt) {
  termios before{};
  if (isatty(STDIN_FILENO) != 1 || tcgetattr(STDIN_FILENO, &before) != 0) {
    return UsageError("no terminal to ask for the password: give --password-file");
  }
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  std::cerr << prompt << ": " << std::flush;
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  std::string password;
  bool read = static_cast<bool>(std::getline(std::cin, password));
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::cerr << "\n";
  if (!read || password.empty()) return UsageError("no password was typed");
  return password;
}

Session::Session(ProfileFolder folder, Profile profile, SessionOptions options)
    : folder_(std::move(folder)), profile_(std::move(profile)), options_(std::move(options)) {
  token_ = folder_.LoadToken();
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Session::ChannelOf(const google::protobuf::Descriptor& request) {
  const std::string& package = request.file()->package();
  bool to_tasks = package == "gridwork.tasks.v1";
  auto& channel = to_tasks ? tasks_ : identity_;
  if (channel != nullptr) return channel;
  const std::string& target = to_tasks ? profile_.tasks : profile_.identity;
  if (target.empty()) {
    return UsageError(fmt::format("the profile {} does not say where {} is", folder_.path(), package));
  }
  channel = rpc::Connect(target, {profile_.authority, profile_.certificate, profile_.key}, ServicesOf(package));
  return channel;
}

absl::StatusOr<AccessToken> Session::LogIn(const std::string& password) {
  if (profile_.username.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "NOT_ENROLLED",
                 fmt::format("the profile {} has no device; run: gridctl device enrol", folder_.path()));
  }
  identity::v1::LoginRequest request;
  request.set_username(profile_.username);
  request.set_password(password);
  ASSIGN_OR_RETURN(auto response, Call(&identity::v1::TokenService::Stub::Login, request, As::kDevice));
  token_ = {response.access_token(), FromProto(response.expire_time()), response.staff(), response.refresh_token()};
  RETURN_IF_ERROR(folder_.SaveToken(token_));
  return token_;
}

absl::StatusOr<std::string> Session::Self() {
  if (!token_.staff.empty()) return token_.staff;
  RETURN_IF_ERROR(Token().status());
  return token_.staff;
}

bool Session::Fresh() const { return token_.expire_time > absl::Now() + kTokenMargin && token_.token != refused_; }

absl::Status Session::Refresh() {
  identity::v1::RefreshRequest request;
  request.set_refresh_token(token_.refresh);
  ASSIGN_OR_RETURN(auto response, Call(&identity::v1::TokenService::Stub::Refresh, request, As::kDevice));
  token_ = {response.access_token(), FromProto(response.expire_time()), token_.staff, response.refresh_token()};
  return folder_.SaveToken(token_);
}

absl::Status Session::LogOut() {
  identity::v1::LogoutRequest request;
  request.set_refresh_token(token_.refresh);
  if (!token_.refresh.empty()) {
    RETURN_IF_ERROR(Call(&identity::v1::TokenService::Stub::Logout, request, As::kDevice).status());
  }
  token_ = {};
  return folder_.SaveToken(token_);
}

absl::StatusOr<std::string> Session::Token() {
  if (Fresh()) return token_.token;
  token_ = folder_.LoadToken();  // another process of this profile may have a newer one; a used one must not be shown
  if (Fresh()) return token_.token;
  if (!token_.refresh.empty()) {
    absl::Status refreshed = Refresh();
    if (refreshed.ok()) return token_.token;
    if (refreshed.code() != absl::StatusCode::kUnauthenticated) return refreshed;
    token_.refresh.clear();  // the log-in is over
  }
  if (options_.password_file.empty()) {
    return LoginNeeded(token_.token.empty() ? "you are not logged in" : "the access token is over");
  }
  ASSIGN_OR_RETURN(std::string password, ReadSecretFile(options_.password_file));
  ASSIGN_OR_RETURN(AccessToken token, LogIn(password));
  return token.token;
}

absl::StatusOr<rpc::CallOptions> Session::OptionsFor(As as) {
  rpc::CallOptions options;
  options.timeout = options_.timeout;
  options.purpose = options_.purpose;
  if (as == As::kBulk) options.timeout = std::max(options.timeout, kBulkTimeout);
  if (as == As::kStaff || as == As::kBulk) {
    ASSIGN_OR_RETURN(options.token, Token());
  }
  if (as == As::kDevice && profile_.certificate.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "NOT_ENROLLED",
                 fmt::format("the profile {} has no device; run: gridctl device enrol", folder_.path()));
  }
  return options;
}

bool Session::MayLogInAgain(const absl::Status& refusal, As as) {
  bool with_token = as == As::kStaff || as == As::kBulk;
  bool can = !token_.refresh.empty() || !options_.password_file.empty();
  if (!with_token || !can || refusal.code() != absl::StatusCode::kUnauthenticated) return false;
  refused_ = token_.token;  // the server's clock decides, not ours
  return true;
}

}  // namespace gridwork::ctl
