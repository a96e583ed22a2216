// S4: a text tells a value when it has five characters in a row of it, in whatever form.
#include "base/repeats.hpp"

#include <gtest/gtest.h>

#include "base/forms.hpp"

namespace lockstep {
namespace {

bool repeats(std::string_view text, std::vector<std::string_view> secrets) {
  return repeats_a_part(text, secrets);
}

TEST(Repeats, S4EveryFormOfAPieceOfFiveCharacters) {
  const std::string value = "Qz7pLm-4kT_wX2/bN";
  for (std::size_t at = 0; at + 7 <= value.size(); ++at) {
    for (const auto& form : testing::forms_of(value.substr(at, 7))) {
      EXPECT_TRUE(repeats("the value <" + form + "> is refused", {value})) << form;
    }
  }
}

TEST(Repeats, S4ElevenOfTwelveCharactersAndADashInTheMiddle) {
  EXPECT_TRUE(repeats("no: kX9vT2mQ8zR", {"kX9vT2mQ8zRw"}));
  EXPECT_TRUE(repeats("no: kX9vT2mQ8zR-w4LpB7nJc3", {"kX9vT2mQ8zRw4LpB7nJc3"}));
  EXPECT_TRUE(repeats("no: k&#88;9vT2", {"kX9vT2mQ8zRw"})) << "one character escaped";
}

TEST(Repeats, FourCharactersInARowTellNothing) {
  EXPECT_FALSE(repeats("no: kX9v and T2mQ", {"kX9vT2mQ8zRw"}));
  EXPECT_FALSE(repeats("no: X9vT", {"kX9vT2mQ8zRw"}));
  EXPECT_TRUE(repeats("no: X9vT2", {"kX9vT2mQ8zRw"}));
}

TEST(Repeats, OrdinaryTextsShareNothing) {
  const std::vector<std::string_view> values = {"sk_live_51MzQ8vT2mKxFAKE",
                                                "postgres://shop:Qz7pLm4kT@db.internal/shop",
                                                "0f3a9c1e7b5d2846a0f3c9e1b7d52486"};
  for (const std::string text :
       {"workers.api.error.script_not_found", "Authentication error",
        "Secret name STRIPE_API_KEY is invalid: names must match [A-Z_]+",
        "You have exceeded a secondary rate limit (request 4c1f:93d3c:4cab943)",
        "could not find app \"molecule-cp\"", "machine e2865013d96989 is not leased",
        "alice@example.com made it on 2026-11-22T18:13:19Z"}) {
    EXPECT_FALSE(repeats(text, values)) << text;
  }
}

TEST(Repeats, S4OfAShortValueTheWholeCounts) {
  EXPECT_TRUE(repeats("other place", {"the"})) << "three, anywhere";
  EXPECT_TRUE(repeats("pin 4 7 1 1", {"4711"}));
  EXPECT_TRUE(repeats("pin NDcxMQ==", {"4711"}));
  EXPECT_TRUE(repeats("pin 34373131", {"4711"}));
  EXPECT_TRUE(repeats("pin [52 55 49 49]", {"4711"}));
  EXPECT_FALSE(repeats("pin 471", {"4711"}));
}

TEST(Repeats, S4OneOrTwoCharactersCountAsAWord) {
  EXPECT_TRUE(repeats("value \"a1\" is too short", {"a1"}));
  EXPECT_TRUE(repeats("value A1", {"a1"}));
  EXPECT_TRUE(repeats("value \\u00611 is", {"a1"}));
  EXPECT_TRUE(repeats("value YTE= is", {"a1"}));
  EXPECT_FALSE(repeats("machine 4a19", {"a1"})) << "nobody can tell that it is the value";
  EXPECT_FALSE(repeats("a nice day", {"", "ni"}));
}

TEST(Repeats, S4ValuesOfOtherCharactersThanLetters) {
  EXPECT_TRUE(repeats("no: #$%^&*( here", {"!@#$%^&*()_+"}));
  EXPECT_TRUE(repeats("no: -*- here", {"-*-"}));
  EXPECT_FALSE(repeats("no: - here", {"-*-"}));
  EXPECT_FALSE(repeats("no: here     there", {"{\n     \"k\": 1}"})) << "blanks tell nothing";
  EXPECT_FALSE(repeats("a text", {" "}));
}

TEST(Repeats, S4ValuesBeyondAscii) {
  EXPECT_TRUE(repeats("нет: пароль", {"мой-пароль-7"}));
  EXPECT_TRUE(repeats("нет: п а р о л ь", {"мой-пароль-7"}));
  EXPECT_TRUE(repeats("no: sec\xC2\xA0ret\xE2\x80\x8Bvalue", {"secretvalue"}));
  EXPECT_TRUE(repeats("no: \\u043f\\u0430\\u0440\\u043e\\u043b\\u044c", {"пароль"}));
  EXPECT_FALSE(repeats("нет: другое слово", {"мой-пароль-7"}));
}

TEST(Repeats, S4CaseAndWidthOfOtherLettersThanAscii) {
  EXPECT_TRUE(repeats("нет: ПАРОЛЬ", {"мой-пароль-7"}));
  EXPECT_TRUE(repeats("non: ÉTÉÂGÉ", {"étéâgé-7"}));
  EXPECT_TRUE(repeats("no: ５１９２８ here", {"751928"})) << "full-width digits";
  EXPECT_TRUE(repeats("no: 751928 here", {"７５１９２８"})) << "a value that has them itself";
}

TEST(Repeats, S4WhatAnEncodedValueStandsFor) {
  EXPECT_TRUE(repeats("no: user-7:Qz7pLm4kT", {"dXNlci03OlF6N3BMbTRrVA=="}));
  EXPECT_TRUE(repeats("no: user-7:Qz7pLm4kT", {"dXNlci03OlF6N3BMbTRrVA"})) << "unpadded";
  EXPECT_TRUE(repeats("no: user-7:Qz7pLm4kT", {"757365722D373A517A37704C6D346B54"}));
  EXPECT_TRUE(repeats("key D3:5C:9A:1E is", {"01yaHg+4c2k="})) << "its bytes in hexadecimal";
  EXPECT_TRUE(repeats("no: a_b>c?d", {"YV9iPmM_ZA"})) << "the alphabet of URLs";
  EXPECT_FALSE(
      repeats("could not find it (or the token may not see it): )", {"shop", "kX9vT2mQ8zRw"}))
      << "what nobody encoded";
}

TEST(Repeats, S4ValuesThatHoldEscapesThemselves) {
  EXPECT_TRUE(repeats("no: pa\\nss&amp;word", {"pa\\nss&word"}));
  EXPECT_TRUE(repeats("no: AT&T;def", {"AT&T;def"}));
}

TEST(Repeats, S4ValuesTooLargeToCompareCountAsRepeated) {
  const std::string half(300 * 1024, 'v');
  EXPECT_FALSE(repeats("text", {half}));
  EXPECT_TRUE(repeats("text", {half, half}));
}

TEST(Repeats, WithoutTextOrValuesThereIsNothingToTell) {
  EXPECT_FALSE(repeats("", {"kX9vT2mQ8zRw"}));
  EXPECT_FALSE(repeats("anything at all", {}));
}

}  // namespace
}  // namespace lockstep
