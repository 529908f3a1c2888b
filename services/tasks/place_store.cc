#include "services/tasks/place_store.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace gridwork::tasks {

void KeepNearestFirst(const PlacesNear& near, std::vector<Place>& places) {
  std::vector<std::pair<double, size_t>> order;
  for (size_t i = 0; i < places.size(); ++i) {
    if (!places[i].location) continue;
    double metres = DistanceMetres(near.point, *places[i].location);
    if (metres <= near.radius_metres) order.emplace_back(metres, i);
  }
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return std::tie(a.first, places[a.second].id) < std::tie(b.first, places[b.second].id);
  });
  if (order.size() > near.limit) order.resize(near.limit);

  std::vector<Place> out;
  for (const auto& [metres, i] : order) out.push_back(std::move(places[i]));
  places = std::move(out);
}

Imported::Result ResultFor(const std::string& root, const Place& stored, const Place& imported) {
  if (RootOf(stored.grid) != root) return Imported::Result::kElsewhere;
  return stored.SameContent(imported) ? Imported::Result::kUnchanged : Imported::Result::kUpdated;
}

}  // namespace gridwork::tasks
