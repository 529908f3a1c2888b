#include "tools/gridctl/completion.h"

#include <fmt/format.h>

#include "tools/gridctl/context.h"

namespace gridwork::ctl {
namespace {

const char kHead[] = R"BASH(# bash completion of gridctl; use: eval "$(gridctl completion bash)"
_gridctl() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= i
  local words= values= files=
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${COMP_WORDS[i]}" in
)BASH";

// One arm for each command, so that the path is made of commands and of nothing else.
const char kMiddle[] = R"BASH(        path+=" ${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path" in
)BASH";

const char kTail[] = R"BASH(  esac
  case " $values " in
    *" $before "*)
      case " $files " in
        *" $before "*) COMPREPLY=($(compgen -f -- "$word")) ;;
      esac
      return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [ ${#COMPREPLY[@]} = 0 ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _gridctl gridctl
)BASH";

struct Words {
  std::string all;     // commands and options
  std::string values;  // options that take a value
  std::string files;   // those of them that take a file

  void Add(std::string& list, const std::string& word) { list += (list.empty() ? "" : " ") + word; }
  void AddOptions(const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        Add(all, "--" + name);
        if (option->get_items_expected_max() == 0) continue;
        Add(values, "--" + name);
        if (option->get_type_name() == "FILE") Add(files, "--" + name);
      }
    }
  }
};

std::vector<const CLI::App*> CommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

void AddPaths(const CLI::App& app, const std::string& path, std::string& out) {
  for (const CLI::App* command : CommandsOf(app)) {
    std::string longer = path + " " + command->get_name();
    out += (out.empty() ? "      \"" : " | \\\n      \"") + longer + "\"";
    AddPaths(*command, longer, out);
  }
}

void AddArms(const CLI::App& root, const CLI::App& app, const std::string& path, std::string& out) {
  Words words;
  for (const CLI::App* command : CommandsOf(app)) words.Add(words.all, command->get_name());
  words.AddOptions(app);
  if (&root != &app) words.AddOptions(root);
  fmt::format_to(std::back_inserter(out), "    \"{}\") words=\"{}\" values=\"{}\" files=\"{}\" ;;\n", path, words.all,
                 words.values, words.files);
  for (const CLI::App* command : CommandsOf(app)) AddArms(root, *command, path + " " + command->get_name(), out);
}

struct CompletionArgs {
  std::string shell;
};

}  // namespace

std::string BashCompletion(const CLI::App& app) {
  std::string paths;
  AddPaths(app, "", paths);
  std::string arms;
  AddArms(app, app, "", arms);
  return kHead + paths + ")\n" + kMiddle + arms + kTail;
}

void AddCompletionCommand(CLI::App& app, Context& context) {
  auto args = std::make_shared<CompletionArgs>();
  CLI::App* command = app.add_subcommand("completion", "Prints a script for completion in the shell");
  command->footer(
      "Examples:\n  eval \"$(gridctl completion bash)\"\n"
      "  gridctl completion bash > /etc/bash_completion.d/gridctl");
  command->add_option("shell", args->shell, "bash")->required()->check(CLI::IsMember({"bash"}));
  command->callback([&app, &context, args] {
    context.action = [&app, &context] {
      context.output.set_json(false);  // a script is no document
      context.output.EmitJson("", BashCompletion(app));
      return absl::OkStatus();
    };
  });
}

}  // namespace gridwork::ctl
