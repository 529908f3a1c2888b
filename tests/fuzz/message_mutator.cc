// libFuzzer's mutator for inputs that are made of messages: changes fields by their types, so that what comes out is
// nearly always read again. Part of the fuzz build only.
#include <google/protobuf/descriptor.h>

#include <cmath>
#include <limits>
#include <random>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/messages.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace gridwork::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kMostCopies = 1'001;  // above every limit of a list
constexpr size_t kLongText = 5'000;

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  template <class T>
  auto& Pick(T& list) {
    return list[Below(list.size())];
  }
  void Mutate(Messages& messages) {
    const size_t kind = Below(16);
    if (messages.empty() || (kind == 0 && messages.size() < kMessages)) {
      messages.push_back(NewMessage(*Pick(MessageTypes())));
      Mutate(*messages.back(), 0);
    } else if (kind == 1 && messages.size() > 1) {
      messages.erase(messages.begin() + static_cast<ptrdiff_t>(Below(messages.size())));
    } else if (kind == 2) {
      std::swap(Pick(messages), Pick(messages));
    } else {
      for (size_t times = 1 + Below(3); times > 0; --times) Mutate(*Pick(messages), 0);
    }
  }

  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }

 private:
  template <class T>
  T OneOf(std::initializer_list<T> values) {
    return values.begin()[Below(values.size())];
  }

  void Mutate(Message& message, int depth) {
    const Descriptor& type = *message.GetDescriptor();
    if (type.field_count() == 0) return;
    const FieldDescriptor& field = *type.field(static_cast<int>(Below(static_cast<size_t>(type.field_count()))));
    const Reflection& reflection = *message.GetReflection();
    if (field.is_repeated()) {
      MutateList(message, field, depth);
    } else if (Below(8) == 0) {
      reflection.ClearField(&message, &field);
    } else if (field.message_type()) {
      if (depth < 6) Mutate(*reflection.MutableMessage(&message, &field), depth + 1);
    } else {
      Set(message, field);
    }
  }

  void MutateList(Message& message, const FieldDescriptor& field, int depth) {
    const Reflection& reflection = *message.GetReflection();
    const int size = reflection.FieldSize(message, &field);
    const size_t kind = Below(8);
    if (size > 0 && kind == 0) {
      reflection.RemoveLast(&message, &field);
    } else if (size == 0 || kind == 1) {
      Add(message, field, depth);
    } else if (size > 0 && kind == 2 && field.message_type() && Below(16) == 0) {
      auto copy = NewMessage(*field.message_type());
      copy->CopyFrom(reflection.GetRepeatedMessage(message, &field, 0));
      for (int i = size; i < kMostCopies; ++i) reflection.AddMessage(&message, &field)->CopyFrom(*copy);
    } else if (field.message_type()) {
      const int item = static_cast<int>(Below(static_cast<size_t>(size)));
      if (depth < 6) Mutate(*reflection.MutableRepeatedMessage(&message, &field, item), depth + 1);
    } else {
      reflection.RemoveLast(&message, &field);
      Add(message, field, depth);
    }
  }

  void Add(Message& message, const FieldDescriptor& field, int depth) {
    const Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Mutate(*reflection.AddMessage(&message, &field), depth + 1);
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        reflection.AddString(&message, &field, Text(""));
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        reflection.AddEnumValue(&message, &field, EnumValue(*field.enum_type()));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection.AddInt32(&message, &field, Number<int32_t>(0));
        break;
      default:
        break;  // no list of these in any request
    }
  }

  void Set(Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        reflection.SetString(&message, &field, Text(reflection.GetString(message, &field)));
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        reflection.SetEnumValue(&message, &field, EnumValue(*field.enum_type()));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection.SetInt32(&message, &field, Number(reflection.GetInt32(message, &field)));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection.SetInt64(&message, &field, Number(reflection.GetInt64(message, &field)));
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        reflection.SetUInt32(&message, &field, Number(reflection.GetUInt32(message, &field)));
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        reflection.SetUInt64(&message, &field, Number(reflection.GetUInt64(message, &field)));
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection.SetBool(&message, &field, Below(2) == 0);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        reflection.SetDouble(&message, &field, Real(reflection.GetDouble(message, &field)));
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        reflection.SetFloat(&message, &field, static_cast<float>(Real(reflection.GetFloat(message, &field))));
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        break;
    }
  }

  template <class T>
  T Number(T now) {
    using Limits = std::numeric_limits<T>;
    const T any = std::uniform_int_distribution<T>(Limits::min(), Limits::max())(random_);
    const T small = static_cast<T>(Below(2'000));
    return OneOf<T>({0, 1, static_cast<T>(-1), Limits::max(), Limits::min(), any, small, small,
                     now == Limits::max() ? now : static_cast<T>(now + 1),
                     now == Limits::min() ? now : static_cast<T>(now - 1), static_cast<T>(1'800'000'000 + small)});
  }

  double Real(double now) {
    const double any = std::uniform_real_distribution<double>(-200, 200)(random_);
    return OneOf<double>({0, -0.0, any, any, now + 1e-7, -now, 90, 180, 90.0000001, 1e308, 5e-324, INFINITY, NAN});
  }

  // Also one that nobody declared: proto3 keeps it.
  int EnumValue(const EnumDescriptor& type) {
    const int at = static_cast<int>(Below(static_cast<size_t>(type.value_count()) + 1));
    return at == type.value_count() ? 99 : type.value(at)->number();
  }

  std::string Text(const std::string& now) {
    switch (Below(8)) {
      case 0:
        return "";
      case 1:
        return now + Pick(Words());
      case 2:
        return std::string(Below(kLongText), OneOf<char>({'x', ' ', '9', '\xc3'}));
      case 3:
      case 4: {
        std::string out = now;
        out.resize(now.size() + 16);
        out.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(out.data()), now.size(), out.size()));
        return out;
      }
      default:
        return Pick(Words());
    }
  }

  std::minstd_rand random_;
};

}  // namespace
}  // namespace gridwork::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  using namespace gridwork::fuzz;
  Mutator mutator(seed);
  if (mutator.Below(50) == 0) return LLVMFuzzerMutate(data, size, max_size);  // no text of any message, mostly
  Messages messages = ParseMessages(TextOf(data, size));
  mutator.Mutate(messages);
  const std::string out = PrintMessages(messages);
  if (out.size() > max_size) return size;
  std::copy(out.begin(), out.end(), data);
  return out.size();
}

// Some messages of one input after some of another.
extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* a, size_t a_size, const uint8_t* b, size_t b_size,
                                            uint8_t* out, size_t max_size, unsigned seed) {
  using namespace gridwork::fuzz;
  Mutator mutator(seed);
  Messages first = ParseMessages(TextOf(a, a_size)), second = ParseMessages(TextOf(b, b_size));
  if (!first.empty()) first.resize(mutator.Below(first.size()) + 1);
  for (auto& message : second) {
    if (first.size() < kMessages) first.push_back(std::move(message));
  }
  const std::string text = PrintMessages(first);
  if (text.size() > max_size) return 0;
  std::copy(text.begin(), text.end(), out);
  return text.size();
}
