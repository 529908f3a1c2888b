// Completion for the shell, made from the commands themselves.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace gridwork::ctl {

// A bash script: words of commands and options; files after an option or argument that takes one.
std::string BashCompletion(const CLI::App& app);

}  // namespace gridwork::ctl
