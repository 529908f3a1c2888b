// Reading a configuration: flags (on the command line, in a --flagfile, or from the environment by --fromenv) and
// secrets from files. What is wrong stops the process with one clear line: a service never limps.
#pragma once
#include <absl/status/status.h>

#include <string>
#include <string_view>

namespace gridwork::config {

// Prints "configuration: <message>" and exits with status 2.
[[noreturn]] void Wrong(std::string_view message);

// Stops the process with "configuration: <what>: <message>" unless `status` is OK.
void Must(std::string_view what, const absl::Status& status);

// Parses the flags; refuses positional arguments.
void ParseFlags(int argc, char** argv);

// The text of a file that flag `flag` names, without line ends at its end. Stops the process when the flag is empty or
// the file unreadable or empty. Secrets come only this way: never in a flag, where a process list shows them.
std::string ReadFile(std::string_view flag, const std::string& path);

// 32 bytes from a file of 64 hexadecimal digits.
std::string ReadKey(std::string_view flag, const std::string& path);

// "127.0.0.1:17001" -> its parts.
struct HostPort {
  std::string host;
  int port = 0;
};
HostPort ParseHostPort(std::string_view flag, const std::string& text);

}  // namespace gridwork::config
