#include "api/schema.hpp"

#include <array>
#include <charconv>
#include <limits>

#include "api/credential_like.hpp"
#include "api/pattern.hpp"
#include "base/text.hpp"

namespace lockstep::api {

namespace {

/// More would help nobody, and a hostile text could ask for millions.
constexpr std::size_t max_problems = 1'000;

bool plain_key(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./$").contains(static_cast<char>(c));
  });
}

std::string_view type_words(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::boolean:
      return "a boolean";
    case Node::Kind::number:
      return "a number";
    case Node::Kind::string:
      return "a string";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
  }
  return "";
}

/// How to turn what is there into what is wanted; "" where that is not obvious.
std::string_view conversion(Node::Kind there, Node::Kind wanted) {
  if (wanted == Node::Kind::list && there != Node::Kind::map) return ": put it in [ ]";
  const bool bare = wanted == Node::Kind::boolean || wanted == Node::Kind::number;
  return bare && there == Node::Kind::string ? ": remove the quotes if there are any" : "";
}

bool expect(Context& c, const Node& n, Node::Kind kind, std::string_view what) {
  if (n.kind == kind) return true;
  if (n.kind == Node::Kind::null) {
    c.fail(n.at, "has no value: write " + std::string(what) + ", or remove the field");
  } else {
    c.fail(n.at, "must be " + std::string(what) + ", not " + std::string(type_words(n.kind)) +
                     std::string(conversion(n.kind, kind)));
  }
  return false;
}

std::int64_t most(const Options& o, Shape::Type type) {
  return o.max < 0 ? default_max(type) : o.max;
}

/// `between 1 and 253 bytes`.
std::string bounds(std::int64_t min, std::int64_t max, std::string_view noun) {
  const std::string unit = std::string(noun) + (max == 1 ? "" : "s");
  if (min == max) return "exactly " + std::to_string(min) + " " + unit;
  if (min == 0) return "at most " + std::to_string(max) + " " + unit;
  return "between " + std::to_string(min) + " and " + std::to_string(max) + " " + unit;
}

bool check_size(Context& c, Position at, std::size_t size, const Options& o, Shape::Type type,
                std::string_view noun) {
  const auto n = static_cast<std::int64_t>(size);
  const auto max = most(o, type);
  if (n >= o.min && n <= max) return true;
  if (n == 0) {
    c.fail(at, "must not be empty");
  } else {
    c.fail(at, "has " + count(size, noun) + ", must have " + bounds(o.min, max, noun));
  }
  return false;
}

std::optional<std::string> text_problem(std::string_view text, const Options& o) {
  // They would reach terminals and dotenv files.
  const bool control = std::ranges::any_of(text, [](unsigned char c) {
    return (c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7F;
  });
  if (control) return "holds a control character: remove it";
  if (!o.pattern.empty()) {
    const auto pattern = Pattern::compile(o.pattern);
    if (!pattern || !pattern->matches(text)) return "must be " + std::string(o.hint);
  }
  return o.check ? o.check(text) : std::nullopt;
}

std::string known_names(const Object& object) {
  std::string out;
  for (const auto& f : object.fields) out += (out.empty() ? "" : ", ") + std::string(f.name);
  return out.empty() ? "it takes no fields: write {}" : "known here: " + out;
}

std::string_view nearest_field(std::string_view key, const Object& object) {
  std::vector<std::string_view> names;
  for (const auto& f : object.fields) names.push_back(f.name);
  return nearest(key, names);
}

std::string unknown_field(std::string_view near, const Object& object) {
  if (near.empty()) return "unknown field (" + known_names(object) + ")";
  return "unknown field (did you mean \"" + std::string(near) + "\"?)";
}

std::string choice_names(const Object& object) {
  std::vector<std::string> names;
  for (const auto& f : object.fields) {
    if (f.options.choice) names.emplace_back(f.name);
  }
  return join(names, ", ");
}

/// Which fields were given, while an object is decoded.
struct Given {
  std::vector<const Field*> fields;
  const Field* choice = nullptr;
  std::vector<std::string_view> meant;  ///< the nearest field of each unknown one, or ""
  bool has(const Field& f) const { return std::ranges::find(fields, &f) != fields.end(); }
};

void decode_entry(Context& c, const Entry& entry, void* object, const Object& o, Given& given) {
  const auto found = std::ranges::find(o.fields, entry.key, &Field::name);
  if (found == o.fields.end()) {
    if (o.open && c.from_server()) return;
    const Context::Step step(c, entry.key);
    given.meant.push_back(nearest_field(entry.key, o));
    return c.fail(entry.at, unknown_field(given.meant.back(), o));
  }
  const Context::Step step(c, entry.key);
  if (given.has(*found)) return c.fail(entry.at, "is given twice: keep one");
  given.fields.push_back(&*found);
  if (found->options.choice) {
    if (given.choice) {
      return c.fail(entry.at, "excludes \"" + std::string(given.choice->name) +
                                  "\": give exactly one of " + choice_names(o));
    }
    given.choice = &*found;
  }
  found->decode(c, entry.value, object, found->options);
}

/// What is missing, unless a misspelt field explains it.
void check_given(Context& c, const Node& n, const Object& o, const Given& given) {
  for (const auto& f : o.fields) {
    const bool misspelt = std::ranges::find(given.meant, f.name) != given.meant.end();
    if (f.options.required && !given.has(f) && !misspelt) {
      c.fail(n.at, "needs the field \"" + std::string(f.name) + "\"");
    }
  }
  if (o.choice_required && !given.choice && given.meant.empty()) {
    c.fail(n.at, "needs a " + std::string(o.choice) + ": exactly one of " + choice_names(o));
  }
}

/// `a map with name and key`.
std::string map_words(const Object& o) {
  std::string out;
  for (const auto& f : o.fields) {
    if (f.options.required) out += (out.empty() ? "" : " and ") + std::string(f.name);
  }
  if (out.empty() && o.choice_required) out = "one of " + choice_names(o);
  return out.empty() ? "a map" : "a map with " + out;
}

}  // namespace

std::string shown(std::string_view text) {
  if (looks_like_credential(text)) return "(hidden: it looks like a credential)";
  if (plain_key(text)) return std::string(text);
  return in_quotes(RemoteText::from(text, {}, 64).text());
}

void Context::fail(Position at, std::string text) {
  fail(at, "", std::move(text));
}

void Context::fail(Position at, std::string_view part, std::string text) {
  ++failures_;
  if (problems_.size() == max_problems) {
    text = "more than " + std::to_string(max_problems) + " problems: mend the first ones";
  }
  if (problems_.size() > max_problems) return;
  auto path = path_ + std::string(part);
  if (path.starts_with('.')) path.erase(0, 1);
  problems_.push_back({.at = location(at), .path = std::move(path), .text = std::move(text)});
}

Context::Step::Step(Context& context, std::string_view field)
    : context_(context), length_(context.path_.size()) {
  if (length_ != 0) context.path_ += '.';
  context.path_ += shown(field);
}
Context::Step::Step(Context& context, std::size_t index)
    : context_(context), length_(context.path_.size()) {
  context.path_ += "[" + std::to_string(index) + "]";
}

std::int64_t default_max(Shape::Type type) {
  switch (type) {
    case Shape::Type::text:
      return 253;
    case Shape::Type::list:
    case Shape::Type::map:
      return 256;
    case Shape::Type::duration:
      return 999'999LL * 86'400;
    case Shape::Type::boolean:
    case Shape::Type::integer:
    case Shape::Type::word:
    case Shape::Type::object:
      return std::numeric_limits<std::int64_t>::max();
  }
  return 0;
}

void decode_object(Context& c, const Node& n, void* object, const Object& o) {
  if (!expect(c, n, Node::Kind::map, map_words(o))) return;
  const auto before = c.failures();
  Given given;
  for (const auto& entry : n.entries) decode_entry(c, entry, object, o, given);
  check_given(c, n, o, given);
  if (c.failures() != before) return;
  for (const auto& r : o.rules) {
    if (!r.holds(object)) c.fail(n.at, std::string(r.message));
  }
  if (o.inspect) o.inspect(c, n, object);
}

void decode_text(Context& c, const Node& n, std::string& v, const Options& o) {
  const bool scalar = n.kind == Node::Kind::boolean || n.kind == Node::Kind::number;
  const bool number = o.number_too && n.kind == Node::Kind::number;
  if (scalar && !number) {
    const auto text = n.text.size() <= 64 ? ": write " + in_quotes(n.text) : ": put it in quotes";
    return c.fail(n.at, "must be a string, not " + std::string(type_words(n.kind)) + text);
  }
  if (!number && !expect(c, n, Node::Kind::string, "a string")) return;
  if (!check_size(c, n.at, n.text.size(), o, Shape::Type::text, "byte")) return;
  if (auto problem = text_problem(n.text, o)) return c.fail(n.at, std::move(*problem));
  v = n.text;
}

void decode_boolean(Context& c, const Node& n, bool& v) {
  if (n.kind == Node::Kind::boolean && (n.text == "true" || n.text == "false")) {
    v = n.text == "true";
  } else if (n.kind == Node::Kind::boolean) {
    c.fail(n.at, "must be true or false, not " + in_quotes(n.text) +
                     ", which YAML readers take differently");
  } else {
    expect(c, n, Node::Kind::boolean, "true or false");
  }
}

void decode_integer(Context& c, const Node& n, std::int64_t& v, const Options& o) {
  if (!expect(c, n, Node::Kind::number, "a whole number")) return;
  const auto* end = n.text.data() + n.text.size();
  const auto [last, ec] = std::from_chars(n.text.data(), end, v);
  const bool octal = n.text.size() > 1 && n.text[0] == '0';
  if (ec != std::errc() || last != end || octal) {
    return c.fail(n.at, "must be a whole number in plain digits, such as 32");
  }
  const auto max = most(o, Shape::Type::integer);
  if (v < o.min || v > max) {
    c.fail(n.at, "must be between " + std::to_string(o.min) + " and " + std::to_string(max));
  }
}

void decode_duration(Context& c, const Node& n, Seconds& v, const Options& o) {
  constexpr std::string_view remedy = "must be a duration such as 30s, 10m, 4h or 90d";
  if (n.kind == Node::Kind::number) return c.fail(n.at, std::string(remedy) + ": add the unit");
  if (!expect(c, n, Node::Kind::string, "a duration such as 30s, 10m, 4h or 90d")) return;
  std::int64_t number = 0;
  const auto* end = n.text.data() + n.text.size();
  const auto [unit, ec] = std::from_chars(n.text.data(), end, number);
  const auto digits = static_cast<std::size_t>(unit - n.text.data());
  const bool shape = ec == std::errc() && unit + 1 == end && digits <= 6 && n.text[0] != '-' &&
                     (n.text[0] != '0' || digits == 1);
  constexpr std::string_view units = "smhd";
  constexpr std::array<std::int64_t, 4> seconds = {1, 60, 3'600, 86'400};
  const auto index = shape ? units.find(*unit) : std::string_view::npos;
  if (index == std::string_view::npos) return c.fail(n.at, std::string(remedy));
  v = Seconds(number * seconds[index]);
  if (v.count() < o.min) c.fail(n.at, "must be at least " + to_text(Seconds(o.min)));
  if (v.count() > most(o, Shape::Type::duration)) {
    c.fail(n.at, "must be at most " + to_text(Seconds(o.max)));
  }
}

std::optional<std::size_t> decode_word(Context& c, const Node& n,
                                       std::span<const std::string_view> words) {
  std::string all;
  for (const auto word : words) all += (all.empty() ? "" : ", ") + std::string(word);
  const auto lower = to_lower(n.text);
  const auto cased =
      std::ranges::find_if(words, [&](auto word) { return to_lower(word) == lower; });
  if (n.kind != Node::Kind::string) {
    // A bare Off is a boolean to some YAML readers.
    if (n.kind == Node::Kind::boolean && cased != words.end()) {
      c.fail(n.at, "must be one of " + all + ", as text: write " + in_quotes(*cased));
    } else {
      expect(c, n, Node::Kind::string, "one of " + all);
    }
    return std::nullopt;
  }
  const auto found = std::ranges::find(words, n.text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const auto near = cased != words.end() ? *cased : nearest(n.text, words);
  const auto meant = near.empty() ? "" : " (did you mean \"" + std::string(near) + "\"?)";
  c.fail(n.at, "must be one of " + all + meant);
  return std::nullopt;
}

bool check_list(Context& c, const Node& n, const Options& o) {
  if (!expect(c, n, Node::Kind::list, "a list")) return false;
  if (!check_size(c, n.at, n.items.size(), o, Shape::Type::list, "item")) return false;
  std::map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; o.unique && i < n.items.size(); ++i) {
    const auto [first, fresh] = seen.try_emplace(n.items[i].text, i);
    if (fresh) continue;
    const Context::Step step(c, i);
    c.fail(n.items[i].at, "is item " + std::to_string(first->second) + " again: remove one");
  }
  return true;
}

bool check_map(Context& c, const Node& n, const Options& o) {
  if (!expect(c, n, Node::Kind::map, "a map")) return false;
  if (!check_size(c, n.at, n.entries.size(), o, Shape::Type::map, "key")) return false;
  std::map<std::string_view, bool> seen;
  const Options& key_options = o.keys ? *o.keys : Options{};
  for (const auto& entry : n.entries) {
    const Context::Step step(c, entry.key);
    if (!seen.try_emplace(entry.key, true).second) {
      c.fail(entry.at, "is given twice: keep one");
    } else if (!entry.key_is_text) {
      c.fail(entry.at, "the key must be a string: write " + in_quotes(shown(entry.key)));
    } else if (check_size(c, entry.at, entry.key.size(), key_options, Shape::Type::text, "byte")) {
      if (auto problem = text_problem(entry.key, key_options)) {
        c.fail(entry.at, "the key " + *problem);
      }
    }
  }
  return true;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c < 0x20) {
      constexpr std::string_view hex = "0123456789abcdef";
      out += "\\u00";
      out += hex[c >> 4];
      out += hex[c & 15];
    } else {
      out += static_cast<char>(c);
    }
  }
  return out + '"';
}

}  // namespace lockstep::api
