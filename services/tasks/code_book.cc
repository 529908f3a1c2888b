#include "services/tasks/code_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "common/base/embedded.h"

namespace gridwork::embedded {

const std::vector<File>& tasks_code_book();  // made at build

}  // namespace gridwork::embedded

namespace gridwork::tasks {

bool CodeList::Has(std::string_view value) const {
  return std::any_of(values.begin(), values.end(), [&](const CodeValue& v) { return v.code == value; });
}

const CodeBook& CodeBook::Shipped() {
  static const CodeBook book = [] {
    auto parsed = Parse(embedded::tasks_code_book().front().text);
    if (!parsed.ok()) {
      fmt::print(stderr, "{}\n", parsed.status().ToString());
      std::abort();
    }
    return *std::move(parsed);
  }();
  return book;
}

const Item* CodeBook::FindItem(std::string_view code) const {
  auto found = items_.find(code);
  return found == items_.end() ? nullptr : &found->second;
}

const CodeList* CodeBook::FindList(std::string_view code) const {
  auto found = lists_.find(code);
  return found == lists_.end() ? nullptr : &found->second;
}

}  // namespace gridwork::tasks
