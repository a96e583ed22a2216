// The file system as a seam.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace lockstep {

using Path = std::filesystem::path;

/// What a path names; the path itself is not followed when it is a symbolic link.
struct FileInfo {
  enum class Kind : std::uint8_t { file, directory, symlink, other };
  Kind kind = Kind::file;
  std::uint64_t size = 0;
  unsigned mode = 0;        ///< permission bits, 07777
  bool owned_by_us = true;  ///< the owner is the effective user
  bool owned_by_root = false;
  std::uint64_t links = 1;  ///< names that the file has (hard links)
  Nanos modified{};         ///< since the epoch; a hint for "has it changed", never a proof
  std::uint64_t inode = 0;  ///< another one: another file has taken the name
  /// Since the epoch, when bytes, mode, name or number of links last changed (ctime): unlike
  /// `modified` nobody can set it.
  Nanos changed{};
};

/// Which file it is, by whatever name: device and inode.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const FileId&) const = default;
};

/// What a file may leave to users that are not its owner.
enum class Others : std::uint8_t { nothing, reading };
/// Why a file with these facts is too open, and the remedy: `others can write this file; close it:
/// chmod go-w PATH`. "" when it is not.
std::string open_to_others(const Path& path, const FileInfo& info, Others may);

/// Why a file with these facts is not one that lockstep keeps for itself alone, as a clause that
/// follows its name: `is a symbolic link`. "" when it may be.
std::string not_ours_alone(const FileInfo& info);
/// Facts about an open file.
Result<FileInfo> info_of(int descriptor, const Path& path);

/// Looking at files. Calls are synchronous and short where the disk answers; a folder of another
/// machine may not, so what reads the user's files goes through RestedReader, off the loop.
class FileReader {
 public:
  virtual ~FileReader() = default;
  /// The whole file, at most `limit` bytes (`invalid` when larger, `not_found` when absent). Only a
  /// regular file is read, and opening never waits: a FIFO is `storage`, at once.
  virtual Result<SecretBytes> read(const Path& path, std::size_t limit) const = 0;
  /// Facts about the path itself; nothing when it does not exist.
  virtual Result<std::optional<FileInfo>> info(const Path& path) const = 0;
  /// Names in a directory, sorted bytewise, without `.` and `..`; at most `limit` of them.
  virtual Result<std::vector<std::string>> list(const Path& directory, std::size_t limit) const = 0;
  /// The absolute path with every symbolic link followed; `not_found` when it leads nowhere. This
  /// default suits files without links.
  virtual Result<Path> resolve(const Path& path) const;
  /// The file that a path leads to, with every link followed: two paths have one FileId exactly
  /// when they lead to one file. `not_found` when it leads nowhere. This default suits files
  /// without links.
  virtual Result<FileId> identity(const Path& path) const;
  /// Tells a reader that waits for a last line to end (RestedReader) that it need not, for what was
  /// just read of `path`: it is known to be whole, by a checksum or its exact length, or nothing
  /// rests on it.
  virtual void needs_no_line_end(const Path& path) const { (void)path; }
};

/// Every file lockstep reads or writes goes through here.
class Files : public FileReader {
 public:
  /// Puts `bytes` in place of the file as one step: a reader sees the old or the new whole, also
  /// after a crash. On return it is durable.
  virtual Status replace(const Path& path, std::string_view bytes, unsigned mode) = 0;
  /// Like replace(), but only where there is nothing yet: `conflict` when the path exists. The
  /// system's files decide that in one step; this default looks first and suits files that
  /// nobody else touches.
  virtual Status create(const Path& path, std::string_view bytes, unsigned mode);
  /// Makes a directory (parents must exist); ok when it is there already.
  virtual Status make_directory(const Path& path, unsigned mode) = 0;
  /// Removes a file; ok when it is gone already.
  virtual Status remove(const Path& path) = 0;
  /// Gives a file or directory of ours these permission bits; a link at the path is not followed.
  virtual Status set_mode(const Path& path, unsigned mode) = 0;
};

std::unique_ptr<Files> make_system_files();

}  // namespace lockstep
