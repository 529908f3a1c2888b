// What every SessionStore and RevocationStore must do, in memory and on MariaDB.
#include "services/identity/sessions/session_store.h"

#include <set>
#include <thread>

#include "services/identity/testing/world.h"

namespace gridwork::identity {
namespace {

using Kind = auth::Revocation::Kind;

class SessionStoreContract : public WorldTest {
 protected:
  static Session New(const Uuid& device, const Uuid& staff) {
    Session session{.id = Uuid::V7(kTestNow), .staff = staff, .device = device};
    session.current.fill(7);
    session.current[31] = 0;  // no byte at the end is lost
    session.created = kTestNow;
    session.rotated = kTestNow + absl::Seconds(1);
    return session;
  }
  void Put(const Session& session) {
    EXPECT_EQ(world_->Do([&](Unit& unit) { return sessions_.Put(unit, session); }), absl::OkStatus());
  }
  absl::StatusOr<Session> Get(const Uuid& id) {
    return world_->Write<Session>([&](Unit& unit) { return sessions_.Lock(unit, id); });
  }

  const Uuid phone_ = Uuid::V7(kTestNow), desk_ = Uuid::V7(kTestNow);
  const Uuid ann_ = Uuid::V7(kTestNow), bob_ = Uuid::V7(kTestNow);
  SessionStore& sessions_ = world_->sessions();
};

TEST_P(SessionStoreContract, FindsWhatWasWritten) {
  Session written = New(phone_, ann_);
  Put(written);
  Session found = Get(written.id).value();
  EXPECT_EQ(found.id, written.id);
  EXPECT_EQ(found.staff, ann_);
  EXPECT_EQ(found.device, phone_);
  EXPECT_EQ(found.current, written.current);
  EXPECT_EQ(found.previous, std::nullopt);
  EXPECT_EQ(found.sealed_successor, "");
  EXPECT_EQ(found.created, kTestNow);
  EXPECT_EQ(found.rotated, kTestNow + absl::Seconds(1));

  written.previous = written.current;
  written.current.fill(9);
  written.sealed_successor = std::string("\0sealed\0", 8);
  written.rotated += absl::Seconds(5);
  Put(written);
  found = Get(written.id).value();
  EXPECT_EQ(found.previous, written.previous);
  EXPECT_EQ(found.current, written.current);
  EXPECT_EQ(found.sealed_successor, written.sealed_successor);
  EXPECT_EQ(found.rotated, written.rotated);
  EXPECT_REASON(Get(phone_), "NOT_FOUND");
}

TEST_P(SessionStoreContract, ADeviceHasOne) {
  Session first = New(phone_, ann_), second = New(phone_, ann_), other = New(desk_, ann_);
  for (const Session& session : {first, other, second}) Put(session);
  EXPECT_REASON(Get(first.id), "NOT_FOUND");
  EXPECT_TRUE(Get(second.id).ok());
  EXPECT_TRUE(Get(other.id).ok());
}

TEST_P(SessionStoreContract, EndsWhatIsNamed) {
  const Uuid third = Uuid::V7(kTestNow);
  Session phone = New(phone_, ann_), desk = New(desk_, ann_), bobs = New(third, bob_);
  auto reset = [&] {
    for (const Session& session : {phone, desk, bobs}) Put(session);
  };
  auto left = [&] { return Get(phone.id).ok() * 100 + Get(desk.id).ok() * 10 + Get(bobs.id).ok(); };
  reset();
  EXPECT_EQ(world_->Do([&](Unit& unit) { return sessions_.End(unit, phone.id); }), absl::OkStatus());
  EXPECT_EQ(left(), 11);
  EXPECT_EQ(world_->Do([&](Unit& unit) { return sessions_.End(unit, phone.id); }), absl::OkStatus()) << "again";
  reset();
  EXPECT_EQ(world_->Do([&](Unit& unit) { return sessions_.EndOfDevice(unit, desk_); }), absl::OkStatus());
  EXPECT_EQ(left(), 101);
  reset();
  EXPECT_EQ(world_->Do([&](Unit& unit) { return sessions_.EndOfStaff(unit, ann_); }), absl::OkStatus());
  EXPECT_EQ(left(), 1);
}

TEST_P(SessionStoreContract, ErasesWhatIsOver) {
  Session old = New(phone_, ann_), kept = New(desk_, ann_);
  kept.rotated += absl::Seconds(1);
  Put(old);
  Put(kept);
  EXPECT_EQ(sessions_.RemoveOver(kept.rotated), absl::OkStatus());
  EXPECT_REASON(Get(old.id), "NOT_FOUND");
  EXPECT_TRUE(Get(kept.id).ok());
}

TEST_P(SessionStoreContract, AFailedUnitLeavesNothing) {
  Session session = New(phone_, ann_);
  EXPECT_REASON(world_->Do([&](Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(sessions_.Put(unit, session));
    return Error(absl::StatusCode::kAborted, "NO", "no");
  }),
                "NO");
  EXPECT_REASON(Get(session.id), "NOT_FOUND");
}

INSTANTIATE_WORLDS(SessionStoreContract);

class RevocationStoreContract : public WorldTest {
 protected:
  auth::Revocation Add(Kind kind, const std::string& subject, absl::Time until = kTestNow + absl::Minutes(5)) {
    auth::Revocation revocation{kind, subject, kind == Kind::kAccount ? 3 : 0, until};
    EXPECT_EQ(world_->Do([&](Unit& unit) { return revocations_.Add(unit, revocation, kTestNow); }), absl::OkStatus());
    return revocation;
  }
  auth::RevocationPage Read(const std::string& cursor = "", size_t limit = 100) {
    return revocations_.Read(cursor, limit).value();
  }
  RevocationStore& revocations_ = world_->revocations();
};

TEST_P(RevocationStoreContract, AnEmptyListBeginsAtItsStart) {
  auth::RevocationPage page = Read();
  EXPECT_TRUE(page.from_start);
  EXPECT_FALSE(page.more);
  EXPECT_TRUE(page.entries.empty());
  EXPECT_EQ(page.cursor, "");
}

TEST_P(RevocationStoreContract, GivesInOrderWhatFollowsACursor) {
  auto first = Add(Kind::kLogin, "a"), second = Add(Kind::kDevice, "b"), third = Add(Kind::kAccount, "staff/c");
  auth::RevocationPage page = Read("", 2);
  EXPECT_TRUE(page.from_start);
  EXPECT_TRUE(page.more);
  EXPECT_THAT(page.entries, ::testing::ElementsAre(first, second));
  page = Read(page.cursor, 2);
  EXPECT_FALSE(page.from_start);
  EXPECT_FALSE(page.more);
  EXPECT_THAT(page.entries, ::testing::ElementsAre(third));
  std::string end = page.cursor;
  page = Read(end);
  EXPECT_TRUE(page.entries.empty());
  EXPECT_EQ(page.cursor, end) << "it stays where it is";
  auto fourth = Add(Kind::kLogin, "d");
  EXPECT_THAT(Read(end).entries, ::testing::ElementsAre(fourth));
}

TEST_P(RevocationStoreContract, AnUnknownCursorGetsTheWholeList) {
  auto only = Add(Kind::kLogin, "a");
  for (std::string cursor :
       {"x", "1", "9", ".", "1.", "1.01900000-0000-7000-8000-000000000000", "-1.x", "99999999999999"}) {
    if (cursor == "1" && GetParam() == &MakeFakeWorld) continue;  // a cursor of the fake
    auth::RevocationPage page = Read(cursor);
    EXPECT_TRUE(page.from_start) << cursor;
    EXPECT_THAT(page.entries, ::testing::ElementsAre(only)) << cursor;
  }
}

TEST_P(RevocationStoreContract, ForgetsWhatIsOverButNeverTheNewest) {
  Add(Kind::kLogin, "old", kTestNow - absl::Seconds(1));
  std::string cursor = Read().cursor;
  EXPECT_FALSE(Read(cursor).from_start) << "the newest is the cursor of every poller";
  auto newer = Add(Kind::kLogin, "newer");
  EXPECT_THAT(Read().entries, ::testing::ElementsAre(newer));
  EXPECT_TRUE(Read(cursor).from_start);
}

TEST_P(RevocationStoreContract, AFailedUnitLeavesNoGap) {
  Add(Kind::kLogin, "a");
  std::string cursor = Read().cursor;
  EXPECT_REASON(world_->Do([&](Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(revocations_.Add(unit, {Kind::kLogin, "b", 0, kTestNow + absl::Hours(1)}, kTestNow));
    return Error(absl::StatusCode::kAborted, "NO", "no");
  }),
                "NO");
  EXPECT_TRUE(Read(cursor).entries.empty());
  auto next = Add(Kind::kLogin, "c");
  EXPECT_THAT(Read(cursor).entries, ::testing::ElementsAre(next));
}

TEST_P(RevocationStoreContract, APollerMissesNothingOfManyWriters) {
  constexpr int kWriters = 4, kEach = 25;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < kEach; ++i) Add(Kind::kLogin, fmt::format("{}-{}", w, i));
    });
  }
  std::vector<std::string> seen;
  std::string cursor;
  const absl::Time patience = absl::Now() + absl::Seconds(60);
  while (seen.size() < kWriters * kEach && absl::Now() < patience) {
    auth::RevocationPage page = Read(cursor, 7);
    if (page.from_start) seen.clear();
    for (const auto& entry : page.entries) seen.push_back(entry.subject);
    cursor = page.cursor;
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size()) << "each once";
  EXPECT_EQ(seen.size(), static_cast<size_t>(kWriters * kEach));
}

INSTANTIATE_WORLDS(RevocationStoreContract);

}  // namespace
}  // namespace gridwork::identity
