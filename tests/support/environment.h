// What tools/with-databases tells a test program.
#pragma once
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace gridwork::testing {

// The value of a variable; throws with what to do when it is not set.
inline std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value)
    throw std::runtime_error(fmt::format("{} is not set: run this test with tools/test or tools/with-databases", name));
  return value;
}

// The text of the file that a variable names, without the newline at its end.
inline std::string FileOf(const char* name) {
  std::string path = Environment(name);
  std::ifstream in(path);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot read {}", name, path));
  std::string text((std::istreambuf_iterator<char>(in)), {});
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace gridwork::testing
