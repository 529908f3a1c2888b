#include "services/tasks/place_convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include "common/base/error.h"
#include "common/base/page_token.h"
#include "common/base/scope_limits.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/rpc/status_map.h"
#include "services/tasks/place_errors.h"
#include "services/tasks/time_convert.h"

namespace gridwork::tasks {
namespace {

constexpr size_t kMaxCode = 32;  // characters of the code of an area
constexpr size_t kMaxSource = 64;
constexpr int kDefaultRadius = 500;  // metres
constexpr int kMaxRadius = 5'000;
constexpr double kE7 = 1e7;

// The domain's numbers are those of the proto; the two switches below hold them together.
std::optional<PlaceKind> ToKind(v1::PlaceKind kind) {
  switch (kind) {
    case v1::PLACE_KIND_FOOD:
      return PlaceKind::kFood;
    case v1::PLACE_KIND_LODGING:
      return PlaceKind::kLodging;
    case v1::PLACE_KIND_RENTED_BUILDING:
      return PlaceKind::kRentedBuilding;
    case v1::PLACE_KIND_WORKPLACE:
      return PlaceKind::kWorkplace;
    case v1::PLACE_KIND_SCHOOL:
      return PlaceKind::kSchool;
    case v1::PLACE_KIND_CHILDCARE:
      return PlaceKind::kChildcare;
    case v1::PLACE_KIND_HEALTH_FACILITY:
      return PlaceKind::kHealthFacility;
    case v1::PLACE_KIND_PUBLIC_BUILDING:
      return PlaceKind::kPublicBuilding;
    case v1::PLACE_KIND_EVENT_SITE:
      return PlaceKind::kEventSite;
    case v1::PLACE_KIND_PLAYGROUND:
      return PlaceKind::kPlayground;
    case v1::PLACE_KIND_STREET:
      return PlaceKind::kStreet;
    case v1::PLACE_KIND_PARK:
      return PlaceKind::kPark;
    case v1::PLACE_KIND_SHOP:
      return PlaceKind::kShop;
    default:
      return std::nullopt;  // unspecified, or of a newer client
  }
}

v1::PlaceKind ToProto(PlaceKind kind) {
  switch (kind) {  // no default: the compiler finds a new kind
    case PlaceKind::kFood:
      return v1::PLACE_KIND_FOOD;
    case PlaceKind::kLodging:
      return v1::PLACE_KIND_LODGING;
    case PlaceKind::kRentedBuilding:
      return v1::PLACE_KIND_RENTED_BUILDING;
    case PlaceKind::kWorkplace:
      return v1::PLACE_KIND_WORKPLACE;
    case PlaceKind::kSchool:
      return v1::PLACE_KIND_SCHOOL;
    case PlaceKind::kChildcare:
      return v1::PLACE_KIND_CHILDCARE;
    case PlaceKind::kHealthFacility:
      return v1::PLACE_KIND_HEALTH_FACILITY;
    case PlaceKind::kPublicBuilding:
      return v1::PLACE_KIND_PUBLIC_BUILDING;
    case PlaceKind::kEventSite:
      return v1::PLACE_KIND_EVENT_SITE;
    case PlaceKind::kPlayground:
      return v1::PLACE_KIND_PLAYGROUND;
    case PlaceKind::kStreet:
      return v1::PLACE_KIND_STREET;
    case PlaceKind::kPark:
      return v1::PLACE_KIND_PARK;
    case PlaceKind::kShop:
      return v1::PLACE_KIND_SHOP;
  }
  return v1::PLACE_KIND_UNSPECIFIED;
}

std::optional<PlaceStatus> ToStatus(v1::PlaceStatus status) {
  switch (status) {
    case v1::PLACE_STATUS_OPEN:
      return PlaceStatus::kOpen;
    case v1::PLACE_STATUS_CLOSED:
      return PlaceStatus::kClosed;
    case v1::PLACE_STATUS_DEMOLISHED:
      return PlaceStatus::kDemolished;
    default:
      return std::nullopt;
  }
}

v1::PlaceStatus ToProto(PlaceStatus status) {
  switch (status) {
    case PlaceStatus::kOpen:
      return v1::PLACE_STATUS_OPEN;
    case PlaceStatus::kClosed:
      return v1::PLACE_STATUS_CLOSED;
    case PlaceStatus::kDemolished:
      return v1::PLACE_STATUS_DEMOLISHED;
  }
  return v1::PLACE_STATUS_UNSPECIFIED;
}

absl::StatusOr<LatLng> ParsePoint(const std::string& field, const common::v1::Point& point) {
  auto within = [](double degrees, double limit) { return degrees >= -limit && degrees <= limit; };  // false for NaN
  if (!within(point.latitude(), 90)) return BadField(field + ".latitude", "must be -90 to 90");
  if (!within(point.longitude(), 180)) return BadField(field + ".longitude", "must be -180 to 180");
  LatLng out{std::round(point.latitude() * kE7) / kE7, std::round(point.longitude() * kE7) / kE7};
  if (out == LatLng{0, 0}) return BadField(field, "must not be 0,0: a missing position");
  return out;
}

absl::StatusOr<std::string> ParseRisk(const std::string& field, const std::string& risk) {
  for (std::string_view known : {"", "RISK_1", "RISK_2", "RISK_3"}) {
    if (risk == known) return risk;
  }
  return BadField(field, "must be RISK_1, RISK_2, RISK_3 or empty");
}

absl::StatusOr<std::string> ParseSource(const std::string& field, const std::string& text) {
  auto visible = [](char c) { return c > ' ' && c <= '~'; };
  if (text.empty() || text.size() > kMaxSource || !std::all_of(text.begin(), text.end(), visible))
    return BadField(field, fmt::format("must have 1 to {} visible ASCII characters", kMaxSource));
  return text;
}

// Reads the fields of one place, one after the other, and collects what is wrong with them.
class PlaceReader {
 public:
  PlaceReader(std::string prefix, const v1::Place& in, Place& out) : prefix_(std::move(prefix)), in_(in), out_(out) {}

  void Kind() {
    if (auto kind = ToKind(in_.kind())) {
      out_.kind = *kind;
    } else {
      errors_.Add(Field("kind"), "must be one of the kinds of places");
    }
  }
  void DisplayName() { Text("display_name", in_.display_name(), 1, 200, out_.display_name); }
  void Address() { Text("address", in_.address(), 1, 200, out_.address); }
  void Locality() { Text("locality", in_.locality(), 0, 100, out_.locality); }
  void PostalCode() { Text("postal_code", in_.postal_code(), 0, 16, out_.postal_code); }
  void Location() {
    out_.location = std::nullopt;
    if (in_.has_location()) Take(ParsePoint(Field("location"), in_.location()), out_.location);
  }
  void Status() {
    if (auto status = ToStatus(in_.status())) {
      out_.status = *status;
    } else {
      errors_.Add(Field("status"), "must be OPEN, CLOSED or DEMOLISHED");
    }
  }
  void StatusOrOpen() {
    if (in_.status() != v1::PLACE_STATUS_UNSPECIFIED) Status();
  }
  void Operator() {
    Text("operator.organisation", in_.operator_().organisation(), 0, 200, out_.operator_organisation);
    Text("operator.licence_number", in_.operator_().licence_number(), 0, 64, out_.operator_licence);
  }
  void Risk() { Take(ParseRisk(Field("risk"), in_.risk()), out_.risk); }
  void Source() {
    Take(ParseSource(Field("source"), in_.source()), out_.source);
    Take(ParseSource(Field("source_id"), in_.source_id()), out_.source_id);
  }

  absl::Status status() const { return errors_.status(); }

 private:
  std::string Field(std::string_view name) const { return prefix_ + std::string(name); }
  void Text(std::string_view name, const std::string& text, int min, int max, std::string& out) {
    Take(ParseText(Field(name), text, {.min = min, .max = max}), out);
  }
  template <class T, class Out>
  void Take(absl::StatusOr<T> value, Out& out) {
    if (value.ok()) {
      out = *std::move(value);
    } else {
      errors_.Add(value.status());
    }
  }

  const std::string prefix_;
  const v1::Place& in_;
  Place& out_;
  FieldErrors errors_;
};

absl::StatusOr<Place> ParseItem(int index, const v1::Place& in) {
  Place out;
  PlaceReader read(fmt::format("places[{}].", index), in, out);
  read.Kind();
  read.DisplayName();
  read.Address();
  read.Locality();
  read.PostalCode();
  read.Location();
  read.StatusOrOpen();
  read.Operator();
  read.Risk();
  read.Source();
  RETURN_IF_ERROR(read.status());
  return out;
}

v1::PlaceVerdict::Result ToProto(Imported::Result result) {
  switch (result) {
    case Imported::Result::kCreated:
      return v1::PlaceVerdict::RESULT_CREATED;
    case Imported::Result::kUpdated:
      return v1::PlaceVerdict::RESULT_UPDATED;
    case Imported::Result::kUnchanged:
      return v1::PlaceVerdict::RESULT_UNCHANGED;
    case Imported::Result::kElsewhere:
      return v1::PlaceVerdict::RESULT_REJECTED;
  }
  return v1::PlaceVerdict::RESULT_UNSPECIFIED;
}

std::string NameOf(const Uuid& id) { return "places/" + id.ToString(); }

}  // namespace

absl::StatusOr<std::string> ParseRoot(const std::string& root) { return ParseCode("root", root, "-", kMaxCode); }

absl::StatusOr<std::vector<absl::StatusOr<Place>>> ParseImport(const v1::ImportPlacesRequest& request) {
  if (request.places().empty() || request.places_size() > scope::kBatchItems)
    return BadField("places", fmt::format("must have 1 to {} items", scope::kBatchItems));

  std::vector<absl::StatusOr<Place>> out;
  std::map<std::pair<std::string, std::string>, int> seen;
  for (int i = 0; i < request.places_size(); ++i) {
    auto place = ParseItem(i, request.places(i));
    if (place.ok()) {
      auto [first, is_new] = seen.emplace(std::pair(place->source, place->source_id), i);
      if (!is_new) {
        place = BadField(fmt::format("places[{}].source_id", i),
                         fmt::format("must not repeat source and source_id of places[{}]", first->second));
      }
    }
    out.push_back(std::move(place));
  }
  return out;
}

absl::StatusOr<PlaceEdit> ParseEdit(const v1::Place& place, const google::protobuf::FieldMask& mask,
                                    const Place& found) {
  PlaceEdit out{.wanted = found};
  FieldErrors errors;
  auto etag = ParseEtag("place.etag", place.etag());
  if (etag.ok()) {
    out.base = *etag;
  } else {
    errors.Add(etag.status());
  }
  if (mask.paths().empty()) errors.Add("update_mask", "must name at least one field");
  for (const std::string& path : mask.paths()) {
    auto field = PlaceFieldOf(path);
    if (!field) {
      errors.Add("update_mask",
                 "must name only kind, display_name, address, locality, postal_code, location, status, operator, risk");
      continue;
    }
    if (std::find(out.fields.begin(), out.fields.end(), *field) != out.fields.end()) continue;
    out.fields.push_back(*field);
    if (absl::Status bad = ReadField(*field, "place", place, out.wanted); !bad.ok()) errors.Add(bad);
  }
  RETURN_IF_ERROR(errors.status());
  return out;
}

absl::Status ReadField(PlaceField field, std::string_view field_path, const v1::Place& place, Place& out) {
  static const std::map<PlaceField, void (PlaceReader::*)()> kReaders = {
      {PlaceField::kKind, &PlaceReader::Kind},
      {PlaceField::kDisplayName, &PlaceReader::DisplayName},
      {PlaceField::kAddress, &PlaceReader::Address},
      {PlaceField::kLocality, &PlaceReader::Locality},
      {PlaceField::kPostalCode, &PlaceReader::PostalCode},
      {PlaceField::kLocation, &PlaceReader::Location},
      {PlaceField::kStatus, &PlaceReader::Status},
      {PlaceField::kOperator, &PlaceReader::Operator},
      {PlaceField::kRisk, &PlaceReader::Risk},
  };
  PlaceReader read(fmt::format("{}.", field_path), place, out);
  (read.*kReaders.at(field))();
  return read.status();
}

absl::StatusOr<ListRequest> ParseList(const v1::ListPlacesRequest& request) {
  ListRequest out;
  if (!request.area().empty()) {
    ASSIGN_OR_RETURN(out.filter.area, ParseAreaPath("area", request.area()));
  }
  if (request.kind() != v1::PLACE_KIND_UNSPECIFIED) {
    out.filter.kind = ToKind(request.kind());
    if (!out.filter.kind) return BadField("kind", "must be one of the kinds of places, or left out");
  }
  ASSIGN_OR_RETURN(out.limit, ParsePageSize(request.page_size()));
  if (!request.has_near()) {
    if (request.radius_metres() != 0) return BadField("radius_metres", "must be left out without near");
    return out;
  }
  ASSIGN_OR_RETURN(out.near, ParsePoint("near", request.near()));
  out.radius_metres = request.radius_metres() == 0 ? kDefaultRadius : request.radius_metres();
  if (out.radius_metres < 1 || out.radius_metres > kMaxRadius)
    return BadField("radius_metres", fmt::format("must be 1 to {}", kMaxRadius));
  if (!request.page_token().empty()) return BadField("page_token", "must be left out with near: it has one page");
  return out;
}

v1::Place ToProto(const Place& place) {
  v1::Place out;
  out.set_name(NameOf(place.id));
  out.set_etag(EtagOf(place.version));
  out.set_kind(ToProto(place.kind));
  out.set_display_name(place.display_name);
  out.set_address(place.address);
  out.set_locality(place.locality);
  out.set_postal_code(place.postal_code);
  if (place.location) {
    out.mutable_location()->set_latitude(place.location->latitude);
    out.mutable_location()->set_longitude(place.location->longitude);
  }
  out.set_grid(place.grid);
  out.set_status(ToProto(place.status));
  if (!place.operator_organisation.empty() || !place.operator_licence.empty()) {
    out.mutable_operator_()->set_organisation(place.operator_organisation);
    out.mutable_operator_()->set_licence_number(place.operator_licence);
  }
  out.set_risk(place.risk);
  out.set_source(place.source);
  out.set_source_id(place.source_id);
  *out.mutable_create_time() = ToTimestamp(place.created);
  *out.mutable_update_time() = ToTimestamp(place.updated);
  return out;
}

v1::Place ToProto(const Place& place, PlaceField field) {
  v1::Place all = ToProto(place);
  const auto* wanted = v1::Place::descriptor()->FindFieldByName(std::string(NameOf(field)));
  std::vector<const google::protobuf::FieldDescriptor*> set;
  all.GetReflection()->ListFields(all, &set);
  for (const auto* other : set) {
    if (other != wanted) all.GetReflection()->ClearField(&all, other);
  }
  return all;
}

v1::PlaceVerdict ToVerdict(const Place& place, const Imported& imported, ImportMode mode) {
  if (imported.result == Imported::Result::kElsewhere) return ToVerdict(errors::PlaceOfAnotherRoot());
  v1::PlaceVerdict out;
  out.set_result(ToProto(imported.result));
  out.set_grid(place.grid);
  bool has_id = mode == ImportMode::kWrite || imported.result != Imported::Result::kCreated;
  if (has_id) out.set_place(NameOf(imported.id));
  return out;
}

v1::PlaceVerdict ToVerdict(const absl::Status& refused) {
  v1::PlaceVerdict out;
  out.set_result(v1::PlaceVerdict::RESULT_REJECTED);
  *out.mutable_error() = rpc::ToRpcStatus(refused);
  return out;
}

}  // namespace gridwork::tasks
