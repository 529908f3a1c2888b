// Page tokens and the cursors of phones: as they come, and as what is inside of one that we sealed.
#include "common/base/page_token.h"

#include "services/tasks/sync/sync_convert.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gridwork;
  using fuzz::Must;
  const PageTokens tokens(std::string(32, 'k'));
  const std::string text(fuzz::TextOf(data, size));
  auto opened = tokens.Open({"method", "caller"}, text);
  Must(opened.ok() == text.empty(), "a token that nobody sealed is read");
  Must(tasks::OpenCursor(tokens, "CHI", text).has_value() == text.empty(), "a cursor that nobody sealed is read");

  if (text.size() > 512) return 0;
  auto back = tokens.Open({"method", "caller"}, tokens.Seal({"method", "caller"}, text));
  Must(back.ok() && *back == text, "what was sealed comes back as something else");
  Must(text.empty() || !tokens.Open({"method", "call", "er"}, tokens.Seal({"method", "caller"}, text)).ok(),
       "it is good for another question");
  auto cursor = tasks::OpenCursor(tokens, "CHI", tokens.Seal({"sync", "CHI"}, text));
  if (!cursor) return 0;
  Must(cursor->epoch >= 0 && cursor->version >= 0 && cursor->start >= 0, "a cursor before the beginning");
  Must(tasks::OpenCursor(tokens, "CHI", tasks::SealCursor(tokens, "CHI", *cursor)) == cursor, "another cursor");
  tasks::Follows(*cursor, {1, 10, 3}, 5);
  return 0;
}
