#include "tools/gridctl/output.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace gridwork::ctl {
namespace {

constexpr size_t kGap = 2;  // blanks between columns

int WidthOfCharacter(UChar32 c) {
  int type = u_charType(c);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return 0;
  int wide = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return wide == U_EA_WIDE || wide == U_EA_FULLWIDTH ? 2 : 1;
}

void Append(std::string& line, std::string_view cell, int width, bool right) {
  size_t blanks = static_cast<size_t>(std::max(0, width - WidthOf(cell)));
  if (right) line.append(blanks, ' ');
  line.append(cell);
  if (!right) line.append(blanks, ' ');
}

}  // namespace

int WidthOf(std::string_view text) {
  int width = 0;
  for (int32_t i = 0, size = static_cast<int32_t>(text.size()); i < size;) {
    UChar32 c = 0;
    U8_NEXT(text, i, size, c);
    width += c < 0 ? 1 : WidthOfCharacter(c);
  }
  return width;
}

std::string Printable(std::string_view text) {
  std::string out;
  for (int32_t i = 0, size = static_cast<int32_t>(text.size()); i < size;) {
    int32_t start = i;
    UChar32 c = 0;
    U8_NEXT(text, i, size, c);
    // Direction marks (U+202A and the like) would turn the rest of the line around.
    bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    if (c < 0 || u_iscntrl(c) || turns) {
      out += '?';
    } else {
      out.append(text.substr(static_cast<size_t>(start), static_cast<size_t>(i - start)));
    }
  }
  return out;
}

std::string Table::ToString() const {
  if (rows_.empty()) return "none\n";
  std::vector<std::vector<std::string>> lines = {headings_};
  for (const auto& row : rows_) {
    auto& line = lines.emplace_back();
    for (size_t i = 0; i < headings_.size(); ++i) line.push_back(i < row.size() ? Printable(row[i]) : "");
  }
  std::vector<int> widths(headings_.size(), 0);
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], WidthOf(line[i]));
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i) {
      if (i > 0) text.append(kGap, ' ');
      Append(text, line[i], widths[i], std::find(right_.begin(), right_.end(), i) != right_.end());
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + '\n';
  }
  return out;
}

void Card::Add(std::string name, std::string value) {
  if (!value.empty()) lines_.emplace_back(std::move(name), std::move(value));
}

std::string Card::ToString() const {
  int width = 0;
  for (const auto& [name, value] : lines_) width = std::max(width, WidthOf(name) + 1);
  std::string out;
  for (const auto& [name, value] : lines_) {
    Append(out, name + ":", width + static_cast<int>(kGap), false);
    out += Printable(value) + '\n';
  }
  return out;
}

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string out;
  auto status = google::protobuf::util::MessageToJsonString(message, &out, options);
  // Fails only for an Any of a type that is not linked in; the rest is still worth reading.
  return status.ok() ? out : message.ShortDebugString();
}

void Output::Emit(const google::protobuf::Message& message, std::string_view text) {
  if (json_) return EmitJson(ToJson(message), text);
  EmitJson("", text);
}

void Output::EmitJson(std::string_view document, std::string_view text) {
  if (json_) {
    fmt::print(out_, "{}\n", document);
  } else {
    fmt::print(out_, "{}", text);
  }
  fflush(out_);
}

}  // namespace gridwork::ctl
