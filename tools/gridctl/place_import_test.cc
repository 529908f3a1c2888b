#include "tools/gridctl/place_import.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/status_map.h"
#include "tools/gridctl/csv.h"
#include "tools/gridctl/files.h"

namespace gridwork::ctl {
namespace {

using tasks::v1::ImportPlacesRequest;
using tasks::v1::ImportPlacesResponse;
using tasks::v1::PlaceVerdict;
using testing::ElementsAre;
using testing::HasSubstr;

const char kMapping[] = R"(
source: list
columns: {id: source_id, name: display_name, kind: kind, lat: latitude, lon: longitude}
kind: {default: FOOD, spellings: {FOOD: [Restaurant], SCHOOL: [School]}}
)";

// Idempotent by source_id, as the service is. Its rows are in a file, so that they outlive a killed client.
class FakeServer {
 public:
  explicit FakeServer(std::string path) : path_(std::move(path)) { Load(); }

  absl::StatusOr<ImportPlacesResponse> Import(const ImportPlacesRequest& request) {
    calls.push_back(request);
    ImportPlacesResponse response;
    std::ofstream log(path_, std::ios::app);
    for (const auto& place : request.places()) {
      PlaceVerdict& verdict = *response.add_verdicts();
      if (place.display_name().empty()) {
        verdict.set_result(PlaceVerdict::RESULT_REJECTED);
        *verdict.mutable_error() = rpc::ToRpcStatus(
            BadField(fmt::format("places[{}].display_name", response.verdicts_size() - 1), "1 to 200 characters"));
        continue;
      }
      verdict.set_grid(place.has_location() ? "CHI/CA01/CA01-G01" : "CHI/CHI-UNPLACED");
      auto known = rows_.find(place.source_id());
      verdict.set_result(known == rows_.end()                    ? PlaceVerdict::RESULT_CREATED
                         : known->second == place.display_name() ? PlaceVerdict::RESULT_UNCHANGED
                                                                 : PlaceVerdict::RESULT_UPDATED);
      if (request.validate_only()) continue;
      verdict.set_place("places/" + place.source_id());
      rows_[place.source_id()] = place.display_name();
      log << CsvLine({place.source_id(), place.display_name()});
    }
    return response;
  }

  size_t size() const { return rows_.size(); }
  std::vector<ImportPlacesRequest> calls;

 private:
  void Load() {
    std::ifstream in(path_);
    CsvReader reader(in);
    std::vector<std::string> record;
    while (in && *reader.Next(record)) rows_[record[0]] = record[1];
  }
  std::string path_;
  std::map<std::string, std::string> rows_;
};

class PlaceImportTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/gridctl_place_import_test";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  std::string File(const char* name) const { return folder_ + "/" + name; }

  void WriteRows(int rows) {
    std::ofstream out(File("list.csv"), std::ios::binary);
    out << "id,name,kind,lat,lon\n";
    for (int i = 1; i <= rows; ++i) out << fmt::format("{},\"Name\n{}\",Restaurant,41.5,-87.5\n", i, i);
  }

  PlaceImport Import(FakeServer& server) {
    PlaceImport job;
    job.file = File("list.csv");
    job.root = "CHI";
    job.verdicts = File("verdicts.csv");
    job.call = [&server](const ImportPlacesRequest& request) { return server.Import(request); };
    job.sleep = [this](absl::Duration delay) { slept_.push_back(delay); };
    return job;
  }

  static absl::StatusOr<ImportCounts> Run(const PlaceImport& job) {
    return ImportPlaces(job, *Mapping::Parse(kMapping));
  }

  // Row number -> verdict; each row must be there once.
  std::map<int, std::string> Verdicts() const {
    std::ifstream in(File("verdicts.csv"), std::ios::binary);
    CsvReader reader(in);
    std::vector<std::string> record;
    std::map<int, std::string> out;
    EXPECT_TRUE(*reader.Next(record));
    EXPECT_THAT(record, ElementsAre("row", "source_id", "verdict", "place", "grid", "field", "rule"));
    while (*reader.Next(record)) {
      EXPECT_EQ(record.size(), 7u);
      EXPECT_TRUE(out.emplace(std::stoi(record[0]), record[2]).second) << "row " << record[0] << " stands twice";
    }
    return out;
  }

  std::string folder_;
  std::vector<absl::Duration> slept_;
};

TEST_F(PlaceImportTest, BatchesOf500AndAVerdictForEachRow) {
  WriteRows(1'200);
  FakeServer server(File("server"));
  auto counts = Run(Import(server));
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->created, 1'200);
  ASSERT_EQ(server.calls.size(), 3u);
  EXPECT_EQ(server.calls[0].places_size(), 500);
  EXPECT_EQ(server.calls[2].places_size(), 200);
  EXPECT_EQ(server.calls[0].root(), "CHI");
  EXPECT_NE(server.calls[0].request_id(), server.calls[1].request_id());
  EXPECT_EQ(Verdicts().size(), 1'200u);
  EXPECT_FALSE(std::filesystem::exists(ProgressPath(File("verdicts.csv")))) << "it is done";
}

TEST_F(PlaceImportTest, AgainIsUnchanged) {
  WriteRows(600);
  FakeServer server(File("server"));
  ASSERT_TRUE(Run(Import(server)).ok());
  auto again = Run(Import(server));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->unchanged, 600);
  EXPECT_EQ(again->created, 0);
  EXPECT_EQ(server.size(), 600u);
}

TEST_F(PlaceImportTest, DirtyRowsGetAVerdictThatNamesFieldAndRule) {
  std::ofstream(File("list.csv"), std::ios::binary) << "id,name,kind,lat,lon\n"
                                                       "1,Good,Restaurant,41.5,-87.5\n"
                                                       "2,,Restaurant,41.5,-87.5\n"    // the server's verdict
                                                       "3,Mosque,Mosque,41.5,-87.5\n"  // these never reach it
                                                       "4,Short\n"
                                                       "5,Half,School,41.5,\n"
                                                       "6,Nowhere,School,,\n"
                                                       "7,More,mosque ,1,2\n";
  FakeServer server(File("server"));
  auto counts = Run(Import(server));
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->created, 2);
  EXPECT_EQ(counts->rejected, 5);
  EXPECT_EQ(counts->unplaced, 1);
  EXPECT_EQ(counts->unknown_kinds, (std::map<std::string, int64_t>{{"Mosque", 1}, {"mosque", 1}}));
  ASSERT_EQ(server.calls.size(), 1u);
  EXPECT_EQ(server.calls[0].places_size(), 3);
  std::string text = *ReadFile(File("verdicts.csv"));
  EXPECT_THAT(text, HasSubstr("\n1,1,CREATED,places/1,CHI/CA01/CA01-G01,,\n"));
  EXPECT_THAT(text, HasSubstr("\n2,2,REJECTED,,,display_name,1 to 200 characters\n"));
  EXPECT_THAT(text, HasSubstr("\n3,3,REJECTED,,,kind,a spelling that the mapping file knows\n"));
  EXPECT_THAT(text, HasSubstr("\n4,,REJECTED,,,row,\"5 columns as in the header, not 2\"\n"));
  EXPECT_THAT(text, HasSubstr("\n5,5,REJECTED,,,location.longitude,"));
  EXPECT_THAT(text, HasSubstr("\n6,6,CREATED,places/6,CHI/CHI-UNPLACED,,\n"));
}

TEST_F(PlaceImportTest, ADryRunWritesNothing) {
  WriteRows(10);
  FakeServer server(File("server"));
  PlaceImport job = Import(server);
  job.dry_run = true;
  auto counts = Run(job);
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(counts->created, 10);
  EXPECT_TRUE(server.calls[0].validate_only());
  EXPECT_EQ(server.size(), 0u);
}

TEST_F(PlaceImportTest, ABusyServiceIsAskedAgainUnderTheSameId) {
  WriteRows(10);
  FakeServer server(File("server"));
  PlaceImport job = Import(server);
  std::vector<std::string> ids;
  job.call = [&](const ImportPlacesRequest& request) -> absl::StatusOr<ImportPlacesResponse> {
    ids.push_back(request.request_id());
    if (ids.size() == 1) return absl::UnavailableError("away");
    if (ids.size() == 2) return WithRetryAfter(absl::ResourceExhaustedError("full"), absl::Seconds(7));
    return server.Import(request);
  };
  ASSERT_TRUE(Run(job).ok());
  ASSERT_EQ(ids.size(), 3u);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 1u);
  EXPECT_THAT(slept_, ElementsAre(absl::Seconds(1), absl::Seconds(7)));
}

TEST_F(PlaceImportTest, AServiceThatStaysAwayEndsItAndARefusalAtOnce) {
  WriteRows(10);
  FakeServer server(File("server"));
  PlaceImport job = Import(server);
  int calls = 0;
  absl::Status answer = absl::UnavailableError("away");
  job.call = [&](const ImportPlacesRequest&) -> absl::StatusOr<ImportPlacesResponse> {
    ++calls;
    return answer;
  };
  EXPECT_EQ(Run(job).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(calls, 5);
  calls = 0;
  answer = absl::PermissionDeniedError("no");
  EXPECT_EQ(Run(job).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(calls, 1);
}

TEST_F(PlaceImportTest, TwoImportsDoNotWriteOneVerdictFile) {
  WriteRows(600);
  FakeServer server(File("server"));
  PlaceImport job = Import(server);
  std::vector<std::string> second;
  job.call = [&](const ImportPlacesRequest& request) {
    second.push_back(ReasonOf(Run(Import(server)).status()));
    return server.Import(request);
  };
  ASSERT_TRUE(Run(job).ok());
  EXPECT_THAT(second, ElementsAre("VERDICTS_IN_USE", "VERDICTS_IN_USE"));
  EXPECT_EQ(Verdicts().size(), 600u);
}

// The server did a batch, but its answer never arrived.
TEST_F(PlaceImportTest, AnAnswerThatWasLostIsAskedForAgain) {
  WriteRows(1'700);
  FakeServer server(File("server"));
  PlaceImport job = Import(server);
  job.call = [&](const ImportPlacesRequest& request) -> absl::StatusOr<ImportPlacesResponse> {
    auto response = server.Import(request);
    if (server.calls.size() == 2) return absl::CancelledError("cut off");
    return response;
  };
  EXPECT_EQ(Run(job).status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Verdicts().size(), 500u);
  std::ofstream(File("verdicts.csv"), std::ios::app) << "501,501,CREA";  // the write was under way

  job = Import(server);
  job.resume = true;
  size_t before = server.calls.size();
  auto counts = Run(job);
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(server.calls[before].places(0).source_id(), "501") << "goes on where no answer is known";
  EXPECT_EQ(counts->created, 1'200);
  EXPECT_EQ(counts->unchanged, 500);
  EXPECT_EQ(counts->rows(), 1'700);
  EXPECT_EQ(server.size(), 1'700u);
  auto verdicts = Verdicts();
  EXPECT_EQ(verdicts.size(), 1'700u);
  EXPECT_EQ(verdicts[501], "UNCHANGED");
  EXPECT_EQ(verdicts[500], "CREATED");
}

// kill -9 at every point between two batches.
TEST_F(PlaceImportTest, AfterAKillNoRowIsLostAndNoneStandsTwice) {
  constexpr int kRows = 2'300;
  WriteRows(kRows);
  const std::string verdicts = File("verdicts.csv");
  for (int point = 0; point < 12; ++point) {
    std::filesystem::remove(File("server"));
    std::filesystem::remove(verdicts);
    std::filesystem::remove(ProgressPath(verdicts));
    pid_t child = fork();
    if (child == 0) {
      FakeServer server(File("server"));
      PlaceImport job = Import(server);
      int call = 0;
      job.call = [&](const ImportPlacesRequest& request) {
        if (point % 3 == 0 && call == point / 3) raise(SIGKILL);  // before the server has it
        auto response = server.Import(request);
        if (point % 3 == 1 && call == point / 3) raise(SIGKILL);  // the server has it, the client no answer
        ++call;
        return response;
      };
      job.show = [&](uint64_t, uint64_t, int64_t) {
        if (point % 3 == 2 && call == point / 3 + 1) raise(SIGKILL);  // it is written down
      };
      (void)Run(job);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "point " << point;

    FakeServer server(File("server"));
    PlaceImport job = Import(server);
    job.resume = true;
    auto counts = Run(job);
    ASSERT_TRUE(counts.ok()) << counts.status();
    EXPECT_EQ(counts->rows(), kRows) << "point " << point;
    EXPECT_EQ(counts->created + counts->unchanged, kRows);
    EXPECT_EQ(counts->unchanged, point % 3 == 1 ? 500 : 0) << "point " << point;
    EXPECT_EQ(server.size(), static_cast<size_t>(kRows));
    EXPECT_EQ(Verdicts().size(), static_cast<size_t>(kRows));
  }
}

TEST_F(PlaceImportTest, ResumeNeedsTheSameImport) {
  WriteRows(1'000);
  FakeServer server(File("server"));
  PlaceImport job = Import(server);
  job.call = [&](const ImportPlacesRequest& request) -> absl::StatusOr<ImportPlacesResponse> {
    if (!server.calls.empty()) return absl::CancelledError("cut off");
    return server.Import(request);
  };
  EXPECT_FALSE(Run(job).ok());
  job.resume = true;
  job.dry_run = true;
  EXPECT_EQ(ReasonOf(Run(job).status()), "PROGRESS_OF_ANOTHER_IMPORT");
  job.dry_run = false;
  std::filesystem::resize_file(File("verdicts.csv"), 10);
  EXPECT_EQ(ReasonOf(Run(job).status()), "VERDICTS_CHANGED");
}

TEST_F(PlaceImportTest, AFileThatWasCutOffEndsItAfterTheRowsBefore) {
  std::ofstream(File("list.csv"), std::ios::binary)
      << "id,name,kind,lat,lon\n1,One,School,1,2\n2,Two,School,1,2\n3,\"Thr";
  FakeServer server(File("server"));
  absl::Status status = Run(Import(server)).status();
  EXPECT_EQ(ReasonOf(status), "BAD_CSV");
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 4"));
  EXPECT_EQ(server.size(), 2u);
  EXPECT_EQ(Verdicts().size(), 2u);
}

TEST_F(PlaceImportTest, LargeRowsMakeSmallBatches) {
  std::ofstream out(File("list.csv"), std::ios::binary);
  out << "id,name,kind,lat,lon\n";
  for (int i = 0; i < 10; ++i) out << i << ',' << std::string(200'000, 'x') << ",School,1,2\n";
  out << "10," << std::string(950'000, 'x') << ",School,1,2\n";
  out.close();
  FakeServer server(File("server"));
  auto counts = Run(Import(server));
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->created, 10);
  EXPECT_EQ(counts->rejected, 1) << "too large for any call";
  for (const auto& call : server.calls) EXPECT_LT(call.ByteSizeLong(), 950'000u);
}

TEST_F(PlaceImportTest, WorksWithoutAVerdictFile) {
  WriteRows(700);
  FakeServer server(File("server"));
  PlaceImport job = Import(server);
  job.verdicts.clear();
  ASSERT_TRUE(Run(job).ok());
  EXPECT_EQ(server.size(), 700u);
}

TEST_F(PlaceImportTest, TheWholeRealList) {
  FakeServer server(File("server"));
  PlaceImport job = Import(server);
  job.file = GRIDWORK_SOURCE_DIR "/tests/data/chicago/premises.csv";
  auto yaml = ReadFile(GRIDWORK_SOURCE_DIR "/tools/gridctl/mappings/chicago-premises.yaml");
  auto counts = ImportPlaces(job, *Mapping::Parse(*yaml));
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->rows(), 12'367);
  EXPECT_EQ(counts->created, 12'367);
  EXPECT_EQ(counts->unplaced, 38);
  EXPECT_TRUE(counts->unknown_kinds.empty());
}

}  // namespace
}  // namespace gridwork::ctl
