// What of a message a caller, or a log, may see: by the classes that proto/gridwork/options/v1/options.proto gives to
// fields. Types must live for ever, as generated ones do: what is found out about them is kept. All functions are
// thread-safe. Messages of google.protobuf and google.rpc have no classes: they share that of the field that holds
// them.
#pragma once
#include <google/protobuf/message.h>

#include <string>

#include "common/auth/decide.h"
#include "gridwork/options/v1/options.pb.h"

namespace gridwork::auth {

// The class of a field: its own option, else that of the message that it stands in; DATA_CLASS_UNSPECIFIED when both
// are silent, which nobody may see.
options::v1::DataClass ClassOf(const google::protobuf::FieldDescriptor& field);

// True if a field of `type`, at any depth, is of class `at_least` or above, or of none. To be asked once for each type.
bool MayHold(const google::protobuf::Descriptor* type, options::v1::DataClass at_least);

// Clears, at every depth, the fields whose class is neither NONE, PLACE, EVENT, STAFF nor one of `decision.shows`.
// Where !MayHold(type, DATA_CLASS_CONTACT) there is nothing to clear, and finding that out costs one look-up.
void ApplyFieldMask(const Decision& decision, google::protobuf::Message& reply);

// One line of JSON for logs, by the names in the proto. "*" stands for each value that is secret or of class CONTACT,
// PERSON, NEED or none; texts are cut after 200 bytes, lists after 8 items, and bytes show their length only.
std::string Redacted(const google::protobuf::Message& message);

}  // namespace gridwork::auth
