#include "common/objects/s3_store.h"

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include <charconv>
#include <stdexcept>

#include "common/base/sha256.h"
#include "common/base/status_macros.h"

namespace gridwork::objects {
namespace {

constexpr long kConnectTimeoutMs = 2'000;
constexpr long kTimeoutMs = 20'000;
constexpr size_t kAnswerBytes = 32u << 20;  // more than any object: a store that sends on and on is broken

size_t Append(char* data, size_t size, size_t count, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() + size * count > kAnswerBytes) return 0;
  body.append(data, size * count);
  return size * count;
}

absl::Status Refused(long code) { return ObjectsAway(fmt::format("it answered with status {}", code)); }

std::string TextOf(const xmlNode* node) {
  xmlChar* text = xmlNodeGetContent(node);
  std::string out = text ? reinterpret_cast<const char*>(text) : "";
  xmlFree(text);
  return out;
}

bool Named(const xmlNode* node, const char* name) {
  return node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, reinterpret_cast<const xmlChar*>(name));
}

// One <Contents> of a list.
absl::StatusOr<ObjectInfo> ToInfo(const xmlNode* contents) {
  ObjectInfo out;
  std::string size, modified, why;
  for (const xmlNode* field = contents->children; field != nullptr; field = field->next) {
    if (Named(field, "Key")) out.key = TextOf(field);
    if (Named(field, "Size")) size = TextOf(field);
    if (Named(field, "LastModified")) modified = TextOf(field);
  }
  auto read = std::from_chars(size.data(), size.data() + size.size(), out.bytes);
  if (out.key.empty() || size.empty() || read.ptr != size.data() + size.size() ||
      !absl::ParseTime(absl::RFC3339_full, modified, &out.modified, &why))
    return ObjectsAway("its list cannot be read");
  return out;
}

absl::StatusOr<std::vector<ObjectInfo>> ParseList(const std::string& xml) {
  using Document = std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)>;
  Document document(xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr,
                                  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING),
                    &xmlFreeDoc);
  const xmlNode* root = document ? xmlDocGetRootElement(document.get()) : nullptr;
  if (root == nullptr || !Named(root, "ListBucketResult")) return ObjectsAway("its list cannot be read");
  std::vector<ObjectInfo> out;
  for (const xmlNode* node = root->children; node != nullptr; node = node->next) {
    if (!Named(node, "Contents")) continue;
    ASSIGN_OR_RETURN(ObjectInfo info, ToInfo(node));
    out.push_back(std::move(info));
  }
  return out;
}

}  // namespace

S3Store::S3Store(S3Config config)
    : config_(std::move(config)),
      signing_(fmt::format("aws:amz:{}:s3", config_.region)),
      user_(fmt::format("{}:{}", config_.access_key, config_.secret_key)) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw std::runtime_error("libcurl does not start");
}

S3Store::~S3Store() {
  MutexLock lock(mu_);
  for (CURL* handle : idle_) curl_easy_cleanup(handle);
}

absl::Status S3Store::Put(const std::string& key, std::string_view bytes) {
  if (!IsObjectKey(key)) return absl::InternalError("not a key of an object");
  ASSIGN_OR_RETURN(Response response, Send({.verb = "PUT", .url = UrlOf(key), .body = bytes}));
  return response.code == 200 ? absl::OkStatus() : Refused(response.code);
}

absl::StatusOr<std::string> S3Store::Get(const std::string& key, int64_t offset, int64_t limit) {
  if (!IsObjectKey(key)) return absl::InternalError("not a key of an object");
  ASSIGN_OR_RETURN(Response response,
                   Send({.verb = "GET", .url = UrlOf(key), .range = fmt::format("{}-{}", offset, offset + limit - 1)}));
  if (response.code == 206) return std::move(response.body);
  if (response.code == 404) return absl::NotFoundError("no such object");
  if (response.code == 416) return std::string();  // from the end on
  return Refused(response.code);
}

absl::Status S3Store::Delete(const std::string& key) {
  if (!IsObjectKey(key)) return absl::InternalError("not a key of an object");
  ASSIGN_OR_RETURN(Response response, Send({.verb = "DELETE", .url = UrlOf(key)}));
  return response.code == 204 || response.code == 200 || response.code == 404 ? absl::OkStatus()
                                                                              : Refused(response.code);
}

absl::StatusOr<std::vector<ObjectInfo>> S3Store::List(const std::string& prefix, const std::string& after,
                                                      size_t limit) {
  if (!prefix.ends_with('/') || !IsObjectKey(prefix.substr(0, prefix.size() - 1)) ||
      (!after.empty() && !IsObjectKey(after)))
    return absl::InternalError("not a prefix of keys");
  auto escaped = [](std::string text) {
    for (size_t at = 0; (at = text.find('/', at)) != text.npos; at += 3) text.replace(at, 1, "%2F");
    return text;
  };
  // In alphabetical order, and escaped, as the signature wants it.
  const std::string url = fmt::format("{}?list-type=2&max-keys={}&prefix={}{}", config_.bucket_url, limit,
                                      escaped(prefix), after.empty() ? "" : "&start-after=" + escaped(after));
  ASSIGN_OR_RETURN(Response response, Send({.verb = "GET", .url = url}));
  if (response.code != 200) return Refused(response.code);
  return ParseList(response.body);
}

absl::StatusOr<S3Store::Response> S3Store::Send(const Request& request) {
  CURL* handle = TakeHandle();
  if (handle == nullptr) return absl::InternalError("libcurl makes no handle");
  Response response;
  auto set = [&](auto option, auto value) { curl_easy_setopt(handle, option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_CUSTOMREQUEST, request.verb);
  if (request.verb == std::string_view("PUT")) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
  }
  if (!request.range.empty()) set(CURLOPT_RANGE, request.range.c_str());
  set(CURLOPT_AWS_SIGV4, signing_.c_str());
  set(CURLOPT_USERPWD, user_.c_str());
  if (!config_.ca_file.empty()) set(CURLOPT_CAINFO, config_.ca_file.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  set(CURLOPT_TIMEOUT_MS, kTimeoutMs);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_WRITEFUNCTION, &Append);
  set(CURLOPT_WRITEDATA, &response.body);
  // S3 wants to be told what was signed, which this libcurl does only when it is given the header.
  const std::string hash = "x-amz-content-sha256: " + Hex(ToBytes(Sha256Of(request.body)));
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(curl_slist_append(nullptr, hash.c_str()), "Content-Type: application/octet-stream"),
      &curl_slist_free_all);
  set(CURLOPT_HTTPHEADER, headers.get());

  const CURLcode result = curl_easy_perform(handle);
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &response.code);
  GiveBack(handle);
  if (result != CURLE_OK) return ObjectsAway(curl_easy_strerror(result));
  return response;
}

CURL* S3Store::TakeHandle() {
  {
    MutexLock lock(mu_);
    if (!idle_.empty()) {
      CURL* handle = idle_.back();
      idle_.pop_back();
      return handle;
    }
  }
  return curl_easy_init();
}

void S3Store::GiveBack(CURL* handle) {
  curl_easy_reset(handle);  // keeps the connection
  MutexLock lock(mu_);
  idle_.push_back(handle);
}

}  // namespace gridwork::objects
