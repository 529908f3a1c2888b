// What commands print: tables for people, one JSON document for scripts.
#pragma once
#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace gridwork::ctl {

// Rows under headings, columns as wide as their widest cell on the screen. Control characters of a cell are shown as
// "?": a place's name must not drive the terminal.
class Table {
 public:
  enum class Align { kLeft, kRight };

  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  void AlignRight(size_t column) { right_.push_back(column); }
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  // Ends each line with a line feed and no blanks; headings without rows: "none".
  std::string ToString() const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<size_t> right_;
};

// "name: value" lines of one object, the values below each other.
class Card {
 public:
  void Add(std::string name, std::string value);  // left out when the value is empty
  std::string ToString() const;

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

// Columns that `text` takes on a terminal: none for combining characters, two for wide ones.
int WidthOf(std::string_view text);
std::string Printable(std::string_view text);

// One line of JSON with the names of the .proto file, every field present.
std::string ToJson(const google::protobuf::Message& message);

class Output {
 public:
  explicit Output(FILE* out = stdout) : out_(out) {}
  void set_json(bool json) { json_ = json; }
  bool json() const { return json_; }

  // `message` to scripts, `text` to people.
  void Emit(const google::protobuf::Message& message, std::string_view text);
  void Emit(const Table& table, const google::protobuf::Message& message) { Emit(message, table.ToString()); }
  void Emit(const Card& card, const google::protobuf::Message& message) { Emit(message, card.ToString()); }
  // `document` is one JSON document without a line end.
  void EmitJson(std::string_view document, std::string_view text);

 private:
  FILE* out_;
  bool json_ = false;
};

}  // namespace gridwork::ctl
