#include "common/rpc/front_door.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <grpc/grpc_security.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <sodium.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

#include "common/auth/decide.h"
#include "common/auth/field_mask.h"
#include "common/auth/jws.h"
#include "common/base/error.h"
#include "common/base/scope_limits.h"
#include "common/base/status_macros.h"
#include "common/rpc/status_map.h"

namespace gridwork::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using options::v1::Purpose;

constexpr absl::Duration kLongestCall = absl::Seconds(30);
constexpr absl::Duration kBusyRetry = absl::Milliseconds(250);

[[noreturn]] void Die(std::string_view method, std::string_view what) {
  spdlog::critical("{}: {}", method, what);
  spdlog::shutdown();
  std::_Exit(EXIT_FAILURE);
}

// A string field of a request, by its path: "task.place".
class FieldPath {
 public:
  FieldPath() = default;
  FieldPath(const google::protobuf::Descriptor* message, std::string_view path, std::string_view method) : path_(path) {
    for (size_t begin = 0; begin <= path.size();) {
      size_t end = std::min(path.find('.', begin), path.size());
      const FieldDescriptor* field =
          message ? message->FindFieldByName(std::string(path.substr(begin, end - begin))) : nullptr;
      if (field == nullptr || field->is_repeated()) Die(method, fmt::format("policy names no field {}", path));
      fields_.push_back(field);
      message = field->message_type();
      begin = end + 1;
    }
    if (fields_.back()->cpp_type() != FieldDescriptor::CPPTYPE_STRING)
      Die(method, fmt::format("policy: {} is not a string", path));
  }
  const std::string& Get(const Message& message) const {
    const Message* at = &message;
    for (size_t i = 0; i + 1 < fields_.size(); ++i) at = &at->GetReflection()->GetMessage(*at, fields_[i]);
    return at->GetReflection()->GetStringReference(*at, fields_.back(), nullptr);
  }
  const std::string& path() const { return path_; }
  explicit operator bool() const { return !fields_.empty(); }

 private:
  std::string path_;
  std::vector<const FieldDescriptor*> fields_;
};

std::string_view Metadata(const grpc::CallbackServerContext& context, const char* key) {
  auto it = context.client_metadata().find(key);
  return it == context.client_metadata().end() ? std::string_view()
                                               : std::string_view(it->second.data(), it->second.size());
}

bool ParseBuffer(const grpc::ByteBuffer& in, Message& out) {
  grpc::Slice slice;
  if (in.TrySingleSlice(&slice).ok()) return out.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  return in.DumpToSingleSlice(&slice).ok() && out.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
}

// Whether the rules differ in their roles only.
bool RulesAreAlike(const Policy& policy) {
  auto rest = [](options::v1::Rule rule) {
    rule.clear_roles();
    return rule.SerializeAsString();
  };
  return std::all_of(policy.rules().begin(), policy.rules().end(),
                     [&](const auto& rule) { return rest(rule) == rest(policy.rules(0)); });
}

// The same for an object that does not exist and one that the caller may not know of.
absl::Status NotFound(const Policy& policy) {
  return Error(absl::StatusCode::kNotFound, "NOT_FOUND", fmt::format("no such {} in your areas", policy.resource()),
               {{"resource", policy.resource()}});
}

// A loader knows the name, but not where in the request it stood.
absl::Status InField(const std::string& field, const absl::Status& status) {
  const auto violations = FieldViolationsOf(status);
  return violations.empty() ? status : BadField(field, violations[0].second);
}

absl::Status Denied(const auth::Decision& decision) {
  return Error(absl::StatusCode::kPermissionDenied, decision.reason, "your grants do not allow this call");
}

}  // namespace

struct FrontDoor::Method {
  std::string path;  // "/gridwork.tasks.v1.TaskService/GetTask"; gRPC keeps a pointer to it
  std::string name;  // the same without the slash
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  const Policy* policy = nullptr;
  const Message* request = nullptr;  // prototypes
  const Message* reply = nullptr;
  FieldPath object;                             // policy.name_field
  const FieldDescriptor* items = nullptr;       // policy.items_field
  const FieldDescriptor* request_id = nullptr;  // of a write
  const Loader* loader = nullptr;
  Takes takes = Takes::kNothing;
  Invoke invoke;
  InvokeLater later;      // instead of `invoke`,
  OpenStream open;        // or this one
  bool personal = false;  // its reply may hold data of persons, staff included
  bool masked = false;    // its reply may hold a field that a rule does not show: of persons who are not staff
  metrics::MethodMetrics* metrics = nullptr;
  Workers* workers = nullptr;
};

// What the steps of the pipeline work on, however the call came.
struct FrontDoor::Work {
  explicit Work(Method& m) : method(m) {}
  CallContext Context() const {
    return {method.name, caller ? *caller : kNobody, peer, now, deadline, purpose, trace, source};
  }

  Method& method;
  absl::Time now, deadline;
  Trace trace;
  std::optional<auth::Peer> peer;
  std::shared_ptr<const auth::Caller> caller;
  Purpose purpose = options::v1::PURPOSE_UNSPECIFIED;
  std::string source;
  absl::Status purpose_known;  // or why what was declared is none
  const Message* request = nullptr;
  std::optional<RequestKey> key;
  auth::Decision decision;
  bool replayed = false;

  static inline const auth::Caller kNobody{};
};

// One call of a client: made in the reaction, run on a worker. The reactor is gRPC's DefaultReactor: the OnDone of a
// class of our own would be sent through another thread (+8 us).
struct FrontDoor::Call final : Job, Work {
  Call(FrontDoor& d, Method& m, grpc::CallbackServerContext* c, const grpc::ByteBuffer* q, grpc::ByteBuffer* r)
      : Work(m), door(d), context(c), in(q), out(r), reactor(c->DefaultReactor()) {}
  Call(FrontDoor& d, Method& m, grpc::CallbackServerContext* c, std::shared_ptr<ServerStream> s)
      : Work(m), door(d), context(c), in(&s->request()), out(nullptr), reactor(nullptr), stream(std::move(s)) {}

  void Run() override {
    started = SteadyClock::now();
    now = door.shared_.clock.Now();
    deadline = std::min(absl::FromChrono(context->deadline()), now + kLongestCall);
    trace = Trace::Continue(Metadata(*context, "traceparent"));
    std::optional<absl::Status> status;
    try {
      status = context->IsCancelled() ? absl::CancelledError("CANCELLED")
               : deadline <= now ? absl::DeadlineExceededError("DEADLINE_EXCEEDED: it passed while the call waited")
                                 : door.Serve(*this);
    } catch (const std::exception& e) {
      status = absl::InternalError(e.what());
    } catch (...) {
      status = absl::InternalError("unknown exception");
    }
    if (status) door.Finish(*this, *std::move(status));
  }

  FrontDoor& door;
  grpc::CallbackServerContext* const context;
  const grpc::ByteBuffer* const in;
  grpc::ByteBuffer* const out;
  grpc::ServerUnaryReactor* const reactor;
  const std::shared_ptr<ServerStream> stream;  // instead of `out` and `reactor`

  const SteadyClock::time_point arrived = SteadyClock::now();
  SteadyClock::time_point started = arrived;
  std::unique_ptr<Message> parsed;
};

FrontDoor::FrontDoor(std::string_view service, const Surroundings& surroundings)
    : service_(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(std::string(service))),
      shared_(surroundings),
      streams_(surroundings.clock) {
  if (service_ == nullptr) Die(service, "no such service is linked");
  if (shared_.request_log_key.size() != crypto_generichash_KEYBYTES)
    Die(service, "the request-log key must have 32 bytes");
  for (int i = 0; i < service_->method_count(); ++i) {
    Method& method = methods_.emplace_back();
    method.descriptor = service_->method(i);
    method.name = fmt::format("{}/{}", service_->full_name(), method.descriptor->name());
    method.path = "/" + method.name;
    method.policy = &method.descriptor->options().GetExtension(options::v1::policy);
    if (method.policy->rules().empty() && method.policy->services().empty() &&
        method.policy->open_to() == options::v1::OPEN_TO_UNSPECIFIED)
      Die(method.name, "has no policy, or one that lets nobody in");
    method.workers = method.policy->admission() == options::v1::ADMISSION_BULK ? &shared_.bulk : &shared_.interactive;
    method.metrics = &shared_.metrics.Add(method.name);

    using grpc::internal::RpcMethod;
    bool streams = method.descriptor->server_streaming();
    AddMethod(new grpc::internal::RpcServiceMethod(
        method.path.c_str(), streams ? RpcMethod::SERVER_STREAMING : RpcMethod::NORMAL_RPC, nullptr));
    if (streams) {
      MarkMethodRawCallback(i,
                            new grpc::internal::CallbackServerStreamingHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                                [this, &method](grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
                                  return StartStream(method, context, request);
                                }));
      continue;
    }
    MarkMethodRawCallback(
        i, new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
               [this, &method](grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                               grpc::ByteBuffer* reply) { return Start(method, context, request, reply); }));
  }
}

FrontDoor::~FrontDoor() = default;

void FrontDoor::AddLoader(std::string_view resource, Loader loader) {
  loaders_.insert_or_assign(std::string(resource), std::move(loader));
}

FrontDoor::Method& FrontDoor::MethodOf(std::string_view name) {
  auto it =
      std::find_if(methods_.begin(), methods_.end(), [&](const Method& m) { return m.descriptor->name() == name; });
  if (it == methods_.end()) Die(service_->full_name(), fmt::format("has no RPC {}", name));
  return *it;
}

void FrontDoor::AddHandler(std::string_view name, const google::protobuf::Descriptor* request,
                           const google::protobuf::Descriptor* response, bool takes_unit, Takes takes,
                           const std::type_info* row, Invoke invoke) {
  Method& method = MethodOf(name);
  const Policy& policy = *method.policy;
  auto require = [&](bool ok, std::string_view what) {
    if (!ok) Die(method.name, what);
  };
  require(request == method.descriptor->input_type(), "the handler takes another request");
  require(response == method.descriptor->output_type(), "the handler returns another response");
  require(!method.descriptor->client_streaming(), "is a stream of requests, which nothing serves");

  method.request_id = request->FindFieldByName("request_id");
  require(takes_unit == (method.request_id != nullptr),
          "a handler takes a Unit& if, and only if, its request has a request_id");
  require(!method.request_id || !policy.naturally_idempotent(), "is naturally idempotent, yet has a request_id");

  if (!policy.items_field().empty()) {
    method.items = request->FindFieldByName(policy.items_field());
    require(method.items && method.items->is_repeated() && method.items->message_type(),
            "policy.items_field is no repeated message");
    method.object = FieldPath(method.items->message_type(), policy.name_field(), method.name);
    require(takes == Takes::kBatch, "is a batch: its handler takes a Batch<Row>");
  } else if (!policy.name_field().empty()) {
    method.object = FieldPath(request, policy.name_field(), method.name);
    require(takes == Takes::kRow, "names one object: its handler takes the row");
  } else if (!policy.resource().empty()) {
    require(takes == Takes::kScope, "works on many objects: its handler takes the caller's scope");
    require(RulesAreAlike(policy),
            "works on many objects: its rules may differ in roles only, as one answer holds rows of all of them");
  } else {
    require(takes == Takes::kNothing, "works on no resource");
  }
  if (takes == Takes::kRow || takes == Takes::kBatch) {
    auto loader = loaders_.find(policy.resource());
    require(loader != loaders_.end(), "has no fact loader for its resource: call FactsOf() first");
    require(*loader->second.row == *row, "takes another row than the fact loader of its resource makes");
    method.loader = &loader->second;
  }

  auto* factory = google::protobuf::MessageFactory::generated_factory();
  method.request = factory->GetPrototype(request);
  method.reply = factory->GetPrototype(response);
  method.personal = auth::MayHold(response, options::v1::DATA_CLASS_STAFF);
  method.masked = auth::MayHold(response, options::v1::DATA_CLASS_CONTACT);
  method.takes = takes;
  method.invoke = std::move(invoke);
  if (shared_.inner_calls && method.request_id) {
    shared_.inner_calls->Add(request, [this, &method](const CallContext& outer, const Message& message) {
      return CallInside(method, outer, message);
    });
  }
}

void FrontDoor::AddLater(std::string_view name, const google::protobuf::Descriptor* request,
                         const google::protobuf::Descriptor* response, InvokeLater invoke) {
  AddHandler(name, request, response, false, Takes::kNothing, nullptr, nullptr);
  Method& method = MethodOf(name);
  if (method.personal) Die(method.name, "is answered later, so its reply must hold nothing about persons");
  method.later = std::move(invoke);
}

void FrontDoor::AddStream(std::string_view name, const google::protobuf::Descriptor* request,
                          const google::protobuf::Descriptor* response, OpenStream open) {
  AddHandler(name, request, response, false, Takes::kScope, nullptr, nullptr);
  Method& method = MethodOf(name);
  if (!method.descriptor->server_streaming()) Die(method.name, "returns no stream");
  if (method.policy->open_to() != options::v1::OPEN_TO_UNSPECIFIED)
    Die(method.name, "is a stream, so its caller must be known");
  if (method.personal) Die(method.name, "is a stream, so what it tells must hold nothing about persons");
  method.open = std::move(open);
}

void FrontDoor::Ready() const {
  for (const Method& method : methods_) {
    if (method.descriptor->server_streaming() ? !method.open : !method.invoke && !method.later)
      Die(method.name, "has no handler");
  }
}

grpc::ServerUnaryReactor* FrontDoor::Start(Method& method, grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request, grpc::ByteBuffer* reply) {
  auto* call = new Call(*this, method, context, request, reply);
  auto* reactor = call->reactor;  // the call may be gone when Enqueue() returns
  Enqueue(*call);
  return reactor;
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* FrontDoor::StartStream(Method& method, grpc::CallbackServerContext* context,
                                                                   const grpc::ByteBuffer* request) {
  auto stream = ServerStream::Make(context, *request);
  Enqueue(*new Call(*this, method, context, stream));
  return stream.get();
}

void FrontDoor::Enqueue(Call& call) {
  metrics::MethodMetrics& metrics = *call.method.metrics;
  metrics.in_flight.fetch_add(1, std::memory_order_relaxed);
  if (call.method.workers->Post(&call)) return;
  metrics.rejects.fetch_add(1, std::memory_order_relaxed);
  Finish(call, WithRetryAfter(Error(absl::StatusCode::kResourceExhausted, "SERVER_BUSY", "too many calls are waiting"),
                              kBusyRetry));
}

// After OK the stream ends by itself, and `call` with it: it may be gone already.
absl::Status FrontDoor::OpenStreamOf(Call& call, const Object& object) {
  const std::shared_ptr<ServerStream> stream = call.stream;
  auto judge = [this, peer = call.peer, caller = call.caller](absl::Time now) {
    if (caller->expires <= now)
      return Error(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED", "the token of this stream is over");
    return shared_.authenticator.CheckRevocation(peer ? &*peer : nullptr, caller.get(), false, now);
  };
  RETURN_IF_ERROR(streams_.Add(call.caller->id, judge, stream));
  RETURN_IF_ERROR(call.method.open(call.Context(), *call.request, object, stream));
  stream->Open([this, &call](absl::Status status) { Finish(call, std::move(status)); });
  return absl::OkStatus();
}

std::optional<absl::Status> FrontDoor::Serve(Call& call) {
  if (absl::Status known = Identify(call); !known.ok()) return known;
  if (absl::Status valid = CheckRevocation(call); !valid.ok()) return valid;
  if (absl::Status read = ReadRequest(call); !read.ok()) return read;
  call.purpose_known = ReadPurpose(call);
  if (call.method.later || call.stream) return ServeLater(call);
  auto reply = Carry(call);
  return reply.ok() ? Write(**reply, call) : reply.status();
}

// A call that waits, or is told something now and then, without holding a worker.
std::optional<absl::Status> FrontDoor::ServeLater(Call& call) {
  auto object = call.purpose_known.ok() ? LoadAndDecide(call) : absl::StatusOr<Object>(call.purpose_known);
  if (!object.ok()) return object.status();  // nothing personal: no entry in the access log
  if (call.stream) {
    absl::Status opened = OpenStreamOf(call, *object);
    return opened.ok() ? std::nullopt : std::optional(opened);
  }
  call.method.later(call.Context(), *call.request, [this, &call](absl::StatusOr<std::unique_ptr<Message>> reply) {
    Finish(call, reply.ok() ? Write(**reply, call) : reply.status());
  });
  return std::nullopt;
}

absl::Status FrontDoor::Write(const Message& reply, Call& call) {
  bool own_buffer;
  grpc::Status serialized = grpc::SerializationTraits<Message>::Serialize(reply, call.out, &own_buffer);
  return serialized.ok() ? absl::OkStatus() : absl::InternalError("response does not serialize");
}

// From the request log to the entry in the access log: the reply that may leave.
absl::StatusOr<std::unique_ptr<Message>> FrontDoor::Carry(Work& work) {
  if (work.key) {
    ASSIGN_OR_RETURN(auto stored, shared_.units.FindResponse(*work.key));
    if (stored) {
      work.replayed = true;
      work.decision.rule = "replay";
      ASSIGN_OR_RETURN(auto reply, ParseReply(work, *stored));
      return Release(work, std::move(reply));
    }
  }
  absl::StatusOr<std::unique_ptr<Message>> reply;
  auto object = work.purpose_known.ok() ? LoadAndDecide(work) : absl::StatusOr<Object>(work.purpose_known);
  reply = object.ok() ? Handle(work, *object) : object.status();
  if (!reply.ok()) {
    RETURN_IF_ERROR(RecordAccess(work, reply.status(), nullptr));
    return reply.status();
  }
  return Release(work, *std::move(reply));
}

absl::StatusOr<InnerCalls::Answer> FrontDoor::CallHere(std::string_view name, const CallContext& as,
                                                       const Message& request) {
  Method& method = MethodOf(name);
  if (!method.invoke) return absl::InternalError("this RPC does not answer at once");
  return CallInside(method, as, request);
}

absl::StatusOr<InnerCalls::Answer> FrontDoor::CallInside(Method& method, const CallContext& outer,
                                                         const Message& request) {
  auto started = SteadyClock::now();
  Work work(method);
  work.now = outer.now;
  work.deadline = outer.deadline;
  work.trace = outer.trace;
  work.peer = outer.peer;
  work.caller = std::shared_ptr<const auth::Caller>(std::shared_ptr<void>(), &outer.caller);  // the outer call's
  work.purpose = outer.purpose;
  work.source = outer.source;
  work.request = &request;
  absl::StatusOr<std::unique_ptr<Message>> reply;
  try {
    absl::Status keyed = method.request_id ? ReadRequestKey(work, request.SerializeAsString()) : absl::OkStatus();
    reply = keyed.ok() ? Carry(work) : keyed;
  } catch (const std::exception& e) {  // of this one only: the outer call goes on
    reply = absl::InternalError(e.what());
  }
  absl::Status status = Discreet(work, reply.status());
  method.metrics->codes[static_cast<size_t>(status.code())].fetch_add(1, std::memory_order_relaxed);
  method.metrics->latency.Observe(SteadyClock::now() - started);
  WriteLogLine(work, status, SteadyClock::now() - started, {});
  RETURN_IF_ERROR(status);
  return InnerCalls::Answer{*std::move(reply), work.replayed};
}

// Who calls: the certificate of the connection and, unless the policy is open or for services, a token that is bound to
// it (RFC 8705).
absl::Status FrontDoor::Identify(Call& call) {
  const Policy& policy = *call.method.policy;
  grpc_auth_context* context =
      grpc_call_auth_context(call.context->c_call());  // the C++ wrapper copies; this is an iterator on the stack
  auto it = grpc_auth_context_find_properties_by_name(context, "x509_pem_cert");
  const grpc_auth_property* pem = grpc_auth_property_iterator_next(&it);
  absl::Status bad_peer;
  if (pem != nullptr) {
    auto peer = shared_.authenticator.PeerOf({pem->value, pem->value_length});
    if (peer.ok() && (*peer)->not_after > call.now) call.peer = **peer;
    if (!peer.ok()) bad_peer = peer.status();
  }
  grpc_auth_context_release(context);

  if (policy.open_to() == options::v1::OPEN_TO_ANYONE) {
    call.source = call.context->peer();  // "ipv4:127.0.0.1:4711"
    call.source.resize(std::min(call.source.rfind(':'), call.source.size()));
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(bad_peer);
  if (!call.peer)
    return Error(absl::StatusCode::kUnauthenticated, "CERTIFICATE_MISSING",
                 "a certificate of this installation is needed, and not an expired one");
  if (policy.open_to() == options::v1::OPEN_TO_CERTIFICATE) return absl::OkStatus();

  std::string_view header = Metadata(*call.context, "authorization");
  if (header.empty() && call.peer->kind == auth::Peer::Kind::kService) {
    auto service = std::make_shared<auth::Caller>();
    service->id = "services/" + call.peer->id;
    service->certificate = call.peer->certificate;
    service->expires = call.peer->not_after;
    call.caller = std::move(service);
    return absl::OkStatus();
  }
  constexpr std::string_view kBearer = "Bearer ";
  if (!header.starts_with(kBearer))
    return Error(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING", "metadata authorization: Bearer <token>");
  ASSIGN_OR_RETURN(call.caller, shared_.authenticator.CallerOf(header.substr(kBearer.size()), call.now));
  absl::Status bound = auth::CheckBinding(*call.caller, *call.peer);
  if (!bound.ok()) call.caller = nullptr;  // not theirs: it must not appear in the log as if it were
  return bound;
}

absl::Status FrontDoor::CheckRevocation(const Call& call) {
  // What is open to anyone asks for no certificate: a phone that was lost, found and revoked meanwhile may enrol again.
  bool anyone = call.method.policy->open_to() == options::v1::OPEN_TO_ANYONE;
  const auth::Peer* peer = anyone || !call.peer ? nullptr : &*call.peer;
  // Work goes on while identity is away: without it no token is renewed, and the last ones end within five minutes.
  return shared_.authenticator.CheckRevocation(peer, call.caller.get(), call.method.masked, call.now);
}

absl::Status FrontDoor::ReadRequest(Call& call) {
  call.parsed.reset(call.method.request->New());
  call.request = call.parsed.get();
  if (!ParseBuffer(*call.in, *call.parsed))
    return Error(absl::StatusCode::kInvalidArgument, "MALFORMED_REQUEST",
                 "not a message of this type, or text that is not UTF-8");
  if (!call.method.request_id) return absl::OkStatus();
  grpc::Slice body;
  if (!call.in->DumpToSingleSlice(&body).ok()) return absl::InternalError("request bytes are gone");
  return ReadRequestKey(call, {reinterpret_cast<const char*>(body.begin()), body.size()});
}

absl::Status FrontDoor::ReadRequestKey(Work& call, std::string_view body) {
  auto id =
      Uuid::Parse(call.request->GetReflection()->GetStringReference(*call.request, call.method.request_id, nullptr));
  if (!id.ok())
    return BadField("request_id",
                    id.status().message().empty() ? "must be a UUID" : std::string(id.status().message()));
  if (id->version() != 7) return BadField("request_id", "must be a UUID of version 7, which carries its time");
  if (id->Time() < call.now - absl::Hours(24 * scope::kRequestIdDays))
    return BadField("request_id", fmt::format("must be at most {} days old", scope::kRequestIdDays));
  if (id->Time() > call.now + absl::Hours(24 * scope::kRequestIdAheadDays))
    return BadField("request_id",
                    fmt::format("must be at most {} day ahead of the server's clock", scope::kRequestIdAheadDays));

  RequestKey key{.caller = call.caller ? call.caller->id : "", .request_id = *id, .method = call.method.name};
  crypto_generichash(key.body_hmac.data(), key.body_hmac.size(), reinterpret_cast<const unsigned char*>(body.data()),
                     body.size(), reinterpret_cast<const unsigned char*>(shared_.request_log_key.data()),
                     shared_.request_log_key.size());
  call.key = std::move(key);
  return absl::OkStatus();
}

absl::Status FrontDoor::ReadPurpose(Call& call) {
  std::string_view text = Metadata(*call.context, "gridwork-purpose");
  if (text.empty()) return absl::OkStatus();
  if (!options::v1::Purpose_Parse("PURPOSE_" + std::string(text), &call.purpose) ||
      call.purpose == options::v1::PURPOSE_UNSPECIFIED)
    return Error(absl::StatusCode::kInvalidArgument, "PURPOSE_UNKNOWN",
                 "metadata gridwork-purpose: not one of the purposes of this system");
  return absl::OkStatus();
}

absl::StatusOr<FrontDoor::Object> FrontDoor::LoadAndDecide(Work& call) {
  const Method& method = call.method;
  const Policy& policy = *method.policy;
  if (policy.open_to() != options::v1::OPEN_TO_UNSPECIFIED) {
    call.decision.rule = "open";
    return Object();
  }
  if (method.takes == Takes::kRow) return LoadOne(call, method.object.Get(*call.request), method.object.path());
  if (method.takes == Takes::kBatch) {
    Batch<std::any> rows;
    const auto* reflection = call.request->GetReflection();
    int size = reflection->FieldSize(*call.request, method.items);
    if (size > scope::kBatchItems) return BadField(method.items->name(), fmt::format("at most {}", scope::kBatchItems));
    for (int i = 0; i < size; ++i) {
      auto row = LoadOne(call, method.object.Get(reflection->GetRepeatedMessage(*call.request, method.items, i)),
                         fmt::format("{}[{}].{}", method.items->name(), i, method.object.path()));
      if (absl::IsUnavailable(row.status()) || absl::IsDeadlineExceeded(row.status()))
        return row.status();  // no verdict on the item
      rows.push_back(std::move(row));
    }
    return Object(std::move(rows));
  }
  call.decision = auth::Decide(*call.caller, policy, method.name, nullptr, call.purpose, call.now);
  if (!call.decision.allowed) return Denied(call.decision);
  return method.takes == Takes::kScope ? Object(auth::Scope(auth::AreasOf(*call.caller, policy, call.now))) : Object();
}

absl::StatusOr<std::any> FrontDoor::LoadOne(Work& call, const std::string& name, const std::string& field) {
  if (name.empty()) return BadField(field, "must not be empty");
  auto found = call.method.loader->load(name);
  if (absl::IsNotFound(found.status())) return NotFound(*call.method.policy);
  if (!found.ok()) return InField(field, found.status());
  call.decision =
      auth::Decide(*call.caller, *call.method.policy, call.method.name, &found->facts, call.purpose, call.now);
  if (!call.decision.allowed) return NotFound(*call.method.policy);
  return std::move(found->row);
}

absl::StatusOr<std::unique_ptr<Message>> FrontDoor::Handle(Work& call, const Object& object) {
  if (!call.key) return call.method.invoke(call.Context(), *call.request, nullptr, object);

  ASSIGN_OR_RETURN(std::string bytes,
                   shared_.units.Run(*call.key, call.deadline, [&](Unit& unit) -> absl::StatusOr<std::string> {
                     ASSIGN_OR_RETURN(auto reply, call.method.invoke(call.Context(), *call.request, &unit, object));
                     return reply->SerializeAsString();
                   }));
  return ParseReply(call, bytes);
}

absl::StatusOr<std::unique_ptr<Message>> FrontDoor::ParseReply(const Work& work, const std::string& bytes) {
  auto reply = std::unique_ptr<Message>(work.method.reply->New());
  if (!reply->ParseFromString(bytes)) return absl::InternalError("stored response does not parse");
  return reply;
}

absl::StatusOr<std::unique_ptr<Message>> FrontDoor::Release(const Work& work, std::unique_ptr<Message> reply) {
  if (work.method.masked) auth::ApplyFieldMask(work.decision, *reply);
  RETURN_IF_ERROR(RecordAccess(work, absl::OkStatus(), reply.get()));
  return reply;
}

absl::Status FrontDoor::RecordAccess(const Work& call, const absl::Status& outcome, const Message* reply) {
  if (!call.method.personal) return absl::OkStatus();
  absl::Status recorded = shared_.access_log.Record({call.Context(), call.decision.rule, outcome, reply});
  if (recorded.ok()) return recorded;
  return Error(absl::StatusCode::kUnavailable, "ACCESS_LOG_AWAY",
               "no entry could be written, so that no data may leave; try again");
}

// A fault of ours tells a caller nothing but where it is written down.
absl::Status FrontDoor::Discreet(const Work& work, absl::Status status) {
  if (!absl::IsInternal(status) && !absl::IsUnknown(status)) return status;
  spdlog::error("{} trace {}: {}", work.method.name, work.trace.trace_id, std::string(status.message()));
  return Error(absl::StatusCode::kInternal, "INTERNAL", "a fault in the service; its log has the trace",
               {{"trace_id", work.trace.trace_id}});
}

void FrontDoor::Finish(Call& call, absl::Status status) {
  std::unique_ptr<Call> self(&call);
  status = Discreet(call, std::move(status));
  if (!status.ok() && call.out) call.out->Clear();
  auto now = SteadyClock::now();
  metrics::MethodMetrics& metrics = *call.method.metrics;
  metrics.codes[static_cast<size_t>(status.code())].fetch_add(1, std::memory_order_relaxed);
  if (!call.stream) metrics.latency.Observe(now - call.arrived);  // a stream is open as long as its client likes
  metrics.queue_wait.Observe(call.started - call.arrived);
  metrics.in_flight.fetch_sub(1, std::memory_order_relaxed);
  WriteLogLine(call, status, now - call.arrived, call.started - call.arrived);
  grpc::Status last = status.ok() ? grpc::Status() : ToGrpc(status);
  if (call.stream) {
    call.stream->Close(std::move(last));
  } else {
    call.reactor->Finish(last);
  }
}

// Every value comes from a closed vocabulary or was checked, but the object's name, which is escaped.
void FrontDoor::WriteLogLine(const Work& call, const absl::Status& status, SteadyClock::duration took,
                             SteadyClock::duration waited) {
  std::string line;
  line.reserve(400);
  auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  auto wait = std::chrono::duration_cast<std::chrono::microseconds>(waited).count();
  fmt::format_to(std::back_inserter(line),
                 R"({{"ts":{:.6f},"level":"info","method":"{}","code":"{}","reason":"{}","us":{},"wait_us":{})",
                 absl::ToDoubleSeconds(shared_.clock.Now() - absl::UnixEpoch()), call.method.name,
                 absl::StatusCodeToString(status.code()), ReasonOf(status), microseconds, wait);
  if (call.caller) fmt::format_to(std::back_inserter(line), R"(,"caller":"{}")", call.caller->id);
  if (call.peer) fmt::format_to(std::back_inserter(line), R"(,"peer":"{}")", call.peer->id);
  if (!call.decision.rule.empty()) fmt::format_to(std::back_inserter(line), R"(,"rule":"{}")", call.decision.rule);
  if (!call.decision.reason.empty())
    fmt::format_to(std::back_inserter(line), R"(,"denied":"{}")", call.decision.reason);
  if (call.key) fmt::format_to(std::back_inserter(line), R"(,"request_id":"{}")", call.key->request_id.ToString());
  if (call.request && call.method.takes == Takes::kRow) {
    line += R"(,"object":")";
    log::AppendEscaped(std::string_view(call.method.object.Get(*call.request)).substr(0, 100), line);
    line += '"';
  }
  fmt::format_to(std::back_inserter(line), R"(,"trace_id":"{}","span_id":"{}"}})", call.trace.trace_id,
                 call.trace.span_id);
  shared_.log.Write(line);
}

}  // namespace gridwork::rpc
