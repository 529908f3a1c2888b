#include "common/auth/decide.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "tests/support/scope.h"

namespace gridwork::auth {
namespace {

using options::v1::Policy;
using options::v1::Purpose;
using testing::ElementsAre;
using testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr char kMethod[] = "TaskService/GetTask";

Policy Parse(const std::string& text) {
  Policy policy;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &policy)) << text;
  return policy;
}

Grant In(std::string area, Role role = options::v1::ROLE_DISPATCHER, absl::Time until = kNow + absl::Hours(1)) {
  return {role, std::move(area), until};
}

Caller With(std::vector<Grant> grants, std::string id = "staff/a") {
  return {.id = std::move(id), .grants = std::move(grants)};
}

struct Case {
  std::string name;
  std::string policy;
  Caller caller;
  std::optional<Facts> facts;
  Purpose purpose = options::v1::PURPOSE_UNSPECIFIED;
  std::string want;  // id of the rule without the method ("#0"), or the reason of the refusal
};

class DecideCases : public testing::TestWithParam<Case> {};

TEST_P(DecideCases, Decides) {
  const Case& c = GetParam();
  Decision decision = Decide(c.caller, Parse(c.policy), kMethod, c.facts ? &*c.facts : nullptr, c.purpose, kNow);
  EXPECT_EQ(decision.allowed, c.want.starts_with("#"));
  EXPECT_EQ(decision.allowed ? decision.rule : decision.reason, decision.allowed ? kMethod + c.want : c.want);
  EXPECT_TRUE(decision.allowed ? decision.reason.empty() : decision.rule.empty() && decision.shows.empty());
}

constexpr char kDispatcher[] = "rules { roles: ROLE_DISPATCHER }";
constexpr char kClaimant[] = "rules { relation: RELATION_CLAIMANT }";
constexpr char kSelf[] = "rules { relation: RELATION_SELF }";
constexpr char kBoth[] = "rules { roles: ROLE_DISPATCHER relation: RELATION_CLAIMANT }";
constexpr char kForDispatch[] = "rules { roles: ROLE_DISPATCHER purposes: PURPOSE_DISPATCH }";
constexpr char kService[] = "rules { roles: ROLE_DISPATCHER } services: 'tasks'";
const Facts kSide{.area = "CHI/SIDE-NORTH/7"};
const Facts kMine{.area = "CHI", .claimants = {"staff/z", "staff/a"}, .self = "staff/b"};
const Facts kMyself{.area = "", .claimants = {""}, .self = "staff/a"};
const Facts kNowhere{};
const auto kEnded = In("CHI", options::v1::ROLE_DISPATCHER, kNow);
const auto kUnspecified = In("CHI", options::v1::ROLE_UNSPECIFIED);

INSTANTIATE_TEST_SUITE_P(
    Rules, DecideCases,
    testing::ValuesIn(std::vector<Case>{
        {"RoleInAreaAbove", kDispatcher, With({In("CHI")}), kSide, {}, "#0"},
        {"RoleInTheAreaItself", kDispatcher, With({In("CHI/SIDE-NORTH/7")}), kSide, {}, "#0"},
        {"RoleBelow", kDispatcher, With({In("CHI/SIDE-NORTH/7/3")}), kSide, {}, "AREA_OUTSIDE"},
        {"WholeSegmentsOnly", kDispatcher, With({In("CHI/SIDE-NO")}), kSide, {}, "AREA_OUTSIDE"},
        {"RoleElsewhere", kDispatcher, With({In("NYC")}), kSide, {}, "AREA_OUTSIDE"},
        {"AnotherRole", kDispatcher, With({In("CHI", options::v1::ROLE_DESK)}), kSide, {}, "ROLE_MISSING"},
        {"EndIsExclusive", kDispatcher, With({kEnded}), kSide, {}, "GRANT_EXPIRED"},
        {"JustNotEnded",
         kDispatcher,
         With({In("CHI", options::v1::ROLE_DISPATCHER, kNow + absl::Nanoseconds(1))}),
         kSide,
         {},
         "#0"},
        {"OneGoodGrantIsEnough", kDispatcher, With({kEnded, In("NYC"), In("CHI")}), kSide, {}, "#0"},
        {"RoleAndAreaOfTwoGrantsDoNotAdd",
         kDispatcher,
         With({In("NYC"), In("CHI", options::v1::ROLE_DESK)}),
         kSide,
         {},
         "AREA_OUTSIDE"},
        {"NoObjectAnyArea", kDispatcher, With({In("NYC")}), std::nullopt, {}, "#0"},
        {"NoObjectEnded", kDispatcher, With({kEnded}), std::nullopt, {}, "GRANT_EXPIRED"},
        {"NobodyIsDenied", kDispatcher, Caller{}, kSide, {}, "ROLE_MISSING"},
        {"EmptyPolicyDenies", "", With({In("CHI")}), kSide, {}, "ROLE_MISSING"},
        {"EmptyRoleListDenies", "rules {}", With({In("CHI")}), kSide, {}, "ROLE_MISSING"},
        {"EmptyAreaOfGrantDenies", kDispatcher, With({In("")}), kSide, {}, "AREA_OUTSIDE"},
        {"EmptyAreaOfGrantDeniesWithoutObject", kDispatcher, With({In("")}), std::nullopt, {}, "AREA_OUTSIDE"},
        {"EmptyAreaOfObjectDenies", kDispatcher, With({In("CHI")}), kNowhere, {}, "AREA_OUTSIDE"},
        {"TwoEmptyAreasDeny", kDispatcher, With({In("")}), kNowhere, {}, "AREA_OUTSIDE"},
        {"UnspecifiedRoleDenies", "rules { roles: ROLE_UNSPECIFIED }", With({kUnspecified}), kSide, {}, "ROLE_MISSING"},
        {"UnspecifiedRoleDeniesWithoutObject",
         "rules { roles: ROLE_UNSPECIFIED }",
         With({kUnspecified}),
         std::nullopt,
         {},
         "ROLE_MISSING"},
        {"ClaimantNeedsNoGrant", kClaimant, With({}), kMine, {}, "#0"},
        {"ClaimantOfAnother", kClaimant, With({In("CHI")}, "staff/b"), kMine, {}, "ROLE_MISSING"},
        {"ClaimantOfNothing", kClaimant, With({In("CHI")}), kSide, {}, "ROLE_MISSING"},
        {"NobodyIsNoClaimant", kClaimant, Caller{}, kSide, {}, "ROLE_MISSING"},
        {"ClaimantWithoutObject", kClaimant, With({In("CHI")}), std::nullopt, {}, "ROLE_MISSING"},
        {"Self", kSelf, With({}), kMyself, {}, "#0"},
        {"OwnThingsHaveNoObject", kSelf, With({}), std::nullopt, {}, "#0"},
        {"NobodyHasOwnThings", kSelf, Caller{}, std::nullopt, {}, "ROLE_MISSING"},
        {"AListIsNotOnesOwn",
         "resource: 'Task' rules { relation: RELATION_SELF }",
         With({}),
         std::nullopt,
         {},
         "ROLE_MISSING"},
        {"ClaimantIsNotSelf", kSelf, With({}), kMine, {}, "ROLE_MISSING"},
        {"NobodyIsNotSelf", kSelf, Caller{}, kNowhere, {}, "ROLE_MISSING"},
        {"UnknownRelationDenies", "rules { relation: 99 }", With({In("CHI")}), kMine, {}, "ROLE_MISSING"},
        {"RoleAndRelation", kBoth, With({In("CHI")}), kMine, {}, "#0"},
        {"RoleWithoutRelation", kBoth, With({In("CHI")}, "staff/b"), kMine, {}, "ROLE_MISSING"},
        {"RelationWithoutRole", kBoth, With({}), kMine, {}, "ROLE_MISSING"},
        {"RelationWithRoleElsewhere", kBoth, With({In("NYC")}), kMine, {}, "AREA_OUTSIDE"},
        {"RelationWithEndedRole", kBoth, With({kEnded}), kMine, {}, "GRANT_EXPIRED"},
        {"PurposeDeclared", kForDispatch, With({In("CHI")}), kSide, options::v1::PURPOSE_DISPATCH, "#0"},
        {"PurposeMissing", kForDispatch, With({In("CHI")}), kSide, {}, "PURPOSE_REQUIRED"},
        {"PurposeOther", kForDispatch, With({In("CHI")}), kSide, options::v1::PURPOSE_ADMINISTRATION,
         "PURPOSE_NOT_ALLOWED"},
        {"PurposeUnspecifiedNeverCounts",
         "rules { roles: ROLE_DISPATCHER purposes: PURPOSE_UNSPECIFIED }",
         With({In("CHI")}),
         kSide,
         {},
         "PURPOSE_REQUIRED"},
        {"PurposeUnasked", kDispatcher, With({In("CHI")}), kSide, options::v1::PURPOSE_ADMINISTRATION, "#0"},
        {"PurposeDoesNotReplaceArea", kForDispatch, With({In("NYC")}), kSide, options::v1::PURPOSE_DISPATCH,
         "AREA_OUTSIDE"},
        {"FirstRuleThatAllows",
         "rules { roles: ROLE_DESK } rules { roles: ROLE_DISPATCHER } rules { roles: ROLE_DISPATCHER }",
         With({In("CHI")}),
         kSide,
         {},
         "#1"},
        {"NearestReasonOfAllRules",
         "rules { roles: ROLE_DESK } rules { roles: ROLE_DISPATCHER purposes: PURPOSE_DISPATCH } rules { roles: "
         "ROLE_INSPECTOR }",
         With({In("CHI"), In("NYC", options::v1::ROLE_INSPECTOR)}),
         kSide,
         {},
         "PURPOSE_REQUIRED"},
        {"ServiceNamed", kService, With({}, "services/tasks"), kSide, {}, "#service"},
        {"ServiceNotNamed", kService, With({}, "services/identity"), kSide, {}, "ROLE_MISSING"},
        {"ServiceWithoutName", "services: ''", With({}, "services/"), kSide, {}, "ROLE_MISSING"},
        {"ServicePrefix", kService, With({}, "services/tasks2"), kSide, {}, "ROLE_MISSING"},
        {"ServiceNeverByRule", kDispatcher, With({In("CHI")}, "services/tasks"), kSide, {}, "ROLE_MISSING"},
        {"ServiceNeverByRelation",
         kClaimant,
         With({}, "services/tasks"),
         Facts{.claimants = {"services/tasks"}},
         {},
         "ROLE_MISSING"},
        {"StaffIsNoService", "services: 'a'", With({In("CHI")}), kSide, {}, "ROLE_MISSING"},
        {"OpenToIsNotDecided", "open_to: OPEN_TO_ANYONE", With({In("CHI")}), kSide, {}, "ROLE_MISSING"},
    }),
    [](const auto& test) { return test.param.name; });

TEST(Decide, ShowsWhatTheDecidingRuleShows) {
  Policy policy = Parse(
      "rules { roles: ROLE_DESK shows: DATA_CLASS_PERSON } rules { roles: ROLE_DISPATCHER shows: DATA_CLASS_CONTACT }");
  EXPECT_THAT(Decide(With({In("CHI")}), policy, kMethod, &kSide, {}, kNow).shows,
              ElementsAre(options::v1::DATA_CLASS_CONTACT));
  EXPECT_THAT(Decide(With({}, "services/a"), Parse("services: 'a'"), kMethod, &kSide, {}, kNow).shows, IsEmpty());
}

TEST(AreasOf, RootsOfTheGrantsThatCount) {
  Policy policy = Parse("rules { roles: ROLE_DISPATCHER } rules { roles: ROLE_DESK }");
  EXPECT_THAT(AreasOf(With({In("NYC"), In("CHI/NORTH"), In("CHI", options::v1::ROLE_DESK), In("NYC"), In("CHI-EAST")}),
                      policy, kNow),
              ElementsAre("CHI", "CHI-EAST", "NYC"));
  EXPECT_THAT(AreasOf(With({kEnded, In(""), In("CHI", options::v1::ROLE_ADMIN), kUnspecified}), policy, kNow),
              IsEmpty());
  EXPECT_THAT(AreasOf(With({In("CHI")}), Parse(kClaimant), kNow), IsEmpty());
  EXPECT_THAT(AreasOf(With({In("CHI")}), Parse(kBoth), kNow), IsEmpty());
  EXPECT_THAT(AreasOf(With({In("CHI")}, "services/tasks"), policy, kNow), IsEmpty());
  EXPECT_THAT(AreasOf(With({In("CHI")}), Policy(), kNow), IsEmpty());
}

TEST(Scope, HoldsWholeSegments) {
  Scope scope = ScopeForTest::Of({"CHI/NO", ""});
  EXPECT_TRUE(scope.Holds("CHI/NO"));
  EXPECT_TRUE(scope.Holds("CHI/NO/1"));
  EXPECT_FALSE(scope.Holds("CHI/NORTH"));
  EXPECT_FALSE(scope.Holds("CHI"));
  EXPECT_FALSE(scope.Holds(""));
  EXPECT_FALSE(ScopeForTest::Of({}).Holds("CHI"));
}

// The rules once more, in another way: every path is cut into the set of its ancestors, every condition is a set of
// grants. Knows no reasons.
std::set<std::string> Ancestors(const std::string& path) {
  std::set<std::string> out;
  for (size_t i = 1; i <= path.size(); ++i) {
    if (i == path.size() || path[i] == '/') out.insert(path.substr(0, i));
  }
  return out;
}

int Model(const Caller& caller, const Policy& policy, const Facts* facts,
          int purpose) {  // index of the deciding rule, or -1
  std::set<int> living_roles;
  for (const Grant& g : caller.grants) {
    bool counts = facts ? Ancestors(facts->area).contains(g.area) : !g.area.empty();
    if (counts && kNow < g.until && g.role > 0) living_roles.insert(g.role);
  }
  for (int i = 0; i < policy.rules_size(); ++i) {
    const auto& rule = policy.rules(i);
    std::multiset<int> roles(rule.roles().begin(), rule.roles().end()),
        purposes(rule.purposes().begin(), rule.purposes().end());
    bool has_role = false;
    for (int role : living_roles) has_role = has_role || roles.count(role) > 0;
    std::set<std::string> wanted;
    if (facts && rule.relation() == 1) wanted.insert(facts->claimants.begin(), facts->claimants.end());
    if (facts && rule.relation() == 2) wanted.insert(facts->self);
    if (!facts && rule.relation() == 2 && policy.resource().empty()) wanted.insert(caller.id);
    bool related = !caller.id.empty() && wanted.contains(caller.id);
    bool person = rule.relation() == 0 ? has_role : related && (roles.empty() || has_role);
    bool reason = purposes.empty() || (purpose != 0 && purposes.count(purpose) > 0);
    if (person && reason) return i;
  }
  return -1;
}

RC_GTEST_PROP(DecideProperty, AgreesWithTheModel, ()) {
  auto below = [](int n) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n)); };
  auto area = [] { return *rc::gen::element<std::string>("A", "A/B", "A/B", "A/BC", "A/B/C", "D", ""); };
  auto who = [] { return *rc::gen::element<std::string>("", "staff/a", "staff/a", "staff/b"); };
  for (int round = 0; round < 100; ++round) {
    Policy policy;
    if (below(2) == 0) policy.set_resource("Thing");
    for (int i = below(5); i > 0; --i) {
      auto* rule = policy.add_rules();
      for (int n = below(3); n > 0; --n) rule->add_roles(static_cast<Role>(below(4)));
      if (below(2) == 0) rule->set_relation(static_cast<options::v1::Relation>(below(3)));
      if (below(2) == 0) rule->add_purposes(static_cast<Purpose>(below(3)));
    }
    Caller caller{.id = who()};
    for (int i = below(5); i > 0; --i) {
      caller.grants.push_back(In(area(), static_cast<Role>(below(4)), kNow + absl::Seconds(below(4) - 1)));
    }
    Facts facts{area(), {who(), who()}, who()};
    const Facts* object = below(4) == 0 ? nullptr : &facts;
    int purpose = below(3);

    Decision decision = Decide(caller, policy, kMethod, object, static_cast<Purpose>(purpose), kNow);
    int rule = Model(caller, policy, object, purpose);
    RC_ASSERT(decision.allowed == (rule >= 0));
    RC_ASSERT(decision.rule == (rule >= 0 ? std::string(kMethod) + "#" + std::to_string(rule) : ""));
  }
}

RC_GTEST_PROP(DecideProperty, MoreTimeOrFewerGrantsNeverAllow, ()) {
  Caller caller = With({In("A", options::v1::ROLE_DISPATCHER, kNow + absl::Seconds(*rc::gen::inRange(-2, 3)))});
  Policy policy = Parse(kDispatcher);
  Facts facts{.area = "A/B"};
  bool now = Decide(caller, policy, kMethod, &facts, {}, kNow).allowed;
  bool later = Decide(caller, policy, kMethod, &facts, {}, kNow + absl::Seconds(*rc::gen::inRange(0, 3))).allowed;
  RC_ASSERT(now || !later);
}

}  // namespace
}  // namespace gridwork::auth
