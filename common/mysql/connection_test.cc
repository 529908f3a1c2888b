#include "common/mysql/connection.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "common/base/error.h"
#include "tests/support/mysql_fixture.h"

namespace gridwork::mysql {
namespace {

testing::MysqlSchema& Schema() {
  static testing::MysqlSchema schema{testing::MysqlSchema::Empty()};
  return schema;
}

class ConnectionTest : public ::testing::Test {
 protected:
  static std::unique_ptr<Connection> Open(const Config& config = Schema().config()) {
    return Connection::Open(config).value();
  }

  std::unique_ptr<Connection> connection_ = Open();
};

TEST_F(ConnectionTest, IsEncryptedAndSetUp) {
  Rows cipher = connection_->Query("SHOW SESSION STATUS LIKE 'Ssl_cipher'").value();
  EXPECT_NE(cipher[0].Get<std::string>(1), "");
  Rows rows = connection_->Query("SELECT @@time_zone, @@sql_mode, @@character_set_client, CONNECTION_ID()").value();
  EXPECT_EQ(rows[0].Get<std::string>(0), "+00:00");
  EXPECT_NE(rows[0].Get<std::string>(1).find("STRICT_ALL_TABLES"), std::string::npos);
  EXPECT_EQ(rows[0].Get<std::string>(2), "utf8mb4");
  EXPECT_EQ(rows[0].Get<uint64_t>(3), connection_->id());
  Rows isolation =
      connection_->Query("SHOW SESSION VARIABLES WHERE variable_name IN ('tx_isolation', 'transaction_isolation')")
          .value();
  EXPECT_EQ(isolation[0].Get<std::string>(1), "READ-COMMITTED");
}

TEST_F(ConnectionTest, AServerThatTheCaDidNotSignIsRefused) {
  Config config = Schema().config();
  config.ca_file = "/etc/ssl/certs/ca-certificates.crt";
  auto connection = Connection::Open(config);
  EXPECT_EQ(ReasonOf(connection.status()), "DATABASE_AWAY");
  EXPECT_NE(connection.status().message().find("TLS"), absl::string_view::npos) << connection.status();
  config.ca_file = "/nowhere.pem";
  EXPECT_FALSE(Connection::Open(config).ok());
}

TEST_F(ConnectionTest, AWrongPasswordIsTold) {
  Config config = Schema().config();
  config.password = "wrong-secret";
  auto connection = Connection::Open(config);
  EXPECT_NE(connection.status().message().find("1045"), absl::string_view::npos) << connection.status();
  EXPECT_EQ(connection.status().message().find("wrong-secret"), absl::string_view::npos);
}

TEST_F(ConnectionTest, EveryTypeComesBackAsItWasStored) {
  ASSERT_TRUE(connection_
                  ->Run("CREATE OR REPLACE TABLE typed (i BIGINT, u BIGINT UNSIGNED, d DOUBLE, t TEXT, b "
                        "VARBINARY(100), y TINYINT(1), "
                        "id BINARY(16), at_us BIGINT, n INT)")
                  .ok());
  absl::Time now = absl::FromUnixMicros(1'800'000'000'123'456);
  Uuid id = Uuid::V7(now);
  std::string bytes("\0\x01\xff'\"\\\0", 7), text = "\xF0\x9F\x98\x80 Grüße ' \" \\ ; -- %s \x01";
  for (auto [i, u, d] : {std::tuple(INT64_MIN, UINT64_MAX, 0.1), std::tuple(INT64_MAX, uint64_t{0}, -1e300),
                         std::tuple(int64_t{0}, uint64_t{1} << 63, 5e-324)}) {
    ASSERT_TRUE(connection_->Execute("DELETE FROM typed").ok());
    EXPECT_EQ(connection_
                  ->Execute("INSERT INTO typed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", i, u, d, text, bytes, true, id, now,
                            std::nullopt)
                  .value(),
              1);
    Rows rows = connection_->Query("SELECT * FROM typed").value();
    ASSERT_EQ(rows.size(), 1u);
    Row row = rows[0];
    EXPECT_EQ(row.Get<int64_t>("i"), i);
    EXPECT_EQ(row.Get<uint64_t>("u"), u);
    EXPECT_EQ(row.Get<double>("d"), d);
    EXPECT_EQ(row.Get<std::string>("t"), text);
    EXPECT_EQ(row.Get<std::string>("b"), bytes);
    EXPECT_TRUE(row.Get<bool>("y"));
    EXPECT_EQ(row.Get<Uuid>("id"), id);
    EXPECT_EQ(row.Get<absl::Time>("at_us"), now);
    EXPECT_EQ(row.Get<std::optional<int32_t>>("n"), std::nullopt);
  }
}

// The connector keeps the state of a parameter from one execution of a statement to the next.
TEST_F(ConnectionTest, AParameterMayChangeItsTypeFromCallToCall) {
  ASSERT_TRUE(connection_->Run("CREATE OR REPLACE TABLE any_value (k INT PRIMARY KEY, v LONGBLOB)").ok());
  std::string huge(600'000, '\0');
  huge[300'000] = 'x';
  int k = 0;
  const std::vector<std::pair<Param, std::optional<std::string>>> cases = {
      {Param(UINT64_MAX), "18446744073709551615"},
      {Param(-1), "-1"},
      {Param(std::nullopt), std::nullopt},
      {Param(huge), huge},
      {Param(""), ""},
      {Param(huge), huge},
      {Param(-5), "-5"},
      {Param(std::nullopt), std::nullopt},
      {Param(std::string("\0", 1)), std::string("\0", 1)}};
  for (const auto& [param, expected] : cases) {
    ASSERT_TRUE(connection_
                    ->Execute("INSERT INTO any_value VALUES (?, ?)", ++k,
                              param.value().index() == 0 ? Param(std::nullopt) : param)
                    .ok());
    Rows rows = connection_->Query("SELECT v FROM any_value WHERE k = ?", k).value();
    EXPECT_TRUE(rows[0].Get<std::optional<std::string>>(0) == expected) << k;
  }
}

TEST_F(ConnectionTest, AllNaughtyStringsSurvive) {
  ASSERT_TRUE(
      connection_->Run("CREATE OR REPLACE TABLE naughty (id INT AUTO_INCREMENT PRIMARY KEY, t TEXT, b BLOB)").ok());
  const std::vector<std::string> strings = {"",
                                            " ",
                                            "\t\n\r",
                                            "NULL",
                                            "undefined",
                                            "' OR '1'='1",
                                            "'; DROP TABLE naughty; --",
                                            "\"",
                                            "\\",
                                            "\\0",
                                            "%",
                                            "_",
                                            "?",
                                            "??",
                                            "/*",
                                            "#",
                                            "$HOME",
                                            "\xEF\xBB\xBF",
                                            "\xE2\x80\xAE reversed",
                                            "\xE2\x80\x8B",
                                            "Ω≈ç√∫",
                                            "田中さん",
                                            "\xF0\x9F\x92\xA9",
                                            "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9",
                                            "\xCC\x81",
                                            "<script>alert(1)</script>",
                                            std::string("a\0b", 3),
                                            std::string(1, '\0'),
                                            "\x01\x02\x7f",
                                            std::string(60'000, 'x')};
  for (const std::string& s : strings) {
    Rows rows;
    ASSERT_TRUE(connection_->Execute("INSERT INTO naughty (t, b) VALUES (?, ?)", s, s).ok()) << s;
    rows = connection_->Query("SELECT t, b FROM naughty WHERE t = ? AND b = ? AND id = LAST_INSERT_ID()", s, s).value();
    ASSERT_EQ(rows.size(), 1u) << s;
    EXPECT_EQ(rows[0].Get<std::string>("t"), s);
    EXPECT_EQ(rows[0].Get<std::string>("b"), s);
  }
  // Not UTF-8: refused in a text column, without an echo.
  absl::Status bad = connection_->Execute("INSERT INTO naughty (t) VALUES (?)", "secret\xff").status();
  EXPECT_EQ(bad.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(bad.ToString().find("secret"), std::string::npos);
}

TEST_F(ConnectionTest, FoundRowsAreCountedChangedOrNot) {
  ASSERT_TRUE(connection_->Run("CREATE OR REPLACE TABLE counted (k INT PRIMARY KEY, v INT)").ok());
  EXPECT_EQ(connection_->Execute("INSERT INTO counted VALUES (1, 1), (2, 1)").value(), 2);
  EXPECT_EQ(connection_->Execute("UPDATE counted SET v = 1 WHERE k = ?", 1).value(), 1);
  EXPECT_EQ(connection_->Execute("UPDATE counted SET v = 1 WHERE k = ?", 3).value(), 0);
}

TEST_F(ConnectionTest, ErrorsOfTheServerKeepTheConnection) {
  ASSERT_TRUE(
      connection_->Run("CREATE OR REPLACE TABLE ruled (k INT PRIMARY KEY, v INT, CONSTRAINT v_small CHECK (v < 10))")
          .ok());
  ASSERT_TRUE(connection_->Execute("INSERT INTO ruled VALUES (1, 1)").ok());
  absl::Status duplicate = connection_->Execute("INSERT INTO ruled VALUES (?, 1)", 1).status();
  EXPECT_EQ(MetadataOf(duplicate)["key"], "PRIMARY");
  absl::Status check = connection_->Execute("INSERT INTO ruled VALUES (2, ?)", 10).status();
  EXPECT_EQ(MetadataOf(check)["constraint"], "v_small");
  EXPECT_EQ(connection_->Query("SELECT nothing").status().code(), absl::StatusCode::kInternal);
  EXPECT_FALSE(connection_->broken());
  EXPECT_TRUE(connection_->Query("SELECT 1").ok());
}

TEST_F(ConnectionTest, AKilledConnectionIsBroken) {
  ASSERT_TRUE(Open()->Run(fmt::format("KILL {}", connection_->id())).ok());
  EXPECT_EQ(ReasonOf(connection_->Query("SELECT 1").status()), "DATABASE_AWAY");
  EXPECT_TRUE(connection_->broken());
  EXPECT_EQ(ReasonOf(connection_->Query("SELECT 1").status()), "DATABASE_AWAY");
  EXPECT_FALSE(connection_->Ping());
}

TEST_F(ConnectionTest, AStatementThatTakesTooLongIsEndedByTheServer) {
  Config config = Schema().config();
  config.read_timeout = absl::Seconds(1);
  auto connection = Open(config);
  absl::Time start = absl::Now();
  EXPECT_EQ(ReasonOf(connection
                         ->Query("SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, "
                                 "information_schema.columns c")
                         .status()),
            "DATABASE_SLOW");
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  EXPECT_FALSE(connection->broken());
}

TEST_F(ConnectionTest, TheLeastRecentlyUsedStatementGoesFirst) {
  Config config = Schema().config();
  config.statements = 3;
  auto connection = Open(config);
  auto prepared = [&] {
    return connection_
        ->Query("SELECT VARIABLE_VALUE FROM information_schema.global_status WHERE VARIABLE_NAME = 'COM_STMT_PREPARE'")
        .value()[0]
        .Get<int64_t>(0);
  };
  prepared();
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(connection->Query(fmt::format("SELECT {}", i)).value()[0].Get<int>(0), i);
    ASSERT_TRUE(connection->Query("SELECT 'always'").ok());
    EXPECT_LE(connection->cached_statements(), 3u);
  }
  int64_t before = prepared();
  ASSERT_TRUE(connection->Query("SELECT 'always'").ok());
  ASSERT_TRUE(connection->Query("SELECT 9").ok());
  EXPECT_EQ(prepared(), before);
  ASSERT_TRUE(connection->Query("SELECT 0").ok());
  EXPECT_EQ(prepared(), before + 1);
}

TEST_F(ConnectionTest, GeneratedStatementsDoNotPushOutTheOthers) {
  std::string sql = "SELECT 2000 IN (0";
  Params params;
  for (int i = 1; i <= 2000; ++i) {
    sql += ", ?";
    params.emplace_back(i);
  }
  sql += ")";
  size_t before = connection_->cached_statements();
  EXPECT_TRUE(connection_->QueryWith(sql, params).value()[0].Get<bool>(0));
  EXPECT_EQ(connection_->cached_statements(), before);
}

}  // namespace
}  // namespace gridwork::mysql
