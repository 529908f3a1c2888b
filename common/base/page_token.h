// Page tokens (AIP-158): sealed, so that a client can neither read nor make one, and good only for the same call by the
// same caller.
#pragma once
#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace gridwork {

class PageTokens {  // Thread-safe.
 public:
  // `key`: 32 bytes, the same on all replicas.
  explicit PageTokens(std::string key) : key_(std::move(key)) {}

  // `query`: everything that must not change between pages: method, caller and each filter, in a fixed order.
  // `next`: where the next page starts; "" makes the empty token of the last page.
  std::string Seal(const std::vector<std::string_view>& query, std::string_view next) const;

  // What Seal() was given as `next`; "" for an empty token. INVALID_ARGUMENT BAD_FIELD page_token for any other than
  // one of these calls.
  absl::StatusOr<std::string> Open(const std::vector<std::string_view>& query, std::string_view token) const;

 private:
  std::string key_;
};

// page_size of a request: 0 is the default, more than the maximum is the maximum. INVALID_ARGUMENT when negative.
absl::StatusOr<size_t> ParsePageSize(int32_t page_size);

}  // namespace gridwork
