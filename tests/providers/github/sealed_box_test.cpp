#include "providers/github/sealed_box.hpp"

#include "world.hpp"

namespace lockstep::providers::github {
namespace {

std::string public_half(const KeyPair& key) {
  return {key.open_half.begin(), key.open_half.end()};
}

std::string opened(const KeyPair& key, const SecretBytes& box) {
  std::string out(box.size() - seal_overhead, '\0');
  const int ok = crypto_box_seal_open(reinterpret_cast<unsigned char*>(out.data()),
                                      reinterpret_cast<const unsigned char*>(box.data()),
                                      box.size(), key.open_half.data(), key.secret_half.data());
  return ok == 0 ? out : "(not opened)";
}

TEST(SealedBox, LibsodiumOpensIt) {
  const KeyPair key(7, "1");
  auto random = lockstep::testing::make_seeded_random(1);
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
  for (const auto& value : {std::string(), std::string("x"), every_byte,
                            std::string(48'000, '\xff')}) {
    const auto box = seal(public_half(key), value, *random);
    ASSERT_TRUE(box);
    EXPECT_EQ(box->size(), value.size() + 48);
    EXPECT_EQ(opened(key, *box), value);
    EXPECT_EQ(opened(KeyPair(8, "2"), *box), "(not opened)");
  }
}

TEST(SealedBox, IsAnotherOneEachTimeAndTheSameFromTheSameRandomness) {
  const KeyPair key(7, "1");
  auto random = lockstep::testing::make_seeded_random(1);
  auto same = lockstep::testing::make_seeded_random(1);
  const auto first = seal(public_half(key), "value", *random);
  EXPECT_EQ(*first, *seal(public_half(key), "value", *same));
  EXPECT_NE(*first, *seal(public_half(key), "value", *random));
}

TEST(SealedBox, AKeyThatIsNoneSealsNothing) {
  auto random = lockstep::testing::make_seeded_random(1);
  EXPECT_EQ(seal("short", "value", *random).error().kind, ErrorKind::protocol);
  EXPECT_EQ(seal(std::string(32, '\0'), "value", *random).error().kind, ErrorKind::protocol);
}

}  // namespace
}  // namespace lockstep::providers::github
