#include "architecture/source.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.hpp"

namespace lockstep::architecture {

namespace fs = std::filesystem;

namespace {

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The length of the comment or literal at the front of `text`; 0 when there is none.
std::size_t skipped(std::string_view text, char before) {
  if (text.starts_with("//")) return std::min(text.find('\n'), text.size());
  if (text.starts_with("/*")) return std::min(text.find("*/", 2), text.size() - 2) + 2;
  if (text.starts_with("R\"") && !is_word(before)) {
    const auto open = text.find('(');
    const auto end = ")" + std::string(text.substr(2, open - 2)) + "\"";
    return std::min(text.find(end, open), text.size() - end.size()) + end.size();
  }
  // A quote after a digit separates digits.
  const bool literal = text[0] == '"' || (text[0] == '\'' && !is_word(before));
  if (!literal) return 0;
  std::size_t at = 1;
  while (at < text.size() && text[at] != text[0]) at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

}  // namespace

std::vector<SourceFile> read_tree(const std::vector<std::string>& below) {
  const fs::path root = LOCKSTEP_SOURCE_DIR;
  std::vector<SourceFile> files;
  const auto add = [&](const fs::path& path) {
    files.push_back({path.lexically_relative(root).generic_string(), read(path)});
  };
  for (const auto& name : below) {
    if (fs::is_regular_file(root / name)) add(root / name);
    if (!fs::is_directory(root / name)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / name)) {
      if (entry.is_regular_file()) add(entry.path());
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

Rooms parse_rooms(std::string_view text) {
  Rooms rooms;
  for (const auto& line : split(text, '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto name = line.substr(0, colon);
    rooms.order.push_back(name);
    auto& uses = rooms.uses[name];
    for (const auto& used : split(trim(line.substr(colon + 1)), ' ')) {
      if (!used.empty()) uses.insert(used);
    }
  }
  return rooms;
}

Rooms read_rooms() {
  return parse_rooms(read(fs::path(LOCKSTEP_BINARY_DIR) / "rooms.txt"));
}

std::vector<Include> includes(std::string_view text) {
  std::vector<Include> found;
  std::size_t number = 0;
  for (const auto& whole : split(text, '\n')) {
    ++number;
    auto line = trim(whole);
    if (!line.starts_with('#')) continue;
    line = trim(line.substr(1));
    if (!line.starts_with("include")) continue;
    line = trim(line.substr(7));
    const auto end = line.find_first_of("\">", 1);
    if (end == std::string_view::npos) continue;
    found.push_back({std::string(line.substr(1, end - 1)), number, line[0] == '"'});
  }
  return found;
}

std::string code_only(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto n = skipped(text, out.empty() ? ' ' : out.back());
    if (n == 0) {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    for (const char c : text.substr(0, n)) out += c == '\n' ? '\n' : ' ';
    text.remove_prefix(n);
  }
  return out;
}

std::vector<std::size_t> lines_with_word(std::string_view code, std::string_view word) {
  std::vector<std::size_t> lines;
  for (auto at = code.find(word); at != code.npos; at = code.find(word, at + 1)) {
    const char before = at == 0 ? ' ' : code[at - 1];
    const char after = at + word.size() < code.size() ? code[at + word.size()] : ' ';
    if (is_word(before) || (is_word(after) && is_word(word.back()))) continue;
    lines.push_back(1 + static_cast<std::size_t>(std::ranges::count(code.substr(0, at), '\n')));
  }
  return lines;
}

std::string room_of(std::string_view path) {
  const auto parts = split(path, '/');
  return parts.size() > 2 && parts[0] == "controller" ? parts[1] : "";
}
bool is_header(std::string_view path) {
  return path.ends_with(".hpp");
}
bool is_cpp(std::string_view path) {
  return path.ends_with(".hpp") || path.ends_with(".cpp");
}

}  // namespace lockstep::architecture
