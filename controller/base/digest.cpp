#include "base/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdlib>

namespace lockstep {

namespace {
constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const unsigned char* octets(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

SecretBytes encode64(std::string_view bytes, std::string_view alphabet, bool pad) {
  SecretBytes out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= n) {
        out.push_back(alphabet[group >> (18 - 6 * k) & 63]);
      } else if (pad) {
        out.push_back('=');
      }
    }
  }
  return out;
}
}  // namespace

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (unsigned char b : bytes) {
    out += digits[b >> 4];
    out += digits[b & 15];
  }
  return out;
}

namespace {
std::string digest_hex(const char* algorithm, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  std::size_t size = 0;
  if (EVP_Q_digest(nullptr, algorithm, nullptr, bytes.data(), bytes.size(), out.data(), &size) !=
      1) {
    std::abort();
  }
  return to_hex({reinterpret_cast<const char*>(out.data()), size});
}
}  // namespace

std::optional<SecretBytes> from_hex(std::string_view text) {
  const auto digit = [](char c) -> std::optional<unsigned> {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
  };
  if (text.size() % 2 != 0) return std::nullopt;
  SecretBytes out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = digit(text[i]), low = digit(text[i + 1]);
    if (!high || !low) return std::nullopt;
    out.push_back(static_cast<char>(*high << 4 | *low));
  }
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  return digest_hex("SHA256", bytes);
}

std::string sha1_hex(std::string_view bytes) {
  return digest_hex("SHA1", bytes);
}

std::string hmac_sha256_hex(const Secret& key, std::span<const std::string_view> parts) {
  SecretBytes input;
  std::size_t total = 0;
  for (auto part : parts) total += 8 + part.size();
  input.reserve(total);
  for (auto part : parts) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      input.push_back(static_cast<char>(std::uint64_t{part.size()} >> shift));
    }
    append(input, part);
  }
  std::array<unsigned char, 32> out{};
  std::size_t size = 0;
  if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.expose().data(), key.size(),
                octets(view(input)), input.size(), out.data(), out.size(), &size) == nullptr) {
    std::abort();
  }
  return to_hex({reinterpret_cast<const char*>(out.data()), out.size()});
}

bool equal_digests(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

SecretBytes to_base64(std::string_view bytes) {
  return encode64(bytes, standard_alphabet, true);
}
SecretBytes to_base64url(std::string_view bytes) {
  return encode64(bytes, url_alphabet, false);
}

std::optional<SecretBytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  SecretBytes out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::size_t digit = 0;
    if (i < text.size() - padding) {
      digit = standard_alphabet.find(text[i]);
      if (digit == std::string_view::npos) return std::nullopt;
    }
    group = group << 6 | static_cast<std::uint32_t>(digit);
    if (i % 4 == 3) {
      const std::size_t n = i + 1 == text.size() ? 3 - padding : 3;
      // Bits that no byte takes are zero, so that each list of bytes has one text (RFC 4648, 3.5).
      if ((group & ((1U << 8 * (3 - n)) - 1)) != 0) return std::nullopt;
      for (std::size_t k = 0; k < n; ++k) out.push_back(static_cast<char>(group >> (16 - 8 * k)));
      group = 0;
    }
  }
  return out;
}

}  // namespace lockstep
