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
  EXPECT_EQ(without("a=3Db 0x63"), "a=b c");
}

TEST(Escapes, WhatIsNoneStays) {
  for (const std::string text : {"", "100%", "%zz", "\\", "\\q", "\\u12", "&", "&;", "& b;", "&#;",
                                 "&#xZZ;", "a&b", "0x", "=", "plain é"}) {
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
