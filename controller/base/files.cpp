#include "base/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lockstep {

namespace {

struct Fd {
  int fd;
  ~Fd() {
    if (fd >= 0) ::close(fd);
  }
};

std::unexpected<Error> system_error(std::string what, const Path& path, int error) {
  if (auto spent = exhausted(error)) {
    spent->message = std::move(what) + " " + path.string() + ": " + spent->message;
    return fail(*std::move(spent));
  }
  return fail(error == ENOENT ? ErrorKind::not_found : ErrorKind::storage,
              std::move(what) + " " + path.string() + ": " + std::strerror(error));
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

Status sync_directory(const Path& directory) {
  const Fd dir{
      ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (dir.fd < 0 || ::fsync(dir.fd) != 0) return system_error("cannot sync", directory, errno);
  return {};
}

/// A new file in the same directory with all of `bytes` durable in it; gives its path.
Result<std::string> write_beside(const Path& path, std::string_view bytes, unsigned mode) {
  std::string temporary = path.string() + ".XXXXXX";
  const Fd file{::mkostemp(temporary.data(), O_CLOEXEC)};
  if (file.fd < 0) return system_error("cannot write beside", path, errno);
  if (::fchmod(file.fd, mode) != 0 || !write_all(file.fd, bytes) || ::fsync(file.fd) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return system_error("cannot write", path, error);
  }
  return temporary;
}

FileInfo facts(const struct stat& s) {
  FileInfo out;
  out.kind = S_ISREG(s.st_mode)   ? FileInfo::Kind::file
             : S_ISDIR(s.st_mode) ? FileInfo::Kind::directory
             : S_ISLNK(s.st_mode) ? FileInfo::Kind::symlink
                                  : FileInfo::Kind::other;
  out.size = static_cast<std::uint64_t>(s.st_size);
  out.mode = s.st_mode & 07777;
  out.owned_by_us = s.st_uid == ::geteuid();
  out.owned_by_root = s.st_uid == 0;
  out.links = s.st_nlink;
  out.modified = std::chrono::seconds(s.st_mtim.tv_sec) + Nanos(s.st_mtim.tv_nsec);
  out.inode = s.st_ino;
  out.changed = std::chrono::seconds(s.st_ctim.tv_sec) + Nanos(s.st_ctim.tv_nsec);
  return out;
}

class SystemFiles final : public Files {
 public:
  Result<SecretBytes> read(const Path& path, std::size_t limit) const override {
    // Opening a FIFO would wait for its writer, some devices for their line.
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (file.fd < 0) return system_error("cannot read", path, errno);
    struct stat s{};
    if (::fstat(file.fd, &s) != 0) return system_error("cannot read", path, errno);
    if (!S_ISREG(s.st_mode)) {
      return fail(ErrorKind::storage, "cannot read " + path.string() + ": not a regular file");
    }
    // What the file is said to hold and one byte, to see its end; kernels say 0 of files they make.
    SecretBytes out;
    auto step = std::min<std::size_t>(static_cast<std::size_t>(s.st_size), limit) + 1;
    for (;;) {
      const auto have = out.size();
      out.resize(have + step);
      const auto n = ::read(file.fd, out.data() + have, step);
      const int error = errno;
      out.resize(have + (n > 0 ? static_cast<std::size_t>(n) : 0));
      if (n < 0 && error == EINTR) continue;
      if (n < 0) return system_error("cannot read", path, error);
      if (n == 0) break;
      if (out.size() > limit) {
        return fail(ErrorKind::invalid,
                    path.string() + " is larger than " + std::to_string(limit) + " bytes");
      }
      const auto grown = std::min<std::size_t>(64 * 1024, limit + 1 - out.size());
      step = out.capacity() > out.size() ? std::min(out.capacity() - out.size(), grown) : grown;
    }
    return out;
  }

  Result<std::optional<FileInfo>> info(const Path& path) const override {
    struct stat s{};
    if (::lstat(path.c_str(), &s) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return std::optional<FileInfo>();
      return system_error("cannot look at", path, errno);
    }
    return std::optional(facts(s));
  }

  Result<std::vector<std::string>> list(const Path& directory, std::size_t limit) const override {
    std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
    if (!dir) return system_error("cannot list", directory, errno);
    std::vector<std::string> names;
    while (const auto* entry = ::readdir(dir.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (names.size() == limit) {
        return fail(ErrorKind::invalid,
                    directory.string() + " holds more than " + std::to_string(limit) + " entries");
      }
      names.emplace_back(name);
    }
    std::ranges::sort(names);
    return names;
  }

  Status replace(const Path& path, std::string_view bytes, unsigned mode) override {
    TRY(const auto temporary, write_beside(path, bytes, mode));
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
      const int error = errno;
      ::unlink(temporary.c_str());
      return system_error("cannot replace", path, error);
    }
    return sync_directory(path.parent_path());
  }

  Status create(const Path& path, std::string_view bytes, unsigned mode) override {
    TRY(const auto temporary, write_beside(path, bytes, mode));
    // One step, so that the file never has two names. Not every file system has it.
    int error = 0;
    if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
      error = errno;
      if (error == EINVAL || error == ENOSYS) {
        error = ::link(temporary.c_str(), path.c_str()) == 0 ? 0 : errno;
      }
      ::unlink(temporary.c_str());
    }
    if (error == EEXIST) return fail(ErrorKind::conflict, path.string() + " is there already");
    if (error != 0) return system_error("cannot make", path, error);
    return sync_directory(path.parent_path());
  }

  Result<Path> resolve(const Path& path) const override {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                           &std::free);
    if (!real) return system_error("cannot follow", path, errno);
    return Path(real.get());
  }

  Result<FileId> identity(const Path& path) const override {
    struct stat s{};
    if (::stat(path.c_str(), &s) != 0) return system_error("cannot follow", path, errno);
    return FileId{.device = s.st_dev, .inode = s.st_ino};
  }

  Status make_directory(const Path& path, unsigned mode) override {
    if (::mkdir(path.c_str(), mode) == 0) return sync_directory(path.parent_path());
    const int error = errno;
    struct stat s{};
    if (error == EEXIST && ::stat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode)) return {};
    return system_error("cannot make", path, error);
  }

  Status remove(const Path& path) override {
    if (::unlink(path.c_str()) == 0) return sync_directory(path.parent_path());
    if (errno == ENOENT) return {};
    return system_error("cannot remove", path, errno);
  }

  Status set_mode(const Path& path, unsigned mode) override {
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)};
    if (file.fd < 0 || ::fchmod(file.fd, mode) != 0) {
      return system_error("cannot set the mode of", path, errno);
    }
    return {};
  }
};

}  // namespace

std::string not_ours_alone(const FileInfo& info) {
  if (info.kind == FileInfo::Kind::symlink) return "is a symbolic link";
  if (info.kind != FileInfo::Kind::file) return "is not a regular file";
  if (!info.owned_by_us) return "belongs to another user";
  return info.links > 1 ? "has another name elsewhere (a hard link)" : "";
}

Result<FileInfo> info_of(int descriptor, const Path& path) {
  struct stat s{};
  if (::fstat(descriptor, &s) != 0) return system_error("cannot look at", path, errno);
  return facts(s);
}

std::string open_to_others(const Path& path, const FileInfo& info, Others may) {
  const bool written = (info.mode & 022U) != 0;
  const bool read = may == Others::nothing && (info.mode & 077U) != 0;
  if (!written && !read) return "";
  return std::string("others can ") + (written ? "write" : "use") + " this file; close it: chmod " +
         (may == Others::nothing ? "600 " : "go-w ") + path.string();
}

Status Files::create(const Path& path, std::string_view bytes, unsigned mode) {
  TRY(const auto there, info(path));
  if (there) return fail(ErrorKind::conflict, path.string() + " is there already");
  return replace(path, bytes, mode);
}

Result<Path> FileReader::resolve(const Path& path) const {
  TRY(const auto there, info(path));
  if (!there) return fail(ErrorKind::not_found, "cannot follow " + path.string());
  const auto plain = path.lexically_normal();
  return plain.has_filename() ? plain : plain.parent_path();
}

Result<FileId> FileReader::identity(const Path& path) const {
  TRY(const auto plain, resolve(path));
  return FileId{.device = 0, .inode = std::hash<std::string>()(plain.string())};
}

std::unique_ptr<Files> make_system_files() {
  return std::make_unique<SystemFiles>();
}

}  // namespace lockstep
