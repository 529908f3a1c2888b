// One pipeline for every call of every service (ARCHITECTURE.md, "The front door"). One FrontDoor serves one proto
// service: it is built from the service's descriptor and its policies, is given fact loaders and handlers, and answers
// for everything around them:
//
//   certificate -> token and binding -> revocation -> request -> request log -> purpose -> facts -> Decide() -> handler
//   -> field mask
//   -> access log -> reply
//
// A handler is a plain member function, without any grpc type, that takes what its policy says it works on:
//
//   StatusOr<Response> Get   (const CallContext&, const Request&, const Row&)            one object: the row of the
//   fact loader StatusOr<Response> List  (const CallContext&, const Request&, const auth::Scope&)    the caller's areas
//   StatusOr<Response> Update(const CallContext&, const Request&, Unit&, const Row&)     a write: its unit of work,
//   then as above StatusOr<Response> Batch (const CallContext&, const Request&, Unit&, const Batch<Row>&)   each item
//   decided alone
//
// A request with a `request_id` is a write, and only its handler takes a Unit&.
#pragma once
#include <google/protobuf/descriptor.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <any>
#include <chrono>
#include <concepts>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include "common/auth/scope.h"
#include "common/base/clock.h"
#include "common/base/unit.h"
#include "common/log/log_buffer.h"
#include "common/metrics/call_metrics.h"
#include "common/rpc/access_log.h"
#include "common/rpc/authenticator.h"
#include "common/rpc/call_context.h"
#include "common/rpc/inner_calls.h"
#include "common/rpc/stream.h"
#include "common/rpc/workers.h"

namespace gridwork::rpc {

using google::protobuf::Message;
using options::v1::Policy;

// What a fact loader returns: the facts for Decide(), the row for the handler.
template <class Row>
struct Loaded {
  auth::Facts facts;
  Row row;
};

// The rows of a batch, in the order of its items: a row, or why this item is refused.
template <class Row>
using Batch = std::vector<absl::StatusOr<Row>>;

// Answers a call, once, from any thread.
template <class Response>
using Later = std::function<void(absl::StatusOr<Response>)>;

// What the front doors of a process share. All outlive them.
struct Surroundings {
  Workers& interactive;
  Workers& bulk;
  Authenticator& authenticator;
  Units& units;
  AccessLog& access_log;
  log::LogBuffer& log;
  metrics::CallMetrics& metrics;
  const Clock& clock;
  std::string request_log_key;        // 32 bytes, the same on all replicas: keys the hashes of request bodies
  InnerCalls* inner_calls = nullptr;  // where the doors put their writes, for calls that carry others
};

class FrontDoor : public grpc::Service {
 public:
  // `service`: full name of a linked proto service, "gridwork.tasks.v1.TaskService". Registration errors of this class
  // stop the process with a message: they are mistakes in the program.
  FrontDoor(std::string_view service, const Surroundings& surroundings);
  ~FrontDoor() override;

  // How to load the rows of `resource` by name. An object that is unknown and one that is refused look the same to the
  // caller; BAD_FIELD for what is no name is said of the field that it stood in, whatever `load` calls it.
  template <class Impl, class Row>
  FrontDoor& FactsOf(std::string_view resource, Impl* impl,
                     absl::StatusOr<Loaded<Row>> (Impl::*load)(const std::string& name));

  // The handler of the RPC `name`: one of the shapes above, or (const CallContext&, const Request&) when the policy
  // names no resource.
  template <class Impl, class Request, class Response, class... Objects>
  FrontDoor& On(std::string_view name, Impl* impl,
                absl::StatusOr<Response> (Impl::*handler)(const CallContext&, const Request&, Objects...));

  // As On(), for a call that waits for others without holding a worker: the handler takes (const CallContext&, const
  // Request&, Later<Response>), copies what it needs, and sees to it that the answer comes. Only for calls that name no
  // resource, write no request log, and whose reply holds nothing about persons.
  template <class Impl, class Request, class Response>
  FrontDoor& OnLater(std::string_view name, Impl* impl,
                     void (Impl::*handler)(const CallContext&, const Request&, Later<Response>));

  // The handler of an RPC that returns a stream, (const CallContext&, const Request&, const auth::Scope&,
  // Stream<Response>): it runs once, at the opening, and keeps the stream for whoever has something to tell. What is
  // told holds nothing about persons. The stream ends with the caller's token (stream.h).
  template <class Impl, class Request, class Response>
  FrontDoor& OnStream(std::string_view name, Impl* impl,
                      absl::Status (Impl::*handler)(const CallContext&, const Request&, const auth::Scope&,
                                                    Stream<Response>));

  // One call of an RPC that answers at once, without a network: from the request log to the access log, for the caller
  // of `as`, who counts as identified. For tests that walk all RPCs. INTERNAL for an RPC that answers later or streams.
  absl::StatusOr<InnerCalls::Answer> CallHere(std::string_view name, const CallContext& as, const Message& request);

  // Ends all streams: before the server waits for its calls. There will be no others.
  void EndStreams() { streams_.EndAll(); }

  // Stops the process unless every RPC has a policy and a handler.
  void Ready() const;

  const std::string& name() const { return service_->full_name(); }

 private:
  using SteadyClock = std::chrono::steady_clock;
  struct Work;
  struct Call;
  struct Method;
  using Object = std::any;  // Row, Scope or Batch<std::any>: what a handler takes last

  struct LoadedObject {
    auth::Facts facts;
    std::any row;
  };
  struct Loader {
    const std::type_info* row;
    std::function<absl::StatusOr<LoadedObject>(const std::string&)> load;
  };
  enum class Takes { kNothing, kRow, kScope, kBatch };
  using Invoke =
      std::function<absl::StatusOr<std::unique_ptr<Message>>(const CallContext&, const Message&, Unit*, const Object&)>;

  using InvokeLater = std::function<void(const CallContext&, const Message&, Later<std::unique_ptr<Message>>)>;

  using OpenStream = std::function<absl::Status(const CallContext&, const Message&, const Object&,
                                                const std::shared_ptr<ServerStream>&)>;

  template <class T>
  struct IsBatch : std::false_type {};
  template <class Row>
  struct IsBatch<Batch<Row>> : std::true_type {
    using RowType = Row;
  };
  template <class T>
  static decltype(auto) Pick(Unit* unit, const Object& object);
  template <class T>
  static Takes TakesOf();
  template <class T>
  static const std::type_info* RowOf();

  Method& MethodOf(std::string_view name);
  void AddLoader(std::string_view resource, Loader loader);
  void AddHandler(std::string_view name, const google::protobuf::Descriptor* request,
                  const google::protobuf::Descriptor* response, bool takes_unit, Takes takes, const std::type_info* row,
                  Invoke invoke);
  void AddLater(std::string_view name, const google::protobuf::Descriptor* request,
                const google::protobuf::Descriptor* response, InvokeLater invoke);
  void AddStream(std::string_view name, const google::protobuf::Descriptor* request,
                 const google::protobuf::Descriptor* response, OpenStream open);

  grpc::ServerUnaryReactor* Start(Method& method, grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                  grpc::ByteBuffer* reply);
  grpc::ServerWriteReactor<grpc::ByteBuffer>* StartStream(Method& method, grpc::CallbackServerContext* context,
                                                          const grpc::ByteBuffer* request);
  // Hands a new call to its workers, or ends it when too many wait. It may be gone afterwards.
  void Enqueue(Call& call);
  absl::Status OpenStreamOf(Call& call, const Object& object);
  // Both: nullopt when another thread answers, and then the call may be gone.
  std::optional<absl::Status> Serve(Call& call);
  std::optional<absl::Status> ServeLater(Call& call);
  absl::Status Identify(Call& call);
  absl::Status CheckRevocation(const Call& call);
  absl::Status ReadRequest(Call& call);
  absl::Status ReadPurpose(Call& call);
  absl::StatusOr<std::unique_ptr<Message>> Carry(Work& work);
  absl::StatusOr<InnerCalls::Answer> CallInside(Method& method, const CallContext& outer, const Message& request);
  absl::Status ReadRequestKey(Work& call, std::string_view body);
  absl::StatusOr<Object> LoadAndDecide(Work& call);
  absl::StatusOr<std::any> LoadOne(Work& call, const std::string& name, const std::string& field);
  absl::StatusOr<std::unique_ptr<Message>> Handle(Work& call, const Object& object);
  static absl::StatusOr<std::unique_ptr<Message>> ParseReply(const Work& work, const std::string& bytes);
  absl::StatusOr<std::unique_ptr<Message>> Release(const Work& work, std::unique_ptr<Message> reply);
  absl::Status RecordAccess(const Work& call, const absl::Status& outcome, const Message* reply);
  static absl::Status Write(const Message& reply, Call& call);
  static absl::Status Discreet(const Work& work, absl::Status status);
  void Finish(Call& call, absl::Status status);
  void WriteLogLine(const Work& call, const absl::Status& status, SteadyClock::duration took,
                    SteadyClock::duration waited);

  const google::protobuf::ServiceDescriptor* const service_;
  const Surroundings shared_;
  std::map<std::string, Loader, std::less<>> loaders_;
  std::deque<Method> methods_;
  StreamTable streams_;
};

// ---- how typed handlers become Invoke ----

template <class T>
decltype(auto) FrontDoor::Pick(Unit* unit, const Object& object) {
  using Plain = std::remove_cvref_t<T>;
  if constexpr (std::same_as<Plain, Unit>) {
    return static_cast<Unit&>(*unit);
  } else if constexpr (IsBatch<Plain>::value) {
    Plain rows;
    for (const auto& row : std::any_cast<const Batch<std::any>&>(object)) {
      if (row.ok()) {
        rows.push_back(std::any_cast<typename IsBatch<Plain>::RowType>(*row));
      } else {
        rows.push_back(row.status());
      }
    }
    return rows;
  } else {
    return static_cast<const Plain&>(std::any_cast<const Plain&>(object));
  }
}

template <class T>
FrontDoor::Takes FrontDoor::TakesOf() {
  using Plain = std::remove_cvref_t<T>;
  if constexpr (std::same_as<Plain, Unit>) return Takes::kNothing;
  if constexpr (std::same_as<Plain, auth::Scope>) return Takes::kScope;
  if constexpr (IsBatch<Plain>::value) return Takes::kBatch;
  return Takes::kRow;
}

template <class T>
const std::type_info* FrontDoor::RowOf() {
  using Plain = std::remove_cvref_t<T>;
  if constexpr (IsBatch<Plain>::value) {
    return &typeid(typename IsBatch<Plain>::RowType);
  } else {
    return &typeid(Plain);
  }
}

template <class Impl, class Row>
FrontDoor& FrontDoor::FactsOf(std::string_view resource, Impl* impl,
                              absl::StatusOr<Loaded<Row>> (Impl::*load)(const std::string& name)) {
  AddLoader(resource, {&typeid(Row), [impl, load](const std::string& name) -> absl::StatusOr<LoadedObject> {
                         auto loaded = (impl->*load)(name);
                         if (!loaded.ok()) return loaded.status();
                         return LoadedObject{std::move(loaded->facts), std::move(loaded->row)};
                       }});
  return *this;
}

template <class Impl, class Request, class Response, class... Objects>
FrontDoor& FrontDoor::On(std::string_view name, Impl* impl,
                         absl::StatusOr<Response> (Impl::*handler)(const CallContext&, const Request&, Objects...)) {
  Takes takes = Takes::kNothing;
  const std::type_info* row = nullptr;
  ((TakesOf<Objects>() != Takes::kNothing ? void((takes = TakesOf<Objects>(), row = RowOf<Objects>())) : void()), ...);
  AddHandler(name, Request::descriptor(), Response::descriptor(),
             (std::same_as<std::remove_cvref_t<Objects>, Unit> || ...), takes, row,
             [impl, handler](const CallContext& call, const Message& request, [[maybe_unused]] Unit* unit,
                             [[maybe_unused]] const Object& object) -> absl::StatusOr<std::unique_ptr<Message>> {
               auto reply =
                   (impl->*handler)(call, static_cast<const Request&>(request), Pick<Objects>(unit, object)...);
               if (!reply.ok()) return reply.status();
               return std::make_unique<Response>(*std::move(reply));
             });
  return *this;
}

template <class Impl, class Request, class Response>
FrontDoor& FrontDoor::OnLater(std::string_view name, Impl* impl,
                              void (Impl::*handler)(const CallContext&, const Request&, Later<Response>)) {
  AddLater(name, Request::descriptor(), Response::descriptor(),
           [impl, handler](const CallContext& call, const Message& request, Later<std::unique_ptr<Message>> answer) {
             (impl->*handler)(call, static_cast<const Request&>(request),
                              [answer = std::move(answer)](absl::StatusOr<Response> reply) {
                                if (reply.ok()) {
                                  answer(std::make_unique<Response>(*std::move(reply)));
                                } else {
                                  answer(reply.status());
                                }
                              });
           });
  return *this;
}

template <class Impl, class Request, class Response>
FrontDoor& FrontDoor::OnStream(std::string_view name, Impl* impl,
                               absl::Status (Impl::*handler)(const CallContext&, const Request&, const auth::Scope&,
                                                             Stream<Response>)) {
  AddStream(name, Request::descriptor(), Response::descriptor(),
            [impl, handler](const CallContext& call, const Message& request, const Object& object,
                            const std::shared_ptr<ServerStream>& stream) {
              return (impl->*handler)(call, static_cast<const Request&>(request),
                                      std::any_cast<const auth::Scope&>(object), Stream<Response>(stream));
            });
  return *this;
}

}  // namespace gridwork::rpc
