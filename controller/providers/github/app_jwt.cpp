#include "providers/github/app_jwt.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "base/digest.hpp"
#include "base/json.hpp"

namespace lockstep::providers::github {

namespace {

template <auto free_it>
struct Freed {
  template <class T>
  void operator()(T* p) const {
    free_it(p);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

/// Without it OpenSSL would ask for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

Key read_key(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return nullptr;
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return nullptr;
  return key;
}

SecretBytes sign(EVP_PKEY* key, std::string_view text) {
  const Digest digest(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size()) != 1) {
    return {};
  }
  SecretBytes out(size);
  if (EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes,
                     text.size()) != 1) {
    return {};
  }
  out.resize(size);
  return out;
}

SecretBytes claims(std::string_view app_id, Wall now) {
  const auto seconds = std::chrono::floor<Seconds>(now).time_since_epoch().count();
  JsonWriter out;
  out.begin_object().key("iat").integer(seconds - 60).key("exp").integer(seconds + 9 * 60);
  return out.key("iss").string(app_id).end_object().take();
}

}  // namespace

Result<Secret> app_jwt(std::string_view app_id, const Secret& private_key, Wall now) {
  constexpr std::size_t largest_key = 64 * 1024;
  const auto pem = private_key.expose();
  const auto key = pem.size() <= largest_key ? read_key(pem) : nullptr;
  auto text = to_base64url(R"({"alg":"RS256","typ":"JWT"})");
  append(text, ".");
  append(text, view(to_base64url(view(claims(app_id, now)))));
  const auto signature = key ? sign(key.get(), view(text)) : SecretBytes{};
  ERR_clear_error();
  if (signature.empty()) {
    return fail(ErrorKind::unauthorized,
                "the GitHub App's private key is no RSA key in PEM form without a passphrase: "
                "store the whole .pem file that the App's settings page gave");
  }
  append(text, ".");
  append(text, view(to_base64url(view(signature))));
  return Secret(std::move(text));
}

}  // namespace lockstep::providers::github
