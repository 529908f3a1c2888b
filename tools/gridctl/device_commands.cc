// Getting in and out: bootstrap, devices, login, logout.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include "common/auth/certificate_authority.h"
#include "gridwork/identity/v1/device_service.grpc.pb.h"
#include "gridwork/identity/v1/staff_service.grpc.pb.h"
#include "gridwork/identity/v1/token_service.grpc.pb.h"
#include "gridwork/identity/v1/token_service.pb.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/exit_code.h"
#include "tools/gridctl/files.h"
#include "tools/gridctl/lookup.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using namespace identity::v1;  // NOLINT(google-build-using-namespace)

// Where the services are: typed once, then in the profile.
struct Targets {
  std::string identity;
  std::string tasks;
  std::string authority_file;
};

void AddTargets(CLI::App& command, Targets& targets) {
  command.add_option("--identity", targets.identity, "Where the identity service is; kept in the profile")
      ->type_name("HOST:PORT");
  command.add_option("--tasks", targets.tasks, "Where the tasks service is; kept in the profile")
      ->type_name("HOST:PORT");
  command.add_option("--authority", targets.authority_file, "Certificate authority of the installation (PEM)")
      ->type_name("FILE");
}

// The profile with the targets put in; what is missing in both is a usage error.
absl::StatusOr<Profile> ProfileWith(const ProfileFolder& folder, const Targets& targets) {
  Profile profile;
  if (folder.Exists()) {
    ASSIGN_OR_RETURN(profile, folder.Load());
  }
  if (!targets.identity.empty()) profile.identity = targets.identity;
  if (!targets.tasks.empty()) profile.tasks = targets.tasks;
  if (!targets.authority_file.empty()) {
    ASSIGN_OR_RETURN(profile.authority, ReadFile(targets.authority_file));
  }
  if (profile.identity.empty()) return UsageError("--identity is missing, and the profile does not say it");
  if (profile.authority.empty()) return UsageError("--authority is missing, and the profile has none");
  return profile;
}

struct BootstrapArgs {
  Targets targets;
  std::string secret_file;
  std::string root;
  std::string root_name;
  std::string username;
  std::string name;
};

void DeclareBootstrap(CLI::App& command, BootstrapArgs& args) {
  AddTargets(command, args.targets);
  command.add_option("--secret-file", args.secret_file, "The file that the identity service was started with")
      ->required()
      ->type_name("FILE");
  command.add_option("--root", args.root, "Code of the root area")->required()->type_name("CODE");
  command.add_option("--root-name", args.root_name, "Its name")->required()->type_name("TEXT");
  command.add_option("--username", args.username, "Of the first administrator")->required()->type_name("NAME");
  command.add_option("--name", args.name, "As people call them")->required()->type_name("TEXT");
}

absl::Status Bootstrap(Context& context, const BootstrapArgs& args) {
  ASSIGN_OR_RETURN(ProfileFolder folder, context.Folder());
  ASSIGN_OR_RETURN(Profile profile, ProfileWith(folder, args.targets));
  BootstrapRequest request;
  ASSIGN_OR_RETURN(*request.mutable_secret(), ReadSecretFile(args.secret_file));
  request.set_root_code(args.root);
  request.set_root_display_name(args.root_name);
  request.set_username(args.username);
  request.set_display_name(args.name);
  Session session(folder, profile, context.Options());
  ASSIGN_OR_RETURN(auto response, session.Call(&DeviceService::Stub::Bootstrap, request, As::kNobody));
  // The code is shown once: whatever happens to the profile, it must be seen.
  context.output.Emit(response, fmt::format("Enrolment code of {}: {}\nNext: gridctl device enrol --code {} "
                                            "--password-file FILE\n",
                                            Printable(response.administrator().username()), response.enrolment_code(),
                                            response.enrolment_code()));
  return folder.Exists() ? absl::OkStatus() : folder.Save(profile);
}

struct EnrolArgs {
  Targets targets;
  std::string code;
  std::string device_name = "gridctl";
  bool force = false;
};

void DeclareEnrol(CLI::App& command, EnrolArgs& args) {
  AddTargets(command, args.targets);
  command.add_option("--code", args.code, "One-time enrolment code")->required()->type_name("CODE");
  command.add_option("--device-name", args.device_name, "What you call this device")
      ->capture_default_str()
      ->type_name("TEXT");
  command.add_flag("--force", args.force, "Replaces the device that the profile has");
}

absl::StatusOr<std::string> Password(const Context& context, const std::string& prompt) {
  if (!context.password_file.empty()) return ReadSecretFile(context.password_file);
  return AskPassword(prompt);
}

absl::Status Enrol(Context& context, const EnrolArgs& args) {
  ASSIGN_OR_RETURN(ProfileFolder folder, context.Folder());
  ASSIGN_OR_RETURN(Profile profile, ProfileWith(folder, args.targets));
  if (!profile.certificate.empty() && !args.force) {
    return Error(
        absl::StatusCode::kAlreadyExists, "PROFILE_HAS_DEVICE",
        fmt::format("{} has the device of {}; take another --profile, or --force", folder.path(), profile.username));
  }
  // Before the code is used up: a folder that cannot be written would cost a new one.
  profile.certificate.clear();
  profile.key.clear();
  profile.username.clear();
  RETURN_IF_ERROR(MakeFolder(folder.path()));
  RETURN_IF_ERROR(WriteFile(folder.path() + "/authority.pem", profile.authority, 0644));

  ASSIGN_OR_RETURN(auto key, auth::MakeKeyAndCsr());
  EnrolDeviceRequest request;
  request.set_code(args.code);
  request.set_certificate_request(key.csr);
  request.set_display_name(args.device_name);
  ASSIGN_OR_RETURN(*request.mutable_password(), Password(context, "Password (new, or yours if you have one)"));
  Session session(folder, profile, context.Options());
  ASSIGN_OR_RETURN(auto response, session.Call(&DeviceService::Stub::EnrolDevice, request, As::kNobody));
  profile.key = key.key;
  profile.certificate = response.certificate();
  profile.username = response.username();
  RETURN_IF_ERROR(folder.Save(profile));
  RETURN_IF_ERROR(folder.SaveToken({}));
  Card card;
  card.Add("Device", response.device().name());
  card.Add("Username", response.username());
  card.Add("Certificate until", TimeText(response.device().certificate_expire_time()));
  card.Add("Profile", folder.path());
  context.output.Emit(card, response);
  return absl::OkStatus();
}

struct ListDevicesArgs {
  std::string staff;
  int limit = 100;
};

void DeclareList(CLI::App& command, ListDevicesArgs& args) {
  command.add_option("--staff", args.staff, "Only theirs: username or staff/UUID")->type_name("STAFF");
  AddLimit(command, args.limit);
}

absl::Status List(Context& context, const ListDevicesArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ListDevicesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_staff(), StaffName(*session, args.staff));
  auto fetch = [&](const ListDevicesRequest& page) { return session->Call(&DeviceService::Stub::ListDevices, page); };
  auto all = ReadPages<ListDevicesRequest, ListDevicesResponse>(
      request, args.limit, [](const auto& response) { return response.devices_size(); }, fetch);
  if (!all.ok()) return all.status();
  Table table({"DEVICE", "NAME", "STAFF", "CERTIFICATE UNTIL"});
  for (const auto& device : all->devices()) {
    table.Add({device.name(), device.display_name(), device.staff(),
               device.has_revoke_time() ? "revoked" : TimeText(device.certificate_expire_time())});
  }
  context.output.Emit(table, *all);
  if (!all->next_page_token().empty()) context.Note("There are more: --limit 0 shows all.");
  return absl::OkStatus();
}

struct RevokeArgs {
  std::string device;
  std::string request_id;
};

void DeclareRevoke(CLI::App& command, RevokeArgs& args) {
  command.add_option("device", args.device, "devices/UUID, from: gridctl device list")->required()->type_name("DEVICE");
  AddRequestId(command, args.request_id);
}

absl::Status Revoke(Context& context, const RevokeArgs& args) {
  RevokeDeviceRequest request;
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.set_name(NameIn("devices", args.device));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(auto device, session->Call(&DeviceService::Stub::RevokeDevice, request));
  Card card;
  card.Add("Device", device.name());
  card.Add("Staff", device.staff());
  card.Add("Revoked", TimeText(device.revoke_time()));
  context.output.Emit(card, device);
  return absl::OkStatus();
}

struct RenewArgs {};

void DeclareRenew(CLI::App&, RenewArgs&) {}

absl::Status Renew(Context& context, const RenewArgs&) {
  ASSIGN_OR_RETURN(ProfileFolder folder, context.Folder());
  ASSIGN_OR_RETURN(Session * session, context.Open());
  Profile profile = session->profile();
  RenewCertificateRequest request;
  // For the same key: then only one file changes, and a key without its certificate is never left behind.
  ASSIGN_OR_RETURN(*request.mutable_certificate_request(), auth::MakeCsr(profile.key));
  ASSIGN_OR_RETURN(auto response, session->Call(&DeviceService::Stub::RenewCertificate, request, As::kDevice));
  profile.certificate = response.certificate();
  RETURN_IF_ERROR(folder.Save(profile));
  Card card;
  card.Add("Device", response.device().name());
  card.Add("Certificate until", TimeText(response.device().certificate_expire_time()));
  context.output.Emit(card, response);
  return absl::OkStatus();
}

struct LoginArgs {};

void DeclareLogin(CLI::App&, LoginArgs&) {}

absl::Status LogIn(Context& context, const LoginArgs&) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(std::string password, Password(context, "Password of " + session->profile().username));
  ASSIGN_OR_RETURN(AccessToken token, session->LogIn(password));
  LoginResponse shown;  // without the token
  shown.set_staff(token.staff);
  *shown.mutable_expire_time() = ToProto(token.expire_time);
  Card card;
  card.Add("Logged in as", session->profile().username);
  card.Add("Staff", token.staff);
  card.Add("Until", TimeText(shown.expire_time()));
  context.output.Emit(card, shown);
  return absl::OkStatus();
}

absl::Status LogOut(Context& context, const LoginArgs&) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  RETURN_IF_ERROR(session->LogOut());
  context.output.Emit(LogoutResponse(), "Logged out.\n");
  return absl::OkStatus();
}

}  // namespace

void AddDeviceCommands(CLI::App& app, Context& context) {
  AddCommand<BootstrapArgs>(
      app, context,
      {"bootstrap",
       "Makes the first administrator and the root area of an empty installation; prints an enrolment code",
       "  gridctl bootstrap --identity localhost:17001 --tasks localhost:17002 --authority ca.pem \\\n"
       "      --secret-file bootstrap.secret --root CHI --root-name Chicago \\\n"
       "      --username admin --name \"First Administrator\""},
      DeclareBootstrap, Bootstrap);
  AddCommand<LoginArgs>(app, context,
                        {"login", "Logs this profile in for up to 30 days, of which none of 7 passes without a command",
                         "  gridctl login\n"
                         "  gridctl login --password-file ~/.gridctl-password\n"
                         "With --password-file (or GRIDCTL_PASSWORD_FILE) every command logs in by itself."},
                        DeclareLogin, LogIn);
  AddCommand<LoginArgs>(app, context,
                        {"logout", "Ends the log-in of this profile, and its access tokens", "  gridctl logout"},
                        DeclareLogin, LogOut);
  CLI::App& group = AddGroup(app, "device", "Phones and desk computers, and this one");
  AddCommand<EnrolArgs>(
      group, context,
      {"enrol", "Makes a key, gets a certificate for it with a one-time code, writes the profile",
       "  gridctl device enrol --code ABCD-EFGH-IJKL-MNOP --password-file password\n"
       "  gridctl --profile phone1 device enrol --identity localhost:17001 --tasks localhost:17002 \\\n"
       "      --authority ca.pem --code ABCD-EFGH-IJKL-MNOP --device-name \"Phone 1\""},
      DeclareEnrol, Enrol);
  AddCommand<ListDevicesArgs>(group, context,
                              {"list", "Devices of the staff of your areas",
                               "  gridctl device list\n"
                               "  gridctl device list --staff wendy"},
                              DeclareList, List);
  AddCommand<RevokeArgs>(group, context,
                         {"revoke", "A lost or stolen device: it is refused everywhere within two seconds",
                          "  gridctl device revoke devices/0190..."},
                         DeclareRevoke, Revoke);
  AddCommand<RenewArgs>(
      group, context,
      {"renew", "Gets this profile a new certificate by its old one, while that is valid", "  gridctl device renew"},
      DeclareRenew, Renew);
}

}  // namespace gridwork::ctl
