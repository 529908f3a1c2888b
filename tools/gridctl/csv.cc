#include "tools/gridctl/csv.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::ctl {
namespace {

constexpr int kEnd = std::istream::traits_type::eof();

}  // namespace

int CsvReader::Get() {
  int c = in_.get();
  if (c != kEnd) ++offset_;
  if (c == '\n') ++line_;
  return c;
}

absl::Status CsvReader::Bad(std::string_view what) const {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CSV", fmt::format("line {}: {}", record_line_, what),
               {{"line", std::to_string(record_line_)}});
}

absl::Status CsvReader::Append(std::string& field, int c) {
  if (field.size() == kMaxFieldBytes) return Bad("a field of more than 1 MB; is a quote missing?");
  if (offset_ - record_start_ > kMaxRecordBytes) return Bad("a record of more than 4 MB; is a quote missing?");
  field += static_cast<char>(c);
  return absl::OkStatus();
}

absl::Status CsvReader::SkipByteOrderMark() {
  int first = Peek();
  if (first == 0xFE || first == 0xFF) return Bad("the file is UTF-16; save it as UTF-8");
  if (first != 0xEF) return absl::OkStatus();
  Get();
  if (Get() == 0xBB && Get() == 0xBF) return absl::OkStatus();
  return Bad("the file is not UTF-8");
}

absl::Status CsvReader::ReadQuoted(std::string& field) {
  for (;;) {
    int c = Get();
    if (c == kEnd) return Bad("a quoted field never ends; was the file cut off?");
    if (c == '"') {
      if (Peek() != '"') break;
      Get();
    }
    RETURN_IF_ERROR(Append(field, c));
  }
  int next = Peek();
  if (next == '\r') {
    Get();
    if (Peek() != '\n') return Bad("text after a closing quote");
  } else if (next != ',' && next != '\n' && next != kEnd) {
    return Bad("text after a closing quote");
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> CsvReader::Next(std::vector<std::string>& fields) {
  fields.clear();
  record_start_ = offset_;
  record_line_ = line_ + 1;
  if (offset_ == 0) RETURN_IF_ERROR(SkipByteOrderMark());
  while (Peek() == '\n' || Peek() == '\r') {  // empty lines
    if (Get() == '\r' && Peek() != '\n') {
      in_.unget();
      --offset_;
      break;
    }
    record_line_ = line_ + 1;
  }
  if (Peek() == kEnd) return in_.bad() ? absl::StatusOr<bool>(Bad("the file cannot be read")) : false;

  std::string* field = &fields.emplace_back();
  bool at_start = true;
  for (;;) {
    int c = Get();
    if (c == '"' && at_start) {
      RETURN_IF_ERROR(ReadQuoted(*field));
    } else if (c == ',') {
      if (fields.size() == 1000) return Bad("more than 1,000 fields");
      field = &fields.emplace_back();
      at_start = true;
      continue;
    } else if (c == '\n' || c == kEnd) {
      return in_.bad() ? absl::StatusOr<bool>(Bad("the file cannot be read")) : true;
    } else if (c != '\r' || Peek() != '\n') {
      RETURN_IF_ERROR(Append(*field, c));
    }
    at_start = false;
  }
}

absl::Status CsvReader::Seek(uint64_t offset, uint64_t line) {
  in_.clear();
  in_.seekg(static_cast<std::streamoff>(offset));
  if (!in_) return Error(absl::StatusCode::kInvalidArgument, "BAD_CSV", "the file is shorter than it was");
  offset_ = offset;
  line_ = line;
  return absl::OkStatus();
}

std::string CsvLine(const std::vector<std::string>& fields) {
  std::string out;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    const std::string& field = fields[i];
    if (field.find_first_of(",\"\r\n") == std::string::npos) {
      out += field;
      continue;
    }
    out += '"';
    for (char c : field) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  return out + '\n';
}

}  // namespace gridwork::ctl
