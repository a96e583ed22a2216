// JSON from outside, bounded; JSON with values in it, wiped.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace lockstep {

namespace json = boost::json;

/// Parses one whole document into wiped memory. `protocol` when the text is not JSON, is deeper
/// than `max_depth`, or repeats a key. The error never quotes the text.
Result<json::value> parse_json(std::string_view text, std::size_t max_depth = 32);

/// The member `key` of an object, nullptr when `value` is no object or has no such member.
const json::value* member(const json::value& value, std::string_view key);
/// The member `key` where it is text; nothing where it is absent, null or another type.
std::optional<std::string_view> text_member(const json::value& value, std::string_view key);
/// The member `key` where it is a whole number that fits.
std::optional<std::int64_t> int_member(const json::value& value, std::string_view key);
/// The member `key` where it is true or false.
std::optional<bool> bool_member(const json::value& value, std::string_view key);
/// The member `key` where it is a list.
const json::array* list_member(const json::value& value, std::string_view key);

/// True when `text` is well-formed UTF-8: what a JSON string can carry unchanged.
bool is_utf8(std::string_view text);

/// Writes JSON straight into wiped memory. The caller keeps the order begin/key/value/end.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  /// The next member's key.
  JsonWriter& key(std::string_view name);
  /// A string; `text` must be UTF-8.
  JsonWriter& string(std::string_view text);
  JsonWriter& integer(std::int64_t number);
  JsonWriter& boolean(bool truth);
  JsonWriter& null();
  /// The text so far; leaves the writer empty.
  SecretBytes take();

 private:
  void separate();
  SecretBytes out_;
  bool need_comma_ = false;
};

}  // namespace lockstep
