#include "base/digest.hpp"

#include <rapidcheck.h>

namespace lockstep {
namespace {

std::string base64(std::string_view bytes) {
  return std::string(view(to_base64(bytes)));
}
std::optional<std::string> decoded(std::string_view text) {
  const auto bytes = from_base64(text);
  if (!bytes) return std::nullopt;
  return std::string(view(*bytes));
}

// https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values
TEST(Sha256, KnownVectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha1, KnownVectors) {
  EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

// RFC 2104 over the length-prefixed parts, computed with Python's hmac module.
TEST(HmacSha256, KnownVectorsWithLengthsBeforeTheParts) {
  const Secret key("0123456789abcdef0123456789abcdef");
  const std::vector<std::string_view> parts = {"v1", "cms", "flyApp/molecule-cp", "API_KEY",
                                               "value"};
  EXPECT_EQ(hmac_sha256_hex(key, parts),
            "033033d6bd72463270a4daae74563e43bd0a4cb35da5a025393d667056dd03f6");
  EXPECT_EQ(hmac_sha256_hex(key, {}),
            "796cd3078af14636753d26b3b5555422ff55a3e261cf847b48e95371b9bd0aa2");
}

TEST(HmacSha256, WhereAPartEndsMatters) {
  const Secret key("0123456789abcdef0123456789abcdef");
  const std::vector<std::string_view> one = {"ab", "c"}, two = {"a", "bc"}, three = {"abc"},
                                      four = {"abc", ""};
  const std::set<std::string> all = {hmac_sha256_hex(key, one), hmac_sha256_hex(key, two),
                                     hmac_sha256_hex(key, three), hmac_sha256_hex(key, four),
                                     hmac_sha256_hex(Secret("other"), one)};
  EXPECT_EQ(all.size(), 5U);
}

TEST(EqualDigests, ComparesAllOfBoth) {
  EXPECT_TRUE(equal_digests("abcd", "abcd"));
  EXPECT_FALSE(equal_digests("abcd", "abce"));
  EXPECT_FALSE(equal_digests("abcd", "abc"));
  EXPECT_TRUE(equal_digests("", ""));
}

TEST(Hex, IsLowerCase) {
  EXPECT_EQ(to_hex(std::string_view("\0\x7f\xff", 3)), "007fff");
}

// RFC 4648, section 10.
TEST(Hex, IsReadInEitherCase) {
  EXPECT_EQ(from_hex("00fFaB"), to_bytes(std::string_view("\0\xFF\xAB", 3)));
  EXPECT_EQ(from_hex(""), SecretBytes());
  for (const auto* text : {"0", "0g", "0x", " 00", "000"}) EXPECT_FALSE(from_hex(text)) << text;
}

TEST(Base64, KnownVectors) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(base64(plain), text);
    EXPECT_EQ(decoded(text), plain);
  }
  EXPECT_EQ(view(to_base64url("\xfb\xff\xfe")), "-__-");
  EXPECT_EQ(view(to_base64url("f")), "Zg");
}

TEST(Base64, RefusesWhatIsNotExactlyBase64) {
  for (const auto* text :
       {"Zg", "Zg=", "Zg===", "=Zg=", "Z===", "====", "Zm9v=", "Zm 9", "Zm9v\n", "Zm9-", "Zm9_",
        "Zg==Zg==", "Zm=v", "Zh==", "Zm9=", "\xC3\xA9\xC3\xA9"}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

TEST(Base64, PropertyDecodeInvertsEncode) {
  EXPECT_TRUE(rc::check(
      "round trip", [](const std::string& bytes) { RC_ASSERT(decoded(base64(bytes)) == bytes); }));
}

TEST(Base64, PropertyEachListOfBytesHasOneText) {
  EXPECT_TRUE(rc::check("what is accepted is what would be written", [] {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("AQgZ9+/=")));
    if (const auto bytes = decoded(text)) RC_ASSERT(base64(*bytes) == text);
  }));
}

}  // namespace
}  // namespace lockstep
