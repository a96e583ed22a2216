#include "cli/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

namespace lockstep::cli::testing {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// Reads what is there; false at the end. A terminal whose other side is gone reads as EIO.
bool drain(int& descriptor, std::string& into) {
  std::array<char, 4096> bytes{};
  const auto n = ::read(descriptor, bytes.data(), bytes.size());
  if (n > 0) {
    into.append(bytes.data(), static_cast<std::size_t>(n));
    return true;
  }
  ::close(descriptor);
  descriptor = -1;
  return false;
}

void fill(int pipe) {
  ::fcntl(pipe, F_SETFL, O_NONBLOCK);
  const std::string line(1024, '.');
  while (::write(pipe, line.data(), line.size()) > 0) {
  }
  ::fcntl(pipe, F_SETFL, 0);
}

}  // namespace

Process::Process(const std::vector<std::string>& words, const Options& options) {
  std::vector<std::string> arguments = {LOCKSTEP_BINARY_DIR "/lockstep"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  std::vector<std::string> environment;
  for (const auto& [name, value] : options.environment) environment.push_back(name + "=" + value);
  auto argv = pointers(arguments);
  auto envp = pointers(environment);

  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  const bool terminal = !options.typed.empty();
  const int made = terminal ? ::openpty(&err[0], &err[1], nullptr, nullptr, nullptr)
                            : ::pipe2(err.data(), O_CLOEXEC);
  if (made != 0) throw std::runtime_error("no standard error");
  if (options.full_out) fill(out[1]);
  if (options.full_err) fill(err[1]);
  if (options.closed_pipe) ::close(out[0]);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(terminal ? err[1] : null, STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    if (!options.out_file.empty()) {
      ::dup2(::open(options.out_file.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600), STDOUT_FILENO);
    }
    if (options.closed_out) ::close(STDOUT_FILENO);
    if (options.most_bytes != 0) {
      const rlimit bytes{.rlim_cur = options.most_bytes, .rlim_max = options.most_bytes};
      ::setrlimit(RLIMIT_FSIZE, &bytes);
    }
    if (options.most_files != 0) {
      const rlimit files{.rlim_cur = options.most_files, .rlim_max = options.most_files};
      ::setrlimit(RLIMIT_NOFILE, &files);
    }
    if (::chdir(options.folder.c_str()) == 0) ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(null);
  ::close(out[1]);
  ::close(err[1]);
  out_ = options.closed_pipe || options.full_out ? -1 : out[0];
  if (options.full_out) unread_ = out[0];
  err_ = err[0];
  if (terminal && ::write(err_, options.typed.data(), options.typed.size()) < 0) {
    throw std::runtime_error("cannot type");
  }
}

Process::~Process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (out_ >= 0) ::close(out_);
  if (err_ >= 0) ::close(err_);
  if (unread_ >= 0) ::close(unread_);
}

bool Process::read_some() {
  std::array<pollfd, 2> both = {pollfd{.fd = out_, .events = POLLIN, .revents = 0},
                                pollfd{.fd = err_, .events = POLLIN, .revents = 0}};
  if (out_ < 0 && err_ < 0) return false;
  if (::poll(both.data(), both.size(), -1) < 0) return errno == EINTR;
  if (both[0].revents != 0) (void)drain(out_, said_.out);
  if (both[1].revents != 0) (void)drain(err_, said_.err);
  return true;
}

bool Process::wait_for(const std::string& text) {
  while (said_.err.find(text) == std::string::npos) {
    if (!read_some()) return false;
  }
  return true;
}

void Process::signal(int number) const {
  ::kill(pid_, number);
}

int Process::wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Finished Process::finish() {
  while (read_some()) {
  }
  said_.code = wait();
  return said_;
}

}  // namespace lockstep::cli::testing
