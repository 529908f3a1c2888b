// What gridctl remembers between two commands: where the services are, and who this device is. A folder of small files:
// config, authority.pem, device.key (0600), device.pem, token (0600).
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>

namespace gridwork::ctl {

struct Profile {
  std::string identity;     // host:port
  std::string tasks;        // host:port
  std::string username;     // "" before the device is enrolled
  std::string authority;    // PEM
  std::string certificate;  // PEM; "" before the device is enrolled
  std::string key;          // PEM
};

struct AccessToken {
  std::string token;
  absl::Time expire_time = absl::InfinitePast();
  std::string staff;    // "staff/{uuid}"
  std::string refresh;  // for the next one; "" when there is none
};

// One profile on disk. Several processes may use it at once: each file is replaced as a whole.
class ProfileFolder {
 public:
  // Below $GRIDCTL_HOME, $XDG_CONFIG_HOME/gridctl or ~/.config/gridctl. Names: a-z, A-Z, 0-9, "_", "." and "-", not
  // first a ".". UsageError otherwise.
  static absl::StatusOr<ProfileFolder> Of(const std::string& name);
  explicit ProfileFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  bool Exists() const;

  // FAILED_PRECONDITION NO_PROFILE says how to make one.
  absl::StatusOr<Profile> Load() const;
  absl::Status Save(const Profile& profile) const;

  // A token that is over when there is none.
  AccessToken LoadToken() const;
  absl::Status SaveToken(const AccessToken& token) const;

 private:
  std::string File(const char* name) const { return path_ + "/" + name; }
  std::string path_;
};

}  // namespace gridwork::ctl
