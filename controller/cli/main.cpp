// The program `lockstep`.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "cli/program.hpp"
#include "cli/terminal.hpp"

namespace {

/// Values are in this process: nobody else's debugger, no core file (S4). Both are defence in
/// depth, so a kernel that refuses one does not stop the program.
void keep_memory_private() {
  (void)::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

int main(int argc, char** argv) {
  lockstep::cli::reserve_standard_streams();
  keep_memory_private();
  // A reader that went away is an error of the write, not the end of the process.
  (void)std::signal(SIGPIPE, SIG_IGN);
  (void)std::signal(SIGXFSZ, SIG_IGN);  // so is a file that may not grow
  const auto environment = lockstep::Environment::capture(environ);
  const std::vector<std::string> words(argv + 1, argv + argc);
  ::_exit(static_cast<int>(lockstep::cli::run_program(words, environment)));
}
