// A process that can open no more files.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <vector>

namespace lockstep::net::testing {

/// Every file that this process may open, but the last `spare`, until it goes.
class NoMoreFiles {
 public:
  explicit NoMoreFiles(std::size_t spare) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    auto few = before_;
    few.rlim_cur = 128;
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int file = ::dup(0); file >= 0; file = ::dup(0)) files_.push_back(file);
    for (; spare > 0 && !files_.empty(); --spare) give_one_back();
  }
  ~NoMoreFiles() {
    while (!files_.empty()) give_one_back();
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  NoMoreFiles(const NoMoreFiles&) = delete;
  NoMoreFiles& operator=(const NoMoreFiles&) = delete;

 private:
  void give_one_back() {
    ::close(files_.back());
    files_.pop_back();
  }
  rlimit before_{};
  std::vector<int> files_;
};

}  // namespace lockstep::net::testing
