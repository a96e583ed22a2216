#include "sources/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace lockstep {

namespace {

class HeldDescriptor final : public HeldLock {
 public:
  explicit HeldDescriptor(int descriptor) : descriptor_(descriptor) {}
  HeldDescriptor(const HeldDescriptor&) = delete;
  HeldDescriptor& operator=(const HeldDescriptor&) = delete;
  ~HeldDescriptor() override { ::close(descriptor_); }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

class SystemFileLocks final : public FileLocks {
 public:
  Result<std::unique_ptr<HeldLock>> try_lock(const Path& path) override {
    const int opened =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (opened < 0) return refuse(path, errno);
    auto held = std::make_unique<HeldDescriptor>(opened);
    TRY(const auto info, info_of(opened, path));
    if (const auto why = not_ours_alone(info); !why.empty())
      return refuse(path, "it " + why + "; remove it");
    for (;;) {
      if (::flock(held->descriptor(), LOCK_EX | LOCK_NB) == 0) return held;
      if (errno == EWOULDBLOCK) return nullptr;
      if (errno != EINTR) return refuse(path, errno);
    }
  }

 private:
  static std::unexpected<Error> refuse(const Path& path, int error) {
    if (error == ELOOP) return refuse(path, "it is a symbolic link; remove it");
    const auto spent = exhausted(error);
    return refuse(path, spent ? spent->message : std::strerror(error));
  }
  static std::unexpected<Error> refuse(const Path& path, const std::string& why) {
    return fail(ErrorKind::storage, "cannot lock " + path.string() + ": " + why);
  }
};

}  // namespace

std::unique_ptr<FileLocks> make_system_file_locks() {
  return std::make_unique<SystemFileLocks>();
}

}  // namespace lockstep
