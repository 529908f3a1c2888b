#include "common/redis/client.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::redis {
namespace {

absl::Status Away(std::string_view message) {
  return WithRetryAfter(Error(absl::StatusCode::kUnavailable, "REDIS_AWAY", message), absl::Seconds(1));
}

// The server is there and can do nothing for us now; another one may be behind the name next time.
bool IsAway(std::string_view code) {
  constexpr std::array<std::string_view, 10> kCodes = {"LOADING",  "READONLY",   "MASTERDOWN", "CLUSTERDOWN",
                                                       "TRYAGAIN", "NOREPLICAS", "MISCONF",    "BUSY",
                                                       "NOAUTH",   "WRONGPASS"};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

Reply Convert(const redisReply& from) {
  Reply to;
  switch (from.type) {
    case REDIS_REPLY_INTEGER:
      to.type = Reply::Type::kInteger;
      to.integer = from.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
      to.type = from.type == REDIS_REPLY_STRING   ? Reply::Type::kString
                : from.type == REDIS_REPLY_STATUS ? Reply::Type::kStatus
                                                  : Reply::Type::kError;
      to.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_ARRAY:
      to.type = Reply::Type::kArray;
      to.elements.reserve(from.elements);
      for (size_t i = 0; i < from.elements; ++i) to.elements.push_back(Convert(*from.element[i]));
      break;
    default:
      break;
  }
  return to;
}

void Append(redisContext* context, const Command& command) {
  std::vector<const char*> words;
  std::vector<size_t> sizes;
  for (const std::string& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  redisAppendCommandArgv(context, static_cast<int>(words.size()), words.data(), sizes.data());
}

// nullopt: the context has an error and can only be freed.
std::optional<Reply> Next(redisContext* context) {
  void* raw = nullptr;
  if (redisGetReply(context, &raw) != REDIS_OK || !raw) return std::nullopt;
  std::unique_ptr<redisReply, void (*)(void*)> reply(static_cast<redisReply*>(raw), freeReplyObject);
  return Convert(*reply);
}

std::string Field(std::string_view info, std::string_view name) {
  size_t at = info.find(fmt::format("\n{}:", name));
  if (at == std::string_view::npos) return "";
  info.remove_prefix(at + name.size() + 2);
  return std::string(info.substr(0, info.find('\r')));
}

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};

// hiredis has no wait that can end without spoiling the connection: the wait is poll()'s, and what has come is read.
class ChannelSubscription : public Subscription {
 public:
  explicit ChannelSubscription(std::unique_ptr<redisContext, FreeContext> context) : context_(std::move(context)) {}

  absl::StatusOr<std::vector<std::string>> Wait(absl::Duration timeout) override {
    std::vector<std::string> out;
    if (!TakeRead(out)) return Away("the subscription is lost");
    if (!out.empty()) return out;
    pollfd readable{.fd = context_->fd, .events = POLLIN, .revents = 0};
    int ready = poll(&readable, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout)));
    if (ready == 0 || (ready < 0 && errno == EINTR)) return out;
    if (ready < 0 || redisBufferRead(context_.get()) != REDIS_OK || !TakeRead(out))
      return Away("the subscription is lost");
    return out;
  }

 private:
  // Adds the messages that are whole; false when what was read makes no sense.
  bool TakeRead(std::vector<std::string>& out) {
    for (;;) {
      void* raw = nullptr;
      if (redisGetReplyFromReader(context_.get(), &raw) != REDIS_OK) return false;
      if (!raw) return true;
      std::unique_ptr<redisReply, void (*)(void*)> reply(static_cast<redisReply*>(raw), freeReplyObject);
      Reply message = Convert(*reply);
      if (message.elements.size() == 3 && message.elements[0].text == "message")
        out.push_back(std::move(message.elements[2].text));
    }
  }

  const std::unique_ptr<redisContext, FreeContext> context_;
};

}  // namespace

void Client::Free::operator()(redisContext* context) const { redisFree(context); }

Client::~Client() = default;

absl::StatusOr<Client::Context> Client::Take() {
  {
    MutexLock lock(mu_);
    if (!idle_.empty()) {
      Context context = std::move(idle_.back());
      idle_.pop_back();
      return context;
    }
    if (absl::Now() < away_until_) return Away("Redis cannot be reached");
  }
  auto context = Connect();
  MutexLock lock(mu_);
  if (context.ok()) {
    ++stats_.connects;
    away_until_ = absl::InfinitePast();
    return context;
  }
  ++stats_.connect_failures;
  away_until_ = absl::Now() + config_.away_pause;
  spdlog::warn("redis: {}", std::string(context.status().message()));
  return Away("Redis cannot be reached");
}

absl::StatusOr<Client::Context> Client::Connect() {
  Context context(
      redisConnectWithTimeout(config_.host.c_str(), config_.port, absl::ToTimeval(config_.connect_timeout)));
  std::string where = fmt::format("no connection to {}:{}", config_.host, config_.port);
  if (!context || context->err) return Away(fmt::format("{}: {}", where, context ? context->errstr : "no memory"));
  redisSetTimeout(context.get(), absl::ToTimeval(config_.command_timeout));
  redisEnableKeepAlive(context.get());

  std::vector<Command> first;
  if (!config_.password.empty()) first.push_back({"AUTH", config_.password});
  if (config_.database != 0) first.push_back({"SELECT", std::to_string(config_.database)});
  for (const Command& command : first) {
    Append(context.get(), command);
    std::optional<Reply> reply = Next(context.get());
    if (!reply) return Away(fmt::format("{}: {}", where, context->errstr));
    if (reply->is_error()) return Away(fmt::format("{}: {}: {}", where, command[0], reply->text));
  }
  return context;
}

void Client::GiveBack(Context context) {
  MutexLock lock(mu_);
  if (idle_.size() < config_.idle) idle_.push_back(std::move(context));
}

// A late answer to this command would be taken for that of the next one: the connection is never used again. Those that
// lie idle most likely died of the same cause.
void Client::Break(Context context) {
  std::vector<Context> dead;
  MutexLock lock(mu_);
  stats_.broken += 1 + idle_.size();
  dead.swap(idle_);
  dead.push_back(std::move(context));
}

absl::StatusOr<std::vector<Reply>> Client::RunAll(const std::vector<Command>& commands) {
  ASSIGN_OR_RETURN(Context context, Take());
  for (const Command& command : commands) Append(context.get(), command);
  std::vector<Reply> replies;
  bool away = false;
  for (size_t i = 0; i < commands.size(); ++i) {
    std::optional<Reply> reply = Next(context.get());
    if (!reply) {
      absl::Status status = Away(fmt::format("Redis did not answer: {}", context->errstr));
      Break(std::move(context));
      return status;
    }
    away = away || IsAway(reply->ErrorCode());
    replies.push_back(*std::move(reply));
  }
  if (away) {
    Break(std::move(context));
    return Away("Redis cannot do this now");
  }
  GiveBack(std::move(context));
  return replies;
}

absl::StatusOr<Reply> Client::Run(const Command& command) {
  ASSIGN_OR_RETURN(std::vector<Reply> replies, RunAll({command}));
  if (replies[0].is_error()) return StatusOf(replies[0]);
  return std::move(replies[0]);
}

absl::StatusOr<std::unique_ptr<Subscription>> Client::Subscribe(const std::string& channel) {
  ASSIGN_OR_RETURN(Context context, Connect());
  Append(context.get(), {"SUBSCRIBE", channel});
  std::optional<Reply> reply = Next(context.get());
  if (!reply || reply->is_error()) return Away("Redis did not take the subscription");
  return std::make_unique<ChannelSubscription>(std::unique_ptr<redisContext, FreeContext>(context.release()));
}

absl::StatusOr<ServerIdentity> Client::Identity() {
  ASSIGN_OR_RETURN(std::vector<Reply> info, RunAll({{"INFO", "server"}, {"INFO", "replication"}}));
  return ServerIdentity{.run_id = Field(info[0].text, "run_id"),
                        .replication_id = Field(info[1].text, "master_replid"),
                        .role = Field(info[1].text, "role")};
}

ClientStats Client::stats() const {
  MutexLock lock(mu_);
  ClientStats out = stats_;
  out.idle = static_cast<int>(idle_.size());
  return out;
}

absl::Status StatusOf(const Reply& error) {
  constexpr size_t kLongest = 300;
  return Error(absl::StatusCode::kInternal, "REDIS_ERROR", error.text.substr(0, kLongest),
               {{"code", error.ErrorCode()}});
}

}  // namespace gridwork::redis
