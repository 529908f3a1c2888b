#include "services/identity/areas/area_convert.h"

#include <fmt/format.h>
#include <s2/s2polygon.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cmath>

#include "common/base/error.h"
#include "common/base/scope_limits.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "services/identity/time_convert.h"

namespace gridwork::identity {
namespace {

constexpr int kMaxImport = 50;     // areas of one call
constexpr int kMaxLocate = 1'000;  // points of one call
constexpr int kMaxCutPoints = 20'000;
constexpr int kDefaultPlacesPerGrid = 60, kMinPlacesPerGrid = 10, kMaxPlacesPerGrid = 1'000;
constexpr int kMaxMerged = 20;
constexpr size_t kMaxLevel = 32;
constexpr std::string_view kAreas = "areas/";

// As in names: the longest is that of the grid UNPLACED.
const size_t kMaxStoredCode = UnplacedCode(std::string(kMaxAreaCode, 'A')).size();

bool IsCode(std::string_view code, size_t max) {
  auto allowed = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; };
  return !code.empty() && code.size() <= max && code.front() != '-' && code.back() != '-' &&
         std::all_of(code.begin(), code.end(), allowed);
}

absl::StatusOr<std::string> ParseLevel(std::string_view field, std::string_view level) {
  auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  if (level.empty() || level.size() > kMaxLevel || !std::all_of(level.begin(), level.end(), allowed)) {
    return BadField(field, fmt::format("must have 1 to {} characters of a-z and \"_\"", kMaxLevel));
  }
  return std::string(level);
}

absl::Status CheckPoint(std::string_view field, const common::v1::Point& point) {
  bool valid = std::abs(point.latitude()) <= 90 && std::abs(point.longitude()) <= 180;  // false for NaN
  return valid ? absl::OkStatus() : BadField(field, "must lie within -90 to 90 and -180 to 180 degrees");
}

absl::StatusOr<std::vector<LatLng>> ParsePoints(const google::protobuf::RepeatedPtrField<common::v1::Point>& points) {
  FieldErrors errors;
  std::vector<LatLng> out;
  out.reserve(points.size());
  for (int i = 0; i < points.size(); ++i) {
    if (absl::Status checked = CheckPoint("points", points[i]); !checked.ok()) {
      errors.Add(CheckPoint(fmt::format("points[{}]", i), points[i]));
    }
    out.push_back({points[i].latitude(), points[i].longitude()});
  }
  RETURN_IF_ERROR(errors.status());
  return out;
}

absl::StatusOr<MultiPolygon> ParseGeometry(std::string_view field, const common::v1::MultiPolygon& geometry) {
  for (const auto& polygon : geometry.polygons()) {
    for (const auto& ring : polygon.rings()) {
      for (const auto& point : ring.points()) RETURN_IF_ERROR(CheckPoint(field, point));
    }
  }
  MultiPolygon out = FromProto(geometry);
  RETURN_IF_ERROR(MakeSurface(field, out).status());
  return out;
}

absl::StatusOr<AreaEdit> ParseEdit(const v1::Area& area) {
  AreaEdit edit;
  FieldErrors errors;
  auto take = [&errors](auto& to, auto parsed) {
    if (parsed.ok()) {
      to = *std::move(parsed);
    } else {
      errors.Add(parsed.status());
    }
  };
  // The grid UNPLACED was made with its root: its code may be longer than those that are given.
  take(edit.code, IsUnplaced(area.code()) && IsCode(area.code(), kMaxStoredCode)
                      ? absl::StatusOr<std::string>(area.code())
                      : ParseAreaCode("code", area.code()));
  take(edit.display_name, ParseDisplayName("display_name", area.display_name()));
  take(edit.level, ParseLevel("level", area.level()));
  if (!area.parent().empty()) take(edit.parent, ParseAreaName("parent", area.parent()));
  if (area.inhabitants() < 0) errors.Add("inhabitants", "must not be negative");
  edit.inhabitants = area.inhabitants();
  take(edit.geometry, ParseGeometry("geometry", area.geometry()));
  RETURN_IF_ERROR(errors.status());
  return edit;
}

}  // namespace

absl::StatusOr<std::string> ParseAreaName(std::string_view field, std::string_view name) {
  if (!name.starts_with(kAreas) || !IsCode(name.substr(kAreas.size()), kMaxStoredCode)) {
    return BadField(field, "must be areas/{code}");
  }
  return std::string(name.substr(kAreas.size()));
}

std::string AreaName(std::string_view code) { return fmt::format("{}{}", kAreas, code); }

absl::StatusOr<std::string> ParseAreaCode(std::string_view field, std::string_view code) {
  if (!IsCode(code, kMaxAreaCode)) {
    return BadField(
        field, fmt::format("must have 1 to {} characters of A-Z, 0-9 and \"-\", no \"-\" at the ends", kMaxAreaCode));
  }
  return std::string(code);
}

absl::StatusOr<std::string> ParseDisplayName(std::string_view field, std::string_view name) {
  return ParseText(field, name, {.min = 1, .max = scope::kNameCharacters});
}

std::string SearchText(std::string_view text) {
  auto folded = icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())}).foldCase();
  icu::UnicodeString words;
  bool in_word = false;
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    UChar32 c = folded.char32At(i);
    bool of_word = u_isalnum(c) || (in_word && (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0);  // marks belong to their letter
    if (of_word && !in_word) words.append(u' ');
    if (of_word) words.append(c);
    in_word = of_word;
  }
  std::string out;
  words.toUTF8String(out);
  return out;
}

absl::StatusOr<std::vector<absl::StatusOr<AreaEdit>>> ParseImport(const v1::ImportAreasRequest& request) {
  if (request.areas().empty() || request.areas_size() > kMaxImport) {
    return BadField("areas", fmt::format("must be 1 to {}", kMaxImport));
  }
  std::vector<absl::StatusOr<AreaEdit>> edits;
  for (const v1::Area& area : request.areas()) edits.push_back(ParseEdit(area));
  return edits;
}

absl::StatusOr<AreaQuery> ParseListAreas(const v1::ListAreasRequest& request) {
  AreaQuery query;
  if (!request.parent().empty() + !request.ancestors_of().empty() + !request.query().empty() > 1) {
    return BadField("parent", "must stand alone: at most one of parent, ancestors_of and query");
  }
  if (!request.parent().empty()) {
    ASSIGN_OR_RETURN(query.parent, ParseAreaName("parent", request.parent()));
  }
  if (!request.ancestors_of().empty()) {
    ASSIGN_OR_RETURN(query.ancestors_of, ParseAreaName("ancestors_of", request.ancestors_of()));
  }
  if (!request.query().empty()) {
    ASSIGN_OR_RETURN(std::string text, ParseText("query", request.query(), {.min = 2, .max = 100}));
    std::string code = text;
    for (char& c : code) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    bool is_code = ParseCode("query", code, "-", kMaxStoredCode).ok();
    query.search = AreaQuery::Search{.words = SearchText(text), .code = is_code ? code : ""};
  }
  if (!request.level().empty()) {
    ASSIGN_OR_RETURN(query.level, ParseLevel("level", request.level()));
  }
  ASSIGN_OR_RETURN(query.limit, ParsePageSize(request.page_size()));
  return query;
}

absl::StatusOr<std::vector<LatLng>> ParseLocatePoints(const v1::LocatePointsRequest& request) {
  if (request.points().empty() || request.points_size() > kMaxLocate) {
    return BadField("points", fmt::format("must be 1 to {}", kMaxLocate));
  }
  return ParsePoints(request.points());
}

absl::StatusOr<CutOrder> ParseCutGrids(const v1::CutGridsRequest& request) {
  if (request.points_size() > kMaxCutPoints) {
    return BadField("points", fmt::format("must be at most {}", kMaxCutPoints));
  }
  CutOrder order;
  ASSIGN_OR_RETURN(order.points, ParsePoints(request.points()));
  order.places_per_grid = request.places_per_grid() == 0 ? kDefaultPlacesPerGrid : request.places_per_grid();
  if (order.places_per_grid < kMinPlacesPerGrid || order.places_per_grid > kMaxPlacesPerGrid) {
    return BadField("places_per_grid", fmt::format("must be {} to {}", kMinPlacesPerGrid, kMaxPlacesPerGrid));
  }
  return order;
}

absl::StatusOr<CutOrder> ParseSplitArea(const v1::SplitAreaRequest& request) {
  if (request.points_size() > kMaxCutPoints) {
    return BadField("points", fmt::format("must be at most {}", kMaxCutPoints));
  }
  CutOrder order;
  ASSIGN_OR_RETURN(order.points, ParsePoints(request.points()));
  if (request.places_per_grid() < 0 || request.places_per_grid() > kMaxPlacesPerGrid) {
    return BadField("places_per_grid", fmt::format("must be 0 to {}", kMaxPlacesPerGrid));
  }
  order.places_per_grid =
      request.places_per_grid() == 0 ? std::max(1, (request.points_size() + 1) / 2) : request.places_per_grid();
  return order;
}

absl::StatusOr<MergeOrder> ParseMergeAreas(const v1::MergeAreasRequest& request) {
  if (request.areas_size() < 2 || request.areas_size() > kMaxMerged) {
    return BadField("areas", fmt::format("must be 2 to {}", kMaxMerged));
  }
  MergeOrder order;
  FieldErrors errors;
  for (int i = 0; i < request.areas_size(); ++i) {
    const std::string field = fmt::format("areas[{}]", i);
    auto code = ParseAreaName(field, request.areas(i));
    if (!code.ok()) {
      errors.Add(code.status());
    } else if (std::find(order.areas.begin(), order.areas.end(), *code) != order.areas.end()) {
      errors.Add(field, "must not stand there twice");
    } else {
      order.areas.push_back(*std::move(code));
    }
  }
  auto code = ParseAreaCode("code", request.code());
  auto name = ParseDisplayName("display_name", request.display_name());
  if (!code.ok()) errors.Add(code.status());
  if (!name.ok()) errors.Add(name.status());
  RETURN_IF_ERROR(errors.status());
  order.code = *std::move(code);
  order.display_name = *std::move(name);
  return order;
}

absl::StatusOr<std::optional<absl::Time>> ParseReadTime(const v1::GetAreaRequest& request) {
  if (!request.has_read_time()) return std::nullopt;
  ASSIGN_OR_RETURN(absl::Time time, ParseTime("read_time", request.read_time()));
  return time;
}

std::vector<std::string_view> PageKey(const v1::ListAreasRequest& request, std::string_view caller) {
  return {"ListAreas", caller, request.parent(), request.ancestors_of(), request.query(), request.level()};
}

MultiPolygon FromProto(const common::v1::MultiPolygon& geometry) {
  MultiPolygon out;
  for (const auto& polygon : geometry.polygons()) {
    Polygon& rings = out.emplace_back();
    for (const auto& ring : polygon.rings()) {
      Ring& points = rings.emplace_back();
      for (const auto& point : ring.points()) points.push_back({point.latitude(), point.longitude()});
    }
  }
  return out;
}

common::v1::MultiPolygon ToProto(const MultiPolygon& geometry) {
  common::v1::MultiPolygon out;
  for (const Polygon& polygon : geometry) {
    auto* rings = out.add_polygons();
    for (const Ring& ring : polygon) {
      auto* points = rings->add_rings();
      for (const LatLng& point : ring) {
        auto* added = points->add_points();
        added->set_latitude(point.latitude);
        added->set_longitude(point.longitude);
      }
    }
  }
  return out;
}

v1::Area ToProto(const Area& area) {
  v1::Area out;
  out.set_name(AreaName(area.code));
  out.set_etag(EtagOf(area.version));
  out.set_code(area.code);
  out.set_display_name(area.display_name);
  out.set_level(area.level);
  if (!area.is_root()) out.set_parent(AreaName(area.parent));
  out.set_path(area.path);
  out.set_inhabitants(area.inhabitants);
  if (!area.geometry.empty()) *out.mutable_geometry() = ToProto(area.geometry);
  *out.mutable_create_time() = ToTimestamp(area.created);
  *out.mutable_update_time() = ToTimestamp(area.updated);
  if (area.ended) *out.mutable_end_time() = ToTimestamp(*area.ended);
  if (area.ended) out.set_merged_into(AreaName(area.merged_into));
  return out;
}

v1::AreaChange ToProto(const AreaChange& change) {
  v1::AreaChange out;
  out.set_number(change.number);
  out.set_kind(static_cast<v1::AreaChange::Kind>(change.kind));
  *out.mutable_change_time() = ToTimestamp(change.time);
  out.mutable_from()->Assign(change.from.begin(), change.from.end());
  out.mutable_into()->Assign(change.into.begin(), change.into.end());
  return out;
}

}  // namespace gridwork::identity
