#include "sources/local_secrets.hpp"

#include <algorithm>

#include "sources/local_files.hpp"

namespace lockstep {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

std::unexpected<Error> refuse(const Path& path, std::string message,
                              ErrorKind kind = ErrorKind::invalid) {
  return fail(
      Error{.kind = kind, .message = std::move(message), .location = {.file = path.string()}});
}

std::string too_large(const std::string& what) {
  return what + " is larger than 64 KiB, the most a value may have";
}

Result<std::optional<Secret>> found(const Secret& value, const std::string& what) {
  if (value.size() > max_value_bytes_at_source) return fail(ErrorKind::invalid, too_large(what));
  return std::optional(value.clone());
}

/// The facts of a file with values; `remedy` for one that is missing.
Result<FileInfo> look(const FileReader& files, const Path& path, const std::string& configuration) {
  auto info = files.info(path);
  if (!info || !*info) {
    return refuse(path,
                  "this file with values is not there or cannot be reached; make it, or correct "
                  "the path in " +
                      configuration,
                  ErrorKind::not_found);
  }
  return **info;
}

/// Reads after look(); what the system said is not needed to mend it.
Result<SecretBytes> read_whole(const FileReader& files, const Path& path, std::size_t limit,
                               std::string_view limit_text) {
  auto bytes = files.read(path, limit);
  if (bytes) return std::move(*bytes);
  if (bytes.error().kind == ErrorKind::invalid) {
    return refuse(path, "this file is larger than " + std::string(limit_text));
  }
  return refuse(path, "this file cannot be read; let the user that runs lockstep read it");
}

/// Why a dotenv file may not be used as it lies there; a file in the hands of others is a file
/// whose values others chose.
Status allowed(const EnvFile& stand_in, const FileInfo& info, const std::string& configuration) {
  const auto& path = stand_in.path;
  if (info.kind == FileInfo::Kind::symlink) {
    return refuse(path, "this is a symbolic link; name the file itself in " + configuration);
  }
  if (info.kind != FileInfo::Kind::file) {
    return refuse(path, "this is not a regular file; name a dotenv file in " + configuration);
  }
  if (!info.owned_by_us) {
    return refuse(path, "this file belongs to another user; use a copy of your own");
  }
  const auto may = stand_in.allow_others ? Others::reading : Others::nothing;
  auto open = open_to_others(path, info, may);
  if (open.empty()) return {};
  // Who may write it has chosen its values, whoever may read them.
  const bool only_read = open_to_others(path, info, Others::reading).empty();
  if (only_read) open += " (or say allowOthers: true in " + configuration + ")";
  return refuse(path, std::move(open));
}

/// The same for a file with one value, which is read through links and may be a system's own.
Status unwritable(const FileReader& files, const Path& path) {
  TRY(const auto real, files.resolve(path));
  TRY(const auto info, files.info(real));
  const auto open = info ? open_to_others(real, *info, Others::reading) : "";
  return open.empty() ? Status() : refuse(path, open);
}

}  // namespace

LocalSecrets::LocalSecrets(StandIns stand_ins, LocalSeams seams, KeyringCost cost)
    : kept_(std::make_shared<const StandIns>(std::move(stand_ins))),
      stand_ins_(*kept_),
      seams_(seams) {
  for (const auto& [name, where] : stand_ins_.keyrings) {
    keyrings_.try_emplace(name, where, seams, cost);
  }
}

Result<const StandIn*> LocalSecrets::stand_in(const SourceKey& key) const {
  const ObjectName name{.ns = key.ns, .name = key.secret};
  const auto found = stand_ins_.secrets.find(name);
  if (found != stand_ins_.secrets.end()) return &found->second;
  return fail(ErrorKind::invalid, "nothing stands in for Secret " + to_string(name) +
                                      " on this machine; add it to " + stand_ins_.file +
                                      " under \"secrets:\", for example: " + to_string(name) +
                                      ": {envFile: {path: secure/" + name.name + ".env}}");
}

Keyring* LocalSecrets::keyring(std::string_view name) {
  const auto found = keyrings_.find(name);
  return found == keyrings_.end() ? nullptr : &found->second;
}

Result<Keyring*> LocalSecrets::keyring_of(const InKeyring& stand_in) {
  if (auto* found = keyring(stand_in.name)) return found;
  return fail(ErrorKind::invalid, "there is no keyring \"" + stand_in.name + "\"; add it to " +
                                      stand_ins_.file +
                                      " under \"keyrings:\", for example: " + stand_in.name +
                                      ": {path: secure/lockstep.keyring, keyFile: "
                                      "secure/keyring.key}");
}

Result<std::optional<Secret>> LocalSecrets::variable(const std::string& name) const {
  const auto* value = seams_.environment.find(name);
  if (!value) return std::nullopt;
  return found(*value, "environment variable " + name);
}

Awaitable<Result<Secret>> LocalSecrets::file(Path path) {
  const auto cached = files_read_.find(path);
  if (cached == files_read_.end()) {
    const auto epoch = epoch_;
    auto reading = seams_.reader.read(
        path, [path, configuration = stand_ins_.file](const FileReader& files) -> Result<Secret> {
          TRY_OK(look(files, path, configuration));
          TRY_OK(unwritable(files, path));
          TRY(auto bytes, read_whole(files, path, max_value_bytes_at_source,
                                     "64 KiB, the most a value may have"));
          return Secret(std::move(bytes));
        });
    auto read = co_await std::move(reading);
    if (epoch != epoch_) co_return read;
    files_read_.insert_or_assign(path, std::move(read));
  }
  const auto& read = files_read_.at(path);
  if (!read) co_return fail(read.error());
  co_return read->clone();
}

Awaitable<std::shared_ptr<const Result<Dotenv>>> LocalSecrets::env_file(EnvFile stand_in) {
  const std::pair key(stand_in.path, stand_in.allow_others);
  const auto cached = env_files_read_.find(key);
  if (cached != env_files_read_.end()) co_return cached->second;
  const auto epoch = epoch_;
  auto reading = seams_.reader.read(
      stand_in.path,
      [stand_in, configuration = stand_ins_.file](const FileReader& files) -> Result<Dotenv> {
        TRY(const auto info, look(files, stand_in.path, configuration));
        TRY_OK(allowed(stand_in, info, configuration));
        TRY(const auto bytes,
            read_whole(files, stand_in.path, max_dotenv_bytes, "1 MiB; split it"));
        return parse_dotenv(view(bytes), stand_in.path.string());
      });
  auto read = std::make_shared<const Result<Dotenv>>(co_await std::move(reading));
  if (epoch == epoch_) env_files_read_.insert_or_assign(key, read);
  co_return read;
}

Awaitable<Result<std::optional<Secret>>> LocalSecrets::read(Keys stand_in, std::string key) {
  const auto listed = stand_in.keys.find(key);
  if (listed == stand_in.keys.end()) co_return std::nullopt;
  if (const auto* env = std::get_if<FromEnv>(&listed->second)) co_return variable(env->variable);
  auto reading = file(std::get<FromFile>(listed->second).path);
  CO_TRY(auto value, co_await std::move(reading));
  co_return std::optional(std::move(value));
}

Awaitable<Result<std::optional<Secret>>> LocalSecrets::read(EnvFile stand_in, std::string key) {
  auto reading = env_file(stand_in);
  const auto parsed = co_await std::move(reading);
  if (!*parsed) co_return fail(parsed->error());
  const auto value = (*parsed)->values.find(key);
  if (value == (*parsed)->values.end()) co_return std::nullopt;
  co_return found(value->second, key + " in " + stand_in.path.string());
}

Awaitable<Result<std::optional<Secret>>> LocalSecrets::get(SourceKey key) {
  CO_TRY(const auto* from, stand_in(key));
  if (const auto* keys = std::get_if<Keys>(from)) {
    auto reading = read(*keys, key.key);
    co_return co_await std::move(reading);
  }
  if (const auto* env_file = std::get_if<EnvFile>(from)) {
    auto reading = read(*env_file, key.key);
    co_return co_await std::move(reading);
  }
  if (const auto* prefix = std::get_if<EnvPrefix>(from)) {
    co_return variable(prefix->prefix + key.key);
  }
  CO_TRY(auto* kept, keyring_of(std::get<InKeyring>(*from)));
  co_return co_await kept->get(std::move(key));
}

Awaitable<Result<Secret>> LocalSecrets::put_if_absent(SourceKey key, Secret value) {
  CO_TRY(const auto* from, stand_in(key));
  const auto* in = std::get_if<InKeyring>(from);
  if (!in) {
    const auto name = to_string(ObjectName{.ns = key.ns, .name = key.secret});
    co_return fail(ErrorKind::unsupported,
                   "what stands in for Secret " + name +
                       " cannot keep generated values; only a keyring can. In " + stand_ins_.file +
                       " write, for example: " + name + ": {keyring: main}");
  }
  CO_TRY(auto* keeper, keyring_of(*in));
  if (value.size() > max_value_bytes_at_source) {
    co_return fail(ErrorKind::invalid, too_large("the value to keep as " + key.key));
  }
  co_return co_await keeper->put_if_absent(std::move(key), std::move(value));
}

bool LocalSecrets::writable(const std::string& ns, const std::string& secret) const {
  const auto found = stand_ins_.secrets.find({.ns = ns, .name = secret});
  if (found == stand_ins_.secrets.end()) return false;
  const auto* in = std::get_if<InKeyring>(&found->second);
  return in && keyrings_.contains(in->name);
}

void LocalSecrets::refresh() {
  files_read_.clear();
  env_files_read_.clear();
  ++epoch_;
  for (auto& [name, keyring] : keyrings_) keyring.refresh();
}

std::string LocalSecrets::in_file(std::size_t line) const {
  return Path(stand_ins_.file).filename().string() + (line == 0 ? "" : ":" + std::to_string(line));
}

std::string LocalSecrets::why_missing(const SourceKey& key) const {
  const ObjectName name{.ns = key.ns, .name = key.secret};
  const auto from = stand_ins_.secrets.find(name);
  if (from == stand_ins_.secrets.end()) return "";
  const auto line = stand_ins_.lines.find(name);
  const auto here = in_file(line == stand_ins_.lines.end() ? 0 : line->second);
  const auto not_set = [](const std::string& variable, const std::string& where) {
    return "environment variable " + variable + " is not set (" + where + ")";
  };
  return std::visit(Overloaded{[&](const Keys& keys) -> std::string {
                                 const auto listed = keys.keys.find(key.key);
                                 if (listed == keys.keys.end())
                                   return "its keys in " + here + " lack it";
                                 const auto* env = std::get_if<FromEnv>(&listed->second);
                                 return env ? not_set(env->variable, in_file(env->line)) : "";
                               },
                               [](const EnvFile&) { return std::string(); },
                               [&](const EnvPrefix& prefix) -> std::string {
                                 return not_set(prefix.prefix + key.key, here);
                               },
                               [](const InKeyring&) { return std::string(); }},
                    from->second);
}

/// What an error names when the disk does not answer.
Path LocalSecrets::file_of(const SourceKey& key) const {
  const auto from = stand_ins_.secrets.find({.ns = key.ns, .name = key.secret});
  if (from == stand_ins_.secrets.end()) return stand_ins_.file;
  if (const auto* env_file = std::get_if<EnvFile>(&from->second)) return env_file->path;
  const auto* keys = std::get_if<Keys>(&from->second);
  if (!keys) return stand_ins_.file;
  const auto listed = keys->keys.find(key.key);
  const auto* file = listed == keys->keys.end() ? nullptr : std::get_if<FromFile>(&listed->second);
  return file ? file->path : Path(stand_ins_.file);
}

Awaitable<std::string> LocalSecrets::local_file_problem(SourceKey key) {
  auto asking = seams_.reader.run(
      file_of(key), [kept = kept_, &files = seams_.files, key]() -> Result<std::string> {
        return lockstep::local_file_problem(*kept, files, key);
      });
  const auto problem = co_await std::move(asking);
  co_return problem ? *problem : describe(problem.error());
}

Awaitable<Result<bool>> LocalSecrets::shares(SourceKey key, ObjectName other) {
  auto asking = seams_.reader.run(
      file_of(key), [kept = kept_, &files = seams_.files, key, other]() -> Result<bool> {
        return may_share(*kept, files, key, other);
      });
  co_return co_await std::move(asking);
}

std::vector<std::string> LocalSecrets::warnings() const {
  std::vector<std::string> out;
  for (const auto& [key, parsed] : env_files_read_) {
    if (!*parsed) continue;
    for (const auto& [first, again] : (*parsed)->repeated) {
      out.push_back(key.first.string() + ":" + std::to_string(again) +
                    ": sets a name again that line " + std::to_string(first) +
                    " set; this line counts: remove one of them");
    }
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace lockstep
