// What a phone keeps in its own SQLite file: copies of its grids, an outbox, and pictures to be handed in. Not
// thread-safe.
#pragma once
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gridwork/tasks/v1/sync_service.pb.h"

struct sqlite3;

namespace gridwork::testing {

// Why an item is still in the outbox, or how it left.
enum class OutboxState {
  kWaiting = 0,   // to be pushed; `why` says what went wrong last
  kDone = 1,      // APPLIED, or DUPLICATE
  kConflict = 2,  // kept by the server for a dispatcher
  kLate = 3,      // the same
  kRejected = 4,  // `why` is the reason: to be corrected, or given up, by the person
};

struct OutboxItem {
  int64_t id = 0;
  tasks::v1::Mutation mutation;
  OutboxState state = OutboxState::kWaiting;
  std::string why;
  int attempts = 0;
};

// A picture; it stays when it was handed in.
struct Photo {
  int64_t id = 0;
  std::string task;
  int attempt = 0;
  std::string sha256;
  std::string picture;
  OutboxState state = OutboxState::kWaiting;
  std::string why;
  int attempts = 0;
};

struct GridCopy {
  std::string cursor;
  bool complete = false;
};

class PhoneStore {
 public:
  // `file` survives the process; ":memory:" does not. Throws when it cannot be opened.
  explicit PhoneStore(const std::string& file);
  ~PhoneStore();

  // ---- grids

  std::map<std::string, GridCopy> Grids();
  // Applies the changes of one grid and its new cursor in one transaction.
  void Apply(const tasks::v1::GridChanges& changes);
  // Removes the grid, its records and its cursor.
  void Drop(const std::string& grid);

  std::optional<tasks::v1::Place> Place(const std::string& name);
  std::vector<tasks::v1::Place> Places(const std::string& grid);
  std::vector<tasks::v1::Task> Tasks(const std::string& grid);
  int64_t Records(const std::string& grid);
  // XOR of the hashes of the grid's records, as sync_service.proto describes it.
  uint64_t Digest(const std::string& grid);

  // ---- outbox: an item is there before anything else happens to it, and never leaves

  int64_t Add(const tasks::v1::Mutation& mutation);
  std::vector<OutboxItem> Outbox();
  std::vector<OutboxItem> Waiting(int limit);
  void Settle(int64_t id, OutboxState state, const std::string& why);

  // ---- pictures: the same

  void Add(const Photo& photo);
  std::vector<Photo> Photos();
  void SettlePhoto(int64_t id, OutboxState state, const std::string& why);

 private:
  class Statement;
  Statement Prepare(const char* sql);
  void Run(const char* sql);

  sqlite3* db_ = nullptr;
};

}  // namespace gridwork::testing
