// Files in memory: a replace is durable as a whole or has not happened.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "base/files.hpp"
#include "support/power.hpp"

namespace lockstep::testing {

/// Has no links. Parents of what is written must exist, as on a real disk; `put` makes them.
class MemoryFiles final : public Files {
 public:
  /// `power` must outlive it. When the power fails at a write, chance decides whether it happened.
  explicit MemoryFiles(Power& power) : power_(power) {}

  Result<SecretBytes> read(const Path& path, std::size_t limit) const override;
  Result<std::optional<FileInfo>> info(const Path& path) const override;
  Result<std::vector<std::string>> list(const Path& directory, std::size_t limit) const override;
  Status replace(const Path& path, std::string_view bytes, unsigned mode) override;
  Status make_directory(const Path& path, unsigned mode) override;
  Status remove(const Path& path) override;
  Status set_mode(const Path& path, unsigned mode) override;

  /// From now on a change of a file has the time that `now` tells; without it all files have rested
  /// since long ago.
  void tell_time(std::function<Wall()> now) { now_ = std::move(now); }
  /// Arranges a file, without power or faults.
  void put(const Path& path, std::string_view bytes, unsigned mode = 0600);
  void put_directory(const Path& path, unsigned mode) {
    nodes_[key(path)] = fresh({.directory = true, .bytes = {}, .mode = mode});
  }
  /// It belongs to another user from now on.
  void give_away(const Path& path) { nodes_.at(key(path)).ours = false; }
  /// What a writer that has the file open writes next, without power or faults.
  void append(const Path& path, std::string_view bytes);
  /// Removes a file or directory entry, without power or faults.
  void drop(const Path& path);
  /// From now on reading that path fails with an I/O error.
  void break_reading(const Path& path) { unreadable_.insert(key(path)); }
  /// The text of a file; empty when there is none.
  std::string text(const Path& path) const;
  /// All paths that are there, sorted.
  std::vector<std::string> paths() const;

 private:
  struct Node {
    bool directory = false;
    SecretBytes bytes;
    unsigned mode = 0;
    Nanos modified{};
    std::uint64_t inode = 0;
    Nanos changed{};
    bool ours = true;
  };
  /// The node as a new file or folder has it.
  Node fresh(Node node);
  void touch_folder(const Path& path);
  static std::string key(const Path& path);
  bool has_directory(const Path& path) const;
  Status change(const Path& path, std::optional<Node> node);

  Power& power_;
  std::map<std::string, Node> nodes_;
  std::set<std::string> unreadable_;
  std::int64_t changes_ = 0;
  std::function<Wall()> now_;
};

}  // namespace lockstep::testing
