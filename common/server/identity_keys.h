// The keys of access tokens, as identity publishes them.
#pragma once
#include <absl/status/status.h>
#include <grpcpp/channel.h>

#include <memory>
#include <thread>

#include "common/auth/jws.h"
#include "common/base/mutex.h"

namespace gridwork::server {

// Keeps a key set fresh: fetched at Start(), then every 30 seconds. While identity is away the last one stays in use.
class IdentityKeys {
 public:
  IdentityKeys(std::shared_ptr<grpc::Channel> identity, auth::KeySetHolder& keys)
      : identity_(std::move(identity)), keys_(keys) {}
  ~IdentityKeys();

  // Waits until identity has answered once, at most `patience`: without keys a service would refuse everybody.
  absl::Status Start(absl::Duration patience);

 private:
  absl::Status Fetch();
  void Loop();

  std::shared_ptr<grpc::Channel> identity_;
  auth::KeySetHolder& keys_;
  Mutex mu_;
  CondVar stopped_;
  bool stop_ GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace gridwork::server
