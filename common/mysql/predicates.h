// Pieces of statements: rows in areas, and lists of placeholders.
#pragma once
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/mysql/value.h"

namespace gridwork::mysql {

// True for the rows whose `column` (a path of codes, ASCII, binary collation) is `area` or lies below it: one range of
// an index, as "0" follows "/".
inline std::string AreaPredicate(std::string_view column, const std::string& area, Params& params) {
  params.insert(params.end(), {area, area + "/", area + "0"});
  return fmt::format("({0} = ? OR ({0} >= ? AND {0} < ?))", column);
}

// True for the rows whose `column` lies in one of `areas`, those of the caller's auth::Scope. None hold nothing.
inline std::string ScopePredicate(std::string_view column, const std::vector<std::string>& areas, Params& params) {
  std::string sql;
  for (const std::string& area : areas) {
    if (area.empty()) continue;  // holds nothing, as in auth::Holds()
    sql += (sql.empty() ? "(" : " OR ") + AreaPredicate(column, area, params);
  }
  return sql.empty() ? "FALSE" : sql + ")";
}

// "?, ?, ?" for an IN list.
inline std::string Placeholders(size_t n) {
  std::string sql;
  for (size_t i = 0; i < n; ++i) sql += i == 0 ? "?" : ", ?";
  return sql;
}

// "(?, ?), (?, ?)" for VALUES.
inline std::string PlaceholderRows(size_t rows, size_t columns) {
  const std::string row = fmt::format("({})", Placeholders(columns));
  std::string sql;
  for (size_t i = 0; i < rows; ++i) sql += i == 0 ? row : ", " + row;
  return sql;
}

}  // namespace gridwork::mysql
