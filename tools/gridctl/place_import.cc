#include "tools/gridctl/place_import.h"

#include <absl/time/clock.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "common/base/error.h"
#include "common/base/scope_limits.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/rpc/status_map.h"
#include "tools/gridctl/csv.h"
#include "tools/gridctl/grid_cut.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using tasks::v1::ImportPlacesRequest;
using tasks::v1::ImportPlacesResponse;
using tasks::v1::PlaceVerdict;

constexpr size_t kMaxBatchBytes = 900'000;  // a server takes 1 MiB
constexpr int kAttempts = 5;                // on top of the channel's own, which take about a second
constexpr absl::Duration kFirstDelay = absl::Seconds(1);

// The verdict file: appended to, cut back to what the progress file vouches for.
class VerdictFile {
 public:
  VerdictFile() = default;
  VerdictFile(const VerdictFile&) = delete;
  VerdictFile& operator=(const VerdictFile&) = delete;
  ~VerdictFile() {
    if (fd_ >= 0) close(fd_);
  }

  absl::Status Open(const std::string& path, uint64_t length) {
    if (path.empty()) return absl::OkStatus();
    path_ = path;
    fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd_ < 0) return Failed();
    if (flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      return Error(absl::StatusCode::kFailedPrecondition, "VERDICTS_IN_USE",
                   fmt::format("{} is being written by another import", path));
    }
    off_t size = lseek(fd_, 0, SEEK_END);
    if (size < 0) return Failed();
    if (static_cast<uint64_t>(size) < length) {
      return Error(absl::StatusCode::kFailedPrecondition, "VERDICTS_CHANGED",
                   fmt::format("{} is shorter than when the import stopped; import without --resume", path));
    }
    if (ftruncate(fd_, static_cast<off_t>(length)) != 0) return Failed();
    if (lseek(fd_, 0, SEEK_END) < 0) return Failed();
    length_ = length;
    return absl::OkStatus();
  }

  absl::Status Append(std::string_view text) {
    if (fd_ < 0) return absl::OkStatus();
    while (!text.empty()) {
      ssize_t written = write(fd_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Failed();
      text.remove_prefix(static_cast<size_t>(written));
      length_ += static_cast<uint64_t>(written);
    }
    return fsync(fd_) == 0 ? absl::OkStatus() : Failed();
  }

  uint64_t length() const { return length_; }

 private:
  absl::Status Failed() const {
    return Error(absl::StatusCode::kInternal, "FILE_NOT_WRITTEN", fmt::format("{}: {}", path_, strerror(errno)));
  }
  std::string path_;
  int fd_ = -1;
  uint64_t length_ = 0;
};

struct Row {
  int64_t number = 0;
  std::string source_id;
  absl::Status error;  // of the mapping: not sent
};

std::string VerdictLine(const Row& row, const PlaceVerdict& verdict, const absl::Status& error) {
  std::string fields;
  std::string rules;
  for (const auto& [field, rule] : FieldViolationsOf(error)) {
    fields += (fields.empty() ? "" : "; ") + WithoutIndex(field);
    rules += (rules.empty() ? "" : "; ") + rule;
  }
  if (!error.ok() && rules.empty()) rules = std::string(error.message());
  return CsvLine({std::to_string(row.number), row.source_id, EnumText(verdict.result()), verdict.place(),
                  verdict.grid(), fields, rules});
}

class Run {
 public:
  Run(const PlaceImport& job, Mapping mapping) : import_(job), mapping_(std::move(mapping)) {}

  absl::StatusOr<ImportCounts> Go() {
    RETURN_IF_ERROR(Open());
    std::vector<std::string> record;
    for (;;) {
      absl::StatusOr<bool> more = reader_->Next(record);
      if (!more.ok()) {
        RETURN_IF_ERROR(Send());
        return more.status();
      }
      if (!*more) break;
      RETURN_IF_ERROR(Add(record));
    }
    RETURN_IF_ERROR(Send());
    std::error_code error;
    if (!import_.verdicts.empty()) std::filesystem::remove(ProgressPath(import_.verdicts), error);
    return progress_.counts;
  }

 private:
  absl::Status Open() {
    in_.open(import_.file, std::ios::binary);
    std::error_code error;
    uintmax_t size = std::filesystem::file_size(import_.file, error);
    if (!in_ || error) {
      return Error(absl::StatusCode::kInvalidArgument, "FILE_UNREADABLE", import_.file + ": cannot be read");
    }
    reader_.emplace(in_);
    std::vector<std::string> header;
    ASSIGN_OR_RETURN(bool any, reader_->Next(header));
    if (!any) return Error(absl::StatusCode::kInvalidArgument, "BAD_CSV", import_.file + ": holds nothing");
    RETURN_IF_ERROR(mapping_.Bind(header));

    ImportIdentity identity = {.source = mapping_.source(),
                               .root = import_.root,
                               .header = CsvLine(header),
                               .file_bytes = size,
                               .dry_run = import_.dry_run};
    if (import_.resume) {
      ASSIGN_OR_RETURN(auto before, LoadProgress(ProgressPath(import_.verdicts), identity));
      if (before) {
        progress_ = *std::move(before);
        RETURN_IF_ERROR(reader_->Seek(progress_.offset, progress_.line));
        row_ = progress_.row;
        return verdicts_.Open(import_.verdicts, progress_.verdict_bytes);
      }
    }
    progress_.identity = std::move(identity);
    RETURN_IF_ERROR(verdicts_.Open(import_.verdicts, 0));
    RETURN_IF_ERROR(verdicts_.Append("row,source_id,verdict,place,grid,field,rule\n"));
    progress_.offset = reader_->offset();
    progress_.line = reader_->line();
    return Save();
  }

  // The record that was just read. Its end is where the next batch begins if it is the last of this one.
  absl::Status Add(const std::vector<std::string>& record) {
    MappedRow mapped = mapping_.Map(record);
    size_t bytes = mapped.place.ByteSizeLong() + 8;  // with the length in front
    if (mapped.error.ok() && bytes > kMaxBatchBytes) mapped.error = BadField("row", "at most 900 KB");
    bool full = rows_.size() == static_cast<size_t>(scope::kBatchItems) ||
                (mapped.error.ok() && batch_bytes_ + bytes > kMaxBatchBytes);
    if (full) RETURN_IF_ERROR(Send());
    ++row_;
    if (!mapped.unknown_kind.empty()) unknown_.push_back(mapped.unknown_kind);
    rows_.push_back({row_, mapped.place.source_id(), mapped.error});
    if (mapped.error.ok()) {
      batch_bytes_ += bytes;
      *request_.add_places() = std::move(mapped.place);
    }
    end_offset_ = reader_->offset();
    end_line_ = reader_->line();
    return absl::OkStatus();
  }

  absl::StatusOr<ImportPlacesResponse> Call() {
    if (request_.places_size() == 0) return ImportPlacesResponse();
    request_.set_request_id(Uuid::V7(absl::Now()).ToString());
    request_.set_root(import_.root);
    request_.set_validate_only(import_.dry_run);
    absl::Duration delay = kFirstDelay;
    for (int attempt = 1;; ++attempt) {
      auto response = import_.call(request_);
      if (response.ok()) {
        if (response->verdicts_size() == request_.places_size()) return response;
        return Error(absl::StatusCode::kInternal, "VERDICTS_MISSING",
                     fmt::format("{} verdicts for {} places", response->verdicts_size(), request_.places_size()));
      }
      auto code = response.status().code();
      bool passes = code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kResourceExhausted ||
                    code == absl::StatusCode::kDeadlineExceeded || code == absl::StatusCode::kAborted;
      if (!passes || attempt == kAttempts) return response.status();
      import_.sleep(std::max(delay, RetryAfterOf(response.status())));
      delay *= 2;
    }
  }

  absl::Status Send() {
    if (rows_.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(ImportPlacesResponse response, Call());
    std::string lines;
    int sent = 0;
    for (const Row& row : rows_) {
      PlaceVerdict rejected;
      rejected.set_result(PlaceVerdict::RESULT_REJECTED);
      const PlaceVerdict& verdict = row.error.ok() ? response.verdicts(sent++) : rejected;
      absl::Status error = row.error;
      if (error.ok() && verdict.has_error()) error = rpc::FromRpcStatus(verdict.error());
      Count(verdict);
      lines += VerdictLine(row, verdict, error);
    }
    for (const std::string& spelling : unknown_) progress_.counts.AddUnknown(spelling);
    RETURN_IF_ERROR(verdicts_.Append(lines));
    progress_.offset = end_offset_;
    progress_.line = end_line_;
    progress_.row = row_;
    RETURN_IF_ERROR(Save());
    rows_.clear();
    unknown_.clear();
    request_.clear_places();
    batch_bytes_ = 0;
    if (import_.show) import_.show(progress_.offset, progress_.identity.file_bytes, progress_.row);
    return absl::OkStatus();
  }

  void Count(const PlaceVerdict& verdict) {
    ImportCounts& counts = progress_.counts;
    switch (verdict.result()) {
      case PlaceVerdict::RESULT_CREATED:
        ++counts.created;
        break;
      case PlaceVerdict::RESULT_UPDATED:
        ++counts.updated;
        break;
      case PlaceVerdict::RESULT_UNCHANGED:
        ++counts.unchanged;
        break;
      default:
        ++counts.rejected;
        return;
    }
    if (IsUnplaced(verdict.grid())) ++counts.unplaced;
  }

  absl::Status Save() {
    progress_.verdict_bytes = verdicts_.length();
    if (import_.verdicts.empty()) return absl::OkStatus();
    return SaveProgress(ProgressPath(import_.verdicts), progress_);
  }

  const PlaceImport& import_;
  Mapping mapping_;
  std::ifstream in_;
  std::optional<CsvReader> reader_;
  VerdictFile verdicts_;
  ImportProgress progress_;
  // The batch that is being filled.
  ImportPlacesRequest request_;
  size_t batch_bytes_ = 0;
  std::vector<Row> rows_;
  std::vector<std::string> unknown_;
  int64_t row_ = 0;
  uint64_t end_offset_ = 0;
  uint64_t end_line_ = 0;
};

}  // namespace

std::string ProgressPath(const std::string& verdicts) { return verdicts + ".progress"; }

absl::StatusOr<ImportCounts> ImportPlaces(const PlaceImport& job, Mapping mapping) {
  return Run(job, std::move(mapping)).Go();
}

}  // namespace gridwork::ctl
