#include "common/redis/script.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "common/base/error.h"

namespace gridwork::redis {
namespace {

std::string Sha1(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::string out;
  for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

}  // namespace

Script::Script(std::string text) : text_(std::move(text)), sha1_(Sha1(text_)) {}

Command Script::Make(const char* verb, const std::string& what, const std::vector<std::string>& keys,
                     const std::vector<std::string>& args) const {
  Command command = {verb, what, std::to_string(keys.size())};
  command.insert(command.end(), keys.begin(), keys.end());
  command.insert(command.end(), args.begin(), args.end());
  return command;
}

absl::StatusOr<Reply> Script::Run(Client& client, const std::vector<std::string>& keys,
                                  const std::vector<std::string>& args) const {
  auto reply = client.Run(Make("EVALSHA", sha1_, keys, args));
  if (MetadataOf(reply.status())["code"] != "NOSCRIPT") return reply;
  // EVAL keeps the script too; between a SCRIPT LOAD and its EVALSHA it could be flushed again.
  return client.Run(Make("EVAL", text_, keys, args));
}

absl::StatusOr<std::vector<Reply>> Script::RunAll(Client& client, const std::vector<Call>& calls) const {
  if (calls.empty()) return std::vector<Reply>();
  std::vector<Command> commands;
  for (const Call& call : calls) commands.push_back(Make("EVALSHA", sha1_, call.keys, call.args));
  auto replies = client.RunAll(commands);
  if (!replies.ok()) return replies.status();

  for (size_t i = 0; i < replies->size(); ++i) {
    Reply& reply = (*replies)[i];
    if (reply.ErrorCode() == "NOSCRIPT") {  // a new server: this one brings the text, the rest of the pipeline its hash
      auto again = Run(client, calls[i].keys, calls[i].args);
      if (!again.ok()) return again.status();
      reply = *std::move(again);
    }
    if (reply.is_error()) return StatusOf(reply);
  }
  return replies;
}

}  // namespace gridwork::redis
