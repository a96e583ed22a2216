#include "providers/github/sealed_box.hpp"

#include "world.hpp"

namespace lockstep::providers::github {
namespace {

TEST(SealedBox, LibsodiumOpensIt) {
  const KeyPair key(7, "1");
  auto random = lockstep::testing::make_seeded_random(1);
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
  for (const auto& value :
       {std::string(), std::string("x"), every_byte, std::string(48'000, '\xff')}) {
    const auto box = seal(key.open_half, value, *random);
    ASSERT_TRUE(box);
    EXPECT_EQ(box->size(), value.size() + 48);
    EXPECT_EQ(key.opened(view(*box)), value);
    EXPECT_EQ(KeyPair(8, "2").opened(view(*box)), "(not opened)");
  }
}

TEST(SealedBox, IsAnotherOneEachTimeAndTheSameFromTheSameRandomness) {
  const KeyPair key(7, "1");
  auto random = lockstep::testing::make_seeded_random(1);
  auto same = lockstep::testing::make_seeded_random(1);
  const auto first = seal(key.open_half, "value", *random);
  EXPECT_EQ(*first, *seal(key.open_half, "value", *same));
  EXPECT_NE(*first, *seal(key.open_half, "value", *random));
}

TEST(SealedBox, AKeyThatIsNoneSealsNothing) {
  auto random = lockstep::testing::make_seeded_random(1);
  EXPECT_EQ(seal("short", "value", *random).error().kind, ErrorKind::protocol);
  EXPECT_EQ(seal(std::string(32, '\0'), "value", *random).error().kind, ErrorKind::protocol);
}

}  // namespace
}  // namespace lockstep::providers::github
