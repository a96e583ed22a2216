#include "cli/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "base/unicode.hpp"
#include "telemetry/error_stream.hpp"

namespace lockstep::cli {

void reserve_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is this one, because all below it are taken. Standard output becomes
    // unwritable on purpose: a result that nobody gets is a failure.
    const int flags = descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR;
    if (::open("/dev/null", flags) != descriptor) ::_exit(1);
  }
}

bool wants_colour(Colour choice, bool no_color, bool is_terminal, std::string_view term) {
  switch (choice) {
    case Colour::always:
      return true;
    case Colour::never:
      return false;
    case Colour::automatic:
      return is_terminal && !no_color && term != "dumb";
  }
  return false;
}

Terminal::Kind Terminal::detect(bool no_color, std::string term) {
  return {.in = ::isatty(STDIN_FILENO) == 1,
          .out = ::isatty(STDOUT_FILENO) == 1,
          .err = ::isatty(STDERR_FILENO) == 1,
          .no_color = no_color,
          .term = std::move(term)};
}

void Terminal::out(std::string_view text) {
  if (failed_) return;
  const int problem = write_whole(STDOUT_FILENO, text);
  if (problem == 0) return;
  failed_ = true;
  const auto spent = exhausted(problem);
  error("cannot write to standard output: " +
        (spent ? spent->message : std::string(std::strerror(problem))));
}

void Terminal::err(std::string_view text) const {
  standard_error().write(text);
}

void Terminal::error(const Error& error_) const {
  error(describe(error_));
}

void Terminal::error(std::string_view text) const {
  for (const auto& line : split(text, '\n')) {
    if (!line.empty()) err("lockstep: " + only_harmless(line, "\uFFFD") + "\n");
  }
}

void Terminal::problems(std::span<const api::Problem> problems) const {
  for (const auto& problem : problems) {
    err(only_harmless(api::to_string(problem), "\uFFFD") + "\n");
  }
}

void Terminal::notes(std::span<const api::Problem> notes) const {
  for (const auto& note : notes) {
    err("note: " + only_harmless(api::to_string(note), "\uFFFD") + "\n");
  }
}

int Terminal::width() const {
  winsize size{};
  if (!kind_.out || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

std::string Terminal::read_line() {
  constexpr std::size_t longest = 1024;
  std::string line;
  char c = 0;
  while (line.size() < longest) {
    const auto n = ::read(STDIN_FILENO, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || c == '\n') break;
    line += c;
  }
  return line;
}

}  // namespace lockstep::cli
