// Photos of results: handing in, looking at.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "common/base/sha256.h"
#include "gridwork/tasks/v1/attachment_service.grpc.pb.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/files.h"
#include "tools/gridctl/lookup.h"
#include "tools/gridctl/task_text.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using namespace tasks::v1;  // NOLINT(google-build-using-namespace)

constexpr size_t kPieceBytes = 131'072;  // attachment_service.proto says so

std::string TextOf(const Attachment& attachment) {
  Card card;
  card.Add("name", attachment.name());
  card.Add("state", EnumText(attachment.state()));
  card.Add("why", EnumText(attachment.reject_reason()));
  card.Add("task", attachment.task());
  card.Add("attempt", std::to_string(attachment.attempt()));
  card.Add("received", fmt::format("{} of {} bytes", attachment.received_bytes(), attachment.size_bytes()));
  card.Add("type", attachment.content_type());
  card.Add("sha256", Hex(attachment.sha256()));
  return card.ToString();
}

// ---- put

struct PutArgs {
  std::string file;
  std::string task;
  int attempt = 0;
  std::string request_id;
};

void DeclarePut(CLI::App& command, PutArgs& args) {
  command.add_option("file", args.file, "JPEG, PNG or WebP, at most 10 MiB")->required()->type_name("FILE");
  command.add_option("--task", args.task, "Whose result names it")->required()->type_name("TASK");
  AddAttempt(command, args.attempt);
  AddRequestId(command, args.request_id);
}

absl::Status Put(Context& context, const PutArgs& args) {
  ASSIGN_OR_RETURN(const std::string picture, ReadFile(args.file));
  CreateAttachmentRequest create;
  ASSIGN_OR_RETURN(*create.mutable_request_id(), context.RequestId(args.request_id));
  create.set_parent(NameIn("tasks", args.task));
  create.set_attempt(args.attempt);
  create.set_sha256(ToBytes(Sha256Of(picture)));
  create.set_size_bytes(static_cast<int64_t>(picture.size()));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(auto attachment, session->Call(&AttachmentService::Stub::CreateAttachment, create));
  ProgressBar bar(stderr, context.ProgressStyle(), "pieces");
  while (attachment.state() == Attachment::STATE_UPLOADING) {
    UploadChunkRequest piece;
    piece.set_name(attachment.name());
    piece.set_offset(attachment.received_bytes());
    piece.set_data(picture.substr(static_cast<size_t>(piece.offset()), kPieceBytes));
    ASSIGN_OR_RETURN(attachment, session->Call(&AttachmentService::Stub::UploadChunk, piece, As::kBulk));
    bar.Show(static_cast<uint64_t>(attachment.received_bytes()), picture.size(),
             attachment.received_bytes() / static_cast<int64_t>(kPieceBytes));
  }
  bar.Finish();
  context.output.Emit(attachment, TextOf(attachment));
  if (attachment.state() != Attachment::STATE_READY)
    return Error(absl::StatusCode::kFailedPrecondition, "ATTACHMENT_REJECTED",
                 fmt::format("{}: {}", args.file, EnumText(attachment.reject_reason())));
  return absl::OkStatus();
}

// ---- get

struct GetArgs {
  std::string name;
  std::string out;
};

void DeclareGet(CLI::App& command, GetArgs& args) {
  command.add_option("name", args.name, "attachments/UUID")->required()->type_name("NAME");
  command.add_option("--out", args.out, "Where the picture is written")->required()->type_name("FILE");
}

// Appends what is missing to `part`, so that a download that was cut goes on.
absl::Status Download(Session& session, const Attachment& attachment, const std::string& part) {
  std::error_code none;
  const auto have = std::filesystem::file_size(part, none);
  int64_t offset = none ? 0 : static_cast<int64_t>(have);
  std::ofstream file(part, std::ios::binary | std::ios::app);
  std::filesystem::permissions(part, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, none);
  while (offset < attachment.stored_bytes()) {
    DownloadChunkRequest request;
    request.set_name(attachment.name());
    request.set_offset(offset);
    ASSIGN_OR_RETURN(auto piece, session.Call(&AttachmentService::Stub::DownloadChunk, request, As::kBulk));
    if (piece.data().empty()) break;
    file << piece.data() << std::flush;
    if (!file) return Error(absl::StatusCode::kInternal, "FILE_NOT_WRITTEN", fmt::format("cannot write {}", part));
    offset += static_cast<int64_t>(piece.data().size());
  }
  return absl::OkStatus();
}

absl::Status Get(Context& context, const GetArgs& args) {
  GetAttachmentRequest request;
  request.set_name(NameIn("attachments", args.name));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(auto attachment, session->Call(&AttachmentService::Stub::GetAttachment, request));
  const std::string part = fmt::format("{}.{}.part", args.out, LastPart(attachment.name()));
  RETURN_IF_ERROR(Download(*session, attachment, part));
  ASSIGN_OR_RETURN(const std::string picture, ReadFile(part));
  std::error_code ignored;
  std::filesystem::remove(part, ignored);
  if (ToBytes(Sha256Of(picture)) != attachment.stored_sha256())
    return Error(absl::StatusCode::kDataLoss, "SHA256_MISMATCH", "what was downloaded is not what was kept; try again");
  RETURN_IF_ERROR(WriteFile(args.out, picture, 0600));
  context.output.Emit(attachment, TextOf(attachment));
  return absl::OkStatus();
}

// ---- list

struct ListArgs {
  std::string task;
  int limit = 100;
};

void DeclareList(CLI::App& command, ListArgs& args) {
  AddTaskName(command, args.task);
  AddLimit(command, args.limit);
}

absl::Status List(Context& context, const ListArgs& args) {
  ListAttachmentsRequest request;
  request.set_parent(NameIn("tasks", args.task));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  auto fetch = [&](const ListAttachmentsRequest& page) {
    return session->Call(&AttachmentService::Stub::ListAttachments, page);
  };
  auto all = ReadPages<ListAttachmentsRequest, ListAttachmentsResponse>(
      request, args.limit, [](const auto& response) { return response.attachments_size(); }, fetch);
  if (!all.ok()) return all.status();
  Table table({"NAME", "STATE", "ATTEMPT", "RECEIVED", "BYTES", "TYPE"});
  for (size_t column : {2, 3, 4}) table.AlignRight(column);
  for (const Attachment& attachment : all->attachments())
    table.Add({attachment.name(), EnumText(attachment.state()), std::to_string(attachment.attempt()),
               std::to_string(attachment.received_bytes()), std::to_string(attachment.size_bytes()),
               attachment.content_type()});
  std::string text = table.ToString();
  for (const AwaitedPhoto& photo : all->awaited_photos())
    text += fmt::format("awaited: {} of attempt {}, {}\n", photo.key(), photo.attempt(), Hex(photo.sha256()));
  context.output.Emit(*all, text);
  return absl::OkStatus();
}

}  // namespace

void AddAttachmentCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "attachment", "Photos as evidence of results");
  AddCommand<PutArgs>(group, context,
                      {"put", "Uploads a photo of a task that you claimed; goes on where an earlier try was cut",
                       "  gridctl attachment put sinks.jpg --task tasks/01936b2f-... --attempt 1"},
                      DeclarePut, Put);
  AddCommand<GetArgs>(group, context,
                      {"get", "Downloads a photo; goes on where an earlier try was cut",
                       "  gridctl attachment get attachments/01936b30-... --out sinks.jpg"},
                      DeclareGet, Get);
  AddCommand<ListArgs>(group, context,
                       {"list", "Photos of a task, and those that its results name and that are awaited",
                        "  gridctl attachment list tasks/01936b2f-..."},
                       DeclareList, List);
}

}  // namespace gridwork::ctl
