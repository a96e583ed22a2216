#include "local/lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"

namespace lockstep {

namespace {

constexpr std::size_t max_holder_bytes = 200;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> unusable(const Path& path, const std::string& why) {
  return fail(ErrorKind::storage, "cannot use the lock file " + path.string() + ": " + why);
}
std::unexpected<Error> unusable(const Path& path, int error) {
  if (error == ELOOP) return unusable(path, "it is a symbolic link; remove it");
  const auto spent = exhausted(error);
  return unusable(path, spent ? spent->message : std::strerror(error));
}

/// Others cannot open a file that is ours alone, and so cannot take its lock.
Status close_to_others(int fd, const Path& path) {
  TRY(const auto info, info_of(fd, path));
  if (const auto why = not_ours_alone(info); !why.empty()) {
    return unusable(path, "it " + why + "; remove it");
  }
  if ((info.mode & 077U) != 0 && ::fchmod(fd, 0600) != 0) return unusable(path, errno);
  return {};
}

/// True while the path names the very file that is open: a lock on a removed file guards nothing.
bool same_file(int fd, const Path& path) {
  struct stat open_file{}, named{};
  return ::fstat(fd, &open_file) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

/// What the holder wrote: `PID COMMAND`. Another user's text, so it is made harmless.
std::string holder_of(int fd) {
  std::array<char, max_holder_bytes> bytes{};
  const auto n = ::pread(fd, bytes.data(), bytes.size(), 0);
  if (n <= 0) return "another process";
  const auto words = trim({bytes.data(), static_cast<std::size_t>(n)});
  const auto blank = words.find(' ');
  const auto pid = RemoteText::from(words.substr(0, blank), {}, 20).text();
  if (blank == std::string_view::npos) return "process " + pid;
  return "process " + pid + " (" + RemoteText::from(words.substr(blank + 1), {}).text() + ")";
}

class FlockFile final : public LockFile {
 public:
  FlockFile(Descriptor file, Path path) : file_(std::move(file)), path_(std::move(path)) {}

  /// The lock has no end of its own, so any deadline is met while it is held.
  Status check(Mono) const override {
    if (shut_down_) return fail(ErrorKind::fenced, "lockstep is shutting down");
    if (same_file(file_.get(), path_)) return {};
    return fail(ErrorKind::fenced, "the lock file " + path_.string() +
                                       " was removed or replaced; start lockstep again");
  }

  void shut_down() override { shut_down_ = true; }

 private:
  Descriptor file_;
  Path path_;
  bool shut_down_ = false;
};

}  // namespace

Result<std::unique_ptr<LockFile>> LockFile::take(const Path& path, std::string_view holder) {
  Descriptor file(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (file.get() < 0) return unusable(path, errno);
  TRY_OK(close_to_others(file.get(), path));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return unusable(path, errno);
    return fail(ErrorKind::fenced, holder_of(file.get()) + " writes to this ledger (" +
                                       path.string() +
                                       "); end it first, or name another --ledger-dir");
  }
  if (!same_file(file.get(), path)) return unusable(path, ESTALE);
  const auto text = std::to_string(::getpid()) + " " +
                    std::string(holder.substr(0, max_holder_bytes - 32)) + "\n";
  const auto size = static_cast<ssize_t>(text.size());
  if (::ftruncate(file.get(), 0) != 0 ||
      ::pwrite(file.get(), text.data(), text.size(), 0) != size) {
    return unusable(path, errno);
  }
  return std::make_unique<FlockFile>(std::move(file), path);
}

}  // namespace lockstep
