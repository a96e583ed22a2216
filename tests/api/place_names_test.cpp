#include "api/place_names.hpp"

#include <gtest/gtest.h>

#include "api/pattern.hpp"

namespace lockstep::api {
namespace {

bool takes(const NameRule& rule, std::string_view name) {
  return Pattern::compile(rule.pattern)->matches(name);
}

TEST(PlaceNames, AnEnvironmentHasNoBlankAtItsEnds) {
  const auto& rule = place_names::github_environment;
  for (const auto* name :
       {"production", "p",    "QA 2 (west)", "a b", ".a",          ".ab",          ". a",  "..a",
        "..a b",      "...",  "a.",          "a..", "a/b",         "a /b",         "a/ b", "a/.b",
        "a/..b",      "a//b", "/a",          "a/",  "review/42/x", "z\xC3\xBCrich"}) {
    EXPECT_TRUE(takes(rule, name)) << name;
  }
  for (const auto* name : {"",     " ",    "  ",   " a",  "a ",    " a ",   ". ",    " .",    ".. ",
                           " a/b", "a/b ", "a/ ",  " /a", "a/.. ", "a\t",   "a\n",   "a\x7F", ".",
                           "..",   "a/.",  "a/..", "./a", "../a",  "a/./b", "a/../b"}) {
    EXPECT_FALSE(takes(rule, name)) << '"' << name << '"';
  }
}

TEST(PlaceNames, WhatCannotBeSeenIsNoPartOfAName) {
  for (const auto* name : {"production", "QA 2", "z\xC3\xBCrich", "\xE6\x9C\xAC\xE7\x95\xAA",
                           "a\xC2\xA0"
                           "b"}) {
    EXPECT_EQ(hidden_name_problem(name), std::nullopt) << name;
  }
  for (const auto* name :
       {"prod\xE2\x80\x8B", "\xEF\xBB\xBFprod", "\xE2\x80\xAE\x64orp", "prod\xC2\xAD", "prod\x1F",
        "\xC2\xA0prod", "prod\xC2\xA0", "prod\xE3\x80\x80", "\xE2\x80\x87prod", "prod\xFF"}) {
    EXPECT_TRUE(hidden_name_problem(name)) << name;
  }
}

TEST(PlaceNames, ARepositoryIsNotNamedByItsCloneAddress) {
  EXPECT_EQ(repository_problem("acme/site"), std::nullopt);
  EXPECT_EQ(repository_problem("acme/site.github"), std::nullopt);
  EXPECT_TRUE(repository_problem("acme/site.git"));
  EXPECT_TRUE(repository_problem("acme/site.GIT"));
}

}  // namespace
}  // namespace lockstep::api
