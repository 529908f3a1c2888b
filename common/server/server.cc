#include "common/server/server.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <prometheus/exposer.h>
#include <semaphore.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>

#include "common/config/config.h"

namespace gridwork::server {
namespace {

// Limits of a connection (ARCHITECTURE.md): what is not set here is unbounded in gRPC 1.51.
constexpr int kMaxMessageBytes = 1 << 20;
constexpr int kMaxMetadataBytes = 8 << 10;
constexpr int kMaxStreams = 64;
constexpr int kMaxConnectionAgeMs = 30 * 60 * 1000;  // so that new replicas get their share
constexpr int kConnectionGraceMs = 30 * 1000;
constexpr int kMinPingIntervalMs = 20 * 1000;  // below the clients' keepalive of 30 s
constexpr absl::Duration kFinishWithin = absl::Seconds(20);

sem_t stop_signal;
void OnSignal(int) { sem_post(&stop_signal); }

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kMaxConnectionAgeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionGraceMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT,
                             0);  // or a second server on the port would start and steal calls
  // 400 KB of gzip inflate to 400 MB before a size limit sees them.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
}

std::shared_ptr<grpc::ServerCredentials> Credentials(const Config& config) {
  const auto request = config.client_certificate_required ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                                          : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY;
  if (config.tls.files) {
    grpc::experimental::TlsServerCredentialsOptions options(rpc::Watch(*config.tls.files));
    options.watch_root_certs();
    options.watch_identity_key_cert_pairs();
    options.set_cert_request_type(request);
    return grpc::experimental::TlsServerCredentials(options);
  }
  grpc::SslServerCredentialsOptions options(request);
  options.pem_root_certs = config.tls.authority;
  options.pem_key_cert_pairs.push_back({config.tls.key, config.tls.certificate});
  return grpc::SslServerCredentials(options);
}

}  // namespace

struct Server::Exposer {
  explicit Exposer(const std::string& listen) : http(listen, 1) {}
  prometheus::Exposer http;
  std::shared_ptr<prometheus::Collectable> calls, gauges;
};

Server::Server(const Config& config, rpc::Authenticator& authenticator, Units& units, rpc::AccessLog& access_log,
               const Clock& clock)
    : config_(config),
      log_(STDOUT_FILENO),
      interactive_(std::make_unique<rpc::Workers>(config.workers, config.queue)),
      bulk_(std::make_unique<rpc::Workers>(config.bulk_workers, config.queue)),
      surroundings_{*interactive_, *bulk_, authenticator,          units,        access_log, log_,
                    metrics_,      clock,  config.request_log_key, &inner_calls_} {
  sem_init(&stop_signal, 0, 0);
  std::signal(SIGTERM, OnSignal);
  std::signal(SIGINT, OnSignal);
}

Server::~Server() { Stop(); }

int Server::Start(const std::vector<rpc::FrontDoor*>& doors) {
  grpc::EnableDefaultHealthCheckService(true);
  if (config_.reflection) grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  SetLimits(builder);
  int port = 0;
  builder.AddListeningPort(config_.listen, Credentials(config_), &port);
  for (rpc::FrontDoor* door : doors) {
    door->Ready();
    builder.RegisterService(door);
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0)
    config::Wrong(fmt::format("--listen: cannot listen on {}, or the certificate is not usable", config_.listen));
  started_ = doors;
  for (rpc::FrontDoor* door : doors) server_->GetHealthCheckService()->SetServingStatus(door->name(), true);

  if (!config_.metrics_listen.empty()) {
    exposer_ = std::make_unique<Exposer>(config_.metrics_listen);
    exposer_->calls = std::shared_ptr<prometheus::Collectable>(std::shared_ptr<void>(), &metrics_);  // not owned
    exposer_->gauges = std::shared_ptr<prometheus::Collectable>(std::shared_ptr<void>(), &gauges_);
    exposer_->http.RegisterCollectable(exposer_->calls);
    exposer_->http.RegisterCollectable(exposer_->gauges);
  }
  spdlog::info("serving on port {}", port);
  return port;
}

void Server::WaitForSignal() {
  while (sem_wait(&stop_signal) != 0) {
  }
  spdlog::info("stopping");
  server_->GetHealthCheckService()->SetServingStatus(false);
  absl::SleepFor(config_.drain);
  Stop();
}

void Server::Stop() {
  if (server_ == nullptr) return;
  server_->GetHealthCheckService()->SetServingStatus(false);
  for (rpc::FrontDoor* door : started_) door->EndStreams();  // they would not end by themselves
  server_->Shutdown(
      absl::ToChronoTime(absl::Now() + kFinishWithin));  // finishes what runs; afterwards the rest is cancelled
  server_->Wait();
  interactive_.reset();
  bulk_.reset();
  server_.reset();
  exposer_.reset();
}

}  // namespace gridwork::server
