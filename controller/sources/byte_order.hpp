// Big-endian numbers in the keyring's bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"

namespace lockstep {

/// Appends the lowest `Size` bytes of `number`, the highest of them first.
template <std::size_t Size>
void put_number(SecretBytes& out, std::uint64_t number) {
  for (std::size_t i = Size; i-- > 0;) out.push_back(static_cast<char>(number >> (8 * i)));
}

/// All of `bytes` (at most 8) as one number.
inline std::uint64_t get_number(std::string_view bytes) {
  std::uint64_t out = 0;
  for (const char byte : bytes) out = out << 8 | static_cast<unsigned char>(byte);
  return out;
}

}  // namespace lockstep
