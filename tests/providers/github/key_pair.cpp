#include <sodium.h>

#include "world.hpp"

namespace lockstep::providers::github {

namespace {

unsigned char* octets(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

KeyPair::KeyPair(unsigned char seed_byte, std::string key_id)
    : id(std::move(key_id)),
      open_half(crypto_box_PUBLICKEYBYTES, '\0'),
      secret_half(crypto_box_SECRETKEYBYTES, '\0') {
  const std::vector<unsigned char> seed(crypto_box_SEEDBYTES, seed_byte);
  crypto_box_seed_keypair(octets(open_half), octets(secret_half), seed.data());
}

std::string KeyPair::answer() const {
  return R"({"key_id":")" + id + R"(","key":")" + std::string(view(to_base64(open_half))) + "\"}";
}

std::string KeyPair::opened(std::string_view box) const {
  if (box.size() < crypto_box_SEALBYTES) return "(not opened)";
  std::string out(box.size() - crypto_box_SEALBYTES, '\0');
  const int failed = crypto_box_seal_open(octets(out), octets(box), box.size(),
                                          octets(std::string_view(open_half)),
                                          octets(std::string_view(secret_half)));
  return failed == 0 ? out : "(not opened)";
}

std::string KeyPair::open(const std::string& body) const {
  const auto document = parse_json(body).value();
  if (text_member(document, "key_id") != id) return "(another key_id)";
  return opened(view(from_base64(*text_member(document, "encrypted_value")).value()));
}

}  // namespace lockstep::providers::github
