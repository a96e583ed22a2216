// Power cuts at every operation that reaches the disk, of the database and of the files beside it
// (S6): what was acknowledged is there, nothing is there that was not asked for, and the ledger
// always opens again.
#include <gtest/gtest.h>

#include <map>

#include "local/ledger_world.hpp"

namespace lockstep {
namespace {

using testing::LedgerWorld;

const PlaceId places[] = {
    {"cms", "flyApp/one"}, {"cms", "flyApp/two"}, {"molecule", "flyApp/three"}};
const SecretId generated{"cms", "secret/cms-generated", "cms.SEED"};

/// What the ledger said was durable, and what was asked of it when the power failed.
struct Promised {
  std::map<PlaceId, std::pair<std::uint64_t, std::string>> acknowledged;
  std::optional<std::pair<PlaceId, std::string>> in_flight;
  bool generated_acknowledged = false;
  bool generated_asked = false;
};

/// Some saves, of some size, until the power fails or `saves` are done.
void work(LedgerWorld& world, Promised& promised, int saves, int& serial) {
  auto ledger = world.open();
  if (!ledger) return;
  for (int i = 0; i < saves; ++i) {
    const auto& id = places[world.power.one_of(std::size(places))];
    auto record = world.sim.run((*ledger)->load(id));
    if (!record) return;
    record->incumbent = "Target/" + std::to_string(++serial);
    // Mostly small; a large one now and then fills the log until it is checkpointed.
    record->seen_names.assign(world.power.one_of(4) == 0 ? 150 : 2, std::string(500, 'N'));
    promised.in_flight = {id, record->incumbent};
    const auto saved = world.save(**ledger, id, *record);
    if (!saved) return;
    promised.in_flight.reset();
    promised.acknowledged[id] = {*saved, record->incumbent};
  }
  promised.generated_asked = true;
  if (world.sim.run((*ledger)->remember_generated(generated, "k01234567:aa"))) {
    promised.generated_acknowledged = true;
  }
}

/// Opens after a crash and holds what is there to what was promised; takes it over as the new
/// promise.
void check(LedgerWorld& world, Promised& promised, OpenMode mode) {
  const auto opened = world.open(mode);
  ASSERT_TRUE(opened) << describe(opened.error());
  auto& ledger = **opened;
  for (const auto& id : places) {
    const auto record = world.sim.run(ledger.load(id));
    ASSERT_TRUE(record) << describe(record.error());
    const auto known = promised.acknowledged.find(id);
    const auto expected = known == promised.acknowledged.end() ? "" : known->second.second;
    if (record->incumbent == expected) {
      if (known != promised.acknowledged.end()) EXPECT_EQ(record->sequence, known->second.first);
      continue;
    }
    ASSERT_TRUE(promised.in_flight && promised.in_flight->first == id) << "lost or a phantom";
    ASSERT_EQ(record->incumbent, promised.in_flight->second) << "lost or a phantom";
    if (mode == OpenMode::write) {
      promised.acknowledged[id] = {record->sequence, record->incumbent};
    }
  }
  const auto remembered = world.sim.run(ledger.generated(generated));
  ASSERT_TRUE(remembered);
  if (promised.generated_acknowledged) EXPECT_TRUE(remembered->has_value());
  if (!promised.generated_asked) EXPECT_FALSE(remembered->has_value());
  if (mode == OpenMode::write) {
    promised.in_flight.reset();
    promised.generated_acknowledged |= remembered->has_value();
  }
}

/// Several lives of one ledger, each ended by a power cut after `operation` operations.
void live_and_crash(std::uint64_t seed, long operation) {
  LedgerWorld world(seed, "ledger-crash");
  Promised promised;
  int serial = 0;
  for (int life = 0; life < 3; ++life) {
    world.power.cut_after(operation);
    work(world, promised, 5, serial);
    world.power.cut();
    world.disk.crash();
    check(world, promised, OpenMode::read);
    check(world, promised, OpenMode::write);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(LedgerCrash, LosesNothingAcknowledgedWhereverThePowerFails_S6) {
  // As many as a long life takes: creation, saves, a checkpoint of the log.
  constexpr long operations = 300;
  for (long operation = 0; operation < operations; ++operation) {
    live_and_crash(static_cast<std::uint64_t>(operation) + 1, operation);
    ASSERT_FALSE(HasFailure()) << "operation " << operation;
  }
}

TEST(LedgerCrash, CreationCutAnywhereIsCompletedByTheNextOpening_S6) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    for (long operation = 0; operation < 60; ++operation) {
      LedgerWorld world(seed, "ledger-create");
      world.power.cut_after(operation);
      const bool opened = world.open().has_value();
      world.power.cut();
      world.disk.crash();
      const auto reader = world.open(OpenMode::read);
      ASSERT_TRUE(reader) << operation << ": " << describe(reader.error());
      const auto writer = world.open(OpenMode::write);
      ASSERT_TRUE(writer) << operation << ": " << describe(writer.error());
      ASSERT_TRUE(world.touch(**writer, places[0], "Target/x"));
      if (opened) EXPECT_NE((*reader)->fingerprinter(), nullptr);
    }
  }
}

TEST(LedgerCrash, AFailingDiskThatThenLosesPowerKeepsItsPromises_S6) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    LedgerWorld world(seed, "ledger-faults");
    Promised promised;
    int serial = 0;
    work(world, promised, 2, serial);
    const auto how = seed % 2 == 0 ? testing::DiskOutcome::full : testing::DiskOutcome::io_error;
    world.power.fail_after(static_cast<long>(world.power.one_of(40)),
                           static_cast<long>(1 + world.power.one_of(5)), how);
    work(world, promised, 5, serial);
    world.power.cut();
    world.disk.crash();
    check(world, promised, OpenMode::write);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace lockstep
