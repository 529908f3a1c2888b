#include "services/tasks/task_kind_convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "services/tasks/form_convert.h"
#include "services/tasks/time_convert.h"

namespace gridwork::tasks {
namespace {

constexpr std::string_view kCollection = "taskKinds/";
constexpr std::string_view kRolePrefix = "ROLE_";

// Takes a value or adds its violations.
template <class T, class Out>
void Take(absl::StatusOr<T> parsed, Out& out, FieldErrors& errors) {
  if (parsed.ok()) {
    out = *std::move(parsed);
  } else {
    errors.Add(parsed.status());
  }
}

// ---- The fields that a create and an update write

absl::StatusOr<std::string> ParseDisplayName(const v1::TaskKind& kind) {
  return ParseText("task_kind.display_name", kind.display_name(), {.max = kTaskKindNameCharacters});
}

absl::StatusOr<int> ParseRange(std::string_view field, int value, int minimum, int maximum) {
  if (value < minimum || value > maximum) return BadField(field, fmt::format("must be {} to {}", minimum, maximum));
  return value;
}

absl::StatusOr<int> ParsePriority(const v1::TaskKind& kind) {
  return ParseRange("task_kind.priority", kind.priority(), 0, kPriorityMaximum);
}

absl::StatusOr<int> ParseDuration(const v1::TaskKind& kind) {
  return ParseRange("task_kind.duration_minutes", kind.duration_minutes(), 1, kDurationMinutesMaximum);
}

absl::StatusOr<int> ParseWithinMetres(const v1::TaskKind& kind) {
  return ParseRange("task_kind.within_metres", kind.within_metres(), 0, kWithinMetresMaximum);
}

absl::StatusOr<std::vector<std::string>> ParseClaimRoles(const v1::TaskKind& kind) {
  std::vector<std::string> roles;
  for (int i = 0; i < kind.claim_roles_size(); ++i) {
    std::string field = fmt::format("task_kind.claim_roles[{}]", i);
    std::string_view name = options::v1::Role_Name(kind.claim_roles(i));  // "" for a number that is none
    if (name.starts_with(kRolePrefix)) name.remove_prefix(kRolePrefix.size());
    if (!IsClaimRole(name)) return BadField(field, "must be ROLE_FIELD_WORKER, ROLE_INSPECTOR or ROLE_CARE_WORKER");
    if (std::find(roles.begin(), roles.end(), name) != roles.end()) return BadField(field, "must be named only once");
    roles.emplace_back(name);
  }
  return roles;
}

absl::StatusOr<std::vector<std::string>> ParseQualifications(const v1::TaskKind& kind) {
  if (kind.qualifications_size() > kQualificationsMaximum)
    return BadField("task_kind.qualifications", fmt::format("at most {}", kQualificationsMaximum));
  std::vector<std::string> codes;
  for (int i = 0; i < kind.qualifications_size(); ++i) {
    std::string field = fmt::format("task_kind.qualifications[{}]", i);
    ASSIGN_OR_RETURN(std::string code, ParseCode(field, kind.qualifications(i), "_", kQualificationCharacters));
    if (std::find(codes.begin(), codes.end(), code) != codes.end()) return BadField(field, "must be named only once");
    codes.push_back(std::move(code));
  }
  return codes;
}

absl::StatusOr<int> ParseMaxFailures(const v1::TaskKind& kind) {
  if (kind.max_failures() == 0) return kMaxFailures;
  return ParseRange("task_kind.max_failures", kind.max_failures(), 1, kMaxFailuresMaximum);
}

absl::StatusOr<Form> ParseCheckedForm(const v1::TaskKind& kind, const CodeBook& book) {
  ASSIGN_OR_RETURN(Form form, ParseForm(kind.form(), "task_kind.form"));
  RETURN_IF_ERROR(CheckForm(form, book, "task_kind.form"));
  return form;
}

}  // namespace

absl::StatusOr<std::string> ParseTaskKindName(std::string_view field, std::string_view name) {
  if (!name.starts_with(kCollection) ||
      !ParseCode(field, name.substr(kCollection.size()), "_", kTaskKindCodeCharacters).ok()) {
    return BadField(field, "must be taskKinds/{code}");
  }
  return std::string(name.substr(kCollection.size()));
}

std::string TaskKindName(std::string_view code) { return fmt::format("{}{}", kCollection, code); }

absl::StatusOr<TaskKind> ParseCreate(const v1::CreateTaskKindRequest& request, const CodeBook& book, absl::Time now) {
  const v1::TaskKind& proto = request.task_kind();
  TaskKind out{.created = now, .updated = now};
  FieldErrors errors;
  Take(ParseCode("task_kind.code", proto.code(), "_", kTaskKindCodeCharacters), out.code, errors);
  Take(ParseDisplayName(proto), out.display_name, errors);
  Take(ParseAreaPath("task_kind.area", proto.area()), out.area, errors);
  Take(ParsePriority(proto), out.priority, errors);
  Take(ParseDuration(proto), out.duration_minutes, errors);
  Take(ParseWithinMetres(proto), out.within_metres, errors);
  Take(ParseClaimRoles(proto), out.claim_roles, errors);
  Take(ParseQualifications(proto), out.qualifications, errors);
  Take(ParseMaxFailures(proto), out.max_failures, errors);
  Take(ParseCheckedForm(proto, book), out.form, errors);
  RETURN_IF_ERROR(errors.status());
  out.form.version = 1;
  return out;
}

absl::StatusOr<TaskKindChange> ParseUpdate(const v1::UpdateTaskKindRequest& request, const CodeBook& book) {
  const v1::TaskKind& proto = request.task_kind();
  const auto& paths = request.update_mask().paths();
  TaskKindChange out;
  FieldErrors errors;
  Take(ParseTaskKindName("task_kind.name", proto.name()), out.code, errors);
  Take(ParseEtag("task_kind.etag", proto.etag()), out.version, errors);
  for (const std::string& path : std::set<std::string>(paths.begin(), paths.end())) {
    if (path == "display_name") {
      Take(ParseDisplayName(proto), out.display_name, errors);
    } else if (path == "priority") {
      Take(ParsePriority(proto), out.priority, errors);
    } else if (path == "duration_minutes") {
      Take(ParseDuration(proto), out.duration_minutes, errors);
    } else if (path == "within_metres") {
      Take(ParseWithinMetres(proto), out.within_metres, errors);
    } else if (path == "claim_roles") {
      Take(ParseClaimRoles(proto), out.claim_roles, errors);
    } else if (path == "qualifications") {
      Take(ParseQualifications(proto), out.qualifications, errors);
    } else if (path == "max_failures") {
      Take(ParseMaxFailures(proto), out.max_failures, errors);
    } else if (path == "form") {
      Take(ParseCheckedForm(proto, book), out.form, errors);
    } else {
      return BadField("update_mask", "must name fields that can be updated");
    }
  }
  if (paths.empty()) errors.Add("update_mask", "must name a field");
  RETURN_IF_ERROR(errors.status());
  return out;
}

v1::TaskKind ToProto(const TaskKind& kind) {
  v1::TaskKind proto;
  proto.set_name(TaskKindName(kind.code));
  proto.set_etag(EtagOf(kind.version));
  proto.set_code(kind.code);
  proto.set_display_name(kind.display_name);
  proto.set_area(kind.area);
  proto.set_priority(kind.priority);
  proto.set_duration_minutes(kind.duration_minutes);
  proto.set_within_metres(kind.within_metres);
  for (const std::string& role : kind.claim_roles) {
    options::v1::Role value{};
    if (options::v1::Role_Parse(fmt::format("{}{}", kRolePrefix, role), &value)) proto.add_claim_roles(value);
  }
  for (const std::string& code : kind.qualifications) proto.add_qualifications(code);
  proto.set_max_failures(kind.max_failures);
  *proto.mutable_form() = ToProto(kind.form);
  *proto.mutable_create_time() = ToTimestamp(kind.created);
  *proto.mutable_update_time() = ToTimestamp(kind.updated);
  return proto;
}

}  // namespace gridwork::tasks
