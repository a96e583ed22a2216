// The built program as a child process.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lockstep::cli::testing {

/// How a process ended and what it said.
struct Finished {
  int code = -1;  ///< exit code; 128 + signal when one ended it
  std::string out;
  std::string err;
};

/// `lockstep` from the build folder, in a folder and an environment of its own.
class Process {
 public:
  struct Options {
    std::filesystem::path folder;
    std::map<std::string, std::string> environment;
    std::string typed;  ///< not empty: standard input and error are a terminal where this is typed
    bool closed_out = false;     ///< standard output is closed
    std::size_t most_files = 0;  ///< its limit of open files; 0: the one of the tests
  };
  Process(const std::vector<std::string>& words, const Options& options);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Ends it if it still runs.
  ~Process();

  /// Reads standard error until `text` was in it; false at its end.
  bool wait_for(const std::string& text);
  void signal(int number) const;
  /// Reads everything to the end and waits for the process.
  Finished finish();

 private:
  bool read_some();

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  Finished said_;
};

}  // namespace lockstep::cli::testing
