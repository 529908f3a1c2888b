// What every DeviceStore must do, in memory and on MariaDB.
#include "services/identity/devices/device_store.h"

#include <atomic>
#include <thread>

#include "services/identity/testing/world.h"

namespace gridwork::identity {
namespace {

Sha256 HashOf(uint8_t seed) {
  Sha256 hash{};
  hash.fill(seed);
  hash[31] = 0;  // no byte at the end is lost
  return hash;
}

class DeviceStoreContract : public WorldTest {
 protected:
  void SetUp() override {
    MakeTown(*world_);
    ann_ = Account("ann", "NO");
    bob_ = Account("bob", "SO");
  }

  Uuid Account(const std::string& username, const std::string& area) {
    Staff staff{.id = Uuid::V7(kTestNow), .username = username, .display_name = "Name", .area = area};
    staff.area_path = "CHI/" + area;
    staff.created = staff.updated = kTestNow;
    EXPECT_EQ(world_->Do([&](Unit& unit) { return world_->staff().Insert(unit, staff); }), absl::OkStatus());
    return staff.id;
  }
  Device Insert(const Uuid& staff, absl::Time created = kTestNow) {
    Device device{.id = Uuid::V7(created), .staff = staff, .display_name = "Ann's 🙂", .certificate = "PEM"};
    device.certificate_expires = created + absl::Hours(24 * 30);
    device.created = created;
    EXPECT_EQ(devices_.InTransaction([&](Unit& unit) { return devices_.Insert(unit, device); }), absl::OkStatus());
    return device;
  }
  void PutCode(const Uuid& staff, const Sha256& code, absl::Time expires = kTestNow + absl::Hours(72)) {
    EXPECT_EQ(devices_.InTransaction([&](Unit& unit) { return devices_.PutCode(unit, staff, code, expires); }),
              absl::OkStatus());
  }
  bool Use(const Sha256& code, const Sha256& key, const Uuid& device) {
    bool used = false;
    EXPECT_EQ(devices_.InTransaction([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(used, devices_.UseCode(unit, code, key, device));
      return absl::OkStatus();
    }),
              absl::OkStatus());
    return used;
  }

  Uuid ann_, bob_;
  DeviceStore& devices_ = world_->devices();
};

TEST_P(DeviceStoreContract, FindsWhatWasWritten) {
  Device written = Insert(ann_);
  Device found = devices_.Find(written.id).value();
  EXPECT_EQ(found.id, written.id);
  EXPECT_EQ(found.staff, ann_);
  EXPECT_EQ(found.display_name, "Ann's 🙂");
  EXPECT_EQ(found.certificate, "PEM");
  EXPECT_EQ(found.certificate_expires, written.certificate_expires);
  EXPECT_EQ(found.created, kTestNow);
  EXPECT_REASON(devices_.Find(ann_), "NOT_FOUND");
}

TEST_P(DeviceStoreContract, RenewsAndRevokes) {
  Device device = Insert(ann_), other = Insert(ann_);
  EXPECT_EQ(devices_.Find(device.id)->revoked, std::nullopt);
  device.certificate = "PEM2";
  device.certificate_expires += absl::Hours(24);
  device.revoked = kTestNow + absl::Seconds(1);
  EXPECT_EQ(devices_.InTransaction([&](Unit& unit) -> absl::Status {
    EXPECT_EQ(devices_.Lock(unit, device.id)->certificate, "PEM");
    EXPECT_REASON(devices_.Lock(unit, ann_), "NOT_FOUND");
    return devices_.Update(unit, device);
  }),
            absl::OkStatus());
  Device found = devices_.Find(device.id).value();
  EXPECT_EQ(found.certificate, "PEM2");
  EXPECT_EQ(found.certificate_expires, device.certificate_expires);
  EXPECT_EQ(found.revoked, device.revoked);
  EXPECT_EQ(found.display_name, device.display_name);
  EXPECT_EQ(devices_.Find(other.id)->certificate, "PEM");
}

TEST_P(DeviceStoreContract, ListsByIdInsideOfTheScope) {
  Uuid first = Insert(ann_).id, second = Insert(bob_, kTestNow + absl::Seconds(1)).id,
       third = Insert(ann_, kTestNow + absl::Seconds(2)).id;
  auto page = devices_.List(In({"CHI"}), {.limit = 2}).value();
  ASSERT_EQ(page.rows.size(), 2u);
  EXPECT_EQ(page.rows[0].id, first);
  EXPECT_EQ(page.rows[1].id, second);
  page = devices_.List(In({"CHI"}), {.after = page.next, .limit = 2}).value();
  ASSERT_EQ(page.rows.size(), 1u);
  EXPECT_EQ(page.rows[0].id, third);
  EXPECT_EQ(page.next, "");
  EXPECT_EQ(devices_.List(In({"CHI/NO"}), {})->rows.size(), 2u);
  EXPECT_EQ(devices_.List(In({"CHI"}), {.staff = bob_})->rows.size(), 1u);
  EXPECT_EQ(devices_.List(In({"CHI/NO"}), {.staff = bob_})->rows.size(), 0u);
  EXPECT_EQ(devices_.List(In({}), {})->rows.size(), 0u);
}

TEST_P(DeviceStoreContract, AnEarlierCodeIsGone) {
  PutCode(ann_, HashOf(1));
  EnrolmentCode code = devices_.FindCode(HashOf(1)).value();
  EXPECT_EQ(code.staff, ann_);
  EXPECT_EQ(code.expires, kTestNow + absl::Hours(72));
  EXPECT_EQ(code.key, std::nullopt);
  EXPECT_EQ(code.device, std::nullopt);
  PutCode(ann_, HashOf(2));
  PutCode(bob_, HashOf(3));
  EXPECT_REASON(devices_.FindCode(HashOf(1)), "NOT_FOUND");
  EXPECT_EQ(devices_.FindCode(HashOf(2))->staff, ann_);
  EXPECT_EQ(devices_.FindCode(HashOf(3))->staff, bob_);
}

TEST_P(DeviceStoreContract, ACodeIsUsedOnce) {
  PutCode(ann_, HashOf(1));
  Uuid device = Uuid::V7(kTestNow);
  EXPECT_FALSE(Use(HashOf(9), HashOf(7), device));
  EXPECT_TRUE(Use(HashOf(1), HashOf(7), device));
  EXPECT_FALSE(Use(HashOf(1), HashOf(7), device));
  EnrolmentCode code = devices_.FindCode(HashOf(1)).value();
  EXPECT_EQ(code.key, HashOf(7));
  EXPECT_EQ(code.device, device);
  PutCode(ann_, HashOf(2));
  EXPECT_EQ(devices_.FindCode(HashOf(2))->device, std::nullopt) << "a new code is unused";
}

TEST_P(DeviceStoreContract, ACodeIsUsedOnceByMany) {
  PutCode(ann_, HashOf(1));
  std::atomic<int> used = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { used += Use(HashOf(1), HashOf(7), Uuid::V7(kTestNow)) ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(used, 1);
}

TEST_P(DeviceStoreContract, AFailedTransactionLeavesNothing) {
  PutCode(ann_, HashOf(1));
  EXPECT_REASON(devices_.InTransaction([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(bool used, devices_.UseCode(unit, HashOf(1), HashOf(7), ann_));
    EXPECT_TRUE(used);
    RETURN_IF_ERROR(devices_.PutPassword(unit, ann_, "hash", kTestNow));
    return Error(absl::StatusCode::kAborted, "NO", "no");
  }),
                "NO");
  EXPECT_EQ(devices_.FindCode(HashOf(1))->device, std::nullopt);
  EXPECT_EQ(devices_.FindPassword(ann_).value(), std::nullopt);
}

TEST_P(DeviceStoreContract, KeepsTheLastPassword) {
  EXPECT_EQ(devices_.FindPassword(ann_).value(), std::nullopt);
  for (const char* hash : {"first", "second"}) {
    EXPECT_EQ(devices_.InTransaction([&](Unit& unit) { return devices_.PutPassword(unit, ann_, hash, kTestNow); }),
              absl::OkStatus());
    EXPECT_EQ(devices_.FindPassword(ann_).value(), hash);
  }
  EXPECT_EQ(devices_.FindPassword(bob_).value(), std::nullopt);
}

INSTANTIATE_WORLDS(DeviceStoreContract);

}  // namespace
}  // namespace gridwork::identity
