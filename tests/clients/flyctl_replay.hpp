// What flyctl asks Fly.io for its secrets commands, request by request. flyctl itself cannot be
// installed from a package registry, so its sequences are replayed as its source writes them:
// https://github.com/superfly/flyctl (internal/command/secrets, internal/command/deploy,
// internal/appsecrets), with a token from the environment and no terminal.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "clients/sandbox_process.hpp"

namespace lockstep::clients {

/// One request. In `path` and `body`, `{name}` stands for what is known under that name.
struct FlyctlStep {
  std::string_view method;
  std::string_view base;  ///< whose socket: flaps (machines), api (GraphQL), uiex (releases)
  std::string_view path;
  std::string_view body;
  /// What later steps need of the answer: a name and where it is (a JSON pointer).
  std::map<std::string, std::string> keep;
};

/// flyctl for one app. Each command gives an empty text, or the request that was not served.
class FlyctlReplay {
 public:
  FlyctlReplay(const SandboxProcess& sandbox, std::string app, std::string token);

  /// `values`: the JSON object of a bulk write, such as {"A":"x","OLD":null}; `set`, `unset` and
  /// `import` differ only in what they put there.
  std::string write(const std::string& values, bool stage);
  /// `secrets deploy`.
  std::string deploy();
  /// `secrets sync`: learns the version of the secrets by removing a name that never was.
  std::string sync();
  /// `secrets list`: the status flyctl would print of each name, Deployed, Staged or Partial.
  std::map<std::string, std::string> list();
  /// The version of the secrets that it keeps in its own configuration; "" before a write.
  std::string version() const;

 private:
  std::string run(const std::vector<FlyctlStep>& steps);
  std::string roll_out();
  json::value ask(const FlyctlStep& step, std::string& status) const;
  std::string fill(std::string_view pattern) const;

  const SandboxProcess& sandbox_;
  std::string token_;
  std::map<std::string, std::string> known_;  ///< texts, and JSON where a body takes it whole
  json::value last_;                          ///< the answer to the latest request
};

}  // namespace lockstep::clients
