#include "tools/rpc_bench/load.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "common/base/mutex.h"
#include "tools/rpc_bench/process.h"

namespace gridwork::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto kCallTimeout = std::chrono::seconds(10);

double Seconds(SteadyClock::duration d) { return std::chrono::duration<double>(d).count(); }

double OwnCpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// What the threads of one run share.
class Run {
 public:
  Run(const Call& call, const TokenSupply& supply, const Load& load) : call_(call), supply_(supply), load_(load) {}

  void Connect(int port, const rpc::TlsIdentity& client) {
    grpc::SslCredentialsOptions tls{client.authority, client.key, client.certificate};
    for (int i = 0; i < load_.connections; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // or all channels would share one connection
      auto channel = grpc::CreateCustomChannel(fmt::format("localhost:{}", port), grpc::SslCredentials(tls), arguments);
      if (!channel->WaitForConnected(std::chrono::system_clock::now() + kCallTimeout))
        throw std::runtime_error("no connection to the server");
      stubs_.push_back(std::make_unique<grpc::GenericStub>(channel));
    }
  }

  void Start() {
    times_.resize(load_.threads);
    for (int i = 0; i < load_.threads; ++i) threads_.emplace_back([this, i] { Loop(i); });
  }

  // Returns after `seconds`, or earlier when the tokens are used up or a call failed.
  void Wait(double seconds) {
    MutexLock lock(mu_);
    over_changed_.wait_for(mu_, std::chrono::duration<double>(seconds), [&] { return over_; });
  }

  void Measure(bool on) { measuring_.store(on, std::memory_order_relaxed); }

  // The times of the measured calls in 0.1 us, sorted.
  std::vector<uint32_t> Finish() {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
    MutexLock lock(mu_);
    if (!error_.empty()) throw std::runtime_error(error_);
    std::vector<uint32_t> all;
    for (const auto& own : times_) all.insert(all.end(), own.begin(), own.end());
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  struct Slot {
    grpc::GenericStub* stub;
    std::optional<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
    grpc::ByteBuffer response;
    grpc::Status status;
    SteadyClock::time_point started;
  };

  void Loop(int thread) {
    grpc::CompletionQueue queue;
    std::vector<std::unique_ptr<Slot>> slots;
    int open = 0;
    for (int i = thread; i < load_.in_flight; i += load_.threads) {
      slots.push_back(std::make_unique<Slot>());
      slots.back()->stub = stubs_[i % stubs_.size()].get();
      if (Begin(*slots.back(), queue)) ++open;
    }
    std::vector<uint32_t>& times = times_[thread];
    void* tag = nullptr;
    bool ok = false;
    while (open > 0 && queue.Next(&tag, &ok)) {
      Slot& slot = *static_cast<Slot*>(tag);
      if (!slot.status.ok()) {
        Over(fmt::format("a call failed: {} {}", static_cast<int>(slot.status.error_code()),
                         slot.status.error_message()));
      } else if (measuring_.load(std::memory_order_relaxed)) {
        times.push_back(static_cast<uint32_t>((SteadyClock::now() - slot.started).count() / 100));
      }
      slot.response.Clear();
      if (stop_.load(std::memory_order_relaxed) || !Begin(slot, queue)) --open;
    }
    queue.Shutdown();
    while (queue.Next(&tag, &ok)) {
    }
  }

  bool Begin(Slot& slot, grpc::CompletionQueue& queue) {
    slot.reader.reset();
    slot.context.emplace();
    slot.context->set_deadline(std::chrono::system_clock::now() + kCallTimeout);
    if (!supply_.tokens.empty()) {
      size_t next = next_token_.fetch_add(1, std::memory_order_relaxed);
      if (supply_.once && next >= supply_.tokens.size()) {
        Over("");
        return false;
      }
      slot.context->AddMetadata("authorization", supply_.tokens[next % supply_.tokens.size()]);
    }
    slot.started = SteadyClock::now();
    slot.reader = slot.stub->PrepareUnaryCall(&*slot.context, call_.path, call_.request, &queue);
    slot.reader->StartCall();
    slot.reader->Finish(&slot.response, &slot.status, &slot);
    return true;
  }

  void Over(std::string error) {
    stop_ = true;
    MutexLock lock(mu_);
    over_ = true;
    if (error_.empty()) error_ = std::move(error);
    over_changed_.notify_all();
  }

  const Call& call_;
  const TokenSupply& supply_;
  const Load& load_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  std::vector<std::thread> threads_;
  std::vector<std::vector<uint32_t>> times_;  // one of each thread
  std::atomic<size_t> next_token_{0};
  std::atomic<bool> measuring_{false}, stop_{false};
  Mutex mu_;
  CondVar over_changed_;
  bool over_ GUARDED_BY(mu_) = false;
  std::string error_ GUARDED_BY(mu_);
};

}  // namespace

Measured Drive(const ServerProcess& server, const rpc::TlsIdentity& client, const Call& call, const TokenSupply& supply,
               const Load& load) {
  Run run(call, supply, load);
  run.Connect(server.port(), client);
  run.Start();
  run.Wait(load.warm_up);

  const double server_before = server.CpuSeconds(), client_before = OwnCpuSeconds();
  const auto start = SteadyClock::now();
  run.Measure(true);
  run.Wait(load.seconds);
  run.Measure(false);
  const double seconds = Seconds(SteadyClock::now() - start);
  const double server_cpu = server.CpuSeconds() - server_before, client_cpu = OwnCpuSeconds() - client_before;
  Measured out{.rss_mib = server.RssMiB(), .threads = server.Threads()};

  const std::vector<uint32_t> times = run.Finish();
  if (times.empty()) throw std::runtime_error("no call was answered: measure for longer");
  const auto calls = static_cast<double>(times.size());
  auto percentile = [&](double p) { return times[static_cast<size_t>(p * (calls - 1))] / 10.0; };
  out.calls = {calls / seconds, percentile(0.5), percentile(0.99)};
  out.server_cpu_us = server_cpu * 1e6 / calls;
  out.client_cpu_us = client_cpu * 1e6 / calls;
  return out;
}

}  // namespace gridwork::bench
