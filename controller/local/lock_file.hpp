// One writer a ledger (S7).
#pragma once

#include <memory>
#include <string_view>

#include "base/fence.hpp"
#include "base/files.hpp"

namespace lockstep {

/// Holds an advisory lock on a file until it is destroyed or the process ends, however it ends.
class LockFile : public WriteFence {
 public:
  /// Takes the lock at `path` (made when it is not there; its directory must exist) without
  /// waiting. `holder` names this process to others: `lockstep controller`. `fenced` when another
  /// process holds it: the text names its pid and command. `storage` when the file cannot be used.
  static Result<std::unique_ptr<LockFile>> take(const Path& path, std::string_view holder);

  /// From here on check() refuses: the process is ending.
  virtual void shut_down() = 0;
};

}  // namespace lockstep
