#include "support/memory_files.hpp"

namespace lockstep::testing {

std::string MemoryFiles::key(const Path& path) {
  auto text = path.lexically_normal().string();
  if (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text == "." ? "" : text;
}

bool MemoryFiles::has_directory(const Path& path) const {
  const auto name = key(path);
  if (name.empty() || name == "/") return true;
  const auto found = nodes_.find(name);
  return found != nodes_.end() && found->second.directory;
}

Result<SecretBytes> MemoryFiles::read(const Path& path, std::size_t limit) const {
  if (!power_.on()) return fail(ErrorKind::storage, "no power");
  if (unreadable_.contains(key(path))) {
    return fail(ErrorKind::storage, "cannot read " + path.string() + ": Input/output error");
  }
  const auto found = nodes_.find(key(path));
  if (found == nodes_.end() || found->second.directory) {
    return fail(ErrorKind::not_found,
                "cannot read " + path.string() + ": No such file or directory");
  }
  if (found->second.bytes.size() > limit) {
    return fail(ErrorKind::invalid,
                path.string() + " is larger than " + std::to_string(limit) + " bytes");
  }
  return found->second.bytes;
}

Result<std::optional<FileInfo>> MemoryFiles::info(const Path& path) const {
  if (!power_.on()) return fail(ErrorKind::storage, "no power");
  const auto found = nodes_.find(key(path));
  if (found == nodes_.end()) {
    if (!has_directory(path)) return std::optional<FileInfo>();
    return std::optional(FileInfo{.kind = FileInfo::Kind::directory, .mode = 0755});
  }
  const auto& node = found->second;
  return std::optional(
      FileInfo{.kind = node.directory ? FileInfo::Kind::directory : FileInfo::Kind::file,
               .size = node.bytes.size(),
               .mode = node.mode,
               .owned_by_us = node.ours,
               .modified = node.modified,
               .inode = node.inode,
               .changed = node.changed});
}

Result<std::vector<std::string>> MemoryFiles::list(const Path& directory, std::size_t limit) const {
  if (!power_.on()) return fail(ErrorKind::storage, "no power");
  if (!has_directory(directory)) {
    return fail(ErrorKind::not_found,
                "cannot list " + directory.string() + ": No such file or directory");
  }
  std::vector<std::string> out;
  for (const auto& [name, node] : nodes_) {
    if (key(Path(name).parent_path()) == key(directory)) {
      out.push_back(Path(name).filename().string());
    }
  }
  if (out.size() <= limit) return out;
  return fail(ErrorKind::invalid,
              directory.string() + " holds more than " + std::to_string(limit) + " entries");
}

MemoryFiles::Node MemoryFiles::fresh(Node node) {
  node.modified = Nanos(++changes_);
  node.inode = static_cast<std::uint64_t>(changes_);
  if (now_) node.changed = now_().time_since_epoch();
  return node;
}

void MemoryFiles::touch_folder(const Path& path) {
  const auto folder = nodes_.find(key(path.parent_path()));
  if (folder != nodes_.end() && now_) folder->second.changed = now_().time_since_epoch();
}

Status MemoryFiles::change(const Path& path, std::optional<Node> node) {
  const auto apply = [&] {
    node ? (void)nodes_.insert_or_assign(key(path), fresh(*std::move(node))) : drop(path);
    touch_folder(path);
  };
  if (!has_directory(path.parent_path())) {
    return fail(ErrorKind::not_found,
                "cannot write " + path.string() + ": No such file or directory");
  }
  switch (power_.step()) {
    case DiskOutcome::done:
      apply();
      return {};
    case DiskOutcome::cut:
      if (power_.one_of(2) == 0) apply();
      return fail(ErrorKind::storage, "no power");
    case DiskOutcome::dead:
      return fail(ErrorKind::storage, "no power");
    case DiskOutcome::io_error:
      return fail(ErrorKind::storage, "cannot write " + path.string() + ": Input/output error");
    case DiskOutcome::full:
      return fail(ErrorKind::storage,
                  "cannot write " + path.string() + ": No space left on device");
  }
  return {};
}

Status MemoryFiles::replace(const Path& path, std::string_view bytes, unsigned mode) {
  return change(path, Node{.directory = false, .bytes = to_bytes(bytes), .mode = mode});
}

Status MemoryFiles::make_directory(const Path& path, unsigned mode) {
  if (has_directory(path)) return {};
  return change(path, Node{.directory = true, .bytes = {}, .mode = mode});
}

Status MemoryFiles::remove(const Path& path) {
  return change(path, std::nullopt);
}

Status MemoryFiles::set_mode(const Path& path, unsigned mode) {
  const auto found = nodes_.find(key(path));
  if (found == nodes_.end()) return fail(ErrorKind::not_found, "cannot reach " + path.string());
  auto node = found->second;
  node.mode = mode;
  return change(path, std::move(node));
}

void MemoryFiles::put(const Path& path, std::string_view bytes, unsigned mode) {
  for (auto up = path.parent_path(); !has_directory(up); up = up.parent_path()) {
    nodes_[key(up)] = fresh({.directory = true, .bytes = {}, .mode = 0700});
  }
  nodes_[key(path)] = fresh({.directory = false, .bytes = to_bytes(bytes), .mode = mode});
  touch_folder(path);
}

void MemoryFiles::append(const Path& path, std::string_view bytes) {
  auto& node = nodes_.at(key(path));
  const auto inode = node.inode;
  lockstep::append(node.bytes, bytes);
  node = fresh(std::move(node));
  node.inode = inode;
}

void MemoryFiles::drop(const Path& path) {
  nodes_.erase(key(path));
  touch_folder(path);
}

std::string MemoryFiles::text(const Path& path) const {
  const auto found = nodes_.find(key(path));
  return found == nodes_.end() ? "" : std::string(view(found->second.bytes));
}

std::vector<std::string> MemoryFiles::paths() const {
  std::vector<std::string> out;
  for (const auto& [name, node] : nodes_) out.push_back(name);
  return out;
}

}  // namespace lockstep::testing
