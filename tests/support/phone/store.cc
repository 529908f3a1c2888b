#include "tests/support/phone/store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <stdexcept>

#include "common/base/sha256.h"

namespace gridwork::testing {
namespace {

constexpr char kSchema[] = R"(
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS grid (path TEXT PRIMARY KEY, cursor TEXT NOT NULL, complete INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS record (grid TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, body BLOB NOT NULL,
                                     PRIMARY KEY (grid, name));
  CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, mutation BLOB NOT NULL, state INTEGER NOT NULL,
                                     why TEXT NOT NULL, attempts INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS photo (id INTEGER PRIMARY KEY AUTOINCREMENT, task TEXT NOT NULL, attempt INTEGER NOT NULL,
                                    sha256 BLOB NOT NULL, picture BLOB NOT NULL, state INTEGER NOT NULL,
                                    why TEXT NOT NULL, attempts INTEGER NOT NULL);
)";

// "place/{uuid}/{version}", from the name "places/{uuid}".
uint64_t HashOf(const std::string& name, int64_t version) {
  size_t slash = name.find('/');
  const Sha256 hash = Sha256Of(fmt::format("{}/{}/{}", name.substr(0, slash - 1), name.substr(slash + 1), version));
  uint64_t out = 0;
  for (int i = 0; i < 8; ++i) out = out << 8 | hash[i];
  return out;
}

}  // namespace

class PhoneStore::Statement {
 public:
  Statement(sqlite3* db, const char* sql) : db_(db) {
    if (sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr) != SQLITE_OK) Fail();
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& Bind(const std::string& value) {
    sqlite3_bind_blob(statement_, ++bound_, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& Bind(int64_t value) {
    sqlite3_bind_int64(statement_, ++bound_, value);
    return *this;
  }
  bool Next() {
    int result = sqlite3_step(statement_);
    if (result != SQLITE_ROW && result != SQLITE_DONE) Fail();
    return result == SQLITE_ROW;
  }
  std::string Text(int column) {
    const void* bytes = sqlite3_column_blob(statement_, column);
    return bytes == nullptr ? std::string()
                            : std::string(static_cast<const char*>(bytes),
                                          static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
  }
  int64_t Number(int column) { return sqlite3_column_int64(statement_, column); }

 private:
  [[noreturn]] void Fail() { throw std::runtime_error(fmt::format("phone: {}", sqlite3_errmsg(db_))); }

  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

PhoneStore::PhoneStore(const std::string& file) {
  if (sqlite3_open(file.c_str(), &db_) != SQLITE_OK) throw std::runtime_error("phone: cannot open its file");
  Run(kSchema);
}

PhoneStore::~PhoneStore() { sqlite3_close(db_); }

PhoneStore::Statement PhoneStore::Prepare(const char* sql) { return {db_, sql}; }

void PhoneStore::Run(const char* sql) {
  char* error = nullptr;
  if (sqlite3_exec(db_, sql, nullptr, nullptr, &error) != SQLITE_OK) {
    std::string text = fmt::format("phone: {}", error);
    sqlite3_free(error);
    throw std::runtime_error(text);
  }
}

std::map<std::string, GridCopy> PhoneStore::Grids() {
  std::map<std::string, GridCopy> out;
  auto rows = Prepare("SELECT path, cursor, complete FROM grid ORDER BY path");
  while (rows.Next()) out[rows.Text(0)] = {rows.Text(1), rows.Number(2) != 0};
  return out;
}

void PhoneStore::Apply(const tasks::v1::GridChanges& changes) {
  Run("BEGIN IMMEDIATE");
  for (const auto& change : changes.changes()) {
    if (!change.removed().empty()) {
      Prepare("DELETE FROM record WHERE grid = ? AND name = ?").Bind(changes.grid()).Bind(change.removed()).Next();
      continue;
    }
    std::string name = change.has_place() ? change.place().name() : change.task().name();
    Prepare("INSERT OR REPLACE INTO record (grid, name, version, body) VALUES (?, ?, ?, ?)")
        .Bind(changes.grid())
        .Bind(name)
        .Bind(change.version())
        .Bind(change.SerializeAsString())
        .Next();
  }
  Prepare("INSERT OR REPLACE INTO grid (path, cursor, complete) VALUES (?, ?, ?)")
      .Bind(changes.grid())
      .Bind(changes.cursor())
      .Bind(int64_t{changes.complete()})
      .Next();
  Run("COMMIT");
}

void PhoneStore::Drop(const std::string& grid) {
  Run("BEGIN IMMEDIATE");
  Prepare("DELETE FROM record WHERE grid = ?").Bind(grid).Next();
  Prepare("DELETE FROM grid WHERE path = ?").Bind(grid).Next();
  Run("COMMIT");
}

std::optional<tasks::v1::Place> PhoneStore::Place(const std::string& name) {
  auto rows = Prepare("SELECT body FROM record WHERE name = ?");
  rows.Bind(name);
  if (!rows.Next()) return std::nullopt;
  tasks::v1::Change change;
  change.ParseFromString(rows.Text(0));
  return change.place();
}

std::vector<tasks::v1::Place> PhoneStore::Places(const std::string& grid) {
  std::vector<tasks::v1::Place> out;
  auto rows = Prepare("SELECT body FROM record WHERE grid = ? ORDER BY name");
  rows.Bind(grid);
  while (rows.Next()) {
    tasks::v1::Change change;
    change.ParseFromString(rows.Text(0));
    if (change.has_place()) out.push_back(change.place());
  }
  return out;
}

std::vector<tasks::v1::Task> PhoneStore::Tasks(const std::string& grid) {
  std::vector<tasks::v1::Task> out;
  auto rows = Prepare("SELECT body FROM record WHERE grid = ? ORDER BY name");
  rows.Bind(grid);
  while (rows.Next()) {
    tasks::v1::Change change;
    change.ParseFromString(rows.Text(0));
    if (change.has_task()) out.push_back(change.task());
  }
  return out;
}

int64_t PhoneStore::Records(const std::string& grid) {
  auto rows = Prepare("SELECT COUNT(*) FROM record WHERE grid = ?");
  rows.Bind(grid).Next();
  return rows.Number(0);
}

uint64_t PhoneStore::Digest(const std::string& grid) {
  uint64_t out = 0;
  auto rows = Prepare("SELECT name, version FROM record WHERE grid = ?");
  rows.Bind(grid);
  while (rows.Next()) out ^= HashOf(rows.Text(0), rows.Number(1));
  return out;
}

int64_t PhoneStore::Add(const tasks::v1::Mutation& mutation) {
  Prepare("INSERT INTO outbox (mutation, state, why, attempts) VALUES (?, 0, 'not sent yet', 0)")
      .Bind(mutation.SerializeAsString())
      .Next();
  return sqlite3_last_insert_rowid(db_);
}

std::vector<OutboxItem> PhoneStore::Outbox() {
  std::vector<OutboxItem> out;
  auto rows = Prepare("SELECT id, mutation, state, why, attempts FROM outbox ORDER BY id");
  while (rows.Next()) {
    OutboxItem& item = out.emplace_back();
    item.id = rows.Number(0);
    item.mutation.ParseFromString(rows.Text(1));
    item.state = static_cast<OutboxState>(rows.Number(2));
    item.why = rows.Text(3);
    item.attempts = static_cast<int>(rows.Number(4));
  }
  return out;
}

std::vector<OutboxItem> PhoneStore::Waiting(int limit) {
  std::vector<OutboxItem> out;
  for (OutboxItem& item : Outbox()) {
    if (item.state == OutboxState::kWaiting && static_cast<int>(out.size()) < limit) out.push_back(std::move(item));
  }
  return out;
}

void PhoneStore::Settle(int64_t id, OutboxState state, const std::string& why) {
  Prepare("UPDATE outbox SET state = ?, why = ?, attempts = attempts + 1 WHERE id = ?")
      .Bind(int64_t{static_cast<int>(state)})
      .Bind(why)
      .Bind(id)
      .Next();
}

void PhoneStore::Add(const Photo& photo) {
  Prepare(
      "INSERT INTO photo (task, attempt, sha256, picture, state, why, attempts) VALUES (?, ?, ?, ?, 0, 'not sent yet', "
      "0)")
      .Bind(photo.task)
      .Bind(int64_t{photo.attempt})
      .Bind(photo.sha256)
      .Bind(photo.picture)
      .Next();
}

std::vector<Photo> PhoneStore::Photos() {
  std::vector<Photo> out;
  auto rows = Prepare("SELECT id, task, attempt, sha256, picture, state, why, attempts FROM photo ORDER BY id");
  while (rows.Next()) {
    out.push_back({.id = rows.Number(0),
                   .task = rows.Text(1),
                   .attempt = static_cast<int>(rows.Number(2)),
                   .sha256 = rows.Text(3),
                   .picture = rows.Text(4),
                   .state = static_cast<OutboxState>(rows.Number(5)),
                   .why = rows.Text(6),
                   .attempts = static_cast<int>(rows.Number(7))});
  }
  return out;
}

void PhoneStore::SettlePhoto(int64_t id, OutboxState state, const std::string& why) {
  Prepare("UPDATE photo SET state = ?, why = ?, attempts = attempts + 1 WHERE id = ?")
      .Bind(int64_t{static_cast<int>(state)})
      .Bind(why)
      .Bind(id)
      .Next();
}

}  // namespace gridwork::testing
