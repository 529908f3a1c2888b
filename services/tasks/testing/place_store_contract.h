// What every implementation of PlaceStore must do. Include it in a test program and instantiate:
//   INSTANTIATE_TEST_SUITE_P(Fake, PlaceStoreContract, ::testing::Values(&MakeFakeWorld));
#pragma once
#include <absl/time/clock.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/unit.h"
#include "services/tasks/place_store.h"
#include "tests/support/scope.h"

namespace gridwork::tasks::testing {

class PlaceStoreWorld : public PlaceFollower {
 public:
  virtual PlaceStore& store() = 0;  // empty at first, followed by this
  virtual Units& units() = 0;
  // A change of areas is being followed.
  virtual void BeginFollow(int64_t change) = 0;

  absl::Status Follow(Unit&, const std::vector<MovedPlace>& moved) override {
    for (const MovedPlace& place : moved) moved_.push_back(place);
    return failure_;
  }

  std::vector<MovedPlace> moved_;
  absl::Status failure_;
};

inline auth::Scope ScopeOf(std::vector<std::string> areas) { return auth::ScopeForTest::Of(std::move(areas)); }

inline Place SamplePlace(int number, std::string grid = "CHI/A/A-G1") {
  return {.kind = PlaceKind::kFood,
          .display_name = fmt::format("Café {} 🍰", number),
          .address = "1 Main St",
          .locality = "CHICAGO",
          .postal_code = "60606",
          .location = LatLng{41.880757, -87.634709},
          .grid = std::move(grid),
          .status = PlaceStatus::kOpen,
          .operator_organisation = "Kadıköy Lokantası ltd. %s ' \" \\ ;--",
          .operator_licence = "L-1",
          .risk = "RISK_1",
          .source = "licences",
          .source_id = fmt::format("{:05}", number)};
}

inline std::vector<Place> SamplePlaces(int count) {
  std::vector<Place> out;
  for (int i = 0; i < count; ++i) out.push_back(SamplePlace(i));
  return out;
}

using Results = std::vector<Imported::Result>;

class PlaceStoreContract : public ::testing::TestWithParam<std::unique_ptr<PlaceStoreWorld> (*)()> {
 protected:
  using Result = Imported::Result;

  // Runs `body` in a unit of work of its own.
  absl::Status Run(const std::function<absl::Status(Unit&)>& body) {
    RequestKey key{.caller = "staff/1", .request_id = Uuid::V7(absl::Now()), .method = "Test/Write"};
    return world_->units()
        .Run(key, absl::Now() + absl::Seconds(60),
             [&](Unit& unit) -> absl::StatusOr<std::string> {
               RETURN_IF_ERROR(body(unit));
               return "";
             })
        .status();
  }

  absl::StatusOr<std::vector<Imported>> Import(const std::vector<Place>& places, ImportMode mode = ImportMode::kWrite) {
    std::vector<Imported> out;
    RETURN_IF_ERROR(Run([&](Unit& unit) {
      auto imported = store().Import(unit, "CHI", places, mode, "staff/1");
      if (imported.ok()) out = *imported;
      return imported.status();
    }));
    return out;
  }

  Place ImportOne(const Place& place) {
    auto imported = Import({place});
    EXPECT_TRUE(imported.ok()) << imported.status();
    return store().Find(imported->at(0).id).value();
  }

  absl::StatusOr<Place> Update(const Place& place) {
    absl::StatusOr<Place> out;
    RETURN_IF_ERROR(Run([&](Unit& unit) {
      out = store().Update(unit, place, "staff/1");
      return out.status();
    }));
    return out;
  }

  std::vector<Place> ListAll(const auth::Scope& scope, PlaceFilter filter = {}, size_t page_size = 1000) {
    std::vector<Place> out;
    PlaceQuery query{.filter = std::move(filter), .limit = page_size};
    do {
      auto page = store().List(scope, query);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      EXPECT_LE(page->rows.size(), page_size);
      out.insert(out.end(), page->rows.begin(), page->rows.end());
      query.after = page->next;
    } while (!query.after.empty());
    return out;
  }

  PlaceStore& store() { return world_->store(); }

  std::unique_ptr<PlaceStoreWorld> world_ = GetParam()();
};

inline Results ResultsOf(const absl::StatusOr<std::vector<Imported>>& imported) {
  EXPECT_TRUE(imported.ok()) << imported.status();
  Results out;
  if (imported.ok()) {
    for (const Imported& one : *imported) out.push_back(one.result);
  }
  return out;
}

inline std::vector<std::string> SourceIdsOf(const std::vector<Place>& places) {
  std::vector<std::string> out;
  for (const Place& place : places) out.push_back(place.source_id);
  return out;
}

TEST_P(PlaceStoreContract, WhatIsImportedIsFound) {
  Place plain = SamplePlace(1);
  Place bare = SamplePlace(2, "CHI/CHI-UNPLACED");
  bare.location = std::nullopt;
  bare.locality = bare.postal_code = bare.operator_organisation = bare.operator_licence = bare.risk = "";
  Place far = SamplePlace(3);
  far.location = LatLng{-89.9999999, 179.9999999};
  far.kind = PlaceKind::kShop;
  far.status = PlaceStatus::kDemolished;
  far.display_name = std::string();
  for (int i = 0; i < 200; ++i) far.display_name += "🍰";

  std::vector<Place> places = {plain, bare, far};
  auto imported = Import(places);
  ASSERT_EQ(ResultsOf(imported), Results(3, Result::kCreated));
  std::set<Uuid> ids;
  for (size_t i = 0; i < places.size(); ++i) {
    auto found = store().Find((*imported)[i].id);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_TRUE(found->SameContent(places[i])) << i;
    EXPECT_EQ(found->id, (*imported)[i].id);
    EXPECT_EQ(found->id.version(), 7);
    EXPECT_EQ(found->version, 1);
    EXPECT_EQ(found->created, found->updated);
    ids.insert(found->id);
  }
  EXPECT_EQ(ids.size(), 3u);
}

TEST_P(PlaceStoreContract, AnUnknownPlaceIsNotFound) {
  auto found = store().Find(Uuid::V7(absl::Now()));
  EXPECT_TRUE(absl::IsNotFound(found.status())) << found.status();
}

TEST_P(PlaceStoreContract, ASecondImportChangesOnlyWhatDiffers) {
  auto first = Import(SamplePlaces(3));
  ASSERT_EQ(ResultsOf(first), Results(3, Result::kCreated));
  EXPECT_EQ(ResultsOf(Import(SamplePlaces(3))), Results(3, Result::kUnchanged));

  std::vector<Place> changed = SamplePlaces(4);
  changed[1].location = std::nullopt;
  changed[1].grid = "CHI/CHI-UNPLACED";
  changed[1].display_name = "Other";
  auto second = Import(changed);
  ASSERT_EQ(ResultsOf(second), (Results{Result::kUnchanged, Result::kUpdated, Result::kUnchanged, Result::kCreated}));
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ((*second)[i].id, (*first)[i].id);
  Place updated = store().Find((*first)[1].id).value();
  EXPECT_TRUE(updated.SameContent(changed[1]));
  EXPECT_EQ(updated.version, 2);
  EXPECT_LE(updated.created, updated.updated);
  EXPECT_EQ(store().Find((*first)[0].id)->version, 1);
  EXPECT_EQ(ListAll(ScopeOf({"CHI"})).size(), 4u);
}

TEST_P(PlaceStoreContract, SourceIdsAreTakenToTheLetter) {
  std::vector<Place> places = {SamplePlace(1), SamplePlace(1), SamplePlace(1), SamplePlace(1)};
  places[0].source_id = "a";
  places[1].source_id = "A";
  places[2].source_id = "a_";
  places[3].source = "LICENCES";
  EXPECT_EQ(ResultsOf(Import(places)), Results(4, Result::kCreated));
  EXPECT_EQ(ResultsOf(Import(places)), Results(4, Result::kUnchanged));
}

TEST_P(PlaceStoreContract, OnlyALetterThatDiffersIsAChange) {
  Place place = ImportOne(SamplePlace(1));
  Place other = SamplePlace(1);
  other.display_name = "café 1 🍰";
  EXPECT_EQ(ResultsOf(Import({other})), Results{Result::kUpdated});
  EXPECT_EQ(store().Find(place.id)->display_name, "café 1 🍰");
}

TEST_P(PlaceStoreContract, ValidatingWritesNothing) {
  Place stored = ImportOne(SamplePlace(1));
  std::vector<Place> places = {SamplePlace(1), SamplePlace(2)};
  EXPECT_EQ(ResultsOf(Import(places, ImportMode::kValidateOnly)), (Results{Result::kUnchanged, Result::kCreated}));
  places[0].address = "2 Main St";
  auto imported = Import(places, ImportMode::kValidateOnly);
  EXPECT_EQ(ResultsOf(imported), (Results{Result::kUpdated, Result::kCreated}));
  EXPECT_EQ((*imported)[0].id, stored.id);
  EXPECT_EQ(store().Find(stored.id)->version, 1);
  EXPECT_EQ(ListAll(ScopeOf({"CHI"})).size(), 1u);
}

TEST_P(PlaceStoreContract, APlaceOfAnotherRootIsLeftAsItIs) {
  absl::Status foreign = Run([&](Unit& unit) {
    return store().Import(unit, "NYC", {SamplePlace(1, "NYC/NYC-UNPLACED")}, ImportMode::kWrite, "staff/1").status();
  });
  ASSERT_TRUE(foreign.ok()) << foreign;
  EXPECT_EQ(ResultsOf(Import({SamplePlace(1), SamplePlace(2)})), (Results{Result::kElsewhere, Result::kCreated}));
  EXPECT_EQ(ListAll(ScopeOf({"NYC"})).size(), 1u);
}

TEST_P(PlaceStoreContract, RemembersWhoChangedAFieldLast) {
  Place first = ImportOne(SamplePlace(1));
  EXPECT_TRUE(first.marks.empty());
  Place wanted = first;
  wanted.status = PlaceStatus::kClosed;
  Place second = Update(wanted).value();
  ASSERT_EQ(second.marks.size(), 1u);
  EXPECT_EQ(second.marks[PlaceField::kStatus], (FieldMark{2, "staff/1", second.updated}));
  EXPECT_EQ(store().Find(first.id)->marks, second.marks);
  Place imported = SamplePlace(1);
  imported.status = PlaceStatus::kClosed;
  imported.risk = "RISK_3";
  Place third = ImportOne(imported);
  EXPECT_EQ(third.VersionOf(PlaceField::kStatus), 2);
  EXPECT_EQ(third.VersionOf(PlaceField::kRisk), 3);
}

TEST_P(PlaceStoreContract, AUnitLocksAndFindsPlaces) {
  Place one = ImportOne(SamplePlace(1)), two = ImportOne(SamplePlace(2));
  Uuid none = Uuid::V7(absl::Now());
  absl::Status status = Run([&](Unit& unit) -> absl::Status {
    EXPECT_TRUE(absl::IsNotFound(store().Lock(unit, none).status()));
    ASSIGN_OR_RETURN(Place locked, store().Lock(unit, one.id));
    EXPECT_TRUE(locked.SameContent(one));
    EXPECT_EQ(locked.version, one.version);
    ASSIGN_OR_RETURN(auto found, store().FindAll(unit, {none, two.id, one.id}));
    EXPECT_EQ(found.size(), 2u);
    ASSIGN_OR_RETURN(found, store().FindAll(unit, {}));
    EXPECT_TRUE(found.empty());
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

constexpr char kElsewhere[] = "CHI/B/B-G1";

TEST_P(PlaceStoreContract, WhoKeepsThingsByTheGridOfAPlaceIsTold) {
  Place place = ImportOne(SamplePlace(1));
  EXPECT_TRUE(world_->moved_.empty()) << "it was nowhere before";
  place.grid = kElsewhere;
  place = Update(place).value();
  EXPECT_EQ(world_->moved_, (std::vector<MovedPlace>{{place.id, "CHI/A/A-G1", kElsewhere}}));
  world_->moved_.clear();
  place.risk = "RISK_2";
  ASSERT_TRUE(Update(place).ok());
  EXPECT_TRUE(world_->moved_.empty());
  ASSERT_TRUE(Import({SamplePlace(1)}).ok());
  EXPECT_EQ(world_->moved_, (std::vector<MovedPlace>{{place.id, kElsewhere, "CHI/A/A-G1"}}));
}

TEST_P(PlaceStoreContract, APlaceMovesOnlyWithWhoFollowsIt) {
  Place place = ImportOne(SamplePlace(1));
  world_->failure_ = absl::UnavailableError("not now");
  Place moved = place;
  moved.grid = kElsewhere;
  EXPECT_TRUE(absl::IsUnavailable(Update(moved).status()));
  EXPECT_EQ(store().Find(place.id)->grid, place.grid);
}

TEST_P(PlaceStoreContract, PlacesAreMovedThatAreStillWhereTheyWere) {
  Place stays = SamplePlace(3, kElsewhere), other = SamplePlace(2);
  other.location->latitude += 0.001;
  Place one = ImportOne(SamplePlace(1)), two = ImportOne(other), three = ImportOne(stays);
  const LatLng at = *one.location;
  int64_t moved = 0;
  ASSERT_TRUE(Run([&](Unit& unit) -> absl::Status {
                ASSIGN_OR_RETURN(moved, store().MoveTo(unit, {{one.id, at, kElsewhere},
                                                              {two.id, at, kElsewhere},
                                                              {three.id, at, kElsewhere},
                                                              {Uuid::V7(absl::Now()), at, kElsewhere}}));
                EXPECT_EQ(store().MoveTo(unit, {}).value(), 0);
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(moved, 1);
  Place after = store().Find(one.id).value();
  EXPECT_EQ(after.grid, kElsewhere);
  EXPECT_EQ(after.version, 2);
  EXPECT_TRUE(after.marks.empty()) << "nobody changed a field";
  EXPECT_EQ(store().Find(two.id)->grid, two.grid) << "it has moved itself";
  EXPECT_EQ(store().Find(three.id)->version, 1);
  EXPECT_EQ(world_->moved_, (std::vector<MovedPlace>{{one.id, "CHI/A/A-G1", kElsewhere}}));
}

TEST_P(PlaceStoreContract, AUnitKeepsPlaces) {
  Place one = ImportOne(SamplePlace(1)), two = ImportOne(SamplePlace(2));
  ASSERT_TRUE(Run([&](Unit& unit) -> absl::Status {
                ASSIGN_OR_RETURN(auto kept, store().Keep(unit, {two.id, Uuid::V7(absl::Now()), one.id}));
                EXPECT_EQ(kept.size(), 2u);
                EXPECT_TRUE(store().Keep(unit, {})->empty());
                return absl::OkStatus();
              }).ok());
}

TEST_P(PlaceStoreContract, WhatWasLocatedBeforeAChangeIsNotWrittenAfterIt) {
  auto hold = [&](int64_t change) { return Run([&](Unit& unit) { return store().HoldAreas(unit, "CHI", change); }); };
  EXPECT_TRUE(hold(0).ok());
  world_->BeginFollow(7);
  EXPECT_EQ(ReasonOf(hold(6)), "AREAS_CHANGED");
  EXPECT_TRUE(hold(7).ok());
  EXPECT_TRUE(hold(8).ok());
}

TEST_P(PlaceStoreContract, AUnitThatFailsLeavesNothing) {
  Place stored = ImportOne(SamplePlace(1));
  absl::Status failed = Run([&](Unit& unit) {
    std::vector<Place> places = SamplePlaces(3);
    places[1].address = "2 Main St";
    EXPECT_TRUE(store().Import(unit, "CHI", places, ImportMode::kWrite, "staff/1").ok());
    Place changed = stored;
    changed.version = 2;
    changed.address = "3 Main St";
    EXPECT_TRUE(store().Update(unit, changed, "staff/1").ok());
    return absl::CancelledError();
  });
  EXPECT_TRUE(absl::IsCancelled(failed));
  EXPECT_TRUE(store().Find(stored.id)->SameContent(stored));
  EXPECT_EQ(store().Find(stored.id)->version, 1);
  EXPECT_EQ(ListAll(ScopeOf({"CHI"})).size(), 1u);
}

TEST_P(PlaceStoreContract, ManyImportsOfTheSameRowsMakeEachOnce) {
  constexpr int kRows = 500;
  constexpr int kThreads = 8;
  std::vector<absl::StatusOr<std::vector<Imported>>> answers(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::vector<Place> places = SamplePlaces(kRows);
      std::shuffle(places.begin(), places.end(), std::mt19937(static_cast<unsigned>(t)));
      answers[static_cast<size_t>(t)] = Import(places);
    });
  }
  for (std::thread& thread : threads) thread.join();

  size_t created = 0;
  std::set<Uuid> ids;
  for (const auto& answer : answers) {
    for (Result result : ResultsOf(answer)) {
      EXPECT_TRUE(result == Result::kCreated || result == Result::kUnchanged);
      if (result == Result::kCreated) ++created;
    }
    if (!answer.ok()) continue;
    for (const Imported& one : *answer) ids.insert(one.id);
  }
  EXPECT_EQ(created, size_t{kRows});
  EXPECT_EQ(ids.size(), size_t{kRows});
  EXPECT_EQ(ListAll(ScopeOf({"CHI"})).size(), size_t{kRows});
}

TEST_P(PlaceStoreContract, OverlappingImportsOfOtherContentAllFinish) {
  constexpr int kThreads = 8;
  std::vector<absl::Status> answers(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      for (int round = 0; round < 5; ++round) {
        std::vector<Place> places = SamplePlaces(200);
        std::shuffle(places.begin(), places.end(), random);
        places.resize(100);
        for (Place& place : places) place.address = fmt::format("{} of {}", round, t);
        answers[static_cast<size_t>(t)].Update(Import(places).status());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& answer : answers) EXPECT_TRUE(answer.ok()) << answer;
  auto ids = SourceIdsOf(ListAll(ScopeOf({"CHI"})));
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
}

TEST_P(PlaceStoreContract, AListHoldsWhatTheScopeHolds) {
  ASSERT_EQ(ResultsOf(Import({SamplePlace(1, "CHI/A/A-G1"), SamplePlace(2, "CHI/A/A-G2"), SamplePlace(3, "CHI/A"),
                              SamplePlace(4, "CHI/A-B/G"), SamplePlace(5, "CHI/AB"), SamplePlace(6, "CHI/A0"),
                              SamplePlace(7, "CHI/B/B-G1")})),
            Results(7, Result::kCreated));
  using Ids = std::vector<std::string>;
  EXPECT_EQ(SourceIdsOf(ListAll(ScopeOf({"CHI/A"}))), (Ids{"00003", "00001", "00002"}));
  EXPECT_EQ(SourceIdsOf(ListAll(ScopeOf({"CHI/A/A-G1"}))), Ids{"00001"});
  EXPECT_EQ(SourceIdsOf(ListAll(ScopeOf({"CHI/A", "CHI/B"}))), (Ids{"00003", "00001", "00002", "00007"}));
  EXPECT_EQ(SourceIdsOf(ListAll(ScopeOf({"CHI/A", "CHI/A/A-G1"}))), (Ids{"00003", "00001", "00002"}));
  EXPECT_EQ(ListAll(ScopeOf({"CHI"})).size(), 7u);
  for (const char* nothing : {"", "CH", "CHI/A/", "%", "CHI/A/A-G", "chi"}) {
    EXPECT_TRUE(ListAll(ScopeOf({nothing})).empty()) << nothing;
  }
  EXPECT_TRUE(ListAll(ScopeOf({})).empty());
  EXPECT_TRUE(store().Near(ScopeOf({}), {.point = {41.880757, -87.634709}})->rows.empty());

  // The filter narrows the scope, and never widens it.
  EXPECT_EQ(SourceIdsOf(ListAll(ScopeOf({"CHI"}), {.area = "CHI/B"})), Ids{"00007"});
  EXPECT_EQ(SourceIdsOf(ListAll(ScopeOf({"CHI/A/A-G2"}), {.area = "CHI/A"})), Ids{"00002"});
  EXPECT_TRUE(ListAll(ScopeOf({"CHI/A"}), {.area = "CHI/B"}).empty());
}

TEST_P(PlaceStoreContract, PagesHoldEachPlaceOnceInTheOrderOfGridAndId) {
  std::vector<Place> places;
  for (int i = 0; i < 120; ++i) {
    places.push_back(SamplePlace(i, fmt::format("CHI/A/A-G{}", i % 7)));
    if (i % 3 == 0) places.back().kind = PlaceKind::kShop;
  }
  ASSERT_TRUE(Import(places).ok());
  for (size_t page_size : {1u, 7u, 60u, 119u, 120u, 121u}) {
    std::vector<Place> listed = ListAll(ScopeOf({"CHI"}), {}, page_size);
    ASSERT_EQ(listed.size(), 120u) << page_size;
    EXPECT_TRUE(std::is_sorted(listed.begin(), listed.end(), [](const Place& a, const Place& b) {
      return std::tie(a.grid, a.id) < std::tie(b.grid, b.id);
    }));
    EXPECT_EQ(ListAll(ScopeOf({"CHI"}), {.kind = PlaceKind::kShop}, page_size).size(), 40u);
    EXPECT_EQ(ListAll(ScopeOf({"CHI"}), {.kind = PlaceKind::kPark}, page_size).size(), 0u);
  }
}

TEST_P(PlaceStoreContract, NearIsWhatMeasuringEveryPlaceGives) {
  std::mt19937 random(7);
  // A dense spot, an ordinary one, one on the antimeridian and one at a pole.
  const std::vector<std::pair<LatLng, double>> spots = {
      {{41.88, -87.63}, 0.002}, {{41.95, -87.7}, 0.05}, {{-17.0, 179.999}, 0.01}, {{89.999, 10}, 0.001}};
  std::vector<Place> places;
  for (const auto& [spot, spread] : spots) {
    std::normal_distribution<double> off(0, spread);
    for (int i = 0; i < 300; ++i) {
      Place& place = places.emplace_back(SamplePlace(static_cast<int>(places.size()), i % 2 ? "CHI/A/G1" : "CHI/B/G2"));
      double longitude = spot.longitude + off(random);
      if (longitude > 180) longitude -= 360;
      place.location = LatLng{std::round(std::min(90.0, spot.latitude + off(random)) * 1e7) / 1e7,
                              std::round(longitude * 1e7) / 1e7};
      if (i % 5 == 0) place.kind = PlaceKind::kPark;
    }
  }
  for (int i = 0; i < 150; ++i) {  // many at one point
    Place& place = places.emplace_back(SamplePlace(static_cast<int>(places.size()), "CHI/A/G1"));
    place.location = LatLng{42.008536, -87.914428};
  }
  places.emplace_back(SamplePlace(static_cast<int>(places.size()))).location = std::nullopt;
  for (size_t from = 0; from < places.size(); from += 500) {
    ASSERT_TRUE(Import({places.begin() + static_cast<ptrdiff_t>(from),
                        places.begin() + static_cast<ptrdiff_t>(std::min(places.size(), from + 500))})
                    .ok());
  }
  const std::vector<Place> all = ListAll(ScopeOf({"CHI"}));
  ASSERT_EQ(all.size(), places.size());

  std::vector<LatLng> points = {{42.008536, -87.914428}, {0.5, 0.5}};
  for (const auto& [spot, spread] : spots) points.push_back(spot);
  for (const LatLng& point : points) {
    for (double radius : {1.0, 90.0, 500.0, 5000.0}) {
      for (size_t limit : {1u, 20u, 1000u}) {
        for (const char* area : {"CHI", "CHI/A"}) {
          PlacesNear near{.point = point, .radius_metres = radius, .limit = limit};
          if (limit == 20) near.filter.kind = PlaceKind::kPark;
          std::vector<Place> expected;
          for (const Place& place : all) {
            if (auth::Holds(area, place.grid) && (!near.filter.kind || place.kind == *near.filter.kind))
              expected.push_back(place);
          }
          KeepNearestFirst(near, expected);
          auto page = store().Near(ScopeOf({area}), near);
          ASSERT_TRUE(page.ok()) << page.status();
          EXPECT_EQ(SourceIdsOf(page->rows), SourceIdsOf(expected))
              << point.latitude << " " << radius << " " << limit << " " << area;
          EXPECT_EQ(page->next, "");
        }
      }
    }
  }
}

TEST_P(PlaceStoreContract, AnUpdateNeedsTheVersionThatWasRead) {
  Place read = ImportOne(SamplePlace(1));
  Place changed = read;
  changed.location = std::nullopt;
  changed.grid = "CHI/CHI-UNPLACED";
  changed.status = PlaceStatus::kClosed;
  changed.kind = PlaceKind::kPark;
  auto written = Update(changed);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->version, 2);
  Place found = store().Find(read.id).value();
  EXPECT_TRUE(found.SameContent(changed));
  EXPECT_EQ(found.version, 2);
  EXPECT_EQ(found.updated, written->updated);
  EXPECT_EQ(found.created, read.created);

  auto stale = Update(read);
  EXPECT_EQ(stale.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(stale.status()), "ETAG_MISMATCH");
  EXPECT_EQ(MetadataOf(stale.status())["etag"], "2");
  EXPECT_TRUE(store().Find(read.id)->SameContent(changed));

  EXPECT_TRUE(Update(*written).ok());  // the same content again is a write, too
  EXPECT_EQ(store().Find(read.id)->version, 3);
  EXPECT_EQ(ResultsOf(Import({SamplePlace(1)})), Results{Result::kUpdated});
  EXPECT_EQ(store().Find(read.id)->version, 4);

  read.id = Uuid::V7(absl::Now());
  EXPECT_TRUE(absl::IsNotFound(Update(read).status()));
}

TEST_P(PlaceStoreContract, OfManyUpdatesOfOneVersionOneIsWritten) {
  Place read = ImportOne(SamplePlace(1));
  std::vector<absl::Status> answers(8);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < answers.size(); ++t) {
    threads.emplace_back([&, t] {
      Place mine = read;
      mine.address = fmt::format("{} Main St", t);
      answers[t] = Update(mine).status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  auto written = std::count_if(answers.begin(), answers.end(), [](const absl::Status& s) { return s.ok(); });
  EXPECT_EQ(written, 1);
  for (const absl::Status& answer : answers) EXPECT_TRUE(answer.ok() || ReasonOf(answer) == "ETAG_MISMATCH") << answer;
  EXPECT_EQ(store().Find(read.id)->version, 2);
}

}  // namespace gridwork::tasks::testing
