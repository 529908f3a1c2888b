#include "common/rpc/trace.h"

#include <gtest/gtest.h>

namespace gridwork::rpc {
namespace {

TEST(Trace, ContinuesWithANewSpan) {
  Trace trace = Trace::Continue("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_EQ(trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_NE(trace.span_id, "00f067aa0ba902b7");
  EXPECT_TRUE(trace.sampled);
  EXPECT_EQ(trace.traceparent(), "00-4bf92f3577b34da6a3ce929d0e0e4736-" + trace.span_id + "-01");
}

TEST(Trace, StartsAnewWhenTheHeaderIsNotOne) {
  for (const char* bad : {"", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e473\"-00f067aa0ba902b7-01"}) {
    Trace trace = Trace::Continue(bad);
    EXPECT_EQ(trace.trace_id.size(), 32) << bad;
    EXPECT_NE(trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736") << bad;
    EXPECT_EQ(trace.span_id.size(), 16);
  }
  EXPECT_NE(Trace::Continue("").trace_id, Trace::Continue("").trace_id);
}

TEST(Trace, TakesLaterVersions) {
  EXPECT_EQ(Trace::Continue("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more").trace_id,
            "4bf92f3577b34da6a3ce929d0e0e4736");
}

}  // namespace
}  // namespace gridwork::rpc
