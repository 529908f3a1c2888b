#include "tools/gridctl/sync_copy.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace gridwork::ctl {
namespace {

using tasks::v1::GridChanges;

constexpr char kPlace[] = "places/0190a000-0000-7000-8000-000000000001";

GridChanges Changes(std::initializer_list<std::pair<const char*, int64_t>> records) {
  GridChanges out;
  out.set_grid("CHI/A");
  out.set_state(GridChanges::STATE_CURRENT);
  out.set_cursor("c1");
  for (const auto& [name, version] : records) {
    auto& change = *out.add_changes();
    change.set_version(version);
    change.mutable_place()->set_name(name);
  }
  return out;
}

TEST(SyncCopy, KeepsWhatItIsToldAndReadsItAgain) {
  SyncCopy copy = SyncCopy::Parse("").value();
  EXPECT_TRUE(copy.Take(Changes({{kPlace, 1}, {"tasks/0190a000-0000-7000-8000-000000000002", 2}})));
  SyncCopy again = SyncCopy::Parse(copy.ToJson()).value();
  EXPECT_EQ(again.ToJson(), copy.ToJson());
  auto request = again.Request("CHI");
  ASSERT_EQ(request.grids_size(), 1);
  EXPECT_EQ(request.grids(0).cursor(), "c1");
  EXPECT_EQ(request.area(), "CHI");
}

// sha256("place/0190a000-0000-7000-8000-000000000001/1")
TEST(SyncCopy, ComputesTheDigestThatTheProtoDescribes) {
  SyncCopy copy;
  GridChanges changes = Changes({{kPlace, 1}});
  changes.set_complete(true);
  changes.set_digest(0x562136ff0d31d185);
  EXPECT_TRUE(copy.Take(changes));
  changes.set_digest(1);
  EXPECT_FALSE(copy.Take(changes)) << "it is not the server's set: pulled anew";
  EXPECT_TRUE(copy.grids().empty());
}

TEST(SyncCopy, RemovesWhatIsGone) {
  SyncCopy copy;
  copy.Take(Changes({{kPlace, 1}}));
  GridChanges gone = Changes({});
  gone.add_changes()->set_removed(kPlace);
  EXPECT_TRUE(copy.Take(gone));
  EXPECT_TRUE(copy.grids().at("CHI/A").records.empty());
  GridChanges purge = Changes({});
  purge.set_state(GridChanges::STATE_PURGE);
  EXPECT_TRUE(copy.Take(purge));
  EXPECT_TRUE(copy.grids().empty());
  GridChanges resync = Changes({});
  resync.set_state(GridChanges::STATE_RESYNC);
  EXPECT_FALSE(copy.Take(resync));
}

TEST(SyncCopy, RefusesOtherFiles) {
  for (const char* text :
       {"x", "[]", "{}", R"({"grids": {"CHI": {}}})", R"({"grids": {"CHI": {"cursor": "", "records": {"x": 1}}}})"})
    EXPECT_EQ(ReasonOf(SyncCopy::Parse(text).status()), "BAD_JSON") << text;
}

TEST(ParseMutations, ReadsLinesAndGivesIds) {
  auto id = [] { return std::string("new"); };
  auto mutations = ParseMutations(
      "{\"edit_place\": {\"request_id\": \"mine\", \"place\": {\"name\": \"places/1\"}, \"update_mask\": \"risk\"}}\n\n"
      "{\"release_task\": {\"name\": \"tasks/1\", \"attempt\": 2}}",
      id);
  ASSERT_TRUE(mutations.ok()) << mutations.status();
  ASSERT_EQ(mutations->size(), 2u);
  EXPECT_EQ((*mutations)[0].edit_place().request_id(), "mine");
  EXPECT_EQ((*mutations)[0].edit_place().update_mask().paths(0), "risk");
  EXPECT_EQ((*mutations)[1].release_task().request_id(), "new");
  for (const char* bad : {"x", "{}", "{\"edit_place\": 1}", "{\"other\": {}}", "{'edit_place': {}}"})
    EXPECT_EQ(ReasonOf(ParseMutations(bad, id).status()), "BAD_JSON") << bad;
}

}  // namespace
}  // namespace gridwork::ctl
