#include "common/rpc/client.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/support/channel_arguments.h>

#include "gridwork/options/v1/options.pb.h"

namespace gridwork::rpc {
namespace {

constexpr int kKeepaliveMs =
    30'000;  // not below the server's kMinPingIntervalMs: it would close the connection (too_many_pings)
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kMaxReconnectMs = 2'000;  // not gRPC's two minutes: what was revoked meanwhile must be known soon

bool MayRepeat(const google::protobuf::MethodDescriptor& method) {
  const auto& policy = method.options().GetExtension(options::v1::policy);
  const std::string& name = method.name();
  bool reads = name.rfind("Get", 0) == 0 || name.rfind("List", 0) == 0 || name.rfind("Locate", 0) == 0;
  return reads || policy.naturally_idempotent() || method.input_type()->FindFieldByName("request_id") != nullptr;
}

std::shared_ptr<grpc::ChannelCredentials> Credentials(const TlsIdentity& identity) {
  if (identity.files) {
    grpc::experimental::TlsChannelCredentialsOptions options;
    options.set_certificate_provider(Watch(*identity.files));
    options.watch_root_certs();
    options.watch_identity_key_cert_pairs();
    return grpc::experimental::TlsCredentials(options);
  }
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = identity.authority;
  tls.pem_cert_chain = identity.certificate;
  tls.pem_private_key = identity.key;
  return grpc::SslCredentials(tls);
}

}  // namespace

std::shared_ptr<grpc::experimental::CertificateProviderInterface> Watch(const TlsFiles& files) {
  constexpr unsigned kSeconds = 1;
  return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(files.key, files.certificate,
                                                                              files.authority, kSeconds);
}

std::string RetryConfig(const std::vector<const google::protobuf::ServiceDescriptor*>& services) {
  std::string names;
  for (const auto* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      if (!MayRepeat(*service->method(i))) continue;
      fmt::format_to(std::back_inserter(names), R"({}{{"service":"{}","method":"{}"}})", names.empty() ? "" : ",",
                     service->full_name(), service->method(i)->name());
    }
  }
  return fmt::format(
      R"({{"methodConfig":[{{"name":[{}],"retryPolicy":{{"maxAttempts":4,"initialBackoff":"0.1s","maxBackoff":"2s","backoffMultiplier":2,)"
      R"("retryableStatusCodes":["UNAVAILABLE"]}}}}]}})",
      names);
}

std::shared_ptr<grpc::Channel> Connect(const std::string& target, const TlsIdentity& identity,
                                       const std::vector<const google::protobuf::ServiceDescriptor*>& services) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // two identities to one target must not share a connection
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMs);
  if (!services.empty()) arguments.SetServiceConfigJSON(RetryConfig(services));
  return grpc::CreateCustomChannel(target, Credentials(identity), arguments);
}

void Prepare(grpc::ClientContext& context, const CallOptions& options) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + options.timeout));
  if (!options.token.empty()) context.AddMetadata("authorization", "Bearer " + options.token);
  if (!options.purpose.empty()) context.AddMetadata("gridwork-purpose", options.purpose);
  if (options.trace != nullptr) context.AddMetadata("traceparent", options.trace->traceparent());
}

}  // namespace gridwork::rpc
