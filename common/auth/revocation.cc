#include "common/auth/revocation.h"

#include <algorithm>

#include "common/base/error.h"

namespace gridwork::auth {
namespace {

constexpr absl::Duration kRetry = absl::Seconds(1);

absl::Status Revoked(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kUnauthenticated, reason, message);
}

}  // namespace

void RevocationList::Put(Entries& entries, const Revocation& revocation) {
  switch (revocation.kind) {
    case Revocation::Kind::kLogin:
    case Revocation::Kind::kDevice: {
      auto& map = revocation.kind == Revocation::Kind::kLogin ? entries.logins : entries.devices;
      absl::Time& until = map.try_emplace(revocation.subject, revocation.until).first->second;
      until = std::max(until, revocation.until);
      return;
    }
    case Revocation::Kind::kAccount: {
      Revocation& known = entries.accounts.try_emplace(revocation.subject, revocation).first->second;
      known.below = std::max(known.below, revocation.below);
      known.until = std::max(known.until, revocation.until);
      return;
    }
  }
}

void RevocationList::Apply(const std::vector<Revocation>& entries, bool whole, absl::Time now) {
  if (entries.empty() && !whole) return;
  auto next = std::make_shared<Entries>();
  if (!whole) *next = *Get();
  for (const Revocation& revocation : entries) Put(*next, revocation);
  std::erase_if(next->logins, [&](const auto& entry) { return entry.second <= now; });
  std::erase_if(next->devices, [&](const auto& entry) { return entry.second <= now; });
  std::erase_if(next->accounts, [&](const auto& entry) { return entry.second.until <= now; });
  std::shared_ptr<const Entries> shared = std::move(next);
  MutexLock lock(mu_);
  entries_.swap(shared);
}

std::shared_ptr<const RevocationList::Entries> RevocationList::Get() const {
  MutexLock lock(mu_);
  return entries_;
}

bool RevocationList::StaleAt(absl::Time now) const {
  const int64_t confirmed = confirmed_us_;
  if (confirmed == INT64_MAX) return false;
  // A clock that was set back must not make an old copy look new: the next poll confirms it again.
  absl::Duration age = now - absl::FromUnixMicros(confirmed);
  return confirmed == INT64_MIN || age > kRevocationsStaleAfter || age < -kRevocationsStaleAfter;
}

absl::Status RevocationList::Check(const Peer* peer, const Caller* caller, bool personal, absl::Time now) const {
  auto entries = Get();
  if (peer && peer->kind == Peer::Kind::kDevice && entries->devices.contains(peer->id)) {
    return Revoked("DEVICE_REVOKED", "this device was revoked: enrol it anew with a code of your administrator");
  }
  if (caller && !caller->is_service()) {
    auto account = entries->accounts.find(caller->id);
    bool older = account != entries->accounts.end() && caller->account_version < account->second.below;
    if (older || entries->logins.contains(caller->login)) {
      return Revoked("TOKEN_REVOKED", "the token was revoked: refresh it, or log in again");
    }
  }
  if (personal && StaleAt(now)) {
    return WithRetryAfter(
        Error(absl::StatusCode::kUnavailable, "REVOCATIONS_STALE",
              "what was revoked lately is not known, so that no data of persons may leave; try again"),
        kRetry);
  }
  return absl::OkStatus();
}

size_t RevocationList::size() const {
  auto entries = Get();
  return entries->logins.size() + entries->devices.size() + entries->accounts.size();
}

}  // namespace gridwork::auth
