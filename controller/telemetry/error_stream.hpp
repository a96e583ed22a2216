// Standard error, also where nobody reads it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace lockstep {

/// Writes all of `text`; 0, or the error number that ended it. Waits for the reader, also where
/// someone who shares the descriptor made it one that does not block.
int write_whole(int descriptor, std::string_view text);

/// Writes lines to one file descriptor. At first a write waits for whoever reads, as programs do:
/// nothing is lost. After never_wait() it does not, because work goes on that must not be held by a
/// full pipe, a stopped terminal or a disk that hangs. For one thread.
class ErrorStream {
 public:
  struct Bounds {
    std::size_t kept = 1 << 20;                       ///< bytes that wait for the reader
    Nanos patience = std::chrono::milliseconds(100);  ///< of the write that finds it gone
  };
  /// The line that tells of so many lines that were not written.
  using Notice = std::function<std::string(std::uint64_t lines)>;

  explicit ErrorStream(int descriptor);
  ~ErrorStream();
  ErrorStream(const ErrorStream&) = delete;
  ErrorStream& operator=(const ErrorStream&) = delete;

  /// Whole lines. What the system refuses counts as lost: there is nowhere to tell it.
  void write(std::string_view lines);
  /// From now on a thread writes. A line is written before write() returns as long as somebody
  /// reads; after one wait of `patience` lines are kept for the reader, and those beyond `kept` are
  /// lost. When the reader is back, `notice` comes after what was kept and before what is new; it
  /// is called on that thread. Once; without threads left, writes go on waiting.
  void never_wait(Notice notice, Bounds bounds);
  /// Waits until all is written, for at most `span`.
  void flush(Nanos span);
  /// Lines that were not written, so far.
  std::uint64_t lost() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< the thread's too: it is left behind where it hangs
};

/// Standard error of this process: one, so that the log and what a command says keep their order.
ErrorStream& standard_error();

}  // namespace lockstep
