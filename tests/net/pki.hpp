// A throwaway CA and certificates, made afresh for each test.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace lockstep::net::testing {

/// A CA in a folder of its own; the folder goes with it.
class Pki {
 public:
  Pki();
  ~Pki();
  Pki(const Pki&) = delete;
  Pki& operator=(const Pki&) = delete;

  /// PEM file of the CA's certificate.
  std::string ca_file() const { return (folder_ / "ca.pem").string(); }

  struct Leaf {
    std::string certificate_file;
    std::string key_file;
  };
  /// A server certificate. `names` in OpenSSL's form: `IP:127.0.0.1`, `DNS:localhost`. Valid from
  /// now for `days`; negative: expired.
  Leaf issue(const std::string& names, int days = 2);

 private:
  struct Impl;
  std::filesystem::path folder_;
  std::unique_ptr<Impl> impl_;
  int serial_ = 1;
};

}  // namespace lockstep::net::testing
