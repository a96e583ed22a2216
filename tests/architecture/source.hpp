// The source tree as the rules see it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::architecture {

/// One file; `path` is relative to the root of the tree, with `/`.
struct SourceFile {
  std::string path;
  std::string text;
};

/// All regular files below the given folders (or files) of the tree, sorted by path.
std::vector<SourceFile> read_tree(const std::vector<std::string>& below);

/// `room -> rooms it may use`, in the order of declaration, as cmake/rooms.cmake wrote them.
struct Rooms {
  std::vector<std::string> order;
  std::map<std::string, std::set<std::string>> uses;
};
Rooms parse_rooms(std::string_view text);
Rooms read_rooms();

/// The headers that `text` includes, without their quotes or brackets.
struct Include {
  std::string header;
  std::size_t line = 0;
  bool quoted = false;
};
std::vector<Include> includes(std::string_view text);

/// `text` with comments and the insides of literals blanked, lines kept.
std::string code_only(std::string_view text);
/// Where `word` stands in `code` as a word of its own: line numbers, 1-based.
std::vector<std::size_t> lines_with_word(std::string_view code, std::string_view word);

/// `base` of `controller/base/x.hpp`; "" outside controller/.
std::string room_of(std::string_view path);
bool is_header(std::string_view path);
bool is_cpp(std::string_view path);

}  // namespace lockstep::architecture
