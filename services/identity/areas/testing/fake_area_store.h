// Areas in memory.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "services/identity/areas/area_convert.h"
#include "services/identity/areas/area_errors.h"
#include "services/identity/areas/area_store.h"
#include "tests/support/fake_units.h"

namespace gridwork::identity {

class FakeAreaStore : public AreaStore {
 public:
  absl::StatusOr<Area> Find(const std::string& code) override {
    auto area = FindWithGeometry(code);
    if (area.ok()) area->geometry.clear();
    return area;
  }

  absl::StatusOr<Area> FindWithGeometry(const std::string& code) override {
    MutexLock lock(mu_);
    for (const auto& [path, area] : areas_) {
      if (area.code == code) return area;
    }
    return errors::AreaNotFound();
  }

  absl::StatusOr<Area> FindAt(const std::string& code, absl::Time time) override {
    MutexLock lock(mu_);
    auto it = history_.find(code);
    if (it == history_.end()) return errors::AreaNotFound();
    auto after = it->second.upper_bound(time);
    if (after == it->second.begin()) return errors::AreaNotFound();
    return std::prev(after)->second;
  }

  absl::StatusOr<auth::Page<Area>> List(const auth::Scope& scope, const AreaQuery& query) override {
    std::string below;
    if (!query.ancestors_of.empty()) {
      auto area = Find(query.ancestors_of);
      below = area.ok() ? area->path : "/";
    }
    MutexLock lock(mu_);
    auth::Page<Area> page(scope);
    for (auto it = areas_.upper_bound(query.after); it != areas_.end(); ++it) {
      if (it->second.ended || !scope.Holds(it->first) || !Matches(it->second, query, below)) continue;
      if (page.rows.size() == query.limit) {
        page.next = page.rows.back().path;
        break;
      }
      page.rows.push_back(it->second);
      page.rows.back().geometry.clear();
    }
    return page;
  }

  absl::StatusOr<int64_t> ChangeCount() override {
    MutexLock lock(mu_);
    return change_count_;
  }

  absl::StatusOr<std::vector<AreaChange>> Changes(const std::string& root, int64_t after, size_t limit) override {
    MutexLock lock(mu_);
    std::vector<AreaChange> out;
    for (const AreaChange& change : changes_) {
      if (change.root == root && change.number > after && out.size() < limit) out.push_back(change);
    }
    return out;
  }

  absl::StatusOr<std::vector<Area>> AllWithGeometry() override {
    MutexLock lock(mu_);
    ++reads_of_all_;
    std::vector<Area> out;
    for (const auto& [path, area] : areas_) {
      if (!area.geometry.empty() && !area.ended) out.push_back(area);
    }
    return out;
  }

  absl::Status BeginChange(Unit& unit) override {
    MutexLock lock(mu_);
    ++change_count_;
    testing::FakeUnit::Of(unit).OnRollback([this] {
      MutexLock undo(mu_);
      --change_count_;
    });
    return absl::OkStatus();
  }

  absl::StatusOr<bool> IsEmpty(Unit&) override {
    MutexLock lock(mu_);
    return areas_.empty();
  }

  absl::StatusOr<std::optional<Area>> Read(Unit&, const std::string& code) override {
    auto area = FindWithGeometry(code);
    if (!area.ok()) return std::nullopt;
    return *area;
  }

  absl::StatusOr<bool> HasChildren(Unit&, const std::string& code) override {
    MutexLock lock(mu_);
    for (const auto& [path, area] : areas_) {
      if (area.parent == code && area.code != UnplacedCode(code) && !area.ended) return true;
    }
    return false;
  }

  absl::Status Insert(Unit& unit, const Area& area) override {
    if (Find(area.code).ok()) return errors::AreaCodeTaken(area.code);
    Write(unit, area);
    return absl::OkStatus();
  }

  absl::Status Update(Unit& unit, const Area& area) override {
    Area next = area;
    ++next.version;
    Write(unit, next);
    return absl::OkStatus();
  }

  absl::Status End(Unit& unit, const Area& area) override { return Update(unit, area); }

  absl::Status Record(Unit& unit, const AreaChange& change) override {
    MutexLock lock(mu_);
    changes_.push_back(change);
    changes_.back().number = change_count_;
    testing::FakeUnit::Of(unit).OnRollback([this] {
      MutexLock undo(mu_);
      changes_.pop_back();
    });
    return absl::OkStatus();
  }

  absl::Status KeepLiving(Unit&, const std::string& code) override {
    auto area = Find(code);
    if (!area.ok()) return area.status();
    return area->ended ? errors::AreaEnded(area->merged_into) : absl::OkStatus();
  }

  // For tests: how often the whole tree was read.
  int reads_of_all() const {
    MutexLock lock(mu_);
    return reads_of_all_;
  }

 private:
  static bool Matches(const Area& area, const AreaQuery& query, const std::string& below) {
    if (!query.parent.empty() && area.parent != query.parent) return false;
    if (!query.ancestors_of.empty() && !below.starts_with(area.path + "/")) return false;
    if (!query.level.empty() && area.level != query.level) return false;
    if (!query.search) return true;
    const auto& [words, code] = *query.search;
    bool by_words = !words.empty() && SearchText(area.display_name).find(words) != std::string::npos;
    return by_words || (!code.empty() && area.code.starts_with(code));
  }

  void Write(Unit& unit, const Area& area) {
    MutexLock lock(mu_);
    std::optional<Area> before;
    if (auto it = areas_.find(area.path); it != areas_.end()) before = it->second;
    areas_.insert_or_assign(area.path, area);
    auto history = history_;
    history_[area.code].insert_or_assign(area.updated, area);
    testing::FakeUnit::Of(unit).OnRollback([this, path = area.path, before, history] {
      MutexLock undo(mu_);
      history_ = history;
      if (before) {
        areas_.insert_or_assign(path, *before);
      } else {
        areas_.erase(path);
      }
    });
  }

  mutable Mutex mu_;
  std::map<std::string, Area> areas_ GUARDED_BY(mu_);                          // by path
  std::map<std::string, std::map<absl::Time, Area>> history_ GUARDED_BY(mu_);  // by code and beginning
  std::vector<AreaChange> changes_ GUARDED_BY(mu_);
  int64_t change_count_ GUARDED_BY(mu_) = 0;
  int reads_of_all_ GUARDED_BY(mu_) = 0;
};

}  // namespace gridwork::identity
