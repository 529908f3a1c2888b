#include "services/tasks/work/mysql_task_kind_store.h"

#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <absl/time/clock.h>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/mysql/transaction.h"
#include "services/tasks/form_convert.h"
#include "services/tasks/work/task_errors.h"

namespace gridwork::tasks {
namespace {

using mysql::Row;
using mysql::Rows;
using mysql::Transaction;

#define KIND_COLUMNS                                                                                            \
  "k.code, k.display_name, k.area, k.priority, k.duration_minutes, k.within_metres, k.claim_roles, k.version, " \
  "k.created_us, "                                                                                              \
  "k.updated_us, k.qualifications, k.max_failures, f.content"
#define KIND_TABLES "task_kind k JOIN task_form f ON f.kind = k.code AND f.version = k.form_version"

constexpr char kFind[] = "SELECT " KIND_COLUMNS " FROM " KIND_TABLES " WHERE k.code = ?";
constexpr char kAll[] = "SELECT " KIND_COLUMNS " FROM " KIND_TABLES " ORDER BY k.code";
constexpr char kFindForm[] = "SELECT content FROM task_form WHERE kind = ? AND version = ?";
constexpr char kInsert[] =
    "INSERT INTO task_kind (code, display_name, area, priority, duration_minutes, within_metres, claim_roles, "
    "form_version, version, "
    "created_us, updated_us, qualifications, max_failures) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kUpdate[] =
    "UPDATE task_kind SET display_name = ?, priority = ?, duration_minutes = ?, within_metres = ?, claim_roles = ?, "
    "form_version = ?, "
    "version = ?, updated_us = ?, qualifications = ?, max_failures = ? WHERE code = ? AND version = ?";
constexpr char kVersion[] = "SELECT version FROM task_kind WHERE code = ?";
constexpr char kInsertForm[] =
    "INSERT INTO task_form (kind, version, content, created_us) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE kind = "
    "kind";

constexpr absl::Duration kReadTimeout = absl::Seconds(5);
absl::Time Soon() { return absl::Now() + kReadTimeout; }

absl::Status NotFound() { return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "no such TaskKind"); }

std::string Join(const std::vector<std::string>& codes) { return absl::StrJoin(codes, ","); }

absl::StatusOr<TaskKind> ToKind(const Row& row) {
  ASSIGN_OR_RETURN(Form form, ParseForm(row.Get<std::string>("content")));
  return TaskKind{.code = row.Get<std::string>("code"),
                  .version = row.Get<int64_t>("version"),
                  .display_name = row.Get<std::string>("display_name"),
                  .area = row.Get<std::string>("area"),
                  .priority = row.Get<int>("priority"),
                  .duration_minutes = row.Get<int>("duration_minutes"),
                  .within_metres = row.Get<int>("within_metres"),
                  .claim_roles = absl::StrSplit(row.Get<std::string>("claim_roles"), ',', absl::SkipEmpty()),
                  .qualifications = absl::StrSplit(row.Get<std::string>("qualifications"), ',', absl::SkipEmpty()),
                  .max_failures = row.Get<int>("max_failures"),
                  .form = std::move(form),
                  .created = row.Get<absl::Time>("created_us"),
                  .updated = row.Get<absl::Time>("updated_us")};
}

absl::Status InsertForm(Transaction& transaction, const TaskKind& kind) {
  return transaction.Execute(kInsertForm, kind.code, kind.form.version, SerializeForm(kind.form), kind.updated)
      .status();
}

}  // namespace

absl::StatusOr<TaskKind> MysqlTaskKindStore::Find(const std::string& code) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kFind, code));
  if (rows.empty()) return NotFound();
  return ToKind(rows[0]);
}

absl::StatusOr<std::vector<TaskKind>> MysqlTaskKindStore::All() {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kAll));
  std::vector<TaskKind> out;
  for (Row row : rows) {
    ASSIGN_OR_RETURN(TaskKind kind, ToKind(row));
    out.push_back(std::move(kind));
  }
  return out;
}

absl::StatusOr<Form> MysqlTaskKindStore::FindForm(const std::string& code, int version) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kFindForm, code, version));
  if (rows.empty()) return NotFound();
  return ParseForm(rows[0].Get<std::string>(0));
}

absl::Status MysqlTaskKindStore::Create(Unit& unit, const TaskKind& k) {
  Transaction& transaction = Transaction::Of(unit);
  absl::Status inserted = transaction
                              .Execute(kInsert, k.code, k.display_name, k.area, k.priority, k.duration_minutes,
                                       k.within_metres, Join(k.claim_roles), k.form.version, k.version, k.created,
                                       k.updated, Join(k.qualifications), k.max_failures)
                              .status();
  if (absl::IsAlreadyExists(inserted)) return errors::TaskKindExists(k.code);
  RETURN_IF_ERROR(inserted);
  return InsertForm(transaction, k);
}

absl::Status MysqlTaskKindStore::Update(Unit& unit, const TaskKind& k) {
  Transaction& transaction = Transaction::Of(unit);
  ASSIGN_OR_RETURN(int64_t found,
                   transaction.Execute(kUpdate, k.display_name, k.priority, k.duration_minutes, k.within_metres,
                                       Join(k.claim_roles), k.form.version, k.version, k.updated,
                                       Join(k.qualifications), k.max_failures, k.code, k.version - 1));
  if (found == 0) {
    ASSIGN_OR_RETURN(Rows rows, transaction.Query(kVersion, k.code));
    return rows.empty() ? NotFound() : errors::EtagMismatch(rows[0].Get<int64_t>(0));
  }
  return InsertForm(transaction, k);
}

}  // namespace gridwork::tasks
