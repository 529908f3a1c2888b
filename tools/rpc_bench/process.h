// A server in a process of its own: a copy of this one, made before it has threads, so that keys need no files.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gridwork::bench {

// How busy the database alone is kept, and what came of it.
struct SelectLoad {
  int threads = 1;
  double seconds = 0;
};
struct SelectResult {
  double seconds = 0;
  uint64_t calls = 0;
  double p50_us = 0;
  double p99_us = 0;
};

// The server's end of the pipe between the two.
class ParentLink {
 public:
  explicit ParentLink(int fd) : fd_(fd) {}

  // Says that the server listens, then returns when it is to end. `select` is called whenever the parent asks for it.
  void Serve(int port, const std::function<SelectResult(const SelectLoad&)>& select = {});

 private:
  int fd_;
};

class ServerProcess {
 public:
  // Runs `body` in a new process whose standard output goes to `log`; waits for its port. Throws when it ends before.
  ServerProcess(std::string name, std::string log, const std::function<void(ParentLink&)>& body);
  ~ServerProcess();  // ends it
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  int port() const { return port_; }
  SelectResult Select(const SelectLoad& load);

  double CpuSeconds() const;  // used so far, by all threads
  double RssMiB() const;
  int Threads() const;
  void EmptyLog() const;

 private:
  int64_t StatusField(const char* name) const;

  std::string name_, log_;
  pid_t pid_ = -1;
  int fd_ = -1;
  int port_ = 0;
};

}  // namespace gridwork::bench
