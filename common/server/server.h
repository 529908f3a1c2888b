// What the processes of all services have in common: TLS, limits, workers, health, reflection, metrics, and an orderly
// end.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "common/metrics/gauges.h"
#include "common/rpc/client.h"
#include "common/rpc/front_door.h"

namespace gridwork::server {

// From the flags that every service has (--listen, --tls_*, ...: server_flags.cc), after config::ParseFlags().
struct Config {
  std::string listen;          // host:port of the gRPC port; port 0 takes a free one
  std::string metrics_listen;  // host:port of the plain port for metrics, on loopback or the pod network; empty: none
  rpc::TlsIdentity tls;        // own certificate and the authority of all peers
  bool client_certificate_required = true;  // false: a phone without one may reach what is open to anyone
  bool reflection = false;
  int workers = 12;  // interactive; together with bulk_workers the size of the MySQL pool
  int bulk_workers = 4;
  int queue = 1024;  // calls that may wait, in each class
  absl::Duration drain =
      absl::ZeroDuration();     // from NOT_SERVING to the last accepted call: until the endpoints have noticed
  std::string request_log_key;  // 32 bytes
  std::string page_token_key;   // 32 bytes
};
Config ConfigFromFlags();

class Server {
 public:
  // All arguments outlive it.
  Server(const Config& config, rpc::Authenticator& authenticator, Units& units, rpc::AccessLog& access_log,
         const Clock& clock);
  ~Server();

  const rpc::Surroundings& surroundings() const { return surroundings_; }
  // The writes of all services that are served, for one that carries them.
  const rpc::InnerCalls& inner_calls() const { return inner_calls_; }
  // Shown with the metrics of the calls.
  metrics::Gauges& gauges() { return gauges_; }

  // Serves these services: each has a kName and Register(FrontDoor&), and outlives the server. Returns the port.
  template <class... Services>
  int Serve(Services&... services) {
    std::vector<rpc::FrontDoor*> doors;
    (doors.push_back(AddDoor(services)), ...);
    return Start(doors);
  }
  // Starts to serve `doors`, which outlive the server; stops the process when the port is taken. Returns the port.
  int Start(const std::vector<rpc::FrontDoor*>& doors);
  // Returns after SIGTERM or SIGINT: says NOT_SERVING, waits `drain`, finishes what runs.
  void WaitForSignal();
  // The same at once, from another thread than a worker.
  void Stop();

 private:
  template <class Service>
  rpc::FrontDoor* AddDoor(Service& service) {
    doors_.push_back(std::make_unique<rpc::FrontDoor>(Service::kName, surroundings_));
    service.Register(*doors_.back());
    return doors_.back().get();
  }

  const Config config_;
  log::LogBuffer log_;
  metrics::CallMetrics metrics_;
  metrics::Gauges gauges_;
  std::unique_ptr<rpc::Workers> interactive_, bulk_;
  rpc::InnerCalls inner_calls_;
  rpc::Surroundings surroundings_;
  struct Exposer;
  std::unique_ptr<Exposer> exposer_;
  std::vector<std::unique_ptr<rpc::FrontDoor>> doors_;  // of Serve(); gone after the server
  std::vector<rpc::FrontDoor*> started_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace gridwork::server
