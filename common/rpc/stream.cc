#include "common/rpc/stream.h"

#include <fmt/format.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/server_context.h>

#include <vector>

#include "common/base/error.h"

namespace gridwork::rpc {
namespace {

constexpr auto kLook = std::chrono::milliseconds(500);  // between two looks for streams whose time is over

}  // namespace

std::shared_ptr<ServerStream> ServerStream::Make(grpc::CallbackServerContext* context,
                                                 const grpc::ByteBuffer& request) {
  std::shared_ptr<ServerStream> stream(new ServerStream(context, request));  // NOLINT: the constructor is private
  stream->self_ = stream;
  return stream;
}

bool ServerStream::Send(const google::protobuf::Message& message) {
  grpc::ByteBuffer bytes;
  bool own_buffer;
  if (!grpc::SerializationTraits<google::protobuf::Message>::Serialize(message, &bytes, &own_buffer).ok()) return false;
  MutexLock lock(mu_);
  if (end_ || closing_ || gone_ || waiting_.size() >= kWaiting) return false;
  waiting_.push_back(std::move(bytes));
  if (!is_writing_) WriteNext();
  return true;
}

bool ServerStream::open() const {
  MutexLock lock(mu_);
  return !end_ && !closing_ && !gone_;
}

void ServerStream::End(absl::Status status) {
  std::function<void(absl::Status)> on_end;
  {
    MutexLock lock(mu_);
    if (end_ || closing_) return;
    end_ = status;
    if (!opened_) return;  // Open() will see it
    on_end = std::exchange(on_end_, nullptr);
  }
  if (on_end) on_end(std::move(status));
}

void ServerStream::Open(std::function<void(absl::Status)> on_end) {
  absl::Status ended;
  {
    MutexLock lock(mu_);
    opened_ = true;
    if (!end_) {
      on_end_ = std::move(on_end);
      return;
    }
    ended = *end_;
  }
  on_end(std::move(ended));
}

void ServerStream::Close(grpc::Status status) {
  MutexLock lock(mu_);
  if (is_writing_) {
    closing_ = std::move(status);
    return;
  }
  closing_ = std::move(status);
  Finish(*closing_);
}

void ServerStream::OnGone(std::function<void()> on_gone) {
  MutexLock lock(mu_);
  on_gone_ = std::move(on_gone);
}

void ServerStream::GiveUp() {
  MutexLock lock(mu_);
  if (!gone_ && closing_ && is_writing_) context_->TryCancel();
}

void ServerStream::WriteNext() {
  writing_ = waiting_.front();
  waiting_.pop_front();
  is_writing_ = true;
  StartWrite(&writing_);
}

void ServerStream::OnWriteDone(bool ok) {
  MutexLock lock(mu_);
  is_writing_ = false;
  if (!ok) waiting_.clear();  // the client is gone: OnCancel() follows
  if (!waiting_.empty()) {
    WriteNext();
  } else if (closing_) {
    Finish(*closing_);
  }
}

void ServerStream::OnCancel() { End(absl::CancelledError("CANCELLED: the client left")); }

void ServerStream::OnDone() {
  std::function<void()> on_gone;
  {
    MutexLock lock(mu_);
    gone_ = true;
    on_gone = std::exchange(on_gone_, nullptr);
  }
  std::shared_ptr<ServerStream> self = std::move(self_);
  if (on_gone) on_gone();
}

StreamTable::~StreamTable() {
  EndAll();
  std::thread thread;
  {
    MutexLock lock(mu_);
    thread = std::move(thread_);
  }
  if (thread.joinable()) thread.join();
}

absl::Status StreamTable::Add(const std::string& caller, Judge judge, const std::shared_ptr<ServerStream>& stream) {
  {
    MutexLock lock(mu_);
    if (stop_) return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "this replica is stopping; try another");
    int& count = of_caller_[caller];
    if (count >= kOfCaller)
      return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_STREAMS",
                   fmt::format("at most {} streams of one caller at a time", kOfCaller));
    ++count;
    open_.emplace(stream.get(), Entry{caller, std::move(judge), stream});
    if (!thread_.joinable()) thread_ = std::thread([this] { Loop(); });
  }
  stream->OnGone([this, gone = stream.get()] { Remove(gone); });
  return absl::OkStatus();
}

void StreamTable::Remove(const ServerStream* stream) {
  std::shared_ptr<ServerStream> last;  // goes after the lock
  MutexLock lock(mu_);
  auto it = open_.find(stream);
  if (it == open_.end()) return;
  last = std::move(it->second.stream);
  if (--of_caller_[it->second.caller] == 0) of_caller_.erase(it->second.caller);
  open_.erase(it);
  changed_.notify_all();
}

void StreamTable::EndAll() {
  {
    MutexLock lock(mu_);
    stop_ = true;
  }
  changed_.notify_all();
  End([](absl::Time) {
    return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "this replica is stopping; try another");
  });
}

void StreamTable::End(const Judge& all) {
  const absl::Time now = clock_.Now();
  std::vector<std::pair<std::shared_ptr<ServerStream>, absl::Status>> ending;
  std::vector<std::shared_ptr<ServerStream>> stuck;
  {
    MutexLock lock(mu_);
    for (auto& [key, entry] : open_) {
      if (entry.ended) {  // since the last look
        stuck.push_back(entry.stream);
        continue;
      }
      absl::Status judged = all(now);
      if (judged.ok()) judged = entry.judge(now);
      if (judged.ok()) continue;
      entry.ended = true;
      ending.emplace_back(entry.stream, judged);
    }
  }
  for (const auto& stream : stuck) stream->GiveUp();
  for (auto& [stream, status] : ending) stream->End(std::move(status));
}

void StreamTable::Loop() {
  for (;;) {
    {
      std::unique_lock<Mutex> lock(mu_);
      if (changed_.wait_for(lock, kLook, [&]() REQUIRES(mu_) { return stop_ && open_.empty(); })) return;
    }
    End([](absl::Time) { return absl::OkStatus(); });
  }
}

}  // namespace gridwork::rpc
