#include "sources/environment.hpp"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(Environment, CapturesNamesAndExactValues) {
  const char* block[] = {"TOKEN=fake=with=equals", "EMPTY=", "=hidden", "broken",
                         "TOKEN=second",           nullptr};
  const auto environment = Environment::capture(block);
  ASSERT_NE(environment.find("TOKEN"), nullptr);
  EXPECT_EQ(environment.find("TOKEN")->expose(), "fake=with=equals");
  ASSERT_NE(environment.find("EMPTY"), nullptr);
  EXPECT_TRUE(environment.find("EMPTY")->empty());
  EXPECT_EQ(environment.find("broken"), nullptr);
  EXPECT_EQ(environment.find(""), nullptr);
}

TEST(Environment, TakesAMissingBlockForAnEmptyOne) {
  EXPECT_EQ(Environment::capture(nullptr).find("HOME"), nullptr);
}

TEST(Environment, SetReplaces) {
  Environment environment;
  environment.set("A", Secret("one"));
  environment.set("A", Secret("two"));
  EXPECT_EQ(environment.find("A")->expose(), "two");
}

}  // namespace
}  // namespace lockstep
