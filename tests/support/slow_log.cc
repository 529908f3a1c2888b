// LD_PRELOAD: a disk that takes GRIDWORK_LOG_DELAY_US longer for each write of InnoDB's log.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

void WaitForLog(int file) {
  char link[64], path[512];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = 0;
  const char* delay = std::getenv("GRIDWORK_LOG_DELAY_US");
  if (delay != nullptr && std::strstr(path, "ib_logfile") != nullptr)
    usleep(static_cast<useconds_t>(std::strtoul(delay, nullptr, 10)));
}

using Pwrite = ssize_t (*)(int, const void*, size_t, off_t);

}  // namespace

extern "C" ssize_t pwrite64(int file, const void* bytes, size_t count, off_t at) {
  static const auto real = reinterpret_cast<Pwrite>(dlsym(RTLD_NEXT, "pwrite64"));
  WaitForLog(file);
  return real(file, bytes, count, at);
}

extern "C" ssize_t pwrite(int file, const void* bytes, size_t count, off_t at) {
  return pwrite64(file, bytes, count, at);
}
