// What stands in for Kubernetes Secrets on one machine: `lockstep.local.yaml`, as plain structs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "base/files.hpp"

namespace lockstep {

/// The Secret that a manifest names: `namespace/name`.
struct ObjectName {
  std::string ns;
  std::string name;
  auto operator<=>(const ObjectName&) const = default;
};
inline std::string to_string(const ObjectName& name) {
  return name.ns + "/" + name.name;
}

/// An encrypted file and what opens it: exactly one of the two is set.
struct KeyringStandIn {
  Path path;                                  ///< absolute
  std::optional<Path> key_file;               ///< absolute
  std::optional<std::string> passphrase_env;  ///< name of an environment variable
};

/// One key: the value of an environment variable.
struct FromEnv {
  std::string variable;
  std::size_t line = 0;  ///< where StandIns::file says so; 0: not known
};
/// One key: all bytes of a file, its last line end too.
struct FromFile {
  Path path;  ///< absolute
};
/// A Secret whose keys are listed one by one.
struct Keys {
  std::map<std::string, std::variant<FromEnv, FromFile>> keys;
};
/// A Secret whose keys are the names in a dotenv file.
struct EnvFile {
  Path path;                  ///< absolute
  bool allow_others = false;  ///< a file that others can read is accepted
};
/// A Secret whose keys are the environment variables that begin so, without the prefix.
struct EnvPrefix {
  std::string prefix;
};
/// A Secret whose keys are kept in a keyring, apart from those of other Secrets there.
struct InKeyring {
  std::string name;
};
using StandIn = std::variant<Keys, EnvFile, EnvPrefix, InKeyring>;

/// Which keys of a Secret may reach a developer's file (S19).
struct LocalFiles {
  bool all = false;                  ///< every key that does not say otherwise
  std::map<std::string, bool> keys;  ///< what is said at single keys
};

/// All stand-ins of a machine.
struct StandIns {
  std::string file = "lockstep.local.yaml";  ///< where they were written: for error texts
  std::map<std::string, KeyringStandIn> keyrings;
  std::map<ObjectName, StandIn> secrets;
  std::map<ObjectName, std::size_t> lines;       ///< where each Secret stands in the file
  std::map<ObjectName, LocalFiles> local_files;  ///< a Secret that is not here may reach none
};

}  // namespace lockstep
