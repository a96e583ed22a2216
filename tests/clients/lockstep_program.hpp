// The real lockstep beside a client, on the same accounts of one sandbox.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "clients/sandbox_process.hpp"

namespace lockstep::clients {

/// A folder with manifests and `lockstep.local.yaml`, and the program in it. The local file names
/// the sandbox's endpoints, its certificate, and what `secrets` (YAML below `secrets:`) says.
class LockstepProgram {
 public:
  LockstepProgram(const SandboxProcess& sandbox, const std::string& manifests,
                  const std::string& secrets);

  /// Runs it with these variables and nothing else of ours but HOME.
  Ended run(const std::vector<std::string>& words) const;
  /// The same, running beside this program.
  std::unique_ptr<Child> start(const std::vector<std::string>& words) const;
  /// `apply --yes`; it must succeed.
  void apply() const;
  /// State and certainty that `plan` tells of a name, such as "InSync digest"; what it said
  /// instead where it has none. `target` without the namespace.
  std::string state(const std::string& target, const std::string& name) const;

  std::map<std::string, std::string> environment;
  std::filesystem::path folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::string home_;
};

}  // namespace lockstep::clients
