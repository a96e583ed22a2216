#include "base/random.hpp"

#include <cmath>

#include "support/sim.hpp"

namespace lockstep {
namespace {

/// Gives the bytes it was told, and fails the test when asked for more.
class Told final : public Random {
 public:
  explicit Told(std::vector<std::uint64_t> draws) : draws_(std::move(draws)) {}
  void fill(std::span<unsigned char> out) override {
    ASSERT_EQ(out.size(), 8U);
    ASSERT_FALSE(draws_.empty());
    for (std::size_t i = 0; i < 8; ++i) {
      out[i] = static_cast<unsigned char>(draws_.front() >> (56 - 8 * i));
    }
    draws_.erase(draws_.begin());
  }
  std::vector<std::uint64_t> draws_;
};

TEST(Uniform, DrawsAgainWhereTheRestWouldFavourSmallResults) {
  // 2^64 = 3 * k + 1: only the very top must be refused.
  Told random({UINT64_MAX, 7});
  EXPECT_EQ(uniform(random, 3), 1U);
  EXPECT_TRUE(random.draws_.empty());
}

TEST(Uniform, OneHasOneAnswer) {
  Told random({12345});
  EXPECT_EQ(uniform(random, 1), 0U);
}

TEST(Uniform, EveryResultIsAboutEquallyFrequent) {
  const auto random = testing::make_seeded_random(7);
  for (const std::uint64_t bound : {2U, 3U, 10U, 62U}) {
    std::vector<std::size_t> seen(bound);
    const std::size_t draws = 1000 * bound;
    for (std::size_t i = 0; i < draws; ++i) ++seen.at(uniform(*random, bound));
    double chi_square = 0;
    for (const auto n : seen) {
      const double off = static_cast<double>(n) - 1000.0;
      chi_square += off * off / 1000.0;
    }
    // Mean bound - 1, variance 2 (bound - 1): six deviations above would be no accident.
    const auto freedom = static_cast<double>(bound - 1);
    EXPECT_LT(chi_square, freedom + 6 * std::sqrt(2 * freedom)) << bound;
  }
}

TEST(RandomHex, HasTwoDigitsAByte) {
  const auto random = testing::make_seeded_random(1);
  EXPECT_EQ(random_hex(*random, 0), "");
  const auto id = random_hex(*random, 8);
  EXPECT_THAT(id, ::testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_NE(id, random_hex(*random, 8));
}

TEST(SeededRandom, OneSeedIsOneStream) {
  EXPECT_EQ(random_hex(*testing::make_seeded_random(5), 32),
            random_hex(*testing::make_seeded_random(5), 32));
  EXPECT_NE(random_hex(*testing::make_seeded_random(5), 32),
            random_hex(*testing::make_seeded_random(6), 32));
}

TEST(SystemRandom, FillsEveryByteAnewEachTime) {
  const auto random = make_system_random();
  EXPECT_NE(random_hex(*random, 32), random_hex(*random, 32));
  random->fill({});
}

}  // namespace
}  // namespace lockstep
