// Calls to the services as the device and the person of a profile.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <grpcpp/support/sync_stream.h>

#include <functional>
#include <memory>
#include <string>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/client.h"
#include "tools/gridctl/profile.h"

namespace gridwork::ctl {

struct SessionOptions {
  std::string password_file;  // logs in by itself when it is set
  std::string purpose;        // of looking at personal data
  absl::Duration timeout = absl::Seconds(10);
};

// What a call shows beside the certificate, and how long it may take.
enum class As {
  kStaff,   // an access token
  kBulk,    // an access token; imports and the like, which take longer
  kDevice,  // the certificate alone
  kNobody,  // as kDevice; also without a certificate
};

// BAD_FIELD for a text that is not UTF-8: it would break the whole message, not the field.
absl::Status CheckUtf8(const google::protobuf::Message& message);

// Without echo from the terminal; UsageError when there is none.
absl::StatusOr<std::string> AskPassword(const std::string& prompt);

// Used by one thread.
class Session {
 public:
  Session(ProfileFolder folder, Profile profile, SessionOptions options);

  const Profile& profile() const { return profile_; }

  // Gets and keeps a new access token.
  absl::StatusOr<AccessToken> LogIn(const std::string& password);
  // Ends the log-in, here and at the services.
  absl::Status LogOut();
  // The staff member of the last log-in; UNAUTHENTICATED LOGIN_NEEDED.
  absl::StatusOr<std::string> Self();

  // session.Call(&AreaService::Stub::GetArea, request): to the service that the request belongs to. A token
  // that is over, or that is refused, is replaced once: by the refresh token, or with a password file.
  template <class Stub, class Request, class Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const std::type_identity_t<Request>& request, As as = As::kStaff) {
    RETURN_IF_ERROR(CheckUtf8(request));
    ASSIGN_OR_RETURN(auto channel, ChannelOf(*Request::descriptor()));
    Stub stub(channel);
    absl::StatusOr<rpc::CallOptions> options = OptionsFor(as);
    if (!options.ok()) return options.status();
    absl::StatusOr<Response> response = rpc::Invoke(stub, method, request, *options);
    if (response.ok() || !MayLogInAgain(response.status(), as)) return response;
    ASSIGN_OR_RETURN(options, OptionsFor(as));
    return rpc::Invoke(stub, method, request, *options);
  }

  // Reads a stream until `each` returns false, for `how_long` at most, which is no error. A stream that ends with its
  // token is opened again, as a call is repeated.
  template <class Stub, class Request, class Response>
  absl::Status Read(std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(grpc::ClientContext*, const Request&),
                    const std::type_identity_t<Request>& request, absl::Duration how_long,
                    const std::function<bool(const Response&)>& each) {
    RETURN_IF_ERROR(CheckUtf8(request));
    ASSIGN_OR_RETURN(auto channel, ChannelOf(*Request::descriptor()));
    Stub stub(channel);
    const absl::Time end = absl::Now() + how_long;
    for (bool read = true; read && absl::Now() < end;) {
      ASSIGN_OR_RETURN(rpc::CallOptions options, OptionsFor(As::kStaff));
      options.timeout = end - absl::Now();
      grpc::ClientContext context;
      rpc::Prepare(context, options);
      auto reader = (stub.*method)(&context, request);
      Response response;
      while (reader->Read(&response)) {
        if (each(response)) continue;
        context.TryCancel();
        reader->Finish();
        return absl::OkStatus();
      }
      absl::Status status = rpc::FromGrpc(reader->Finish());
      if (absl::Now() >= end) return absl::OkStatus();
      if (!MayLogInAgain(status, As::kStaff)) return status;
    }
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<std::shared_ptr<grpc::Channel>> ChannelOf(const google::protobuf::Descriptor& request);
  absl::StatusOr<rpc::CallOptions> OptionsFor(As as);
  absl::StatusOr<std::string> Token();
  absl::Status Refresh();
  bool Fresh() const;
  bool MayLogInAgain(const absl::Status& refusal, As as);

  ProfileFolder folder_;
  Profile profile_;
  SessionOptions options_;
  AccessToken token_;
  std::string refused_;  // an access token that a service did not take
  std::shared_ptr<grpc::Channel> identity_;
  std::shared_ptr<grpc::Channel> tasks_;
};

}  // namespace gridwork::ctl
