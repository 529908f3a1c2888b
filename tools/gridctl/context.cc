#include "tools/gridctl/context.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include "common/base/uuid.h"
#include "tools/gridctl/exit_code.h"

namespace gridwork::ctl {

SessionOptions Context::Options() const {
  return {.password_file = password_file, .purpose = purpose, .timeout = absl::Seconds(timeout_seconds)};
}

absl::StatusOr<Session*> Context::Open() {
  if (session_ != nullptr) return session_.get();
  ASSIGN_OR_RETURN(ProfileFolder folder, Folder());
  ASSIGN_OR_RETURN(Profile loaded, folder.Load());
  session_ = std::make_unique<Session>(std::move(folder), std::move(loaded), Options());
  return session_.get();
}

absl::StatusOr<std::string> Context::RequestId(const std::string& given) {
  last_request_id = given;
  if (given.empty()) last_request_id = Uuid::V7(absl::Now()).ToString();
  auto id = Uuid::Parse(last_request_id);
  if (!id.ok() || id->version() != 7) return UsageError("--request-id: a UUID of version 7");
  return last_request_id;
}

void Context::Note(std::string_view line) const {
  if (!quiet) fmt::print(stderr, "{}\n", Printable(line));
}

CLI::App& AddGroup(CLI::App& app, const char* name, const char* what) {
  CLI::App* group = app.add_subcommand(name, what);
  group->require_subcommand(1);
  return *group;
}

void AddRequestId(CLI::App& command, std::string& request_id) {
  command.add_option("--request-id", request_id, "Repeats a write whose outcome was not seen: it is done once")
      ->type_name("UUID");
}

void AddLimit(CLI::App& command, int& limit) {
  command.add_option("--limit", limit, "Rows at most; 0 for all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("N");
}

void AddAllCommands(CLI::App& app, Context& context) {
  app.description("Works with areas, staff, places and tasks of a Gridwork installation.");
  app.footer(
      "First steps:\n"
      "  gridctl bootstrap --identity HOST:PORT --tasks HOST:PORT --authority ca.pem --secret-file F \\\n"
      "      --root CHI --root-name Chicago --username admin --name \"First Administrator\"\n"
      "  gridctl device enrol --code CODE --password-file P\n"
      "  gridctl login\n"
      "  gridctl area import areas.geojson --root CHI\n"
      "\n"
      "Exit codes: 0 done, 1 other error, 2 usage, 3 not found, 4 refused or not logged in, 5 conflict,\n"
      "6 bad input (also: rows were rejected), 7 service away or busy.\n"
      "Each command has its own --help with examples. Completion: eval \"$(gridctl completion bash)\"");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--profile", context.profile,
                 "Folder below ~/.config/gridctl (or $GRIDCTL_HOME) with keys and targets")
      ->envname("GRIDCTL_PROFILE")
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--password-file", context.password_file, "File with the password: logs in whenever it is needed")
      ->envname("GRIDCTL_PASSWORD_FILE")
      ->type_name("FILE");
  app.add_option("--timeout", context.timeout_seconds, "Of one call, in seconds; imports get at least 120")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str()
      ->type_name("SECONDS");
  app.add_option("--purpose", context.purpose, "Why personal data is looked at: ADMINISTRATION or DISPATCH")
      ->type_name("PURPOSE");
  app.add_flag("--json", context.json, "One JSON document for scripts instead of a table");
  app.add_flag("--quiet", context.quiet, "No progress and no notes");
  AddDeviceCommands(app, context);
  AddAreaCommands(app, context);
  AddStaffCommands(app, context);
  AddPlaceCommands(app, context);
  AddKindCommands(app, context);
  AddTaskCommands(app, context);
  AddQueueCommands(app, context);
  AddSyncCommands(app, context);
  AddAttachmentCommands(app, context);
  AddCompletionCommand(app, context);
}

}  // namespace gridwork::ctl
