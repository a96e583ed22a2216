#include "api/pattern.hpp"

#include <gtest/gtest.h>

namespace lockstep::api {
namespace {

bool matches(std::string_view expression, std::string_view text) {
  const auto pattern = Pattern::compile(expression);
  EXPECT_TRUE(pattern) << expression;
  return pattern && pattern->matches(text);
}

TEST(Pattern, MatchesTheWholeText) {
  EXPECT_TRUE(matches("a.c", "abc"));
  EXPECT_FALSE(matches("a.c", "xabc"));
  EXPECT_FALSE(matches("a.c", "abcx"));
  EXPECT_TRUE(matches("^abc$", "abc"));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_FALSE(matches("a^b", "ab"));
  EXPECT_TRUE(matches("^$", ""));
}

TEST(Pattern, KnowsTheCommonSyntax) {
  EXPECT_TRUE(matches("(sk|rk)_(live|test)_[A-Za-z0-9]{4,}", "rk_test_aB3d"));
  EXPECT_FALSE(matches("(sk|rk)_(live|test)_[A-Za-z0-9]{4,}", "rk_test_aB3"));
  EXPECT_TRUE(matches("\\d{3}-\\w+\\s?", "123-a_b "));
  EXPECT_TRUE(matches("[^a-c\\]]+", "xyz"));
  EXPECT_FALSE(matches("[^a-c\\]]+", "x]z"));
  EXPECT_TRUE(matches("[a-]+", "a-"));
  EXPECT_TRUE(matches("(?:ab)*?c", "ababc"));
  EXPECT_TRUE(matches("a{2}b{0,1}", "aa"));
  EXPECT_FALSE(matches("a{2}b{0,1}", "aabb"));
  EXPECT_TRUE(matches("\\x41\\.\\$", "A.$"));
  EXPECT_TRUE(matches("(|a)+b", "aab"));
  EXPECT_FALSE(matches(".", "\n"));
}

TEST(Pattern, RefusesWhatItCannotDo) {
  for (const std::string_view expression :
       {"(", ")", "[a", "a{2", "a{3,2}", "*a", "a**", "(?=a)", "(?<n>a)", "(a)\\1", "\\bword", "\\",
        "\\u0041", "\\xZ1", "[z-a]", "a{9999}"}) {
    EXPECT_FALSE(Pattern::compile(expression)) << expression;
  }
}

// S15: an expression is untrusted; a backtracking matcher would never end here, or run out of
// stack.
TEST(Pattern, IsLinearAndBounded) {
  const std::string text(65'536, 'a');
  EXPECT_FALSE(matches("(a*)*b", text));
  EXPECT_FALSE(matches("(a|aa)+b", text));
  EXPECT_FALSE(matches("((a+)+)+$b", text));
  EXPECT_TRUE(matches("(a|b)*", text));
  EXPECT_FALSE(Pattern::compile("((a{100}){100}){100}"));
  EXPECT_FALSE(Pattern::compile("(((((){2000}){2000}){2000}){2000}){2000}"));
  EXPECT_FALSE(Pattern::compile(std::string(500, '(')));
}

}  // namespace
}  // namespace lockstep::api
