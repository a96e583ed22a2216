// One table of fields a struct. The same table decodes it, validates it, explains it and writes its
// part of the CRD. Types are erased at the field: the templates here only find a member and call
// functions of schema.cpp, so a table of a hundred fields compiles like data.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "api/node.hpp"

namespace lockstep::api {

/// Where problems go, and where in the document the decoder is.
class Context {
 public:
  Context(std::string file, bool from_server, std::vector<Problem>& problems)
      : file_(std::move(file)), from_server_(from_server), problems_(problems) {}

  void fail(Position at, std::string text);
  /// The same, for a part of the value at hand: `.name` or `[2]` is put behind the path.
  void fail(Position at, std::string_view part, std::string text);
  /// How many problems were told, those beyond the bound of what is kept included.
  std::size_t failures() const { return failures_; }
  /// The API server adds metadata of its own.
  bool from_server() const { return from_server_; }
  Location location(Position at) const { return {file_, at.line, at.column}; }

  /// Stands on a field, an item or a key while it lives.
  class Step {
   public:
    Step(Context& context, std::string_view field);
    Step(Context& context, std::size_t index);
    ~Step() { context_.path_.resize(length_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Context& context_;
    std::size_t length_;
  };

 private:
  std::string file_;
  bool from_server_;
  std::string path_;
  std::vector<Problem>& problems_;
  std::size_t failures_ = 0;
};

/// A key or word of the input as an error may show it: cut, escaped, never a credential (S4).
std::string shown(std::string_view text);

/// Why a text is refused, with the remedy; nothing when it is fine.
using TextCheck = std::optional<std::string> (*)(std::string_view text);

/// What a field allows beyond its type. The CRD holds all of it but `check`.
struct Options {
  bool required = false;
  bool immutable = false;
  bool choice = false;            ///< one of its Object's mutually exclusive fields
  bool unique = false;            ///< a list: no item twice
  bool number_too = false;        ///< a text that may be written as a bare whole number
  std::int64_t min = 0;           ///< bytes, items, seconds, or the number itself
  std::int64_t max = -1;          ///< the same; -1: the type's own (default_max)
  std::string_view pattern = {};  ///< anchored; in the syntax of api/pattern.hpp
  std::string_view hint = {};     ///< what the pattern means: `must be ` + hint
  TextCheck check = nullptr;
  const Options* items = nullptr;  ///< of a list's items or a map's values
  const Options* keys = nullptr;   ///< of a map's keys
};

struct Object;

/// What a type looks like from outside.
struct Shape {
  enum class Type : std::uint8_t { text, boolean, integer, duration, word, object, list, map };
  Type type;
  std::span<const std::string_view> (*words)() = nullptr;  ///< of a word
  const Object& (*object)() = nullptr;                     ///< of an object
  const Shape* items = nullptr;                            ///< of a list's items or a map's values
};
/// The upper bound of a type that a field does not narrow.
std::int64_t default_max(Shape::Type type);

/// One field of a struct.
struct Field {
  std::string_view name;
  std::string_view doc;  ///< one sentence; `lockstep explain` and the CRD show it
  Options options;
  const Shape* shape;
  /// Reads the node into the member of the struct at `object`.
  void (*decode)(Context&, const Node&, void* object, const Options&);
  /// The member as JSON where it says something, else "": the default, from a new struct.
  std::string (*show)(const void* object);
};

/// What must hold between fields, in CEL (for the CRD) and in C++ (for everyone).
struct Rule {
  std::string_view cel;
  std::string_view message;  ///< with the remedy
  bool (*holds)(const void* object);
};

/// The description of one struct.
struct Object {
  std::string_view doc;
  std::span<const Field> fields;
  std::span<const Rule> rules = {};
  const void* defaults = nullptr;  ///< a value-initialised struct
  /// What neither an option nor a rule can say. Called, like the rules, when all fields are fine.
  void (*inspect)(Context&, const Node&, const void* object) = nullptr;
  std::string_view choice = {};  ///< what the fields marked `choice` are, for texts: `provider`
  bool choice_required = false;
  bool open = false;  ///< lets unknown fields of the API server through
};

/// The table of T: specialised in one schema_*.cpp a kind.
template <class T>
const Object& object_of();
/// The words of an enumeration in the order of its enumerators: specialised beside the tables.
template <class E>
std::span<const std::string_view> words_of();

void decode_object(Context&, const Node&, void* object, const Object&);
void decode_text(Context&, const Node&, std::string&, const Options&);
void decode_boolean(Context&, const Node&, bool&);
void decode_integer(Context&, const Node&, std::int64_t&, const Options&);
void decode_duration(Context&, const Node&, Seconds&, const Options&);
/// The index of the word; nothing after a problem was told.
std::optional<std::size_t> decode_word(Context&, const Node&, std::span<const std::string_view>);
/// False when there is nothing to go on with: no list, too few or too many items. Tells that, and
/// items that are there twice.
bool check_list(Context&, const Node&, const Options&);
/// The same for a map; tells what is wrong with its keys.
bool check_map(Context&, const Node&, const Options&);
/// A JSON string.
std::string in_quotes(std::string_view text);

/// How a type is read, what it looks like, and how its default is shown.
template <class T>
struct Codec;

template <>
struct Codec<std::string> {
  static constexpr Shape shape{.type = Shape::Type::text};
  static void decode(Context& c, const Node& n, std::string& v, const Options& o) {
    decode_text(c, n, v, o);
  }
  static std::string show(const std::string& v) { return v.empty() ? "" : in_quotes(v); }
};
template <>
struct Codec<bool> {
  static constexpr Shape shape{.type = Shape::Type::boolean};
  static void decode(Context& c, const Node& n, bool& v, const Options&) {
    decode_boolean(c, n, v);
  }
  static std::string show(bool v) { return v ? "true" : "false"; }
};
template <>
struct Codec<std::int64_t> {
  static constexpr Shape shape{.type = Shape::Type::integer};
  static void decode(Context& c, const Node& n, std::int64_t& v, const Options& o) {
    decode_integer(c, n, v, o);
  }
  static std::string show(std::int64_t v) { return std::to_string(v); }
};
template <>
struct Codec<Seconds> {
  static constexpr Shape shape{.type = Shape::Type::duration};
  static void decode(Context& c, const Node& n, Seconds& v, const Options& o) {
    decode_duration(c, n, v, o);
  }
  static std::string show(Seconds v) { return in_quotes(to_text(v)); }
};
template <class E>
  requires std::is_enum_v<E>
struct Codec<E> {
  static constexpr Shape shape{.type = Shape::Type::word, .words = &words_of<E>};
  static void decode(Context& c, const Node& n, E& v, const Options&) {
    if (const auto index = decode_word(c, n, words_of<E>())) v = static_cast<E>(*index);
  }
  static std::string show(E v) { return in_quotes(words_of<E>()[static_cast<std::size_t>(v)]); }
};
/// Every other struct, and a variant, is described by its table.
template <class T>
struct Codec {
  static constexpr Shape shape{.type = Shape::Type::object, .object = &object_of<T>};
  static void decode(Context& c, const Node& n, T& v, const Options&) {
    decode_object(c, n, &v, object_of<T>());
    if constexpr (requires { v.at.line; }) v.at = n.at;
  }
  static std::string show(const T&) { return {}; }
};
template <class T>
struct Codec<std::optional<T>> {
  static constexpr const Shape& shape = Codec<T>::shape;
  static void decode(Context& c, const Node& n, std::optional<T>& v, const Options& o) {
    Codec<T>::decode(c, n, v.emplace(), o);
  }
  static std::string show(const std::optional<T>& v) { return v ? Codec<T>::show(*v) : ""; }
};
template <class T>
struct Codec<std::vector<T>> {
  static constexpr Shape shape{.type = Shape::Type::list, .items = &Codec<T>::shape};
  static void decode(Context& c, const Node& n, std::vector<T>& v, const Options& o) {
    v.clear();  // a written list takes the place of a default one
    if (!check_list(c, n, o)) return;
    for (std::size_t i = 0; i < n.items.size(); ++i) {
      const Context::Step step(c, i);
      Codec<T>::decode(c, n.items[i], v.emplace_back(), o.items ? *o.items : Options{});
    }
  }
  static std::string show(const std::vector<T>& v) {
    std::string out;
    for (const auto& item : v) out += (out.empty() ? "[" : ", ") + Codec<T>::show(item);
    return out.empty() ? out : out + "]";
  }
};
template <class T>
struct Codec<std::map<std::string, T>> {
  static constexpr Shape shape{.type = Shape::Type::map, .items = &Codec<T>::shape};
  static void decode(Context& c, const Node& n, std::map<std::string, T>& v, const Options& o) {
    if (!check_map(c, n, o)) return;
    for (const auto& entry : n.entries) {
      const Context::Step step(c, entry.key);
      Codec<T>::decode(c, entry.value, v[entry.key], o.items ? *o.items : Options{});
    }
  }
  static std::string show(const std::map<std::string, T>&) { return {}; }
};

/// `field<Target, &Target::mode>("mode", "...")`. C is the struct of the table, which may be
/// derived from the member's.
template <class C, auto Member>
constexpr Field field(std::string_view name, std::string_view doc, Options options = {}) {
  using T = std::remove_cvref_t<decltype(std::declval<C&>().*Member)>;
  return {.name = name,
          .doc = doc,
          .options = options,
          .shape = &Codec<T>::shape,
          .decode =
              [](Context& c, const Node& n, void* object, const Options& o) {
                Codec<T>::decode(c, n, static_cast<C*>(object)->*Member, o);
              },
          .show =
              [](const void* object) {
                return Codec<T>::show(static_cast<const C*>(object)->*Member);
              }};
}

namespace detail {
/// The alternative A of a variant, or of the variant member of a struct.
template <class C, class A, auto Member>
A& emplace(void* object) {
  if constexpr (std::is_same_v<decltype(Member), std::nullptr_t>) {
    return static_cast<C*>(object)->template emplace<A>();
  } else {
    return (static_cast<C*>(object)->*Member).template emplace<A>();
  }
}
inline std::string no_default(const void*) {
  return {};
}
}  // namespace detail

/// The alternative A of C, a variant, or of C's variant `Member`, as a field of its own.
template <class C, class A, auto Member = nullptr>
constexpr Field alternative(std::string_view name, std::string_view doc, Options options = {}) {
  options.choice = true;
  return {.name = name,
          .doc = doc,
          .options = options,
          .shape = &Codec<A>::shape,
          .decode =
              [](Context& c, const Node& n, void* object, const Options& o) {
                Codec<A>::decode(c, n, detail::emplace<C, A, Member>(object), o);
              },
          .show = detail::no_default};
}

/// An alternative A of the variant C that is written as its one text: `literal: public text`.
template <class C, class A, auto Text>
constexpr Field text_alternative(std::string_view name, std::string_view doc,
                                 Options options = {}) {
  options.choice = true;
  return {.name = name,
          .doc = doc,
          .options = options,
          .shape = &Codec<std::string>::shape,
          .decode =
              [](Context& c, const Node& n, void* object, const Options& o) {
                decode_text(c, n, detail::emplace<C, A, nullptr>(object).*Text, o);
              },
          .show = detail::no_default};
}

/// `rule<Format>("cel", "message", [](const Format& f) { return ...; })`.
template <class T, class Holds>
constexpr Rule rule(std::string_view cel, std::string_view message, Holds) {
  return {.cel = cel, .message = message, .holds = [](const void* object) {
            return Holds{}(*static_cast<const T*>(object));
          }};
}

/// An Object's `inspect` for T.
template <class T, void (*F)(Context&, const Node&, const T&)>
void inspect(Context& context, const Node& node, const void* object) {
  F(context, node, *static_cast<const T*>(object));
}

/// A value-initialised T that lives as long as the program: what defaults are shown from.
template <class T>
const void* defaults_of() {
  static const T defaults{};
  return &defaults;
}

}  // namespace lockstep::api
