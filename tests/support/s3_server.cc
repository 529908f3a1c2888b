#include "tests/support/s3_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <vector>

extern char** environ;

namespace gridwork::testing {

S3Server::S3Server() {
  std::string name = std::filesystem::temp_directory_path() / "gridwork-s3-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder for the S3 server");
  folder_ = name;
  Start();
}

S3Server::~S3Server() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string S3Server::bucket_url() const { return fmt::format("http://127.0.0.1:{}/gridwork", port_); }

void S3Server::Start() {
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const std::string root = GRIDWORK_SOURCE_DIR;
  // --openssl-legacy-provider: it seals the tokens of its pages with DES.
  std::vector<std::string> words = {"setpriv",
                                    "--pdeathsig",
                                    "KILL",
                                    "env",
                                    "NODE_PATH=" + root + "/tools/node_modules",
                                    "node",
                                    "--openssl-legacy-provider",
                                    root + "/tests/support/s3_server.cjs",
                                    folder_,
                                    std::to_string(port_)};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  const int failed = posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  FILE* reader = fdopen(out[0], "r");
  const bool started =
      failed == 0 && std::fscanf(reader, "%d", &port_) == 1;  // NOLINT(cert-err34-c): a port or nothing
  std::fclose(reader);
  if (!started) throw std::runtime_error("the S3 server does not start: are the npm packages there (tools/install)?");
}

void S3Server::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

}  // namespace gridwork::testing
