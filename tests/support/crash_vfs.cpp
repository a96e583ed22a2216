// The contract of every function here: https://www.sqlite.org/c3ref/io_methods.html and
// https://www.sqlite.org/c3ref/vfs.html; of the shared memory locks:
// https://www.sqlite.org/walformat.html
#include "support/crash_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace lockstep::testing {

namespace {

/// A change that a crash may lose: bytes at an offset, or a new size.
struct Pending {
  std::size_t at = 0;
  std::string bytes;
  bool truncate = false;
};

void carry_out(std::string& content, const Pending& change) {
  if (change.truncate) {
    content.resize(change.at);
    return;
  }
  content.resize(std::max(content.size(), change.at + change.bytes.size()));
  content.replace(change.at, change.bytes.size(), change.bytes);
}

struct Handle;

/// One file: what programs see, what a crash keeps, and who holds which lock.
struct Inode {
  std::string seen;
  std::string durable;
  std::vector<Pending> pending;
  std::vector<std::unique_ptr<char[]>> shared_memory;
  std::map<const Handle*, int> locks;  ///< SQLITE_LOCK_SHARED and above
  struct ShmLock {
    const Handle* exclusive = nullptr;
    std::map<const Handle*, bool> shared;
  };
  std::array<ShmLock, SQLITE_SHM_NLOCK> shm_locks;
};

}  // namespace

struct CrashVfs::Disk {
  Disk(std::string n, Power& p) : name(std::move(n)), power(p) {}
  std::string name;
  Power& power;
  sqlite3_vfs vfs{};
  std::map<std::string, std::shared_ptr<Inode>> files;

  /// SQLite's code for an operation; `io_code` where the disk fails.
  int step(int io_code) {
    switch (power.step()) {
      case DiskOutcome::done:
        return SQLITE_OK;
      case DiskOutcome::full:
        return SQLITE_FULL;
      case DiskOutcome::cut:
      case DiskOutcome::dead:
      case DiskOutcome::io_error:
        return io_code;
    }
    return io_code;
  }
};

namespace {

using Disk = CrashVfs::Disk;

/// What SQLite allocates for an open file; it knows only the first member.
struct Handle {
  sqlite3_file base;
  Disk* disk;
  std::shared_ptr<Inode>* inode;
};

Handle& handle(sqlite3_file* file) {
  return *reinterpret_cast<Handle*>(file);
}
Inode& inode(sqlite3_file* file) {
  return **handle(file).inode;
}
Disk& disk(sqlite3_vfs* vfs) {
  return *static_cast<Disk*>(vfs->pAppData);
}

// ---- bytes --------------------------------------------------------------------------------------

int read_bytes(sqlite3_file* file, void* out, int size, sqlite3_int64 at) {
  if (!handle(file).disk->power.on()) return SQLITE_IOERR_READ;
  const auto& seen = inode(file).seen;
  const auto wanted = static_cast<std::size_t>(size);
  const auto offset = std::min(static_cast<std::size_t>(at), seen.size());
  const auto have = std::min(wanted, seen.size() - offset);
  std::memcpy(out, seen.data() + offset, have);
  std::memset(static_cast<char*>(out) + have, 0, wanted - have);
  return have == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

/// The write at which the power fails is left to crash() as well: it may have reached the disk.
int change(sqlite3_file* file, Pending pending, int io_code) {
  auto& target = inode(file);
  const auto outcome = handle(file).disk->power.on() ? handle(file).disk->step(io_code) : io_code;
  if (outcome == SQLITE_OK) carry_out(target.seen, pending);
  // A write that failed may still have changed what is on the disk.
  if (outcome != SQLITE_FULL) target.pending.push_back(std::move(pending));
  return outcome;
}

int write_bytes(sqlite3_file* file, const void* in, int size, sqlite3_int64 at) {
  return change(
      file,
      {.at = static_cast<std::size_t>(at),
       .bytes = std::string(static_cast<const char*>(in), static_cast<std::size_t>(size))},
      SQLITE_IOERR_WRITE);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return change(file, {.at = static_cast<std::size_t>(size), .bytes = {}, .truncate = true},
                SQLITE_IOERR_TRUNCATE);
}

int sync(sqlite3_file* file, int) {
  const int code = handle(file).disk->step(SQLITE_IOERR_FSYNC);
  if (code != SQLITE_OK) return code;
  auto& target = inode(file);
  target.durable = target.seen;
  target.pending.clear();
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(inode(file).seen.size());
  return SQLITE_OK;
}

// ---- locks --------------------------------------------------------------------------------------

int lock(sqlite3_file* file, int level) {
  auto& locks = inode(file).locks;
  const auto* self = &handle(file);
  const bool others = std::ranges::any_of(locks, [&](const auto& entry) {
    const auto [owner, held] = entry;
    if (owner == self) return false;
    if (level == SQLITE_LOCK_SHARED) return held >= SQLITE_LOCK_PENDING;
    if (level == SQLITE_LOCK_RESERVED) return held >= SQLITE_LOCK_RESERVED;
    return held >= SQLITE_LOCK_SHARED;
  });
  if (others) return SQLITE_BUSY;
  auto& mine = locks[self];
  mine = std::max(mine, level);
  return SQLITE_OK;
}

int unlock(sqlite3_file* file, int level) {
  auto& locks = inode(file).locks;
  if (level == SQLITE_LOCK_NONE) {
    locks.erase(&handle(file));
  } else if (const auto mine = locks.find(&handle(file)); mine != locks.end()) {
    mine->second = std::min(mine->second, level);
  }
  return SQLITE_OK;
}

int check_reserved(sqlite3_file* file, int* out) {
  *out = std::ranges::any_of(
      inode(file).locks, [](const auto& entry) { return entry.second >= SQLITE_LOCK_RESERVED; });
  return SQLITE_OK;
}

int shm_lock(sqlite3_file* file, int first, int count, int flags) {
  const auto* self = &handle(file);
  auto& all = inode(file).shm_locks;
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  for (int i = first; (flags & SQLITE_SHM_LOCK) != 0 && i < first + count; ++i) {
    const auto& one = all[static_cast<std::size_t>(i)];
    const bool shared_by_others = one.shared.size() > (one.shared.contains(self) ? 1U : 0U);
    if (one.exclusive && one.exclusive != self) return SQLITE_BUSY;
    if (exclusive && shared_by_others) return SQLITE_BUSY;
  }
  for (int i = first; i < first + count; ++i) {
    auto& one = all[static_cast<std::size_t>(i)];
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
      if (one.exclusive == self) one.exclusive = nullptr;
      one.shared.erase(self);
    } else if (exclusive) {
      one.exclusive = self;
    } else {
      one.shared[self] = true;
    }
  }
  return SQLITE_OK;
}

int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  auto& memory = inode(file).shared_memory;
  const auto index = static_cast<std::size_t>(page);
  while (extend != 0 && memory.size() <= index) {
    memory.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
  }
  *out = index < memory.size() ? memory[index].get() : nullptr;
  return SQLITE_OK;
}

int shm_unmap(sqlite3_file* file, int remove) {
  const auto* self = &handle(file);
  for (auto& one : inode(file).shm_locks) {
    if (one.exclusive == self) one.exclusive = nullptr;
    one.shared.erase(self);
  }
  if (remove != 0) inode(file).shared_memory.clear();
  return SQLITE_OK;
}

int close_file(sqlite3_file* file) {
  inode(file).locks.erase(&handle(file));
  delete handle(file).inode;
  return SQLITE_OK;
}

const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_bytes,
    .xWrite = write_bytes,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = file_size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = check_reserved,
    .xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; },
    .xSectorSize = [](sqlite3_file*) { return 512; },
    .xDeviceCharacteristics = [](sqlite3_file*) { return 0; },
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = [](sqlite3_file*) {},
    .xShmUnmap = shm_unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

// ---- the file system ----------------------------------------------------------------------------

int open_file(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags, int* out) {
  auto& self = disk(vfs);
  file->pMethods = nullptr;
  if (!self.power.on()) return SQLITE_CANTOPEN;
  auto found = path ? self.files.find(path) : self.files.end();
  if (path && found == self.files.end()) {
    if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    if (const int code = self.step(SQLITE_CANTOPEN); code != SQLITE_OK) return code;
    found = self.files.emplace(path, std::make_shared<Inode>()).first;
  }
  handle(file).disk = &self;
  handle(file).inode = new std::shared_ptr<Inode>(path ? found->second : std::make_shared<Inode>());
  file->pMethods = &methods;
  if (out) *out = flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* path, int) {
  auto& self = disk(vfs);
  if (const int code = self.step(SQLITE_IOERR_DELETE); code != SQLITE_OK) return code;
  return self.files.erase(path) != 0 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

int access_file(sqlite3_vfs* vfs, const char* path, int, int* out) {
  *out = disk(vfs).files.contains(path) ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", path);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs* vfs, int size, char* out) {
  for (int i = 0; i < size; ++i) out[i] = static_cast<char>(disk(vfs).power.one_of(256));
  return size;
}

int current_time(sqlite3_vfs*, sqlite3_int64* out) {
  *out = 212'700'000'000'000;  // a fixed Julian day in milliseconds: nothing may depend on it
  return SQLITE_OK;
}

}  // namespace

CrashVfs::CrashVfs(std::string name, Power& power)
    : disk_(std::make_unique<Disk>(std::move(name), power)) {
  auto& vfs = disk_->vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(Handle);
  vfs.mxPathname = 512;
  vfs.zName = disk_->name.c_str();
  vfs.pAppData = disk_.get();
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  vfs.xAccess = access_file;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = [](sqlite3_vfs*, int microseconds) { return microseconds; };
  vfs.xGetLastError = [](sqlite3_vfs*, int, char*) { return 0; };
  vfs.xCurrentTimeInt64 = current_time;
  if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) throw std::runtime_error("no SQLite VFS");
}

CrashVfs::~CrashVfs() {
  sqlite3_vfs_unregister(&disk_->vfs);
}

const std::string& CrashVfs::name() const {
  return disk_->name;
}

void CrashVfs::crash() {
  for (auto& [name, old] : disk_->files) {
    auto settled = std::make_shared<Inode>();
    settled->durable = std::move(old->durable);
    for (auto& change : old->pending) {
      if (disk_->power.one_of(2) == 0) continue;
      if (!change.truncate && disk_->power.one_of(4) == 0) {
        change.bytes.resize(disk_->power.one_of(change.bytes.size() + 1));
      }
      carry_out(settled->durable, change);
    }
    old->pending.clear();
    settled->seen = settled->durable;
    old = std::move(settled);
  }
  disk_->power.restore();
}

CrashVfs::Image CrashVfs::image() const {
  Image out;
  for (const auto& [name, node] : disk_->files) out.emplace(name, node->seen);
  return out;
}

void CrashVfs::load(const Image& image) {
  disk_->files.clear();
  for (const auto& [name, content] : image) {
    auto node = std::make_shared<Inode>();
    node->seen = node->durable = content;
    disk_->files.emplace(name, std::move(node));
  }
}

}  // namespace lockstep::testing
