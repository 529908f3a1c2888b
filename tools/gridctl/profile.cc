#include "tools/gridctl/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "tools/gridctl/exit_code.h"
#include "tools/gridctl/files.h"
#include "tools/gridctl/yaml.h"

namespace gridwork::ctl {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

absl::StatusOr<std::string> Base() {
  if (std::string home = Environment("GRIDCTL_HOME"); !home.empty()) return home;
  if (std::string config = Environment("XDG_CONFIG_HOME"); !config.empty()) return config + "/gridctl";
  if (std::string home = Environment("HOME"); !home.empty()) return home + "/.config/gridctl";
  return UsageError("neither GRIDCTL_HOME nor HOME is set: no place for the profile");
}

bool GoodName(const std::string& name) {
  return !name.empty() && name.size() <= 64 && name[0] != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

// "" when the file is not there.
std::string ReadIfThere(const std::string& path) {
  auto text = ReadFile(path);
  return text.ok() ? *std::move(text) : "";
}

std::string Line(const char* key, const std::string& value) {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << key << YAML::Value << YAML::DoubleQuoted << value << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace

absl::StatusOr<ProfileFolder> ProfileFolder::Of(const std::string& name) {
  if (!GoodName(name)) return UsageError("--profile: a-z, A-Z, 0-9, \"_\", \".\" and \"-\", at most 64 of them");
  ASSIGN_OR_RETURN(std::string base, Base());
  return ProfileFolder(base + "/" + name);
}

bool ProfileFolder::Exists() const {
  std::error_code error;
  return std::filesystem::exists(File("config"), error);
}

absl::StatusOr<Profile> ProfileFolder::Load() const {
  if (!Exists()) {
    return Error(absl::StatusCode::kFailedPrecondition, "NO_PROFILE",
                 fmt::format("there is no profile {}; make one with: gridctl device enrol", path_));
  }
  ASSIGN_OR_RETURN(std::string text, ReadFile(File("config")));
  ASSIGN_OR_RETURN(YAML::Node config, ParseYaml(text));
  RETURN_IF_ERROR(CheckKeys(config, {"identity", "tasks", "username"}));
  Profile profile;
  ASSIGN_OR_RETURN(profile.identity, ScalarOf(config, "identity"));
  ASSIGN_OR_RETURN(profile.tasks, ScalarOf(config, "tasks"));
  ASSIGN_OR_RETURN(profile.username, ScalarOf(config, "username"));
  ASSIGN_OR_RETURN(profile.authority, ReadFile(File("authority.pem")));
  profile.certificate = ReadIfThere(File("device.pem"));
  profile.key = ReadIfThere(File("device.key"));
  return profile;
}

absl::Status ProfileFolder::Save(const Profile& profile) const {
  RETURN_IF_ERROR(MakeFolder(path_));
  if (!profile.key.empty()) RETURN_IF_ERROR(WriteFile(File("device.key"), profile.key, 0600));
  if (!profile.certificate.empty()) RETURN_IF_ERROR(WriteFile(File("device.pem"), profile.certificate, 0644));
  RETURN_IF_ERROR(WriteFile(File("authority.pem"), profile.authority, 0644));
  std::string config = Line("identity", profile.identity) + Line("tasks", profile.tasks);
  if (!profile.username.empty()) config += Line("username", profile.username);
  return WriteFile(File("config"), config, 0644);  // last: with it the profile exists
}

AccessToken ProfileFolder::LoadToken() const {
  AccessToken token;
  auto node = ParseYaml(ReadIfThere(File("token")));
  if (!node.ok() || !node->IsMap()) return token;
  auto text = ScalarOf(*node, "token");
  auto expire = ScalarOf(*node, "expire_time");
  auto staff = ScalarOf(*node, "staff");
  if (!text.ok() || !expire.ok() || !staff.ok()) return token;
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, *expire, &time, nullptr)) return token;
  return {*std::move(text), time, *std::move(staff), ScalarOf(*node, "refresh").value_or("")};
}

absl::Status ProfileFolder::SaveToken(const AccessToken& token) const {
  std::string expire = absl::FormatTime(absl::RFC3339_full, token.expire_time, absl::UTCTimeZone());
  std::string text = Line("token", token.token) + Line("expire_time", expire) + Line("staff", token.staff);
  if (!token.refresh.empty()) text += Line("refresh", token.refresh);
  return WriteFile(File("token"), text, 0600);
}

}  // namespace gridwork::ctl
