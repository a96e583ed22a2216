// One machine with a ledger on it: disk, key, opening, damaging.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "base/digest.hpp"
#include "local/ledger.hpp"
#include "support/crash_vfs.hpp"
#include "support/memory_files.hpp"
#include "support/sim.hpp"

namespace lockstep::testing {

struct LedgerWorld {
  explicit LedgerWorld(std::uint64_t seed = 1, std::string vfs = "ledger-test")
      : power(seed), disk(std::move(vfs), power), files(power), random(make_seeded_random(seed)) {}

  Result<std::unique_ptr<Ledger>> open(OpenMode mode = OpenMode::write) {
    return open(mode, LedgerPaths{.directory = ".lockstep", .key = "state/ledger.key"});
  }
  Result<std::unique_ptr<Ledger>> open(OpenMode mode, LedgerPaths paths) {
    return sim.run(open_ledger({.paths = std::move(paths), .mode = mode, .vfs = disk.name()}, files,
                               *random, *offload));
  }
  /// The text of the refusal; fails the test when it opens, or is refused as another kind.
  std::string refusal(OpenMode mode = OpenMode::write) {
    const auto opened = open(mode);
    EXPECT_FALSE(opened) << "it opened";
    if (opened) return "";
    EXPECT_EQ(opened.error().kind, ErrorKind::storage);
    return opened.error().message;
  }

  PlaceRecord load(Ledger& ledger, const PlaceId& id) { return *sim.run(ledger.load(id)); }
  Result<std::uint64_t> save(Ledger& ledger, const PlaceId& id, const PlaceRecord& record) {
    return sim.run(ledger.save(id, record));
  }
  /// Saves a new version of the record with that incumbent.
  Result<std::uint64_t> touch(Ledger& ledger, const PlaceId& id, const std::string& incumbent) {
    auto record = sim.run(ledger.load(id));
    if (!record) return fail(record.error());
    record->incumbent = incumbent;
    return save(ledger, id, *record);
  }
  /// A ledger with some records, closed again.
  void fill(int records) {
    auto ledger = open();
    ASSERT_TRUE(ledger) << describe(ledger.error());
    for (int i = 0; i < records; ++i) {
      const auto saved = touch(**ledger, {"cms", "flyApp/app-" + std::to_string(i)},
                               "Target/t" + std::to_string(i));
      ASSERT_TRUE(saved) << describe(saved.error());
    }
  }
  /// Runs SQL on the database as someone with `sqlite3` would.
  void edit(const std::string& sql) { query(sql); }
  /// The same; gives the last row's first column.
  std::string query(const std::string& sql);

  Power power;
  CrashVfs disk;
  MemoryFiles files;
  std::unique_ptr<Random> random;
  std::unique_ptr<Offload> offload = make_offload_inline();
  Simulation sim;
};

inline const PlaceId worker{"cms", "cloudflareWorker/0123456789abcdef0123456789abcdef/cms"};

}  // namespace lockstep::testing
