#include "common/rpc/workers.h"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>

namespace gridwork::rpc {
namespace {

struct Task final : Job {
  explicit Task(std::function<void()> f) : body(std::move(f)) {}
  void Run() override {
    std::unique_ptr<Task> self(this);
    body();
  }
  std::function<void()> body;
};

TEST(Workers, RunInOrder) {
  std::vector<int> order;
  {
    Workers workers(1, 100);
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(workers.Post(new Task([&order, i] { order.push_back(i); })));
  }
  ASSERT_EQ(order.size(), 100);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

TEST(Workers, RefuseAboveTheBound) {
  std::promise<void> go, running;
  auto ready = go.get_future().share();
  Workers workers(1, 2);
  ASSERT_TRUE(workers.Post(new Task([&] {
    running.set_value();
    ready.wait();
  })));
  running.get_future().wait();
  EXPECT_TRUE(workers.Post(new Task([] {})));
  EXPECT_TRUE(workers.Post(new Task([] {})));
  Task refused([] {});
  EXPECT_FALSE(workers.Post(&refused));
  EXPECT_EQ(workers.waiting(), 2);
  go.set_value();
}

TEST(Workers, ManyThreadsLoseNothing) {
  std::atomic<int> ran = 0;
  {
    Workers workers(8, 100'000);
    std::vector<std::thread> posters;
    for (int t = 0; t < 4; ++t) {
      posters.emplace_back([&] {
        for (int i = 0; i < 5000; ++i) EXPECT_TRUE(workers.Post(new Task([&] { ++ran; })));
      });
    }
    for (auto& thread : posters) thread.join();
  }
  EXPECT_EQ(ran, 20'000);
}

}  // namespace
}  // namespace gridwork::rpc
