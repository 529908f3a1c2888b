// AttachmentStore in memory, for the tests of services. Passes the same contract test as the real one.
#pragma once
#include <atomic>
#include <map>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/tasks/evidence/attachment_errors.h"
#include "services/tasks/evidence/attachment_store.h"
#include "tests/support/fake_units.h"

namespace gridwork::tasks {

class FakeAttachmentStore : public AttachmentStore {
 public:
  explicit FakeAttachmentStore(const Clock& clock) : clock_(clock) {}

  absl::StatusOr<Attachment> Find(const Uuid& id) override {
    MutexLock lock(mu_);
    auto it = rows_.find(id);
    if (it == rows_.end()) return errors::AttachmentNotFound();
    return it->second;
  }
  absl::StatusOr<std::vector<Attachment>> OfTask(const Uuid& task) override {
    MutexLock lock(mu_);
    std::vector<Attachment> out;
    for (const auto& [id, row] : rows_) {
      if (row.task == task) out.push_back(row);
    }
    return out;
  }
  absl::StatusOr<std::vector<Attachment>> OfTask(Unit&, const Uuid& task) override { return OfTask(task); }
  absl::Status Create(Unit& unit, const Attachment& attachment) override {
    MutexLock lock(mu_);
    rows_[attachment.id] = attachment;
    gridwork::testing::FakeUnit::Of(unit).OnRollback([this, id = attachment.id] {
      MutexLock undo(mu_);
      rows_.erase(id);
    });
    return absl::OkStatus();
  }
  absl::StatusOr<bool> Advance(const Uuid& id, int64_t from, int64_t to) override {
    MutexLock lock(mu_);
    auto it = rows_.find(id);
    if (it == rows_.end() || it->second.state != AttachmentState::kUploading || it->second.received != from)
      return false;
    it->second.received = to;
    it->second.updated = clock_.Now();
    return true;
  }
  absl::StatusOr<bool> Finish(const Attachment& done) override {
    MutexLock lock(mu_);
    auto it = rows_.find(done.id);
    if (it == rows_.end() || it->second.state != AttachmentState::kUploading) return false;
    it->second = done;
    it->second.updated = clock_.Now();
    return true;
  }
  absl::StatusOr<std::vector<Uuid>> Stale(absl::Time before, size_t limit) override {
    MutexLock lock(mu_);
    std::vector<Uuid> out;
    for (const auto& [id, row] : rows_) {
      if (IsStale(row, before) && out.size() < limit) out.push_back(id);
    }
    return out;
  }
  absl::StatusOr<bool> Forget(const Uuid& id, absl::Time before) override {
    MutexLock lock(mu_);
    auto it = rows_.find(id);
    if (it == rows_.end() || !IsStale(it->second, before)) return false;
    rows_.erase(it);
    return true;
  }
  absl::StatusOr<std::map<Uuid, AttachmentState>> States(const std::vector<Uuid>& ids) override {
    MutexLock lock(mu_);
    std::map<Uuid, AttachmentState> out;
    for (const Uuid& id : ids) {
      if (auto it = rows_.find(id); it != rows_.end()) out[id] = it->second.state;
    }
    return out;
  }
  absl::StatusOr<bool> Alone(const std::function<absl::Status()>& body) override {
    if (busy_.exchange(true)) return false;
    absl::Status status = body();
    busy_ = false;
    if (!status.ok()) return status;
    return true;
  }

 private:
  static bool IsStale(const Attachment& row, absl::Time before) {
    return row.state != AttachmentState::kReady && row.updated < before;
  }

  const Clock& clock_;
  Mutex mu_;
  std::map<Uuid, Attachment> rows_ GUARDED_BY(mu_);
  std::atomic<bool> busy_ = false;
};

}  // namespace gridwork::tasks
