// libsodium wants to be initialised once, before its first use.
#pragma once
#include <sodium.h>

#include <cstdlib>

namespace gridwork::auth {

inline void InitSodium() {  // Thread-safe; cheap when repeated.
  static const bool ready = sodium_init() >= 0;
  if (!ready) std::abort();  // no source of randomness: nothing that follows would be safe
}

}  // namespace gridwork::auth
