#include "tests/support/tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace gridwork::testing {
namespace {

constexpr int kTickMs = 20;

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

int Listen(uint16_t* port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, 128) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("cannot listen on a port");
  }
  *port = ntohs(address.sin_port);
  return fd;
}

bool Readable(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return poll(&entry, 1, kTickMs) > 0;
}

// What one side has sent goes to the other one. 0 at the end.
ssize_t Receive(int fd, std::array<char, 65536>& buffer) { return recv(fd, buffer.data(), buffer.size(), 0); }

bool SendAll(int fd, const char* data, ssize_t size) {
  while (size > 0) {
    ssize_t sent = send(fd, data, static_cast<size_t>(size), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= sent;
  }
  return true;
}

}  // namespace

TcpProxy::TcpProxy(uint16_t target_port)
    : target_port_(target_port), listener_(Listen(&port_)), acceptor_([this] { Accept(); }) {}

TcpProxy::~TcpProxy() {
  stop_ = true;
  acceptor_.join();
  for (std::thread& connection : connections_) connection.join();
  close(listener_);
}

void TcpProxy::Accept() {
  while (!stop_) {
    if (!Readable(listener_)) continue;
    int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) connections_.emplace_back([this, client] { Serve(client); });
  }
}

void TcpProxy::Serve(int client) {
  int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(target_port_);
  bool open = connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  std::array<char, 65536> buffer;
  while (open && !stop_) {
    std::array<pollfd, 2> both{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    if (black_hole_) {
      usleep(kTickMs * 1000);
      continue;
    }
    if (poll(both.data(), both.size(), kTickMs) <= 0 || black_hole_) continue;
    if (both[0].revents) {
      ssize_t size = Receive(client, buffer);
      const int64_t left = bytes_left_.fetch_sub(std::max<ssize_t>(size, 0));
      const bool cut = size > left;
      if (cut) {
        bytes_left_ = kNoBytes;
        ++cuts_;
        size = std::max<ssize_t>(left, 0);
      }
      open = size > 0 && SendAll(server, buffer.data(), size) && !cut;
    }
    if (open && both[1].revents) {
      ssize_t size = Receive(server, buffer);
      if (size > 0 && replies_left_.fetch_sub(1) == 0) {
        replies_left_ = kNever;
        ++cuts_;
        size = 0;
      }
      open = size > 0 && SendAll(client, buffer.data(), size);
    }
  }
  close(client);
  close(server);
}

SilentPort::SilentPort() : listener_(Listen(&port_)) {}
SilentPort::~SilentPort() { close(listener_); }

uint16_t ClosedPort() {
  uint16_t port = 0;
  close(Listen(&port));
  return port;
}

}  // namespace gridwork::testing
