#include "common/mysql/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace gridwork::mysql {
namespace {

// SUM() and DECIMAL columns arrive as text.
template <class T>
std::optional<T> Parse(const std::string& text) {
  T out{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

size_t Row::Position(std::string_view column) const {
  auto it = std::find(rows_->columns_.begin(), rows_->columns_.end(), column);
  if (it == rows_->columns_.end()) throw std::logic_error(fmt::format("the result has no column {}", column));
  return static_cast<size_t>(it - rows_->columns_.begin());
}

const Value& Row::Cell(size_t column) const {
  if (column >= rows_->columns_.size() || index_ >= rows_->size()) {
    throw std::logic_error(fmt::format("the result has no column {} in row {}", column, index_));
  }
  return rows_->cells_[index_ * rows_->columns_.size() + column];
}

namespace internal {

void ThrowMismatch(std::string_view column, std::string_view wanted) {
  throw std::logic_error(fmt::format("column {} is not {}", column, wanted));
}

std::optional<int64_t> ToInt64(const Value& value) {
  if (const auto* v = std::get_if<int64_t>(&value)) return *v;
  if (const auto* v = std::get_if<std::string>(&value)) return Parse<int64_t>(*v);
  return std::nullopt;
}

std::optional<uint64_t> ToUint64(const Value& value) {
  if (const auto* v = std::get_if<uint64_t>(&value)) return *v;
  if (const auto* v = std::get_if<int64_t>(&value); v && *v >= 0) return static_cast<uint64_t>(*v);
  if (const auto* v = std::get_if<std::string>(&value)) return Parse<uint64_t>(*v);
  return std::nullopt;
}

std::optional<double> ToDouble(const Value& value) {
  if (const auto* v = std::get_if<double>(&value)) return *v;
  if (const auto* v = std::get_if<int64_t>(&value)) return static_cast<double>(*v);
  if (const auto* v = std::get_if<std::string>(&value)) return Parse<double>(*v);
  return std::nullopt;
}

}  // namespace internal
}  // namespace gridwork::mysql
