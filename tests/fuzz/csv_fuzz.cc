// A list of places, as `gridctl place import` reads it.
#include <sstream>

#include "common/base/error.h"
#include "tests/fuzz/fuzz.h"
#include "tools/gridctl/csv.h"
#include "tools/gridctl/mapping.h"

namespace gridwork::fuzz {
namespace {

using ctl::CsvReader;
using Record = std::vector<std::string>;

constexpr char kMapping[] = R"(
source: list
columns:
  id: [source_id, operator.licence_number]
  name: display_name
  type: kind
  lat: latitude
  lon: longitude
  risk: risk
kind:
  default: FOOD
  spellings:
    FOOD: [Restaurant, Coffee shop]
    SCHOOL: [School]
values:
  risk: {Risk 1 (High): RISK_1}
)";

// What was read is what is written, and what an interrupted import reads when it goes on there.
void CheckRecord(const std::string& file, uint64_t offset, uint64_t line, const Record& record) {
  std::istringstream written("header\n" + ctl::CsvLine(record)), whole(file);  // only a file begins with a mark
  Record again;
  CsvReader copy(written), later(whole);
  copy.Next(again).IgnoreError();
  const bool blank = record.size() == 1 && record[0].empty();  // written as an empty line, which is skipped
  auto read = copy.Next(again);
  Must(blank || (read.ok() && *read && again == record), "a record that is not written as it was read");
  Must(later.Seek(offset, line).ok(), "no way back");
  read = later.Next(again);
  Must(read.ok() && *read && again == record, "another record when it goes on");
}

}  // namespace
}  // namespace gridwork::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gridwork;
  using namespace gridwork::fuzz;
  const std::string file(TextOf(data, size));
  std::istringstream in(file);
  ctl::CsvReader reader(in);
  auto mapping = ctl::Mapping::Parse(kMapping);
  Must(mapping.ok(), "the mapping is broken");
  bool bound = false;
  Record record;
  for (int records = 0;; ++records) {
    const uint64_t offset = reader.offset(), line = reader.line();
    auto next = reader.Next(record);
    if (!next.ok()) {
      Must(ReasonOf(next.status()) == "BAD_CSV", "refused for another reason");
      return 0;
    }
    if (!*next) return 0;
    Must(reader.offset() > offset && reader.offset() <= file.size(), "it does not get on");
    if (records < 10) CheckRecord(file, offset, line, record);
    if (records == 0) {
      bound = mapping->Bind(record).ok();
    } else if (bound) {
      ctl::MappedRow row = mapping->Map(record);
      Must(row.error.ok() || ReasonOf(row.error) == "BAD_FIELD", "a row is refused for another reason");
    }
  }
}
