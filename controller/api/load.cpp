#include "api/load.hpp"

#include <array>
#include <tuple>

#include "api/identity.hpp"
#include "api/kind_table.hpp"
#include "base/text.hpp"

namespace lockstep::api {

namespace {

/// Kinds that exist but are not written in files, and what to do instead.
struct ElsewhereKind {
  std::string_view name;
  std::string_view remedy;
};
constexpr std::array<ElsewhereKind, 3> elsewhere = {{
    {"Rotation",
     "a Rotation is one run of a rotation and is not kept in files: remove it and use "
     "`lockstep rotate`"},
    {"Approval",
     "an Approval is a person's yes to one plan and is not kept in files: remove it and "
     "use `lockstep approve`, or `lockstep apply --approve DIGEST`"},
    {"ClusterCredential",
     "a ClusterCredential is not supported here: write a Credential in each "
     "namespace that needs it"},
}};

/// What stands there may claim any name. Of several the first is told.
void note_doubt(Loaded& out, const Location& at) {
  if (!std::exchange(out.incomplete, true))
    out.why_incomplete = to_string(at) + " is not understood";
}

class DocumentLoader {
 public:
  DocumentLoader(std::string_view file, bool from_server, Loaded& out)
      : file_(file), out_(out), context_(file_, from_server, out.problems) {}

  void load(const Node& node);

 private:
  void read_api_version(const Node& node, const Identity& identity);
  void check_top(const Node& node);
  void refuse_unknown(const Node& node, const Identity& identity);
  void refuse_kind(const Node& node, const Identity& identity);
  template <class T>
  void load_as(const Node& node, const Identity& identity);
  void remember_broken(const Node& node, const Identity& identity);
  void doubt(Position at);

  std::string file_;
  Loaded& out_;
  Context context_;
};

void DocumentLoader::read_api_version(const Node& node, const Identity& identity) {
  const auto* found = node.find("apiVersion");
  if (found && found->kind == Node::Kind::string && found->text == api_version) return;
  const auto wanted = "write \"apiVersion: " + std::string(api_version) + "\"";
  if (!found) return context_.fail(node.at, "needs the field \"apiVersion\": " + wanted);
  if (identity.our_group || is_our_kind(identity.kind)) {
    return context_.fail(found->at, ".apiVersion", "is unknown: " + wanted);
  }
  context_.fail(
      found->at, ".apiVersion",
      "is not lockstep's: keep other documents out of the manifests folder, or " + wanted);
}

/// Unknown and repeated fields of the document itself.
void DocumentLoader::check_top(const Node& node) {
  static constexpr std::array<std::string_view, 4> known = {"apiVersion", "kind", "metadata",
                                                            "spec"};
  std::vector<std::string_view> seen;
  for (const auto& entry : node.entries) {
    if (std::ranges::find(seen, entry.key) != seen.end()) {
      const Context::Step step(context_, entry.key);
      context_.fail(entry.at, "is given twice: keep one");
    }
    seen.push_back(entry.key);
    if (std::ranges::find(known, entry.key) != known.end()) continue;
    const Context::Step step(context_, entry.key);
    if (entry.key == "status") {
      if (context_.from_server()) continue;
      context_.fail(entry.at, "is written by lockstep: remove it");
      continue;
    }
    const auto near = nearest(entry.key, known);
    context_.fail(entry.at, near.empty()
                                ? "unknown field (known here: apiVersion, kind, metadata, "
                                  "spec)"
                                : "unknown field (did you mean \"" + std::string(near) + "\"?)");
  }
}

void DocumentLoader::refuse_kind(const Node& node, const Identity& identity) {
  constexpr std::string_view ours = "one of Credential, Environment, Target, SecretSet";
  if (!node.find("kind")) {
    return context_.fail(node.at, "needs the field \"kind\": " + std::string(ours));
  }
  if (identity.kind.empty()) {
    return context_.fail(identity.kind_at, ".kind", "must be given once, as " + std::string(ours));
  }
  if (node.find("items")) {
    return context_.fail(
        identity.kind_at, ".kind",
        "lists are not read: write each document by itself, with --- between them");
  }
  std::array<std::string_view, kinds.size()> names;
  std::ranges::transform(kinds, names.begin(), &KindInfo::name);
  const auto near = nearest(identity.kind, names);
  context_.fail(identity.kind_at, ".kind",
                near.empty() ? "must be " + std::string(ours)
                             : "unknown kind (did you mean \"" + std::string(near) + "\"?)");
}

void DocumentLoader::doubt(Position at) {
  note_doubt(out_, context_.location(at));
}

/// A document of no kind of ours. Where it may be meant as one it may claim any name.
void DocumentLoader::refuse_unknown(const Node& node, const Identity& identity) {
  read_api_version(node, identity);
  if (!identity.perhaps_ours) return;
  const auto known = std::ranges::find(elsewhere, identity.kind, &ElsewhereKind::name);
  if (known != elsewhere.end()) {
    return context_.fail(identity.kind_at, ".kind", std::string(known->remedy));
  }
  doubt(node.at);
  refuse_kind(node, identity);
}

void DocumentLoader::remember_broken(const Node& node, const Identity& identity) {
  if (!identity.certain) doubt(node.at);
  if (identity.name.empty()) return;
  out_.broken.push_back({.kind = identity.kind,
                         .ns = identity.ns,
                         .name = identity.name,
                         .at = context_.location(node.at)});
}

template <class T>
void DocumentLoader::load_as(const Node& node, const Identity& identity) {
  const auto before = context_.failures();
  T document;
  document.location = context_.location(node.at);
  read_api_version(node, identity);
  check_top(node);
  if (const auto* metadata = node.find("metadata")) {
    const Context::Step step(context_, "metadata");
    Codec<Metadata>::decode(context_, *metadata, document.metadata, {});
  } else {
    context_.fail(node.at, "needs the field \"metadata\" with a name");
  }
  if (const auto* spec = node.find("spec")) {
    const Context::Step step(context_, "spec");
    decode_object(context_, *spec, &document, object_of<T>());
  } else {
    context_.fail(node.at, "needs the field \"spec\"");
  }
  if (context_.failures() != before) return remember_broken(node, identity);
  out_.documents.emplace_back(std::move(document));
}

void DocumentLoader::load(const Node& node) {
  if (node.kind != Node::Kind::map) {
    doubt(node.at);
    return context_.fail(node.at, "a document must be a map with apiVersion, kind, metadata, spec");
  }
  const auto identity = identify(node);
  if (identity.kind == "Credential") return load_as<Credential>(node, identity);
  if (identity.kind == "Environment") return load_as<Environment>(node, identity);
  if (identity.kind == "Target") return load_as<Target>(node, identity);
  if (identity.kind == "SecretSet") return load_as<SecretSet>(node, identity);
  refuse_unknown(node, identity);
}

/// Rules and missing fields are found after what stands behind them in the text. Stable.
void sort_by_place(std::vector<Problem>& problems) {
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::size_t>, Problem> sorted;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const auto& at = problems[i].at;
    sorted.emplace(std::tuple(at.line, at.column, i), std::move(problems[i]));
  }
  problems.clear();
  for (auto& [place, problem] : sorted) problems.push_back(std::move(problem));
}

Loaded load(std::string_view file, ParsedText parsed, bool from_server) {
  Loaded out;
  out.problems = std::move(parsed.problems);
  if (!out.problems.empty()) note_doubt(out, out.problems.front().at);
  DocumentLoader loader(file, from_server, out);
  for (const auto& node : parsed.documents) loader.load(node);
  sort_by_place(out.problems);
  return out;
}

}  // namespace

Loaded load_yaml(std::string_view file, std::string_view text) {
  return load(file, parse_yaml(file, text), false);
}

Loaded load_json(std::string_view name, std::string_view text) {
  return load(name, parse_json_text(name, text), true);
}

std::string_view kind_name(const Document& document) {
  return kinds[document.index()].name;
}

const Metadata& metadata(const Document& document) {
  return std::visit([](const auto& d) -> const Metadata& { return d.metadata; }, document);
}

const Location& location(const Document& document) {
  return std::visit([](const auto& d) -> const Location& { return d.location; }, document);
}

std::string to_string(const Problem& problem) {
  auto out = to_string(problem.at);
  for (const auto& part : {problem.path, problem.text}) {
    if (!part.empty()) out += (out.empty() ? "" : ": ") + part;
  }
  return out;
}

}  // namespace lockstep::api
