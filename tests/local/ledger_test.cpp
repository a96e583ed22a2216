#include "local/ledger.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "local/database.hpp"
#include "local/ledger_world.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LedgerWorld;
using testing::worker;
namespace fs = std::filesystem;

TEST(Ledger, KeepsARecordAndItsSequence) {
  LedgerWorld world;
  auto ledger = *world.open();
  EXPECT_EQ(world.load(*ledger, worker).sequence, 0U);
  PlaceRecord record;
  record.incumbent = "Target/cms";
  record.names["API_KEY"].written_at = world.sim.clock().wall() + Nanos(7);
  const auto first = world.save(*ledger, worker, record);
  ASSERT_TRUE(first);
  ledger.reset();

  ledger = *world.open();
  auto back = world.load(*ledger, worker);
  EXPECT_EQ(back.sequence, *first);
  record.sequence = *first;
  EXPECT_EQ(encode(back), encode(record));
  const auto second = world.save(*ledger, worker, back);
  ASSERT_TRUE(second);
  EXPECT_GT(*second, *first);
}

TEST(Ledger, ListsPlacesSortedAndKeepsThemApart) {
  LedgerWorld world;
  auto ledger = *world.open();
  const PlaceId ids[] = {{"b", "flyApp/x"}, {"a", "flyApp/y"}, {"a/b", "x"}, {"a", "b/x"}};
  for (const auto& id : ids) ASSERT_TRUE(world.touch(*ledger, id, id.ns + " " + id.place));
  EXPECT_THAT(*world.sim.run(ledger->places()),
              ElementsAre(PlaceId{"a", "b/x"}, PlaceId{"a", "flyApp/y"}, PlaceId{"a/b", "x"},
                          PlaceId{"b", "flyApp/x"}));
  EXPECT_EQ(world.load(*ledger, ids[2]).incumbent, "a/b x");
  EXPECT_EQ(world.load(*ledger, ids[3]).incumbent, "a b/x");
}

TEST(Ledger, RefusesARecordThatIsNotTheNewest) {
  LedgerWorld world;
  auto ledger = *world.open();
  const auto old = world.load(*ledger, worker);
  ASSERT_TRUE(world.save(*ledger, worker, old));
  const auto refused = world.save(*ledger, worker, old);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::storage);
  EXPECT_THAT(refused.error().message, HasSubstr("is at 2, not at 0: another writer was faster"));
}

TEST(Ledger, RemembersWhatWasGenerated_S16) {
  LedgerWorld world;
  auto ledger = *world.open();
  const SecretId id{"cms", "secret/cms-generated", "cms.AUTH_JWT_SECRET"};
  EXPECT_EQ(*world.sim.run(ledger->generated(id)), std::nullopt);
  ASSERT_TRUE(world.sim.run(ledger->remember_generated(id, "k01234567:aa")));
  ASSERT_TRUE(world.sim.run(ledger->remember_generated(id, "k01234567:aa")));
  ledger.reset();
  ledger = *world.open(OpenMode::read);
  EXPECT_EQ(*world.sim.run(ledger->generated(id)), "k01234567:aa");
  EXPECT_TRUE(world.sim.run(ledger->places())->empty());
}

TEST(Ledger, FingerprintsTellEverythingApartAndNothingWithoutTheKey_S4) {
  LedgerWorld world;
  auto ledger = *world.open();
  const auto* print = ledger->fingerprinter();
  ASSERT_NE(print, nullptr);
  const Secret value("sk_test_not-a-real-value-0123456789");
  const auto base = print->of_value(worker, "API_KEY", value);
  EXPECT_EQ(base.size(), 1U + 8 + 1 + 32);
  EXPECT_EQ(base, print->of_value(worker, "API_KEY", value.clone()));
  EXPECT_NE(base, print->of_value(worker, "API_KEY2", value));
  EXPECT_NE(base, print->of_value({"other", worker.place}, "API_KEY", value));
  EXPECT_NE(base, print->of_value({"cms", "flyApp/x"}, "API_KEY", value));
  EXPECT_NE(base, print->of_value(worker, "API_KEY", Secret("other")));
  EXPECT_NE(base, print->of_evidence(worker, "API_KEY", value));
  EXPECT_NE(base, print->of_secret({worker.ns, worker.place, "API_KEY"}, value));

  LedgerWorld other(2, "ledger-test-2");
  auto foreign = *other.open();
  EXPECT_NE(base.substr(9), foreign->fingerprinter()->of_value(worker, "API_KEY", value).substr(9));
  // Stable for good: a change of this text would make every place look changed.
  EXPECT_EQ(base, "ked02a81d:524d1dff1be95ffaef203eeb7e071894");
}

TEST(Ledger, ReadingMakesNothing) {
  LedgerWorld world;
  auto ledger = *world.open(OpenMode::read);
  EXPECT_EQ(ledger->fingerprinter(), nullptr);
  EXPECT_EQ(world.load(*ledger, worker).sequence, 0U);
  EXPECT_TRUE(world.sim.run(ledger->places())->empty());
  EXPECT_EQ(*world.sim.run(ledger->generated({"cms", "secret/x", "k"})), std::nullopt);
  const auto refused = world.save(*ledger, worker, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::storage);
  EXPECT_TRUE(world.files.paths().empty());
  EXPECT_TRUE(world.disk.image().empty());
  EXPECT_EQ(world.power.ops(), 0);
}

TEST(Ledger, AReaderSeesOneMomentWhileTheWriterGoesOn) {
  LedgerWorld world;
  world.fill(2);
  auto writer = *world.open();
  auto reader = *world.open(OpenMode::read);
  ASSERT_TRUE(world.touch(*writer, {"cms", "flyApp/app-0"}, "Target/later"));
  EXPECT_EQ(world.load(*reader, {"cms", "flyApp/app-0"}).incumbent, "Target/t0");
  const auto refused = world.save(*reader, worker, {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("opened for reading only"));
  reader = *world.open(OpenMode::read);
  EXPECT_EQ(world.load(*reader, {"cms", "flyApp/app-0"}).incumbent, "Target/later");
}

TEST(Ledger, ASecondWriterPastTheLockIsNoticedBeforeItsFirstWrite_S7) {
  LedgerWorld world;
  auto first = *world.open();
  auto second = *world.open();
  ASSERT_TRUE(world.touch(*first, worker, "Target/first"));
  auto stale = world.load(*second, worker);
  const auto refused = world.save(*second, worker, stale);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::storage);
  EXPECT_THAT(refused.error().message, HasSubstr("another process wrote to it, past the lock"));
  // Having read again, it knows better.
  EXPECT_EQ(world.load(*second, worker).incumbent, "Target/first");
}

TEST(Ledger, AFullDiskStopsWritingAndLosesNothing) {
  LedgerWorld world;
  auto ledger = *world.open();
  ASSERT_TRUE(world.touch(*ledger, worker, "Target/before"));
  for (const auto how : {testing::DiskOutcome::full, testing::DiskOutcome::io_error}) {
    for (int op = 0; op < 8; ++op) {
      const auto before = world.load(*ledger, worker);
      world.power.fail_after(op, 1000, how);
      const auto refused = world.touch(*ledger, worker, "Target/during");
      world.power.restore();
      if (!refused) EXPECT_EQ(refused.error().kind, ErrorKind::storage);
      const auto after = world.load(*ledger, worker);
      EXPECT_TRUE(after.sequence == before.sequence || after.incumbent == "Target/during");
      ASSERT_TRUE(world.touch(*ledger, worker, "Target/after"));
    }
  }
  ledger.reset();
  EXPECT_EQ(world.load(**world.open(), worker).incumbent, "Target/after");
}

/// A ledger on real files, below a folder of its own.
struct LedgerOnDisk : ::testing::Test {
  std::string folder = ::testing::TempDir() + "lockstep-ledger-XXXXXX";
  LedgerPaths paths;
  std::unique_ptr<Files> files = make_system_files();
  std::unique_ptr<Offload> offload = make_offload_inline();
  testing::Simulation sim;

  LedgerOnDisk() {
    EXPECT_NE(::mkdtemp(folder.data()), nullptr);
    paths = {.directory = Path(folder) / ".lockstep",
             .key = Path(folder) / "state" / "deep" / "ledger.key"};
  }
  ~LedgerOnDisk() override { fs::remove_all(folder); }

  Result<std::unique_ptr<Ledger>> try_open(OpenMode mode) {
    return sim.run(
        open_ledger({.paths = paths, .mode = mode, .vfs = ""}, *files, sim.random(), *offload));
  }
  std::unique_ptr<Ledger> open(OpenMode mode) { return *try_open(mode); }
  /// The mode of each file and folder of the ledger that is not for its owner alone.
  std::vector<std::string> open_to_others() const {
    std::vector<std::string> out;
    for (const auto& part : {Path(folder) / ".lockstep", Path(folder) / "state"}) {
      if (mode(part) != 0700U) out.push_back(part.filename().string());
      for (const auto& entry : fs::recursive_directory_iterator(part)) {
        const auto wanted = entry.is_directory() ? 0700U : 0600U;
        if (mode(entry) != wanted) out.push_back(entry.path().filename().string());
      }
    }
    return out;
  }
  static unsigned mode(const Path& path) {
    return static_cast<unsigned>(fs::status(path).permissions());
  }
};

TEST_F(LedgerOnDisk, KeepsAllOfItsFilesForItsOwner_S4) {
  EXPECT_EQ(open(OpenMode::read)->fingerprinter(), nullptr);
  EXPECT_TRUE(fs::is_empty(folder));
  const auto ledger = open(OpenMode::write);
  ASSERT_TRUE(sim.run(ledger->save(worker, {})));
  EXPECT_TRUE(fs::exists(paths.directory / "ledger.db-wal"));
  EXPECT_TRUE(fs::exists(paths.mark()));
  EXPECT_THAT(open_to_others(), IsEmpty());
  EXPECT_EQ(view(*files->read(paths.directory / ".gitignore", 10)), "*\n");
  EXPECT_EQ(sim.run(open(OpenMode::read)->load(worker))->sequence, 2U);
}

TEST_F(LedgerOnDisk, WhatOthersMayReadIsClosedAndTold_S4) {
  fs::create_directories(paths.directory);
  fs::permissions(paths.directory, fs::perms(0755));
  {
    const auto ledger = open(OpenMode::write);
    ASSERT_TRUE(sim.run(ledger->save(worker, {})));
  }
  EXPECT_EQ(mode(paths.directory), 0700U) << "also a folder that was there before";
  fs::permissions(paths.directory, fs::perms(0755));
  fs::permissions(paths.database(), fs::perms(0644));
  fs::permissions(paths.mark(), fs::perms(0640));
  const auto closed = make_ledger_directory(*files, paths);
  ASSERT_TRUE(closed);
  const auto told = [](const Path& path) {
    return path.string() + " was open to others and is closed now";
  };
  EXPECT_THAT(*closed, ElementsAre(told(fs::canonical(paths.directory)),
                                   told(fs::canonical(paths.database())), told(paths.mark())));
  EXPECT_THAT(open_to_others(), IsEmpty());
  EXPECT_THAT(*make_ledger_directory(*files, paths), IsEmpty()) << "told once";
}

TEST_F(LedgerOnDisk, AFolderThatOthersMayWriteToIsRefused_S4) {
  fs::create_directories(paths.directory);
  fs::permissions(paths.directory, fs::perms(0775));
  const auto refused = make_ledger_directory(*files, paths);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("others may write to"));
  EXPECT_EQ(mode(paths.directory), 0775U) << "who lets others write there decides";
}

TEST_F(LedgerOnDisk, AKeyThatOthersMayReadIsRefused_S4) {
  ASSERT_TRUE(sim.run(open(OpenMode::write)->save(worker, {})));
  fs::permissions(paths.key, fs::perms::group_read, fs::perm_options::add);
  const auto refused = try_open(OpenMode::read);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("run: chmod 600 " + paths.key.string()));
}

// The test ends only when nothing waits for a writer of the FIFO.
TEST_F(LedgerOnDisk, AFifoInPlaceOfAFileIsRefusedAtOnce_S15) {
  ASSERT_TRUE(sim.run(open(OpenMode::write)->save(worker, {})));
  for (const Path& path :
       {paths.mark(), paths.key, paths.database(), Path(paths.database().string() + "-wal")}) {
    const Path away = path.string() + ".away";
    if (fs::exists(path)) fs::rename(path, away);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    for (const auto mode : {OpenMode::read, OpenMode::write, OpenMode::hold}) {
      const auto refused = try_open(mode);
      ASSERT_FALSE(refused) << path;
      EXPECT_THAT(refused.error().message, HasSubstr("not a regular file")) << path;
    }
    fs::remove(path);
    if (fs::exists(away)) fs::rename(away, path);
  }
  EXPECT_EQ(sim.run(open(OpenMode::read)->load(worker))->sequence, 2U);
}

/// What others may change or exchange is no memory.
TEST_F(LedgerOnDisk, LinksInPlaceOfAFileAreRefusedAndNotTouched_S4) {
  ASSERT_TRUE(sim.run(open(OpenMode::write)->save(worker, {})));
  const Path elsewhere = Path(folder) / "elsewhere";
  const auto expect_refused = [&](const Path& path, std::string_view why) {
    fs::permissions(elsewhere, fs::perms(0644));
    for (const auto mode : {OpenMode::read, OpenMode::write, OpenMode::hold}) {
      const auto refused = try_open(mode);
      ASSERT_FALSE(refused) << path;
      EXPECT_THAT(refused.error().message, HasSubstr(path.string() + " " + std::string(why)));
    }
    EXPECT_FALSE(make_ledger_directory(*files, paths));
    EXPECT_EQ(mode(elsewhere), 0644U) << path;
  };
  for (const Path& path :
       {paths.mark(), paths.key, paths.database(), Path(paths.database().string() + "-wal"),
        Path(paths.database().string() + "-shm")}) {
    ASSERT_TRUE(fs::exists(path)) << path;
    fs::rename(path, elsewhere);
    fs::create_symlink(elsewhere, path);
    expect_refused(path, "is a symbolic link; move it away");
    fs::remove(path);
    fs::create_hard_link(elsewhere, path);
    expect_refused(path, "has another name elsewhere (a hard link); move it away");
    fs::remove(path);
    fs::rename(elsewhere, path);
    fs::permissions(path, fs::perms(0600));
  }
  EXPECT_EQ(sim.run(open(OpenMode::read)->load(worker))->sequence, 2U);
}

TEST_F(LedgerOnDisk, ExhaustedDescriptorsAreToldWithTheRemedy) {
  ASSERT_TRUE(sim.run(open(OpenMode::write)->save(worker, {})));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(free);
  const rlimit none{.rlim_cur = static_cast<rlim_t>(free), .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto opened = Database::open(paths.database().string(), "", Database::Access::write);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("ulimit -n"));
}

}  // namespace
}  // namespace lockstep
