#include "local/ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "local/ledger_world.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LedgerWorld;
using testing::worker;

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

TEST(Ledger, OnRealFilesItKeepsItsPermissionsAndIgnoresItself) {
  namespace fs = std::filesystem;
  std::string folder = ::testing::TempDir() + "lockstep-ledger-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const LedgerPaths paths{.directory = Path(folder) / ".lockstep",
                          .key = Path(folder) / "state" / "deep" / "ledger.key"};
  const auto files = make_system_files();
  const auto offload = make_offload_inline();
  testing::Simulation sim;
  const auto open = [&](OpenMode mode) {
    return *sim.run(
        open_ledger({.paths = paths, .mode = mode, .vfs = ""}, *files, sim.random(), *offload));
  };
  EXPECT_EQ(open(OpenMode::read)->fingerprinter(), nullptr);
  EXPECT_TRUE(fs::is_empty(folder));

  ASSERT_TRUE(sim.run(open(OpenMode::write)->save(worker, {})));
  const auto mode = [](const Path& path) {
    return static_cast<unsigned>(fs::status(path).permissions());
  };
  EXPECT_EQ(mode(paths.directory), 0700U);
  EXPECT_EQ(mode(paths.key), 0600U);
  EXPECT_EQ(mode(paths.key.parent_path()), 0700U);
  EXPECT_EQ(view(*files->read(paths.directory / ".gitignore", 10)), "*\n");
  EXPECT_EQ(sim.run(open(OpenMode::read)->load(worker))->sequence, 2U);

  fs::permissions(paths.key, fs::perms::group_read, fs::perm_options::add);
  const auto refused = sim.run(open_ledger({.paths = paths, .mode = OpenMode::read, .vfs = ""},
                                           *files, sim.random(), *offload));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("run: chmod 600 " + paths.key.string()));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace lockstep
