// Keyrings that earlier releases wrote still open (tests/local/old/README.md).
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "sources/fixtures.hpp"

namespace lockstep {
namespace {

using testing::text;

const Path old = LOCKSTEP_SOURCE_DIR "/tests/local/old";

std::string read(const char* name) {
  std::ifstream in(old / name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct OldKeyring : ::testing::Test {
  testing::Machine machine;
  const SourceKey made{
      .ns = "cms", .secret = "cms-production-generated", .key = "cms-runtime.AUTH_JWT_SECRET"};

  std::string get(KeyringStandIn where) {
    Keyring keyring(std::move(where), machine.seams());
    return text(machine.sim.run(keyring.get(made)));
  }
};

TEST_F(OldKeyring, OfAKeyFileOpens) {
  machine.files.put("/k/main.keyring", read("key-file.keyring"));
  machine.files.put("/k/main.key", read("keyring.key"));
  EXPECT_EQ(
      get({.path = "/k/main.keyring", .key_file = "/k/main.key", .passphrase_env = {}}).size(),
      64U);
}

TEST_F(OldKeyring, OfAPassphraseOpensAndHoldsTheSame) {
  machine.files.put("/k/main.keyring", read("key-file.keyring"));
  machine.files.put("/k/main.key", read("keyring.key"));
  machine.files.put("/k/rekeyed.keyring", read("passphrase.keyring"));
  machine.environment.set("OLD_PASS", Secret("fake passphrase of the old keyring"));
  EXPECT_EQ(get({.path = "/k/rekeyed.keyring", .key_file = {}, .passphrase_env = "OLD_PASS"}),
            get({.path = "/k/main.keyring", .key_file = "/k/main.key", .passphrase_env = {}}));
}

}  // namespace
}  // namespace lockstep
