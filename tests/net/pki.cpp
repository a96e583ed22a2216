#include "pki.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace lockstep::net::testing {

namespace {

struct Free {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
  void operator()(std::FILE* p) const { std::fclose(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

void must(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(what);
}

Owned<EVP_PKEY> make_key() {
  Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  must(key != nullptr, "cannot make a key");
  return key;
}

void add_extension(X509* cert, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  must(extension != nullptr && X509_add_ext(cert, extension.get(), -1) == 1, value.c_str());
}

Owned<X509> make_certificate(EVP_PKEY* key, const char* name, int serial, int days) {
  Owned<X509> cert(X509_new());
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), days < 0 ? days * 2 * 86400L : -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), days * 86400L);
  X509_set_pubkey(cert.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  return cert;
}

void write_certificate(const std::filesystem::path& path, X509* cert) {
  Owned<std::FILE> file(std::fopen(path.c_str(), "w"));
  must(file && PEM_write_X509(file.get(), cert) == 1, "cannot write a certificate");
}

}  // namespace

struct Pki::Impl {
  Owned<EVP_PKEY> key = make_key();
  Owned<X509> cert;
};

Pki::Pki() : impl_(std::make_unique<Impl>()) {
  std::string pattern = ::testing::TempDir() + "lockstep-pki-XXXXXX";
  must(::mkdtemp(pattern.data()) != nullptr, "mkdtemp");
  folder_ = pattern;
  impl_->cert = make_certificate(impl_->key.get(), "throwaway CA", 1, 2);
  X509* cert = impl_->cert.get();
  X509_set_issuer_name(cert, X509_get_subject_name(cert));
  add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(cert, cert, NID_key_usage, "critical,keyCertSign");
  must(X509_sign(cert, impl_->key.get(), EVP_sha256()) > 0, "cannot sign");
  write_certificate(ca_file(), cert);
}

Pki::~Pki() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Pki::Leaf Pki::issue(const std::string& names, int days) {
  const auto key = make_key();
  const auto cert = make_certificate(key.get(), "throwaway server", ++serial_, days);
  X509_set_issuer_name(cert.get(), X509_get_subject_name(impl_->cert.get()));
  add_extension(cert.get(), impl_->cert.get(), NID_subject_alt_name, names);
  must(X509_sign(cert.get(), impl_->key.get(), EVP_sha256()) > 0, "cannot sign");
  const auto stem = "server" + std::to_string(serial_);
  Leaf leaf{.certificate_file = (folder_ / (stem + ".pem")).string(),
            .key_file = (folder_ / (stem + ".key")).string()};
  write_certificate(leaf.certificate_file, cert.get());
  Owned<std::FILE> file(std::fopen(leaf.key_file.c_str(), "w"));
  must(file && PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr),
       "cannot write a key");
  return leaf;
}

}  // namespace lockstep::net::testing
