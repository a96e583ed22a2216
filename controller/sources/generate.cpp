#include "sources/generate.hpp"

#include <utility>

#include "api/format.hpp"
#include "base/digest.hpp"

namespace lockstep {

namespace {

SecretBytes random_bytes(Random& random, std::size_t size) {
  SecretBytes out(size);
  random.fill({reinterpret_cast<unsigned char*>(out.data()), out.size()});
  return out;
}

SecretBytes hex(const SecretBytes& bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  SecretBytes out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    const auto b = static_cast<unsigned char>(byte);
    out.push_back(digits[b >> 4]);
    out.push_back(digits[b & 15]);
  }
  return out;
}

SecretBytes alphanumeric(Random& random, std::size_t length) {
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  // Bytes above the largest multiple of 62 would favour the first letters: they are not used.
  constexpr unsigned char limit = 256 / alphabet.size() * alphabet.size();
  SecretBytes out;
  out.reserve(length);
  while (out.size() < length) {
    for (const char byte : random_bytes(random, length - out.size())) {
      const auto b = static_cast<unsigned char>(byte);
      if (b < limit) out.push_back(alphabet[b % alphabet.size()]);
    }
  }
  return out;
}

}  // namespace

Secret generate(const api::Generate& wanted, Random& random) {
  const auto bytes = static_cast<std::size_t>(wanted.bytes);
  switch (wanted.encoding) {
    case api::Encoding::Hex:
      return Secret(hex(random_bytes(random, bytes)));
    case api::Encoding::Base64:
      return Secret(to_base64(view(random_bytes(random, bytes))));
    case api::Encoding::Base64URL:
      return Secret(to_base64url(view(random_bytes(random, bytes))));
    case api::Encoding::Alphanumeric:
      return Secret(alphanumeric(random, static_cast<std::size_t>(api::generated_length(wanted))));
  }
  std::unreachable();
}

}  // namespace lockstep
