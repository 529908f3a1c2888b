// Runs a target over its corpus, where there is no libFuzzer.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/fuzz.h"

namespace gridwork::fuzz {
namespace {

TEST(Corpus, HoldsWhatMustAlwaysHold) {
  int inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(GRIDWORK_CORPUS)) {
    SCOPED_TRACE(entry.path());
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string input(std::istreambuf_iterator<char>(in), {});
    EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size()), 0);
    // A part of it is an input as well, and ends where nobody expects it.
    for (size_t size : {size_t{0}, input.size() / 2})
      LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), size);
    ++inputs;
  }
  EXPECT_GE(inputs, 3);
}

}  // namespace
}  // namespace gridwork::fuzz
