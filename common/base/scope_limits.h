// The ceilings of this project. A rule pack, a programme or an agreement may be stricter, never laxer (SCOPE.md 12).
// A number here changes only together with the table in SCOPE.md: tests/scope/scope_limits_test.cc compares the two.
// The unit is in the name; the number in brackets is the rule of SCOPE.md.
#pragma once
#include <cstdint>

namespace gridwork::scope {

// A share of a whole number, without rounding.
struct Ratio {
  int64_t numerator;
  int64_t denominator;
  // True if `part` is at most this share of `whole`. A whole that is not known (0 or less) holds nothing.
  constexpr bool Holds(int64_t part, int64_t whole) const {
    return whole > 0 && part >= 0 && part <= INT64_MAX / denominator && whole <= INT64_MAX / numerator &&
           part * denominator <= whole * numerator;
  }
};

// ---- Tasks know places, not people (1)

// After closing, a reporter's contact goes, with the description and the photos.
inline constexpr int kReporterContactDays = 90;
// A place of a campaign is entered as NO_ACCESS at most so often; then its line is done.
inline constexpr int kNoAccessVisits = 2;

// ---- No register of residents (2)

// Of the inhabitants of its area, in persons, outside a declared emergency.
inline constexpr Ratio kProgrammeShare{1, 5};
// Of the inhabitants of the root area: all programmes of an installation together.
inline constexpr Ratio kAllProgrammesShare{2, 5};
// Life of a programme of the kind APPOINTMENT_DAY, which has no cap.
inline constexpr int kAppointmentDayLifeDays = 30;
// From the first to the last day of any programme.
inline constexpr int kProgrammeMonths = 24;
// A declared emergency, and each renewal of it.
inline constexpr int kEmergencyDays = 90;
// An emergency with all its renewals.
inline constexpr int kEmergencyTotalDays = 365;
// At least so many different roles declare an emergency together.
inline constexpr int kEmergencyDeclaringRoles = 2;
// At least so many outside witnesses cosign a renewal.
inline constexpr int kEmergencyRenewalWitnesses = 1;
// A list that people left in order to be invited is erased after it.
inline constexpr int kInvitationListDays = 14;

// ---- No register on phones (4)

// The address of an appointment is fetched on its day or the evening before.
inline constexpr int kAppointmentAddressDaysAhead = 1;
// Places, assets, inspections and tasks on one phone.
inline constexpr int kPhoneRecords = 10'000;
// How long a phone that is away may hold a task.
inline constexpr int kOfflineLeaseHours = 96;

// ---- Two exits (5)

// By which a court may delay telling the person.
inline constexpr int kCourtNoticeDelayMonths = 6;
inline constexpr int kPersonsPerCourtOrder = 1;
// An agreement with a partner.
inline constexpr int kPartnerAgreementMonths = 12;

// ---- Consent is the person's own (6)

// Then consent is asked for again.
inline constexpr int kConsentMonths = 12;
// EXTRA_HELP is confirmed again by the person, or lapses.
inline constexpr int kExtraHelpMonths = 12;
// Consent to a care agreement.
inline constexpr int kCareConsentMonths = 12;
// The longest term after which a mediation is erased.
inline constexpr int kMediationMonths = 12;

// ---- Closed vocabularies (11)

// A note on an item.
inline constexpr int kItemNoteCharacters = 300;
// The name of a person.
inline constexpr int kNameCharacters = 100;

// ---- The person first (13), and statistics (3)

// At least so many, of other organisations, cosign the access log.
inline constexpr int kWitnesses = 2;
// Age of a cosignature when registration or care starts.
inline constexpr int kCosignatureAgeHours = 24;
// Registration and care run on for so long while witnesses cannot be reached.
inline constexpr int kWitnessUnreachableDays = 7;
// At least, in the code of a person's card.
inline constexpr int kCardRandomBits = 128;
// k: a cell of a statistic about persons counts at least so many.
inline constexpr int kStatisticsMinimumCount = 10;

// ---- Staff, writes and pages

// From the start to the end of a role grant.
inline constexpr int kGrantMonths = 24;
// From when it is entered to the end of a qualification of staff.
inline constexpr int kQualificationMonths = 60;
// From the start to the end of an absence with its cover.
inline constexpr int kAbsenceDays = 366;
// From the start to the end of a grant that its holder hands on.
inline constexpr int kDelegationDays = 92;
// A request_id is known for so long; an older one is refused.
inline constexpr int kRequestIdDays = 30;
// A request_id from further in the future is refused.
inline constexpr int kRequestIdAheadDays = 1;
// Items of one batch call.
inline constexpr int kBatchItems = 500;
// Rows of a page when page_size is 0.
inline constexpr int kDefaultPageSize = 100;
// Rows of a page; a larger page_size gets this many.
inline constexpr int kPageSize = 1'000;

}  // namespace gridwork::scope
