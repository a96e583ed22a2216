// A disk for SQLite, in memory, that keeps only what was synced.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "support/power.hpp"

namespace lockstep::testing {

/// Registers itself with SQLite under a name, for as long as it lives. The real ledger runs on it
/// unchanged. Several connections may be open, with SQLite's own locks between them; one thread.
///
/// When the power fails (Power), every write fails from then on. crash() then decides, by chance,
/// which unsynced writes had reached the disk, in any combination, some of them torn; what was
/// synced always has. Connections of before live on as ghosts: whatever they still do, their close
/// included, reaches nothing.
class CrashVfs {
 public:
  /// `power` must outlive it; `name` is unique in the process.
  CrashVfs(std::string name, Power& power);
  ~CrashVfs();
  CrashVfs(const CrashVfs&) = delete;
  CrashVfs& operator=(const CrashVfs&) = delete;

  const std::string& name() const;
  /// Settles the disk after a power cut and gives power again.
  void crash();

  /// All files as programs see them: a backup. load() puts one back in place of everything.
  using Image = std::map<std::string, std::string>;
  Image image() const;
  void load(const Image& image);

  /// What the VFS functions work on; only crash_vfs.cpp knows it.
  struct Disk;

 private:
  std::unique_ptr<Disk> disk_;
};

}  // namespace lockstep::testing
