// A grid that is split while its phones are out, and one that is made of two.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include "tools/demo_day/checks.h"
#include "tools/demo_day/day.h"
#include "tools/demo_day/pocket.h"

namespace gridwork::demo {
namespace {

using testing::OutboxState;
using Areas = identity::AreaService::Stub;
using Places = tasks::PlaceService::Stub;
using Work = tasks::TaskService::Stub;

std::string CodeOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

size_t Held(Pocket& pocket, const std::vector<std::string>& grids) {
  size_t places = 0;
  for (const std::string& grid : grids) places += pocket.phone.store().Places(grid).size();
  return places;
}

}  // namespace

void Day::AGridIsSplitWhilePhonesAreOut() {
  Need(admin_.Login(), "identity", "the administrator logs in");
  Need(dispatcher_[0].Login(), "identity", "the dispatcher logs in");
  const std::string grid = workers_[6].grid;
  const std::vector<tasks::Place>& places = grids_[grid];
  Person worker = NewWorker("split", grid);
  const tasks::Task task = InspectionFor(worker, grid);
  Pocket pocket(worker);
  Need(pocket.phone.Pull(), "tasks", "a phone pulls its grid");
  const size_t held = Held(pocket, {grid});
  pocket.phone.Submit(GoodAnswers(task));
  pocket.phone.EditPlace(places[1].name(), {"risk"}, [](auto& p) { p.set_risk("RISK_2"); }).IgnoreError();

  identity::SplitAreaRequest split;
  split.set_request_id(NewRequestId());
  split.set_name("areas/" + CodeOf(grid));
  for (const tasks::Place& place : places) *split.add_points() = place.location();
  auto parts = admin_.Call(admin_.areas, &Areas::SplitArea, split);
  Need(parts.status(), "identity", "a grid is split");
  std::vector<std::string> paths;
  for (const auto& part : parts->grids()) paths.push_back(part.path());
  Check(paths.size() == 2, "identity",
        fmt::format("{} with {} premises is split in two while a phone is out", CodeOf(grid), places.size()));

  const absl::Time begin = absl::Now();
  Need(pocket.phone.Sync(), "tasks", "the phone is back and hands in what it has");
  while (Held(pocket, paths) < held && absl::Now() - begin < absl::Seconds(20)) {
    absl::SleepFor(absl::Milliseconds(200));
    Need(pocket.phone.Pull(), "tasks", "the phone pulls");
  }
  int done = 0;
  for (const auto& item : pocket.phone.store().Outbox()) done += item.state == OutboxState::kDone;
  Check(Held(pocket, paths) == held && Held(pocket, {grid}) == 0 && pocket.phone.digest_faults() == 0, "sync",
        fmt::format("after {} ms its {} premises are in the two new grids, and the digests are the server's",
                    absl::ToInt64Milliseconds(absl::Now() - begin), held));
  Check(done == 2, "sync", "its result and its change of a place went through, without another grant");

  MergePartsOf(grid, paths, pocket, held);
}

void Day::MergePartsOf(const std::string& grid, const std::vector<std::string>& parts, Pocket& pocket, size_t held) {
  Person half = NewWorker("half", parts[0]);
  Pocket of_half(half);
  Need(of_half.phone.Pull(), "tasks", "a phone pulls one of the new grids");
  const size_t before = Held(of_half, {parts[0]});
  Check(before > 0 && before < held, "sync", fmt::format("who works in one part holds its {} premises only", before));

  identity::MergeAreasRequest merge;
  merge.set_request_id(NewRequestId());
  merge.set_parent("areas/" + CodeOf(grid));
  for (const std::string& part : parts) merge.add_areas("areas/" + CodeOf(part));
  merge.set_code(CodeOf(grid) + "M");
  merge.set_display_name("Merged");
  Need(admin_.Login(), "identity", "the administrator logs in");
  auto merged = admin_.Call(admin_.areas, &Areas::MergeAreas, merge);
  Need(merged.status(), "identity", "two grids are merged");
  const std::vector<std::string> into = {merged->path()};

  bool refused = false;  // the old token: the phone refreshes it, as it would any other
  const absl::Time begin = absl::Now();
  while ((Held(of_half, into) < held || Held(pocket, into) < held) && absl::Now() - begin < absl::Seconds(20)) {
    absl::SleepFor(absl::Milliseconds(200));
    if (absl::Status pulled = of_half.phone.Pull(); absl::IsUnauthenticated(pulled)) {
      refused = true;
      Need(half.Login(), "identity", "a worker gets a new token");
    }
    Need(pocket.phone.Pull(), "tasks", "the phone pulls");
  }
  Check(refused && Held(of_half, into) == held && Held(pocket, into) == held, "sync",
        fmt::format("after {} ms the merged grid is on both phones; who held a half got a new token, and all {} of it",
                    absl::ToInt64Milliseconds(absl::Now() - begin), held));
}

}  // namespace gridwork::demo
