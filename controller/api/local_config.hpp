// `lockstep.local.yaml`: what stands in, on this machine, for the Secrets that manifests name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/kinds.hpp"

namespace lockstep::api {

/// Exactly one is set: an environment variable, or a file (relative to the config's folder).
struct LocalValue {
  std::string env;
  std::string file;
  std::optional<bool> local_files = {};  ///< as LocalSecret's, for this key; unset: as there
  Position at;
};

/// An encrypted file of values. Exactly one of `key_file` and `passphrase` is set.
struct LocalKeyring {
  std::string path;
  std::string key_file;
  std::optional<LocalValue> passphrase;
  Position at;
};

struct LocalEnvFile {
  std::string path;
  bool allow_others = false;  ///< read it although others on this machine can
};

/// What stands in for one Secret. Exactly one of the four is set.
struct LocalSecret {
  std::map<std::string, LocalValue> keys;
  std::optional<LocalEnvFile> env_file;
  std::string env_prefix;
  std::string keyring;       ///< a key of LocalConfig::keyrings
  bool local_files = false;  ///< its values may lie in a developer's file (S19)
  Position at;
};

/// Where the providers are reached; empty: their public hosts.
struct LocalEndpoints {
  std::string cloudflare;
  std::string github;
  std::string fly;
  std::string platform;
};

struct LocalConfig {
  std::map<std::string, LocalKeyring> keyrings;
  std::map<std::string, LocalSecret> secrets;  ///< by NAMESPACE/NAME, always with the namespace
  LocalEndpoints endpoints;
  std::vector<std::string> hosts;  ///< extra origins that credentials may be sent to (S17)
  std::string ca_file;             ///< empty: the system's
  std::vector<std::string> admin_manifests;  ///< empty: Credential and Environment from anywhere
  Location location;
};

struct LoadedConfig {
  std::optional<LocalConfig> config;  ///< set exactly when there is no problem
  std::vector<Problem> problems;
};

/// Reads the one document of a `lockstep.local.yaml`; an empty text is an empty config. It opens no
/// other file: whether paths exist is the reader's business. Never throws.
LoadedConfig load_local_config(std::string_view file, std::string_view text);

}  // namespace lockstep::api
