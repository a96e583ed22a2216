#include "app/local_config.hpp"

namespace lockstep {

namespace {

Path beside(const Path& file, const std::string& path) {
  return (file.parent_path() / path).lexically_normal();
}

KeyringStandIn keyring(const Path& file, const api::LocalKeyring& from) {
  KeyringStandIn out;
  out.path = beside(file, from.path);
  if (!from.key_file.empty()) out.key_file = beside(file, from.key_file);
  if (from.passphrase) out.passphrase_env = from.passphrase->env;
  return out;
}

StandIn stand_in(const Path& file, const api::LocalSecret& from) {
  if (from.env_file) {
    return EnvFile{.path = beside(file, from.env_file->path),
                   .allow_others = from.env_file->allow_others};
  }
  if (!from.env_prefix.empty()) return EnvPrefix{from.env_prefix};
  if (!from.keyring.empty()) return InKeyring{from.keyring};
  Keys keys;
  for (const auto& [key, value] : from.keys) {
    if (value.env.empty()) {
      keys.keys[key] = FromFile{beside(file, value.file)};
    } else {
      keys.keys[key] =
          FromEnv{.variable = value.env, .line = static_cast<std::size_t>(value.at.line)};
    }
  }
  return keys;
}

LocalFiles local_files(const api::LocalSecret& from) {
  LocalFiles out{.all = from.local_files, .keys = {}};
  for (const auto& [key, value] : from.keys) {
    if (value.local_files) out.keys[key] = *value.local_files;
  }
  return out;
}

ObjectName object_name(const std::string& text) {
  const auto slash = text.find('/');
  return {text.substr(0, slash), text.substr(slash + 1)};
}

/// A passphrase in a file would be a key file with fewer bits.
void refuse_passphrase_files(const api::LocalConfig& config, const std::string& file,
                             std::vector<api::Problem>& problems) {
  for (const auto& [name, keyring] : config.keyrings) {
    if (!keyring.passphrase || keyring.passphrase->file.empty()) continue;
    problems.push_back({{file, keyring.at.line, keyring.at.column},
                        "keyrings." + name + ".passphrase.file",
                        "a passphrase comes from an environment variable; for a file use keyFile"});
  }
}

/// A value in a file that git tracks is known to everyone who has the repository.
class TrackedValues {
 public:
  TrackedValues(const FileReader& files, const GitVariables& git, const Path& file,
                std::vector<api::Problem>& problems)
      : files_(files), git_(git), file_(file), problems_(problems) {}

  void refuse_in(const api::LocalConfig& config) {
    for (const auto& [name, keyring] : config.keyrings) {
      if (!keyring.key_file.empty()) {
        refuse(keyring.key_file, keyring.at, "keyrings." + name + ".keyFile");
      }
    }
    for (const auto& [name, secret] : config.secrets) {
      const auto at = "secrets." + name;
      for (const auto& [key, value] : secret.keys) {
        if (!value.file.empty()) refuse(value.file, value.at, at + ".keys." + key + ".file");
      }
      if (secret.env_file && !secret.env_file->allow_others) {
        refuse(secret.env_file->path, secret.at, at + ".envFile.path",
               ", or say allowOthers: true where everyone may know them");
      }
    }
  }

 private:
  void refuse(const std::string& path, api::Position at, std::string field,
              std::string_view unless = {}) {
    const auto full = beside(file_, path);
    // What is not there or cannot be reached is told when it is read.
    const auto info = files_.info(full);
    if (!info || !*info) return;
    const auto tracked = tracked_by_git(files_, full, git_);
    if (tracked && !*tracked) return;
    auto text = tracked ? "git tracks this file, so everyone with the repository has its values; "
                          "run: git rm --cached " +
                              full.string() + ", add it to .gitignore, and change the values" +
                              std::string(unless)
                        : tracked.error().message;
    problems_.push_back({{file_.string(), at.line, at.column}, std::move(field), std::move(text)});
  }

  const FileReader& files_;
  const GitVariables& git_;
  const Path& file_;
  std::vector<api::Problem>& problems_;
};

LocalSetup convert(const Path& file, const api::LocalConfig& config) {
  LocalSetup out;
  out.stand_ins.file = file.string();
  for (const auto& [name, from] : config.keyrings)
    out.stand_ins.keyrings[name] = keyring(file, from);
  for (const auto& [name, from] : config.secrets) {
    out.stand_ins.secrets[object_name(name)] = stand_in(file, from);
    out.stand_ins.lines[object_name(name)] = static_cast<std::size_t>(from.at.line);
    out.stand_ins.local_files[object_name(name)] = local_files(from);
  }
  out.endpoints = {.cloudflare = config.endpoints.cloudflare,
                   .fly = config.endpoints.fly,
                   .github = config.endpoints.github,
                   .hosts = config.hosts};
  if (!config.ca_file.empty()) out.ca_file = beside(file, config.ca_file).string();
  for (const auto& folder : config.admin_manifests)
    out.admin_folders.push_back(beside(file, folder));
  return out;
}

/// Why others could have written what a file says; "" when they could not. The administrator may.
std::string in_strange_hands(const FileReader& files, const Path& file) {
  const auto info = files.info(files.resolve(file).value_or(file));
  if (!info || !*info) return "";
  if (!(*info)->owned_by_us && !(*info)->owned_by_root) {
    return "this file belongs to another user; use a copy of your own";
  }
  return open_to_others(file, **info, Others::reading);
}

/// Who chooses the certificates that are trusted can read the tokens on their way.
void refuse_strange_ca_file(const FileReader& files, const api::LocalConfig& config,
                            const Path& file, std::vector<api::Problem>& problems) {
  if (config.ca_file.empty()) return;
  const auto full = beside(file, config.ca_file);
  if (auto why = in_strange_hands(files, full); !why.empty()) {
    problems.push_back({config.location, "caFile", full.string() + ": " + std::move(why)});
  }
}

/// What the files say at this moment.
Result<LocalSetup> setup_of(const FileReader& files, const GitVariables& git, const Path& file,
                            bool required) {
  constexpr std::size_t largest = 1 << 20;
  auto text = files.read(file, largest);
  if (!text) {
    if (text.error().kind == ErrorKind::not_found && !required) return LocalSetup{};
    if (text.error().kind == ErrorKind::storage && text.error().code.empty()) {
      return fail(ErrorKind::invalid, text.error().message + "; name another one with --local");
    }
    return fail(text.error());
  }
  if (const auto why = in_strange_hands(files, file); !why.empty()) {
    return fail(ErrorKind::invalid, file.string() + ": it says where tokens are sent, and " + why);
  }
  const auto tracked = tracked_by_git(files, file, git);
  if (!tracked) {
    return fail(tracked.error().kind, tracked.error().message + " and name it with --local");
  }
  if (*tracked) {
    return fail(ErrorKind::invalid,
                file.string() +
                    " is tracked by git, and it says where secrets are; run: git rm "
                    "--cached " +
                    file.string() + ", and add it to .gitignore");
  }
  auto loaded = api::load_local_config(file.string(), view(*text));
  if (loaded.config) {
    refuse_passphrase_files(*loaded.config, file.string(), loaded.problems);
    refuse_strange_ca_file(files, *loaded.config, file, loaded.problems);
    TrackedValues(files, git, file, loaded.problems).refuse_in(*loaded.config);
  }
  if (loaded.problems.empty()) return convert(file, *loaded.config);
  std::string all;
  for (const auto& problem : loaded.problems) {
    all += (all.empty() ? "" : "\n") + api::to_string(problem);
  }
  return fail(ErrorKind::invalid, std::move(all));
}

}  // namespace

GitVariables git_variables(const Environment& environment) {
  const auto text = [&](std::string_view name) {
    const auto* value = environment.find(name);
    return value ? std::string(value->expose()) : "";
  };
  return {.git_dir = text("GIT_DIR"),
          .work_tree = text("GIT_WORK_TREE"),
          .index_file = text("GIT_INDEX_FILE")};
}

Awaitable<Result<LocalSetup>> read_local_setup(RestedReader& reader, GitVariables git, Path file,
                                               bool required) {
  auto reading = reader.read(file, [git = std::move(git), file, required](const FileReader& files) {
    return setup_of(files, git, file, required);
  });
  co_return co_await std::move(reading);
}

}  // namespace lockstep
