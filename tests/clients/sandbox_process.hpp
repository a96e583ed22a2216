// lockstep-sandbox as real clients meet it: a program of its own, over TLS.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "clients/child.hpp"

namespace lockstep::clients {

/// A sandbox that serves an account file on free ports of this machine, with a certificate of its
/// own, until it is destroyed. Throws std::runtime_error when it does not start.
class SandboxProcess {
 public:
  /// `accounts` is YAML as in tests/sandbox/quickstart.yaml.
  /// `options` go to the sandbox as they are.
  explicit SandboxProcess(const std::string& accounts,
                          const std::vector<std::string>& options = {});
  /// Serves tests/sandbox/quickstart.yaml.
  static std::unique_ptr<SandboxProcess> quickstart(const std::vector<std::string>& options = {});
  SandboxProcess(const SandboxProcess&) = delete;
  SandboxProcess& operator=(const SandboxProcess&) = delete;
  ~SandboxProcess();

  /// A line of `--print-urls`: `http`, `https`, `cloudflare`, `fly`, `fly_api`, `fly_uiex`,
  /// `github`; TLS where both are.
  const std::string& url(const std::string& name) const { return urls_.at(name); }
  /// `localhost:PORT` of the TLS socket; the certificate is good for it.
  std::string host() const;
  /// The certificate that clients must trust (PEM).
  std::filesystem::path ca_file() const { return folder_ / "ca.pem"; }
  /// A fresh folder that goes with the sandbox: the clients' home.
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::string> urls_;
  std::unique_ptr<Child> child_;
};

}  // namespace lockstep::clients
