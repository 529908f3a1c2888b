#include "common/objects/directory_store.h"

#include <absl/time/clock.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

#include "common/base/status_macros.h"

namespace gridwork::objects {
namespace {

namespace fs = std::filesystem;

constexpr char kUnfinished[] = ".unfinished-";  // no segment of a key begins like this
constexpr absl::Duration kUnfinishedFor = absl::Hours(24);
constexpr int kTries = 5;  // of making a folder that somebody else removes, as it was empty

absl::Status Failed(std::string_view what, int error) {
  return ObjectsAway(fmt::format("{}: {}", what, std::generic_category().message(error)));
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
    if (written < 0) return Failed("write", errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(fd) == 0 ? absl::OkStatus() : Failed("fsync", errno);
}

absl::Status SyncFolder(const fs::path& folder) {
  File file(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.fd() < 0 && errno == ENOENT) return absl::OkStatus();  // it was empty, and is gone
  if (file.fd() < 0 || fsync(file.fd()) != 0) return Failed("fsync of a folder", errno);
  return absl::OkStatus();
}

// Makes the missing folders between `root`, which is never made, and `folder`, durably; or not, when somebody removes
// them meanwhile.
absl::Status MakeFolders(const fs::path& root, const fs::path& folder) {
  std::error_code error;
  if (folder == root || fs::is_directory(folder, error)) return absl::OkStatus();
  RETURN_IF_ERROR(MakeFolders(root, folder.parent_path()));
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST && errno != ENOENT) return Failed("mkdir", errno);
  return SyncFolder(folder.parent_path());
}

// Walks the files below a folder in the order of their keys, leaving out what does not come after `after`.
class Walk {
 public:
  Walk(std::string after, size_t limit) : after_(std::move(after)), limit_(limit) {}

  // `key` is that of `folder`, with a slash at its end.
  absl::Status Into(const fs::path& folder, const std::string& key) {
    struct Entry {
      std::string name;
      bool is_folder;
    };
    std::vector<Entry> entries;
    std::error_code error;
    for (auto it = fs::directory_iterator(folder, error); !error && it != fs::directory_iterator();
         it.increment(error)) {
      std::string name = it->path().filename().string();
      std::error_code gone;  // by somebody else, meanwhile
      if (name.starts_with(kUnfinished)) {
        ForgetUnfinished(it->path());
      } else {
        entries.push_back({std::move(name), it->is_directory(gone)});
      }
    }
    if (error && error != std::errc::no_such_file_or_directory) return Failed("list", error.value());
    // A folder "a" stands for keys that begin with "a/", which come after "a-b".
    auto order = [](const Entry& e) { return e.is_folder ? e.name + "/" : e.name; };
    std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) { return order(a) < order(b); });
    for (const Entry& entry : entries) {
      if (found.size() == limit_) break;
      const std::string here = key + order(entry);
      if (!entry.is_folder) {
        Add(folder / entry.name, here);
      } else if (here > after_ || after_.starts_with(here)) {
        RETURN_IF_ERROR(Into(folder / entry.name, here));
      }
    }
    return absl::OkStatus();
  }

  std::vector<ObjectInfo> found;

 private:
  void Add(const fs::path& path, const std::string& key) {
    struct stat info {};
    if (key <= after_ || stat(path.c_str(), &info) != 0) return;
    found.push_back({key, info.st_size, absl::TimeFromTimespec(info.st_mtim)});
  }
  static void ForgetUnfinished(const fs::path& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) == 0 && absl::Now() - absl::TimeFromTimespec(info.st_mtim) > kUnfinishedFor)
      unlink(path.c_str());
  }

  const std::string after_;
  const size_t limit_;
};

// Writes `bytes` as a file of its own beside `path` and gives it that name. False when the folder is gone.
absl::StatusOr<bool> WriteBeside(const fs::path& path, std::string_view bytes) {
  std::string unfinished = path.parent_path() / fmt::format("{}XXXXXX", kUnfinished);
  File file(mkostemp(unfinished.data(), O_CLOEXEC));
  if (file.fd() < 0 && errno == ENOENT) return false;
  if (file.fd() < 0) return Failed("open", errno);
  absl::Status written = WriteAll(file.fd(), bytes);
  if (written.ok() && rename(unfinished.c_str(), path.c_str()) != 0) written = Failed("rename", errno);
  if (!written.ok()) {
    unlink(unfinished.c_str());
    return written;
  }
  RETURN_IF_ERROR(SyncFolder(path.parent_path()));
  return true;
}

}  // namespace

DirectoryStore::DirectoryStore(std::string folder) : folder_(fs::path(std::move(folder)) / "x") {
  folder_ = fs::path(folder_).parent_path();  // without a slash at its end
}

absl::StatusOr<std::string> DirectoryStore::PathOf(const std::string& key) const {
  if (!IsObjectKey(key)) return absl::InternalError("not a key of an object");
  std::error_code error;
  if (!fs::is_directory(folder_, error)) return ObjectsAway("its folder is not there");
  return fmt::format("{}/{}", folder_, key);
}

absl::Status DirectoryStore::Put(const std::string& key, std::string_view bytes) {
  ASSIGN_OR_RETURN(fs::path path, PathOf(key));
  for (int i = 0; i < kTries; ++i) {
    RETURN_IF_ERROR(MakeFolders(folder_, path.parent_path()));
    ASSIGN_OR_RETURN(bool written, WriteBeside(path, bytes));
    if (written) return absl::OkStatus();
  }
  return ObjectsAway("its folders vanish");
}

absl::StatusOr<std::string> DirectoryStore::Get(const std::string& key, int64_t offset, int64_t limit) {
  ASSIGN_OR_RETURN(std::string path, PathOf(key));
  File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd() < 0) return errno == ENOENT ? absl::NotFoundError("no such object") : Failed("open", errno);
  std::string out(static_cast<size_t>(limit), '\0');
  size_t got = 0;
  while (got < out.size()) {
    ssize_t n = pread(file.fd(), out.data() + got, out.size() - got, offset + static_cast<int64_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("read", errno);
    if (n == 0) break;
    got += static_cast<size_t>(n);
  }
  out.resize(got);
  return out;
}

absl::Status DirectoryStore::Delete(const std::string& key) {
  ASSIGN_OR_RETURN(fs::path path, PathOf(key));
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return Failed("unlink", errno);
  const fs::path root = folder_;
  for (fs::path folder = path.parent_path(); folder != root && rmdir(folder.c_str()) == 0;)
    folder = folder.parent_path();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ObjectInfo>> DirectoryStore::List(const std::string& prefix, const std::string& after,
                                                             size_t limit) {
  if (!prefix.ends_with('/')) return absl::InternalError("not a prefix of keys");
  ASSIGN_OR_RETURN(fs::path folder, PathOf(prefix.substr(0, prefix.size() - 1)));
  Walk walk(after, limit);
  RETURN_IF_ERROR(walk.Into(folder, prefix));
  return std::move(walk.found);
}

}  // namespace gridwork::objects
