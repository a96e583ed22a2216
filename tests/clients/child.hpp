// Programs as child processes.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lockstep::clients {

/// How a program ended and what it said.
struct Ended {
  int code = -1;  ///< exit code; 127 where there is no such program; 128 + signal when one ended it
  std::string out;
  std::string err;
};

/// What a program is started with; nothing else of ours reaches it.
struct Surroundings {
  std::filesystem::path folder;
  std::map<std::string, std::string> environment;
  std::string input;  ///< its standard input; at most a pipe's buffer (64 KiB)
};

/// A running program with pipes. The first word is its path, or a name to look up in the PATH of
/// its surroundings. It does not outlive this process.
class Child {
 public:
  Child(const std::vector<std::string>& words, const Surroundings& around);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Ends it if it still runs.
  ~Child();

  /// Reads until a line of standard output begins with `text`; gives all of the output so far, or
  /// "" when it ended before.
  std::string wait_for_line(const std::string& text);
  /// Asks it to end (SIGTERM).
  void terminate() const;
  /// Reads everything to the end and waits.
  Ended finish();
  /// What it has said until now.
  const Ended& said() const { return said_; }

 private:
  bool read_some();

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  Ended said_;
};

/// Runs a program to its end.
Ended run_program(const std::vector<std::string>& words, const Surroundings& around);

}  // namespace lockstep::clients
