// What earlier releases wrote is opened as it was meant (old/README.md).
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "local/ledger.hpp"
#include "support/sim.hpp"

namespace lockstep {
namespace {

const Path old = LOCKSTEP_SOURCE_DIR "/tests/local/old";
const PlaceId fly{"molecule", "flyApp/molecule-cp"};

/// A copy of the old files on this machine, with the modes that git does not keep.
class OldLedger : public ::testing::Test {
 protected:
  OldLedger() {
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    paths_ = {.directory = Path(folder_) / "ledger", .key = Path(folder_) / "ledger.key"};
    std::filesystem::create_directory(paths_.directory);
    std::filesystem::permissions(paths_.directory, std::filesystem::perms::owner_all);
    copy("ledger.db", paths_.database());
    copy("ledger.key", paths_.key);
    copy("ledger.key.sequence", paths_.mark());
  }
  ~OldLedger() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Ledger> open(OpenMode mode) {
    auto opened = sim_.run(
        open_ledger({.paths = paths_, .mode = mode, .vfs = ""}, *files_, *random_, *offload_));
    EXPECT_TRUE(opened) << describe(opened.error());
    return std::move(*opened);
  }
  PlaceRecord load(Ledger& ledger, const PlaceId& id) { return *sim_.run(ledger.load(id)); }

  testing::Simulation sim_;

 private:
  static void copy(const char* name, const Path& to) {
    std::filesystem::copy_file(old / name, to);
    std::filesystem::permissions(
        to, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  std::string folder_ = ::testing::TempDir() + "lockstep-old-XXXXXX";
  LedgerPaths paths_;
  std::unique_ptr<Files> files_ = make_system_files();
  std::unique_ptr<Random> random_ = testing::make_seeded_random(1);
  std::unique_ptr<Offload> offload_ = make_offload_inline();
};

TEST_F(OldLedger, IsReadAsItWasWritten) {
  const auto ledger = open(OpenMode::read);
  EXPECT_EQ(sim_.run(ledger->places())->size(), 13U);
  const auto record = load(*ledger, fly);
  EXPECT_EQ(record.incumbent, "Target/control-plane");
  EXPECT_EQ(record.sequence, 74U);
  ASSERT_EQ(record.names.size(), 9U);
  const auto& changed = record.names.at("RESEND_API_KEY");
  EXPECT_EQ(changed.claimant, "SecretSet/control-plane");
  EXPECT_EQ(changed.drift_state, State::ChangedOutOfBand);
  EXPECT_EQ(record.names.at("TENANT_REDIS_URL").drift_state, State::Removed);
  EXPECT_TRUE(record.names.at("SECRETS_ENCRYPTION_KEY").compromised_only);
}

TEST_F(OldLedger, ItsFingerprintsStillFitTheirValues) {
  const auto ledger = open(OpenMode::read);
  const Secret value(
      "postgresql://molecule:fake-password-1@ep-fake-000001.eu-central-1.aws.neon.example.com/"
      "molecule?sslmode=require");
  EXPECT_EQ(ledger->fingerprinter()->of_value(fly, "DATABASE_URL", value),
            load(*ledger, fly).names.at("DATABASE_URL").fingerprint);
}

TEST_F(OldLedger, KeepsWhatWasGeneratedAndWhatIsHeld) {
  const auto ledger = open(OpenMode::read);
  const SecretId made{"cms", "secret/cms-production-generated", "cms-runtime.AUTH_JWT_SECRET"};
  EXPECT_TRUE(*sim_.run(ledger->generated(made)));
  const auto holds = *sim_.run(ledger->holds(fly));
  ASSERT_EQ(holds.size(), 1U);
  EXPECT_EQ(holds[0].name, "RESEND_API_KEY");
  EXPECT_EQ(holds[0].reason, "kept while the vendor looks");
}

TEST_F(OldLedger, IsWrittenOn) {
  {
    const auto ledger = open(OpenMode::write);
    auto record = load(*ledger, fly);
    record.names.at("RESEND_API_KEY").drift_by = "alice@example.com";
    const auto saved = sim_.run(ledger->save(fly, record));
    ASSERT_TRUE(saved) << describe(saved.error());
  }
  const auto again = open(OpenMode::write);
  EXPECT_EQ(load(*again, fly).names.at("RESEND_API_KEY").drift_by, "alice@example.com");
}

TEST(OldRecord, EveryFieldComesBack) {
  std::ifstream in(old / "place_record.json");
  std::ostringstream text;
  text << in.rdbuf();
  const auto record = decode_place_record(text.str());
  ASSERT_TRUE(record) << describe(record.error());
  EXPECT_EQ(record->staged_version, "8f0a2a8e-0000-4000-8000-000000000001");
  EXPECT_EQ(record->roll_out_stopped, "machine 148e21ea7e3268: a check is critical");
  EXPECT_EQ(record->seen_taken.at("CACHE"), "kv_namespace");
  EXPECT_EQ(record->repairs.size(), 2U);
  EXPECT_TRUE(record->contested);
  const auto& known = record->names.at("API_KEY");
  EXPECT_EQ(known.origin, Origin::trusted);
  EXPECT_EQ(known.drift_by, "alice@example.com (secret)");
  EXPECT_TRUE(known.compromised_only);
  ASSERT_TRUE(known.intent);
  EXPECT_EQ(known.intent->place_before.version, "v");
  EXPECT_EQ(known.intent->staged, true);
  EXPECT_EQ(record->names.at("ADOPTED").origin, Origin::adopted);
}

}  // namespace
}  // namespace lockstep
