// Keeps a copy of identity's list of revocations fresh.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>

#include "common/auth/revocation.h"
#include "common/base/clock.h"
#include "common/base/every.h"

namespace gridwork::server {

// Asks every second. While the source is away the last copy stays in use, and grows stale (RevocationList).
class RevocationPoller {
 public:
  // What follows a cursor.
  using Source = std::function<absl::StatusOr<auth::RevocationPage>(const std::string& cursor)>;

  static constexpr absl::Duration kEvery = absl::Seconds(1);

  // `list` and `clock` outlive it.
  RevocationPoller(Source source, auth::RevocationList& list, const Clock& clock)
      : source_(std::move(source)), list_(list), clock_(clock) {}

  // Waits until the source has answered once, at most `patience`; then goes on by itself.
  absl::Status Start(absl::Duration patience);
  // Brings the copy up to date once. Not while it runs by itself.
  absl::Status Poll();

 private:
  const Source source_;
  auth::RevocationList& list_;
  const Clock& clock_;
  std::string cursor_;
  Every poll_;
};

// The list as identity gives it to other services.
RevocationPoller::Source RevocationsOf(std::shared_ptr<grpc::Channel> identity);

}  // namespace gridwork::server
