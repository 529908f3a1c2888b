// Decide() against a second model, which was written from the comments of options.proto alone and shares no code with
// it: every RPC of every service x callers x objects x purposes, a million cases, and no disagreement.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/auth/decide.h"

namespace gridwork::scope {
namespace {

using auth::Caller;
using auth::Facts;
using options::v1::Policy;
using options::v1::Purpose;

constexpr int kCases = 1'000'000;
const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// "CHI/NORTH/7" lies in "CHI", in "CHI/NORTH" and in itself.
std::set<std::string> AreasAround(const std::string& path) {
  std::set<std::string> out;
  std::string so_far;
  for (size_t begin = 0; begin < path.size();) {
    size_t end = std::min(path.find('/', begin), path.size());
    so_far += (so_far.empty() ? "" : "/") + path.substr(begin, end - begin);
    out.insert(so_far);
    begin = end + 1;
  }
  return out;
}

// What a caller may be to an object, as words.
std::set<std::string> Titles(const Caller& caller, const Facts* object, bool about_something) {
  std::set<std::string> out;
  std::set<std::string> around = object ? AreasAround(object->area) : std::set<std::string>();
  for (const auto& grant : caller.grants) {
    bool holds = kNow < grant.until && !grant.area.empty() && (object == nullptr || around.count(grant.area) > 0);
    if (holds && grant.role != options::v1::ROLE_UNSPECIFIED) out.insert(fmt::format("role {}", int{grant.role}));
  }
  if (caller.id.empty()) return out;
  if (object) {
    for (const auto& claimant : object->claimants) {
      if (claimant == caller.id) out.insert("claimant");
    }
    if (object->self == caller.id) out.insert("self");
  }
  if (!about_something) out.insert("self");
  return out;
}

// options.proto, "Policy" and "Rule".
bool ModelAllows(const Caller& caller, const Policy& policy, const Facts* object, Purpose purpose) {
  if (caller.id.rfind("services/", 0) == 0) {
    std::set<std::string> services;
    for (const auto& service : policy.services()) services.insert("services/" + service);
    return services.count(caller.id) > 0;
  }
  const auto titles = Titles(caller, object, object != nullptr || !policy.resource().empty());
  for (const auto& rule : policy.rules()) {
    std::set<std::string> role_titles;
    for (int role : rule.roles()) role_titles.insert(fmt::format("role {}", role));
    bool has_role = false;
    for (const auto& title : role_titles) has_role = has_role || titles.count(title) > 0;
    bool ok = false;
    switch (rule.relation()) {
      case options::v1::RELATION_UNSPECIFIED:
        ok = has_role;
        break;
      case options::v1::RELATION_CLAIMANT:
        ok = titles.count("claimant") > 0 && (rule.roles().empty() || has_role);
        break;
      case options::v1::RELATION_SELF:
        ok = titles.count("self") > 0 && (rule.roles().empty() || has_role);
        break;
      default:
        ok = false;
    }
    std::set<int> purposes(rule.purposes().begin(), rule.purposes().end());
    if (ok && (purposes.empty() || (purpose != options::v1::PURPOSE_UNSPECIFIED && purposes.count(purpose) > 0)))
      return true;
  }
  return false;
}

struct Rpc {
  std::string name;
  Policy policy;
};

std::vector<Rpc> AllRpcs() {
  std::vector<Rpc> out;
  std::filesystem::path root = std::filesystem::path(GRIDWORK_SOURCE_DIR) / "proto";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "gridwork")) {
    if (entry.path().extension() != ".proto") continue;
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
        entry.path().lexically_relative(root).generic_string());
    for (int s = 0; file && s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto* method = file->service(s)->method(m);
        out.push_back({method->full_name(), method->options().GetExtension(options::v1::policy)});
      }
    }
  }
  return out;
}

// Areas that look like each other, on purpose.
const char* const kAreas[] = {"CHI",         "CHI/NORTH",   "CHI/NORTH/7", "CHI/NORTH/77", "CHI/NO",
                              "CHI/NORTHER", "CHI/SOUTH/7", "NYC",         "NYC/NORTH/7",  ""};
const char* const kPeople[] = {"staff/a",           "staff/b",   "staff/ab", "services/tasks",
                               "services/identity", "services/", ""};

class Dice {
 public:
  explicit Dice(uint32_t seed) : random_(seed) {}
  int Roll(int sides) { return static_cast<int>(random_() % static_cast<uint32_t>(sides)); }

  Caller ACaller() {
    Caller out{.id = kPeople[Roll(std::size(kPeople))]};
    for (int i = Roll(4); i > 0; --i) {
      absl::Time until = kNow + absl::Seconds(Roll(3) - 1);  // over, ending now, good
      out.grants.push_back({static_cast<auth::Role>(Roll(13)), kAreas[Roll(std::size(kAreas))], until});
    }
    return out;
  }
  Facts AnObject() {
    Facts out{.area = kAreas[Roll(std::size(kAreas))], .self = kPeople[Roll(std::size(kPeople))]};
    for (int i = Roll(3); i > 0; --i) out.claimants.emplace_back(kPeople[Roll(std::size(kPeople))]);
    return out;
  }

 private:
  std::mt19937 random_;
};

std::string TextOf(const Rpc& rpc, const Caller& caller, const Facts* object, Purpose purpose) {
  std::string out = fmt::format("{} by '{}' for {}", rpc.name, caller.id, int{purpose});
  for (const auto& grant : caller.grants)
    out += fmt::format(" [{} in '{}' {}]", int{grant.role}, grant.area, grant.until > kNow ? "good" : "over");
  if (object) {
    out += fmt::format(" on '{}' of '{}'", object->area, object->self);
    for (const auto& claimant : object->claimants) out += fmt::format(" claimed by '{}'", claimant);
  }
  return out;
}

TEST(AuthorisationMatrix, AMillionCasesWithoutDisagreement) {
  const std::vector<Rpc> rpcs = AllRpcs();
  ASSERT_GT(rpcs.size(), 40u);
  Dice dice(20261123);
  std::map<std::string, std::pair<int, int>> outcomes;  // allowed, denied
  for (int i = 0; i < kCases; ++i) {
    const Rpc& rpc = rpcs[static_cast<size_t>(i) % rpcs.size()];
    const Caller caller = dice.ACaller();
    const Facts object = dice.AnObject();
    const auto purpose = static_cast<Purpose>(dice.Roll(3));
    const Facts* facts = rpc.policy.name_field().empty() ? nullptr : &object;
    const auto decision = auth::Decide(caller, rpc.policy, rpc.name, facts, purpose, kNow);
    ASSERT_EQ(decision.allowed, ModelAllows(caller, rpc.policy, facts, purpose))
        << TextOf(rpc, caller, facts, purpose) << ": " << decision.rule << decision.reason;
    auto& [allowed, denied] = outcomes[rpc.name];
    ++(decision.allowed ? allowed : denied);

    // A List shows exactly the objects on which the caller might have been let in one by one.
    if (rpc.policy.resource().empty() || !rpc.policy.name_field().empty() || caller.id.starts_with("services/"))
      continue;
    bool held = false;
    for (const auto& area : auth::AreasOf(caller, rpc.policy, kNow))
      held = held || AreasAround(object.area).count(area);
    Facts nobody{.area = object.area};
    Policy without_purposes = rpc.policy;
    for (auto& rule : *without_purposes.mutable_rules()) rule.clear_purposes();
    ASSERT_EQ(held, ModelAllows(caller, without_purposes, &nobody, purpose)) << TextOf(rpc, caller, &object, purpose);
  }
  for (const Rpc& rpc : rpcs) {
    if (rpc.policy.rules().empty()) continue;
    EXPECT_GT(outcomes[rpc.name].first, 0) << rpc.name << " was never allowed: the cases do not reach it";
    EXPECT_GT(outcomes[rpc.name].second, 0) << rpc.name << " was never refused";
  }
}

}  // namespace
}  // namespace gridwork::scope
