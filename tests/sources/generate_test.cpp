#include "sources/generate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ranges>

#include "base/digest.hpp"
#include "support/sim.hpp"

namespace lockstep {
namespace {

/// Gives the bytes 0, 1, 2, ... 255, 0, ...
class Counting final : public Random {
 public:
  void fill(std::span<unsigned char> out) override {
    for (auto& byte : out) byte = next_++;
  }

 private:
  unsigned char next_ = 0;
};

std::string make(std::int64_t bytes, api::Encoding encoding, Random& random) {
  return std::string(generate({.bytes = bytes, .encoding = encoding}, random).expose());
}

TEST(Generate, EncodesExactlyTheBytesDrawn) {
  const auto first = [](std::int64_t bytes, api::Encoding encoding) {
    Counting random;
    return make(bytes, encoding, random);
  };
  EXPECT_EQ(first(18, api::Encoding::Hex), "000102030405060708090a0b0c0d0e0f1011");
  EXPECT_EQ(first(4, api::Encoding::Base64), "AAECAw==");
  EXPECT_EQ(first(4, api::Encoding::Base64URL), "AAECAw");
  EXPECT_EQ(first(4, api::Encoding::Alphanumeric), "ABCDEF");
}

TEST(Generate, AlphanumericHasAtLeastTheEntropyAskedFor) {
  const auto random = testing::make_seeded_random(3);
  for (const std::int64_t bytes : {1, 2, 16, 24, 32, 48, 64, 512}) {
    const auto length = make(bytes, api::Encoding::Alphanumeric, *random).size();
    const double wanted = static_cast<double>(bytes) * 8;
    EXPECT_GE(static_cast<double>(length) * std::log2(62.0), wanted) << bytes;
    EXPECT_LT(static_cast<double>(length - 1) * std::log2(62.0), wanted + 0.01) << bytes;
  }
  EXPECT_EQ(make(32, api::Encoding::Alphanumeric, *random).size(), 43u);
}

TEST(Generate, AlphanumericFavoursNoCharacter) {
  // Every byte equally often: without rejection 'A' to 'H' would come 5 times in 4.
  Counting random;
  std::map<char, int> seen;
  for (int i = 0; i < 62; ++i) {
    for (const char c : make(184, api::Encoding::Alphanumeric, random)) ++seen[c];
  }
  ASSERT_EQ(seen.size(), 62u);
  const auto [least, most] = std::ranges::minmax(seen | std::views::values);
  EXPECT_LE(most - least, 5);
}

TEST(Generate, TwoValuesDiffer) {
  const auto random = testing::make_seeded_random(3);
  EXPECT_NE(make(16, api::Encoding::Hex, *random), make(16, api::Encoding::Hex, *random));
}

}  // namespace
}  // namespace lockstep
