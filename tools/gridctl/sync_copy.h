// A copy of grids in a file, as a phone keeps one: for looking at what the change feed says, and for scripts.
#pragma once
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gridwork/tasks/v1/sync_service.pb.h"

namespace gridwork::ctl {

class SyncCopy {
 public:
  // JSON: {"grids": {"CHI/...": {"cursor": "...", "records": {"places/...": 17}}}}; "" is an empty copy. BAD_JSON names
  // what is wrong.
  static absl::StatusOr<SyncCopy> Parse(std::string_view text);
  std::string ToJson() const;

  // What to ask for next.
  tasks::v1::PullRequest Request(const std::string& area) const;
  // Takes over what was answered; returns false when a grid has to be pulled anew: RESYNC, or a digest that differs.
  bool Take(const tasks::v1::GridChanges& changes);

  struct Grid {
    std::string cursor;
    std::map<std::string, int64_t> records;  // version by name
    uint64_t Digest() const;
  };
  const std::map<std::string, Grid>& grids() const { return grids_; }

 private:
  std::map<std::string, Grid> grids_;
};

// Mutations of a push, JSON lines with the names of the .proto file: {"edit_place": {"place": {...}, "update_mask":
// "status"}}. One without a request_id gets `new_id()`. BAD_JSON names the line.
absl::StatusOr<std::vector<tasks::v1::Mutation>> ParseMutations(std::string_view text,
                                                                const std::function<std::string()>& new_id);

// A place with some fields, JSON with the names of the .proto file. BAD_FIELD `field` otherwise.
absl::StatusOr<tasks::v1::Place> ParsePlace(std::string_view field, const std::string& text);

}  // namespace gridwork::ctl
