// Every file of broken/ and the texts a user gets for it. A new case is a .yaml and its .golden.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "api/load.hpp"
#include "api/local_config.hpp"

namespace lockstep::api {
namespace {

const std::filesystem::path folder = LOCKSTEP_SOURCE_DIR "/tests/api/broken";

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") out.push_back(entry.path().stem().string());
  }
  std::ranges::sort(out);
  return out;
}

std::vector<Problem> problems_of(const std::string& file, const std::string& text) {
  if (file.starts_with("local-")) {
    auto loaded = load_local_config(file, text);
    EXPECT_FALSE(loaded.config);
    return std::move(loaded.problems);
  }
  return load_yaml(file, text).problems;
}

class BrokenDocuments : public ::testing::TestWithParam<std::string> {};

TEST_P(BrokenDocuments, AreRefusedWithTheseTexts) {
  const auto file = GetParam() + ".yaml";
  std::string texts;
  for (const auto& problem : problems_of(file, read(folder / file))) {
    texts += to_string(problem) + "\n";
  }
  EXPECT_FALSE(texts.empty()) << "nothing was refused";
  EXPECT_EQ(texts, read(folder / (GetParam() + ".golden")));
}

INSTANTIATE_TEST_SUITE_P(All, BrokenDocuments, ::testing::ValuesIn(names()), [](const auto& info) {
  auto name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(BrokenDocuments, AreManyAndEachHasItsGolden) {
  std::size_t goldens = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    goldens += entry.path().extension() == ".golden";
  }
  EXPECT_GE(names().size(), 60U);
  EXPECT_EQ(goldens, names().size());
}

// S4: an error text never holds what looks like a credential.
TEST(BrokenDocuments, NeverQuoteACredential) {
  for (const auto& name : names()) {
    const auto text = read(folder / (name + ".golden"));
    for (const std::string_view part : {"sk_live_5", "hunter2", "ghp_0", "eyJhb", "q8Zr2", "AKIAEX",
                                        "glpat-", "whsec_e", "fm2_l", "\x1b"}) {
      EXPECT_EQ(text.find(part), std::string::npos) << name << " quotes " << part;
    }
  }
}

}  // namespace
}  // namespace lockstep::api
