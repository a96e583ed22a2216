#include "base/escapes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lockstep {
namespace {

std::string without(std::string_view text) {
  return std::string(view(without_escapes(text)));
}

TEST(Escapes, AreTakenOffWhoeverWroteThem) {
  EXPECT_EQ(without(R"(a\\b\"\/\u0063\x64\n.)"), "a\\b\"/cd\n.");
  EXPECT_EQ(without(R"(\uD83D\uDE00 \u00e9)"), "😀 é");
  EXPECT_EQ(without("%61%C3%A9+"), "aé+");
  EXPECT_EQ(without("&#97;&#x62;&#99 &amp;&lt;&gt;&quot;&apos;"), "abc &<>\"'");
  EXPECT_EQ(without("&eacute;&nbsp;x"), "  x") << "a named one stands for no ASCII character";
  EXPECT_EQ(without("&commat;&lowbar;&Hat;&UnderBar;"), "@_^_");
  EXPECT_EQ(without("a=3Db 0x63 0x0064"), "a=b c d");
  EXPECT_EQ(without(R"(\163\U00000061\u{62}\x{63}\u{1F600})"), "sabc😀");
  EXPECT_EQ(without("%u0061%u00e9 U+0062"), "aé b");
  EXPECT_EQ(without("&#0000000097;&#x00000000062;&#0;"), std::string("ab\0", 3));
}

TEST(Escapes, WhatIsNoneStays) {
  for (const std::string text :
       {"",     "100%",    "%zz",  "\\",  "\\q", "\\u12",  "&",      "&;",           "& b;",
        "&#;",  "&#xZZ;",  "a&b",  "0x",  "=",   "\\u{}",  "\\u{12", "\\u{1234567}", "\\777",
        "\\08", "\\U0000", "%u12", "U+1", "USD", "plain é"}) {
    EXPECT_EQ(without(text), text);
  }
}

TEST(Escapes, BothAreTakenWhereTwoOverlap) {
  EXPECT_EQ(without("%20x64"), " d");
  EXPECT_EQ(without("\\\\u0041"), "\\u0041") << "an escaped backslash is one";
}

TEST(Escapes, OneLayerAtATime) {
  EXPECT_EQ(without("&amp;#97;"), "&#97;");
  EXPECT_EQ(without("%2561"), "%61");
}

}  // namespace
}  // namespace lockstep
