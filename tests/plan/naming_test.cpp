#include "plan/naming.hpp"

#include <gtest/gtest.h>

namespace lockstep::plan {
namespace {

TEST(Naming, PlaceholdersTakeOneOrMoreCharactersAndEnvironmentItsName) {
  const std::string_view rule = "{environment}-{project}-{service}";
  EXPECT_TRUE(fits_naming(rule, "production", "production-alokai-cms"));
  EXPECT_TRUE(fits_naming(rule, "production", "production-a-b-c"));
  EXPECT_FALSE(fits_naming(rule, "production", "staging-alokai-cms"));
  EXPECT_FALSE(fits_naming(rule, "production", "production-alokai"));
  EXPECT_FALSE(fits_naming(rule, "production", "production-alokai-"));
  EXPECT_FALSE(fits_naming(rule, "production", "production--"));
  EXPECT_FALSE(fits_naming(rule, "production", "production-alokai-CMS"));
  EXPECT_TRUE(fits_naming("api", "production", "api"));
  EXPECT_FALSE(fits_naming("api", "production", "api2"));
}

TEST(Naming, AWrongPatternSaysHowToWriteItRight) {
  EXPECT_FALSE(naming_problem("{environment}-{project}"));
  EXPECT_FALSE(naming_problem(""));
  EXPECT_TRUE(
      naming_problem("{environment-{project}")->starts_with("has a placeholder inside another"));
  EXPECT_TRUE(naming_problem("environment}")->starts_with("has a } without a {"));
  EXPECT_TRUE(naming_problem("{environment")->starts_with("has a { without a }"));
  EXPECT_TRUE(naming_problem("{environment}_x")->starts_with("may hold only placeholders"));
}

TEST(Naming, S15AHostileNameDoesNotTakeForever) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "{p}";
  EXPECT_TRUE(fits_naming(pattern, "production", std::string(63, 'a')));
  EXPECT_FALSE(fits_naming(pattern + "-", "production", std::string(63, 'a')));
}

TEST(Naming, PlaceholdersTakeSmallLettersDigitsAndDashesOnly) {
  const std::string_view rule = "{environment}-{project}";
  for (const auto* name : {"production-az", "production-09", "production-a-b"}) {
    EXPECT_TRUE(fits_naming(rule, "production", name)) << name;
  }
  for (const auto* name :
       {"production-a.b", "production-a~b", "production-a:b", "production-a_b"}) {
    EXPECT_FALSE(fits_naming(rule, "production", name)) << name;
  }
}

}  // namespace
}  // namespace lockstep::plan
