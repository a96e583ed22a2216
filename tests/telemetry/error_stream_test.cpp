#include "telemetry/error_stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

namespace lockstep {
namespace {

/// A pipe that holds as little as a pipe can.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    room_ = static_cast<std::size_t>(::fcntl(ends_[1], F_SETPIPE_SZ, 4096));
  }
  ~Pipe() {
    close_reader();
    ::close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int writer() const { return ends_[1]; }
  std::size_t room() const { return room_; }
  void close_reader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  /// Reads until `text` was in it; gives all that came.
  std::string read_until(std::string_view text) {
    std::string all;
    std::array<char, 4096> bytes{};
    while (!all.contains(text)) {
      const auto n = ::read(ends_[0], bytes.data(), bytes.size());
      if (n <= 0) return all + "(the end)";
      all.append(bytes.data(), static_cast<std::size_t>(n));
    }
    return all;
  }

 private:
  std::array<int, 2> ends_{};
  std::size_t room_ = 0;
};

std::string lost_lines(std::uint64_t lines) {
  return std::to_string(lines) + " lines were not written\n";
}

/// The lines that the notices in a text tell of.
std::uint64_t told_in(std::string_view text) {
  std::uint64_t all = 0;
  for (std::size_t end = 0;
       (end = text.find(" lines were not written\n", end)) != std::string_view::npos; ++end) {
    all += std::stoull(std::string(text.substr(text.rfind('\n', end) + 1)));
  }
  return all;
}

/// Text that a pipe has no room for.
std::string more_than_fits(const Pipe& pipe) {
  return std::string(pipe.room(), 'x') + "\n";
}

constexpr Nanos at_once{};

TEST(ErrorStream, WhatIsReadIsWrittenInOrderBeforeItReturns) {
  Pipe pipe;
  ErrorStream stream(pipe.writer());
  stream.write("one\n");
  stream.never_wait(lost_lines, {});
  stream.write("two\n");
  stream.write("three\n");
  EXPECT_EQ(pipe.read_until("three\n"), "one\ntwo\nthree\n");
  EXPECT_EQ(stream.lost(), 0U);
}

TEST(ErrorStream, AReaderWhoIsAwayHoldsNobodyAndIsToldWhatIsMissing_S14) {
  Pipe pipe;
  ErrorStream stream(pipe.writer());
  stream.never_wait(lost_lines, {.kept = 2 * pipe.room(), .patience = at_once});
  stream.write(more_than_fits(pipe));
  stream.write("kept\n");
  stream.write(more_than_fits(pipe) + "and one more\n");
  stream.write("lost too, though it is small\n");
  EXPECT_EQ(stream.lost(), 3U);
  const auto read = pipe.read_until("not written\n");
  EXPECT_TRUE(read.ends_with("x\nkept\n3 lines were not written\n")) << read;
  stream.write("new\n");
  EXPECT_EQ(pipe.read_until("new\n"), "new\n");
  EXPECT_EQ(stream.lost(), 3U);
}

TEST(ErrorStream, WhatIsKeptIsBounded_S14) {
  Pipe pipe;
  ErrorStream stream(pipe.writer());
  stream.never_wait(lost_lines, {.kept = 8 * pipe.room(), .patience = at_once});
  for (int i = 0; i < 10'000; ++i) stream.write("secret change name=API_KEY\n");
  EXPECT_GT(stream.lost(), 8'000U);
  // What was lost is told in pieces where the pipe took some of it meanwhile.
  std::uint64_t told = 0;
  while (told < stream.lost()) told += told_in(pipe.read_until("not written\n"));
  EXPECT_EQ(told, stream.lost());
}

TEST(ErrorStream, WhatNobodyCanReadIsCounted) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);  // as the program does
  Pipe pipe;
  ErrorStream stream(pipe.writer());
  pipe.close_reader();
  stream.write("one\n");
  EXPECT_EQ(stream.lost(), 1U);
  stream.never_wait(lost_lines, {});
  stream.write("two\n");
  stream.write("three\n");
  stream.flush(std::chrono::minutes(1));
  EXPECT_EQ(stream.lost(), 3U) << "the notice is no line that was lost";
  (void)std::signal(SIGPIPE, before);
}

// As a terminal is that a program of the same session made so.
TEST(ErrorStream, ADescriptorThatDoesNotBlockIsWaitedFor) {
  Pipe pipe;
  ::fcntl(pipe.writer(), F_SETFL, O_NONBLOCK);
  ErrorStream stream(pipe.writer());
  stream.never_wait(lost_lines, {.kept = 1 << 20, .patience = at_once});
  stream.write(more_than_fits(pipe));
  stream.write("end\n");
  EXPECT_TRUE(pipe.read_until("end\n").ends_with("x\nend\n"));
  EXPECT_EQ(stream.lost(), 0U);
}

TEST(ErrorStream, ItsThreadIsLeftBehindWhereItHangs) {
  Pipe pipe;
  {
    ErrorStream stream(pipe.writer());
    stream.never_wait(lost_lines, {.kept = 1 << 20, .patience = at_once});
    stream.write(more_than_fits(pipe));
    stream.write("after it\n");
    stream.flush(at_once);
  }
  EXPECT_TRUE(pipe.read_until("after it\n").ends_with("x\nafter it\n")) << "and ends its work";
}

}  // namespace
}  // namespace lockstep
