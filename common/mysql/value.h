// Parameters of statements and the rows that come back, as plain typed values.
#pragma once
#include <absl/time/time.h>

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/uuid.h"

namespace gridwork::mysql {

// uint64_t only above the range of int64_t; monostate is NULL.
using Value = std::variant<std::monostate, int64_t, uint64_t, double, std::string>;

// One `?`. Texts and bytes are the same: they may hold any byte. A time is stored as microseconds since 1970 (BIGINT,
// columns named
// *_us), a Uuid as BINARY(16), an empty optional as NULL.
class Param {
 public:
  Param(std::nullopt_t) {}
  Param(bool v) : value_(int64_t{v}) {}
  template <std::integral T>
  Param(T v) {
    if (std::in_range<int64_t>(v)) {
      value_ = static_cast<int64_t>(v);
    } else {
      value_ = static_cast<uint64_t>(v);
    }
  }
  Param(double v) : value_(v) {}
  Param(std::string v) : value_(std::move(v)) {}
  Param(std::string_view v) : value_(std::string(v)) {}
  Param(const char* v) : value_(std::string(v)) {}
  Param(absl::Time v) : value_(absl::ToUnixMicros(v)) {}
  Param(const Uuid& v) : value_(v.ToBytes()) {}
  template <class T>
  Param(const std::optional<T>& v) {
    if (v) value_ = Param(*v).value_;
  }

  const Value& value() const { return value_; }

 private:
  Value value_;
};

using Params = std::vector<Param>;

class Rows;

// One row of a result. Refers to its Rows: those must stay where they are meanwhile.
class Row {
 public:
  Row(const Rows& rows, size_t index) : rows_(&rows), index_(index) {}

  // The column, by position from 0 or by name, as bool, any integer, double, std::string, absl::Time, Uuid, or
  // std::optional of one of these where the column may be NULL. An unknown column, a NULL or a value that does not fit
  // throws std::logic_error: the statement and its reader do not agree, which is a mistake in the code and never one of
  // the caller.
  template <class T>
  T Get(size_t column) const;
  template <class T>
  T Get(std::string_view column) const {
    return Get<T>(Position(column));
  }
  bool IsNull(size_t column) const { return std::holds_alternative<std::monostate>(Cell(column)); }
  bool IsNull(std::string_view column) const { return IsNull(Position(column)); }

 private:
  size_t Position(std::string_view column) const;
  const Value& Cell(size_t column) const;

  const Rows* rows_;
  size_t index_;
};

// A whole result, held in memory.
class Rows {
 public:
  Rows() = default;
  Rows(std::vector<std::string> columns, std::vector<Value> cells)
      : columns_(std::move(columns)), cells_(std::move(cells)) {}

  size_t size() const { return columns_.empty() ? 0 : cells_.size() / columns_.size(); }
  bool empty() const { return cells_.empty(); }
  Row operator[](size_t index) const { return {*this, index}; }
  const std::vector<std::string>& columns() const { return columns_; }

  class Iterator {
   public:
    Iterator(const Rows& rows, size_t index) : rows_(&rows), index_(index) {}
    Row operator*() const { return {*rows_, index_}; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const Rows* rows_;
    size_t index_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  friend class Row;

  std::vector<std::string> columns_;
  std::vector<Value> cells_;  // row by row
};

namespace internal {

[[noreturn]] void ThrowMismatch(std::string_view column, std::string_view wanted);

// nullopt: the value is none of that type.
std::optional<int64_t> ToInt64(const Value& value);
std::optional<uint64_t> ToUint64(const Value& value);
std::optional<double> ToDouble(const Value& value);

template <class T>
std::optional<T> To(const Value& value) {
  if constexpr (std::same_as<T, bool>) {
    auto v = ToInt64(value);
    return v ? std::optional(*v != 0) : std::nullopt;
  } else if constexpr (std::signed_integral<T>) {
    auto v = ToInt64(value);
    return v && std::in_range<T>(*v) ? std::optional(static_cast<T>(*v)) : std::nullopt;
  } else if constexpr (std::unsigned_integral<T>) {
    auto v = ToUint64(value);
    return v && std::in_range<T>(*v) ? std::optional(static_cast<T>(*v)) : std::nullopt;
  } else if constexpr (std::same_as<T, double>) {
    return ToDouble(value);
  } else if constexpr (std::same_as<T, absl::Time>) {
    auto v = ToInt64(value);
    return v ? std::optional(absl::FromUnixMicros(*v)) : std::nullopt;
  } else {
    const auto* text = std::get_if<std::string>(&value);
    if (!text) return std::nullopt;
    if constexpr (std::same_as<T, Uuid>) {
      auto id = Uuid::FromBytes(*text);
      return id.ok() ? std::optional(*id) : std::nullopt;
    } else {
      static_assert(std::same_as<T, std::string>, "no column is read as this type");
      return *text;
    }
  }
}

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

}  // namespace internal

template <class T>
T Row::Get(size_t column) const {
  const Value& value = Cell(column);
  if constexpr (internal::IsOptional<T>::value) {
    if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
    return Get<typename T::value_type>(column);
  } else {
    std::optional<T> out = internal::To<T>(value);
    if (!out)
      internal::ThrowMismatch(rows_->columns_[column], value.index() == 0 ? "not NULL" : "of the type asked for");
    return *std::move(out);
  }
}

}  // namespace gridwork::mysql
