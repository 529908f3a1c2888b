// What every command gets: the options that all have, where to print, and a session when it asks for one.
#pragma once
#include <absl/status/statusor.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "tools/gridctl/output.h"
#include "tools/gridctl/progress_bar.h"
#include "tools/gridctl/session.h"

namespace gridwork::ctl {

class Context {
 public:
  // Options of the whole program.
  std::string profile = "default";
  std::string password_file;
  std::string purpose;
  double timeout_seconds = 10;
  bool json = false;
  bool quiet = false;

  Output output;
  // What the command line asked for; set while it is parsed, run afterwards.
  std::function<absl::Status()> action;
  // A write whose outcome may be unknown: it can be repeated under this id.
  std::string last_request_id;

  absl::StatusOr<ProfileFolder> Folder() const { return ProfileFolder::Of(profile); }
  absl::StatusOr<Session*> Open();
  SessionOptions Options() const;

  // `given` (--request-id) when it is a UUID of version 7, else a new one.
  absl::StatusOr<std::string> RequestId(const std::string& given);

  ProgressBar::Style ProgressStyle() const { return quiet ? ProgressBar::Style::kNone : ProgressBar::StyleFor(stderr); }
  // To standard error, unless --quiet.
  void Note(std::string_view line) const;

 private:
  std::unique_ptr<Session> session_;
};

struct CommandText {
  const char* name;
  const char* what;      // one sentence
  const char* examples;  // command lines, without the indent
};

// A subcommand of `group`: `declare` adds its options to Args, `run` does it.
template <class Args>
void AddCommand(CLI::App& group, Context& context, const CommandText& text, void (*declare)(CLI::App&, Args&),
                absl::Status (*run)(Context&, const Args&)) {
  auto args = std::make_shared<Args>();
  CLI::App* command = group.add_subcommand(text.name, text.what);
  command->footer(std::string("Examples:\n") + text.examples);
  declare(*command, *args);
  command->callback([&context, args, run] { context.action = [&context, args, run] { return run(context, *args); }; });
}

// A group of commands ("area"), one of which is needed.
CLI::App& AddGroup(CLI::App& app, const char* name, const char* what);

void AddRequestId(CLI::App& command, std::string& request_id);
void AddLimit(CLI::App& command, int& limit);

// The groups.
void AddAreaCommands(CLI::App& app, Context& context);
void AddAreaChangeCommands(CLI::App& group, Context& context);  // of the group "area"
void AddStaffCommands(CLI::App& app, Context& context);
void AddDeviceCommands(CLI::App& app, Context& context);  // bootstrap and login, too
void AddPlaceCommands(CLI::App& app, Context& context);
void AddKindCommands(CLI::App& app, Context& context);
void AddTaskCommands(CLI::App& app, Context& context);
void AddQueueCommands(CLI::App& app, Context& context);
void AddSyncCommands(CLI::App& app, Context& context);  // conflicts, too
void AddAttachmentCommands(CLI::App& app, Context& context);
void AddCompletionCommand(CLI::App& app, Context& context);

// The whole program.
void AddAllCommands(CLI::App& app, Context& context);

}  // namespace gridwork::ctl
