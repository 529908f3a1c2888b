// The keys of access tokens, as identity publishes them.
#pragma once
#include <absl/status/status.h>
#include <absl/time/time.h>
#include <grpcpp/channel.h>

#include <memory>

#include "common/auth/jws.h"
#include "common/base/every.h"

namespace gridwork::server {

// Keeps a key set fresh: fetched at Start(), then every 30 seconds. While identity is away the last one stays in use.
class IdentityKeys {
 public:
  IdentityKeys(std::shared_ptr<grpc::Channel> identity, auth::KeySetHolder& keys)
      : identity_(std::move(identity)), keys_(keys) {}

  // Waits until identity has answered once, at most `patience`: without keys a service would refuse everybody.
  absl::Status Start(absl::Duration patience);

 private:
  absl::Status Fetch();

  std::shared_ptr<grpc::Channel> identity_;
  auth::KeySetHolder& keys_;
  Every refresh_;
};

}  // namespace gridwork::server
