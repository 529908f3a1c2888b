#include "common/mysql/connection.h"

#include <cppconn/datatype.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>
#include <fmt/format.h>
#include <mysql_connection.h>
#include <mysql_driver.h>

#include <list>
#include <string>
#include <unordered_map>
#include <utility>

#include "common/base/status_macros.h"
#include "common/mysql/errors.h"

namespace gridwork::mysql {
namespace {

constexpr size_t kLongestCachedText = 4096;

sql::SQLString Sql(std::string_view text) { return {text.data(), text.size()}; }

int WholeSeconds(absl::Duration duration) { return static_cast<int>(absl::ToInt64Seconds(duration)); }

std::unique_ptr<sql::Connection> Connect(const Config& config) {
  static sql::Driver* const driver = sql::mysql::get_driver_instance();  // once: its own map is not guarded
  sql::ConnectOptionsMap options;
  options["hostName"] = Sql(fmt::format("tcp://{}:{}", config.host, config.port));
  options["userName"] = Sql(config.user);
  options["password"] = Sql(config.password);
  if (!config.schema.empty()) options["schema"] = Sql(config.schema);
  options["OPT_CONNECT_TIMEOUT"] = WholeSeconds(config.connect_timeout);
  options["OPT_READ_TIMEOUT"] = WholeSeconds(config.read_timeout);
  options["OPT_WRITE_TIMEOUT"] = WholeSeconds(config.read_timeout);
  options["OPT_CHARSET_NAME"] = Sql("utf8mb4");
  options["CLIENT_FOUND_ROWS"] = true;
  // Not OPT_SSL_MODE: Debian's build ignores it and connects in plain text.
  options["sslEnforce"] = true;
  options["sslVerify"] = true;
  options["sslCA"] = Sql(config.ca_file);
  return std::unique_ptr<sql::Connection>(driver->connect(options));
}

void Bind(sql::PreparedStatement& statement, const Params& params) {
  for (unsigned i = 0; i < params.size(); ++i) {
    const Value& value = params[i].value();
    if (const auto* v = std::get_if<int64_t>(&value)) {
      statement.setInt64(i + 1, *v);
    } else if (const auto* u = std::get_if<uint64_t>(&value)) {
      statement.setUInt64(i + 1, *u);
    } else if (const auto* d = std::get_if<double>(&value)) {
      statement.setDouble(i + 1, *d);
    } else if (const auto* s = std::get_if<std::string>(&value)) {
      statement.setString(i + 1, *s);
    } else {
      statement.setNull(i + 1, 0);
    }
  }
}

enum class Kind { kSigned, kUnsigned, kDouble, kText };

Kind KindOf(sql::ResultSetMetaData& meta, unsigned column) {
  switch (meta.getColumnType(column)) {
    case sql::DataType::TINYINT:
    case sql::DataType::SMALLINT:
    case sql::DataType::MEDIUMINT:
    case sql::DataType::INTEGER:
    case sql::DataType::BIGINT:
    case sql::DataType::YEAR:
      return meta.isSigned(column) ? Kind::kSigned : Kind::kUnsigned;
    case sql::DataType::REAL:
    case sql::DataType::DOUBLE:
      return Kind::kDouble;
    default:
      return Kind::kText;
  }
}

Value Read(const sql::ResultSet& result, unsigned column, Kind kind) {
  if (result.isNull(column)) return std::monostate();
  switch (kind) {
    case Kind::kSigned:
      return result.getInt64(column);
    case Kind::kUnsigned:
      return Param(result.getUInt64(column)).value();
    case Kind::kDouble:
      return static_cast<double>(result.getDouble(column));
    case Kind::kText:
      return std::string(result.getString(column));
  }
  return std::monostate();
}

Rows ReadAll(sql::ResultSet& result) {
  sql::ResultSetMetaData& meta = *result.getMetaData();
  unsigned count = meta.getColumnCount();
  std::vector<std::string> columns;
  std::vector<Kind> kinds;
  for (unsigned c = 1; c <= count; ++c) {
    columns.push_back(meta.getColumnLabel(c));
    kinds.push_back(KindOf(meta, c));
  }
  std::vector<Value> cells;
  cells.reserve(result.rowsCount() * count);
  while (result.next()) {
    for (unsigned c = 1; c <= count; ++c) cells.push_back(Read(result, c, kinds[c - 1]));
  }
  return {std::move(columns), std::move(cells)};
}

// setUInt64 marks a parameter unsigned and no later setInt64 takes that back: such a statement is not used a second
// time.
bool HasBigUnsigned(const Params& params) {
  for (const Param& param : params) {
    if (std::holds_alternative<uint64_t>(param.value())) return true;
  }
  return false;
}

}  // namespace

struct Connection::Impl {
  using Statement = std::unique_ptr<sql::PreparedStatement>;

  std::unique_ptr<sql::Connection> connection;
  std::unique_ptr<sql::Statement> text;
  size_t capacity = 0;
  std::list<std::pair<std::string, Statement>> statements;  // the most recently used first; gone before the connection
  std::unordered_map<std::string_view, decltype(statements)::iterator> by_text;

  Statement Prepare(std::string_view sql) { return Statement(connection->prepareStatement(Sql(sql))); }

  sql::PreparedStatement& Cached(std::string_view sql) {
    if (auto it = by_text.find(sql); it != by_text.end()) {
      statements.splice(statements.begin(), statements, it->second);
      return *statements.front().second;
    }
    Statement statement = Prepare(sql);
    if (statements.size() >= capacity) {
      by_text.erase(statements.back().first);
      statements.pop_back();
    }
    statements.emplace_front(std::string(sql), std::move(statement));
    by_text.emplace(statements.front().first, statements.begin());
    return *statements.front().second;
  }

  template <class F>
  auto With(std::string_view sql, const Params& params, F f) {
    Statement once;
    if (sql.size() > kLongestCachedText || HasBigUnsigned(params)) once = Prepare(sql);
    sql::PreparedStatement& statement = once ? *once : Cached(sql);
    Bind(statement, params);
    return f(statement);
  }
};

// Runs f and turns what it throws into a status.
template <class F>
auto Connection::Guard(F f) -> absl::StatusOr<decltype(f())> {
  if (broken_) return Away("the connection to the database was lost before");
  try {
    return f();
  } catch (const sql::SQLException& e) {
    broken_ = BreaksConnection(e.getErrorCode());
    return StatusOf(e.getErrorCode(), e.what());
  }
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Config& config) {
  auto impl = std::make_unique<Impl>();
  impl->capacity = config.statements;
  try {
    impl->connection = Connect(config);
    impl->text.reset(impl->connection->createStatement());
  } catch (const sql::SQLException& e) {
    return Away(fmt::format("no connection to {}:{}: {} ({})", config.host, config.port, e.what(), e.getErrorCode()));
  }
  std::unique_ptr<Connection> out(new Connection(std::move(impl)));

  ASSIGN_OR_RETURN(Rows cipher, out->Query("SHOW SESSION STATUS LIKE 'Ssl_cipher'"));
  if (cipher.empty() || cipher[0].Get<std::string>(1).empty()) {
    return Away(fmt::format("the connection to {}:{} is not encrypted", config.host, config.port));
  }
  ASSIGN_OR_RETURN(Rows server, out->Query("SELECT CONNECTION_ID(), VERSION()"));
  out->id_ = server[0].Get<uint64_t>(0);
  bool mariadb = server[0].Get<std::string>(1).find("MariaDB") != std::string::npos;

  // The server gives up a little before we do, so that nothing goes on for a caller who has left.
  double limit = absl::ToDoubleSeconds(config.read_timeout) * 0.9;
  RETURN_IF_ERROR(out->Run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"));
  RETURN_IF_ERROR(out->Run(
      fmt::format("SET time_zone='+00:00', "
                  "sql_mode='STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
                  "innodb_lock_wait_timeout={0}, lock_wait_timeout={0}, {1}",
                  WholeSeconds(config.lock_wait),
                  mariadb ? fmt::format("max_statement_time={:.1f}", limit)
                          : fmt::format("max_execution_time={:.0f}", limit * 1000))));
  return out;
}

absl::StatusOr<Rows> Connection::QueryWith(std::string_view sql, const Params& params) {
  return Guard([&] {
    return impl_->With(sql, params, [](sql::PreparedStatement& statement) {
      std::unique_ptr<sql::ResultSet> result(statement.executeQuery());
      return ReadAll(*result);
    });
  });
}

absl::StatusOr<int64_t> Connection::ExecuteWith(std::string_view sql, const Params& params) {
  return Guard([&] {
    return impl_->With(sql, params,
                       [](sql::PreparedStatement& statement) { return int64_t{statement.executeUpdate()}; });
  });
}

absl::Status Connection::Run(std::string_view sql) {
  return Guard([&] { return impl_->text->execute(Sql(sql)); }).status();
}

absl::Status Connection::Begin() {
  RETURN_IF_ERROR(Run("START TRANSACTION"));
  in_transaction_ = true;
  return absl::OkStatus();
}

absl::Status Connection::BeginSnapshot() {
  RETURN_IF_ERROR(Run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
  RETURN_IF_ERROR(Run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"));
  in_transaction_ = true;
  return absl::OkStatus();
}

// As statements: commit() and rollback() of the connector do not tell whether they worked.
absl::Status Connection::Commit() {
  in_transaction_ = false;
  return Run("COMMIT");
}

absl::Status Connection::Rollback() {
  in_transaction_ = false;
  return Run("ROLLBACK");
}

bool Connection::Ping() {
  auto answer = Guard([&] { return impl_->connection->isValid(); });
  broken_ = broken_ || !answer.ok() || !*answer;
  return !broken_;
}

size_t Connection::cached_statements() const { return impl_->statements.size(); }

}  // namespace gridwork::mysql
