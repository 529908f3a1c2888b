#include "common/base/sha256.h"

#include <gtest/gtest.h>

namespace gridwork {
namespace {

TEST(Sha256, HashesAsFips180DoesInItsAppendix) {
  EXPECT_EQ(Hex(ToBytes(Sha256Of("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(ToBytes(Sha256Of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Hex(ToBytes(Sha256Of(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(ToBytes(Sha256Of(std::string(1'000'000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Hex, WritesTwoDigitsAByte) { EXPECT_EQ(Hex(std::string_view("\x00\x7f\xff", 3)), "007fff"); }

}  // namespace
}  // namespace gridwork
