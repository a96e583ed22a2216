// The power of a simulated machine, and the health of its disk.
#pragma once

#include <cstdint>
#include <random>

namespace lockstep::testing {

/// What a simulated disk does with one operation that changes something.
enum class DiskOutcome : std::uint8_t {
  done,
  cut,   ///< the power fails at this very operation: it may or may not have happened
  dead,  ///< there was no power before: it did not happen
  io_error,
  full,
};

/// Shared by everything that stores: CrashVfs and MemoryFiles die at the same moment. Counts the
/// operations of both, so that a test can cut the power at each of them in turn.
class Power {
 public:
  explicit Power(std::uint64_t seed) : chance_(seed) {}

  /// Asked before each operation that changes the disk.
  DiskOutcome step() {
    if (!on_) return DiskOutcome::dead;
    const auto op = ops_++;
    if (op == cut_at_) {
      on_ = false;
      return DiskOutcome::cut;
    }
    return op >= fault_from_ && op < fault_to_ ? fault_ : DiskOutcome::done;
  }
  bool on() const { return on_; }
  long ops() const { return ops_; }

  /// Cuts the power at the operation that comes after `ops` more.
  void cut_after(long ops) { cut_at_ = ops_ + ops; }
  void cut() { on_ = false; }
  /// Power again, faults gone; CrashVfs::crash() settles what the cut left on the disk.
  void restore() {
    on_ = true;
    cut_at_ = fault_from_ = fault_to_ = -1;
  }
  /// `count` operations fail this way, after `ops` more good ones.
  void fail_after(long ops, long count, DiskOutcome how) {
    fault_from_ = ops_ + ops;
    fault_to_ = fault_from_ + count;
    fault_ = how;
  }

  /// One of `n`, from the seed.
  std::uint64_t one_of(std::uint64_t n) { return chance_() % n; }

 private:
  std::mt19937_64 chance_;
  bool on_ = true;
  long ops_ = 0;
  long cut_at_ = -1;
  long fault_from_ = -1;
  long fault_to_ = -1;
  DiskOutcome fault_ = DiskOutcome::io_error;
};

}  // namespace lockstep::testing
