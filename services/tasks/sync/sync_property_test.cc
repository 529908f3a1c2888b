// Two phones and a desk change places at random, over a network that loses, repeats and delays, on a database that is
// started anew now and then. In the end all copies are the same, and everything that was acknowledged is there, was
// overwritten by somebody who had seen it, or waits in the queue of conflicts.
#include <rapidcheck.h>

#include <deque>
#include <random>
#include <set>
#include <thread>

#include "services/tasks/sync/testing/sync_world.h"

namespace gridwork::tasks::testing {
namespace {

using v1::MutationVerdict;

constexpr int kPlaces = 4;
const char* const kFields[] = {"display_name", "status", "risk", "location"};

// What must be stored, by a model of its own: the value of each field of each place, since which version, by whom; and
// all values that ever were.
struct Truth {
  using Field = std::pair<std::string, std::string>;  // place, field
  struct Known {
    std::string value;
    int64_t version = 1;
    std::string author;
  };
  std::map<Field, Known> last;
  std::map<Field, std::set<std::string>> ever;

  void Begin(const v1::Place& place) {
    for (const char* field : kFields) last[{place.name(), field}].value = ValueOf(place, field);
  }
  // Whether `author`, who saw version `base`, must not write this.
  bool Conflicts(const v1::Place& wanted, const std::string& field, int64_t base, const std::string& author) {
    const Known& known = last[{wanted.name(), field}];
    return known.value != ValueOf(wanted, field) && known.version > base && known.author != author;
  }
  void Stored(const v1::Place& place, const std::string& field, int64_t version, const std::string& author) {
    std::string value = ValueOf(place, field);
    ever[{place.name(), field}].insert(value);
    Known& known = last[{place.name(), field}];
    if (known.value != value) known = {value, version, author};
  }
  static std::string ValueOf(const v1::Place& place, const std::string& field) {
    if (field == "display_name") return place.display_name();
    if (field == "risk") return place.risk();
    if (field == "location") return fmt::format("{:.4f}", place.location().latitude());
    return v1::PlaceStatus_Name(place.status());
  }
};

// Takes notes of what the server answers, and then loses it, or says it twice, or late.
class BadNetwork : public gridwork::testing::PhoneLink {
 public:
  BadNetwork(GrpcLink& link, Truth& truth, std::string author, uint32_t seed)
      : link_(link), truth_(truth), author_(std::move(author)), random_(seed) {}

  void Heal() { healed_ = true; }

  absl::StatusOr<v1::PullResponse> Pull(const v1::PullRequest& request) override {
    if (Happens(20)) return Lost();
    v1::PullRequest asked = request;
    if (!healed_) asked.set_page_size(1 + static_cast<int>(random_() % 4));
    auto answer = link_.Pull(asked);
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (Happens(20)) return Lost();
    return answer;
  }

  absl::StatusOr<v1::PushResponse> Push(const v1::PushRequest& request) override {
    if (Happens(15)) return Lost();
    if (Happens(15)) {  // it arrives after what is sent next
      delayed_.push_back(request);
      return Lost();
    }
    auto answer = Deliver(request);
    if (Happens(20)) answer = Deliver(request);
    while (!delayed_.empty() && (healed_ || Happens(50))) {
      Deliver(delayed_.front()).IgnoreError();
      delayed_.pop_front();
    }
    if (Happens(20)) return Lost();
    return answer;
  }

  absl::StatusOr<v1::Attachment> CreateAttachment(const v1::CreateAttachmentRequest& request) override {
    return link_.CreateAttachment(request);
  }
  absl::StatusOr<v1::Attachment> UploadChunk(const v1::UploadChunkRequest& request) override {
    return link_.UploadChunk(request);
  }

  void DeliverTheRest() {
    for (; !delayed_.empty(); delayed_.pop_front()) Deliver(delayed_.front()).IgnoreError();
  }

 private:
  bool Happens(uint32_t percent) { return !healed_ && random_() % 100 < percent; }
  static absl::Status Lost() { return absl::UnavailableError("the network is bad"); }

  absl::StatusOr<v1::PushResponse> Deliver(const v1::PushRequest& request) {
    auto answer = link_.Push(request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (!answer.ok()) return answer;
    for (int i = 0; i < request.mutations_size(); ++i) {
      const MutationVerdict& verdict = answer->verdicts(i);
      if (verdict.result() != MutationVerdict::RESULT_APPLIED && verdict.result() != MutationVerdict::RESULT_CONFLICT)
        continue;
      const v1::EditPlaceRequest& edit = request.mutations(i).edit_place();
      const v1::EditPlaceResponse& written = verdict.edit_place();
      std::set<std::string> refused, expected;
      for (const auto& conflict : written.conflicts()) refused.insert(conflict.field());
      for (const std::string& field : edit.update_mask().paths()) {
        if (truth_.Conflicts(edit.place(), field, std::stoll(edit.place().etag()), author_)) expected.insert(field);
      }
      EXPECT_EQ(refused, expected) << edit.ShortDebugString();
      for (const std::string& field : edit.update_mask().paths()) {
        if (!refused.contains(field)) truth_.Stored(edit.place(), field, std::stoll(written.place().etag()), author_);
      }
    }
    return answer;
  }

  GrpcLink& link_;
  Truth& truth_;
  const std::string author_;
  std::mt19937 random_;
  bool healed_ = false;
  std::deque<v1::PushRequest> delayed_;
};

struct Step {
  int what, place, field, value;
};

void Set(v1::Place& place, const std::string& field, int value) {
  if (field == "display_name") place.set_display_name(fmt::format("Name {}", value));
  if (field == "risk") place.set_risk(value % 4 == 0 ? "" : fmt::format("RISK_{}", value % 4));
  if (field == "location") place.mutable_location()->set_latitude(41.85 + 0.1 * (value % 3) + 0.0001 * (value % 50));
  if (field == "status") place.set_status(static_cast<v1::PlaceStatus>(1 + value % 3));
}

class Story {
 public:
  explicit Story(uint32_t seed) {
    names_ = world_.Import(kPlaces);
    for (const std::string& name : names_) truth_.Begin(world_.Get(name));
    for (int i = 0; i < 2; ++i) {
      links_[i] = world_.Link(i + 1);
      networks_[i] = std::make_unique<BadNetwork>(*links_[i], truth_, Staff(i + 1), seed + i);
      phones_[i] = std::make_unique<Phone>(":memory:", *networks_[i]);
      phones_[i]->Pull().IgnoreError();
    }
  }

  void Play(const Step& step) {
    const std::string& name = names_[step.place];
    const std::string field = kFields[step.field];
    Phone& phone = *phones_[step.what % 2];
    switch (step.what / 2) {
      case 0:
      case 1:
        phone.EditPlace(name, {field}, [&](v1::Place& place) { Set(place, field, step.value); }).IgnoreError();
        return;
      case 2:
        phone
            .EditPlace(name, {field, "risk"},
                       [&](v1::Place& place) {
                         Set(place, field, step.value);
                         Set(place, "risk", step.value);
                       })
            .IgnoreError();
        return;
      case 3:
        phone.Push().IgnoreError();
        return;
      case 4:
        phone.Pull().IgnoreError();
        return;
      default:
        break;
    }
    if (step.what == 10) return Desk(name, field, step.value);
    if (step.what == 11) return Decide(step.value);
    SyncWorld::NewEpoch();
  }

  void End() {
    for (auto& network : networks_) network->Heal();
    for (auto& phone : phones_) EXPECT_TRUE(phone->Push().ok());
    for (auto& network : networks_) network->DeliverTheRest();
    for (auto& phone : phones_) EXPECT_TRUE(phone->Sync().ok());
    CheckCopies();
    CheckAcknowledged();
  }

 private:
  void Desk(const std::string& name, const std::string& field, int value) {
    v1::Place place = world_.Get(name);
    Set(place, field, value);
    auto written = world_.Update(place, field);
    EXPECT_TRUE(written.ok()) << written.status();
    if (written.ok()) truth_.Stored(place, field, std::stoll(written->etag()), Staff(9));
  }

  void Decide(int value) {
    auto open = world_.Conflicts();
    if (open.empty()) return;
    const v1::Conflict& conflict = open[value % open.size()];
    v1::ResolveConflictRequest request;
    request.set_request_id(SyncWorld::NewId());
    request.set_name(conflict.name());
    request.set_etag(conflict.etag());
    bool take = value % 2 == 0;
    request.set_decision(take ? v1::ResolveConflictRequest::DECISION_TAKE_PROPOSED
                              : v1::ResolveConflictRequest::DECISION_KEEP_CURRENT);
    auto decided =
        rpc::Invoke(*world_.conflicts, &v1::ConflictService::Stub::ResolveConflict, request, world_.Dispatcher());
    EXPECT_TRUE(decided.ok()) << decided.status();
    if (!take) return;
    v1::Place proposed = conflict.proposed();
    proposed.set_name(conflict.place());
    truth_.Stored(proposed, conflict.field(), std::stoll(world_.Get(conflict.place()).etag()), Staff(9));
  }

  void CheckCopies() {
    for (auto& phone : phones_) {
      EXPECT_EQ(phone->digest_faults(), 0);
      EXPECT_EQ(phone->resyncs(), 0);
      for (const std::string& name : names_) {
        auto copy = phone->store().Place(name);
        ASSERT_TRUE(copy.has_value());
        EXPECT_EQ(copy->SerializeAsString(), world_.Get(name).SerializeAsString());
      }
      for (const auto& [grid, state] : phone->store().Grids()) {
        EXPECT_TRUE(state.complete);
        EXPECT_EQ(phone->store().Digest(grid), phones_[0]->store().Digest(grid));
      }
    }
  }

  void CheckAcknowledged() {
    for (const auto& [field, known] : truth_.last)
      EXPECT_EQ(Truth::ValueOf(world_.Get(field.first), field.second), known.value) << field.second << " was lost";

    std::set<std::string> kept;  // place, field, value, author
    for (const auto& conflict : world_.Conflicts(true)) {
      kept.insert(fmt::format("{} {} {} {}", conflict.place(), conflict.field(),
                              Truth::ValueOf(conflict.proposed(), conflict.field()), conflict.proposed_author()));
    }
    for (int i = 0; i < 2; ++i) {
      for (const auto& item : phones_[i]->store().Outbox()) {
        const v1::EditPlaceRequest& edit = item.mutation.edit_place();
        ASSERT_TRUE(item.state == OutboxState::kDone || item.state == OutboxState::kConflict) << item.why;
        for (const std::string& field : edit.update_mask().paths()) {
          std::string value = Truth::ValueOf(edit.place(), field);
          bool stored = truth_.ever[{edit.place().name(), field}].contains(value);
          bool waits = kept.contains(fmt::format("{} {} {} {}", edit.place().name(), field, value, Staff(i + 1)));
          EXPECT_TRUE(stored || (waits && item.state == OutboxState::kConflict)) << field << " " << value;
        }
      }
    }
  }

  SyncWorld world_;
  std::vector<std::string> names_;
  Truth truth_;
  std::unique_ptr<GrpcLink> links_[2];
  std::unique_ptr<BadNetwork> networks_[2];
  std::unique_ptr<Phone> phones_[2];
};

TEST(SyncProperty, PhonesAndServerAgreeInTheEnd) {
  EXPECT_TRUE(rc::check("two phones, a desk, a bad network", [] {
    auto seed = *rc::gen::arbitrary<uint32_t>();
    auto steps = *rc::gen::container<std::vector<Step>>(rc::gen::build<Step>(
        rc::gen::set(&Step::what, rc::gen::inRange(0, 13)), rc::gen::set(&Step::place, rc::gen::inRange(0, kPlaces)),
        rc::gen::set(&Step::field, rc::gen::inRange(0, 4)), rc::gen::set(&Step::value, rc::gen::inRange(0, 1000))));
    Story story(seed);
    for (const Step& step : steps) story.Play(step);
    story.End();
    RC_ASSERT(!::testing::Test::HasFailure());
  }));
}

// All at once: what order there is, the database makes.
TEST(SyncProperty, ManyWritersAtOnce) {
  SyncWorld world(8);
  auto names = world.Import(6);
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  std::array<std::unique_ptr<GrpcLink>, 3> links;
  std::array<std::unique_ptr<Phone>, 3> phones;
  for (int i = 0; i < 3; ++i) {
    links[i] = world.Link(i + 1);
    phones[i] = std::make_unique<Phone>(":memory:", *links[i]);
    ASSERT_TRUE(phones[i]->Pull().ok());
    threads.emplace_back([&, i] {
      std::mt19937 random(i);
      for (int n = 0; n < 60; ++n) {
        const std::string field = kFields[random() % 4];
        int value = static_cast<int>(random() % 1000);
        EXPECT_TRUE(phones[i]
                        ->EditPlace(names[random() % names.size()], {field},
                                    [&](v1::Place& place) { Set(place, field, value); })
                        .ok());
        absl::Status synced = n % 3 == 0 ? phones[i]->Sync() : absl::OkStatus();
        EXPECT_TRUE(synced.ok()) << synced;
      }
    });
  }
  std::thread importer([&] {
    for (int n = 100; !stop; ++n) world.Import(3, n);
  });
  for (auto& thread : threads) thread.join();
  stop = true;
  importer.join();
  for (auto& phone : phones) ASSERT_TRUE(phone->Push().ok());
  for (auto& phone : phones) {
    ASSERT_TRUE(phone->Pull().ok());
    EXPECT_EQ(phone->digest_faults(), 0);
    for (const auto& item : phone->store().Outbox())
      EXPECT_TRUE(item.state == OutboxState::kDone || item.state == OutboxState::kConflict) << item.why;
    for (const std::string& name : names)
      EXPECT_EQ(phone->store().Place(name)->SerializeAsString(), world.Get(name).SerializeAsString());
  }
}

}  // namespace
}  // namespace gridwork::tasks::testing
