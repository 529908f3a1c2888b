// Who calls, and what is known of the object of the call: what Decide() works on.
#pragma once
#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/sha256.h"
#include "gridwork/options/v1/role.pb.h"

namespace gridwork::auth {

using options::v1::Role;

// Role, area and end belong together: a dispatcher here is no dispatcher there.
struct Grant {
  Role role = options::v1::ROLE_UNSPECIFIED;
  std::string area;  // path of codes from the root: "CHI/SIDE-CENTRAL"; the grant holds for everything below
  absl::Time until;  // exclusive
};

// Something that a kind of work may ask for and that runs out: a lift inspector's certificate.
struct Qualification {
  std::string code;  // "LIFT_INSPECTOR"
  absl::Time until;  // exclusive
};

// Somebody who is absent and whose assigned work the caller does meanwhile.
struct Cover {
  std::string staff;  // "staff/{uuid}"
  absl::Time until;   // exclusive
};

// What the peer showed in the TLS handshake.
struct Peer {
  enum class Kind { kService, kDevice };
  Kind kind = Kind::kDevice;
  std::string id;        // last part of spiffe://<domain>/{svc,device}/<id>
  Sha256 certificate{};  // of the DER
  absl::Time not_after;
};

struct Caller {
  // Subject of the token ("staff/{uuid}"), or "services/{name}" for a service, which has none; "" for nobody.
  std::string id;
  std::string session;          // id of the token
  std::string login;            // id of the log-in that it comes from: what Logout ends
  int64_t account_version = 0;  // of the account that its rights were read from
  std::vector<Grant> grants;
  std::vector<Qualification> qualifications;
  std::vector<Cover> covers;
  Sha256 certificate{};  // the one that the token is bound to (RFC 8705)
  absl::Time expires;
  bool is_service() const { return id.starts_with("services/"); }
};

// What a fact loader found out about the object of a call.
struct Facts {
  std::string area;                    // path of codes
  std::vector<std::string> claimants;  // subjects who hold or held it ("staff/{uuid}")
  std::string self;                    // subject whose own account or record it is, or ""
};

// True if `area` is `root` or lies below it. Whole segments: "CHI/NO" does not hold "CHI/NORTH". An empty root holds
// nothing.
inline bool Holds(std::string_view root, std::string_view area) {
  return !root.empty() && area.substr(0, root.size()) == root &&
         (area.size() == root.size() || area[root.size()] == '/');
}

}  // namespace gridwork::auth
