#include "services/tasks/work/mysql_task_store.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/mysql/predicates.h"
#include "common/mysql/transaction.h"
#include "services/tasks/work/task_errors.h"

namespace gridwork::tasks {
namespace {

using mysql::Params;
using mysql::Row;
using mysql::Rows;
using mysql::Transaction;

#define TASK_COLUMNS                                                                                                  \
  "id, kind, place, grid, roles, state, priority, due_us, assignee, claimant, attempt, lease_until_us, return_note, " \
  "form_version, version, created_us, updated_us, qualifications, lease_kind, start_us, first_start_us, failures, "   \
  "leases_over, assign_reason, replay_reason, second_visit_of"
constexpr size_t kTaskColumns = 26;

constexpr char kFind[] = "SELECT " TASK_COLUMNS " FROM task WHERE id = ?";
constexpr char kLock[] = "SELECT " TASK_COLUMNS " FROM task WHERE id = ? FOR UPDATE";
constexpr char kFindAll[] = "SELECT " TASK_COLUMNS " FROM task WHERE id IN ({})";
constexpr char kLockFree[] = "SELECT " TASK_COLUMNS " FROM task WHERE id IN ({}) ORDER BY id FOR UPDATE SKIP LOCKED";
constexpr char kList[] = "SELECT " TASK_COLUMNS " FROM task WHERE {} ORDER BY id LIMIT ?";
constexpr char kCount[] = "SELECT state, COUNT(*) FROM task WHERE grid = ? OR (grid >= ? AND grid < ?) GROUP BY state";
constexpr char kClaimants[] = "SELECT worker FROM task_attempt WHERE task = ? ORDER BY attempt";
constexpr char kAttempts[] =
    "SELECT attempt, worker, outcome, reason, claimed_us, ended_us FROM task_attempt WHERE task = ? ORDER BY attempt";
constexpr char kScanQueued[] =
    "SELECT " TASK_COLUMNS " FROM task FORCE INDEX (PRIMARY) WHERE id > ? AND state IN (2, 3) ORDER BY id LIMIT ?";
constexpr char kQueuedIn[] =
    "SELECT id, grid, roles, qualifications, version, state, assignee FROM task WHERE state IN (2, 3) AND {}";
constexpr char kLockAssigned[] =
    "SELECT " TASK_COLUMNS
    " FROM task WHERE assignee IN ({}) AND state = 2 ORDER BY queue_rank, id LIMIT ? FOR UPDATE SKIP LOCKED";
constexpr char kLockAll[] = "SELECT " TASK_COLUMNS " FROM task WHERE id IN ({}) ORDER BY id FOR UPDATE";
// A loose scan of the index task_queue: its cost is the number of lanes, not that of tasks.
constexpr char kReadyLanes[] = "SELECT DISTINCT grid, roles, qualifications FROM task WHERE state = 2 AND {} LIMIT ?";
constexpr char kAllReadyLanes[] = "SELECT DISTINCT grid, roles, qualifications FROM task WHERE state = 2 LIMIT ?";
constexpr char kLockReady[] = "SELECT " TASK_COLUMNS
                              " FROM task WHERE state = 2 AND grid = ? AND roles = ? AND qualifications = ? AND "
                              "assignee = '' ORDER BY queue_rank, id LIMIT ? FOR UPDATE SKIP LOCKED";
constexpr char kLockExpired[] =
    "SELECT " TASK_COLUMNS
    " FROM task WHERE state = 3 AND lease_until_us <= ? ORDER BY lease_until_us LIMIT ? FOR UPDATE SKIP LOCKED";
constexpr char kLockDue[] =
    "SELECT " TASK_COLUMNS
    " FROM task WHERE state = 1 AND start_us <= ? ORDER BY start_us LIMIT ? FOR UPDATE SKIP LOCKED";
constexpr char kInsert[] = "INSERT INTO task (" TASK_COLUMNS ") VALUES {}";
constexpr char kUpdate[] =
    "UPDATE task SET state = ?, assignee = ?, claimant = ?, attempt = ?, lease_kind = ?, lease_until_us = ?, "
    "start_us = ?, failures = ?, leases_over = ?, assign_reason = ?, replay_reason = ?, return_note = ?, version = ?, "
    "updated_us = ? WHERE id = ?";
constexpr char kUpdateAttempt[] =
    "UPDATE task_attempt SET outcome = ?, reason = ?, ended_us = ? WHERE task = ? AND attempt = ?";
// All tasks of one claim change alike; each keeps its own attempt and version by counting up.
constexpr char kUpdateClaimed[] =
    "UPDATE task SET state = 3, claimant = ?, attempt = attempt + 1, lease_kind = ?, lease_until_us = ?, version = "
    "version + 1, "
    "updated_us = GREATEST(updated_us, ?) WHERE id IN ({})";
constexpr char kLockOfPlaces[] = "SELECT " TASK_COLUMNS " FROM task WHERE place IN ({}) ORDER BY id FOR UPDATE";
constexpr char kUpdateGrids[] = "UPDATE task SET grid = ?, version = version + 1, updated_us = ? WHERE id IN ({})";
constexpr char kUpdateLeases[] = "UPDATE task SET lease_until_us = ? WHERE id IN ({})";
constexpr char kInsertAttempts[] = "INSERT INTO task_attempt (task, attempt, worker, claimed_us) VALUES {}";
constexpr char kInsertSubmission[] =
    "INSERT INTO submission (task, attempt, state, worker, form_version, content, near_place, review_note, created_us) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kUpdateSubmission[] =
    "UPDATE submission SET state = ?, review_note = ?, second_visit = COALESCE(?, second_visit) WHERE task = ? AND "
    "attempt = ?";
#define SUBMISSION_COLUMNS                                                                                       \
  "s.task, s.attempt, s.state, s.worker, s.form_version, s.content, s.near_place, s.review_note, s.created_us, " \
  "s.second_visit"
constexpr char kSubmissions[] = "SELECT " SUBMISSION_COLUMNS " FROM submission s WHERE s.task = ? ORDER BY s.attempt";
constexpr char kFindSubmission[] = "SELECT " SUBMISSION_COLUMNS " FROM submission s WHERE s.task = ? AND s.attempt = ?";
constexpr char kListLate[] = "SELECT " SUBMISSION_COLUMNS
                             " FROM submission s JOIN task t ON t.id = s.task WHERE s.state = 4 AND {} ORDER BY "
                             "s.task, s.attempt LIMIT ?";

constexpr size_t kIdBytes = 16;
constexpr absl::Duration kReadTimeout = absl::Seconds(5);

absl::Time Soon() { return absl::Now() + kReadTimeout; }

Task ToTask(const Row& row) {
  return {.id = row.Get<Uuid>("id"),
          .kind = row.Get<std::string>("kind"),
          .place = row.Get<Uuid>("place"),
          .grid = row.Get<std::string>("grid"),
          .roles = row.Get<std::string>("roles"),
          .qualifications = row.Get<std::string>("qualifications"),
          .state = static_cast<TaskState>(row.Get<int>("state")),
          .priority = row.Get<int>("priority"),
          .due = row.Get<std::optional<absl::Time>>("due_us"),
          .assignee = row.Get<std::string>("assignee"),
          .claimant = row.Get<std::string>("claimant"),
          .attempt = row.Get<int>("attempt"),
          .lease_kind = static_cast<LeaseKind>(row.Get<int>("lease_kind")),
          .lease_until = row.Get<std::optional<absl::Time>>("lease_until_us"),
          .start = row.Get<std::optional<absl::Time>>("start_us"),
          .first_start = row.Get<std::optional<absl::Time>>("first_start_us"),
          .failures = row.Get<int>("failures"),
          .leases_over = row.Get<int>("leases_over"),
          .assign_reason = row.Get<int>("assign_reason"),
          .replay_reason = row.Get<int>("replay_reason"),
          .return_note = row.Get<std::string>("return_note"),
          .second_visit_of = row.Get<std::string>("second_visit_of"),
          .form_version = row.Get<int>("form_version"),
          .version = row.Get<int64_t>("version"),
          .created = row.Get<absl::Time>("created_us"),
          .updated = row.Get<absl::Time>("updated_us")};
}

std::vector<Task> ToTasks(const Rows& rows) {
  std::vector<Task> out;
  out.reserve(rows.size());
  for (Row row : rows) out.push_back(ToTask(row));
  return out;
}

Submission ToSubmission(const Row& row) {
  return {.task = row.Get<Uuid>("task"),
          .attempt = row.Get<int>("attempt"),
          .state = static_cast<SubmissionState>(row.Get<int>("state")),
          .worker = row.Get<std::string>("worker"),
          .form_version = row.Get<int>("form_version"),
          .content = row.Get<std::string>("content"),
          .near_place = row.Get<std::optional<bool>>("near_place"),
          .review_note = row.Get<std::string>("review_note"),
          .second_visit = row.Get<std::optional<Uuid>>("second_visit"),
          .created = row.Get<absl::Time>("created_us")};
}

std::vector<Submission> ToSubmissions(const Rows& rows) {
  std::vector<Submission> out;
  out.reserve(rows.size());
  for (Row row : rows) out.push_back(ToSubmission(row));
  return out;
}

std::vector<Lane> ToLanes(const Rows& rows) {
  std::vector<Lane> out;
  for (Row row : rows) out.push_back({row.Get<std::string>(0), row.Get<std::string>(1), row.Get<std::string>(2)});
  return out;
}

Params IdParams(const std::vector<Uuid>& ids) { return {ids.begin(), ids.end()}; }

// What a phone needs for a task, about: its ids and times, and its note.
constexpr int64_t kBytesBesideTexts = 300;

// Phones hold what is still to be done or looked at.
bool OnPhones(const Task& t) { return t.open() || t.state == TaskState::kSubmitted; }

// The relay of the queue, and the phones of the grid.
void Tell(Transaction& transaction, const Task& t) {
  transaction.AddToOutbox(kTaskTopic, t.id.ToBytes());
  transaction.AddToFeed({.grid = t.grid,
                         .kind = kTaskFeed,
                         .id = t.id,
                         .bytes = kBytesBesideTexts + static_cast<int64_t>(t.grid.size() + t.return_note.size()),
                         .gone = !OnPhones(t)});
}

void TellThatItLeft(Transaction& transaction, const Task& t, const std::string& grid) {
  transaction.AddToOutbox(kTaskTopic, t.id.ToBytes() + grid);
  transaction.AddToFeed({.grid = grid, .kind = kTaskFeed, .id = t.id, .gone = true});
}

absl::StatusOr<std::vector<Task>> LockWith(Unit& unit, std::string_view sql, const Params& params) {
  ASSIGN_OR_RETURN(Rows rows, Transaction::Of(unit).QueryWith(sql, params));
  return ToTasks(rows);
}

}  // namespace

absl::StatusOr<Task> MysqlTaskStore::Find(const Uuid& id) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kFind, id));
  if (rows.empty()) return errors::TaskNotFound();
  return ToTask(rows[0]);
}

absl::StatusOr<std::vector<Task>> MysqlTaskStore::FindAll(const std::vector<Uuid>& ids) {
  if (ids.empty()) return std::vector<Task>();
  ASSIGN_OR_RETURN(Rows rows,
                   database_.QueryWith(Soon(), fmt::format(kFindAll, mysql::Placeholders(ids.size())), IdParams(ids)));
  return ToTasks(rows);
}

absl::StatusOr<std::vector<Task>> MysqlTaskStore::FindAll(Unit& unit, const std::vector<Uuid>& ids) {
  if (ids.empty()) return std::vector<Task>();
  return LockWith(unit, fmt::format(kFindAll, mysql::Placeholders(ids.size())), IdParams(ids));
}

absl::StatusOr<auth::Page<Task>> MysqlTaskStore::List(const auth::Scope& scope, const TaskQuery& query) {
  Params params;
  std::string where = mysql::ScopePredicate("grid", scope.areas(), params);
  auto add = [&](std::string_view condition, mysql::Param param) {
    where += fmt::format(" AND {}", condition);
    params.push_back(std::move(param));
  };
  if (!query.area.empty()) where += " AND " + mysql::AreaPredicate("grid", query.area, params);
  if (query.state) add("state = ?", static_cast<int>(*query.state));
  if (query.due_before) add("due_us < ?", *query.due_before);
  if (query.place) add("place = ?", *query.place);
  if (!query.worker.empty()) {
    where += " AND ((assignee = ? AND state IN (1, 2, 3)) OR (claimant = ? AND state = 3))";
    params.insert(params.end(), {query.worker, query.worker});
  }
  if (!query.after.empty()) add("id > ?", query.after);
  params.emplace_back(query.limit + 1);

  ASSIGN_OR_RETURN(Rows rows, database_.QueryWith(Soon(), fmt::format(kList, where), params));
  auth::Page<Task> page(scope);
  page.rows = ToTasks(rows);
  if (page.rows.size() > query.limit) {
    page.rows.pop_back();
    page.next = page.rows.back().id.ToBytes();
  }
  return page;
}

absl::StatusOr<std::map<TaskState, int64_t>> MysqlTaskStore::Count(const std::string& area) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kCount, area, area + "/", area + "0"));
  std::map<TaskState, int64_t> out;
  for (Row row : rows) out[static_cast<TaskState>(row.Get<int>(0))] = row.Get<int64_t>(1);
  return out;
}

absl::StatusOr<std::vector<std::string>> MysqlTaskStore::Claimants(const Uuid& id) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kClaimants, id));
  std::vector<std::string> out;
  for (Row row : rows) out.push_back(row.Get<std::string>(0));
  return out;
}

absl::StatusOr<std::vector<Attempt>> MysqlTaskStore::Attempts(const Uuid& id) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kAttempts, id));
  std::vector<Attempt> out;
  for (Row row : rows) {
    out.push_back({.attempt = row.Get<int>("attempt"),
                   .worker = row.Get<std::string>("worker"),
                   .end = {static_cast<AttemptOutcome>(row.Get<int>("outcome")), row.Get<int>("reason")},
                   .claimed = row.Get<absl::Time>("claimed_us"),
                   .ended = row.Get<std::optional<absl::Time>>("ended_us")});
  }
  return out;
}

absl::StatusOr<std::vector<Lane>> MysqlTaskStore::AllReadyLanes(size_t limit) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kAllReadyLanes, limit));
  return ToLanes(rows);
}

absl::StatusOr<std::vector<Task>> MysqlTaskStore::ScanQueued(const Uuid& after, size_t limit) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kScanQueued, after, limit));
  return ToTasks(rows);
}

absl::StatusOr<std::vector<QueuedTask>> MysqlTaskStore::QueuedIn(const std::string& area) {
  Params params;
  const std::string where = mysql::AreaPredicate("grid", area, params);
  ASSIGN_OR_RETURN(Rows rows, database_.QueryWith(Soon(), fmt::format(kQueuedIn, where), params));
  std::vector<QueuedTask> out;
  out.reserve(rows.size());
  for (Row row : rows) {
    out.push_back(
        {.id = row.Get<Uuid>("id"),
         .lane = {row.Get<std::string>("grid"), row.Get<std::string>("roles"), row.Get<std::string>("qualifications")},
         .version = row.Get<int64_t>("version"),
         .claimed = static_cast<TaskState>(row.Get<int>("state")) == TaskState::kClaimed,
         .assigned = !row.Get<std::string>("assignee").empty()});
  }
  return out;
}

absl::StatusOr<std::vector<Submission>> MysqlTaskStore::Submissions(const Uuid& task) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kSubmissions, task));
  return ToSubmissions(rows);
}

absl::StatusOr<Submission> MysqlTaskStore::FindSubmission(const Uuid& task, int attempt) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kFindSubmission, task, attempt));
  if (rows.empty()) return errors::SubmissionNotFound();
  return ToSubmission(rows[0]);
}

absl::StatusOr<auth::Page<Submission>> MysqlTaskStore::ListLate(const auth::Scope& scope, const std::string& area,
                                                                size_t limit, const std::string& after) {
  Params params;
  std::string where = mysql::ScopePredicate("t.grid", scope.areas(), params);
  if (!area.empty()) where += " AND " + mysql::AreaPredicate("t.grid", area, params);
  if (after.size() > kIdBytes) {  // 16 bytes of the task, then the attempt
    std::string task = after.substr(0, kIdBytes);
    where += " AND (s.task > ? OR (s.task = ? AND s.attempt > ?))";
    params.insert(params.end(), {task, task, std::stoi(after.substr(kIdBytes))});
  }
  params.emplace_back(limit + 1);
  ASSIGN_OR_RETURN(Rows rows, database_.QueryWith(Soon(), fmt::format(kListLate, where), params));
  auth::Page<Submission> page(scope);
  page.rows = ToSubmissions(rows);
  if (page.rows.size() > limit) {
    page.rows.pop_back();
    page.next = fmt::format("{}{}", page.rows.back().task.ToBytes(), page.rows.back().attempt);
  }
  return page;
}

absl::Status MysqlTaskStore::Create(Unit& unit, const std::vector<Task>& tasks) {
  if (tasks.empty()) return absl::OkStatus();
  Transaction& transaction = Transaction::Of(unit);
  Params params;
  for (const Task& t : tasks) {
    params.insert(params.end(), {t.id,
                                 t.kind,
                                 t.place,
                                 t.grid,
                                 t.roles,
                                 static_cast<int>(t.state),
                                 t.priority,
                                 t.due,
                                 t.assignee,
                                 t.claimant,
                                 t.attempt,
                                 t.lease_until,
                                 t.return_note,
                                 t.form_version,
                                 t.version,
                                 t.created,
                                 t.updated,
                                 t.qualifications,
                                 static_cast<int>(t.lease_kind),
                                 t.start,
                                 t.first_start,
                                 t.failures,
                                 t.leases_over,
                                 t.assign_reason,
                                 t.replay_reason,
                                 t.second_visit_of});
    Tell(transaction, t);
  }
  return transaction.ExecuteWith(fmt::format(kInsert, mysql::PlaceholderRows(tasks.size(), kTaskColumns)), params)
      .status();
}

absl::StatusOr<absl::Time> MysqlTaskStore::Now(Unit& unit) { return Transaction::Of(unit).Now(); }

absl::StatusOr<Task> MysqlTaskStore::Lock(Unit& unit, const Uuid& id) {
  ASSIGN_OR_RETURN(Rows rows, Transaction::Of(unit).Query(kLock, id));
  if (rows.empty()) return errors::TaskNotFound();
  return ToTask(rows[0]);
}

absl::StatusOr<std::vector<Task>> MysqlTaskStore::LockFree(Unit& unit, const std::vector<Uuid>& ids) {
  if (ids.empty()) return std::vector<Task>();
  return LockWith(unit, fmt::format(kLockFree, mysql::Placeholders(ids.size())), IdParams(ids));
}

absl::StatusOr<std::vector<Task>> MysqlTaskStore::LockAll(Unit& unit, const std::vector<Uuid>& ids) {
  if (ids.empty()) return std::vector<Task>();
  return LockWith(unit, fmt::format(kLockAll, mysql::Placeholders(ids.size())), IdParams(ids));
}

absl::StatusOr<std::vector<Task>> MysqlTaskStore::LockAssigned(Unit& unit, const std::vector<std::string>& workers,
                                                               size_t limit) {
  if (workers.empty()) return std::vector<Task>();
  Params params(workers.begin(), workers.end());
  params.emplace_back(limit);
  return LockWith(unit, fmt::format(kLockAssigned, mysql::Placeholders(workers.size())), params);
}

absl::StatusOr<std::vector<Lane>> MysqlTaskStore::ReadyLanes(Unit& unit, const auth::Scope& scope,
                                                             const std::string& area, size_t limit) {
  Params params;
  std::string where = mysql::ScopePredicate("grid", scope.areas(), params);
  if (!area.empty()) where += " AND " + mysql::AreaPredicate("grid", area, params);
  params.emplace_back(limit);
  ASSIGN_OR_RETURN(Rows rows, Transaction::Of(unit).QueryWith(fmt::format(kReadyLanes, where), params));
  return ToLanes(rows);
}

absl::StatusOr<std::vector<Task>> MysqlTaskStore::LockReady(Unit& unit, const Lane& lane, size_t limit) {
  return LockWith(unit, kLockReady, {lane.grid, lane.roles, lane.qualifications, limit});
}

absl::StatusOr<std::vector<Task>> MysqlTaskStore::LockExpired(Unit& unit, absl::Time now, size_t limit) {
  return LockWith(unit, kLockExpired, {now, limit});
}

absl::StatusOr<std::vector<Task>> MysqlTaskStore::LockDue(Unit& unit, absl::Time now, size_t limit) {
  return LockWith(unit, kLockDue, {now, limit});
}

absl::Status MysqlTaskStore::Update(Unit& unit, const Task& t) {
  Transaction& transaction = Transaction::Of(unit);
  Tell(transaction, t);
  RETURN_IF_ERROR(transaction
                      .Execute(kUpdate, static_cast<int>(t.state), t.assignee, t.claimant, t.attempt,
                               static_cast<int>(t.lease_kind), t.lease_until, t.start, t.failures, t.leases_over,
                               t.assign_reason, t.replay_reason, t.return_note, t.version, t.updated, t.id)
                      .status());
  if (!t.ended) return absl::OkStatus();
  return transaction
      .Execute(kUpdateAttempt, static_cast<int>(t.ended->outcome), t.ended->reason, t.updated, t.id, t.attempt)
      .status();
}

absl::Status MysqlTaskStore::UpdateClaimed(Unit& unit, const std::vector<Task>& tasks) {
  if (tasks.empty()) return absl::OkStatus();
  Transaction& transaction = Transaction::Of(unit);
  const Task& first = tasks.front();  // claimant and lease are the same for all of one claim
  absl::Time now = first.updated;     // later only where something changed after the claim had looked at the clock
  for (const Task& t : tasks) now = std::min(now, t.updated);
  Params update{first.claimant, static_cast<int>(first.lease_kind), first.lease_until, now}, attempts;
  for (const Task& t : tasks) {
    update.emplace_back(t.id);
    attempts.insert(attempts.end(), {t.id, t.attempt, t.claimant, t.updated});
    Tell(transaction, t);
  }
  RETURN_IF_ERROR(
      transaction.ExecuteWith(fmt::format(kUpdateClaimed, mysql::Placeholders(tasks.size())), update).status());
  return transaction.ExecuteWith(fmt::format(kInsertAttempts, mysql::PlaceholderRows(tasks.size(), 4)), attempts)
      .status();
}

absl::Status MysqlTaskStore::UpdateLeases(Unit& unit, const std::vector<Uuid>& ids, absl::Time until) {
  if (ids.empty()) return absl::OkStatus();
  Params params{until};
  params.insert(params.end(), ids.begin(), ids.end());
  return Transaction::Of(unit)
      .ExecuteWith(fmt::format(kUpdateLeases, mysql::Placeholders(ids.size())), params)
      .status();
}

absl::Status MysqlTaskStore::AddSubmission(Unit& unit, const Submission& s) {
  absl::Status status = Transaction::Of(unit)
                            .Execute(kInsertSubmission, s.task, s.attempt, static_cast<int>(s.state), s.worker,
                                     s.form_version, s.content, s.near_place, s.review_note, s.created)
                            .status();
  return absl::IsAlreadyExists(status) ? errors::AlreadySubmitted() : status;
}

absl::StatusOr<Submission> MysqlTaskStore::ReadSubmission(Unit& unit, const Uuid& task, int attempt) {
  ASSIGN_OR_RETURN(Rows rows, Transaction::Of(unit).Query(kFindSubmission, task, attempt));
  if (rows.empty()) return errors::SubmissionNotFound();
  return ToSubmission(rows[0]);
}

absl::Status MysqlTaskStore::UpdateSubmission(Unit& unit, const Uuid& task, int attempt, SubmissionState state,
                                              const std::string& note, const std::optional<Uuid>& second_visit) {
  return Transaction::Of(unit)
      .Execute(kUpdateSubmission, static_cast<int>(state), note, second_visit, task, attempt)
      .status();
}

absl::Status MysqlTaskStore::Follow(Unit& unit, const std::vector<MovedPlace>& moved) {
  if (moved.empty()) return absl::OkStatus();
  Transaction& transaction = Transaction::Of(unit);
  std::map<Uuid, std::string> grids;
  Params places;
  for (const MovedPlace& place : moved) {
    grids[place.id] = place.to;
    places.emplace_back(place.id);
  }
  ASSIGN_OR_RETURN(auto tasks, LockWith(unit, fmt::format(kLockOfPlaces, mysql::Placeholders(places.size())), places));
  ASSIGN_OR_RETURN(absl::Time now, transaction.Now());
  std::map<std::string, Params> by_grid;
  for (Task& task : tasks) {
    const std::string& grid = grids.at(task.place);
    if (task.grid == grid) continue;
    by_grid[grid].emplace_back(task.id);
    if (!OnPhones(task)) continue;  // neither phones nor the queue know of it
    TellThatItLeft(transaction, task, task.grid);
    task.grid = grid;
    Tell(transaction, task);
  }
  for (const auto& [grid, of_grid] : by_grid) {
    Params params{grid, now};
    params.insert(params.end(), of_grid.begin(), of_grid.end());
    RETURN_IF_ERROR(
        transaction.ExecuteWith(fmt::format(kUpdateGrids, mysql::Placeholders(of_grid.size())), params).status());
  }
  return absl::OkStatus();
}

absl::Status MysqlTaskStore::InTransaction(const std::function<absl::Status(Unit&)>& body) {
  return database_.RunInTransaction(Soon(), body);
}

}  // namespace gridwork::tasks
