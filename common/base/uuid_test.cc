#include "common/base/uuid.h"

#include <gtest/gtest.h>

namespace gridwork {
namespace {

TEST(Uuid, Version7CarriesItsTimeAndSorts) {
  absl::Time now = absl::FromUnixMillis(1'700'000'000'123);
  Uuid id = Uuid::V7(now);
  EXPECT_EQ(id.version(), 7);
  EXPECT_EQ(id.bytes[8] >> 6, 2);  // RFC 9562 variant
  EXPECT_EQ(id.Time(), now);
  EXPECT_LT(id, Uuid::V7(now + absl::Milliseconds(1)));
  EXPECT_NE(id, Uuid::V7(now));
}

TEST(Uuid, TextAndBytesRoundTrip) {
  Uuid id = Uuid::V7(absl::FromUnixMillis(1));
  EXPECT_EQ(*Uuid::Parse(id.ToString()), id);
  EXPECT_EQ(*Uuid::FromBytes(id.ToBytes()), id);
  EXPECT_EQ(Uuid::Parse("018F0000-0000-7000-8000-00000000ABCD")->ToString(), "018f0000-0000-7000-8000-00000000abcd");
}

TEST(Uuid, RefusesEverythingElse) {
  for (const char* bad : {"", "018f0000", "018f0000-0000-7000-8000-00000000abcg", "018f0000000070008000-00000000abcd",
                          "018f0000-0000-7000-8000-00000000abcd0", "{18f0000-0000-7000-8000-00000000abcd}",
                          "018f0000-0000-7000-800-000000000abcd"}) {
    EXPECT_FALSE(Uuid::Parse(bad).ok()) << bad;
  }
  EXPECT_FALSE(Uuid::FromBytes("short").ok());
}

}  // namespace
}  // namespace gridwork
