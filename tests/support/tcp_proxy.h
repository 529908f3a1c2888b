// Networks that fail: a proxy in front of a server on this machine, and a port that never answers.
#pragma once
#include <atomic>
#include <cstdint>
#include <list>
#include <thread>

#include "common/base/mutex.h"

namespace gridwork::testing {

// Passes bytes on until it is told to fail. Thread-safe.
class TcpProxy {
 public:
  explicit TcpProxy(uint16_t target_port);
  ~TcpProxy();

  uint16_t port() const { return port_; }
  // Lets `count` more replies of the server through, in all connections together; the next one arrives here, so that
  // the server has done its work, but not at the client: its connection is closed. New connections work again.
  void CutAfterReplies(int count) { replies_left_ = count; }
  // Lets `bytes` more of what clients send through, in all connections together, and closes the connection then: in the
  // middle of a request. New connections work again.
  void CutAfterBytes(int64_t bytes) { bytes_left_ = bytes; }
  // How often one of these has happened.
  int cuts() const { return cuts_; }
  // While on, nothing is passed on and nothing is closed.
  void BlackHole(bool on) { black_hole_ = on; }

 private:
  void Accept();
  void Serve(int client);

  uint16_t target_port_;
  uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> black_hole_ = false;
  std::atomic<int> replies_left_ = kNever;
  std::atomic<int64_t> bytes_left_ = kNoBytes;
  std::atomic<int> cuts_ = 0;
  std::list<std::thread> connections_;  // only touched by acceptor_, and after it
  std::thread acceptor_;

  static constexpr int kNever = 1 << 30;
  static constexpr int64_t kNoBytes = int64_t{1} << 60;
};

// A port that takes connections and never says a word.
class SilentPort {
 public:
  SilentPort();
  ~SilentPort();
  uint16_t port() const { return port_; }

 private:
  int listener_ = -1;
  uint16_t port_ = 0;
};

// A port that nobody listens on.
uint16_t ClosedPort();

}  // namespace gridwork::testing
