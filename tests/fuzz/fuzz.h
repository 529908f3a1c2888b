// What the targets share. Each target is one file with the function that libFuzzer calls; it aborts when what must
// always hold does not. Linked with corpus_test.cc instead of libFuzzer it is a test over its corpus.
#pragma once
#include <spdlog/spdlog.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace gridwork::fuzz {

inline std::string_view TextOf(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

inline void Must(bool holds, std::string_view what) {
  if (holds) return;
  spdlog::critical("fuzz: {}", what);
  std::abort();
}

}  // namespace gridwork::fuzz
