#include "api/explain.hpp"

#include "api/describe.hpp"
#include "api/kind_table.hpp"
#include "base/text.hpp"

namespace lockstep::api {

namespace {

constexpr std::size_t width = 78;

/// `text` in lines of at most `width` characters, each after `indent` blanks.
std::string wrapped(std::string_view text, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string out, line;
  for (const auto& word : split(text, ' ')) {
    if (!line.empty() && indent + line.size() + 1 + word.size() > width) {
      out += margin + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return out + margin + line + "\n";
}

const KindInfo* kind_of(std::string_view word) {
  const auto lower = to_lower(word);
  for (const auto& kind : kinds) {
    if (lower == to_lower(kind.name) || lower == kind.plural || lower == kind.short_name) {
      return &kind;
    }
  }
  return nullptr;
}

/// What a field allows, a phrase each.
std::vector<std::string> bounds_of(const Field& field, const Object& parent) {
  std::vector<std::string> out;
  const auto& o = field.options;
  const auto type = field.shape->type;
  const auto max = upper_bound(o, type);
  if (o.required) out.emplace_back("required");
  if (o.choice) {
    out.emplace_back(parent.choice_required ? "exactly one of this group"
                                            : "at most one of this group");
  }
  if (o.immutable) out.emplace_back("cannot be changed");
  const bool sized =
      type == Shape::Type::text || type == Shape::Type::list || type == Shape::Type::map;
  const std::string unit = type == Shape::Type::text ? " bytes" : " items";
  if (sized) out.push_back(std::to_string(o.min) + " to " + std::to_string(max) + unit);
  if (type == Shape::Type::integer) {
    const auto from = "at least " + std::to_string(o.min);
    out.push_back(o.max < 0 ? from : std::to_string(o.min) + " to " + std::to_string(o.max));
  }
  if (type == Shape::Type::duration && o.min > 0) {
    out.push_back("at least " + to_text(Seconds(o.min)));
  }
  if (type == Shape::Type::duration && o.max >= 0) {
    out.push_back("at most " + to_text(Seconds(o.max)));
  }
  if (o.unique) out.emplace_back("no item twice");
  if (!o.hint.empty()) out.emplace_back(o.hint);
  if (o.items && !o.items->hint.empty()) out.push_back("each " + std::string(o.items->hint));
  if (o.keys && !o.keys->hint.empty()) out.push_back("keys: " + std::string(o.keys->hint));
  return out;
}

std::string words_line(const Shape& shape) {
  const auto& inner = innermost(shape);
  if (!inner.words) return {};
  std::string out;
  for (const auto word : inner.words()) out += (out.empty() ? "" : ", ") + std::string(word);
  return out;
}

/// `mode <word>` with marks for what a reader looks for first.
std::string child_line(const Field& field, const Object& parent) {
  std::string out = "  " + std::string(field.name) + " <" + type_words(*field.shape) + ">";
  if (field.options.required) out += " -required-";
  if (const auto value = default_of(field, parent); !value.empty()) out += " default: " + value;
  return out + "\n";
}

std::string children(const Object& object) {
  if (object.fields.empty()) return {};
  std::string out = "\nFIELDS:\n";
  for (const auto& field : object.fields) {
    out += child_line(field, object) + wrapped(field.doc, 4);
    if (const auto words = words_line(*field.shape); !words.empty()) {
      out += wrapped("One of: " + words, 4);
    }
  }
  if (!object.choice.empty()) {
    std::string names;
    for (const auto& field : object.fields) {
      if (field.options.choice) names += (names.empty() ? "" : ", ") + std::string(field.name);
    }
    out += "\n" + wrapped(std::string(object.choice_required ? "Exactly" : "At most") +
                              " one of: " + names + ".",
                          0);
  }
  return out;
}

std::string explain_field(const KindInfo& kind, const std::string& path, const Field& field,
                          const Object& parent) {
  std::string out = "KIND:     " + std::string(kind.name) + " (" + std::string(api_version) + ")\n";
  out += "FIELD:    " + path + " <" + type_words(*field.shape) + ">\n\n" + wrapped(field.doc, 0);
  const auto* object = object_behind(*field.shape);
  if (object && !field.doc.starts_with(object->doc.substr(0, object->doc.size() - 1))) {
    out += wrapped(object->doc, 0);
  }
  std::string facts;
  if (const auto words = words_line(*field.shape); !words.empty())
    facts += "  one of " + words + "\n";
  if (const auto value = default_of(field, parent); !value.empty())
    facts += "  default " + value + "\n";
  for (const auto& bound : bounds_of(field, parent)) facts += wrapped(bound, 2);
  if (innermost(*field.shape).type == Shape::Type::duration) {
    facts += "  a whole number and a unit: 30s, 10m, 4h, 90d\n";
  }
  if (!facts.empty()) out += "\nALLOWED:\n" + facts;
  return object ? out + children(*object) : out;
}

std::string explain_kind(const KindInfo& kind) {
  const auto& spec = kind.spec();
  std::string out =
      "KIND:     " + std::string(kind.name) + " (" + std::string(api_version) + ")\n\n";
  return out + wrapped(spec.doc, 0) +
         "\nFIELDS OF metadata: name, namespace, labels, annotations\n" +
         "FIELDS OF spec:" + children(spec).substr(8);
}

std::string unknown(std::string_view what, std::string_view word,
                    std::span<const std::string_view> names) {
  const auto near = nearest(word, names);
  std::string all;
  for (const auto name : names) all += (all.empty() ? "" : ", ") + std::string(name);
  return std::string(what) + " \"" + RemoteText::from(word, {}, 64).text() + "\"" +
         (near.empty() ? ": known are " + all : " (did you mean \"" + std::string(near) + "\"?)");
}

}  // namespace

Result<std::string> explain(std::string_view path) {
  const auto words = split(path, '.');
  const auto* kind = kind_of(words[0]);
  if (!kind) {
    std::array<std::string_view, kinds.size()> names;
    std::ranges::transform(kinds, names.begin(), &KindInfo::name);
    return fail(ErrorKind::invalid, unknown("unknown kind", words[0], names));
  }
  const Object* object = &kind->spec();
  std::size_t next = 1;
  std::string at = "spec";
  if (words.size() > 1 && words[1] == "metadata") {
    object = &object_of<Metadata>();
    at = "metadata";
    ++next;
  } else if (words.size() > 1 && words[1] == "spec") {
    ++next;
  }
  if (next == words.size()) {
    return at == "spec" ? explain_kind(*kind)
                        : "metadata: " + std::string(object->doc) + "\n" + children(*object);
  }
  for (; next < words.size(); ++next) {
    std::vector<std::string_view> names;
    for (const auto& field : object->fields) names.push_back(field.name);
    const auto found = std::ranges::find(object->fields, words[next], &Field::name);
    if (found == object->fields.end()) {
      return fail(ErrorKind::invalid, std::string(kind->name) + "." + at + ": " +
                                          unknown("unknown field", words[next], names));
    }
    at += "." + words[next];
    if (next + 1 == words.size()) return explain_field(*kind, at, *found, *object);
    object = object_behind(*found->shape);
    if (!object) {
      return fail(ErrorKind::invalid, std::string(kind->name) + "." + at + " has no fields");
    }
  }
  return fail(ErrorKind::internal, "explain: unreachable");
}

}  // namespace lockstep::api
