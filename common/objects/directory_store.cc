#include "common/objects/directory_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::objects {
namespace {

namespace fs = std::filesystem;

constexpr char kUnfinished[] = ".unfinished-";  // no key begins a segment like this

absl::Status Away(std::string_view what, int error) {
  return WithRetryAfter(Error(absl::StatusCode::kUnavailable, "OBJECTS_AWAY",
                              fmt::format("{}: {}", what, std::generic_category().message(error))),
                        absl::Seconds(1));
}

bool IsKey(std::string_view key) {
  if (key.empty() || key.size() > 200 || key.front() == '/' || key.back() == '/') return false;
  char before = '/';
  for (char c : key) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!letter && (c != '/' || before == '/')) return false;
    before = c;
  }
  return true;
}

// A file descriptor that is closed.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

absl::Status WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Away("write", errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(fd) == 0 ? absl::OkStatus() : Away("fsync", errno);
}

absl::Status SyncFolder(const fs::path& folder) {
  File file(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.fd() < 0 || fsync(file.fd()) != 0) return Away("fsync of a folder", errno);
  return absl::OkStatus();
}

// Makes the missing folders down to `folder`, durably.
absl::Status MakeFolders(const fs::path& root, const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return absl::OkStatus();
  if (folder != root) {
    absl::Status above = MakeFolders(root, folder.parent_path());
    if (!above.ok()) return above;
  }
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return Away("mkdir", errno);
  return SyncFolder(folder.parent_path());
}

}  // namespace

absl::StatusOr<std::string> DirectoryStore::PathOf(const std::string& key) const {
  if (!IsKey(key)) return absl::InternalError("not a key of an object");
  return fmt::format("{}/{}", folder_, key);
}

absl::Status DirectoryStore::Put(const std::string& key, std::string_view bytes) {
  ASSIGN_OR_RETURN(fs::path path, PathOf(key));
  RETURN_IF_ERROR(MakeFolders(folder_, path.parent_path()));
  static std::atomic<uint64_t> count = 0;
  const fs::path unfinished = path.parent_path() / fmt::format("{}{}-{}", kUnfinished, getpid(), ++count);
  {
    File file(open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.fd() < 0) return Away("open", errno);
    if (absl::Status written = WriteAll(file.fd(), bytes); !written.ok()) {
      unlink(unfinished.c_str());
      return written;
    }
  }
  if (rename(unfinished.c_str(), path.c_str()) != 0) return Away("rename", errno);
  return SyncFolder(path.parent_path());
}

absl::StatusOr<std::string> DirectoryStore::Get(const std::string& key, int64_t offset, int64_t limit) {
  ASSIGN_OR_RETURN(std::string path, PathOf(key));
  File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd() < 0) return errno == ENOENT ? absl::NotFoundError("no such object") : Away("open", errno);
  std::string out(static_cast<size_t>(limit), '\0');
  size_t got = 0;
  while (got < out.size()) {
    ssize_t n = pread(file.fd(), out.data() + got, out.size() - got, offset + static_cast<int64_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Away("read", errno);
    if (n == 0) break;
    got += static_cast<size_t>(n);
  }
  out.resize(got);
  return out;
}

absl::Status DirectoryStore::Delete(const std::string& key) {
  ASSIGN_OR_RETURN(std::string path, PathOf(key));
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return Away("unlink", errno);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ObjectInfo>> DirectoryStore::List(const std::string& prefix, const std::string& after,
                                                             size_t limit) {
  std::vector<ObjectInfo> out;
  std::error_code error;
  const fs::path root = fs::path(folder_) / prefix;
  if (!fs::is_directory(root, error)) return out;
  for (auto it = fs::recursive_directory_iterator(root, error); !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    std::error_code gone;  // by somebody else, meanwhile
    if (!it->is_regular_file(gone) || it->path().filename().string().starts_with(kUnfinished)) continue;
    std::string key = it->path().lexically_relative(folder_).generic_string();
    struct stat info {};
    if (key <= after || stat(it->path().c_str(), &info) != 0) continue;
    out.push_back({std::move(key), info.st_size, absl::TimeFromTimespec(info.st_mtim)});
  }
  if (error) return Away("list", error.value());
  std::sort(out.begin(), out.end(), [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
  if (out.size() > limit) out.resize(limit);
  return out;
}

}  // namespace gridwork::objects
