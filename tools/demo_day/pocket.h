// What somebody has in their pocket: a phone, and its network.
#pragma once
#include "tests/support/phone/grpc_link.h"
#include "tools/demo_day/people.h"

namespace gridwork::demo {

struct Pocket {
  // `person` outlives it.
  explicit Pocket(const Person& person)
      : link(person.to_tasks,
             [&person] { return rpc::CallOptions{.timeout = absl::Seconds(20), .token = person.token}; }),
        phone(":memory:", link) {}

  testing::GrpcLink link;
  testing::Phone phone;
};

}  // namespace gridwork::demo
