// The three standard streams.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/kinds.hpp"
#include "base/result.hpp"
#include "cli/command_line.hpp"

namespace lockstep::cli {

/// Keeps the numbers 0, 1 and 2 from being given to a file that is opened later: a stream that the
/// caller closed becomes one on which every write fails. Before anything else is opened.
void reserve_standard_streams();

/// Whether to colour: `--color` first, then NO_COLOR (https://no-color.org: set and not empty),
/// then whether it is a terminal that can.
bool wants_colour(Colour choice, bool no_color, bool is_terminal, std::string_view term);

/// Results on standard output, everything else on standard error. Unbuffered: the program may end
/// at any point. What is written must be harmless already, but for error texts, which are made so.
class Terminal {
 public:
  struct Kind {
    bool in = false;  ///< standard input is a terminal
    bool out = false;
    bool err = false;
    bool no_color = false;
    std::string term;
  };
  explicit Terminal(Kind kind) : kind_(std::move(kind)) {}
  /// As the process was started; `no_color` and `term` are the environment's.
  static Kind detect(bool no_color, std::string term);

  /// Writes to standard output. A failure is remembered and told once; see failed().
  void out(std::string_view text);
  /// Writes to standard error; a failure is ignored, for there is nowhere to tell it.
  void err(std::string_view text) const;
  /// `lockstep: TEXT` on standard error, every line of it.
  void error(const Error& error) const;
  void error(std::string_view text) const;
  /// One line a problem, on standard error.
  void problems(std::span<const api::Problem> problems) const;
  /// The same for what is only worth knowing: `note: PROBLEM`.
  void notes(std::span<const api::Problem> notes) const;
  /// True when a result could not be written.
  bool failed() const { return failed_; }

  bool can_ask() const { return kind_.in && kind_.err; }
  bool can_show_progress() const { return kind_.err && kind_.term != "dumb"; }
  bool colour(Colour choice) const {
    return wants_colour(choice, kind_.no_color, kind_.out, kind_.term);
  }
  /// Columns of standard output; 0 when it is no terminal.
  int width() const;
  /// One line of standard input without its end; "" at the end of the input. Blocks.
  static std::string read_line();

 private:
  Kind kind_;
  bool failed_ = false;
};

}  // namespace lockstep::cli
