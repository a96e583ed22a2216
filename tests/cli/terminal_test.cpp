#include "cli/terminal.hpp"

#include <gtest/gtest.h>

#include "cli/table.hpp"

namespace lockstep::cli {
namespace {

TEST(Terminal, ColourIsForTerminalsThatCanAndForThoseWhoAsk) {
  EXPECT_TRUE(wants_colour(Colour::automatic, false, true, "xterm"));
  EXPECT_FALSE(wants_colour(Colour::automatic, true, true, "xterm")) << "NO_COLOR";
  EXPECT_FALSE(wants_colour(Colour::automatic, false, false, "xterm")) << "a pipe";
  EXPECT_FALSE(wants_colour(Colour::automatic, false, true, "dumb"));
  EXPECT_TRUE(wants_colour(Colour::always, true, false, "dumb"));
  EXPECT_FALSE(wants_colour(Colour::never, false, true, "xterm"));
}

TEST(Terminal, AsksOnlyWhereSomeoneSeesTheQuestion) {
  EXPECT_TRUE(Terminal({.in = true, .err = true}).can_ask());
  EXPECT_FALSE(Terminal({.in = true, .out = true}).can_ask());
  EXPECT_FALSE(Terminal({.out = true, .err = true}).can_ask());
}

TEST(Table, LinesUpAndLeavesNoBlanksAtTheEnds) {
  EXPECT_EQ(to_table({{"NAME", "STATE"}, {"a", "InSync"}, {"a longer one", "x"}}),
            "NAME           STATE\n"
            "a              InSync\n"
            "a longer one   x\n");
  EXPECT_EQ(to_table({{"a", ""}}), "a\n");
}

TEST(Table, CountsCharactersNotBytes) {
  EXPECT_EQ(to_table({{"größe", "x"}, {"abcdef", "y"}}), "größe    x\nabcdef   y\n");
}

TEST(Table, WhatSteersATerminalIsReplaced) {
  EXPECT_EQ(to_table({{"a\x1b[31m\nb", "c"}}), "a\uFFFD[31m\uFFFDb   c\n");
}

}  // namespace
}  // namespace lockstep::cli
