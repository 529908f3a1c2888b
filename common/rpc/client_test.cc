#include "common/rpc/client.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "probe/probe.pb.h"

namespace gridwork::rpc {
namespace {

TEST(RetryConfig, RepeatsOnlyWhatDoesNoHarm) {
  auto config = nlohmann::json::parse(RetryConfig({probe::v1::EchoRequest::descriptor()->file()->service(0)}));
  std::set<std::string> names;
  for (const auto& name : config["methodConfig"][0]["name"]) names.insert(name["method"]);
  EXPECT_EQ(names,
            (std::set<std::string>{"GetThing", "ListThings", "UpdateThing", "BatchUpdateThings", "Hello", "Knock"}));
  EXPECT_EQ(config["methodConfig"][0]["retryPolicy"]["retryableStatusCodes"], nlohmann::json({"UNAVAILABLE"}));
}

}  // namespace
}  // namespace gridwork::rpc
