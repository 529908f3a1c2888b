#include <fmt/format.h>

#include "common/base/sha256.h"
#include "services/identity/limits/attempt_store.h"

namespace gridwork::identity {

AttemptSubject SubjectOf(std::string_view what, std::string_view who) {
  return Sha256Of(fmt::format("{}|{}", what, who));
}

}  // namespace gridwork::identity
