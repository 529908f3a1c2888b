// Names of services and devices in their certificates: spiffe://gridwork/{svc|device}/{id} (SPIFFE-ID section 2).
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "common/auth/caller.h"

namespace gridwork::auth {

constexpr std::string_view kSpiffeDomain = "spiffe://gridwork/";

struct SpiffePath {
  Peer::Kind kind = Peer::Kind::kDevice;
  std::string id;  // 1 to 64 of a-z 0-9 -
};

// "svc/tasks" or "device/{id}"; nullopt for anything else.
inline std::optional<SpiffePath> ParseSpiffePath(std::string_view path) {
  SpiffePath parsed;
  if (path.starts_with("svc/")) {
    parsed.kind = Peer::Kind::kService;
  } else if (!path.starts_with("device/")) {
    return std::nullopt;
  }
  std::string_view id = path.substr(path.find('/') + 1);
  auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (id.empty() || id.size() > 64 || !std::all_of(id.begin(), id.end(), allowed)) return std::nullopt;
  parsed.id = id;
  return parsed;
}

}  // namespace gridwork::auth
