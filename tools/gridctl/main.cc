// gridctl: everything that an operator, a tester or a script wants from the APIs.
#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/gridctl/context.h"
#include "tools/gridctl/exit_code.h"

namespace {

using gridwork::ctl::ExitCode;

// "-87.63" is a longitude and no option: with a blank in front nobody takes it for one.
std::vector<std::string> Arguments(int argc, char** argv) {
  std::vector<std::string> out(argv + 1, argv + argc);
  for (std::string& text : out) {
    bool number = text.size() > 1 && text[0] == '-' && ((text[1] >= '0' && text[1] <= '9') || text[1] == '.');
    if (number) text.insert(0, " ");
  }
  return {out.rbegin(), out.rend()};  // CLI11 takes them from the back
}

int Run(int argc, char** argv) {
  gridwork::ctl::Context context;
  CLI::App app("", "gridctl");
  gridwork::ctl::AddAllCommands(app, context);
  try {
    app.parse(Arguments(argc, argv));
  } catch (const CLI::ParseError& error) {
    bool asked_for_help = error.get_exit_code() == 0;
    auto unknown = app.remaining(true);
    if (!asked_for_help && !unknown.empty()) fmt::print(stderr, "error: not known here: {}\n", unknown.front());
    app.exit(error);
    return static_cast<int>(asked_for_help ? ExitCode::kOk : ExitCode::kUsage);
  }
  context.output.set_json(context.json);
  absl::Status status = context.action();
  if (status.ok()) return static_cast<int>(ExitCode::kOk);
  ExitCode code = gridwork::ctl::ExitCodeOf(status);
  fmt::print(stderr, "{}", context.json ? gridwork::ctl::ErrorJson(status) : gridwork::ctl::ErrorText(status));
  if (code == ExitCode::kUnavailable && !context.last_request_id.empty()) {
    context.Note("It may have been done. To repeat it safely, add: --request-id " + context.last_request_id);
  }
  return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
  google::protobuf::SetLogHandler(nullptr);  // what is wrong with a message is in the status
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return static_cast<int>(ExitCode::kOther);
  }
}
