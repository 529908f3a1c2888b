#include "common/mysql/migrate.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/base/error.h"
#include "tests/support/mysql_fixture.h"

namespace gridwork::mysql {
namespace {

using Names = std::vector<std::string>;

class MigrateTest : public ::testing::Test {
 protected:
  MigrationSet common_{"common", embedded::common_migrations()};
  MigrationSet parks_{
      "parks",
      {{"0001_create_park.sql", "-- Parks; with a comment; and semicolons.\nCREATE TABLE park (id INT PRIMARY KEY);\n"},
       {"0002_add_name.sql", "ALTER TABLE park ADD COLUMN name TEXT"}}};
  testing::MysqlSchema schema_{testing::MysqlSchema::Empty()};
  std::unique_ptr<Connection> connection_ = Connection::Open(schema_.config()).value();
};

TEST_F(MigrateTest, FromEmptyToHeadAndThenNothing) {
  EXPECT_EQ(MetadataOf(CheckSchema(*connection_, {common_, parks_}))["file"], "common/0001_create_request_log.sql");
  Names all;
  for (const auto& file : common_.files) all.push_back("common/" + file.name);
  for (const auto& file : parks_.files) all.push_back("parks/" + file.name);
  EXPECT_EQ(Migrate(*connection_, {common_, parks_}).value(), all);
  EXPECT_TRUE(connection_->Query("SELECT id, name FROM park").ok());
  EXPECT_EQ(Migrate(*connection_, {common_, parks_}).value(), Names());
  EXPECT_TRUE(CheckSchema(*connection_, {common_, parks_}).ok());

  parks_.files.push_back({"0003_add_tree.sql", "CREATE TABLE tree (id INT)"});
  absl::Status old = CheckSchema(*connection_, {common_, parks_});
  EXPECT_EQ(ReasonOf(old), "SCHEMA_OLD");
  EXPECT_EQ(MetadataOf(old)["file"], "parks/0003_add_tree.sql");
  EXPECT_EQ(Migrate(*connection_, {common_, parks_}).value(), Names{"parks/0003_add_tree.sql"});
}

TEST_F(MigrateTest, AnEditedOrRenamedFileIsRefusedByName) {
  ASSERT_TRUE(Migrate(*connection_, {parks_}).ok());
  MigrationSet edited = parks_, renamed = parks_;
  edited.files[1].text += " ";
  renamed.files[1].name = "0002_add_title.sql";
  for (const MigrationSet& set : {edited, renamed}) {
    for (const absl::Status& status : {Migrate(*connection_, {set}).status(), CheckSchema(*connection_, {set})}) {
      EXPECT_EQ(ReasonOf(status), "MIGRATION_EDITED");
      EXPECT_EQ(MetadataOf(status)["file"], "parks/" + set.files[1].name);
    }
  }
}

TEST_F(MigrateTest, GapsAndNewerDatabasesAreRefused) {
  ASSERT_TRUE(Migrate(*connection_, {parks_}).ok());
  MigrationSet shorter = parks_;
  shorter.files.pop_back();
  absl::Status newer = Migrate(*connection_, {shorter}).status();
  EXPECT_EQ(ReasonOf(newer), "MIGRATION_UNKNOWN");
  EXPECT_EQ(MetadataOf(newer)["file"], "parks/0002_add_name.sql");
  EXPECT_TRUE(CheckSchema(*connection_, {shorter}).ok());  // old code runs on a new schema

  ASSERT_TRUE(connection_->Execute("DELETE FROM schema_migrations WHERE version = 1").ok());
  EXPECT_EQ(ReasonOf(Migrate(*connection_, {parks_}).status()), "MIGRATION_GAP");
}

TEST_F(MigrateTest, NamesAscendAndMayLeaveRoom) {
  for (const char* name : {"", "0003", "003_x.sql", "add.sql", "0001_again.sql", "+002_x.sql"}) {
    MigrationSet bad = parks_;
    bad.files[1].name = name;
    EXPECT_EQ(ReasonOf(Migrate(*connection_, {bad}).status()), "MIGRATION_NAME") << name;
  }
  parks_.files[1].name = "0010_add_name.sql";
  EXPECT_EQ(Migrate(*connection_, {parks_})->size(), 2u);
  parks_.files.insert(parks_.files.begin() + 1, {"0005_add_tree.sql", "CREATE TABLE tree (id INT)"});
  absl::Status late = Migrate(*connection_, {parks_}).status();
  EXPECT_EQ(ReasonOf(late), "MIGRATION_GAP");
  EXPECT_EQ(MetadataOf(late)["file"], "parks/0005_add_tree.sql");
}

TEST_F(MigrateTest, AFileWithAMistakeIsNamedAndMayBeCorrected) {
  MigrationSet broken = parks_;
  broken.files[1].text = "ALTER TABLE park ADD COLUM name TEXT";
  absl::Status status = Migrate(*connection_, {broken}).status();
  EXPECT_NE(status.message().find("parks/0002_add_name.sql"), absl::string_view::npos) << status;
  EXPECT_EQ(ReasonOf(CheckSchema(*connection_, {parks_})), "SCHEMA_OLD");
  EXPECT_EQ(Migrate(*connection_, {parks_}).value(), Names{"parks/0002_add_name.sql"});
}

// Killed between a DDL and the row that says so, or before the DDL.
TEST_F(MigrateTest, AnInterruptedRunGoesOn) {
  ASSERT_TRUE(Migrate(*connection_, {parks_}).ok());
  ASSERT_TRUE(connection_->Execute("UPDATE schema_migrations SET applied_us = NULL WHERE version = 2").ok());
  EXPECT_EQ(ReasonOf(CheckSchema(*connection_, {parks_})), "SCHEMA_OLD");
  EXPECT_TRUE(Migrate(*connection_, {parks_}).ok());
  EXPECT_TRUE(CheckSchema(*connection_, {parks_}).ok());

  ASSERT_TRUE(connection_->Execute("UPDATE schema_migrations SET applied_us = NULL WHERE version = 2").ok());
  ASSERT_TRUE(connection_->Run("ALTER TABLE park DROP COLUMN name").ok());
  EXPECT_TRUE(Migrate(*connection_, {parks_}).ok());
  EXPECT_TRUE(connection_->Query("SELECT name FROM park").ok());
}

TEST_F(MigrateTest, SeveralMigratorsTakeTurns) {
  std::atomic<size_t> applied = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      auto names = Migrate(*Connection::Open(schema_.config()).value(), {common_, parks_});
      ASSERT_TRUE(names.ok()) << names.status();
      applied += names->size();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(applied, common_.files.size() + parks_.files.size());
  EXPECT_TRUE(CheckSchema(*connection_, {common_, parks_}).ok());
}

}  // namespace
}  // namespace gridwork::mysql
