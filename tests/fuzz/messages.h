// Inputs that are made of messages: text format, each message below a line that names its type.
//
//   # proto-message: gridwork.tasks.v1.CreateTaskRequest
//   request_id: "new"
//   task { kind: "taskKinds/FOOD" place: "$place" }
//
// Texts may hold variables, which the target fills in. message_mutator.cc changes such inputs so that they stay ones.
#pragma once
#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gridwork::fuzz {

using Messages = std::vector<std::unique_ptr<google::protobuf::Message>>;

// At most kMessages, as if they had been received; those that are no text of their type are left out.
inline constexpr size_t kMessages = 12;
Messages ParseMessages(std::string_view text);
std::string PrintMessages(const Messages& messages);

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor& type);

// ---- what a target that reads messages defines, for the mutator

// What its inputs are made of.
const std::vector<const google::protobuf::Descriptor*>& MessageTypes();
// Texts that mean something to it.
const std::vector<std::string>& Words();

}  // namespace gridwork::fuzz
