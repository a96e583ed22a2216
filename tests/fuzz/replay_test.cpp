// Every input in corpus/ through its target: whole, and cut anywhere.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "fuzz/target.hpp"

namespace lockstep::fuzz {
namespace {

const std::filesystem::path corpus = LOCKSTEP_SOURCE_DIR "/tests/fuzz/corpus";

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

class FuzzTarget : public ::testing::TestWithParam<Target> {};

TEST_P(FuzzTarget, TakesEveryInputOfItsCorpusWholeAndCut) {
  std::size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(corpus / GetParam().name)) {
    ++inputs;
    const auto bytes = read(entry.path());
    EXPECT_NO_THROW(GetParam().one_input(bytes)) << entry.path();
    // At most some hundred cuts of a large one.
    const auto step = 1 + bytes.size() / 256;
    for (std::size_t size = 0; size < bytes.size(); size += step) {
      EXPECT_NO_THROW(GetParam().one_input(std::string_view(bytes).substr(0, size)))
          << entry.path() << ", the first " << size << " bytes";
    }
  }
  EXPECT_GT(inputs, 0U) << "a target without seeds finds little";
}

INSTANTIATE_TEST_SUITE_P(All, FuzzTarget, ::testing::ValuesIn(targets().begin(), targets().end()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FuzzCorpus, HasAFolderForEachTargetAndNoOther) {
  std::set<std::string> names, folders;
  for (const auto& target : targets()) names.emplace(target.name);
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    folders.insert(entry.path().filename().string());
  }
  EXPECT_EQ(folders, names);
}

TEST(FuzzOracle, WhatDoesNotHoldIsThrown) {
  EXPECT_NO_THROW(hold(true, "so"));
  EXPECT_ANY_THROW(hold(false, "not so"));
}

}  // namespace
}  // namespace lockstep::fuzz
