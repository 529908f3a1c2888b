#include "common/config/config.h"

#include <absl/flags/parse.h>
#include <fmt/format.h>
#include <sodium.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace gridwork::config {

void Wrong(std::string_view message) {
  fmt::print(stderr, "configuration: {}\n", message);
  std::exit(2);
}

void Must(std::string_view what, const absl::Status& status) {
  if (!status.ok()) Wrong(fmt::format("{}: {}", what, std::string(status.message())));
}

void ParseFlags(int argc, char** argv) {
  if (absl::ParseCommandLine(argc, argv).size() > 1)
    Wrong("unexpected argument; every setting is a --flag (see --help)");
}

std::string ReadFile(std::string_view flag, const std::string& path) {
  if (path.empty()) Wrong(fmt::format("--{} is not set", flag));
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) Wrong(fmt::format("--{}: cannot read {}", flag, path));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) Wrong(fmt::format("--{}: {} is empty", flag, path));
  return text;
}

std::string ReadKey(std::string_view flag, const std::string& path) {
  std::string hex = ReadFile(flag, path), key(32, '\0');
  size_t size = 0;
  const char* end = nullptr;
  if (sodium_hex2bin(reinterpret_cast<unsigned char*>(key.data()), key.size(), hex.data(), hex.size(), nullptr, &size,
                     &end) != 0 ||
      size != key.size() || end != hex.data() + hex.size())
    Wrong(fmt::format("--{}: {} must hold 64 hexadecimal digits", flag, path));
  return key;
}

HostPort ParseHostPort(std::string_view flag, const std::string& text) {
  size_t colon = text.rfind(':');
  HostPort out;
  const char* end = text.data() + text.size();
  if (colon != text.npos && colon > 0) {
    out.host = text.substr(0, colon);
    auto [at, error] = std::from_chars(text.data() + colon + 1, end, out.port);
    if (error == std::errc() && at == end && out.port >= 0 && out.port <= 65535) return out;
  }
  Wrong(fmt::format("--{}: {} is not host:port", flag, text));
}

}  // namespace gridwork::config
