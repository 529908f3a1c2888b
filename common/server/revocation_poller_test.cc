#include "common/server/revocation_poller.h"

#include <gmock/gmock.h>

#include <atomic>
#include <map>

#include "common/base/error.h"

namespace gridwork::server {
namespace {

using auth::Revocation;
using Kind = auth::Revocation::Kind;

// A list of which an answer holds two entries.
class FakeSource {
 public:
  void Add(const std::string& device) { entries_.push_back({Kind::kDevice, device, 0, clock_.Now() + absl::Hours(1)}); }
  // As after a crash that took everything back, and something else was revoked.
  void StartOver() {
    entries_.clear();
    ++epoch_;
  }
  RevocationPoller::Source AsSource() {
    return [this](const std::string& cursor) -> absl::StatusOr<auth::RevocationPage> {
      ++calls;
      if (away) return absl::UnavailableError("away");
      std::string known = std::to_string(epoch_) + ":";
      bool continues = cursor.starts_with(known);
      size_t from = continues ? std::stoul(cursor.substr(known.size())) : 0;
      size_t to = std::min(from + 2, entries_.size());
      auth::RevocationPage page{.from_start = !continues, .cursor = known + std::to_string(to)};
      page.entries.assign(entries_.begin() + from, entries_.begin() + to);
      page.more = to < entries_.size();
      return page;
    };
  }
  bool away = false;
  int calls = 0;

 private:
  SystemClock clock_;
  int epoch_ = 1;
  std::vector<Revocation> entries_;
};

class RevocationPollerTest : public ::testing::Test {
 protected:
  bool Refused(const std::string& device) {
    auth::Peer peer{.kind = auth::Peer::Kind::kDevice, .id = device};
    return !list_.Check(&peer, nullptr, false, clock_.Now()).ok();
  }
  bool Stale() { return list_.StaleAt(clock_.Now()); }

  FakeClock clock_{absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()))};
  FakeSource source_;
  auth::RevocationList list_;
  RevocationPoller poller_{source_.AsSource(), list_, clock_};
};

TEST_F(RevocationPollerTest, ReadsTheWholeListThenWhatIsNew) {
  for (const char* device : {"a", "b", "c", "d", "e"}) source_.Add(device);
  EXPECT_TRUE(Stale());
  ASSERT_TRUE(poller_.Poll().ok());
  EXPECT_EQ(list_.size(), 5u);
  EXPECT_EQ(source_.calls, 3);
  EXPECT_FALSE(Stale());
  source_.Add("f");
  EXPECT_FALSE(Refused("f"));
  ASSERT_TRUE(poller_.Poll().ok());
  EXPECT_TRUE(Refused("f"));
  EXPECT_TRUE(Refused("a")) << "what was known stays";
  EXPECT_EQ(source_.calls, 4) << "one more call for one more entry";
}

TEST_F(RevocationPollerTest, GrowsStaleWhileTheSourceIsAwayAndComesBack) {
  source_.Add("a");
  ASSERT_TRUE(poller_.Poll().ok());
  source_.away = true;
  clock_.Advance(absl::Seconds(30));
  EXPECT_FALSE(poller_.Poll().ok());
  EXPECT_FALSE(Stale());
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Stale());
  EXPECT_TRUE(Refused("a")) << "what is known is still refused";
  source_.away = false;
  source_.Add("b");
  ASSERT_TRUE(poller_.Poll().ok());
  EXPECT_FALSE(Stale());
  EXPECT_TRUE(Refused("b"));
}

TEST_F(RevocationPollerTest, FollowsAListThatStartsOver) {
  source_.Add("lost");
  ASSERT_TRUE(poller_.Poll().ok());
  source_.StartOver();
  source_.Add("other");
  ASSERT_TRUE(poller_.Poll().ok());
  EXPECT_TRUE(Refused("other"));
  EXPECT_FALSE(Refused("lost"));
}

TEST_F(RevocationPollerTest, AHalfReadListChangesNothing) {
  source_.Add("a");
  ASSERT_TRUE(poller_.Poll().ok());
  int calls = 0;
  RevocationPoller half(
      [&](const std::string&) -> absl::StatusOr<auth::RevocationPage> {
        if (++calls == 2) return absl::UnavailableError("away");
        return auth::RevocationPage{.from_start = true, .cursor = "x", .more = true};
      },
      list_, clock_);
  EXPECT_FALSE(half.Poll().ok());
  EXPECT_TRUE(Refused("a"));
}

TEST_F(RevocationPollerTest, AStartNeedsAnAnswer) {
  source_.away = true;
  EXPECT_TRUE(absl::IsUnavailable(poller_.Start(absl::Milliseconds(300))));
  EXPECT_GE(source_.calls, 2);
}

}  // namespace
}  // namespace gridwork::server
