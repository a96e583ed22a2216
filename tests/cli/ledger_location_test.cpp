#include "cli/ledger_location.hpp"

#include <gtest/gtest.h>

#include "cli/session.hpp"

namespace lockstep::cli {
namespace {

Environment with(std::map<std::string, std::string> variables) {
  Environment out;
  for (const auto& [name, value] : variables) out.set(name, Secret(value));
  return out;
}

TEST(LedgerLocation, IsBesideTheManifestsWithItsKeyInTheStateFolder) {
  const auto files = make_system_files();
  const auto paths = locate_ledger({.manifests = "/nowhere/project/manifests/"},
                                   with({{"HOME", "/house/ada"}}), *files);
  ASSERT_TRUE(paths);
  EXPECT_EQ(paths->directory, "/nowhere/project/.lockstep");
  EXPECT_EQ(paths->key.parent_path(), "/house/ada/.local/state/lockstep");
  EXPECT_EQ(paths->key.extension(), ".key");
}

TEST(LedgerLocation, StateHomeCountsOnlyWhenAbsolute) {
  const auto files = make_system_files();
  const Where where{.manifests = "/nowhere/manifests"};
  const auto there =
      locate_ledger(where, with({{"HOME", "/h"}, {"XDG_STATE_HOME", "/state"}}), *files);
  EXPECT_EQ(there->key.parent_path(), "/state/lockstep");
  const auto relative =
      locate_ledger(where, with({{"HOME", "/h"}, {"XDG_STATE_HOME", "state"}}), *files);
  EXPECT_EQ(relative->key.parent_path(), "/h/.local/state/lockstep");
}

TEST(LedgerLocation, WithoutAHomeTheKeyMustBeNamed) {
  const auto files = make_system_files();
  const auto none = locate_ledger({.manifests = "/nowhere/manifests"}, {}, *files);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::invalid);
  const auto named = locate_ledger({.ledger_directory = "/l", .ledger_key = "/k"}, {}, *files);
  EXPECT_EQ(named->directory, "/l");
  EXPECT_EQ(named->key, "/k");
}

TEST(LedgerLocation, OneFolderHasOneKeyByWhateverWayItIsReached) {
  auto pattern = (std::filesystem::path(::testing::TempDir()) / "lockstep-ledger-XXXXXX").string();
  ASSERT_TRUE(::mkdtemp(pattern.data()));
  const Path root(pattern);
  std::filesystem::create_directory(root / "real");
  std::filesystem::create_directory_symlink(root / "real", root / "link");
  const auto files = make_system_files();
  const auto home = with({{"HOME", "/h"}});
  const auto real = locate_ledger({.ledger_directory = root / "real" / "ledger"}, home, *files);
  const auto link = locate_ledger({.ledger_directory = root / "link" / "ledger"}, home, *files);
  const auto other = locate_ledger({.ledger_directory = root / "other"}, home, *files);
  EXPECT_EQ(real->key, link->key);
  EXPECT_NE(real->key, other->key);
  std::filesystem::remove_all(root);
}

TEST(ProxySettings, UpperCaseCountsFirst) {
  const auto both = proxy_settings(
      with({{"HTTPS_PROXY", "http://a:1"}, {"https_proxy", "http://b:2"}, {"no_proxy", "x"}}));
  EXPECT_EQ(both.https_proxy.expose(), "http://a:1");
  EXPECT_EQ(both.no_proxy, "x");
  EXPECT_TRUE(proxy_settings({}).https_proxy.empty());
}

}  // namespace
}  // namespace lockstep::cli
