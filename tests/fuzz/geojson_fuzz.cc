// A file of areas, as `gridctl area import` reads it.
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/error.h"
#include "tests/fuzz/fuzz.h"
#include "tools/gridctl/geojson.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gridwork;
  static const int fd = ::memfd_create("areas.geojson", MFD_CLOEXEC);
  fuzz::Must(::ftruncate(fd, 0) == 0 && ::pwrite(fd, data, size, 0) == static_cast<ssize_t>(size), "no file");
  auto said = [](const absl::Status& status) { fuzz::Must(!ReasonOf(status).empty(), "refused without a reason"); };

  auto file = ctl::AreaFile::Open(fmt::format("/proc/self/fd/{}", fd));
  if (!file.ok()) {
    said(file.status());
    return 0;
  }
  int areas = 0;
  absl::Status read = file->ForEach([&](int number, const identity::v1::Area& area) {
    fuzz::Must(number >= 1 && number <= file->size() && !area.code().empty(), "an area that is none");
    ++areas;
    return absl::OkStatus();
  });
  if (!read.ok()) said(read);
  fuzz::Must(!read.ok() || areas == file->size(), "an area was left out");
  return 0;
}
