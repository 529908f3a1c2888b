// Short texts that name something or prove something: what is read is written the same way again.
#include "common/auth/base64url.h"
#include "common/auth/one_time_code.h"
#include "common/auth/refresh_token.h"
#include "common/auth/spiffe.h"
#include "common/base/text.h"
#include "common/base/uuid.h"
#include "common/rpc/trace.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gridwork;
  using fuzz::Must;
  const std::string_view text = fuzz::TextOf(data, size);

  if (auto token = auth::ParseRefreshToken(text)) Must(token->ToText() == text, "two texts of one refresh token");
  if (auto bytes = auth::FromBase64Url(text)) Must(auth::Base64Url(*bytes) == text, "two texts of the same bytes");
  if (auto code = auth::NormaliseCode("code", text); code.ok())
    Must(code->size() == 16 && auth::NormaliseCode("code", *code).value() == *code, "a code that is not normal");
  if (auto id = Uuid::Parse(text); id.ok()) Must(Uuid::Parse(id->ToString()).value() == *id, "another id");
  if (auto etag = ParseEtag("etag", text); etag.ok())
    Must(ParseEtag("etag", EtagOf(*etag)).value() == *etag, "another version");
  if (auto path = ParseAreaPath("area", text); path.ok()) Must(*path == text, "another path");
  if (auto once = ParseText("text", text, {.max = 1'000}); once.ok())
    Must(ParseText("text", *once, {.max = 1'000}).value() == *once, "a text that is not normal");
  auth::ParseSpiffePath(text);
  ParseName("place", "places", text).IgnoreError();

  const rpc::Trace trace = rpc::Trace::Continue(text);
  Must(trace.trace_id.size() == 32 && trace.span_id.size() == 16, "a trace without ids");
  Must(rpc::Trace::Continue(trace.traceparent()).trace_id == trace.trace_id, "another trace");
  return 0;
}
