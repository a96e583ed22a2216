#include "plan/index.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace lockstep::plan {

ObjectKey key_of(const api::Metadata& metadata) {
  return {metadata.ns, metadata.name};
}

Index::Index(const Manifests& manifests) {
  for (const auto& document : manifests.documents) {
    const auto key = key_of(api::metadata(document));
    if (const auto* c = std::get_if<api::Credential>(&document)) credentials[key] = c;
    if (const auto* e = std::get_if<api::Environment>(&document)) environments[key] = e;
    if (const auto* t = std::get_if<api::Target>(&document)) targets[key] = t;
    if (const auto* s = std::get_if<api::SecretSet>(&document)) secret_sets[key] = s;
  }
  for (const auto& b : manifests.broken) {
    broken[b.kind + " " + b.ns + "/" + b.name] = b.at;
  }
}

namespace {
template <class Map>
std::vector<std::string_view> names_in(const Map& documents, const std::string& ns) {
  std::vector<std::string_view> names;
  for (const auto& [key, document] : documents) {
    if (key.ns == ns) names.push_back(key.name);
  }
  return names;
}
}  // namespace

std::string Index::missing(std::string_view kind, const ObjectKey& key) const {
  if (const auto found = broken.find(std::string(kind) + " " + to_string(key));
      found != broken.end()) {
    return std::string(kind) + " \"" + key.name + "\" is invalid (" + to_string(found->second) +
           "); mend it first";
  }
  std::vector<std::string_view> names;
  if (kind == "Credential") names = names_in(credentials, key.ns);
  if (kind == "Environment") names = names_in(environments, key.ns);
  if (kind == "Target") names = names_in(targets, key.ns);
  const auto near = nearest(key.name, names);
  return "there is no " + std::string(kind) + " \"" + key.name + "\" in namespace \"" + key.ns +
         "\"" +
         (near.empty() ? "; write one, or correct the name"
                       : " (did you mean \"" + std::string(near) + "\"?)");
}

void Findings::add(const Location& document, api::Position at, std::string path, std::string text) {
  Location where = document;
  if (at.line != 0) {
    where.line = at.line;
    where.column = at.column;
  }
  problems_.push_back({where, std::move(path), std::move(text)});
  stopped_.insert(document);
}

std::vector<api::Problem> Findings::take() {
  const auto order = [](const api::Problem& p) { return std::tie(p.at, p.path, p.text); };
  std::ranges::sort(problems_, {}, order);
  const auto same = [&](const auto& a, const auto& b) { return order(a) == order(b); };
  problems_.erase(std::unique(problems_.begin(), problems_.end(), same), problems_.end());
  return std::move(problems_);
}

}  // namespace lockstep::plan
