#include "tools/rpc_bench/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <stdexcept>

namespace gridwork::bench {
namespace {

// False when the other end is gone.
template <class T>
bool Receive(int fd, T& out) {
  auto* at = reinterpret_cast<char*>(&out);
  for (size_t done = 0; done < sizeof(T);) {
    ssize_t n = read(fd, at + done, sizeof(T) - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<size_t>(n);
  }
  return true;
}

template <class T>
bool Send(int fd, const T& value) {
  return write(fd, &value, sizeof(T)) == sizeof(T);  // a few bytes: all or nothing
}

// The life of the child.
[[noreturn]] void Run(const std::string& name, const std::string& log, int fd,
                      const std::function<void(ParentLink&)>& body) {
  prctl(PR_SET_NAME, name.c_str());
  int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (out < 0 || dup2(out, STDOUT_FILENO) < 0) {
    fmt::print(stderr, "{}: cannot write {}\n", name, log);
    std::_Exit(EXIT_FAILURE);
  }
  try {
    ParentLink link(fd);
    body(link);
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}: {}\n", name, e.what());
    std::_Exit(EXIT_FAILURE);
  }
  std::_Exit(EXIT_SUCCESS);  // what the parent has to end is not ours
}

}  // namespace

void ParentLink::Serve(int port, const std::function<SelectResult(const SelectLoad&)>& select) {
  SelectLoad load;
  for (bool there = Send(fd_, port); there && Receive(fd_, load);) there = Send(fd_, select(load));
}

ServerProcess::ServerProcess(std::string name, std::string log, const std::function<void(ParentLink&)>& body)
    : name_(std::move(name)), log_(std::move(log)) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) throw std::runtime_error("socketpair failed");
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    close(ends[0]);
    Run(name_, log_, ends[1], body);
  }
  close(ends[1]);
  fd_ = ends[0];
  if (!Receive(fd_, port_)) throw std::runtime_error(fmt::format("{} did not start", name_));
}

ServerProcess::~ServerProcess() {
  shutdown(fd_, SHUT_RDWR);  // not only closed: processes started later hold copies
  close(fd_);
  waitpid(pid_, nullptr, 0);
}

SelectResult ServerProcess::Select(const SelectLoad& load) {
  SelectResult out;
  if (!Send(fd_, load) || !Receive(fd_, out)) throw std::runtime_error(fmt::format("{} has ended", name_));
  return out;
}

double ServerProcess::CpuSeconds() const {
  clockid_t clock;
  timespec now{};
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &now) != 0)
    throw std::runtime_error(fmt::format("{} has ended", name_));
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double ServerProcess::RssMiB() const { return static_cast<double>(StatusField("VmRSS:")) / 1024; }
int ServerProcess::Threads() const { return static_cast<int>(StatusField("Threads:")); }

void ServerProcess::EmptyLog() const {
  if (truncate(log_.c_str(), 0) != 0) throw std::runtime_error(fmt::format("cannot empty {}", log_));
}

int64_t ServerProcess::StatusField(const char* name) const {
  std::ifstream in(fmt::format("/proc/{}/status", pid_));
  for (std::string word; in >> word;) {
    int64_t value = 0;
    if (word == name && in >> value) return value;
  }
  throw std::runtime_error(fmt::format("{} has ended", name_));
}

}  // namespace gridwork::bench
