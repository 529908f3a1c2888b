// Units of work without a database, for services that are tested with fake stores.
#pragma once
#include <array>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/mutex.h"
#include "common/base/unit.h"

namespace gridwork::testing {

// What a fake store does in a unit of work it can take back.
class FakeUnit : public Unit {
 public:
  // Throws std::bad_cast for another kind of unit.
  static FakeUnit& Of(Unit& unit) { return dynamic_cast<FakeUnit&>(unit); }

  // Runs when the unit fails, the last one first.
  void OnRollback(std::function<void()> undo) { undo_.push_back(std::move(undo)); }
  void AfterCommit(std::function<void()> action) override { after_commit_.push_back(std::move(action)); }

 private:
  friend class FakeUnits;
  void Rollback();

  std::vector<std::function<void()>> undo_;
  std::vector<std::function<void()>> after_commit_;
};

// The contract of Units, in memory. Thread-safe: one unit at a time.
class FakeUnits : public Units {
 public:
  absl::StatusOr<std::optional<std::string>> FindResponse(const RequestKey& key) override;
  absl::StatusOr<std::string> Run(const RequestKey& key, absl::Time deadline,
                                  const std::function<absl::StatusOr<std::string>(Unit&)>& body) override;

  // The next `times` units meet a deadlock after their body, and are run again.
  void FailWithDeadlock(int times);

 private:
  struct Entry {
    std::string method;
    std::array<uint8_t, 32> body_hmac;
    std::string response;
  };
  absl::StatusOr<std::optional<std::string>> Find(const RequestKey& key) const REQUIRES(mu_);

  Mutex mu_;
  std::map<std::pair<std::string, Uuid>, Entry> log_ GUARDED_BY(mu_);
  int deadlocks_ GUARDED_BY(mu_) = 0;
};

}  // namespace gridwork::testing
