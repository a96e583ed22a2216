#include "base/unicode.hpp"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(FoldCase, GivesOneSpellingToNamesThatDifferInCase) {
  const std::pair<const char*, const char*> same[] = {
      {"Production", "pRODUCTION"},
      {"Z\xC3\x9CRICH", "z\xC3\xBCrich"},
      {"\xC5\x81\xC3\xB3\x64\xC5\xBA", "\xC5\x82\xC3\x93\x44\xC5\xB9"},          // Łódź
      {"\xCE\x91\xCE\xA3", "\xCE\xB1\xCF\x82"},                                  // ΑΣ, ας
      {"\xD0\x9F\xD0\xA0\xD0\x9E\xD0\x94", "\xD0\xBF\xD1\x80\xD0\xBE\xD0\xB4"},  // ПРОД
      {"\xD0\x81", "\xD1\x91"},                                                  // Ё
      {"\xC5\xB8", "\xC3\xBF"},                                                  // Ÿ
      {"\xE2\x84\xAA", "k"},                                                     // Kelvin
      {"\xE2\x84\xAB", "\xC3\xA5"},                                              // Angstrom
      {"\xE1\xBA\xA0", "\xE1\xBA\xA1"},                                          // Ạ
      {"\xC5\xBF", "S"}};
  for (const auto& [one, other] : same) EXPECT_EQ(fold_case(one), fold_case(other)) << one;
}

TEST(FoldCase, LeavesAllElse) {
  for (const auto* text : {"", "production-1", "\xE6\x9C\xAC\xE7\x95\xAA", "\xC3\x97", "\xC3\xB7",
                           "\xC3\x9F", "\xC4\xB1", "\xF0\x9F\x98\x80",
                           "a\xFF"
                           "b",
                           "\xC2\xA0"}) {
    EXPECT_EQ(fold_case(text), text);
  }
  EXPECT_NE(fold_case("prod"), fold_case("pr\xC3\xB6\x64"));
  EXPECT_NE(fold_case("\xC3\x97"), fold_case("\xC3\xB7")) << "two signs, not two cases";
}

}  // namespace
}  // namespace lockstep
