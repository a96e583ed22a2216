#include "api/crds.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace lockstep::api {
namespace {

std::string committed(const std::string& name) {
  std::ifstream in(std::string(LOCKSTEP_SOURCE_DIR) + "/crds/" + name, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(Crds, CommittedFilesAreWhatTheTablesSay) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LOCKSTEP_SOURCE_DIR "/crds")) {
    files += entry.path().extension() == ".yaml";
  }
  const auto all = crds();
  EXPECT_EQ(files, all.size()) << "crds/ holds a file of no kind";
  for (const auto& [name, text] : all) {
    EXPECT_TRUE(committed(name) == text) << "run `lockstep crds` to write crds/" << name;
  }
}

std::string crd(std::string_view name) {
  for (const auto& [file, text] : crds()) {
    if (file == name) return text;
  }
  return {};
}

TEST(Crds, PolicyFieldsHaveNoSchemaDefault) {
  const auto text = crd("targets.lockstep.dev.yaml");
  const auto start = text.find("\n              policy:"), end = text.find("\n          status:");
  ASSERT_LT(start, end);
  const auto policy = text.substr(start, end - start);
  EXPECT_NE(policy.find("onUnverifiable"), std::string::npos);
  // The only default inside is a window's own time zone, which hides nothing.
  std::vector<std::string> defaults;
  std::istringstream lines(policy);
  for (std::string line; std::getline(lines, line);) {
    line.erase(0, line.find_first_not_of(' '));
    if (line.starts_with("default:")) defaults.push_back(line);
  }
  EXPECT_EQ(defaults, std::vector<std::string>{"default: \"UTC\""});
}

TEST(Crds, CarryRulesImmutabilityAndColumns) {
  const auto text = crd("targets.lockstep.dev.yaml");
  for (const std::string_view part :
       {"rule: \"self == oldSelf\"", "has(self.credentialRef) || has(self.place.dotenvFile)",
        "(has(self.cloudflareWorker) ? 1 : 0)", "name: IN-SYNC", "name: LAST OBSERVED",
        "default: \"5m\"", "default: \"Manage\"", "x-kubernetes-int-or-string: true",
        "scope: Namespaced", "shortNames: [lstgt]", "status: {}"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
}

TEST(Crds, LeaveCostlyRulesOfNestedListsToTheController) {
  const auto text = crd("secretsets.lockstep.dev.yaml");
  // Once for `targets`, once for an entry's `as`; not for an override's.
  std::size_t found = 0, at = 0;
  while ((at = text.find("(has(self.matchLabels) ? 1 : 0)", at)) != std::string::npos) {
    ++found;
    ++at;
  }
  EXPECT_EQ(found, 2U);
}

}  // namespace
}  // namespace lockstep::api
