#include "sources/local_secrets.hpp"

#include "fixtures.hpp"
#include "support/dead_disk.hpp"

namespace lockstep {
namespace {

using testing::cheap;
using testing::error_text;
using testing::Machine;
using testing::text;
using namespace std::chrono_literals;

struct LocalSecretsTest : ::testing::Test {
  Machine machine;
  StandIns stand_ins;

  void SetUp() override {
    stand_ins.keyrings["main"] = {
        .path = "/m/secure/lockstep.keyring", .key_file = "/m/key", .passphrase_env = {}};
    stand_ins.secrets[{.ns = "cms", .name = "listed"}] =
        Keys{{{"token", FromEnv{"CLOUDFLARE_API_TOKEN"}}, {"pem", FromFile{"/m/key.pem"}}}};
    stand_ins.secrets[{.ns = "cms", .name = "dotenv"}] = EnvFile{.path = "/m/production.env"};
    stand_ins.secrets[{.ns = "cms", .name = "open"}] =
        EnvFile{.path = "/m/production.env", .allow_others = true};
    stand_ins.secrets[{.ns = "cms", .name = "prefixed"}] = EnvPrefix{"CMS_STAGING_"};
    stand_ins.secrets[{.ns = "cms", .name = "kept"}] = InKeyring{"main"};
    stand_ins.secrets[{.ns = "cms", .name = "nowhere"}] = InKeyring{"other"};
    machine.files.put("/m/key", std::string(64, 'a'));
  }
  LocalSecrets make() { return LocalSecrets(stand_ins, machine.seams(), cheap); }
  Result<std::optional<Secret>> get(LocalSecrets& from, std::string secret, std::string key) {
    return machine.sim.run(
        from.get({.ns = "cms", .secret = std::move(secret), .key = std::move(key)}));
  }
  Result<std::optional<Secret>> get(std::string secret, std::string key) {
    auto from = make();
    return get(from, std::move(secret), std::move(key));
  }
  Result<Secret> put(LocalSecrets& into, std::string secret, std::string_view value) {
    return machine.sim.run(into.put_if_absent(
        {.ns = "cms", .secret = std::move(secret), .key = "app.JWT"}, Secret(value)));
  }
};

TEST_F(LocalSecretsTest, ReadsAListedVariable) {
  EXPECT_EQ(text(get("listed", "token")), "(no such key)");
  machine.environment.set("CLOUDFLARE_API_TOKEN", Secret("fake-token"));
  EXPECT_EQ(text(get("listed", "token")), "fake-token");
  EXPECT_EQ(text(get("listed", "unlisted")), "(no such key)");
  machine.environment.set("CLOUDFLARE_API_TOKEN", Secret());
  EXPECT_EQ(text(get("listed", "token")), "");
}

TEST_F(LocalSecretsTest, ReadsAListedFileToTheLastByte) {
  machine.files.put("/m/key.pem", std::string_view("-----BEGIN FAKE-----\0\r\n\n", 24));
  EXPECT_EQ(text(get("listed", "pem")), std::string_view("-----BEGIN FAKE-----\0\r\n\n", 24));
}

TEST_F(LocalSecretsTest, AValueIsNeverGivenWhileItIsWritten_S3) {
  machine.write_slowly("/m/key.pem", {"-----BEGIN ", "FAKE", "-----"}, 900ms);
  EXPECT_EQ(text(get("listed", "pem")), "-----BEGIN FAKE-----");
  machine.write_slowly("/m/production.env", {"API_KEY=prod-val", "ue-0123", "456\n"}, 5s);
  EXPECT_EQ(text(get("dotenv", "API_KEY")), "prod-value-0123456");
}

TEST_F(LocalSecretsTest, AFileWithoutEndIsAnErrorThatNamesIt) {
  machine.write_slowly("/m/key.pem", std::vector<std::string>(100, "x"), 400ms);
  EXPECT_EQ(error_text(get("listed", "pem")),
            "/m/key.pem is still being written after 20 s; wait for its writer to end, then try "
            "again");
}

TEST_F(LocalSecretsTest, ReadsVariablesByPrefix) {
  machine.environment.set("CMS_STAGING_OIDC_ISSUER", Secret("https://id.example"));
  machine.environment.set("OIDC_ISSUER", Secret("wrong"));
  EXPECT_EQ(text(get("prefixed", "OIDC_ISSUER")), "https://id.example");
  EXPECT_EQ(text(get("prefixed", "OIDC")), "(no such key)");
  EXPECT_EQ(text(get("prefixed", "CMS_STAGING_OIDC_ISSUER")), "(no such key)");
}

TEST_F(LocalSecretsTest, ReadsADotenvFile) {
  machine.files.put("/m/production.env", "A='fake one'\nEMPTY=\n");
  EXPECT_EQ(text(get("dotenv", "A")), "fake one");
  EXPECT_EQ(text(get("dotenv", "EMPTY")), "");
  EXPECT_EQ(text(get("dotenv", "B")), "(no such key)");
}

TEST_F(LocalSecretsTest, KeepsWhatItReadUntilRefresh) {
  auto secrets = make();
  EXPECT_FALSE(get(secrets, "dotenv", "A"));
  machine.files.put("/m/production.env", "A=1");
  machine.files.put("/m/key.pem", "one");
  EXPECT_FALSE(get(secrets, "dotenv", "A"));
  secrets.refresh();
  EXPECT_EQ(text(get(secrets, "dotenv", "A")), "1");
  EXPECT_EQ(text(get(secrets, "listed", "pem")), "one");
  const auto reads = machine.files.reads;
  machine.files.put("/m/production.env", "A=2");
  machine.files.put("/m/key.pem", "two");
  EXPECT_EQ(text(get(secrets, "dotenv", "A")), "1");
  EXPECT_EQ(text(get(secrets, "dotenv", "B")), "(no such key)");
  EXPECT_EQ(text(get(secrets, "listed", "pem")), "one");
  EXPECT_EQ(machine.files.reads, reads);
  secrets.refresh();
  EXPECT_EQ(text(get(secrets, "dotenv", "A")), "2");
  EXPECT_EQ(text(get(secrets, "listed", "pem")), "two");
}

TEST_F(LocalSecretsTest, KeepsGeneratedValuesInAKeyringApartBySecret) {
  stand_ins.secrets[{.ns = "cms", .name = "kept too"}] = InKeyring{"main"};
  auto secrets = make();
  EXPECT_TRUE(secrets.writable("cms", "kept"));
  EXPECT_EQ(text(get(secrets, "kept", "app.JWT")), "(no such key)");
  EXPECT_EQ(text(put(secrets, "kept", "fake-1")), "fake-1");
  EXPECT_EQ(text(put(secrets, "kept", "fake-2")), "fake-1");
  EXPECT_EQ(text(get(secrets, "kept", "app.JWT")), "fake-1");
  EXPECT_EQ(text(get(secrets, "kept too", "app.JWT")), "(no such key)");
  ASSERT_NE(secrets.keyring("main"), nullptr);
  EXPECT_EQ(machine.sim.run(secrets.keyring("main")->list())->size(), 1u);
  EXPECT_EQ(secrets.keyring("other"), nullptr);
}

TEST_F(LocalSecretsTest, OnlyAKeyringThatIsThereIsWritable) {
  auto secrets = make();
  for (const auto* name : {"listed", "dotenv", "prefixed", "nowhere", "unknown"}) {
    EXPECT_FALSE(secrets.writable("cms", name)) << name;
    EXPECT_FALSE(put(secrets, name, "fake")) << name;
  }
  const auto refused = put(secrets, "dotenv", "fake");
  EXPECT_EQ(refused.error().kind, ErrorKind::unsupported);
  EXPECT_EQ(error_text(refused),
            "what stands in for Secret cms/dotenv cannot keep generated values; only a keyring "
            "can. In lockstep.local.yaml write, for example: cms/dotenv: {keyring: main}");
}

TEST_F(LocalSecretsTest, NamesTheLineToAddForASecretWithoutStandIn) {
  const auto result = get("cms-production", "A");
  EXPECT_EQ(result.error().kind, ErrorKind::invalid);
  EXPECT_EQ(error_text(result),
            "nothing stands in for Secret cms/cms-production on this machine; add it to "
            "lockstep.local.yaml under \"secrets:\", for example: cms/cms-production: {envFile: "
            "{path: secure/cms-production.env}}");
  EXPECT_EQ(error_text(get("nowhere", "A")),
            "there is no keyring \"other\"; add it to lockstep.local.yaml under \"keyrings:\", for "
            "example: other: {path: secure/lockstep.keyring, keyFile: secure/keyring.key}");
}

// A file that is missing or not to be read is an error, never "no such key".
TEST_F(LocalSecretsTest, MissingFilesAreErrorsWithARemedy) {
  const auto missing = get("listed", "pem");
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_EQ(error_text(missing),
            "/m/key.pem: this file with values is not there or cannot be reached; make it, or "
            "correct the path in lockstep.local.yaml");
  EXPECT_EQ(get("dotenv", "A").error().kind, ErrorKind::not_found);
  machine.files.put("/m/key.pem", "fake");
  machine.files.entries["/m/key.pem"].readable = false;
  EXPECT_EQ(error_text(get("listed", "pem")),
            "/m/key.pem: this file cannot be read; let the user that runs lockstep read it");
  EXPECT_EQ(get("listed", "pem").error().kind, ErrorKind::invalid);
}

TEST_F(LocalSecretsTest, RefusesADotenvFileInTheHandsOfOthers) {
  using Entry = testing::ArrangedFiles::Entry;
  const auto refused = [&](const char* secret, Entry entry) {
    entry.bytes = "A=fake";
    machine.files.entries["/m/production.env"] = std::move(entry);
    return error_text(get(secret, "A"));
  };
  for (const unsigned mode : {0640u, 0604u, 0610u, 0601u}) {
    EXPECT_EQ(refused("dotenv", {.mode = mode}),
              "/m/production.env: others can use this file; close it: chmod 600 "
              "/m/production.env (or say allowOthers: true in lockstep.local.yaml)");
  }
  EXPECT_EQ(refused("dotenv", {.mode = 0620}),
            "/m/production.env: others can write this file; close it: chmod 600 /m/production.env");
  EXPECT_EQ(
      refused("open", {.mode = 0620}),
      "/m/production.env: others can write this file; close it: chmod go-w /m/production.env");
  for (const auto* secret : {"dotenv", "open"}) {
    EXPECT_EQ(refused(secret, {.ours = false}),
              "/m/production.env: this file belongs to another user; use a copy of your own");
    EXPECT_EQ(refused(secret, {.kind = FileInfo::Kind::symlink}),
              "/m/production.env: this is a symbolic link; name the file itself in "
              "lockstep.local.yaml");
    EXPECT_EQ(refused(secret, {.kind = FileInfo::Kind::directory}),
              "/m/production.env: this is not a regular file; name a dotenv file in "
              "lockstep.local.yaml");
  }
  machine.files.entries["/m/production.env"] = {.bytes = "A=fake", .mode = 0644};
  EXPECT_EQ(text(get("open", "A")), "fake");
  machine.files.entries["/m/production.env"].mode = 0400;
  EXPECT_EQ(text(get("dotenv", "A")), "fake");
}

TEST_F(LocalSecretsTest, RefusesAFileWithAValueThatOthersChoose) {
  auto& entry = machine.files.entries["/m/key.pem"];
  entry = {.bytes = "fake", .mode = 0444};
  EXPECT_EQ(text(get("listed", "pem")), "fake") << "as a mounted secret is";
  for (const unsigned mode : {0620U, 0602U, 0666U}) {
    entry.mode = mode;
    EXPECT_EQ(error_text(get("listed", "pem")),
              "/m/key.pem: others can write this file; close it: chmod go-w /m/key.pem");
  }
}

TEST_F(LocalSecretsTest, RefusesValuesOver64KiB) {
  const std::string most(64 * 1024, 'v');
  const auto more = most + "v";
  const auto all = [&](std::string_view value) {
    machine.environment.set("CLOUDFLARE_API_TOKEN", Secret(value));
    machine.environment.set("CMS_STAGING_A", Secret(value));
    machine.files.put("/m/key.pem", value);
    machine.files.put("/m/production.env", "A=" + std::string(value));
  };
  all(most);
  EXPECT_EQ(text(get("listed", "token")), most);
  EXPECT_EQ(text(get("listed", "pem")), most);
  EXPECT_EQ(text(get("prefixed", "A")), most);
  EXPECT_EQ(text(get("dotenv", "A")), most);
  all(more);
  const std::string tail = " is larger than 64 KiB, the most a value may have";
  EXPECT_EQ(error_text(get("listed", "token")), "environment variable CLOUDFLARE_API_TOKEN" + tail);
  EXPECT_EQ(error_text(get("listed", "pem")), "/m/key.pem: this file" + tail);
  EXPECT_EQ(error_text(get("prefixed", "A")), "environment variable CMS_STAGING_A" + tail);
  EXPECT_EQ(error_text(get("dotenv", "A")), "A in /m/production.env" + tail);
  auto secrets = make();
  EXPECT_EQ(error_text(put(secrets, "kept", more)), "the value to keep as app.JWT" + tail);
}

// S4
TEST_F(LocalSecretsTest, ErrorsOfABrokenDotenvFileNameTheLineOnly) {
  machine.files.put("/m/production.env", "A=fake-one\nhunter2-fake-two\n");
  const auto error = error_text(get("dotenv", "A"));
  EXPECT_TRUE(error.starts_with("/m/production.env:2: this line is not NAME=value")) << error;
  EXPECT_EQ(error.find("fake"), std::string::npos);
}

TEST_F(LocalSecretsTest, WarnsOfRepeatedNamesWithoutNamingThem) {
  machine.files.put("/m/production.env", "A=1\nB=2\nA=3\n");
  auto secrets = make();
  EXPECT_EQ(text(get(secrets, "dotenv", "A")), "3");
  EXPECT_EQ(secrets.warnings(),
            std::vector<std::string>{"/m/production.env:3: sets a name again that line 1 set; this "
                                     "line counts: remove one of them"});
  secrets.refresh();
  EXPECT_TRUE(secrets.warnings().empty());
}

TEST_F(LocalSecretsTest, SaysWhyAValueIsMissing) {
  stand_ins.lines = {{{.ns = "cms", .name = "listed"}, 3}, {{.ns = "cms", .name = "prefixed"}, 9}};
  auto& keys = std::get<Keys>(stand_ins.secrets.at({.ns = "cms", .name = "listed"})).keys;
  std::get<FromEnv>(keys.at("token")).line = 4;
  const auto secrets = make();
  const auto why = [&](std::string secret, std::string key) {
    return secrets.why_missing({.ns = "cms", .secret = std::move(secret), .key = std::move(key)});
  };
  EXPECT_EQ(why("listed", "token"),
            "environment variable CLOUDFLARE_API_TOKEN is not set (lockstep.local.yaml:4)");
  EXPECT_EQ(why("listed", "x"), "its keys in lockstep.local.yaml:3 lack it");
  EXPECT_EQ(why("listed", "pem"), "") << "a file that is not there is an error of its own";
  EXPECT_EQ(why("dotenv", "A"), "") << "that there is none says all";
  EXPECT_EQ(why("prefixed", "A"),
            "environment variable CMS_STAGING_A is not set (lockstep.local.yaml:9)");
  EXPECT_EQ(why("kept", "A"), "");
  EXPECT_EQ(why("unknown", "A"), "") << "get() is an error";
}

TEST_F(LocalSecretsTest, S19_ADiskThatHangsKeepsValuesFromDevelopersFiles) {
  stand_ins.local_files[{.ns = "cms", .name = "dotenv"}] = {.all = true, .keys = {}};
  machine.work_by(std::make_unique<testing::DeadDisk>(machine.sim.clock()));
  auto from = make();
  const SourceKey key{.ns = "cms", .secret = "dotenv", .key = "A"};
  const auto began = machine.sim.clock().mono();
  EXPECT_EQ(machine.sim.run(from.local_file_problem(key)),
            "the disk does not answer for /m/production.env; mend what holds it (a network share "
            "that is away?)");
  EXPECT_FALSE(machine.sim.run(from.shares(key, {.ns = "cms", .name = "open"})));
  EXPECT_LT(machine.sim.clock().mono() - began, std::chrono::seconds(31));
}

TEST_F(LocalSecretsTest, S19_SaysWhatMayReachADevelopersFile) {
  stand_ins.secrets[{.ns = "dev", .name = "own"}] = EnvFile{.path = "/m/secure/../production.env"};
  stand_ins.local_files[{.ns = "dev", .name = "own"}] = {.all = true, .keys = {}};
  // Files that are not there could be any.
  for (const auto* name : {"listed", "open"}) stand_ins.secrets.erase({.ns = "cms", .name = name});
  machine.files.put("/m/production.env", "A=fake\n");
  const SourceKey own{.ns = "dev", .secret = "own", .key = "A"};
  auto from = make();
  EXPECT_THAT(machine.sim.run(from.local_file_problem(own)),
              ::testing::HasSubstr("may stand in for secrets.cms/dotenv too"));
  stand_ins.local_files[{.ns = "cms", .name = "dotenv"}] = {.all = true, .keys = {}};
  auto marked = make();
  EXPECT_EQ(machine.sim.run(marked.local_file_problem(own)), "");
  EXPECT_NE(machine.sim.run(from.local_file_problem({.ns = "cms", .secret = "dotenv", .key = "A"})),
            "");
  EXPECT_FALSE(machine.sim.run(from.shares(own, {.ns = "cms", .name = "prefixed"})).value());
  EXPECT_TRUE(machine.sim.run(from.shares(own, {.ns = "cms", .name = "dotenv"})).value());
}

}  // namespace
}  // namespace lockstep
