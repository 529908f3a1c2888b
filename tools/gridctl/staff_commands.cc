// Accounts and their rights: grants, delegations, qualifications, absences.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include "gridwork/identity/v1/device_service.grpc.pb.h"
#include "gridwork/identity/v1/staff_service.grpc.pb.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/exit_code.h"
#include "tools/gridctl/lookup.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using namespace identity::v1;  // NOLINT(google-build-using-namespace)
using options::v1::Role;

std::string Term(const Absence& absence, std::string_view relation, const std::string& whom) {
  return fmt::format("{} to {}, {} {} ({})", TimeText(absence.start_time()), TimeText(absence.end_time()), relation,
                     whom, absence.name());
}

std::string Text(const Staff& staff) {
  Card card;
  card.Add("Staff", staff.name());
  card.Add("Username", staff.username());
  card.Add("Name", staff.display_name());
  card.Add("Area", staff.area());
  if (staff.disabled()) card.Add("State", "disabled");
  card.Add("Created", TimeText(staff.create_time()));
  card.Add("Etag", staff.etag());
  for (const auto& held : staff.qualifications()) {
    card.Add("Qualified", fmt::format("{} until {}", held.code(), TimeText(held.end_time())));
  }
  for (const auto& absence : staff.absences()) card.Add("Away", Term(absence, "covered by", absence.cover()));
  for (const auto& cover : staff.covers()) card.Add("Covers", Term(cover, "of", cover.staff()));
  if (staff.grants().empty()) return card.ToString() + "No grants.\n";
  Table table({"ROLE", "AREA", "FROM", "UNTIL", "GRANT", "DELEGATED FROM"});
  for (const auto& grant : staff.grants()) {
    table.Add({EnumText(grant.role()), grant.area_path(), TimeText(grant.start_time()), TimeText(grant.end_time()),
               grant.name(), grant.delegated_from()});
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

// ---- qualify, absent, back, delegate

struct QualifyArgs {
  std::string staff;
  std::string code;
  std::string until;
  bool remove = false;
  std::string request_id;
};

void DeclareQualify(CLI::App& command, QualifyArgs& args) {
  command.add_option("staff", args.staff, "Username or staff/UUID")->required()->type_name("STAFF");
  command.add_option("--code", args.code, "A-Z, 0-9 and \"_\"")->required()->type_name("CODE");
  auto* until =
      command.add_option("--until", args.until, "90d, a last day, or a time; at most 60 months")->type_name("WHEN");
  command.add_flag("--remove", args.remove, "They have it no longer")->excludes(until);
  AddRequestId(command, args.request_id);
}

absl::Status Qualify(Context& context, const QualifyArgs& args) {
  if (args.until.empty() && !args.remove) return UsageError("--until or --remove is needed");
  PutQualificationRequest put;
  put.mutable_qualification()->set_code(args.code);
  if (!args.remove) {
    ASSIGN_OR_RETURN(absl::Time until, ParseWhen("--until", args.until, absl::Now(), absl::LocalTimeZone()));
    *put.mutable_qualification()->mutable_end_time() = ToProto(until);
  }
  ASSIGN_OR_RETURN(*put.mutable_request_id(), context.RequestId(args.request_id));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*put.mutable_staff(), StaffName(*session, args.staff));
  if (!args.remove) return Emit(context, session->Call(&StaffService::Stub::PutQualification, put));
  RemoveQualificationRequest remove;
  remove.set_request_id(put.request_id());
  remove.set_staff(put.staff());
  remove.set_code(args.code);
  return Emit(context, session->Call(&StaffService::Stub::RemoveQualification, remove));
}

struct AbsentArgs {
  std::string staff;
  std::string cover;
  std::string from;
  std::string until;
  std::string request_id;
};

void DeclareAbsent(CLI::App& command, AbsentArgs& args) {
  command.add_option("staff", args.staff, "Username or staff/UUID")->required()->type_name("STAFF");
  command.add_option("--cover", args.cover, "Who does their assigned work: username or staff/UUID")
      ->required()
      ->type_name("STAFF");
  command.add_option("--until", args.until, "10d, a last day, or a time; at most 366 days")
      ->required()
      ->type_name("WHEN");
  command.add_option("--from", args.from, "A time; default: now")->type_name("WHEN");
  AddRequestId(command, args.request_id);
}

absl::Status Absent(Context& context, const AbsentArgs& args) {
  AddAbsenceRequest request;
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  Absence& absence = *request.mutable_absence();
  ASSIGN_OR_RETURN(absl::Time until, ParseWhen("--until", args.until, absl::Now(), absl::LocalTimeZone()));
  *absence.mutable_end_time() = ToProto(until);
  if (!args.from.empty()) {
    ASSIGN_OR_RETURN(absl::Time from, ParseWhen("--from", args.from, absl::Now(), absl::LocalTimeZone()));
    *absence.mutable_start_time() = ToProto(from);
  }
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*absence.mutable_staff(), StaffName(*session, args.staff));
  ASSIGN_OR_RETURN(*absence.mutable_cover(), StaffName(*session, args.cover));
  return Emit(context, session->Call(&StaffService::Stub::AddAbsence, request));
}

struct BackArgs {
  std::string absence;
  std::string request_id;
};

void DeclareBack(CLI::App& command, BackArgs& args) {
  command.add_option("absence", args.absence, "staff/UUID/absences/UUID, from: gridctl staff show")
      ->required()
      ->type_name("ABSENCE");
  AddRequestId(command, args.request_id);
}

absl::Status Back(Context& context, const BackArgs& args) {
  EndAbsenceRequest request;
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.set_name(args.absence);
  ASSIGN_OR_RETURN(Session * session, context.Open());
  return Emit(context, session->Call(&StaffService::Stub::EndAbsence, request));
}

struct DelegateArgs {
  std::string grant;
  std::string to;
  std::string area;
  std::string from;
  std::string until;
  std::string request_id;
};

void DeclareDelegate(CLI::App& command, DelegateArgs& args) {
  command.add_option("grant", args.grant, "staff/UUID/grants/UUID, from: gridctl staff show")
      ->required()
      ->type_name("GRANT");
  command.add_option("--to", args.to, "Username or staff/UUID")->required()->type_name("STAFF");
  command.add_option("--until", args.until, "10d, a last day, or a time; at most 92 days, not beyond the grant's end")
      ->required()
      ->type_name("WHEN");
  command.add_option("--from", args.from, "A time; default: now")->type_name("WHEN");
  command.add_option("--area", args.area, "A part of the grant's area; default: all of it")->type_name("CODE");
  AddRequestId(command, args.request_id);
}

absl::Status Delegate(Context& context, const DelegateArgs& args) {
  DelegateGrantRequest request;
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.set_name(args.grant);
  request.set_area(NameIn("areas", args.area));
  ASSIGN_OR_RETURN(absl::Time until, ParseWhen("--until", args.until, absl::Now(), absl::LocalTimeZone()));
  *request.mutable_end_time() = ToProto(until);
  if (!args.from.empty()) {
    ASSIGN_OR_RETURN(absl::Time from, ParseWhen("--from", args.from, absl::Now(), absl::LocalTimeZone()));
    *request.mutable_start_time() = ToProto(from);
  }
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*request.mutable_staff(), StaffName(*session, args.to));
  return Emit(context, session->Call(&StaffService::Stub::DelegateGrant, request));
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
  AddCommand<QualifyArgs>(group, context,
                          {"qualify", "Gives a qualification with an end, or takes it away",
                           "  gridctl staff qualify wendy --code LIFT_INSPECTOR --until 2028-12-31\n"
                           "  gridctl staff qualify wendy --code LIFT_INSPECTOR --remove"},
                          DeclareQualify, Qualify);
  AddCommand<AbsentArgs>(group, context,
                         {"absent", "Somebody is away, and somebody else does their assigned work",
                          "  gridctl staff absent wendy --cover walt --until 2027-01-31\n"
                          "A day is the last one on which they are away."},
                         DeclareAbsent, Absent);
  AddCommand<BackArgs>(group, context,
                       {"back", "Ends an absence now", "  gridctl staff back staff/0190.../absences/0190..."},
                       DeclareBack, Back);
  AddCommand<DelegateArgs>(group, context,
                           {"delegate", "Hands a grant on to somebody else for a time; both hold it then",
                            "  gridctl staff delegate staff/0190.../grants/0190... --to walt --until 10d"},
                           DeclareDelegate, Delegate);
  AddCommand<ShowArgs>(
      group, context,
      {"code", "A one-time code with which they enrol a device within 72 hours", "  gridctl staff code wendy"},
      DeclareCode, Code);
}

}  // namespace gridwork::ctl
