#include "common/auth/seal.h"

#include <gmock/gmock.h>

namespace gridwork::auth {
namespace {

const std::string kKey(32, 'k');

TEST(Seal, OpensWithItsKeyAndContextOnly) {
  for (const std::string& plain : {std::string(), std::string("secret"), std::string(1'000, '\0')}) {
    std::string sealed = Seal(kKey, plain, "row|7");
    EXPECT_EQ(Unseal(kKey, sealed, "row|7"), plain);
    EXPECT_EQ(Unseal(kKey, sealed, "row|8"), std::nullopt);
    EXPECT_EQ(Unseal(std::string(32, 'x'), sealed, "row|7"), std::nullopt);
    EXPECT_NE(Seal(kKey, plain, "row|7"), sealed);
  }
}

TEST(Seal, EveryChangedByteIsNoticed) {
  std::string sealed = Seal(kKey, "secret", "row|7");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string spoilt = sealed;
    spoilt[i] = static_cast<char>(spoilt[i] ^ 1);
    EXPECT_EQ(Unseal(kKey, spoilt, "row|7"), std::nullopt);
    EXPECT_EQ(Unseal(kKey, sealed.substr(0, i), "row|7"), std::nullopt);
  }
}

}  // namespace
}  // namespace gridwork::auth
