// What of a message a caller, or a log, may see: by the classes that proto/gridwork/options/v1/options.proto gives to
// fields.
#pragma once
#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "gridwork/options/v1/options.pb.h"

namespace gridwork::auth {

// The class of a field: its own option, else that of the message that it stands in; DATA_CLASS_UNSPECIFIED when both
// are silent, which nobody may see.
options::v1::DataClass ClassOf(const google::protobuf::FieldDescriptor& field);

// Made once for each reply type, so that a reply in which nothing can be hidden costs one comparison. Immutable.
class FieldMask {
 public:
  explicit FieldMask(const google::protobuf::Descriptor* reply);

  // Clears, at every depth, the fields whose class is neither NONE, PLACE, EVENT, STAFF nor one of `shows`
  // (Decision::shows). `reply` is of the type that the mask was made for. Messages of google.protobuf and google.rpc
  // have no classes: they share that of the field that holds them.
  void Apply(const std::vector<options::v1::DataClass>& shows, google::protobuf::Message* reply) const;

 private:
  using Classes = uint32_t;  // one bit for each DataClass
  struct Field {
    const google::protobuf::FieldDescriptor* field;
    Classes own;                                 // exactly one bit
    const google::protobuf::Descriptor* inside;  // null: no message, or one without classes
  };
  struct Plan {
    std::vector<Field> fields;
    Classes reachable = 0;  // of all fields at any depth
  };

  void Add(const google::protobuf::Descriptor* type);
  void Clear(Classes hidden, google::protobuf::Message* message) const;

  const google::protobuf::Descriptor* reply_;
  std::unordered_map<const google::protobuf::Descriptor*, Plan> plans_;
};

// One line of JSON for logs, by the names in the proto. "*" stands for each value that is secret or of class CONTACT,
// PERSON, NEED or none; texts are cut after 200 bytes, lists after 8 values, bytes fields show their length only.
std::string Redacted(const google::protobuf::Message& message);

}  // namespace gridwork::auth
