// The fence of commands that ask before they write.
#pragma once

#include <memory>

#include "base/fence.hpp"
#include "local/lock_file.hpp"

namespace lockstep::cli {

/// The lock, and on top of it a person's yes: until then, and where no change was agreed, nothing
/// leaves.
class Consent final : public WriteFence {
 public:
  /// `command` is what the refusal tells to run: `lockstep apply`.
  explicit Consent(std::string command) : command_(std::move(command)) {}
  Status check(Mono deadline) const override {
    if (lock_ && given_) return lock_->check(deadline);
    return fail(ErrorKind::fenced, "nobody agreed to this change; run `" + command_ + "` again");
  }
  void take(std::unique_ptr<LockFile> lock) { lock_ = std::move(lock); }
  void give() { given_ = true; }
  void shut_down() {
    if (lock_) lock_->shut_down();
  }
  bool has_lock() const { return lock_ != nullptr; }

 private:
  std::string command_;
  std::unique_ptr<LockFile> lock_;
  bool given_ = false;
};

}  // namespace lockstep::cli
