#include "base/json.hpp"

#include <boost/json/parser.hpp>
#include <cmath>

namespace lockstep {

namespace {

/// Wipes what Boost.JSON frees: trees and parser buffers may hold values.
class WipingResource final : public json::memory_resource {
  void* do_allocate(std::size_t size, std::size_t) override { return ::operator new(size); }
  void do_deallocate(void* p, std::size_t size, std::size_t) override {
    wipe(p, size);
    ::operator delete(p);
  }
  bool do_is_equal(const json::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

json::storage_ptr wiping() {
  return json::make_shared_resource<WipingResource>();
}

/// How many members the objects of a JSON text have, repeated keys counted each time: the colons
/// outside strings. `text` is JSON.
std::size_t members_written(std::string_view text) {
  std::size_t colons = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (text[i] == ':' && !in_string) {
      ++colons;
    }
  }
  return colons;
}

/// What Boost.JSON made of a text, where that may differ from the text.
struct Tree {
  std::size_t members = 0;  ///< of equal keys only the last is kept
  bool infinite = false;    ///< 1.81 reads a number that no double holds (51e308) as infinity

  /// Its depth is bounded.
  void add(const json::value& value) {
    if (const auto* object = value.if_object()) {
      members += object->size();
      for (const auto& each : *object) add(each.value());
    } else if (const auto* array = value.if_array()) {
      for (const auto& each : *array) add(each);
    } else if (const auto* number = value.if_double()) {
      infinite = infinite || !std::isfinite(*number);
    }
  }
};

}  // namespace

Result<json::value> parse_json(std::string_view text, std::size_t max_depth) {
  json::parse_options options;
  options.max_depth = max_depth;
  auto storage = wiping();
  json::parser parser(storage, options);
  parser.reset(storage);
  boost::system::error_code error;
  parser.write(text.data(), text.size(), error);
  if (error) return fail(ErrorKind::protocol, "not JSON: " + error.message());
  auto value = parser.release();
  Tree tree;
  tree.add(value);
  if (tree.members != members_written(text)) {
    return fail(ErrorKind::protocol, "not JSON that can be trusted: an object repeats a key");
  }
  if (tree.infinite) {
    return fail(ErrorKind::protocol, "not JSON that can be trusted: a number is too large");
  }
  return value;
}

const json::value* member(const json::value& value, std::string_view key) {
  const auto* object = value.if_object();
  return object ? object->if_contains(key) : nullptr;
}

std::optional<std::string_view> text_member(const json::value& value, std::string_view key) {
  const auto* found = member(value, key);
  if (!found || !found->is_string()) return std::nullopt;
  return std::string_view(found->get_string());
}

std::optional<std::int64_t> int_member(const json::value& value, std::string_view key) {
  const auto* found = member(value, key);
  if (!found) return std::nullopt;
  if (found->is_int64()) return found->get_int64();
  if (found->is_uint64() && found->get_uint64() <= INT64_MAX) {
    return static_cast<std::int64_t>(found->get_uint64());
  }
  return std::nullopt;
}

std::optional<bool> bool_member(const json::value& value, std::string_view key) {
  const auto* found = member(value, key);
  if (!found || !found->is_bool()) return std::nullopt;
  return found->get_bool();
}

const json::array* list_member(const json::value& value, std::string_view key) {
  const auto* found = member(value, key);
  return found ? found->if_array() : nullptr;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xC2 && lead < 0xE0 ? 2
                               : (lead & 0xF0) == 0xE0       ? 3
                               : lead >= 0xF0 && lead < 0xF5 ? 4
                                                             : 0;
    if (length == 0 || i + length > text.size()) return false;
    std::uint32_t point = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      point = point << 6 | (next & 0x3FU);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
    i += length;
  }
  return true;
}

void JsonWriter::separate() {
  if (need_comma_) out_.push_back(',');
  need_comma_ = true;
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  out_.push_back('{');
  need_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::end_object() {
  out_.push_back('}');
  need_comma_ = true;
  return *this;
}
JsonWriter& JsonWriter::begin_array() {
  separate();
  out_.push_back('[');
  need_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::end_array() {
  out_.push_back(']');
  need_comma_ = true;
  return *this;
}
JsonWriter& JsonWriter::key(std::string_view name) {
  string(name);
  out_.push_back(':');
  need_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  constexpr std::string_view hex = "0123456789abcdef";
  out_.push_back('"');
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') {
      out_.push_back('\\');
      out_.push_back(static_cast<char>(c));
    } else if (c < 0x20) {
      append(out_, "\\u00");
      out_.push_back(hex[c >> 4]);
      out_.push_back(hex[c & 15]);
    } else {
      out_.push_back(static_cast<char>(c));
    }
  }
  out_.push_back('"');
  return *this;
}
JsonWriter& JsonWriter::integer(std::int64_t number) {
  separate();
  append(out_, std::to_string(number));
  return *this;
}
JsonWriter& JsonWriter::boolean(bool truth) {
  separate();
  append(out_, truth ? "true" : "false");
  return *this;
}
JsonWriter& JsonWriter::null() {
  separate();
  append(out_, "null");
  return *this;
}
SecretBytes JsonWriter::take() {
  need_comma_ = false;
  return std::exchange(out_, {});
}

}  // namespace lockstep
