// Accounts and role grants.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include "gridwork/identity/v1/device_service.grpc.pb.h"
#include "gridwork/identity/v1/staff_service.grpc.pb.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/lookup.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using namespace identity::v1;  // NOLINT(google-build-using-namespace)
using options::v1::Role;

std::string Text(const Staff& staff) {
  Card card;
  card.Add("Staff", staff.name());
  card.Add("Username", staff.username());
  card.Add("Name", staff.display_name());
  card.Add("Area", staff.area());
  if (staff.disabled()) card.Add("State", "disabled");
  card.Add("Created", TimeText(staff.create_time()));
  card.Add("Etag", staff.etag());
  if (staff.grants().empty()) return card.ToString() + "No grants.\n";
  Table table({"ROLE", "AREA", "FROM", "UNTIL", "GRANT"});
  for (const auto& grant : staff.grants()) {
    table.Add({EnumText(grant.role()), grant.area_path(), TimeText(grant.start_time()), TimeText(grant.end_time()),
               grant.name()});
  }
  return card.ToString() + "\n" + table.ToString();
}

absl::Status Emit(Context& context, const absl::StatusOr<Staff>& staff) {
  if (!staff.ok()) return staff.status();
  context.output.Emit(*staff, Text(*staff));
  return absl::OkStatus();
}

// ---- add

struct AddArgs {
  std::string username;
  std::string name;
  std::string area;
  std::string request_id;
};

void DeclareAdd(CLI::App& command, AddArgs& args) {
  command.add_option("--username", args.username, "For logging in: a-z, 0-9, \".\" and \"-\"")
      ->required()
      ->type_name("NAME");
  command.add_option("--name", args.name, "As people call them")->required()->type_name("TEXT");
  command.add_option("--area", args.area, "Whose administrators keep the account")->required()->type_name("CODE");
  AddRequestId(command, args.request_id);
}

absl::Status Add(Context& context, const AddArgs& args) {
  CreateStaffRequest request;
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.mutable_staff()->set_username(args.username);
  request.mutable_staff()->set_display_name(args.name);
  request.mutable_staff()->set_area(NameIn("areas", args.area));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  return Emit(context, session->Call(&StaffService::Stub::CreateStaff, request));
}

// ---- list, show

struct ListArgs {
  std::string area;
  std::string role;
  int limit = 100;
};

void DeclareList(CLI::App& command, ListArgs& args) {
  command.add_option("--area", args.area, "Only accounts kept in it or below")->type_name("CODE");
  command.add_option("--role", args.role, "Only who holds it now: FIELD_WORKER, DISPATCHER, ...")->type_name("ROLE");
  AddLimit(command, args.limit);
}

absl::Status List(Context& context, const ListArgs& args) {
  ListStaffRequest request;
  request.set_area(NameIn("areas", args.area));
  if (!args.role.empty()) {
    ASSIGN_OR_RETURN(Role role, ParseEnum<Role>("--role", args.role));
    request.set_role(role);
  }
  ASSIGN_OR_RETURN(Session * session, context.Open());
  auto fetch = [&](const ListStaffRequest& page) { return session->Call(&StaffService::Stub::ListStaff, page); };
  auto all = ReadPages<ListStaffRequest, ListStaffResponse>(
      request, args.limit, [](const auto& response) { return response.staff_size(); }, fetch);
  if (!all.ok()) return all.status();
  Table table({"USERNAME", "NAME", "AREA", "GRANTS", "STAFF"});
  for (const auto& staff : all->staff()) {
    std::string grants;
    for (const auto& grant : staff.grants()) {
      if (FromProto(grant.end_time()) <= absl::Now()) continue;
      grants += fmt::format("{}{} {}", grants.empty() ? "" : ", ", EnumText(grant.role()), LastPart(grant.area()));
    }
    table.Add({staff.username(), staff.display_name(), LastPart(staff.area()), staff.disabled() ? "disabled" : grants,
               staff.name()});
  }
  context.output.Emit(table, *all);
  if (!all->next_page_token().empty()) context.Note("There are more: --limit 0 shows all.");
  return absl::OkStatus();
}

struct ShowArgs {
  std::string staff;
};

void DeclareShow(CLI::App& command, ShowArgs& args) {
  command.add_option("staff", args.staff, "Username or staff/UUID; default: yourself")->type_name("STAFF");
}

absl::Status Show(Context& context, const ShowArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  GetStaffRequest request;
  if (args.staff.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_name(), session->Self());
  } else {
    ASSIGN_OR_RETURN(*request.mutable_name(), StaffName(*session, args.staff));
  }
  return Emit(context, session->Call(&StaffService::Stub::GetStaff, request));
}

// ---- update

struct UpdateArgs {
  std::string staff;
  std::string name;
  std::string etag;
  bool disable = false;
  bool enable = false;
  std::string request_id;
};

void DeclareUpdate(CLI::App& command, UpdateArgs& args) {
  command.add_option("staff", args.staff, "Username or staff/UUID")->required()->type_name("STAFF");
  command.add_option("--name", args.name, "As people call them")->type_name("TEXT");
  auto* disable = command.add_flag("--disable", args.disable, "They cannot log in any more");
  command.add_flag("--enable", args.enable, "They can log in again")->excludes(disable);
  command.add_option("--etag", args.etag, "Only if nobody changed it since; default: the newest")->type_name("ETAG");
  AddRequestId(command, args.request_id);
}

absl::Status Update(Context& context, const UpdateArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  UpdateStaffRequest request;
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  Staff& staff = *request.mutable_staff();
  ASSIGN_OR_RETURN(*staff.mutable_name(), StaffName(*session, args.staff));
  staff.set_etag(args.etag);
  if (args.etag.empty()) {
    GetStaffRequest get;
    get.set_name(staff.name());
    ASSIGN_OR_RETURN(Staff now, session->Call(&StaffService::Stub::GetStaff, get));
    staff.set_etag(now.etag());
  }
  if (!args.name.empty()) {
    staff.set_display_name(args.name);
    request.mutable_update_mask()->add_paths("display_name");
  }
  if (args.disable || args.enable) {
    staff.set_disabled(args.disable);
    request.mutable_update_mask()->add_paths("disabled");
  }
  return Emit(context, session->Call(&StaffService::Stub::UpdateStaff, request));
}

// ---- grant, end-grant

struct GrantArgs {
  std::string staff;
  std::string role;
  std::string area;
  std::string from;
  std::string until;
  std::string request_id;
};

void DeclareGrant(CLI::App& command, GrantArgs& args) {
  command.add_option("--staff", args.staff, "Username or staff/UUID")->required()->type_name("STAFF");
  command.add_option("--role", args.role, EnumList(*options::v1::Role_descriptor()))->required()->type_name("ROLE");
  command.add_option("--area", args.area, "Holds for everything below it")->required()->type_name("CODE");
  command.add_option("--until", args.until, "90d, a last day, or a time; at most 24 months")
      ->required()
      ->type_name("WHEN");
  command.add_option("--from", args.from, "A time; default: now")->type_name("WHEN");
  AddRequestId(command, args.request_id);
}

absl::Status AddGrant(Context& context, const GrantArgs& args) {
  AddGrantRequest request;
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  Grant& grant = *request.mutable_grant();
  ASSIGN_OR_RETURN(Role role, ParseEnum<Role>("--role", args.role));
  grant.set_role(role);
  grant.set_area(NameIn("areas", args.area));
  ASSIGN_OR_RETURN(absl::Time until, ParseWhen("--until", args.until, absl::Now(), absl::LocalTimeZone()));
  *grant.mutable_end_time() = ToProto(until);
  if (!args.from.empty()) {
    ASSIGN_OR_RETURN(absl::Time from, ParseWhen("--from", args.from, absl::Now(), absl::LocalTimeZone()));
    *grant.mutable_start_time() = ToProto(from);
  }
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*request.mutable_staff(), StaffName(*session, args.staff));
  return Emit(context, session->Call(&StaffService::Stub::AddGrant, request));
}

struct EndGrantArgs {
  std::string grant;
  std::string request_id;
};

void DeclareEndGrant(CLI::App& command, EndGrantArgs& args) {
  command.add_option("grant", args.grant, "staff/UUID/grants/UUID, from: gridctl staff show")
      ->required()
      ->type_name("GRANT");
  AddRequestId(command, args.request_id);
}

absl::Status EndGrant(Context& context, const EndGrantArgs& args) {
  EndGrantRequest request;
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.set_name(args.grant);
  ASSIGN_OR_RETURN(Session * session, context.Open());
  return Emit(context, session->Call(&StaffService::Stub::EndGrant, request));
}

// ---- code

void DeclareCode(CLI::App& command, ShowArgs& args) {
  command.add_option("staff", args.staff, "Username or staff/UUID")->required()->type_name("STAFF");
}

absl::Status Code(Context& context, const ShowArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  CreateEnrolmentCodeRequest request;
  ASSIGN_OR_RETURN(*request.mutable_staff(), StaffName(*session, args.staff));
  ASSIGN_OR_RETURN(auto response, session->Call(&DeviceService::Stub::CreateEnrolmentCode, request));
  Card card;
  card.Add("Code", response.code());
  card.Add("Valid until", TimeText(response.expire_time()));
  context.output.Emit(card, response);
  return absl::OkStatus();
}

}  // namespace

void AddStaffCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "staff", "Accounts and their roles");
  AddCommand<AddArgs>(group, context,
                      {"add", "Makes an account; it can do nothing until it has a grant and a device",
                       "  gridctl staff add --username wendy --name \"Wendy Worker\" --area CHI"},
                      DeclareAdd, Add);
  AddCommand<ListArgs>(group, context,
                       {"list", "Accounts of your areas",
                        "  gridctl staff list\n"
                        "  gridctl staff list --area SIDE-CENTRAL --role FIELD_WORKER"},
                       DeclareList, List);
  AddCommand<ShowArgs>(group, context,
                       {"show", "One account with its grants",
                        "  gridctl staff show            # yourself\n"
                        "  gridctl staff show wendy"},
                       DeclareShow, Show);
  AddCommand<UpdateArgs>(group, context,
                         {"update", "Changes a name, disables or enables an account",
                          "  gridctl staff update wendy --name \"Wendy Walker\"\n"
                          "  gridctl staff update wendy --disable"},
                         DeclareUpdate, Update);
  AddCommand<GrantArgs>(group, context,
                        {"grant", "Gives a role in an area for a time",
                         "  gridctl staff grant --staff wendy --role FIELD_WORKER --area CA32 --until 90d\n"
                         "  gridctl staff grant --staff dora --role DISPATCHER --area SIDE-CENTRAL --until 2027-01-31\n"
                         "A day is the last one on which the grant holds."},
                        DeclareGrant, AddGrant);
  AddCommand<EndGrantArgs>(group, context,
                           {"end-grant", "Ends a grant now", "  gridctl staff end-grant staff/0190.../grants/0190..."},
                           DeclareEndGrant, EndGrant);
  AddCommand<ShowArgs>(
      group, context,
      {"code", "A one-time code with which they enrol a device within 72 hours", "  gridctl staff code wendy"},
      DeclareCode, Code);
}

}  // namespace gridwork::ctl
