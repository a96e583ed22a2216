#include "clients/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

namespace lockstep::clients {

namespace {

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  return {.read = ends[0], .write = ends[1]};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// Where the program is: `execve` looks at no PATH, and ours is not that of the surroundings.
std::string find_program(const std::string& word, const Surroundings& around) {
  if (word.contains('/')) return word;
  const auto path = around.environment.find("PATH");
  std::string rest = path == around.environment.end() ? "/usr/bin:/bin" : path->second;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const auto candidate = rest.substr(0, colon) + "/" + word;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return word;
}

void drain(int& descriptor, std::string& into) {
  std::array<char, 4096> bytes{};
  const auto n = ::read(descriptor, bytes.data(), bytes.size());
  if (n > 0) {
    into.append(bytes.data(), static_cast<std::size_t>(n));
    return;
  }
  ::close(descriptor);
  descriptor = -1;
}

}  // namespace

Child::Child(const std::vector<std::string>& words, const Surroundings& around) {
  auto arguments = words;
  std::vector<std::string> environment;
  for (const auto& [name, value] : around.environment) environment.push_back(name + "=" + value);
  const auto program = find_program(words.at(0), around);
  auto argv = pointers(arguments);
  auto envp = pointers(environment);

  const auto in = make_pipe();
  const auto out = make_pipe();
  const auto err = make_pipe();
  const auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    ::dup2(in.read, STDIN_FILENO);
    ::dup2(out.write, STDOUT_FILENO);
    ::dup2(err.write, STDERR_FILENO);
    if (::chdir(around.folder.c_str()) == 0) ::execve(program.c_str(), argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(out.write);
  ::close(err.write);
  out_ = out.read;
  err_ = err.read;
  // Both ends of the input are ours until it is written, so a program that ended cannot break it.
  const auto written = ::write(in.write, around.input.data(), around.input.size());
  ::close(in.read);
  ::close(in.write);
  if (pid_ < 0 || written != static_cast<ssize_t>(around.input.size())) {
    throw std::runtime_error("cannot start " + words.at(0));
  }
}

Child::~Child() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (out_ >= 0) ::close(out_);
  if (err_ >= 0) ::close(err_);
}

bool Child::read_some() {
  if (out_ < 0 && err_ < 0) return false;
  std::array<pollfd, 2> both = {pollfd{.fd = out_, .events = POLLIN, .revents = 0},
                                pollfd{.fd = err_, .events = POLLIN, .revents = 0}};
  if (::poll(both.data(), both.size(), -1) < 0) return errno == EINTR;
  if (both[0].revents != 0) drain(out_, said_.out);
  if (both[1].revents != 0) drain(err_, said_.err);
  return true;
}

std::string Child::wait_for_line(const std::string& text) {
  for (;;) {
    const auto lines = "\n" + said_.out;
    const auto begin = lines.find("\n" + text);
    if (begin != std::string::npos && lines.find('\n', begin + 1) != std::string::npos) {
      return said_.out;
    }
    if (!read_some()) return "";
  }
}

void Child::terminate() const {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

Ended Child::finish() {
  while (read_some()) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  said_.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return said_;
}

Ended run_program(const std::vector<std::string>& words, const Surroundings& around) {
  return Child(words, around).finish();
}

}  // namespace lockstep::clients
