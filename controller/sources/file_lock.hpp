// Locks between processes, as a seam.
#pragma once

#include <memory>

#include "base/files.hpp"

namespace lockstep {

/// A lock that is held until this goes; the kernel drops it when the process dies.
class HeldLock {
 public:
  virtual ~HeldLock() = default;
};

class FileLocks {
 public:
  virtual ~FileLocks() = default;
  /// Takes the lock that `path` stands for, at once: nullptr while anyone, also in this process,
  /// holds it. The file is made (0600) and stays: removing it would let two holders in.
  virtual Result<std::unique_ptr<HeldLock>> try_lock(const Path& path) = 0;
};

/// flock(2). It holds between the processes of one machine; on a network file system only as far
/// as that one passes locks on.
std::unique_ptr<FileLocks> make_system_file_locks();

}  // namespace lockstep
