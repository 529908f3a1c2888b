// Two things in two areas, behind every shape of handler.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/base/mutex.h"
#include "common/rpc/front_door.h"
#include "probe/probe.pb.h"

namespace gridwork::probe {

struct Row {
  std::string name;
  std::string area;
  std::string text;
};

class ProbeService {
 public:
  // "things/1" in CITY/NORTH, "things/2" in CITY/SOUTH.
  ProbeService();
  void Register(rpc::FrontDoor& door);

  absl::StatusOr<rpc::Loaded<Row>> Load(const std::string& name);
  // Echoes. "throw" throws, "internal" fails, "block" waits for Unblock().
  absl::StatusOr<v1::EchoResponse> Echo(const rpc::CallContext&, const v1::EchoRequest& request);
  absl::StatusOr<v1::EchoResponse> Hello(const rpc::CallContext&, const v1::EchoRequest& request);
  absl::StatusOr<v1::EchoResponse> Knock(const rpc::CallContext&, const v1::EchoRequest& request);
  absl::StatusOr<v1::Thing> GetThing(const rpc::CallContext&, const v1::GetThingRequest&, const Row& found);
  absl::StatusOr<v1::ListThingsResponse> ListThings(const rpc::CallContext&, const v1::ListThingsRequest&,
                                                    const auth::Scope& scope);
  absl::StatusOr<v1::Thing> UpdateThing(const rpc::CallContext&, const v1::UpdateThingRequest& request, Unit&,
                                        const Row& found);
  absl::StatusOr<v1::BatchUpdateThingsResponse> BatchUpdateThings(const rpc::CallContext&,
                                                                  const v1::BatchUpdateThingsRequest&, Unit&,
                                                                  const rpc::Batch<Row>& found);
  // Answers from a thread of its own; "block" after Unblock().
  void EchoLater(const rpc::CallContext&, const v1::EchoRequest& request, rpc::Later<v1::EchoResponse> answer);
  // Keeps the stream, whose first message names the areas of its caller; "refuse" is refused.
  absl::Status WatchThings(const rpc::CallContext&, const v1::EchoRequest& request, const auth::Scope& scope,
                           rpc::Stream<v1::EchoResponse> stream);
  // To all open streams; how many took it.
  int Tell(const std::string& text);
  int streams();  // that are open
  ~ProbeService();

  void Unblock();
  // Unblocks, and waits for the threads that answer later.
  void End();
  int started() const;  // calls of Echo that reached the handler
  int updates() const;

 private:
  mutable Mutex mu_;
  CondVar changed_;
  bool open_ GUARDED_BY(mu_) = false;
  int started_ GUARDED_BY(mu_) = 0;
  int updates_ GUARDED_BY(mu_) = 0;
  std::map<std::string, Row> rows_ GUARDED_BY(mu_);
  std::vector<rpc::Stream<v1::EchoResponse>> streams_ GUARDED_BY(mu_);
  std::vector<std::thread> later_ GUARDED_BY(mu_);
};

}  // namespace gridwork::probe
