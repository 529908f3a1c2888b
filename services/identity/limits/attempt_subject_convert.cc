#include <fmt/format.h>
#include <sodium.h>

#include "services/identity/limits/attempt_store.h"

namespace gridwork::identity {

AttemptSubject SubjectOf(std::string_view what, std::string_view who) {
  AttemptSubject out;
  std::string text = fmt::format("{}|{}", what, who);
  crypto_hash_sha256(out.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return out;
}

}  // namespace gridwork::identity
