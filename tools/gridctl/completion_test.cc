#include "tools/gridctl/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "tools/gridctl/context.h"
#include "tools/gridctl/files.h"

namespace gridwork::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

// What bash offers for a command line whose last word is being typed.
std::string Offered(const std::string& words) {
  Context context;
  CLI::App app("", "gridctl");
  AddAllCommands(app, context);
  std::string script = testing::TempDir() + "/gridctl_completion_test.sh";
  std::string text = BashCompletion(app) + "COMP_WORDS=(" + words +
                     ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_gridctl\necho \" ${COMPREPLY[*]} \"\n";
  EXPECT_TRUE(WriteFile(script, text, 0600).ok());
  FILE* pipe = popen(("bash -eu " + script + " 2>&1").c_str(), "r");  // NOLINT(cert-env33-c)
  std::array<char, 4096> buffer{};
  std::string out;
  while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) out += buffer.data();
  EXPECT_EQ(pclose(pipe), 0) << out;
  return out;
}

TEST(Completion, OffersCommandsAndOptions) {
  EXPECT_THAT(Offered("gridctl ''"), HasSubstr(" area "));
  EXPECT_THAT(Offered("gridctl ar"), HasSubstr(" area "));
  EXPECT_THAT(Offered("gridctl area ''"), HasSubstr(" import "));
  EXPECT_THAT(Offered("gridctl --json area im"), HasSubstr(" import "));
  EXPECT_THAT(Offered("gridctl --profile x staff gr"), HasSubstr(" grant "));
  EXPECT_THAT(Offered("gridctl place import x.csv --dr"), HasSubstr(" --dry-run "));
  EXPECT_THAT(Offered("gridctl place import --js"), HasSubstr(" --json ")) << "options of the program go anywhere";
  EXPECT_THAT(Offered("gridctl place import --root ''"), Not(HasSubstr("--"))) << "a value is needed";
}

// Every command teaches.
void CheckHelp(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    EXPECT_FALSE(command->get_description().empty()) << command->get_name();
    bool is_group = !command->get_subcommands([](const CLI::App*) { return true; }).empty();
    if (!is_group) {
      EXPECT_THAT(command->get_footer(), HasSubstr("  gridctl ")) << command->get_name();
    }
    for (const CLI::Option* option : command->get_options()) {
      EXPECT_FALSE(option->get_description().empty()) << command->get_name() << " " << option->get_name();
    }
    CheckHelp(*command);
  }
}

TEST(Help, EveryCommandHasAnExampleAndEveryOptionADescription) {
  Context context;
  CLI::App app("", "gridctl");
  AddAllCommands(app, context);
  CheckHelp(app);
}

}  // namespace
}  // namespace gridwork::ctl
