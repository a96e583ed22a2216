#include "api/format.hpp"

#include <gtest/gtest.h>

namespace lockstep::api {
namespace {

std::string problem(const Format& format, std::string_view value) {
  return format_problem(format, value).value_or("");
}

TEST(Format, Lengths) {
  const Format format{.min_length = 3, .max_length = 4};
  EXPECT_EQ(problem(format, "ab"), "is shorter than 3 bytes");
  EXPECT_EQ(problem(format, "abcde"), "is longer than 4 bytes");
  EXPECT_EQ(problem(format, "abcd"), "");
}

TEST(Format, EncodedBytes) {
  const Format hex{.hex_bytes = 2};
  EXPECT_EQ(problem(hex, "00fF"), "");
  EXPECT_EQ(problem(hex, "00f"), "is not 4 hexadecimal digits");
  EXPECT_EQ(problem(hex, "00fg"), "is not 4 hexadecimal digits");
  const Format base64{.base64_bytes = 4};
  EXPECT_EQ(problem(base64, "AAECAw=="), "");
  EXPECT_EQ(problem(base64, "AAECAw"), "is not the base64 of 4 bytes");
  EXPECT_EQ(problem(base64, "AAEC"), "is not the base64 of 4 bytes");
}

TEST(Format, WordsNeverQuoteTheValue) {  // S4
  EXPECT_EQ(problem({.pattern = "[a-z]+"}, "Secret1"), "does not match its pattern");
  EXPECT_EQ(problem({.prefix = {{"sk_live_", "rk_live_"}}}, "sk_test_x"),
            "does not start with sk_live_ or rk_live_");
  EXPECT_EQ(problem({.one_of = {{"a", "b"}}}, "hunter2"), "is none of the 2 allowed values");
  EXPECT_EQ(problem({.one_of = {{"a", "b"}}}, "b"), "");
}

TEST(Format, Urls) {
  const Format any{.url = UrlFormat{}}, https{.url = UrlFormat{.schemes = {"https"}}};
  EXPECT_EQ(problem(any, "postgres://u:p@h/db"), "");
  EXPECT_EQ(problem(https, "https://login.example.com/x?y#z"), "");
  EXPECT_EQ(problem(https, "http://login.example.com"), "is a URL of another scheme than https");
  EXPECT_EQ(problem(any, "login.example.com"), "is not a URL");
  EXPECT_EQ(problem(any, "https://"), "is a URL without a host");
  EXPECT_EQ(problem(any, "https://a b"), "is not a URL");
  EXPECT_EQ(problem(any, "://x"), "is not a URL");
}

TEST(Format, Emails) {
  const Format plain{.email = EmailFormat{}}, named{.email = EmailFormat{.allow_name = true}};
  EXPECT_EQ(problem(plain, "noreply@moleculesai.app"), "");
  EXPECT_EQ(problem(named, "Molecule AI <noreply@moleculesai.app>"), "");
  EXPECT_EQ(problem(named, "noreply@moleculesai.app"), "");
  EXPECT_NE(problem(plain, "Molecule AI <noreply@moleculesai.app>"), "");
  for (const auto text : {"a", "a@b", "@b.c", "a@b..c", "a b@c.d", "a@b@c.d", "a@.c", ""}) {
    EXPECT_NE(problem(plain, text), "") << text;
  }
  EXPECT_NE(problem(named, "A\nB <a@b.c>"), "");
}

TEST(Format, UuidAndJson) {
  const Format uuid{.uuid = EmptyFormat{}}, json{.json = EmptyFormat{}};
  EXPECT_EQ(problem(uuid, "550e8400-e29b-41d4-a716-446655440000"), "");
  EXPECT_EQ(problem(uuid, "550e8400e29b41d4a716446655440000"), "is not a UUID");
  EXPECT_EQ(problem(json, R"({"a": [1]})"), "");
  EXPECT_EQ(problem(json, "{a}"), "is not JSON");
}

// S15: a value may be 64 KiB and its pattern comes from a pull request.
TEST(Format, LongValuesAndHostilePatternsEnd) {
  const std::string value(65'536, 'a');
  EXPECT_EQ(problem({.pattern = "(a|aa)*"}, value), "");
  EXPECT_EQ(problem({.pattern = "(a*)*b"}, value), "does not match its pattern");
  EXPECT_EQ(problem({.json = EmptyFormat{}}, std::string(65'536, '[')), "is not JSON");
}

TEST(Format, KnowsWhatGenerateMakes) {
  EXPECT_EQ(generated_length({.bytes = 32, .encoding = Encoding::Hex}), 64);
  EXPECT_EQ(generated_length({.bytes = 32, .encoding = Encoding::Base64}), 44);
  EXPECT_EQ(generated_length({.bytes = 32, .encoding = Encoding::Base64URL}), 43);
  EXPECT_EQ(generated_length({.bytes = 48, .encoding = Encoding::Base64URL}), 64);
  EXPECT_EQ(generated_length({.bytes = 20, .encoding = Encoding::Alphanumeric}), 27);
  EXPECT_FALSE(impossible_generated({.bytes = 32, .encoding = Encoding::Hex}, {.hex_bytes = 32}));
}

}  // namespace
}  // namespace lockstep::api
