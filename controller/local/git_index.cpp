#include "local/git_index.hpp"

#include <string>
#include <string_view>

namespace lockstep {

namespace {

constexpr std::size_t largest_index = 256 << 20;

/// Reads the entries of an index one after another.
class IndexReader {
 public:
  explicit IndexReader(std::string_view bytes) : bytes_(bytes) {}

  Result<bool> has(std::string_view wanted) {
    if (bytes_.size() < 12 || bytes_.substr(0, 4) != "DIRC") return misfit();
    const auto version = number(4, 4);
    const auto entries = number(8, 4);
    if (version < 2 || version > 4) return misfit();
    at_ = 12;
    std::string name;
    for (std::uint64_t i = 0; i < entries; ++i) {
      const auto begin = at_;
      // 62 bytes of file facts and flags; version 3 and later may have two more bytes of flags.
      if (begin + 62 > bytes_.size()) return misfit();
      const bool extended = version >= 3 && (number(begin + 60, 2) & 0x4000U) != 0;
      at_ = begin + 62 + (extended ? 2 : 0);
      if (version == 4 && !drop_prefix(name)) return misfit();
      const auto end = bytes_.find('\0', at_);
      if (end == std::string_view::npos) return misfit();
      if (version < 4) name.clear();
      name += bytes_.substr(at_, end - at_);
      at_ = version == 4 ? end + 1 : begin + (end - begin + 8) / 8 * 8;
      if (name == wanted) return true;
    }
    return false;
  }

 private:
  static std::unexpected<Error> misfit() {
    return fail(ErrorKind::invalid, "the git index is not understood");
  }
  std::uint64_t number(std::size_t from, std::size_t bytes) const {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      out = out << 8 | static_cast<unsigned char>(bytes_[from + i]);
    return out;
  }
  /// Version 4 keeps of each name what differs from the one before; the number of bytes to drop
  /// is a variable-width integer as in pack files' offsets.
  bool drop_prefix(std::string& name) {
    std::uint64_t drop = 0;
    for (bool first = true;; first = false) {
      if (at_ >= bytes_.size() || drop > largest_index) return false;
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      drop = first ? byte & 0x7FU : ((drop + 1) << 7 | (byte & 0x7FU));
      if ((byte & 0x80U) == 0) break;
    }
    if (drop > name.size()) return false;
    name.resize(name.size() - drop);
    return true;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

/// The folder of git's own files for a work tree: `.git`, or where the file `.git` points to.
Result<Path> git_folder(const FileReader& files, const Path& dot_git, FileInfo::Kind kind) {
  if (kind != FileInfo::Kind::file) return dot_git;
  TRY(const auto text, files.read(dot_git, 4096));
  auto line = view(text);
  constexpr std::string_view prefix = "gitdir: ";
  if (!line.starts_with(prefix)) return dot_git;
  line.remove_prefix(prefix.size());
  line = line.substr(0, line.find('\n'));
  return dot_git.parent_path() / Path(line);
}

}  // namespace

Result<bool> tracked_by_git(const FileReader& files, const Path& file) {
  auto found = files.resolve(file);
  if (!found && found.error().kind == ErrorKind::not_found) {
    found = files.resolve(file.has_parent_path() ? file.parent_path() : Path("."));
    if (found) *found /= file.filename();
  }
  TRY(const auto absolute, std::move(found));
  for (auto folder = absolute.parent_path(); folder.has_relative_path();
       folder = folder.parent_path()) {
    TRY(const auto info, files.info(folder / ".git"));
    if (!info) continue;
    TRY(const auto git, git_folder(files, folder / ".git", info->kind));
    auto index = files.read(git / "index", largest_index);
    if (!index) {
      if (index.error().kind == ErrorKind::not_found) return false;
      return fail(index.error());
    }
    return IndexReader(view(*index)).has(absolute.lexically_relative(folder).generic_string());
  }
  return false;
}

}  // namespace lockstep
