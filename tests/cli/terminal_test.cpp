#include "cli/terminal.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

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

/// In a process of its own: closes standard output and opens a file.
[[noreturn]] void open_after_closing() {
  ::close(STDOUT_FILENO);
  reserve_standard_streams();
  const int next = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const bool unwritable = ::write(STDOUT_FILENO, "x", 1) < 0;
  ::_exit(next > STDERR_FILENO && unwritable ? 0 : 1);
}

TEST(Terminal, ClosedStreamIsNotGivenToTheNextFile) {
  EXPECT_EXIT(open_after_closing(), ::testing::ExitedWithCode(0), "");
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
