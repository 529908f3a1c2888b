// What the front door costs: its calls a second, its tail and its CPU against a bare gRPC echo on the same machine in
// the same minute. Usually started by tools/bench rpc; docs/performance.md says how to read it.
#include <absl/flags/flag.h>
#include <absl/flags/usage.h>
#include <absl/strings/numbers.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/config/config.h"
#include "common/server/server.h"
#include "echo/echo.pb.h"
#include "gridwork/tasks/v1/task_service.pb.h"
#include "tools/rpc_bench/load.h"
#include "tools/rpc_bench/report.h"
#include "tools/rpc_bench/servers.h"

ABSL_FLAG(int, runs, 5, "how often everything is measured; the medians count");
ABSL_FLAG(double, seconds, 3, "how long each load is measured in a run");
ABSL_FLAG(double, warm_up, 0.5, "how long it runs before that");
ABSL_FLAG(std::vector<std::string>, in_flight, std::vector<std::string>({"1", "16", "64", "256"}),
          "calls under way at the same time");
ABSL_FLAG(int, connections, 4, "over how many connections");
ABSL_FLAG(int, client_threads, 1, "threads of the client");
ABSL_FLAG(std::string, dir, "", "where the servers write their logs; empty: a new folder that is removed at the end");
ABSL_FLAG(bool, get_task, false, "measure GetTask too, on the database that --mysql_* names; its schema is made anew");

namespace gridwork::bench {
namespace {

constexpr int kKnownTokens = 64;
// Of the rate of the echo, so that new tokens are not used up before the time is: making them takes 30 us each.
constexpr double kNewTokensPerEcho = 0.6;

// In the order in which a run measures them; every other run goes backwards.
enum class Kind { kEcho, kKnownToken, kNewToken, kSelect, kGetTask };

const char* NameOf(Kind kind) {
  switch (kind) {
    case Kind::kEcho:
      return "echo";
    case Kind::kKnownToken:
      return "known_token";
    case Kind::kNewToken:
      return "new_token";
    case Kind::kSelect:
      return "select";
    case Kind::kGetTask:
      return "get_task";
  }
  return "";
}

Call EchoCall() {
  v1::EchoRequest request;
  request.set_text(std::string(100, 'x'));
  grpc::Slice bytes(request.SerializeAsString());
  return {"/gridwork.bench.v1.EchoService/Echo", grpc::ByteBuffer(&bytes, 1)};
}

Call GetTaskCall() {
  tasks::v1::GetTaskRequest request;
  request.set_name(fmt::format("tasks/{}", kTaskId));
  grpc::Slice bytes(request.SerializeAsString());
  return {"/gridwork.tasks.v1.TaskService/GetTask", grpc::ByteBuffer(&bytes, 1)};
}

class RpcBench {
 public:
  RpcBench(const std::string& dir, std::vector<int> loads) : loads_(std::move(loads)) {
    auto start = [&](const char* name, void (*serve)(const Identities&, ParentLink&)) {
      return std::make_unique<ServerProcess>(name, fmt::format("{}/{}.log", dir, name),
                                             [&, serve](ParentLink& link) { serve(identities_, link); });
    };
    servers_[Kind::kEcho] = start("echo", &ServeEcho);
    servers_[Kind::kKnownToken] = start("known_token", &ServeFrontDoor);
    servers_[Kind::kNewToken] = start("new_token", &ServeFrontDoor);
    if (absl::GetFlag(FLAGS_get_task)) {
      servers_[Kind::kGetTask] = start("get_task", &ServeTasks);
      kinds_.insert(kinds_.end(), {Kind::kSelect, Kind::kGetTask});
    }
  }

  // Measures everything once.
  void Run(bool backwards) {
    if (backwards) std::reverse(kinds_.begin(), kinds_.end());
    for (int in_flight : loads_) {
      for (Kind kind : kinds_) {
        Measured measured = kind == Kind::kSelect ? MeasureSelect(in_flight) : MeasureCalls(kind, in_flight);
        fmt::print(stderr, "{:>12} {:>4} in flight: {:>7.0f}/s, p50 {:>7.0f} us, p99 {:>7.0f} us, CPU {:>5.1f} us\n",
                   NameOf(kind), in_flight, measured.calls.calls_per_second, measured.calls.p50_us,
                   measured.calls.p99_us, measured.server_cpu_us);
        results_[{kind, in_flight}].push_back(measured);
      }
    }
    if (backwards) std::reverse(kinds_.begin(), kinds_.end());
  }

  // True when every goal holds.
  bool Print() const {
    Report report("rpc");
    for (int in_flight : loads_) {
      for (Kind kind : kinds_) PrintLoad(report, kind, in_flight);
    }
    for (Kind kind : kinds_) {
      if (kind == Kind::kSelect) continue;
      report.Print({fmt::format("{}.rss", NameOf(kind)), "MiB", Largest(kind, &Measured::rss_mib)});
      report.Print({fmt::format("{}.threads", NameOf(kind)), "1", Largest(kind, &Measured::threads)});
    }
    return report.all_hold();
  }

 private:
  Load LoadOf(int in_flight) const {
    return {in_flight, absl::GetFlag(FLAGS_connections), absl::GetFlag(FLAGS_client_threads),
            absl::GetFlag(FLAGS_warm_up), absl::GetFlag(FLAGS_seconds)};
  }

  TokenSupply TokensFor(Kind kind, const Load& load) {
    if (kind == Kind::kEcho) return {};
    if (kind != Kind::kNewToken) return {identities_.Tokens(kKnownTokens)};
    const auto& echo = results_[{Kind::kEcho, load.in_flight}];
    double rate = echo.empty() ? 25'000 : echo.back().calls.calls_per_second * kNewTokensPerEcho;
    return {identities_.Tokens(static_cast<size_t>(rate * (load.warm_up + load.seconds)) + 1000), true};
  }

  Measured MeasureCalls(Kind kind, int in_flight) {
    const Load load = LoadOf(in_flight);
    const ServerProcess& server = *servers_.at(kind);
    const TokenSupply tokens = TokensFor(kind, load);
    Measured out = Drive(server, identities_.client(), kind == Kind::kGetTask ? get_task_ : echo_, tokens, load);
    server.EmptyLog();
    return out;
  }

  // As many threads as the front door would let at the database.
  Measured MeasureSelect(int in_flight) {
    ServerProcess& tasks = *servers_.at(Kind::kGetTask);
    const int threads = std::min(in_flight, server::Config().workers);
    tasks.Select({threads, absl::GetFlag(FLAGS_warm_up)});
    const double before = tasks.CpuSeconds();
    SelectResult result = tasks.Select({threads, absl::GetFlag(FLAGS_seconds)});
    const auto calls = static_cast<double>(result.calls);
    return {.calls = {calls / result.seconds, result.p50_us, result.p99_us},
            .server_cpu_us = (tasks.CpuSeconds() - before) * 1e6 / calls};
  }

  template <class F>
  std::vector<double> Each(Kind kind, int in_flight, F f) const {
    std::vector<double> out;
    for (const Measured& measured : results_.at({kind, in_flight})) out.push_back(f(measured));
    return out;
  }

  void PrintLoad(Report& report, Kind kind, int in_flight) const {
    auto calls = [](const Measured& m) { return m.calls.calls_per_second; };
    auto p99 = [](const Measured& m) { return m.calls.p99_us / 1000; };
    auto cpu = [](const Measured& m) { return m.server_cpu_us; };
    auto name = [&](const char* what) { return fmt::format("{}.{}.{}", NameOf(kind), in_flight, what); };

    Metric rate{name("calls"), "1/s", Each(kind, in_flight, calls)};
    Metric tail{name("p99"), "ms", Each(kind, in_flight, p99)};
    Metric work{name("server_cpu"), "us", Each(kind, in_flight, cpu)};
    if (kind == Kind::kKnownToken || kind == Kind::kNewToken) {
      bool known = kind == Kind::kKnownToken;
      rate.limits = Each(Kind::kEcho, in_flight, calls);
      rate.goal = RatioAtLeast(!known ? 0.35 : in_flight == 1 ? 0.75 : 0.9);
      tail.limits = Each(Kind::kEcho, in_flight, p99);
      tail.goal = RatioAtMost(known ? 1.5 : 2);
      work.limits = Each(Kind::kEcho, in_flight, cpu);
      // With one call under way every call pays for waking up threads, the echo's too.
      if (!known && in_flight > 1) work.goal = ValueAtMost(110);
    }
    if (kind == Kind::kGetTask) {  // an echo and a SELECT, one after the other on the same cores
      auto echo = Each(Kind::kEcho, in_flight, calls), select = Each(Kind::kSelect, in_flight, calls);
      for (size_t i = 0; i < echo.size(); ++i) rate.limits.push_back(1 / (1 / echo[i] + 1 / select[i]));
      rate.goal = RatioAtLeast(0.8);
    }
    for (const Metric& metric : {rate, tail, work}) report.Print(metric);
  }

  template <class T>
  std::vector<double> Largest(Kind kind, T Measured::*field) const {
    double out = 0;
    for (int in_flight : loads_) {
      for (const Measured& measured : results_.at({kind, in_flight}))
        out = std::max(out, static_cast<double>(measured.*field));
    }
    return {out};
  }

  Identities identities_;
  const std::vector<int> loads_;
  const Call echo_ = EchoCall(), get_task_ = GetTaskCall();
  std::vector<Kind> kinds_ = {Kind::kEcho, Kind::kKnownToken, Kind::kNewToken};
  std::map<Kind, std::unique_ptr<ServerProcess>> servers_;
  std::map<std::pair<Kind, int>, std::vector<Measured>> results_;
};

std::vector<int> LoadsFromFlags() {
  std::vector<int> out;
  for (const std::string& text : absl::GetFlag(FLAGS_in_flight)) {
    if (!absl::SimpleAtoi(text, &out.emplace_back()) || out.back() < 1)
      config::Wrong("--in_flight: a list of numbers from 1 on");
  }
  return out;
}

bool Run() {
  std::string dir = absl::GetFlag(FLAGS_dir);
  const bool own_dir = dir.empty();
  if (own_dir) {
    dir = (std::filesystem::temp_directory_path() / "rpc_bench.XXXXXX").string();
    if (mkdtemp(dir.data()) == nullptr) throw std::runtime_error(fmt::format("cannot make {}", dir));
  }
  bool holds = false;
  {
    RpcBench bench(dir, LoadsFromFlags());
    const int runs = absl::GetFlag(FLAGS_runs);
    for (int run = 1; run <= runs; ++run) {
      fmt::print(stderr, "run {} of {}\n", run, runs);
      bench.Run(run % 2 == 0);
    }
    holds = bench.Print();
  }
  if (own_dir) std::filesystem::remove_all(dir);
  return holds;
}

}  // namespace
}  // namespace gridwork::bench

// 0 when every goal holds, 1 when one does not, 2 when it could not be measured.
int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("measures what the front door costs");
  gridwork::config::ParseFlags(argc, argv);
  if (absl::GetFlag(FLAGS_runs) < 1 || absl::GetFlag(FLAGS_seconds) <= 0 || absl::GetFlag(FLAGS_connections) < 1 ||
      absl::GetFlag(FLAGS_client_threads) < 1)
    gridwork::config::Wrong("--runs, --seconds, --connections and --client_threads must be positive");
  if (absl::GetFlag(FLAGS_get_task) && !gridwork::bench::HasTasks())
    gridwork::config::Wrong("--get_task: this build has no tasks service");
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return gridwork::bench::Run() ? 0 : 1;
  } catch (const std::exception& e) {
    fmt::print(stderr, "rpc_bench: {}\n", e.what());
    return 2;
  }
}
