#include "base/text.hpp"

#include <rapidcheck.h>

namespace lockstep {
namespace {

TEST(Text, LowerCaseTouchesAsciiOnly) {
  EXPECT_EQ(to_lower("ABCxyz-09É"), "abcxyz-09É");
}

TEST(Text, SplitAndJoinAreInverse) {
  EXPECT_EQ(split("", '/'), (std::vector<std::string>{""}));
  EXPECT_EQ(split("a", '/'), (std::vector<std::string>{"a"}));
  EXPECT_EQ(split("/a//b/", '/'), (std::vector<std::string>{"", "a", "", "b", ""}));
  EXPECT_EQ(join({}, "/"), "");
  EXPECT_TRUE(rc::check("join(split(x)) == x", [](const std::string& text) {
    RC_ASSERT(join(split(text, '/'), "/") == text);
  }));
}

TEST(Text, TrimTakesBlanksFromBothEnds) {
  EXPECT_EQ(trim(" \t\r\na b\n "), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\xC2\xA0x"), "\xC2\xA0x");
}

TEST(Text, CountHasAPlural) {
  EXPECT_EQ(count(0, "secret"), "0 secrets");
  EXPECT_EQ(count(1, "secret"), "1 secret");
  EXPECT_EQ(count(2, "secret"), "2 secrets");
}

TEST(PercentEncode, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a b/c?d=e&f%+é"), "a%20b%2Fc%3Fd%3De%26f%25%2B%C3%A9");
  EXPECT_EQ(percent_encode(std::string_view("\0\xFF", 2)), "%00%FF");
}

TEST(GlobMatch, StarStaysInsideOnePart) {
  EXPECT_TRUE(glob_match("flyApp/*", "flyApp/molecule-cp"));
  EXPECT_TRUE(glob_match("a/*/production-*", "a/1/production-cms"));
  EXPECT_TRUE(glob_match("*-cp", "molecule-cp"));
  EXPECT_TRUE(glob_match("a*b*c", "a-b-b-c"));
  EXPECT_TRUE(glob_match("a*", "a"));
  EXPECT_TRUE(glob_match("**", "abc"));
  EXPECT_TRUE(glob_match("", ""));
  EXPECT_FALSE(glob_match("flyApp/*", "flyApp/a/b"));
  EXPECT_FALSE(glob_match("*", "a/b"));
  EXPECT_FALSE(glob_match("*/*b", "a/b/c"));
  EXPECT_FALSE(glob_match("a*b", "a/b"));
  EXPECT_FALSE(glob_match("a", "ab"));
  EXPECT_FALSE(glob_match("ab", "a"));
  EXPECT_FALSE(glob_match("", "a"));
  EXPECT_FALSE(glob_match("a.c", "abc")) << "only the star is special";
}

/// The definition, with all ways tried.
bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] != '*') {
    return !text.empty() && text[0] == pattern[0] && matches(pattern.substr(1), text.substr(1));
  }
  return matches(pattern.substr(1), text) ||
         (!text.empty() && text[0] != '/' && matches(pattern, text.substr(1)));
}

TEST(GlobMatch, PropertyIsItsDefinition) {
  EXPECT_TRUE(rc::check("glob", [] {
    const auto letters = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab/")));
    const auto stars = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab/**")));
    const auto pattern = *rc::gen::resize(8, stars);
    const auto text = *rc::gen::resize(10, letters);
    RC_ASSERT(glob_match(pattern, text) == matches(pattern, text));
  }));
}

TEST(GlobMatch, S15StaysQuickOnHostilePatterns) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  EXPECT_FALSE(glob_match(pattern + "b", std::string(5000, 'a')));
}

TEST(Nearest, FindsATypingMistakeAndNothingElse) {
  const std::string_view words[] = {"pattern", "prefix", "minLength", "oneOf"};
  EXPECT_EQ(nearest("patern", words), "pattern");
  EXPECT_EQ(nearest("pattren", words), "pattern");
  EXPECT_EQ(nearest("minlenght", words), "minLength");
  EXPECT_EQ(nearest("oneOf", words), "oneOf");
  EXPECT_EQ(nearest("value", words), "");
  EXPECT_EQ(nearest("pat", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest("x", {}), "");
}

TEST(Nearest, TheCloserOneWinsAndTheFirstOfEquals) {
  const std::string_view words[] = {"cart", "cat", "car"};
  EXPECT_EQ(nearest("cat", words), "cat");
  EXPECT_EQ(nearest("cax", words), "cat");
}

}  // namespace
}  // namespace lockstep
