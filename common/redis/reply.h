// What Redis answers, as a value.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gridwork::redis {

struct Reply {
  enum class Type { kNil, kInteger, kString, kStatus, kArray, kError };

  Type type = Type::kNil;
  int64_t integer = 0;
  std::string text;             // of a string, status or error; may hold any byte
  std::vector<Reply> elements;  // of an array

  bool is_nil() const { return type == Type::kNil; }
  bool is_integer() const { return type == Type::kInteger; }
  bool is_string() const { return type == Type::kString; }
  bool is_array() const { return type == Type::kArray; }
  bool is_error() const { return type == Type::kError; }

  // The first word of an error: NOSCRIPT, WRONGTYPE, ERR.
  std::string ErrorCode() const { return is_error() ? text.substr(0, text.find(' ')) : ""; }
};

}  // namespace gridwork::redis
