// What is not to be believed any more although its signature and dates are good: log-ins that ended, devices that were
// lost, accounts whose rights shrank. identity keeps the list; every replica of every service holds a copy.
#pragma once
#include <absl/status/status.h>
#include <absl/time/time.h>

#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/auth/caller.h"
#include "common/auth/jws.h"
#include "common/base/mutex.h"

namespace gridwork::auth {

struct Revocation {
  enum class Kind : uint8_t { kLogin = 1, kDevice = 2, kAccount = 3 };  // as in the proto and in the database
  Kind kind = Kind::kLogin;
  std::string subject;  // id of the log-in or device; "staff/{uuid}"
  int64_t below = 0;    // kAccount: tokens that were made from an earlier version of it
  absl::Time until;     // from then on nothing that it refuses is valid anyway
  bool operator==(const Revocation&) const = default;
};

// How long a token may be used after the moment at which it was refused: its life, the skew of two clocks, and a call
// that was under way.
const absl::Duration kRevokedTokenLife = kMaxTokenLifetime + kMaxTokenSkew + absl::Minutes(1);

// A copy that was not confirmed for so long is stale.
constexpr absl::Duration kRevocationsStaleAfter = absl::Seconds(30);

// One page of the list, as a poller reads it. A cursor names the last entry that was seen.
struct RevocationPage {
  bool from_start = false;  // the cursor was empty or is not known (any more): this is the begin of the whole list
  std::vector<Revocation> entries;
  std::string cursor;
  bool more = false;
};

// The copy of a process. Thread-safe: many readers, one poller. A new one is stale.
class RevocationList {
 public:
  // Adds `entries`, in the order of the list; `whole`: they are all there are, what is not among them is forgotten.
  void Apply(const std::vector<Revocation>& entries, bool whole, absl::Time now);
  // The list was complete at `as_of`. InfiniteFuture: it never grows old, for processes that have none (tests).
  void Confirm(absl::Time as_of) { confirmed_us_ = absl::ToUnixMicros(as_of); }

  // As rpc::Authenticator::CheckRevocation().
  absl::Status Check(const Peer* peer, const Caller* caller, bool personal, absl::Time now) const;
  bool StaleAt(absl::Time now) const;
  size_t size() const;

 private:
  struct Entries {
    std::unordered_map<std::string, absl::Time> logins, devices;
    std::unordered_map<std::string, Revocation> accounts;
  };
  static void Put(Entries& entries, const Revocation& revocation);
  std::shared_ptr<const Entries> Get() const;

  mutable Mutex mu_;
  std::shared_ptr<const Entries> entries_ GUARDED_BY(mu_) = std::make_shared<const Entries>();
  std::atomic<int64_t> confirmed_us_ = INT64_MIN;
};

}  // namespace gridwork::auth
