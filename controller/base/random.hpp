// Randomness as a seam.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace lockstep {

/// The only source of randomness: ids, jitter, generated values, nonces.
class Random {
 public:
  virtual ~Random() = default;
  /// Fills `out` with bytes fit for keys (the product) or from the seed (simulation).
  virtual void fill(std::span<unsigned char> out) = 0;
};

/// The operating system's generator (OpenSSL's RAND_bytes); ends the process when it fails.
std::unique_ptr<Random> make_system_random();

/// Uniform in [0, bound); bound > 0.
std::uint64_t uniform(Random& random, std::uint64_t bound);
/// `bytes` random bytes as lower-case hex: ids of attempts and requests.
std::string random_hex(Random& random, std::size_t bytes);

}  // namespace lockstep
