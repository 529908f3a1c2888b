#include "tools/gridctl/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::ctl {
namespace {

constexpr uintmax_t kMaxBytes = uintmax_t{16} << 20;

absl::Status Failed(std::string_view what, const std::string& path) {
  return Error(absl::StatusCode::kInternal, "FILE_NOT_WRITTEN", fmt::format("{} {}: {}", what, path, strerror(errno)));
}

absl::Status Unreadable(const std::string& path, std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "FILE_UNREADABLE", fmt::format("{}: {}", path, why));
}

// A rename is only safe from a power cut when its folder is written too.
void SyncFolderOf(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  int fd = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > kMaxBytes) return Unreadable(path, "more than 16 MiB");
  std::ifstream in(path, std::ios::binary);
  if (!in) return Unreadable(path, strerror(errno));
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad() || (text.fail() && error)) return Unreadable(path, "cannot be read");
  return text.str();
}

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "FILE_EMPTY", fmt::format("{}: holds nothing", path));
  }
  return text;
}

absl::Status WriteFile(const std::string& path, std::string_view text, unsigned mode) {
  std::string temporary = fmt::format("{}.{}.new", path, getpid());
  int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return Failed("cannot create", temporary);
  bool good = fchmod(fd, mode) == 0;
  while (good && !text.empty()) {
    ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    good = written >= 0;
    if (good) text.remove_prefix(static_cast<size_t>(written));
  }
  good = good && fsync(fd) == 0;
  good = (close(fd) == 0) && good;
  good = good && rename(temporary.c_str(), path.c_str()) == 0;
  if (!good) {
    absl::Status status = Failed("cannot write", path);
    unlink(temporary.c_str());
    return status;
  }
  SyncFolderOf(path);
  return absl::OkStatus();
}

absl::Status MakeFolder(const std::string& path) {
  std::string made;
  for (const auto& part : std::filesystem::path(path)) {
    made = (std::filesystem::path(made) / part).string();
    if (mkdir(made.c_str(), 0700) != 0 && errno != EEXIST) return Failed("cannot create the folder", made);
  }
  return absl::OkStatus();
}

}  // namespace gridwork::ctl
