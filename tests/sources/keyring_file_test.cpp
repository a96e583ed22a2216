#include "sources/keyring_file.hpp"

#include "fixtures.hpp"

namespace lockstep {
namespace {

using testing::cheap;
using testing::error_text;
using testing::Machine;

const SourceKey jwt{.ns = "cms", .secret = "cms-generated", .key = "cms-runtime.AUTH_JWT_SECRET"};

KeyringContents some_contents() {
  KeyringContents out;
  out.entries[jwt] = {
      .current = {.value = Secret("fake-jwt-CURRENT"), .since = Wall(Seconds(1'767'225'600))},
      .previous = {}};
  out.entries[jwt].previous.push_back(
      {.value = Secret(std::string_view("fake-\0-OLDER", 12)), .since = Wall(Nanos(-5))});
  out.entries[{.ns = "a", .secret = "b", .key = ""}] = {.current = {.value = Secret()}};
  return out;
}

void expect_some_contents(const KeyringContents& contents) {
  ASSERT_EQ(contents.entries.size(), 2u);
  const auto& entry = contents.entries.at(jwt);
  EXPECT_EQ(entry.current.value.expose(), "fake-jwt-CURRENT");
  EXPECT_EQ(to_rfc3339(entry.current.since), "2026-01-01T00:00:00Z");
  ASSERT_EQ(entry.previous.size(), 1u);
  EXPECT_EQ(entry.previous[0].value.expose(), std::string_view("fake-\0-OLDER", 12));
  EXPECT_EQ(entry.previous[0].since, Wall(Nanos(-5)));
}

struct KeyringFile : ::testing::Test {
  Machine machine;

  static KeyringKey file_key(char fill = 'k') {
    return {.kind = KeyringKey::Kind::file, .secret = Secret(std::string(32, fill))};
  }
  static KeyringKey passphrase(std::string_view text = "fake correct horse") {
    return {.kind = KeyringKey::Kind::passphrase, .secret = Secret(text)};
  }
  std::string seal(const KeyringKey& key) {
    auto& random = machine.sim.random();
    const auto keys = derive_keyring_keys(key, new_keyring_kdf(key, cheap, random));
    const auto sealed = seal_keyring(some_contents(), *keys, new_keyring_nonce(random));
    return std::string(view(*sealed));
  }
  static Result<KeyringContents> open(std::string_view file, const KeyringKey& key) {
    TRY(const auto kdf, read_keyring_kdf(file));
    TRY(const auto keys, derive_keyring_keys(key, kdf));
    return open_keyring(file, keys);
  }
};

TEST_F(KeyringFile, OpensWithItsKeyFile) {
  const auto contents = open(seal(file_key()), file_key());
  ASSERT_TRUE(contents);
  expect_some_contents(*contents);
}

TEST_F(KeyringFile, OpensWithItsPassphrase) {
  const auto contents = open(seal(passphrase()), passphrase());
  ASSERT_TRUE(contents);
  expect_some_contents(*contents);
}

TEST_F(KeyringFile, HidesNamesAndValues) {
  const auto file = seal(file_key());
  for (const auto* word : {"fake", "CURRENT", "OLDER", "cms", "AUTH_JWT_SECRET", "kkkk"}) {
    EXPECT_EQ(file.find(word), std::string::npos) << word;
  }
}

TEST_F(KeyringFile, TwoWritesShareNeitherSaltNorNonce) {
  const auto one = seal(file_key());
  const auto two = seal(file_key());
  EXPECT_NE(one.substr(32, 16), two.substr(32, 16));
  EXPECT_NE(one.substr(64, 24), two.substr(64, 24));
}

TEST_F(KeyringFile, TellsAWrongKey) {
  const std::string wrong =
      "this key does not open the keyring, which is undamaged: give the key it was made with "
      "(keyFile or passphrase in lockstep.local.yaml)";
  EXPECT_EQ(error_text(open(seal(file_key()), file_key('x'))), wrong);
  EXPECT_EQ(error_text(open(seal(passphrase()), passphrase("fake correct horsf"))), wrong);
  EXPECT_EQ(open(seal(file_key()), file_key('x')).error().code, keyring_code::wrong_key);
}

TEST_F(KeyringFile, TellsTheWrongKindOfKey) {
  EXPECT_EQ(error_text(open(seal(file_key()), passphrase())),
            "the keyring opens with a key file, not with a passphrase: give it that one (keyFile "
            "or passphrase in lockstep.local.yaml)");
  EXPECT_EQ(error_text(open(seal(passphrase()), file_key())),
            "the keyring opens with a passphrase, not with a key file: give it that one (keyFile "
            "or passphrase in lockstep.local.yaml)");
}

// S4, S6: whatever byte is changed, no value comes out and the key is not blamed.
TEST_F(KeyringFile, TellsEveryChangedByte) {
  const auto good = seal(file_key());
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      auto bad = good;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      const auto opened = open(bad, file_key());
      ASSERT_FALSE(opened) << i;
      EXPECT_EQ(opened.error().code, i < 16 ? keyring_code::foreign : keyring_code::damaged) << i;
      EXPECT_EQ(opened.error().kind, ErrorKind::invalid);
      EXPECT_EQ(describe(opened.error()).find("fake"), std::string::npos);
    }
  }
}

TEST_F(KeyringFile, TellsEveryCutAndAnyAddition) {
  const auto good = seal(file_key());
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto opened = open(good.substr(0, size), file_key());
    ASSERT_FALSE(opened) << size;
    EXPECT_EQ(opened.error().code, keyring_code::damaged) << size;
  }
  EXPECT_EQ(open(good + "x", file_key()).error().code, keyring_code::damaged);
  EXPECT_EQ(error_text(open("", file_key())),
            "the keyring is damaged or was tampered with (the file is empty): put back a good "
            "copy; nothing was changed");
}

TEST_F(KeyringFile, AForgedHeaderOpensNothing) {
  // Two writes with one key and salt: each header's checksum fits, but not the other's contents.
  auto& random = machine.sim.random();
  const auto keys = derive_keyring_keys(file_key(), new_keyring_kdf(file_key(), cheap, random));
  const auto one = seal_keyring(some_contents(), *keys, new_keyring_nonce(random));
  const auto two = seal_keyring(some_contents(), *keys, new_keyring_nonce(random));
  const auto mixed = std::string(view(*two).substr(0, 104)) + std::string(view(*one).substr(104));
  EXPECT_EQ(open(mixed, file_key()).error().code, keyring_code::damaged);
}

// S15: the costs in a header are bounded before any work is done.
TEST_F(KeyringFile, RefusesCostsThatLockstepNeverWrites) {
  for (const KeyringCost cost : {KeyringCost{.passes = 0, .memory_kib = 65536},
                                 KeyringCost{.passes = 17, .memory_kib = 65536},
                                 KeyringCost{.passes = 3, .memory_kib = 8191},
                                 KeyringCost{.passes = 3, .memory_kib = 1024 * 1024 + 1}}) {
    const KeyringKeys keys{.kdf = {.kind = KeyringKey::Kind::passphrase, .cost = cost},
                           .encryption = Secret(std::string(32, 'k')),
                           .check = std::string(16, 'c')};
    const auto file = seal_keyring({}, keys, {});
    ASSERT_TRUE(file);
    EXPECT_EQ(error_text(read_keyring_kdf(view(*file))),
              "the keyring is damaged or was tampered with (its header asks for what lockstep "
              "never writes): put back a good copy; nothing was changed");
  }
}

TEST_F(KeyringFile, RefusesWhatIsNoKeyring) {
  EXPECT_EQ(error_text(open("apiVersion: lockstep.dev/v1alpha1\n", file_key())),
            "this is not a keyring, or its first bytes are damaged: name the right file, or put "
            "back a good copy; it will not be overwritten");
}

TEST_F(KeyringFile, ASealedFileStaysWithinTheBoundThatReadingHas) {
  KeyringContents large;
  for (int i = 0; i < 300; ++i) {
    large.entries[{.ns = "n", .secret = "s", .key = std::to_string(i)}] = {
        .current = {.value = Secret(std::string(64 * 1024, 'v'))}};
  }
  auto& random = machine.sim.random();
  const auto keys = derive_keyring_keys(file_key(), new_keyring_kdf(file_key(), cheap, random));
  EXPECT_EQ(error_text(seal_keyring(large, *keys, new_keyring_nonce(random))),
            "the keyring would be larger than 16 MiB: drop previous values with `lockstep keyring "
            "forget-previous`, or use a second keyring");
}

TEST_F(KeyringFile, ContentsRefuseEveryCut) {
  const auto whole = encode(some_contents());
  EXPECT_TRUE(decode_keyring_contents(view(whole)));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_keyring_contents(view(whole).substr(0, size))) << size;
  }
}

TEST_F(KeyringFile, ReadsKeyFiles) {
  auto& files = machine.files;
  files.put("/k/raw", std::string(31, 'a') + "\n");
  files.put("/k/hex", std::string(62, '0') + "fF\n");
  files.put("/k/crlf", std::string(64, '1') + "\r\n");
  EXPECT_EQ(read_keyring_key_file(files, "/k/raw")->secret.expose(), std::string(31, 'a') + "\n");
  EXPECT_EQ(read_keyring_key_file(files, "/k/hex")->secret.expose(),
            std::string(31, '\0') + "\xff");
  EXPECT_EQ(read_keyring_key_file(files, "/k/crlf")->secret.expose(), std::string(32, '\x11'));
}

TEST_F(KeyringFile, RefusesOtherKeyFilesWithARemedy) {
  auto& files = machine.files;
  const auto refused = [&](std::string_view bytes, auto change) {
    files.put("/k/key", bytes);
    change(files.entries["/k/key"]);
    auto out = error_text(read_keyring_key_file(files, "/k/key"));
    EXPECT_EQ(out.find("fake"), std::string::npos);
    files.entries.erase("/k/key");
    return out;
  };
  using Entry = testing::ArrangedFiles::Entry;
  const std::string good = "fake-key-of-32-bytes-0123456789a";
  const auto as_it_is = [](Entry&) {};
  const std::string shape =
      "/k/key: the key file is neither 32 bytes nor 64 hex digits; name the right file";
  EXPECT_EQ(refused(good + "\n", as_it_is), shape);
  EXPECT_EQ(refused("fake", as_it_is), shape);
  EXPECT_EQ(refused("", as_it_is), shape);
  EXPECT_EQ(refused(std::string(63, '0') + "g", as_it_is), shape);
  EXPECT_EQ(refused(good, [](Entry& e) { e.mode = 0640; }),
            "/k/key: others can use this file; close it: chmod 600 /k/key; if someone else may "
            "have read it, change the key: lockstep keyring rekey");
  EXPECT_EQ(refused(good, [](Entry& e) { e.ours = false; }),
            "/k/key: the key file belongs to another user; use a copy of your own");
  EXPECT_EQ(refused(good, [](Entry& e) { e.kind = FileInfo::Kind::symlink; }),
            "/k/key: the key file is not a regular file; name the file itself");
  EXPECT_EQ(refused(good, [](Entry& e) { e.readable = false; }),
            "cannot read /k/key: Permission denied");
  EXPECT_EQ(error_text(read_keyring_key_file(files, "/k/none")),
            "/k/none: there is no such key file; make one: (umask 077; openssl rand -hex 32 > "
            "/k/none)");
}

}  // namespace
}  // namespace lockstep
