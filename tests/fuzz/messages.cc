#include "tests/fuzz/messages.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

namespace gridwork::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;

constexpr std::string_view kHeader = "# proto-message: ";

class Silent : public google::protobuf::io::ErrorCollector {
  void AddError(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
};

std::unique_ptr<Message> ParseMessage(const std::string& type, const std::string& text) {
  const Descriptor* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
  if (descriptor == nullptr) return nullptr;
  auto message = NewMessage(*descriptor);
  TextFormat::Parser parser;
  Silent errors;
  parser.RecordErrorsTo(&errors);
  parser.SetRecursionLimit(50);
  if (!parser.ParseFromString(text, message.get())) return nullptr;
  // As it comes over a network, where text is UTF-8.
  auto received = NewMessage(*descriptor);
  return received->ParseFromString(message->SerializeAsString()) ? std::move(received) : nullptr;
}

}  // namespace

std::unique_ptr<Message> NewMessage(const Descriptor& type) {
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

Messages ParseMessages(std::string_view text) {
  google::protobuf::SetLogHandler(nullptr);  // protobuf's names each text that is no UTF-8
  Messages out;
  for (size_t at = text.find(kHeader); at != text.npos && out.size() < kMessages;) {
    const size_t name = at + kHeader.size(), body = std::min(text.find('\n', name), text.size());
    at = text.find(kHeader, name);
    const size_t end = std::min(at, text.size());
    auto message = ParseMessage(std::string(text.substr(name, body - name)),
                                std::string(text.substr(body, std::max(body, end) - body)));
    if (message) out.push_back(std::move(message));
  }
  return out;
}

std::string PrintMessages(const Messages& messages) {
  std::string out;
  for (const auto& message : messages) {
    std::string text;
    TextFormat::PrintToString(*message, &text);
    out += std::string(kHeader) + message->GetTypeName() + "\n" + text;
  }
  return out;
}

}  // namespace gridwork::fuzz
