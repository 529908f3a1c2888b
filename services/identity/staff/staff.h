// Accounts of those who work here, what they may be and for how long. No protobuf, no SQL.
#pragma once
#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/uuid.h"

namespace gridwork::identity {

// As in the proto and in the database: the numbers never change.
enum class Role : uint8_t {
  kFieldWorker = 1,
  kDispatcher = 2,
  kInspector = 3,
  kDesk = 4,
  kProgrammeManager = 5,
  kCareWorker = 6,
  kMediator = 7,
  kAdmin = 8,
  kAuditor = 9,
  kDataProtectionOfficer = 10,
  kPartner = 11,
  kSubject = 12,
};

// A grant, by whose it is and its id.
struct GrantRef {
  Uuid staff;
  Uuid grant;
  bool operator==(const GrantRef&) const = default;
};

// A role in an area subtree for a time. Whether it holds is a function of its dates: nothing has to run when it ends.
struct Grant {
  Uuid id;
  Role role = Role::kFieldWorker;
  std::string area;       // code
  std::string area_path;  // codes from the root
  absl::Time start;
  absl::Time end;  // exclusive
  std::optional<GrantRef> delegated_from;

  bool EndedAt(absl::Time now) const { return end <= now; }
  bool HoldsAt(absl::Time now) const { return start <= now && !EndedAt(now); }
};

struct Qualification {
  std::string code;
  absl::Time end;  // exclusive

  bool EndedAt(absl::Time now) const { return end <= now; }
};

// `cover` does the assigned work of `staff` meanwhile.
struct Absence {
  Uuid id;
  Uuid staff;
  Uuid cover;
  absl::Time start;
  absl::Time end;  // exclusive

  bool EndedAt(absl::Time now) const { return end <= now; }
  bool HoldsAt(absl::Time now) const { return start <= now && !EndedAt(now); }
};

struct Staff {
  Uuid id;
  std::string username;
  std::string display_name;
  std::string area;                           // code
  std::string area_path;                      // codes from the root
  std::vector<Grant> grants;                  // by start, then id; ended ones too
  std::vector<Qualification> qualifications;  // by code; ended ones too
  std::vector<Absence> absences;              // their own, by start
  std::vector<Absence> covers;                // those of others, by start
  bool disabled = false;
  int64_t version = 1;
  absl::Time created;
  absl::Time updated;
};

// In the order of Staff::grants.
bool ComesBefore(const Grant& a, const Grant& b);

// The latest end of a grant that starts at `start`: scope::kGrantMonths later.
absl::Time LatestGrantEnd(absl::Time start);

// FIELD_WORKER and CARE_WORKER; two of ADMIN, AUDITOR and DATA_PROTECTION_OFFICER.
bool ExcludeEachOther(Role a, Role b);

// True if `wanted` may be given to who holds `grants`: no grant that has not ended by `now`, and that overlaps with it
// in time, excludes its role. In which areas does not matter.
bool MayBeGiven(const Grant& wanted, const std::vector<Grant>& grants, absl::Time now);

// True if all rights of the account that have not ended by `now` fit into one access token.
bool FitIntoToken(const Staff& staff, absl::Time now);

// The latest end of a qualification that is entered at `now`.
absl::Time LatestQualificationEnd(absl::Time now);

// True if the holder of `held` may hand on `wanted`: no more than they have, and nothing that was handed to them.
bool MayBeDelegated(const Grant& held, const Grant& wanted, absl::Time now);

// True if somebody would be away twice at once.
bool Overlaps(const Absence& wanted, const std::vector<Absence>& absences);

}  // namespace gridwork::identity
