#include "net/tls.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <system_error>

namespace lockstep::net {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

constexpr auto as_value = asio::as_tuple(asio::use_awaitable);

/// What both ends share: no old protocol, no renegotiation, no plaintext left in OpenSSL's buffers.
void harden(ssl::context& context) {
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
#ifdef SSL_OP_CLEANSE_PLAINTEXT
  SSL_CTX_set_options(native, SSL_OP_CLEANSE_PLAINTEXT);
#else
#error "OpenSSL 3.0 or newer is needed: SSL_OP_CLEANSE_PLAINTEXT"
#endif
}

class TlsStream final : public Stream {
 public:
  TlsStream(std::unique_ptr<TcpStream> below, ssl::context& context)
      : below_(std::move(below)), stream_(below_->socket(), context) {}

  Awaitable<Io> read_some(std::span<char> into) override {
    if (co_await was_cancelled()) co_return Io{asio::error::operation_aborted, 0};
    auto [ec, n] =
        co_await stream_.async_read_some(asio::buffer(into.data(), into.size()), as_value);
    co_return Io{ec, n};
  }
  Awaitable<Io> write_some(std::string_view bytes) override {
    if (co_await was_cancelled()) co_return Io{asio::error::operation_aborted, 0};
    auto [ec, n] =
        co_await stream_.async_write_some(asio::buffer(bytes.data(), bytes.size()), as_value);
    co_return Io{ec, n};
  }
  Awaitable<error_code> handshake(ssl::stream_base::handshake_type type) {
    if (co_await was_cancelled()) co_return asio::error::operation_aborted;
    auto [ec] = co_await stream_.async_handshake(type, as_value);
    co_return ec;
  }
  bool quiet() const override { return below_->quiet(); }
  void finish_sending() noexcept override { below_->finish_sending(); }
  void close(Closing how) noexcept override { below_->close(how); }

  SSL* native() { return stream_.native_handle(); }

 private:
  std::unique_ptr<TcpStream> below_;
  ssl::stream<tcp::socket&> stream_;
};

/// Asks OpenSSL to check the certificate against `host`; false when it cannot.
bool expect_host(SSL* tls, const std::string& host) {
  error_code no_literal;
  asio::ip::make_address(host, no_literal);
  X509_VERIFY_PARAM* param = SSL_get0_param(tls);
  if (!no_literal) return X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size()) == 1 &&
         SSL_set_tlsext_host_name(tls, host.c_str()) == 1;
}

std::string handshake_reason(SSL* tls, error_code ec, const std::string& host) {
  const long verdict = SSL_get_verify_result(tls);
  if (verdict == X509_V_OK) return ec.message();
  const std::string why = X509_verify_cert_error_string(verdict);
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    return "certificate verification: " + why + "; the certificate does not name " + host +
           ", so check the address for a typing error";
  }
  if (verdict == X509_V_ERR_CERT_HAS_EXPIRED || verdict == X509_V_ERR_CERT_NOT_YET_VALID) {
    return "certificate verification: " + why + "; check this machine's clock";
  }
  return "certificate verification: " + why +
         "; if this server's certificate comes from a private CA, name that CA's PEM file with "
         "caFile";
}

std::unexpected<Error> unusable(const char* what, const std::string& file, const error_code& ec) {
  return fail(ErrorKind::invalid, std::string(what) + " " + file + ": " + ec.message());
}

}  // namespace

struct TlsClient::Impl {
  mutable ssl::context context{ssl::context::tls_client};
};

TlsClient::TlsClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsClient::~TlsClient() = default;

Result<std::unique_ptr<TlsClient>> TlsClient::make(const std::string& ca_file, bool system_store) {
  if (ca_file.empty() && !system_store) {
    return fail(ErrorKind::invalid, "no CA is trusted: name a caFile or use the system's store");
  }
  auto impl = std::make_unique<Impl>();
  harden(impl->context);
  error_code ec;
  if (system_store) impl->context.set_default_verify_paths(ec);
  if (ec) return fail(ErrorKind::invalid, "the system's CA store is unusable: " + ec.message());
  // Opening a FIFO would wait for its writer.
  std::error_code unknown;
  const auto kind = std::filesystem::status(ca_file, unknown).type();
  const bool there = kind != std::filesystem::file_type::not_found && !unknown;
  if (!ca_file.empty() && there && kind != std::filesystem::file_type::regular) {
    return fail(ErrorKind::invalid, "caFile " + ca_file + " is not a regular file");
  }
  if (!ca_file.empty()) impl->context.load_verify_file(ca_file, ec);
  if (ec) return unusable("cannot read CA certificates (PEM) from caFile", ca_file, ec);
  impl->context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  // Wire form of the protocol list: one length byte, then the name.
  static constexpr unsigned char http11[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(impl->context.native_handle(), http11, sizeof(http11) - 1);
  return std::unique_ptr<TlsClient>(new TlsClient(std::move(impl)));
}

Awaitable<Result<std::unique_ptr<Stream>>> TlsClient::handshake(std::unique_ptr<TcpStream> below,
                                                                std::string host) const {
  auto stream = std::make_unique<TlsStream>(std::move(below), impl_->context);
  if (!expect_host(stream->native(), host)) {
    co_return fail(ErrorKind::internal, "the host name cannot be verified");
  }
  if (const auto ec = co_await stream->handshake(ssl::stream_base::client)) {
    const auto kind =
        ec == asio::error::operation_aborted ? ErrorKind::cancelled : ErrorKind::transient;
    co_return fail(kind, handshake_reason(stream->native(), ec, host));
  }
  co_return std::unique_ptr<Stream>(std::move(stream));
}

struct TlsServer::Impl {
  mutable ssl::context context{ssl::context::tls_server};
};

TlsServer::TlsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsServer::~TlsServer() = default;

Result<std::unique_ptr<TlsServer>> TlsServer::make(const std::string& certificate_file,
                                                   const std::string& key_file) {
  auto impl = std::make_unique<Impl>();
  harden(impl->context);
  error_code ec;
  // Without this OpenSSL would ask for an encrypted key's passphrase on the terminal.
  impl->context.set_password_callback(
      [](std::size_t, ssl::context::password_purpose) { return std::string(); }, ec);
  if (!ec) impl->context.use_certificate_chain_file(certificate_file, ec);
  if (ec) return unusable("cannot use the certificate (PEM)", certificate_file, ec);
  impl->context.use_private_key_file(key_file, ssl::context::pem, ec);
  if (ec) return unusable("cannot use the private key (PEM)", key_file, ec);
  return std::unique_ptr<TlsServer>(new TlsServer(std::move(impl)));
}

Awaitable<std::unique_ptr<Stream>> TlsServer::handshake(std::unique_ptr<TcpStream> below) const {
  auto stream = std::make_unique<TlsStream>(std::move(below), impl_->context);
  if (co_await stream->handshake(ssl::stream_base::server)) co_return nullptr;
  co_return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace lockstep::net
