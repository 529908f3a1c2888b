// The client side: channels that notice a dead peer, calls that always have a deadline, retries where they cannot do
// harm.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/tls_certificate_provider.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/rpc/status_map.h"
#include "common/rpc/trace.h"

namespace gridwork::rpc {

// Where the three parts of a TlsIdentity lie. They are read anew every second: replace each file as a whole (rename), a
// certificate for another key together with the key, by switching a link to their folder.
struct TlsFiles {
  std::string authority;
  std::string certificate;
  std::string key;
};

// PEM texts. A client without certificate and key can reach only what is open to anyone.
struct TlsIdentity {
  std::string authority;
  std::string certificate;
  std::string key;
  std::optional<TlsFiles> files;  // when set, they are what is used: a service's certificate lives 24 hours
};

// A channel with TLS, keepalive and the retry policy of RetryConfig(). Lazy: connects at the first call.
std::shared_ptr<grpc::Channel> Connect(const std::string& target, const TlsIdentity& identity,
                                       const std::vector<const google::protobuf::ServiceDescriptor*>& services);

// Reads the files every second, for the credentials of a server or a channel.
std::shared_ptr<grpc::experimental::CertificateProviderInterface> Watch(const TlsFiles& files);

// gRPC service config: up to four attempts with back-off when the server is UNAVAILABLE, for the calls of which a
// second execution changes nothing: reads, writes with a request_id, and those whose policy says so. Every other call
// is sent once.
std::string RetryConfig(const std::vector<const google::protobuf::ServiceDescriptor*>& services);

struct CallOptions {
  absl::Duration timeout = absl::Seconds(10);
  std::string token;    // access token, or "" for the certificate alone
  std::string purpose;  // "DISPATCH", or ""
  const Trace* trace = nullptr;
};

void Prepare(grpc::ClientContext& context, const CallOptions& options);

// Invoke(stub, &TaskService::Stub::GetTask, request, options): one unary call, with our errors.
template <class Stub, class Request, class Response>
absl::StatusOr<Response> Invoke(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const std::type_identity_t<Request>& request, const CallOptions& options) {
  grpc::ClientContext context;  // single use
  Prepare(context, options);
  Response response;
  grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

}  // namespace gridwork::rpc
