#include "app/local_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/git_index.hpp"
#include "support/memory_files.hpp"
#include "support/sim.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

struct LocalConfig : ::testing::Test {
  testing::Power power{1};
  testing::MemoryFiles files{power};
  testing::Simulation sim;
  std::unique_ptr<Offload> offload = make_offload_inline();
  RestedReader reader{files, sim.clock(), *offload};
  GitVariables git;

  Result<LocalSetup> read_file(Path path, bool required) {
    return sim.run(read_local_setup(reader, git, std::move(path), required));
  }
  Result<LocalSetup> read(std::string_view text) {
    files.put("home/lockstep.local.yaml", text);
    return read_file("home/lockstep.local.yaml", true);
  }
};

TEST_F(LocalConfig, AMissingFileIsAnEmptySetupUnlessTheUserNamedIt) {
  const auto setup = read_file("lockstep.local.yaml", false);
  ASSERT_TRUE(setup);
  EXPECT_TRUE(setup->stand_ins.secrets.empty());
  EXPECT_EQ(read_file("lockstep.local.yaml", true).error().kind, ErrorKind::not_found);
}

// Who may write it may have tokens sent elsewhere.
TEST_F(LocalConfig, AFileThatOthersCanWriteIsRefused_S17) {
  for (const unsigned mode : {0666U, 0662U, 0664U}) {
    files.put("home/lockstep.local.yaml", "secrets: {}\n", mode);
    EXPECT_THAT(
        read_file("home/lockstep.local.yaml", true).error().message,
        HasSubstr("others can write this file; close it: chmod go-w home/lockstep.local.yaml"));
  }
  files.put("home/lockstep.local.yaml", "secrets: {}\n", 0644);
  EXPECT_TRUE(read_file("home/lockstep.local.yaml", true));
}

// Who chooses the trusted certificates reads the tokens on their way.
TEST_F(LocalConfig, ACaFileThatOthersCanWriteIsRefused_S17) {
  files.put("home/ca.pem", "not a real certificate\n", 0664);
  const auto refused = read("caFile: ca.pem\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "home/lockstep.local.yaml:1:1: caFile: home/ca.pem: others can write this file; close "
            "it: chmod go-w home/ca.pem");
  files.put("home/ca.pem", "not a real certificate\n", 0644);
  EXPECT_TRUE(read("caFile: ca.pem\n"));
}

TEST_F(LocalConfig, AFileOfAnotherUserIsRefused_S17) {
  files.put("home/lockstep.local.yaml", "secrets: {}\n", 0644);
  files.give_away("home/lockstep.local.yaml");
  EXPECT_THAT(read_file("home/lockstep.local.yaml", true).error().message,
              HasSubstr("this file belongs to another user"));
}

TEST_F(LocalConfig, AFileThatIsBeingWrittenIsWaitedFor) {
  files.tell_time([this] { return sim.clock().wall(); });
  files.put("home/lockstep.local.yaml", "secrets:\n  cms/token: {envPrefix: ");
  Scope writer(sim.executor());
  writer.start([](LocalConfig& at) -> Awaitable<void> {
    auto& clock = at.sim.clock();
    (void)co_await clock.sleep_until(clock.mono() + std::chrono::milliseconds(900));
    at.files.append("home/lockstep.local.yaml", "CMS_}\n");
  }(*this));
  const auto setup = read_file("home/lockstep.local.yaml", true);
  ASSERT_TRUE(setup) << describe(setup.error());
  EXPECT_EQ(setup->stand_ins.secrets.size(), 1U);
}

TEST_F(LocalConfig, RemembersTheLinesThatAMissingValueNames) {
  const auto setup = read(
      "secrets:\n  cms/token:\n    keys:\n      token: {env: CMS_TOKEN}\n"
      "  cms/values: {envPrefix: CMS_}\n");
  ASSERT_TRUE(setup) << describe(setup.error());
  const auto& keys = std::get<Keys>(setup->stand_ins.secrets.at({"cms", "token"})).keys;
  EXPECT_EQ(std::get<FromEnv>(keys.at("token")).line, 4U);
  EXPECT_EQ(setup->stand_ins.lines.at({"cms", "values"}), 5U);
}

TEST_F(LocalConfig, PathsAreRelativeToTheFile) {
  const auto setup = read(R"(
keyrings: {main: {path: secure/lockstep.keyring, keyFile: ../keys/keyring.key}}
secrets:
  cms/values: {envFile: {path: secure/production.env}}
  cms/token: {keys: {token: {file: token.txt}}}
caFile: ca.pem
adminManifests: [platform/]
)");
  ASSERT_TRUE(setup) << describe(setup.error());
  const auto& keyring = setup->stand_ins.keyrings.at("main");
  EXPECT_EQ(keyring.path, "home/secure/lockstep.keyring");
  EXPECT_EQ(keyring.key_file, "keys/keyring.key");
  EXPECT_EQ(std::get<EnvFile>(setup->stand_ins.secrets.at({"cms", "values"})).path,
            "home/secure/production.env");
  const auto& token = std::get<Keys>(setup->stand_ins.secrets.at({"cms", "token"}));
  EXPECT_EQ(std::get<FromFile>(token.keys.at("token")).path, "home/token.txt");
  EXPECT_EQ(setup->ca_file, "home/ca.pem");
  ASSERT_EQ(setup->admin_folders.size(), 1U);
  EXPECT_EQ(setup->admin_folders[0].lexically_normal().string().substr(0, 13), "home/platform");
}

TEST_F(LocalConfig, ANameAloneIsInTheDefaultNamespace) {
  const auto setup = read("secrets:\n  values: {envPrefix: CMS_}\n");
  ASSERT_TRUE(setup) << describe(setup.error());
  EXPECT_TRUE(setup->stand_ins.secrets.contains({"default", "values"}));
}

TEST_F(LocalConfig, S19_WhatMayReachADevelopersFileIsSaidAtTheStandIn) {
  const auto setup = read(R"(
secrets:
  cms/values: {envPrefix: CMS_}
  cms/dev: {envPrefix: DEV_, localFiles: true}
  cms/listed: {keys: {a: {env: A, localFiles: true}, b: {env: B}}}
)");
  ASSERT_TRUE(setup) << describe(setup.error());
  const auto& said = setup->stand_ins.local_files;
  EXPECT_FALSE(said.at({"cms", "values"}).all);
  EXPECT_TRUE(said.at({"cms", "dev"}).all);
  EXPECT_FALSE(said.at({"cms", "listed"}).all);
  EXPECT_EQ(said.at({"cms", "listed"}).keys, (std::map<std::string, bool>{{"a", true}}));
}

TEST_F(LocalConfig, EndpointsAndHostsAreTheAdmins) {
  const auto setup = read(
      "endpoints: {cloudflare: \"https://127.0.0.1:8443/client/v4\"}\nhosts: "
      "[\"https://127.0.0.1:8443\"]\n");
  ASSERT_TRUE(setup) << describe(setup.error());
  EXPECT_EQ(setup->endpoints.cloudflare, "https://127.0.0.1:8443/client/v4");
  EXPECT_EQ(setup->endpoints.fly, "");
  EXPECT_EQ(setup->endpoints.hosts, std::vector<std::string>{"https://127.0.0.1:8443"});
}

TEST_F(LocalConfig, EveryProblemIsToldAtOnceWithItsLine) {
  const auto setup = read("secrets:\n  a/b: {envPrefx: A_}\nhostz: []\n");
  ASSERT_FALSE(setup);
  EXPECT_EQ(setup.error().kind, ErrorKind::invalid);
  EXPECT_THAT(setup.error().message, HasSubstr("home/lockstep.local.yaml:2:"));
  EXPECT_THAT(setup.error().message, HasSubstr("home/lockstep.local.yaml:3:"));
}

/// Every layout of an index that git may keep these names in.
struct TrackedLocalConfig : LocalConfig, ::testing::WithParamInterface<testing::Index> {
  void track(std::vector<std::string> names) {
    files.put("home/.git/index", GetParam().with(std::move(names)).bytes());
  }
  std::string refusal(std::string_view text) {
    const auto setup = read(text);
    if (setup) return "(accepted)";
    EXPECT_EQ(setup.error().kind, ErrorKind::invalid);
    return setup.error().message;
  }
};

TEST_P(TrackedLocalConfig, IsRefused_S4) {
  track({"lockstep.local.yaml"});
  EXPECT_THAT(refusal("secrets: {}\n"), HasSubstr("is tracked by git"));
  track({"manifests/shop.yaml"});
  EXPECT_EQ(refusal("secrets: {}\n"), "(accepted)");
}

TEST_P(TrackedLocalConfig, AFileWithValuesThatGitTracksIsRefused_S4) {
  for (const auto* name : {"home/token.txt", "home/production.env", "home/keyring.key"}) {
    files.put(name, "sk_test_not_a_real_value");
  }
  const auto* text =
      "keyrings: {main: {path: main.keyring, keyFile: keyring.key}}\n"
      "secrets:\n"
      "  cms/token: {keys: {token: {file: token.txt}}}\n"
      "  cms/values: {envFile: {path: production.env}}\n";
  track({"other"});
  EXPECT_EQ(refusal(text), "(accepted)");
  track({"main.keyring", "production.env"});
  EXPECT_THAT(refusal(text), HasSubstr("lockstep.local.yaml:4:15: "
                                       "secrets.cms/values.envFile.path: git tracks this file"));
  track({"token.txt"});
  EXPECT_THAT(refusal(text), HasSubstr("secrets.cms/token.keys.token.file: git tracks this file"));
  track({"keyring.key"});
  EXPECT_THAT(refusal(text), HasSubstr("keyrings.main.keyFile: git tracks this file"));
}

TEST_P(TrackedLocalConfig, ARepositoryThatOnlyVariablesNameCountsToo_S4) {
  Environment environment;
  environment.set("GIT_DIR", Secret("/dotfiles"));
  environment.set("GIT_WORK_TREE", Secret("home"));
  environment.set("GIT_INDEX_FILE", Secret("/dotfiles/other"));
  git = git_variables(environment);
  files.put("/dotfiles/HEAD", "ref: refs/heads/main\n");
  files.put("/dotfiles/index", GetParam().with({"lockstep.local.yaml"}).bytes());
  EXPECT_THAT(refusal("secrets: {}\n"), HasSubstr("is tracked by git"));
  files.put("/dotfiles/index", GetParam().with({"token.txt"}).bytes());
  files.put("/dotfiles/other", GetParam().with({"values.env"}).bytes());
  files.put("home/token.txt", "sk_test_not_a_real_value");
  files.put("home/values.env", "A=not_a_real_value\n");
  EXPECT_THAT(refusal("secrets: {a/b: {keys: {c: {file: token.txt}}}}\n"),
              HasSubstr("git tracks this file"));
  EXPECT_THAT(refusal("secrets: {a/b: {envFile: {path: values.env}}}\n"),
              HasSubstr("git tracks this file"));
  git = git_variables({});
  EXPECT_EQ(refusal("secrets: {a/b: {keys: {c: {file: token.txt}}}}\n"), "(accepted)");
}

TEST_P(TrackedLocalConfig, ADotenvFileThatEveryoneMayKnowIsAccepted) {
  files.put("home/example.env", "A=1\n");
  track({"example.env"});
  EXPECT_EQ(refusal("secrets: {a/b: {envFile: {path: example.env, allowOthers: true}}}\n"),
            "(accepted)");
}

TEST_P(TrackedLocalConfig, WhatIsNotKnownIsRefusedWithTheWayOut_S4) {
  files.put("home/.git/index", GetParam().with({"other"}).extension("next", "?").bytes());
  EXPECT_THAT(refusal("secrets: {}\n"),
              HasSubstr("keep the file outside of the repository and name it with --local"));
}

INSTANTIATE_TEST_SUITE_P(Layouts, TrackedLocalConfig,
                         ::testing::ValuesIn(testing::Index::layouts()),
                         [](const auto& layout) { return layout.param.name(); });

TEST_F(LocalConfig, AFileWithValuesThatIsNotThereYetIsToldWhenItIsRead) {
  EXPECT_TRUE(read("secrets: {a/b: {keys: {c: {file: gone/token.txt}}}}\n"));
}

TEST_F(LocalConfig, APassphraseInAFileIsRefused) {
  const auto setup = read("keyrings: {main: {path: k, passphrase: {file: p.txt}}}\n");
  ASSERT_FALSE(setup);
  EXPECT_THAT(setup.error().message, HasSubstr("for a file use keyFile"));
}

}  // namespace
}  // namespace lockstep
