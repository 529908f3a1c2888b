#include "common/auth/field_mask.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace gridwork::auth {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using nlohmann::ordered_json;
using options::v1::DataClass;

constexpr size_t kMaxLoggedText = 200;  // bytes
constexpr int kMaxLoggedItems = 8;

constexpr uint32_t Bit(DataClass data_class) { return 1u << data_class; }

constexpr uint32_t kAlwaysShown = Bit(options::v1::DATA_CLASS_NONE) | Bit(options::v1::DATA_CLASS_PLACE) |
                                  Bit(options::v1::DATA_CLASS_EVENT) | Bit(options::v1::DATA_CLASS_STAFF);

bool HasClasses(const Descriptor* type) { return !std::string_view(type->file()->package()).starts_with("google."); }

// The message type in which a field's values have classes of their own: of the values of a map, since its entries carry
// no options.
const Descriptor* TypeInside(const FieldDescriptor* field) {
  const FieldDescriptor* value = field->is_map() ? field->message_type()->map_value() : field;
  const Descriptor* type = value->message_type();
  return type != nullptr && HasClasses(type) ? type : nullptr;
}

using Classes = uint32_t;  // one bit for each DataClass

// What must be known of a type, and of all types inside it, to mask its messages. Immutable once made.
class FieldMask {
 public:
  explicit FieldMask(const Descriptor* type) : type_(type) {
    Add(type);
    // Types may hold each other: repeat until no plan learns of another class.
    for (bool changed = true; changed;) {
      changed = false;
      for (auto& [unused, plan] : plans_) {
        Classes before = plan.reachable;
        for (const Field& field : plan.fields) {
          plan.reachable |= field.own;
          if (field.inside) plan.reachable |= plans_.at(field.inside).reachable;
        }
        changed |= plan.reachable != before;
      }
    }
  }

  Classes reachable() const { return plans_.at(type_).reachable; }

  // `message` is of the type that the mask was made for, or of one inside it.
  void Clear(Classes hidden, Message* message) const {
    const Plan& plan = plans_.at(message->GetDescriptor());
    if ((plan.reachable & hidden) == 0) return;
    const Reflection* reflection = message->GetReflection();
    for (const auto& [field, own, inside] : plan.fields) {
      if (own & hidden) {
        reflection->ClearField(message, field);
      } else if (inside == nullptr || (plans_.at(inside).reachable & hidden) == 0) {
        continue;
      } else if (!field->is_repeated()) {
        if (reflection->HasField(*message, field)) Clear(hidden, reflection->MutableMessage(message, field));
      } else {
        for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
          Message* item = reflection->MutableRepeatedMessage(message, field, i);
          if (field->is_map()) item = item->GetReflection()->MutableMessage(item, field->message_type()->map_value());
          Clear(hidden, item);
        }
      }
    }
  }

 private:
  struct Field {
    const FieldDescriptor* field;
    Classes own;               // exactly one bit
    const Descriptor* inside;  // null: no message, or one without classes
  };
  struct Plan {
    std::vector<Field> fields;
    Classes reachable = 0;  // of all fields at any depth
  };

  void Add(const Descriptor* type) {
    if (!plans_.try_emplace(type).second) return;
    std::vector<Field> fields;
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      fields.push_back({field, Bit(ClassOf(*field)), TypeInside(field)});
      if (fields.back().inside) Add(fields.back().inside);
    }
    plans_.at(type).fields = std::move(fields);
  }

  const Descriptor* type_;
  std::unordered_map<const Descriptor*, Plan> plans_;
};

// The mask of a type, made at its first use.
const FieldMask& MaskOf(const Descriptor* type) {
  static std::shared_mutex mu;
  static auto& masks = *new std::unordered_map<const Descriptor*, FieldMask>();  // lives as long as any thread
  {
    std::shared_lock lock(mu);
    if (auto it = masks.find(type); it != masks.end()) return it->second;
  }
  FieldMask made(type);
  std::unique_lock lock(mu);
  return masks.try_emplace(type, std::move(made)).first->second;
}

}  // namespace

DataClass ClassOf(const FieldDescriptor& field) {
  DataClass own = field.options().GetExtension(options::v1::data).class_();
  if (own != options::v1::DATA_CLASS_UNSPECIFIED) return own;
  return field.containing_type()->options().GetExtension(options::v1::data_class);
}

bool MayHold(const Descriptor* type, DataClass at_least) {
  Classes below = Bit(at_least) - 1;
  Classes harmless = below & ~Bit(options::v1::DATA_CLASS_UNSPECIFIED);
  return (MaskOf(type).reachable() & ~harmless) != 0;
}

void ApplyFieldMask(const Decision& decision, Message& reply) {
  Classes shown = kAlwaysShown;
  for (DataClass data_class : decision.shows) shown |= Bit(data_class);
  shown &= ~Bit(options::v1::DATA_CLASS_UNSPECIFIED);
  MaskOf(reply.GetDescriptor()).Clear(~shown, &reply);
}

namespace {

ordered_json Logged(const Message& message);

std::string Cut(const std::string& text) {
  if (text.size() <= kMaxLoggedText) return text;
  size_t end = kMaxLoggedText;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;  // not within a character
  return fmt::format("{}... ({} bytes)", text.substr(0, end), text.size());
}

// The value of a field, or of its i-th item (i >= 0).
ordered_json LoggedValue(const Message& message, const FieldDescriptor* field, int i) {
  const Reflection* r = message.GetReflection();
  const bool one = i < 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return one ? r->GetInt32(message, field) : r->GetRepeatedInt32(message, field, i);
    case FieldDescriptor::CPPTYPE_INT64:
      return one ? r->GetInt64(message, field) : r->GetRepeatedInt64(message, field, i);
    case FieldDescriptor::CPPTYPE_UINT32:
      return one ? r->GetUInt32(message, field) : r->GetRepeatedUInt32(message, field, i);
    case FieldDescriptor::CPPTYPE_UINT64:
      return one ? r->GetUInt64(message, field) : r->GetRepeatedUInt64(message, field, i);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return one ? r->GetDouble(message, field) : r->GetRepeatedDouble(message, field, i);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return one ? r->GetFloat(message, field) : r->GetRepeatedFloat(message, field, i);
    case FieldDescriptor::CPPTYPE_BOOL:
      return one ? r->GetBool(message, field) : r->GetRepeatedBool(message, field, i);
    case FieldDescriptor::CPPTYPE_ENUM: {
      int number = one ? r->GetEnumValue(message, field) : r->GetRepeatedEnumValue(message, field, i);
      const auto* value = field->enum_type()->FindValueByNumber(number);
      return value ? ordered_json(value->name()) : ordered_json(number);
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text = one ? r->GetString(message, field) : r->GetRepeatedString(message, field, i);
      if (field->type() == FieldDescriptor::TYPE_BYTES) return fmt::format("({} bytes)", text.size());
      return Cut(text);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Logged(one ? r->GetMessage(message, field) : r->GetRepeatedMessage(message, field, i));
  }
  return nullptr;
}

bool MayBeLogged(const FieldDescriptor* field) {
  if (field->options().GetExtension(options::v1::data).secret()) return false;
  // Judged already by the field that holds them.
  if (!HasClasses(field->containing_type()) || field->containing_type()->options().map_entry()) return true;
  return Bit(ClassOf(*field)) & kAlwaysShown;
}

ordered_json Logged(const Message& message) {
  const Reflection* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  ordered_json out = ordered_json::object();
  for (const FieldDescriptor* field : fields) {
    ordered_json& value = out[field->name()];
    if (!MayBeLogged(field)) {
      value = "*";
    } else if (!field->is_repeated()) {
      value = LoggedValue(message, field, -1);
    } else {
      int size = reflection->FieldSize(message, field);
      for (int i = 0; i < std::min(size, kMaxLoggedItems); ++i) value.push_back(LoggedValue(message, field, i));
      if (size > kMaxLoggedItems) value.push_back(fmt::format("... ({} items)", size));
    }
  }
  return out;
}

}  // namespace

std::string Redacted(const Message& message) {
  return Logged(message).dump(-1, ' ', false, ordered_json::error_handler_t::replace);  // a text may be no UTF-8
}

}  // namespace gridwork::auth
