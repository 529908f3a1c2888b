// A team's day on real premises: people, a thousand inspections, twenty phones, reviews, a phone that dies, an index
// that is lost, and what the system refuses. Each step prints its checks.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/demo_day/people.h"

namespace gridwork::demo {

struct Pocket;

class Day {
 public:
  static constexpr int kGrids = 20;
  static constexpr int kInspections = 1'000;

  Day(Targets targets, Person admin, std::string root)
      : targets_(std::move(targets)), admin_(std::move(admin)), root_(std::move(root)) {}

  void HirePeople();         // 50 staff at three levels, 20 phones
  void CreateInspections();  // 1,000 in 20 grids
  void OnePhoneDies();       // it claims and is never heard of again
  void PhonesWork();         // the other nineteen claim, inspect and submit
  void Review();             // accepted, one returned and done again
  void Refusals();
  void WithoutIndex();  // while Redis is dead
  void IndexIsBack();   // and comes back empty
  void DeadPhonesTasksComeBack();
  void EverythingIsThereOnce();
  // ---- offline.cc
  void TwoChangeTheSamePlace();
  void OnePhoneIsStolen();
  // `pass` makes hours pass for the claims of phones that are away.
  void OnePhoneIsAwayForThreeDays(const std::function<bool(int hours)>& pass);
  // ---- areas.cc
  void AGridIsSplitWhilePhonesAreOut();
  // ---- photo.cc
  void APhotoComesThroughTwoCuts(const std::function<bool()>& restart_tasks);

 private:
  struct Worker {
    Person person;
    std::string grid;
  };
  absl::StatusOr<identity::Staff> Hire(const std::string& username, const std::string& area);
  absl::Status Grant(const std::string& staff, gridwork::options::v1::Role role, const std::string& area,
                     absl::Duration for_how_long);
  absl::StatusOr<Person> GivePhone(const std::string& staff);
  absl::StatusOr<std::vector<tasks::Task>> Claim(const Person& person, int max);
  absl::StatusOr<tasks::Submission> Submit(const Person& person, const tasks::Task& task,
                                           const std::string& request_id);
  tasks::SubmitTaskRequest GoodAnswers(const tasks::Task& task) const;
  std::map<std::string, tasks::Task> AllTasks(const Person& person);
  int WorkUntilDone(const Worker& worker);
  Person NewWorker(const std::string& username, const std::string& grid);
  void DecideLateResults(int expected);
  // `pocket` is that of somebody who holds the whole of it, `held` places.
  void MergePartsOf(const std::string& grid, const std::vector<std::string>& parts, Pocket& pocket, size_t held);
  // A new one in this grid, claimed by this worker.
  tasks::Task InspectionFor(const Person& worker, const std::string& grid);

  Targets targets_;
  Person admin_;
  std::string root_;
  std::map<std::string, std::vector<tasks::Place>> grids_;  // the chosen ones
  std::vector<Person> dispatcher_;                          // one: of the whole city
  std::vector<Worker> workers_;                             // one a grid; the first one's phone dies
  std::vector<tasks::Task> lost_;                           // what that phone held
  std::atomic<int> submitted_{0};
};

}  // namespace gridwork::demo
