// What every SigningKeyStore must do, in memory and on MariaDB.
#include "services/identity/keys/signing_key_store.h"

#include <atomic>
#include <thread>

#include "services/identity/testing/world.h"

namespace gridwork::identity {
namespace {

StoredKey New(int64_t sequence, const std::string& kid) {
  StoredKey key{.sequence = sequence, .kid = kid, .sealed_seed = std::string("\0sealed\0", 8)};
  key.public_key.fill(7);
  key.public_key[31] = 0;  // no byte at the end is lost
  key.dates = *PlanNextKey({}, kTestNow + absl::Hours(sequence));
  return key;
}

class SigningKeyStoreContract : public WorldTest {
 protected:
  SigningKeyStore& keys_ = world_->signing_keys();
};

TEST_P(SigningKeyStoreContract, ListsInOrderWhatWasWritten) {
  EXPECT_TRUE(keys_.List()->empty());
  StoredKey second = New(2, "b"), first = New(1, "a");
  ASSERT_EQ(keys_.Insert(second), absl::OkStatus());
  ASSERT_EQ(keys_.Insert(first), absl::OkStatus());
  auto all = keys_.List().value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].kid, "a");
  EXPECT_EQ(all[1].sequence, 2);
  EXPECT_EQ(all[1].public_key, second.public_key);
  EXPECT_EQ(all[1].sealed_seed, second.sealed_seed);
  EXPECT_EQ(all[1].dates, second.dates);
}

TEST_P(SigningKeyStoreContract, OnlyOneReplicaMakesTheNext) {
  std::atomic<int> made = 0;
  std::vector<std::thread> replicas;
  for (int i = 0; i < 4; ++i) {
    replicas.emplace_back([&, i] {
      absl::Status status = keys_.Insert(New(1, fmt::format("kid{}", i)));
      made += status.ok() ? 1 : 0;
      EXPECT_TRUE(status.ok() || ReasonOf(status) == "SIGNING_KEY_MADE") << status;
    });
  }
  for (auto& replica : replicas) replica.join();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(keys_.List()->size(), 1u);
}

TEST_P(SigningKeyStoreContract, ForgetsKeysThatAreGone) {
  StoredKey key = New(1, "a");
  ASSERT_EQ(keys_.Insert(key), absl::OkStatus());
  ASSERT_EQ(keys_.RemoveGone(key.dates.gone - absl::Microseconds(1)), absl::OkStatus());
  EXPECT_EQ(keys_.List()->size(), 1u);
  ASSERT_EQ(keys_.RemoveGone(key.dates.gone), absl::OkStatus());
  EXPECT_TRUE(keys_.List()->empty());
}

INSTANTIATE_WORLDS(SigningKeyStoreContract);

}  // namespace
}  // namespace gridwork::identity
