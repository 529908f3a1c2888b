#include "tests/support/probe/probe_service.h"

#include <algorithm>
#include <stdexcept>

#include "common/base/error.h"

namespace gridwork::probe {
namespace {

v1::Thing ToProto(const Row& row) {
  v1::Thing out;
  out.set_name(row.name);
  out.set_text(row.text);
  out.set_contact("+1 312 555 0100");
  return out;
}

}  // namespace

ProbeService::ProbeService() {
  MutexLock lock(mu_);
  rows_["things/1"] = {"things/1", "CITY/NORTH", "one"};
  rows_["things/2"] = {"things/2", "CITY/SOUTH", "two"};
}

void ProbeService::Register(rpc::FrontDoor& door) {
  door.FactsOf("Thing", this, &ProbeService::Load);
  door.On("Echo", this, &ProbeService::Echo)
      .OnLater("EchoLater", this, &ProbeService::EchoLater)
      .OnStream("WatchThings", this, &ProbeService::WatchThings)
      .On("Hello", this, &ProbeService::Hello)
      .On("Knock", this, &ProbeService::Knock)
      .On("GetThing", this, &ProbeService::GetThing)
      .On("ListThings", this, &ProbeService::ListThings)
      .On("UpdateThing", this, &ProbeService::UpdateThing)
      .On("BatchUpdateThings", this, &ProbeService::BatchUpdateThings);
}

absl::StatusOr<rpc::Loaded<Row>> ProbeService::Load(const std::string& name) {
  if (!name.starts_with("things/")) return BadField("name", "must be things/{id}");
  MutexLock lock(mu_);
  auto it = rows_.find(name);
  if (it == rows_.end()) return absl::NotFoundError("none");
  return rpc::Loaded<Row>{{.area = it->second.area}, it->second};
}

absl::StatusOr<v1::EchoResponse> ProbeService::Echo(const rpc::CallContext&, const v1::EchoRequest& request) {
  {
    MutexLock lock(mu_);
    ++started_;
    if (request.text() == "block") changed_.wait(mu_, [&] { return open_; });
  }
  if (request.text() == "throw") throw std::runtime_error("secret of the database");
  if (request.text() == "internal") return absl::InternalError("secret of the database");
  v1::EchoResponse out;
  out.set_text(request.text());
  return out;
}

void ProbeService::EchoLater(const rpc::CallContext&, const v1::EchoRequest& request,
                             rpc::Later<v1::EchoResponse> answer) {
  MutexLock lock(mu_);
  later_.emplace_back([this, text = request.text(), answer = std::move(answer)] {
    {
      MutexLock waiting(mu_);
      if (text == "block") changed_.wait(mu_, [&] { return open_; });
    }
    if (text == "internal") return answer(absl::InternalError("secret of the database"));
    v1::EchoResponse out;
    out.set_text(text);
    answer(out);
  });
}

absl::Status ProbeService::WatchThings(const rpc::CallContext&, const v1::EchoRequest& request,
                                       const auth::Scope& scope, rpc::Stream<v1::EchoResponse> stream) {
  if (request.text() == "refuse") return Error(absl::StatusCode::kFailedPrecondition, "NOT_TODAY", "not today");
  v1::EchoResponse first;
  for (const std::string& area : scope.areas()) first.set_text(first.text() + area);
  stream.Send(first);
  MutexLock lock(mu_);
  streams_.push_back(std::move(stream));
  return absl::OkStatus();
}

int ProbeService::Tell(const std::string& text) {
  v1::EchoResponse out;
  out.set_text(text);
  MutexLock lock(mu_);
  return static_cast<int>(
      std::count_if(streams_.begin(), streams_.end(), [&](const auto& stream) { return stream.Send(out); }));
}

int ProbeService::streams() {
  MutexLock lock(mu_);
  return static_cast<int>(
      std::count_if(streams_.begin(), streams_.end(), [](const auto& stream) { return stream.open(); }));
}

ProbeService::~ProbeService() { End(); }

void ProbeService::End() {
  Unblock();
  std::vector<std::thread> later;
  {
    MutexLock lock(mu_);
    later.swap(later_);
  }
  for (std::thread& thread : later) thread.join();
}

absl::StatusOr<v1::EchoResponse> ProbeService::Hello(const rpc::CallContext& call, const v1::EchoRequest& request) {
  v1::EchoResponse out;
  out.set_text(request.text() == "source" ? call.source : call.peer ? call.peer->id : "nobody");
  return out;
}

absl::StatusOr<v1::EchoResponse> ProbeService::Knock(const rpc::CallContext& call, const v1::EchoRequest& request) {
  return Hello(call, request);
}

absl::StatusOr<v1::Thing> ProbeService::GetThing(const rpc::CallContext&, const v1::GetThingRequest&,
                                                 const Row& found) {
  return ToProto(found);
}

absl::StatusOr<v1::ListThingsResponse> ProbeService::ListThings(const rpc::CallContext&, const v1::ListThingsRequest&,
                                                                const auth::Scope& scope) {
  MutexLock lock(mu_);
  v1::ListThingsResponse out;
  for (const auto& [name, row] : rows_) {
    if (scope.Holds(row.area)) *out.add_things() = ToProto(row);
  }
  return out;
}

absl::StatusOr<v1::Thing> ProbeService::UpdateThing(const rpc::CallContext&, const v1::UpdateThingRequest& request,
                                                    Unit&, const Row& found) {
  if (request.thing().text().empty()) return BadField("thing.text", "must not be empty");
  if (request.thing().text() == "throw") throw std::runtime_error("secret of the database");
  if (request.thing().text() == "internal") return absl::InternalError("secret of the database");
  MutexLock lock(mu_);
  Row& row = rows_[found.name];
  row.text = request.thing().text();
  ++updates_;
  return ToProto(row);
}

absl::StatusOr<v1::BatchUpdateThingsResponse> ProbeService::BatchUpdateThings(const rpc::CallContext&,
                                                                              const v1::BatchUpdateThingsRequest&,
                                                                              Unit&, const rpc::Batch<Row>& found) {
  v1::BatchUpdateThingsResponse out;
  for (const auto& row : found) {
    std::string outcome = row.ok() ? row->name : ReasonOf(row.status());
    for (const auto& [field, rule] : FieldViolationsOf(row.status())) outcome += " " + field;
    out.add_outcomes(outcome);
  }
  return out;
}

void ProbeService::Unblock() {
  MutexLock lock(mu_);
  open_ = true;
  changed_.notify_all();
}

int ProbeService::started() const {
  MutexLock lock(mu_);
  return started_;
}

int ProbeService::updates() const {
  MutexLock lock(mu_);
  return updates_;
}

}  // namespace gridwork::probe
