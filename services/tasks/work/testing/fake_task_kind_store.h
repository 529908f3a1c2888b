// TaskKindStore in memory.
#pragma once
#include <map>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "services/tasks/work/task_errors.h"
#include "services/tasks/work/task_kind_store.h"
#include "tests/support/fake_units.h"

namespace gridwork::tasks {

class FakeTaskKindStore : public TaskKindStore {
 public:
  absl::StatusOr<TaskKind> Find(const std::string& code) override {
    MutexLock lock(mu_);
    auto it = kinds_.find(code);
    if (it == kinds_.end()) return NotFound();
    return it->second;
  }
  absl::StatusOr<std::vector<TaskKind>> All() override {
    MutexLock lock(mu_);
    std::vector<TaskKind> out;
    for (const auto& [code, kind] : kinds_) out.push_back(kind);
    return out;
  }
  absl::StatusOr<Form> FindForm(const std::string& code, int version) override {
    MutexLock lock(mu_);
    auto it = forms_.find({code, version});
    if (it == forms_.end()) return NotFound();
    return it->second;
  }
  absl::Status Create(Unit& unit, const TaskKind& kind) override {
    MutexLock lock(mu_);
    if (kinds_.contains(kind.code)) return errors::TaskKindExists(kind.code);
    Put(unit, kind);
    return absl::OkStatus();
  }
  absl::Status Update(Unit& unit, const TaskKind& kind) override {
    MutexLock lock(mu_);
    auto it = kinds_.find(kind.code);
    if (it == kinds_.end()) return NotFound();
    if (it->second.version != kind.version - 1) return errors::EtagMismatch(it->second.version);
    Put(unit, kind);
    return absl::OkStatus();
  }

 private:
  static absl::Status NotFound() { return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "no such TaskKind"); }
  void Put(Unit& unit, const TaskKind& kind) REQUIRES(mu_) {
    gridwork::testing::FakeUnit::Of(unit).OnRollback([this, kinds = kinds_, forms = forms_] {
      MutexLock lock(mu_);
      kinds_ = kinds;
      forms_ = forms;
    });
    kinds_[kind.code] = kind;
    forms_[{kind.code, kind.form.version}] = kind.form;
  }

  Mutex mu_;
  std::map<std::string, TaskKind> kinds_ GUARDED_BY(mu_);
  std::map<std::pair<std::string, int>, Form> forms_ GUARDED_BY(mu_);
};

}  // namespace gridwork::tasks
