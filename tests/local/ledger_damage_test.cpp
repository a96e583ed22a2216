// A corrupt, foreign, rolled-back or newer ledger is refused, each with its own text, and nothing
// on the disk changes by that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/ledger_world.hpp"

namespace lockstep {
namespace {

using testing::LedgerWorld;
using testing::worker;

constexpr const char* database = ".lockstep/ledger.db";
constexpr const char* wal = ".lockstep/ledger.db-wal";
constexpr const char* key = "state/ledger.key";
constexpr const char* mark = "state/ledger.key.sequence";

const std::string start_over =
    " To start with an empty ledger instead, move .lockstep, state/ledger.key and "
    "state/ledger.key.sequence away together: nothing live is touched, and names that are there "
    "count as Unadopted.";
const std::string together =
    " Put back .lockstep and state/ledger.key.sequence as they were at one moment." + start_over;

/// Refused in both modes with the same text, and not one byte changed by either.
void expect_refused(LedgerWorld& world, const std::string& text) {
  const auto disk = world.disk.image();
  const auto files = world.files.paths();
  const auto key_before = world.files.text(key);
  const auto mark_before = world.files.text(mark);
  for (const auto mode : {OpenMode::read, OpenMode::write}) {
    EXPECT_EQ(world.refusal(mode), "ledger .lockstep/ledger.db " + text);
    EXPECT_TRUE(world.disk.image() == disk) << "the database was changed";
    EXPECT_EQ(world.files.paths(), files);
    EXPECT_EQ(world.files.text(key), key_before);
    EXPECT_EQ(world.files.text(mark), mark_before);
  }
}

/// A closed ledger with three records, all of it in the database file.
struct Damaged : LedgerWorld {
  Damaged() {
    fill(3);
    edit("PRAGMA wal_checkpoint(TRUNCATE)");
  }
};

TEST(LedgerDamage, DatabaseWithoutItsKey) {
  Damaged world;
  world.files.drop(key);
  expect_refused(world,
                 "has lost its key: there is no state/ledger.key. Put the key file back or name it "
                 "with --ledger-key-file." +
                     start_over);
}

TEST(LedgerDamage, KeyThatIsNoKey) {
  Damaged world;
  world.files.put(key, "-----BEGIN SOMETHING ELSE-----\n");
  expect_refused(world,
                 "cannot use its key state/ledger.key (it holds no ledger key; put the right file "
                 "back)");
}

TEST(LedgerDamage, KeyThatOthersMayRead_S4) {
  Damaged world;
  world.files.put(key, world.files.text(key), 0640);
  expect_refused(world,
                 "cannot trust its key state/ledger.key, which others can use. If nobody else uses "
                 "this machine, run: chmod 600 state/ledger.key." +
                     start_over);
}

TEST(LedgerDamage, FilesOfAnotherUser_S4) {
  for (const auto* file :
       {key, mark, ".lockstep/ledger.db", ".lockstep/ledger.db-wal", ".lockstep/ledger.db-shm"}) {
    Damaged world;
    if (world.files.text(file).empty()) world.files.put(file, "");
    world.files.give_away(file);
    for (const auto mode : {OpenMode::read, OpenMode::hold, OpenMode::write}) {
      EXPECT_EQ(world.refusal(mode), "ledger .lockstep/ledger.db: " + std::string(file) +
                                         " belongs to another user; move it away and put the "
                                         "ledger's own file there");
    }
  }
}

TEST(LedgerDamage, KeyWithoutItsDatabase) {
  Damaged world;
  world.disk.load({});
  expect_refused(world,
                 "is missing, but state/ledger.key.sequence says that there was one. Put it back, "
                 "or name the right --ledger-dir; a ledger of its own needs a --ledger-key-file of "
                 "its own." +
                     start_over);
}

TEST(LedgerDamage, KeyOfAnotherLedger) {
  Damaged world;
  LedgerWorld other(2, "ledger-test-2");
  other.fill(1);
  world.files.put(key, other.files.text(key));
  expect_refused(
      world,
      "does not trust state/ledger.key.sequence: it was edited or is of another key." + together);
  world.files.put(mark, other.files.text(mark));
  expect_refused(world,
                 "was made with another key than state/ledger.key. Put the right key file there or "
                 "name it with --ledger-key-file." +
                     start_over);
}

TEST(LedgerDamage, DatabaseTurnedEmpty) {
  Damaged world;
  world.disk.load({{database, ""}});
  expect_refused(world,
                 "is empty, but state/ledger.key.sequence says that it was not. Put back .lockstep "
                 "with all its files." +
                     start_over);
}

TEST(LedgerDamage, NotADatabase) {
  Damaged world;
  world.disk.load({{database, std::string(8192, 'x')}});
  expect_refused(
      world,
      "is damaged. Put back a copy of .lockstep that is not older than its last use." + start_over);
}

TEST(LedgerDamage, EveryTornPageIsNoticed) {
  Damaged world;
  const auto sound = world.disk.image();
  const auto size = sound.at(database).size();
  for (std::size_t at = 0; at < size; at += 512) {
    auto image = sound;
    image[database].replace(at, 512, std::string(512, '\x5a'));
    world.disk.load(image);
    const auto opened = world.open();
    // Bytes that nothing uses may differ; what is read must be what was written.
    if (!opened) {
      EXPECT_EQ(opened.error().kind, ErrorKind::storage);
      continue;
    }
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(world.load(**opened, {"cms", "flyApp/app-" + std::to_string(i)}).incumbent,
                "Target/t" + std::to_string(i));
    }
  }
}

TEST(LedgerDamage, SchemaOfANewerVersion) {
  Damaged world;
  world.edit(
      "PRAGMA user_version = 7; ALTER TABLE document ADD COLUMN extra TEXT;"
      "PRAGMA wal_checkpoint(TRUNCATE)");
  expect_refused(world,
                 "was written by a newer lockstep. Use that version or a later one. (schema 7)");
}

TEST(LedgerDamage, TablesOfSomethingElse) {
  const std::string refused =
      "is a SQLite database whose tables are not lockstep's. Name another --ledger-dir, or move "
      "that file away.";
  for (const auto* sql : {"CREATE TABLE notes(text)", "DROP TABLE meta",
                          "CREATE TRIGGER t AFTER UPDATE ON meta BEGIN DELETE FROM document; END",
                          "CREATE VIEW v AS SELECT * FROM document",
                          "CREATE INDEX i ON document(mac)", "PRAGMA user_version = 0"}) {
    Damaged world;
    world.edit(std::string(sql) + "; PRAGMA wal_checkpoint(TRUNCATE)");
    expect_refused(world, refused);
  }
}

TEST(LedgerDamage, RowsTouchedByHand_S1) {
  const std::string altered =
      "was changed by something other than lockstep: rows were edited, deleted, put back or copied "
      "in." +
      together;
  for (const auto* sql : {"UPDATE document SET body = replace(body, 'Target/t1', 'Target/x1')",
                          "UPDATE document SET sequence = 99 WHERE id LIKE '%app-1%'",
                          "UPDATE document SET id = replace(id, 'app-1', 'app-9')",
                          "UPDATE document SET kind = 'generated' WHERE id LIKE '%app-1%'",
                          "UPDATE document SET mac = 'beef' WHERE id LIKE '%app-1%'",
                          "DELETE FROM document WHERE id LIKE '%app-1%'", "DELETE FROM document",
                          "UPDATE meta SET value = '9' WHERE key = 'sequence'",
                          "UPDATE meta SET value = 'beef' WHERE key = 'head'",
                          "UPDATE meta SET value = 'beef' WHERE key = 'previous'",
                          "UPDATE meta SET value = 'beef' WHERE key = 'ledger'"}) {
    SCOPED_TRACE(sql);
    Damaged world;
    world.edit(std::string(sql) + "; PRAGMA wal_checkpoint(TRUNCATE)");
    expect_refused(world, altered);
  }
}

TEST(LedgerDamage, AnOlderVersionOfOneRowIsNoticed) {
  Damaged world;
  const auto old_row = world.query(
      "SELECT quote(body) || ',' || sequence || ',' || quote(mac) FROM document "
      "WHERE id LIKE '%app-1%'");
  ASSERT_TRUE(world.touch(**world.open(), {"cms", "flyApp/app-1"}, "Target/new"));
  // The row as it was, whole, with its genuine MAC.
  world.edit("UPDATE document SET (body, sequence, mac) = (" + old_row +
             ") WHERE id LIKE '%app-1%'; PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_THAT(world.refusal(),
              ::testing::HasSubstr("was changed by something other than lockstep"));
}

TEST(LedgerDamage, AnOlderCopyOfTheDatabase) {
  Damaged world;
  const auto backup = world.disk.image();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(world.touch(**world.open(), worker, "Target/" + std::to_string(i)));
  }
  world.disk.load(backup);
  expect_refused(
      world, "is an older copy than the one last used." + together + " (it is at 4, it was at 6)");
}

TEST(LedgerDamage, EvenOneLostCommitIsNoticed) {
  Damaged world;
  const auto backup = world.disk.image();
  ASSERT_TRUE(world.touch(**world.open(), worker, "Target/cms"));
  world.disk.load(backup);
  expect_refused(
      world, "is an older copy than the one last used." + together + " (it is at 4, it was at 5)");
}

TEST(LedgerDamage, TheWriteAheadLogTakenAway) {
  Damaged world;
  ASSERT_TRUE(world.touch(**world.open(), worker, "Target/cms"));
  auto image = world.disk.image();
  image[wal].clear();
  world.disk.load(image);
  expect_refused(
      world, "is an older copy than the one last used." + together + " (it is at 4, it was at 5)");
}

TEST(LedgerDamage, ACopyThatWentItsOwnWay) {
  const std::string forked =
      "is a copy that went its own way, not the one last used here." + together;
  for (const int further : {1, 2}) {
    Damaged world;
    const auto disk = world.disk.image();
    const auto mark_then = world.files.text(mark);
    // Elsewhere, with copies of everything, somebody goes on...
    for (int i = 0; i < further; ++i) {
      ASSERT_TRUE(world.touch(**world.open(), worker, "Target/elsewhere"));
    }
    world.edit("PRAGMA wal_checkpoint(TRUNCATE)");
    const auto elsewhere = world.disk.image();
    // ...and here too; then the other copy is put in place.
    world.disk.load(disk);
    world.files.put(mark, mark_then);
    ASSERT_TRUE(world.touch(**world.open(), worker, "Target/here"));
    world.disk.load(elsewhere);
    expect_refused(world, forked);
  }
}

TEST(LedgerDamage, TheSequenceFileGoneEditedOrOld) {
  Damaged world;
  const auto now = world.files.text(mark);
  world.files.drop(mark);
  expect_refused(
      world,
      "has lost state/ledger.key.sequence, which tells an old copy from the newest." + together);

  auto edited = now;
  edited.replace(edited.find(" 4 "), 3, " 3 ");
  world.files.put(mark, edited);
  expect_refused(
      world,
      "does not trust state/ledger.key.sequence: it was edited or is of another key." + together);

  world.files.put(mark, now);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(world.touch(**world.open(), worker, "Target/" + std::to_string(i)));
  }
  world.files.put(mark, now);
  expect_refused(
      world,
      "is newer than state/ledger.key.sequence by more than one step: that file is an old "
      "copy." +
          together);
}

TEST(LedgerDamage, TwoLedgersThatShareAKey) {
  Damaged world;
  const auto mark_of_first = world.files.text(mark);
  const auto disk_of_first = world.disk.image();
  world.disk.load({});
  world.files.drop(mark);
  world.fill(1);  // a new ledger with the key that is there
  world.files.put(mark, mark_of_first);
  world.edit("PRAGMA wal_checkpoint(TRUNCATE)");
  expect_refused(world,
                 "is not the ledger that state/ledger.key.sequence is about. Do two ledgers share "
                 "one key? Give each its own --ledger-key-file." +
                     start_over);
  world.disk.load(disk_of_first);
  EXPECT_TRUE(world.open());
}

TEST(LedgerDamage, AFolderThatOthersMayWriteTo) {
  LedgerWorld world;
  world.files.put_directory(".lockstep", 0777);
  EXPECT_EQ(world.refusal(),
            "ledger .lockstep/ledger.db lies in a folder that others may write to. Run: chmod 700 "
            ".lockstep");
}

TEST(LedgerDamage, AFolderOfAnotherUser) {
  LedgerWorld world;
  world.files.put_directory(".lockstep", 0700);
  world.files.give_away(".lockstep");
  EXPECT_EQ(world.refusal(),
            "ledger .lockstep/ledger.db lies in a folder of another user. Run lockstep as that "
            "user, or name a folder of your own with --ledger-dir.");
}

TEST(LedgerDamage, RowsThatChangeUnderARunningWriter) {
  Damaged world;
  auto ledger = *world.open();
  world.edit("UPDATE document SET body = replace(body, 'Target/t1', 'Target/x1')");
  const auto loaded = world.sim.run(ledger->load({"cms", "flyApp/app-1"}));
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message,
              ::testing::AllOf(::testing::HasSubstr("was changed by something other than lockstep"),
                               ::testing::HasSubstr("(while it was in use)")));
  EXPECT_FALSE(world.touch(*ledger, worker, "Target/cms"));
}

}  // namespace
}  // namespace lockstep
