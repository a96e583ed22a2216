#include "base/dotenv_edit.hpp"

#include <algorithm>
#include <map>

#include "base/json.hpp"

namespace lockstep {

namespace {

/// Bytes that no reader, and no shell that someone sources the file with, takes for anything else.
bool is_plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("_.-+/=:@,%").contains(c);
}

std::string_view written(char c) {
  return c == '\n' ? "\\n" : "\\r";
}

/// In double quotes a backslash must not meet a byte with which it means something to any reader.
std::optional<SecretBytes> in_double_quotes(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '"') return std::nullopt;
    if (value[i] != '\\') continue;
    // The last of them would meet the closing quote; written line ends begin with a backslash.
    const char next = i + 1 < value.size() ? value[i + 1] : '"';
    if (std::string_view("nrt\"\\\n\r").contains(next)) return std::nullopt;
  }
  SecretBytes out;
  out.push_back('"');
  for (const char c : value) {
    if (c == '\n' || c == '\r') {
      append(out, written(c));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

/// Everything inside stands for itself; but a CR is read as LF, and to npm's reader a backslash
/// before the closing quote keeps it from closing.
std::optional<SecretBytes> in_raw_quotes(char quote, std::string_view value) {
  if (value.contains(quote) || value.contains('\r') || value.ends_with('\\')) return std::nullopt;
  SecretBytes out;
  out.reserve(value.size() + 2);
  out.push_back(quote);
  append(out, value);
  out.push_back(quote);
  return out;
}

/// LF, CRLF or CR, as the first line of the text ends; LF for a text of one line.
std::string_view line_end_of(std::string_view text) {
  const auto at = text.find_first_of("\r\n");
  if (at == std::string_view::npos || text[at] == '\n') return "\n";
  return text.substr(at).starts_with("\r\n") ? "\r\n" : "\r";
}

/// A stretch of the old text and what stands there instead.
struct Patch {
  std::size_t begin = 0;
  std::size_t end = 0;
  SecretBytes text;
};

SecretBytes patched(std::string_view text, std::vector<Patch>& patches) {
  std::ranges::sort(patches, {}, &Patch::begin);
  SecretBytes out;
  std::size_t at = 0;
  for (const auto& patch : patches) {
    append(out, text.substr(at, patch.begin - at));
    append(out, view(patch.text));
    at = patch.end;
  }
  append(out, text.substr(at));
  return out;
}

/// Before a comment that follows without a blank, an unquoted value would swallow it.
Patch replacement(std::string_view text, const DotenvAssignment& old, SecretBytes value) {
  if (text.substr(old.value_end).starts_with('#')) value.push_back(' ');
  return {.begin = old.value_begin, .end = old.value_end, .text = std::move(value)};
}

}  // namespace

std::optional<SecretBytes> write_dotenv_value(std::string_view value) {
  if (value.contains('\0') || !is_utf8(value)) return std::nullopt;
  if (std::ranges::all_of(value, is_plain)) return to_bytes(value);
  const bool one_line = value.find_first_of("\r\n") == std::string_view::npos;
  // One line is easiest to read and to take away, so line ends are written as escapes where that
  // works. Single quotes are inert in a shell too; backticks are not, so they come last.
  if (!one_line) {
    if (auto out = in_double_quotes(value)) return out;
  }
  if (auto out = in_raw_quotes('\'', value)) return out;
  if (auto out = in_double_quotes(value)) return out;
  return in_raw_quotes('`', value);
}

Result<SecretBytes> edit_dotenv(std::string_view text, std::string_view file,
                                std::span<const DotenvEdit> edits) {
  TRY(const auto assignments, read_dotenv(text, file, DotenvEscapes::npm));
  std::map<std::string_view, std::vector<const DotenvAssignment*>> by_name;
  for (const auto& one : assignments) by_name[one.name].push_back(&one);

  std::vector<Patch> patches;
  SecretBytes added;
  const auto line_end = line_end_of(text);
  for (const auto& edit : edits) {
    const auto there = by_name.find(edit.name);
    if (!edit.value) {
      if (there == by_name.end()) continue;
      for (const auto* one : there->second) {
        patches.push_back({.begin = one->begin, .end = one->end, .text = {}});
      }
      continue;
    }
    if (there != by_name.end() && equal(there->second.back()->value, *edit.value)) continue;
    auto value = write_dotenv_value(edit.value->expose());
    if (!value) {
      return fail(ErrorKind::invalid, "a dotenv file cannot hold the value of " +
                                          std::string(edit.name) + " unchanged");
    }
    if (there != by_name.end()) {
      patches.push_back(replacement(text, *there->second.back(), std::move(*value)));
      continue;
    }
    append(added, edit.name);
    append(added, "=");
    append(added, view(*value));
    append(added, line_end);
  }
  auto out = patched(text, patches);
  const bool open_end =
      !out.empty() && out.back() != '\n' && out.back() != '\r' && view(out) != "\xEF\xBB\xBF";
  if (!added.empty() && open_end) append(out, line_end);
  append(out, view(added));
  if (out.size() > max_dotenv_bytes) {
    return fail(ErrorKind::invalid, std::string(file) + " would be larger than 1 MiB");
  }
  return out;
}

}  // namespace lockstep
