#include "base/random.hpp"

#include <openssl/rand.h>

#include <cstdlib>
#include <vector>

#include "base/digest.hpp"

namespace lockstep {

namespace {
class SystemRandom final : public Random {
 public:
  void fill(std::span<unsigned char> out) override {
    if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();
  }
};
}  // namespace

std::unique_ptr<Random> make_system_random() {
  return std::make_unique<SystemRandom>();
}

std::uint64_t uniform(Random& random, std::uint64_t bound) {
  // Draws above the largest multiple of `bound` would favour small results: drawn again.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    unsigned char bytes[8];
    random.fill(bytes);
    std::uint64_t drawn = 0;
    for (auto b : bytes) drawn = drawn << 8 | b;
    if (drawn < limit) return drawn % bound;
  }
}

std::string random_hex(Random& random, std::size_t bytes) {
  std::vector<unsigned char> raw(bytes);
  random.fill(raw);
  return to_hex({reinterpret_cast<const char*>(raw.data()), raw.size()});
}

}  // namespace lockstep
