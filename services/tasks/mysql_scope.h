// The caller's areas as a condition of a WHERE.
#pragma once
#include <string>
#include <string_view>

#include "common/auth/scope.h"
#include "common/mysql/value.h"

namespace gridwork::tasks {

// True for the rows whose `column` (a path of codes, ASCII, binary collation) is `area` or lies below it: one range of
// an index, as "0" follows "/".
inline std::string AreaPredicate(std::string_view column, const std::string& area, mysql::Params& params) {
  const std::string c(column);
  params.insert(params.end(), {area, area + "/", area + "0"});
  return "(" + c + " = ? OR (" + c + " >= ? AND " + c + " < ?))";
}

// True for the rows whose `column` lies in `scope`. An empty scope holds nothing.
inline std::string ScopePredicate(std::string_view column, const auth::Scope& scope, mysql::Params& params) {
  std::string sql;
  for (const std::string& area : scope.areas()) {
    if (area.empty()) continue;  // holds nothing, as in auth::Holds()
    sql += (sql.empty() ? "(" : " OR ") + AreaPredicate(column, area, params);
  }
  return sql.empty() ? "FALSE" : sql + ")";
}

}  // namespace gridwork::tasks
