// Pins every ceiling three times: here, in common/base/scope_limits.h and in the table of SCOPE.md. None of them
// changes alone.
#include "common/base/scope_limits.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace gridwork::scope {
namespace {

using Limits = std::map<std::string, std::string>;

std::string Text(int64_t value) { return std::to_string(value); }
std::string Text(Ratio ratio) { return fmt::format("{}/{}", ratio.numerator, ratio.denominator); }

#define LIMIT(name) \
  { #name, Text(name) }

// What the program is compiled with.
const Limits& Compiled() {
  static const Limits kLimits = {
      LIMIT(kReporterContactDays),
      LIMIT(kNoAccessVisits),
      LIMIT(kProgrammeShare),
      LIMIT(kAllProgrammesShare),
      LIMIT(kAppointmentDayLifeDays),
      LIMIT(kProgrammeMonths),
      LIMIT(kEmergencyDays),
      LIMIT(kEmergencyTotalDays),
      LIMIT(kEmergencyDeclaringRoles),
      LIMIT(kEmergencyRenewalWitnesses),
      LIMIT(kInvitationListDays),
      LIMIT(kAppointmentAddressDaysAhead),
      LIMIT(kPhoneRecords),
      LIMIT(kOfflineLeaseHours),
      LIMIT(kCourtNoticeDelayMonths),
      LIMIT(kPersonsPerCourtOrder),
      LIMIT(kPartnerAgreementMonths),
      LIMIT(kConsentMonths),
      LIMIT(kExtraHelpMonths),
      LIMIT(kCareConsentMonths),
      LIMIT(kMediationMonths),
      LIMIT(kItemNoteCharacters),
      LIMIT(kWitnesses),
      LIMIT(kCosignatureAgeHours),
      LIMIT(kWitnessUnreachableDays),
      LIMIT(kNameCharacters),
      LIMIT(kStatisticsMinimumCount),
      LIMIT(kCardRandomBits),
      LIMIT(kGrantMonths),
      LIMIT(kQualificationMonths),
      LIMIT(kAbsenceDays),
      LIMIT(kDelegationDays),
      LIMIT(kRequestIdDays),
      LIMIT(kRequestIdAheadDays),
      LIMIT(kBatchItems),
      LIMIT(kDefaultPageSize),
      LIMIT(kPageSize),
  };
  return kLimits;
}

std::string ReadFile(const std::string& name) {
  std::ifstream in(fmt::format("{}/{}", GRIDWORK_SOURCE_DIR, name));
  EXPECT_TRUE(in) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

// The rows of the table: | kName | value | ...
Limits Published(const std::string& markdown) {
  static const std::regex kRow(R"(\|\s*(k\w+)\s*\|\s*([0-9/]+)\s*\|)");
  Limits limits;
  for (std::sregex_iterator i(markdown.begin(), markdown.end(), kRow), end; i != end; ++i) {
    EXPECT_TRUE(limits.emplace((*i)[1], (*i)[2]).second) << "twice in the table: " << (*i)[1];
  }
  return limits;
}

TEST(ScopeLimits, AreThoseThatScopeMdPublishes) { EXPECT_EQ(Published(ReadFile("SCOPE.md")), Compiled()); }

TEST(ScopeLimits, NoneIsLeftOutOfThisTest) {
  std::string header = ReadFile("common/base/scope_limits.h");
  static const std::regex kConstant(R"(inline constexpr \w+ (k\w+))");
  std::vector<std::string> names;
  for (std::sregex_iterator i(header.begin(), header.end(), kConstant), end; i != end; ++i) names.push_back((*i)[1]);
  std::vector<std::string> known;
  for (const auto& [name, value] : Compiled()) known.push_back(name);
  EXPECT_THAT(names, testing::UnorderedElementsAreArray(known));
}

// The numbers once more, by the rule of SCOPE.md that says them in words. A rule that is loosened fails here, whatever
// the table says.
TEST(ScopeLimits, AreNotLaxerThanTheRules) {
  EXPECT_LE(kReporterContactDays, 90);  // 1
  EXPECT_LE(kNoAccessVisits, 2);
  EXPECT_LE(kProgrammeShare.numerator * 5, kProgrammeShare.denominator);  // 2
  EXPECT_LE(kAllProgrammesShare.numerator * 5, kAllProgrammesShare.denominator * 2);
  EXPECT_LE(kAppointmentDayLifeDays, 30);
  EXPECT_LE(kProgrammeMonths, 24);
  EXPECT_LE(kEmergencyDays, 90);
  EXPECT_LE(kEmergencyTotalDays, 365);
  EXPECT_GE(kEmergencyDeclaringRoles, 2);
  EXPECT_GE(kEmergencyRenewalWitnesses, 1);
  EXPECT_LE(kInvitationListDays, 14);
  EXPECT_LE(kAppointmentAddressDaysAhead, 1);  // 4
  EXPECT_LE(kPhoneRecords, 10'000);
  EXPECT_LE(kOfflineLeaseHours, 96);
  EXPECT_LE(kCourtNoticeDelayMonths, 6);  // 5
  EXPECT_EQ(kPersonsPerCourtOrder, 1);
  EXPECT_LE(kPartnerAgreementMonths, 12);
  EXPECT_LE(kConsentMonths, 12);  // 6
  EXPECT_LE(kExtraHelpMonths, 12);
  EXPECT_LE(kCareConsentMonths, 12);
  EXPECT_LE(kMediationMonths, 12);
  EXPECT_LE(kItemNoteCharacters, 300);  // 11
  EXPECT_GE(kWitnesses, 2);             // 13
  EXPECT_LE(kCosignatureAgeHours, 24);
  EXPECT_LE(kWitnessUnreachableDays, 7);
  EXPECT_LE(kNameCharacters, 100);
  EXPECT_GE(kStatisticsMinimumCount, 10);
  EXPECT_GE(kCardRandomBits, 128);
  EXPECT_LE(kGrantMonths, 24);
  EXPECT_LE(kQualificationMonths, 60);
  EXPECT_LE(kAbsenceDays, 366);
  EXPECT_LE(kDelegationDays, 92);
  EXPECT_LE(kRequestIdDays, 30);
  EXPECT_LE(kRequestIdAheadDays, 1);
}

TEST(Ratio, IsExact) {
  EXPECT_TRUE(kProgrammeShare.Holds(20, 100));
  EXPECT_FALSE(kProgrammeShare.Holds(21, 100));
  EXPECT_TRUE(kProgrammeShare.Holds(0, 1));
  EXPECT_FALSE(kProgrammeShare.Holds(1, 4));
  EXPECT_TRUE(kProgrammeShare.Holds(1, 5));
  EXPECT_TRUE(kAllProgrammesShare.Holds(2, 5));
  EXPECT_FALSE(kAllProgrammesShare.Holds(2, 4));
}

TEST(Ratio, FailsClosed) {
  EXPECT_FALSE(kProgrammeShare.Holds(0, 0)) << "no figure of inhabitants, no programme";
  EXPECT_FALSE(kProgrammeShare.Holds(1, -10));
  EXPECT_FALSE(kProgrammeShare.Holds(-1, 10));
  EXPECT_FALSE(kProgrammeShare.Holds(INT64_MAX, INT64_MAX)) << "overflow";
}

}  // namespace
}  // namespace gridwork::scope
