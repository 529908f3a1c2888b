#include "tools/rpc_bench/servers.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <stdexcept>

#include "common/rpc/token_authenticator.h"
#include "echo/echo.grpc.pb.h"
#include "tools/rpc_bench/front_door_server.h"

namespace gridwork::bench {
namespace {

class BareEcho : public v1::EchoService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const v1::EchoRequest* request,
                                 v1::EchoResponse* response) override {
    response->set_text(request->text());
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

class Echo {
 public:
  static constexpr char kName[] = "gridwork.bench.v1.EchoService";

  void Register(rpc::FrontDoor& door) { door.On("Echo", this, &Echo::Answer); }
  absl::StatusOr<v1::EchoResponse> Answer(const rpc::CallContext&, const v1::EchoRequest& request) {
    v1::EchoResponse out;
    out.set_text(request.text());
    return out;
  }
};

class NoUnits : public Units {
 public:
  absl::StatusOr<std::optional<std::string>> FindResponse(const RequestKey&) override {
    return absl::UnimplementedError("an echo writes nothing");
  }
  absl::StatusOr<std::string> Run(const RequestKey&, absl::Time,
                                  const std::function<absl::StatusOr<std::string>(Unit&)>&) override {
    return absl::UnimplementedError("an echo writes nothing");
  }
};

}  // namespace

void ServeEcho(const Identities& identities, ParentLink& link) {
  const rpc::TlsIdentity& own = identities.server();
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = own.authority;
  tls.pem_key_cert_pairs.push_back({own.key, own.certificate});
  BareEcho service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("localhost:0", grpc::SslServerCredentials(tls), &port);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (server == nullptr) throw std::runtime_error("cannot listen");
  link.Serve(port);
  server->Shutdown();
}

void ServeFrontDoor(const Identities& identities, ParentLink& link) {
  NoUnits units;
  Echo service;
  FrontDoorServer server(identities, units);
  link.Serve(server->Serve(service));
}

}  // namespace gridwork::bench
