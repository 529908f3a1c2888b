// The server's end of a stream that a client keeps open to be told something (front_door.h, OnStream). It holds no
// thread: who has news sends it, gRPC writes it, and one thread for all streams of a service ends those whose time is
// over.
#pragma once
#include <absl/status/status.h>
#include <absl/time/time.h>
#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "common/base/clock.h"
#include "common/base/mutex.h"

namespace gridwork::rpc {

// Thread-safe. Shared by gRPC, which holds it until the call is done, and by who sends.
class ServerStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                           public std::enable_shared_from_this<ServerStream> {
 public:
  // Messages that wait for a slow client; one more is not taken.
  static constexpr size_t kWaiting = 16;

  static std::shared_ptr<ServerStream> Make(grpc::CallbackServerContext* context, const grpc::ByteBuffer& request);

  // ---- for who sends

  // False when it was not taken: the stream is over, or its client too slow to take more now.
  bool Send(const google::protobuf::Message& message);
  // False once it is ending: the client left, or End() was called.
  bool open() const;
  // Ends it, once; what was sent before leaves first.
  void End(absl::Status status);

  // ---- for the front door

  const grpc::ByteBuffer& request() const { return request_; }
  // From now on `on_end` is called once, from any thread, when the stream is to end; it must Close() it.
  void Open(std::function<void(absl::Status)> on_end);
  // The last word to gRPC; exactly once.
  void Close(grpc::Status status);
  // `on_done` runs when gRPC has let go of it.
  void OnGone(std::function<void()> on_gone);
  // Gives up on a client that does not read, so that a Close() under way can end.
  void GiveUp();

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  ServerStream(grpc::CallbackServerContext* context, const grpc::ByteBuffer& request)
      : context_(context), request_(request) {}
  void WriteNext() REQUIRES(mu_);

  grpc::CallbackServerContext* const context_;
  const grpc::ByteBuffer request_;
  std::shared_ptr<ServerStream> self_;  // gRPC's share, until OnDone()
  mutable Mutex mu_;
  std::deque<grpc::ByteBuffer> waiting_ GUARDED_BY(mu_);
  grpc::ByteBuffer writing_ GUARDED_BY(mu_);
  bool is_writing_ GUARDED_BY(mu_) = false;
  bool opened_ GUARDED_BY(mu_) = false;
  bool gone_ GUARDED_BY(mu_) = false;
  std::optional<absl::Status> end_ GUARDED_BY(mu_);      // that End() or the client asked for
  std::optional<grpc::Status> closing_ GUARDED_BY(mu_);  // waits for the writes
  std::function<void(absl::Status)> on_end_ GUARDED_BY(mu_);
  std::function<void()> on_gone_ GUARDED_BY(mu_);
};

// What a handler gets: a share of the stream that it may keep and use from any thread.
template <class Response>
class Stream {
 public:
  explicit Stream(std::shared_ptr<ServerStream> stream) : stream_(std::move(stream)) {}

  bool Send(const Response& response) const { return stream_->Send(response); }
  bool open() const { return stream_->open(); }
  void End(absl::Status status) const { stream_->End(std::move(status)); }

 private:
  std::shared_ptr<ServerStream> stream_;
};

// The open streams of one service. Thread-safe.
class StreamTable {
 public:
  // Of one caller: a phone needs one, a desk some.
  static constexpr int kOfCaller = 4;

  explicit StreamTable(const Clock& clock) : clock_(clock) {}
  ~StreamTable();

  // What says every second whether a stream may go on.
  using Judge = std::function<absl::Status(absl::Time now)>;

  // Counts the stream until it is gone. It is ended with what `judge` says when that is not OK. RESOURCE_EXHAUSTED
  // TOO_MANY_STREAMS; UNAVAILABLE SHUTTING_DOWN.
  absl::Status Add(const std::string& caller, Judge judge, const std::shared_ptr<ServerStream>& stream);
  // Ends all with UNAVAILABLE SHUTTING_DOWN; there will be no others.
  void EndAll();

 private:
  struct Entry {
    std::string caller;
    Judge judge;
    std::shared_ptr<ServerStream> stream;
    bool ended = false;
  };

  void Remove(const ServerStream* stream);
  void Loop();
  void End(const Judge& all);  // also by what each has of its own

  const Clock& clock_;
  Mutex mu_;
  CondVar changed_;
  std::map<const ServerStream*, Entry> open_ GUARDED_BY(mu_);
  std::map<std::string, int> of_caller_ GUARDED_BY(mu_);
  bool stop_ GUARDED_BY(mu_) = false;
  std::thread thread_ GUARDED_BY(mu_);  // from the first stream on
};

}  // namespace gridwork::rpc
