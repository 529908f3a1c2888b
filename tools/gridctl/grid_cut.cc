#include "tools/gridctl/grid_cut.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "tools/gridctl/csv.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

constexpr std::string_view kGridLevel = "grid";
constexpr size_t kMaxPoints = 2'000'000;

absl::StatusOr<size_t> ColumnOf(const std::vector<std::string>& header, const std::string& name) {
  auto found = std::find_if(header.begin(), header.end(),
                            [&](const std::string& column) { return Trim(column) == std::string_view(name); });
  if (found != header.end()) return static_cast<size_t>(found - header.begin());
  return Error(absl::StatusCode::kInvalidArgument, "COLUMN_MISSING",
               fmt::format("the file has no column {}; it has {}", name, fmt::join(header, ", ")));
}

}  // namespace

absl::StatusOr<PointFile> ReadPoints(const std::string& path, const std::string& latitude_column,
                                     const std::string& longitude_column) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(absl::StatusCode::kInvalidArgument, "FILE_UNREADABLE", path + ": cannot be opened");
  CsvReader reader(in);
  std::vector<std::string> record;
  ASSIGN_OR_RETURN(bool more, reader.Next(record));
  ASSIGN_OR_RETURN(size_t latitude, ColumnOf(record, latitude_column));
  ASSIGN_OR_RETURN(size_t longitude, ColumnOf(record, longitude_column));
  PointFile out;
  while (more) {
    ASSIGN_OR_RETURN(more, reader.Next(record));
    if (!more) break;
    if (record.size() <= std::max(latitude, longitude) || Trim(record[latitude]).empty() ||
        Trim(record[longitude]).empty()) {
      ++out.without;
      continue;
    }
    auto point = ParsePoint(record[latitude], record[longitude]);
    if (!point.ok()) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_CSV",
                   fmt::format("line {}: {}", reader.line(), std::string(point.status().message())));
    }
    if (out.points.size() == kMaxPoints) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_CSV", "more than 2,000,000 points");
    }
    out.points.push_back(*std::move(point));
  }
  return out;
}

bool IsUnplaced(std::string_view code_or_path) {
  std::string code = LastPart(code_or_path);
  return code == "UNPLACED" || code.ends_with("-UNPLACED");
}

CutPlan PlanCuts(const std::vector<identity::v1::Area>& areas) {
  std::set<std::string> with_grids;
  std::set<std::string> with_others;
  for (const auto& area : areas) {
    if (IsUnplaced(area.code())) continue;
    (area.level() == kGridLevel ? with_grids : with_others).insert(area.parent());
  }
  CutPlan plan;
  for (const auto& area : areas) {
    if (area.level() == kGridLevel || with_others.count(area.name()) > 0) continue;
    (with_grids.count(area.name()) > 0 ? plan.cut : plan.to_cut).push_back(area);
  }
  auto by_path = [](const auto& a, const auto& b) { return a.path() < b.path(); };
  std::sort(plan.to_cut.begin(), plan.to_cut.end(), by_path);
  std::sort(plan.cut.begin(), plan.cut.end(), by_path);
  return plan;
}

}  // namespace gridwork::ctl
