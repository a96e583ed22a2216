// How an app proves itself:
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "sandbox/github_world.hpp"

namespace lockstep::sandbox::github {

namespace {

constexpr std::int64_t kLongest = 600;  ///< seconds that `exp` may lie ahead

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* thing) const {
    Free(thing);
  }
};
using PublicKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free>>;

std::optional<SecretBytes> from_base64url(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return from_base64(text);
}

std::optional<json::value> json_part(const std::string& part) {
  const auto bytes = from_base64url(part);
  if (!bytes) return std::nullopt;
  auto value = parse_json(view(*bytes));
  if (!value || !value->is_object()) return std::nullopt;
  return std::move(*value);
}

bool signed_by(const std::string& pem, std::string_view text, std::string_view signature) {
  const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const PublicKey key(PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, nullptr));
  const Context context(EVP_MD_CTX_new());
  const auto bytes = [](std::string_view of) {
    return reinterpret_cast<const unsigned char*>(of.data());
  };
  return key && EVP_PKEY_is_a(key.get(), "RSA") == 1 &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text),
                          text.size()) == 1;
}

}  // namespace

std::optional<std::string> refuse_jwt(const GitHubApp& app, std::string_view token, Wall now) {
  const auto parts = split(token, '.');
  if (parts.size() != 3) return "A JSON web token could not be decoded";
  const auto header = json_part(parts[0]);
  const auto claims = json_part(parts[1]);
  const auto signature = from_base64url(parts[2]);
  if (!header || !claims || !signature || text_member(*header, "alg") != "RS256" ||
      !signed_by(app.public_key, parts[0] + "." + parts[1], view(*signature))) {
    return "A JSON web token could not be decoded";
  }
  const auto number = int_member(*claims, "iss");
  const auto issuer =
      number ? std::to_string(*number) : std::string(text_member(*claims, "iss").value_or(""));
  if (issuer != app.id && issuer != app.client_id) {
    return "'Issuer' claim ('iss') must be the app's client ID or its id";
  }
  const auto seconds = unix_seconds(now);
  const auto issued = int_member(*claims, "iat");
  if (!issued || *issued > seconds) {
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion "
           "was issued";
  }
  const auto expires = int_member(*claims, "exp");
  if (!expires || *expires <= seconds) {
    return "'Expiration time' claim ('exp') must be a numeric value representing the future time "
           "at which the assertion expires";
  }
  if (*expires > seconds + kLongest) {
    return "'Expiration time' claim ('exp') is too far in the future";
  }
  return std::nullopt;
}

}  // namespace lockstep::sandbox::github
