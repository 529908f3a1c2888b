#include "services/identity/sessions/mysql_revocation_store.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include <charconv>

#include "common/base/status_macros.h"
#include "common/mysql/transaction.h"

namespace gridwork::identity {
namespace {

using mysql::Transaction;

constexpr char kNextVersion[] =
    "INSERT INTO revocation_clock (id, version) VALUES (1, 1) ON DUPLICATE KEY UPDATE version = version + 1";
constexpr char kVersion[] = "SELECT version FROM revocation_clock WHERE id = 1";
constexpr char kAdd[] =
    "INSERT INTO revocation (version, id, kind, subject, below, until_us) VALUES (?, ?, ?, ?, ?, ?)";
// Never the newest, which is the cursor of every poller.
constexpr char kPurge[] = "DELETE FROM revocation WHERE until_us < ? AND version < ? ORDER BY version LIMIT 100";
constexpr char kKnows[] = "SELECT 1 FROM revocation WHERE version = ? AND id = ?";
constexpr char kRead[] =
    "SELECT version, id, kind, subject, below, until_us FROM revocation WHERE version > ? ORDER BY version LIMIT ?";

// Version and id of an entry: "17.0190...". A crash may take back a version that was seen; the id tells the difference.
struct Cursor {
  int64_t version = 0;
  Uuid id;
};

std::string ToText(const Cursor& cursor) { return fmt::format("{}.{}", cursor.version, cursor.id.ToString()); }

std::optional<Cursor> ParseCursor(const std::string& text) {
  Cursor cursor;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cursor.version);
  if (error != std::errc() || end == text.data() + text.size() || *end != '.') return std::nullopt;
  auto id = Uuid::Parse(std::string_view(text).substr(end + 1 - text.data()));
  if (!id.ok()) return std::nullopt;
  cursor.id = *id;
  return cursor;
}

absl::Time Soon() { return absl::Now() + absl::Seconds(5); }

}  // namespace

absl::Status MysqlRevocationStore::Add(Unit& unit, const auth::Revocation& revocation, absl::Time now) {
  auto& transaction = Transaction::Of(unit);
  RETURN_IF_ERROR(transaction.Execute(kNextVersion).status());
  ASSIGN_OR_RETURN(mysql::Rows rows, transaction.Query(kVersion));
  const auto version = rows[0].Get<int64_t>(0);
  RETURN_IF_ERROR(transaction
                      .Execute(kAdd, version, Uuid::V7(now), static_cast<int>(revocation.kind), revocation.subject,
                               revocation.below, revocation.until)
                      .status());
  return transaction.Execute(kPurge, now, version).status();
}

absl::StatusOr<auth::RevocationPage> MysqlRevocationStore::Read(const std::string& text, size_t limit) {
  std::optional<Cursor> cursor = ParseCursor(text);
  if (cursor) {
    ASSIGN_OR_RETURN(mysql::Rows known, database_.Query(Soon(), kKnows, cursor->version, cursor->id));
    if (known.empty()) cursor.reset();
  }
  auth::RevocationPage page{.from_start = !cursor, .cursor = cursor ? text : ""};
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), kRead, cursor ? cursor->version : 0, limit + 1));
  for (mysql::Row row : rows) {
    if (page.entries.size() == limit) {
      page.more = true;
      break;
    }
    page.entries.push_back({.kind = static_cast<auth::Revocation::Kind>(row.Get<uint8_t>("kind")),
                            .subject = row.Get<std::string>("subject"),
                            .below = row.Get<int64_t>("below"),
                            .until = row.Get<absl::Time>("until_us")});
    page.cursor = ToText({row.Get<int64_t>("version"), row.Get<Uuid>("id")});
  }
  return page;
}

}  // namespace gridwork::identity
