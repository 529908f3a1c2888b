// Clients that each have one call under way and start the next when it is answered.
#pragma once
#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/rpc/client.h"

namespace gridwork::bench {

struct Call {
  std::string path;  // "/gridwork.bench.v1.EchoService/Echo"
  grpc::ByteBuffer request;
};

// The values of `authorization`; empty: none is sent.
struct TokenSupply {
  std::vector<std::string> tokens;
  bool once = false;  // each is sent once, and the run ends with the last; otherwise they take turns
};

struct Load {
  int in_flight = 1;
  int connections = 4;
  int threads = 1;
  double warm_up = 0.5;  // seconds before the measuring begins
  double seconds = 3;
};

struct Latencies {
  double calls_per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
};

class ServerProcess;

struct Measured {
  Latencies calls;
  double server_cpu_us = 0;  // of a call, user and system, all threads
  double client_cpu_us = 0;
  double rss_mib = 0;
  int threads = 0;
};

// Throws with the first error when a call fails: a benchmark of errors says nothing.
Measured Drive(const ServerProcess& server, const rpc::TlsIdentity& client, const Call& call, const TokenSupply& supply,
               const Load& load);

}  // namespace gridwork::bench
