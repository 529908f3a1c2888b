#include "services/tasks/evidence/scan_flow.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "common/base/error.h"

extern char** environ;

namespace gridwork::tasks {
namespace {

absl::Status Away(std::string_view why) {
  return WithRetryAfter(
      Error(absl::StatusCode::kUnavailable, "SCANNER_AWAY", fmt::format("the scanner gives no answer: {}", why)),
      absl::Seconds(5));
}

// A file in memory with these bytes, or -1.
int FileOf(std::string_view bytes) {
  const int fd = memfd_create("picture", MFD_CLOEXEC);
  while (fd >= 0 && !bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      close(fd);
      return -1;
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (fd >= 0) lseek(fd, 0, SEEK_SET);
  return fd;
}

// The exit code, or -1 when it did not run to its end.
int Run(std::vector<std::string> words, int input) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return -1;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

Scan ScanByCommand(const std::string& command, int seconds) {
  if (command.empty()) return nullptr;
  return [command, seconds](std::string_view bytes) -> absl::StatusOr<bool> {
    const int input = FileOf(bytes);
    if (input < 0) return Away("no memory");
    const int code = Run({"timeout", "-k", "1", std::to_string(seconds), "sh", "-c", command}, input);
    close(input);
    if (code != 0 && code != 1) return Away(fmt::format("exit {}", code));
    return code == 0;
  };
}

}  // namespace gridwork::tasks
