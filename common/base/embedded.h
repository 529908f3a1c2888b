// Files of the source tree (SQL, Lua) that are compiled into a binary; see gridwork_embed() in
// tools/cmake/gridwork.cmake.
#pragma once
#include <string>
#include <vector>

namespace gridwork::embedded {

struct File {
  std::string name;  // without its folder: "0001_create_places.sql"
  std::string text;
};

}  // namespace gridwork::embedded
