#include "api/identity.hpp"

#include <algorithm>

#include "api/kind_table.hpp"
#include "base/text.hpp"

namespace lockstep::api {

namespace {

/// The value under a key that stands there exactly once.
const Node* only(const Node& map, std::string_view key) {
  const auto found = std::ranges::find(map.entries, key, &Entry::key);
  if (found == map.entries.end()) return nullptr;
  const bool again = std::find_if(found + 1, map.entries.end(), [&](const Entry& entry) {
                       return entry.key == key;
                     }) != map.entries.end();
  return again ? nullptr : &found->value;
}

std::string text_of(const Node* node) {
  return node && node->kind == Node::Kind::string ? node->text : std::string();
}

/// Whether the table of metadata takes the node as that field.
bool valid(std::string_view field, const Node* node) {
  if (!node) return false;
  const auto& table = object_of<Metadata>().fields;
  const auto described = std::ranges::find(table, field, &Field::name);
  std::vector<Problem> problems;
  Context context("", false, problems);
  Metadata scratch;
  described->decode(context, *node, &scratch, described->options);
  return problems.empty();
}

/// Within two letters of one of ours, in whatever case.
template <std::size_t N>
bool near_one_of(std::string_view word, const std::array<std::string_view, N>& ours) {
  std::array<std::string, N> lowered;
  std::array<std::string_view, N> candidates;
  for (std::size_t i = 0; i < N; ++i) candidates[i] = lowered[i] = to_lower(ours[i]);
  return !nearest(to_lower(word), candidates).empty();
}

bool near_our_group(std::string_view version) {
  return near_one_of<1>(version.substr(0, version.find('/')), {group});
}

bool near_our_kind(std::string_view kind) {
  std::array<std::string_view, kinds.size()> names;
  std::ranges::transform(kinds, names.begin(), &KindInfo::name);
  return near_one_of(kind, names);
}

bool is_spec_field(std::string_view key) {
  return std::ranges::any_of(kinds, [&](const KindInfo& kind) {
    const auto& fields = kind.spec().fields;
    return std::ranges::find(fields, key, &Field::name) != fields.end();
  });
}

/// A field of our specs, in `spec` or beside `metadata` where it was indented too little.
bool has_our_fields(const Node& document) {
  const auto ours = [](const Entry& entry) { return is_spec_field(entry.key); };
  return std::ranges::any_of(document.entries, [&](const Entry& entry) {
    if (entry.key == "spec") return std::ranges::any_of(entry.value.entries, ours);
    return ours(entry) && document.find("metadata");
  });
}

bool perhaps_ours(const Node& document) {
  bool version_read = false, kind_read = false;
  for (const auto& [key, at, is_text, value] : document.entries) {
    const bool readable = value.kind == Node::Kind::string && !value.text.empty();
    if (key == "apiVersion") {
      version_read = readable;
      if (near_our_group(value.text)) return true;
    } else if (key == "kind") {
      kind_read = readable;
      if (near_our_kind(value.text)) return true;
    }
  }
  if (!version_read || !kind_read || has_our_fields(document)) return true;
  // `kind: List`, as kubectl prints it.
  const auto* items = document.find("items");
  return items && std::ranges::any_of(items->items, perhaps_ours);
}

}  // namespace

Identity identify(const Node& document) {
  Identity out;
  out.ns = Metadata{}.ns;
  out.perhaps_ours = perhaps_ours(document);
  const auto version = text_of(only(document, "apiVersion"));
  out.our_group = version.substr(0, version.find('/')) == group;
  out.kind = text_of(only(document, "kind"));
  const auto* kind = document.find("kind");
  out.kind_at = kind ? kind->at : document.at;
  const auto* metadata = only(document, "metadata");
  if (!metadata) return out;
  const auto* ns = only(*metadata, "namespace");
  const auto* name = only(*metadata, "name");
  if (auto text = text_of(ns); !text.empty()) out.ns = std::move(text);
  out.name = text_of(name);
  out.certain = valid("namespace", ns) && valid("name", name);
  return out;
}

}  // namespace lockstep::api
