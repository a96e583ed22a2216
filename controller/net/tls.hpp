// TLS 1.2 and newer, on both ends.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/stream.hpp"
#include "net/tcp.hpp"

namespace lockstep::net {

/// The connecting end. Every server's certificate chain and name are verified; there is no way to
/// switch that off.
class TlsClient {
 public:
  /// `ca_file`: a PEM file with CA certificates, or empty. `system_store`: trust the machine's CAs
  /// too. `invalid` when the file cannot be used, or when nothing would be trusted.
  static Result<std::unique_ptr<TlsClient>> make(const std::string& ca_file, bool system_store);
  ~TlsClient();

  /// The handshake over a fresh connection to `host` (a name, sent as SNI, or an address).
  /// The Error's message is the reason alone, with a remedy when verification failed.
  Awaitable<Result<std::unique_ptr<Stream>>> handshake(std::unique_ptr<TcpStream> below,
                                                       std::string host) const;

 private:
  struct Impl;
  explicit TlsClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The accepting end.
class TlsServer {
 public:
  /// PEM files: the certificate with its chain, and the private key. `invalid` when unusable.
  static Result<std::unique_ptr<TlsServer>> make(const std::string& certificate_file,
                                                 const std::string& key_file);
  ~TlsServer();

  /// The handshake with a client that just connected; nullptr when it fails.
  Awaitable<std::unique_ptr<Stream>> handshake(std::unique_ptr<TcpStream> below) const;

 private:
  struct Impl;
  explicit TlsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lockstep::net
