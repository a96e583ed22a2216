#include "sources/local_files.hpp"

#include <algorithm>

namespace lockstep {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

/// The one thing outside that a value is read from; both are empty for a keyring.
struct Origin {
  std::string variable;
  Path path;
};

Origin origin(const std::variant<FromEnv, FromFile>& from) {
  if (const auto* env = std::get_if<FromEnv>(&from)) return {.variable = env->variable, .path = {}};
  return {.variable = "", .path = std::get<FromFile>(from).path};
}

/// Where the value of one key comes from.
Origin origin_of(const StandIn& stand_in, const std::string& key) {
  return std::visit(
      Overloaded{[&](const Keys& keys) -> Origin {
                   const auto listed = keys.keys.find(key);
                   return listed == keys.keys.end() ? Origin{} : origin(listed->second);
                 },
                 [](const EnvFile& file) -> Origin { return {.variable = "", .path = file.path}; },
                 [&](const EnvPrefix& prefix) -> Origin {
                   return {.variable = prefix.prefix + key, .path = {}};
                 },
                 [](const InKeyring&) { return Origin{}; }},
      stand_in);
}

bool same_file(const Files& files, const Path& a, const Path& b) {
  const auto one = files.identity(a);
  const auto other = files.identity(b);
  return !one || !other || *one == *other;
}

bool same(const Files& files, const Origin& a, const Origin& b) {
  if (!a.variable.empty()) return a.variable == b.variable;
  return !a.path.empty() && !b.path.empty() && same_file(files, a.path, b.path);
}

/// True when some key of the stand-in is, or lies in, what `from` names.
bool gives(const Files& files, const StandIn& stand_in, const Origin& from) {
  return std::visit(Overloaded{[&](const Keys& keys) {
                                 return std::ranges::any_of(keys.keys, [&](const auto& entry) {
                                   return same(files, from, origin(entry.second));
                                 });
                               },
                               [&](const EnvFile& file) {
                                 return same(files, from, {.variable = "", .path = file.path});
                               },
                               [&](const EnvPrefix& prefix) {
                                 return !from.variable.empty() &&
                                        from.variable.starts_with(prefix.prefix);
                               },
                               [](const InKeyring&) { return false; }},
                    stand_in);
}

/// Whether no key of the Secret is kept from developers' files.
bool says_so_throughout(const StandIns& stand_ins, const ObjectName& name) {
  const auto said = stand_ins.local_files.find(name);
  return said != stand_ins.local_files.end() && said->second.all &&
         std::ranges::all_of(said->second.keys, [](const auto& one) { return one.second; });
}

}  // namespace

bool may_reach_local_files(const StandIns& stand_ins, const SourceKey& key) {
  const auto said = stand_ins.local_files.find({.ns = key.ns, .name = key.secret});
  if (said == stand_ins.local_files.end()) return false;
  const auto one = said->second.keys.find(key.key);
  return one == said->second.keys.end() ? said->second.all : one->second;
}

bool may_share(const StandIns& stand_ins, const Files& files, const SourceKey& key,
               const ObjectName& other) {
  const auto here = stand_ins.secrets.find({.ns = key.ns, .name = key.secret});
  const auto there = stand_ins.secrets.find(other);
  if (here == stand_ins.secrets.end() || there == stand_ins.secrets.end()) return false;
  return gives(files, there->second, origin_of(here->second, key.key));
}

std::string local_file_problem(const StandIns& stand_ins, const Files& files,
                               const SourceKey& key) {
  const ObjectName name{.ns = key.ns, .name = key.secret};
  const auto where = stand_ins.file + ": secrets." + to_string(name) + ": ";
  if (!may_reach_local_files(stand_ins, key)) {
    return where +
           "its values must not reach a developer's file; where they may lie in one (never those "
           "of production), write localFiles: true there";
  }
  for (const auto& [other, stand_in] : stand_ins.secrets) {
    if (other == name || says_so_throughout(stand_ins, other)) continue;
    if (!may_share(stand_ins, files, key, other)) continue;
    return where + "what it names may stand in for secrets." + to_string(other) +
           " too, whose values must not reach a developer's file; give each its own, and list no "
           "file that is not there";
  }
  return "";
}

}  // namespace lockstep
