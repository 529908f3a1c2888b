#include "common/auth/base64url.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace gridwork::auth {
namespace {

TEST(Base64Url, VectorsOfRfc4648) {
  for (auto [bytes, text] : {std::pair{"", ""},
                             {"f", "Zg"},
                             {"fo", "Zm8"},
                             {"foo", "Zm9v"},
                             {"foob", "Zm9vYg"},
                             {"fooba", "Zm9vYmE"},
                             {"foobar", "Zm9vYmFy"},
                             {"\xfb\xff", "-_8"}}) {
    EXPECT_EQ(Base64Url(bytes), text);
    EXPECT_EQ(FromBase64Url(text), bytes);
  }
}

TEST(Base64Url, RefusesEverythingElse) {
  for (std::string text : {"Z", "Zm9vY", "Zg==", "Zg=", "Zm9v\n", " Zm9v", "Zm 9v", "+/8", "-_8.", "Zm9\xc3", "Zh",
                           "Zm9vYmF", "Zm9vYh", "Z*9v"}) {
    EXPECT_EQ(FromBase64Url(text), std::nullopt) << text;
  }
  EXPECT_EQ(FromBase64Url(std::string_view("Zm9\0", 4)), std::nullopt);
}

RC_GTEST_PROP(Base64UrlProperty, ComesBack, (const std::string& bytes)) {
  RC_ASSERT(FromBase64Url(Base64Url(bytes)) == bytes);
}

RC_GTEST_PROP(Base64UrlProperty, WhatIsAcceptedIsCanonical, ()) {
  auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ABCDZabz0189-_=+/. ")));
  auto bytes = FromBase64Url(text);
  if (bytes) RC_ASSERT(Base64Url(*bytes) == text);
}

}  // namespace
}  // namespace gridwork::auth
