// A machine in memory for the tests of sources: files, locks, environment, virtual time.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "sources/keyring.hpp"
#include "support/sim.hpp"

namespace lockstep::testing {

/// Files whose kind, owner and mode a test arranges; support/memory_files.hpp has crashes instead.
class ArrangedFiles final : public Files {
 public:
  struct Entry {
    std::string bytes;
    unsigned mode = 0600;
    FileInfo::Kind kind = FileInfo::Kind::file;
    bool ours = true;
    bool readable = true;
    std::optional<Wall> changed;  ///< nothing: long ago
  };
  std::map<Path, Entry> entries;
  mutable std::size_t reads = 0;
  bool disk_full = false;

  void put(const Path& path, std::string_view bytes) { entries[path].bytes = bytes; }

  Result<SecretBytes> read(const Path& path, std::size_t limit) const override {
    ++reads;
    const auto found = entries.find(path);
    if (found == entries.end()) return fail(ErrorKind::not_found, "cannot read " + path.string());
    if (!found->second.readable) {
      return fail(ErrorKind::storage, "cannot read " + path.string() + ": Permission denied");
    }
    if (found->second.bytes.size() > limit) return fail(ErrorKind::invalid, "larger");
    return to_bytes(found->second.bytes);
  }
  Result<std::optional<FileInfo>> info(const Path& path) const override {
    const auto found = entries.find(path);
    if (found == entries.end()) return std::optional<FileInfo>();
    const auto& entry = found->second;
    return std::optional(FileInfo{.kind = entry.kind,
                                  .size = entry.bytes.size(),
                                  .mode = entry.mode,
                                  .owned_by_us = entry.ours,
                                  .changed = entry.changed.value_or(Wall()).time_since_epoch()});
  }
  Result<std::vector<std::string>> list(const Path&, std::size_t) const override {
    return fail(ErrorKind::internal, "sources list no directories");
  }
  Status replace(const Path& path, std::string_view bytes, unsigned mode) override {
    if (disk_full) return fail(ErrorKind::storage, "cannot write " + path.string());
    entries[path] = {.bytes = std::string(bytes), .mode = mode};
    return {};
  }
  Status make_directory(const Path& path, unsigned mode) override {
    entries.try_emplace(path, Entry{.bytes = {}, .mode = mode, .kind = FileInfo::Kind::directory});
    return {};
  }
  Status remove(const Path& path) override {
    entries.erase(path);
    return {};
  }
  Status set_mode(const Path& path, unsigned mode) override {
    entries[path].mode = mode;
    return {};
  }
};

class MemoryLocks final : public FileLocks {
 public:
  std::set<Path> held;

  Result<std::unique_ptr<HeldLock>> try_lock(const Path& path) override {
    if (!held.insert(path).second) return nullptr;
    return std::make_unique<Held>(*this, path);
  }

 private:
  struct Held final : HeldLock {
    Held(MemoryLocks& of, Path path) : locks(of), name(std::move(path)) {}
    ~Held() override { locks.held.erase(name); }
    MemoryLocks& locks;
    Path name;
  };
};

/// What each test of a source works on.
struct Machine {
  Simulation sim;
  ArrangedFiles files;
  MemoryLocks locks;
  Environment environment;
  std::unique_ptr<Offload> offload = make_offload_inline();
  std::optional<RestedReader> reader{std::in_place, files, sim.clock(), *offload};
  Scope writers{sim.executor()};

  /// Another way of doing slow work from now on.
  void work_by(std::unique_ptr<Offload> other) {
    offload = std::move(other);
    reader.emplace(files, sim.clock(), *offload);
  }
  /// Someone writes a file piece by piece, and rests for `pause` after each.
  void write_slowly(Path path, std::vector<std::string> pieces, Nanos pause) {
    files.entries[path].bytes.clear();
    writers.start(
        [](Machine& at, Path to, std::vector<std::string> all, Nanos rest) -> Awaitable<void> {
          auto& clock = at.sim.clock();
          for (const auto& piece : all) {
            auto& entry = at.files.entries[to];
            entry.bytes += piece;
            entry.changed = clock.wall();
            (void)co_await clock.sleep_until(clock.mono() + rest);
          }
        }(*this, std::move(path), std::move(pieces), pause));
  }

  LocalSeams seams() {
    return {.files = files,
            .locks = locks,
            .environment = environment,
            .clock = sim.clock(),
            .random = sim.random(),
            .offload = *offload,
            .reader = *reader};
  }
};

/// The least Argon2id cost that lockstep accepts: the tests are about what follows.
inline constexpr KeyringCost cheap{.passes = 1, .memory_kib = 8 * 1024};

/// The text of an error, failing the test when there is none.
template <class T>
std::string error_text(const Result<T>& result) {
  if (result) {
    ADD_FAILURE() << "expected an error";
    return {};
  }
  return describe(result.error());
}

/// The value as text, for comparing fake values; failing the test when there is none.
inline std::string text(const Result<Secret>& value) {
  if (!value) {
    ADD_FAILURE() << describe(value.error());
    return {};
  }
  return std::string(value->expose());
}
inline std::string text(const Result<std::optional<Secret>>& value) {
  if (!value) {
    ADD_FAILURE() << describe(value.error());
    return {};
  }
  return *value ? std::string((*value)->expose()) : "(no such key)";
}

}  // namespace lockstep::testing
