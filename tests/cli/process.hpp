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
    bool closed_out = false;              ///< standard output is closed
    bool closed_pipe = false;             ///< nobody reads standard output any more
    std::filesystem::path out_file = {};  ///< standard output is this new file
    bool full_out = false;                ///< standard output is a full pipe that nobody reads
    bool full_err = false;                ///< standard error is a full pipe
    std::size_t most_files = 0;           ///< its limit of open files; 0: the one of the tests
    std::size_t most_bytes = 0;           ///< its limit of a file's size; 0: the one of the tests
  };
  Process(const std::vector<std::string>& words, const Options& options);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Ends it if it still runs.
  ~Process();

  /// Reads standard error until `text` was in it; false at its end.
  bool wait_for(const std::string& text);
  void signal(int number) const;
  /// Waits for its end without reading anything; gives the exit code as Finished has it.
  int end_unread() { return wait(); }
  /// Reads everything to the end and waits for the process.
  Finished finish();

 private:
  bool read_some();
  int wait();

  pid_t pid_ = -1;
  int out_ = -1;
  int unread_ = -1;  ///< keeps a pipe open
  int err_ = -1;
  Finished said_;
};

}  // namespace lockstep::cli::testing
