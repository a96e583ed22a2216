// Every folder here is a manifests root that is wrong in one way which only all documents together
// show. `expected.golden` holds what `lockstep validate` tells, and what goes on working: the
// Targets that remain, their names, and why nothing is deleted there.
//
// A new case is a folder with .yaml files and its golden. A file `admin-folders` lists the case's
// adminManifests, one a line.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.hpp"
#include "local/manifest_directory.hpp"
#include "reconcile/reconciler.hpp"
#include "support/sim.hpp"

namespace lockstep {
namespace {

const Path folder = LOCKSTEP_SOURCE_DIR "/tests/broken";

std::string read(const Path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> cases() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory()) out.push_back(entry.path().filename().string());
  }
  std::ranges::sort(out);
  return out;
}

/// Files are named from the case's folder on, wherever the tests lie.
std::string relative(std::string text) {
  const auto prefix = folder.string() + "/";
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at)) {
    text.erase(at, prefix.size());
  }
  return text;
}

std::vector<Path> admin_folders(const Path& root) {
  std::vector<Path> out;
  if (!std::filesystem::exists(root / "admin-folders")) return out;
  std::istringstream lines(read(root / "admin-folders"));
  for (std::string line; std::getline(lines, line);) out.push_back(root / line);
  return out;
}

/// What the reconciler itself would work on, read by the real store from real files.
reconcile::World load(const std::string& name) {
  const auto root = folder / name;
  const auto files = make_system_files();
  const auto offload = make_offload_inline();
  testing::Simulation sim;
  RestedReader reader(*files, sim.clock(), *offload);
  const auto store =
      make_manifest_directory({.root = root, .admin_folders = admin_folders(root)}, reader);
  auto world = sim.run(reconcile::load_world(*store));
  EXPECT_TRUE(world) << name;
  return *std::move(world);
}

std::string working(const DesiredTarget& target) {
  std::vector<std::string> names;
  for (const auto& secret : target.secrets) {
    names.push_back(secret.name + (secret.rival.empty() ? "" : " (contested)"));
  }
  auto out = "Target " + to_string(target.key) + ": " +
             (names.empty() ? std::string("nothing") : join(names, ", ")) + "\n";
  for (const auto& rival : target.rivals)
    out += "  shares its place with " + to_string(rival) + "\n";
  if (!target.deletions_blocked.empty()) {
    out += "  deletes nothing: " + target.deletions_blocked + "\n";
  }
  return out;
}

std::string told(const reconcile::World& world) {
  std::string out;
  for (const auto& problem : world.problems()) out += api::to_string(problem) + "\n";
  out += "\nwhat goes on working:\n";
  for (const auto& target : world.desired.targets) out += working(target);
  if (world.desired.targets.empty()) out += "nothing\n";
  return relative(std::move(out));
}

class BrokenTogether : public ::testing::TestWithParam<std::string> {};

TEST_P(BrokenTogether, IsToldWithTheseTextsAndTheRestWorks_S2) {
  const auto world = load(GetParam());
  EXPECT_FALSE(world.problems().empty()) << "nothing was refused";
  EXPECT_EQ(told(world), read(folder / GetParam() / "expected.golden"));
}

/// How a text leads over to its remedy: after a semicolon, or with the name that was probably
/// meant. The rules of single documents and names say it in their own words.
constexpr std::string_view remedies[] = {"; ", "(did you mean ", ": write \"", ": use ",
                                         "(look for "};

TEST_P(BrokenTogether, EveryTextNamesTheRemedy) {
  for (const auto& problem : load(GetParam()).problems()) {
    const auto leads_over = [&](std::string_view words) { return problem.text.contains(words); };
    EXPECT_TRUE(std::ranges::any_of(remedies, leads_over)) << api::to_string(problem);
  }
}

/// S2: no Target deletes while a document of its namespace, or any text, is not understood.
TEST_P(BrokenTogether, BlocksDeletionsWhereADocumentIsNotUnderstood_S2) {
  const auto world = load(GetParam());
  for (const auto& target : world.desired.targets) {
    if (world.snapshot.incomplete) EXPECT_FALSE(target.deletions_blocked.empty());
    for (const auto& broken : world.snapshot.broken) {
      if (broken.ns == target.key.ns) EXPECT_FALSE(target.deletions_blocked.empty());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, BrokenTogether, ::testing::ValuesIn(cases()), [](const auto& info) {
  auto name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(BrokenTogether, AreAtLeastThirty) {
  EXPECT_GE(cases().size(), 30U);
}

}  // namespace
}  // namespace lockstep
