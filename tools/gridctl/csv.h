// CSV as RFC 4180 has it, read record by record: memory does not grow with the file.
#pragma once
#include <absl/status/statusor.h>

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace gridwork::ctl {

// Accepts a byte order mark, LF and CRLF, empty lines, and a last line without line end; a quote inside an unquoted
// field is kept as it is. Not shared between threads.
class CsvReader {
 public:
  static constexpr size_t kMaxFieldBytes = size_t{1} << 20;
  static constexpr size_t kMaxRecordBytes = size_t{4} << 20;

  // Starts at the beginning of the stream, which lives as long as the reader.
  explicit CsvReader(std::istream& in) : in_(in) {}

  // Reads the next record; false at the end of the file. INVALID_ARGUMENT BAD_CSV names the line: a quoted field that
  // never ends (a file that was cut off), text after a closing quote, a field or record that is too long, UTF-16.
  absl::StatusOr<bool> Next(std::vector<std::string>& fields);

  // Goes to a place that offset() gave.
  absl::Status Seek(uint64_t offset, uint64_t line);

  // Bytes up to the end of the last record: where the next one begins.
  uint64_t offset() const { return offset_; }
  // Lines up to there; the line of the next record is one more.
  uint64_t line() const { return line_; }

 private:
  int Get();
  int Peek() { return in_.peek(); }
  absl::Status Bad(std::string_view what) const;
  absl::Status ReadQuoted(std::string& field);
  absl::Status Append(std::string& field, int c);
  absl::Status SkipByteOrderMark();

  std::istream& in_;
  uint64_t offset_ = 0;
  uint64_t line_ = 0;
  uint64_t record_start_ = 0;
  uint64_t record_line_ = 1;
};

// One line of CSV, with a line feed: fields are quoted where they must be.
std::string CsvLine(const std::vector<std::string>& fields);

}  // namespace gridwork::ctl
