// S4 for what others wrote: RemoteText is the only way their text gets into ours.
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/generators.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/unicode.hpp"

namespace lockstep {
namespace {

std::string clean(std::string_view bytes, std::vector<std::string_view> secrets = {},
                  std::size_t limit = 200) {
  return RemoteText::from(bytes, secrets, limit).text();
}

TEST(RemoteText, KeepsOrdinaryText) {
  EXPECT_EQ(clean("workers.api.error.script_not_found: é 😀"),
            "workers.api.error.script_not_found: é 😀");
  EXPECT_TRUE(RemoteText().empty());
  EXPECT_TRUE(RemoteText::from("", {}).empty());
}

TEST(RemoteText, CutsAtACharacterAndSaysSo) {
  EXPECT_EQ(clean("abcdef", {}, 3), "abc...");
  EXPECT_EQ(clean("aéé", {}, 4), "aé...");
  EXPECT_EQ(clean("abc", {}, 3), "abc");
}

TEST(RemoteText, S4ControlAndBidirectionalCharactersAreGone) {
  EXPECT_EQ(clean("a\x1b[31mb\r\nc\x7F"
                  "d\x9B"
                  "e"),
            "a [31mb  c d e");
  EXPECT_EQ(clean("a\xC2\x9B"
                  "b\xE2\x80\xAE"
                  "c\xE2\x81\xA6"
                  "d\xEF\xBB\xBF"
                  "e\xE2\x80\xA8"
                  "f"),
            "a b c d e f");
  EXPECT_EQ(clean("\xF3\xA0\x81\x81\xC2\xAD"
                  "x"),
            "  x")
      << "tag character, soft hyphen";
  EXPECT_EQ(clean("\xC0\xAF \xED\xA0\x80 \xF5"), std::string(8, ' ')) << "not UTF-8";
}

TEST(RemoteText, S4RemovesAValueInEveryForm) {
  const std::string value = "p/w\"\\\n\t&é+~ ü=1";
  for (const std::string& shown : {
           value,
           std::string(R"(p/w\"\\\n\t&é+~ ü=1)"),
           std::string(R"(p\/w\u0022\u005C\u000A\u0009\u0026\u00e9+~ \u00FC=1)"),
           std::string(view(to_base64(value))),
           std::string(view(to_base64url(value))),
           percent_encode(value),
           to_lower(percent_encode(value)),
           std::string("p%2fw%22%5C%0a%09%26\xC3\xA9+~ %c3%bc=1"),
       }) {
    EXPECT_EQ(clean("before <" + shown + "> after", {value}), "before <[removed]> after") << shown;
  }
}

TEST(RemoteText, S4JsonSurrogatePairsAreOneCharacter) {
  EXPECT_EQ(clean(R"(x \uD83D\uDE00-key y)", {"😀-key"}), "x [removed] y");
  EXPECT_EQ(clean(R"(\uD83D x)", {"😀-key"}), R"(\uD83D x)");
}

TEST(RemoteText, S4EveryOccurrenceOfEveryValueGoes) {
  EXPECT_EQ(clean("one two one", {"one", "two"}), "[removed] [removed] [removed]");
}

TEST(RemoteText, S4ValueInsideAnotherValueLeavesNoRemainder) {
  for (const auto& order : {std::vector<std::string_view>{"abc", "abcdef"},
                            std::vector<std::string_view>{"abcdef", "abc"}}) {
    EXPECT_EQ(clean("<abcdef>", order), "<[removed]>");
  }
  EXPECT_EQ(clean("<abcdef>", {"abcd", "cdef"}), "<[removed]>") << "overlapping values";
}

TEST(RemoteText, S4ValueThatOurCutOrTheirsEndsInTheMiddle) {
  EXPECT_EQ(clean("bad value: sk_live_0123456789", {"sk_live_0123456789abcdef"}),
            "bad value: [removed]");
  EXPECT_EQ(clean(R"({"v":"line\nsec)", {"line\nsecond"}), R"({"v":"[removed])");
}

TEST(RemoteText, S4LargestValueIsFoundBehindAnyPrefix) {
  const std::string value(64 * 1024, 'v');
  for (const std::size_t before : {0U, 1U, 190U, 70'000U}) {
    const auto text = clean(std::string(before, '.') + value + " tail", {value});
    EXPECT_FALSE(text.contains("vvv")) << before;
  }
  std::string copies;
  const auto odd = std::string(60'000, 'q') + "z";
  for (int i = 0; i < 20; ++i) copies += odd;
  EXPECT_FALSE(clean(copies, {odd}).contains("qqq")) << "our own bound cut one of them";
}

TEST(RemoteText, S4ShortValuesDoNotBlankOutWords) {
  EXPECT_EQ(clean("a nice day", {"a", "ni", ""}), "a nice day");
}

TEST(RemoteText, S4PropertyNoFormOfAValueSurvives) {
  EXPECT_TRUE(rc::check("no form survives", [] {
    const auto value = "key" + *testing::utf8_text();
    const auto around = *testing::utf8_text();
    JsonWriter writer;
    const std::vector<std::string> forms = {value, std::string(view(writer.string(value).take())),
                                            std::string(view(to_base64(value))),
                                            percent_encode(value)};
    const auto& form = forms[*rc::gen::inRange<std::size_t>(0, forms.size())];
    const auto text = clean(around + form + around, {value}, 10'000);
    RC_ASSERT(!text.contains(value));
    RC_ASSERT(!text.contains(form));
    RC_ASSERT(is_utf8(text));
  }));
}

TEST(RemoteText, S4PropertyAnyBytesBecomeOneHarmlessBoundedLine) {
  EXPECT_TRUE(rc::check("harmless and bounded", [](const std::string& bytes) {
    const auto limit = *rc::gen::inRange<std::size_t>(0, 64);
    const auto text = clean(bytes, {}, limit);
    RC_ASSERT(text.size() <= limit + 3);
    RC_ASSERT(only_harmless(text, "") == text);
  }));
}

TEST(OnlyHarmless, ReplacesEachHarmfulCharacterOnce) {
  EXPECT_EQ(only_harmless("a\x1b"
                          "b\xE2\x80\xAE"
                          "c\xFF",
                          "?"),
            "a?b?c?");
  EXPECT_EQ(only_harmless("é😀", "?"), "é😀");
}

TEST(FirstCodePoint, ReadsOneCharacterOfAnyLength) {
  EXPECT_EQ(first_code_point("A").value, 0x41U);
  EXPECT_EQ(first_code_point("éx").value, 0xE9U);
  EXPECT_EQ(first_code_point("€x").value, 0x20ACU);
  EXPECT_EQ(first_code_point("😀x").value, 0x1F600U);
  EXPECT_EQ(first_code_point("😀x").length, 4U);
  EXPECT_EQ(first_code_point("\x80").length, 0U);
  EXPECT_EQ(first_code_point("").length, 0U);
}

}  // namespace
}  // namespace lockstep
