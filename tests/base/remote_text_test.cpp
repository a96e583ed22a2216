// S4 for what others wrote: RemoteText is the only way their text gets into ours.
#include "base/remote_text.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/forms.hpp"
#include "base/generators.hpp"
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

TEST(RemoteText, S4IsLeftOutWholeWhenItRepeatsAPartOfAValue) {
  EXPECT_EQ(clean("before <p/w\\ord-99> after", {"p/w\\ord-99"}), left_out_text);
  EXPECT_EQ(clean("other place", {"the"}), left_out_text) << "a hole would tell the value";
  EXPECT_EQ(clean("bad value: sk_live_0123456789", {"sk_live_0123456789abcdef"}), left_out_text);
}

TEST(RemoteText, S4ValueThatOurCutEndsInTheMiddle) {
  EXPECT_EQ(clean("bad value: 0123456789", {"0123456789abcdef"}, 14), left_out_text)
      << "three characters would be shown";
  EXPECT_EQ(clean("bad value: " + std::string(4096, '.') + "0123456789", {"0123456789abcdef"}, 11),
            "bad value: ...")
      << "nothing of the value is near what is shown";
}

TEST(RemoteText, S4LargestValueIsFoundBehindAnyPrefix) {
  const std::string value(64 * 1024, 'v');
  for (const std::size_t before : {0U, 1U, 190U, 70'000U}) {
    const auto text = clean(std::string(before, '.') + value + " tail", {value});
    EXPECT_FALSE(text.contains("vvv")) << before;
  }
}

TEST(RemoteText, S4PropertyNothingOfAPieceOfAValueIsShown) {
  EXPECT_TRUE(rc::check("no piece of five characters is shown", [] {
    const auto value = *rc::gen::container<std::string>(
        24,
        rc::gen::elementOf(std::string("abcdefghijkmnpqrstuvwxyzABCDEFGH0123456789-_/+=\"\\&%<")));
    const auto at = *rc::gen::inRange<std::size_t>(0, value.size() - 5);
    const auto piece = value.substr(at, *rc::gen::inRange<std::size_t>(5, value.size() - at + 1));
    const auto letters =
        std::ranges::count_if(piece, [](unsigned char c) { return std::isalnum(c); });
    RC_PRE(letters >= 5);
    const auto around = *testing::utf8_text();
    for (const auto& form : testing::forms_of(piece)) {
      const auto text = clean(around + " <" + form + "> " + around, {value}, 10'000);
      RC_ASSERT(text == left_out_text);
    }
  }));
}

TEST(RemoteText, S4PropertyWhatSharesNothingIsShown) {
  EXPECT_TRUE(rc::check("text of another script stays", [] {
    const auto value = *rc::gen::container<std::string>(40, rc::gen::inRange('!', '~'));
    std::string text;
    for (const auto& letter : *rc::gen::container<std::vector<std::string>>(
             rc::gen::elementOf(std::vector<std::string>{"т", "е", "к", "с", " ", ".", ":"}))) {
      text += letter;
    }
    RC_ASSERT(clean(text, {value}) == clean(text));
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

TEST(Folded, IsTheLowerCaseOfManyScriptsAndAsciiForFullWidthForms) {
  struct Pair {
    std::uint32_t from, to;
  };
  for (const auto& [from, to] : std::vector<Pair>{
           {'A', 'a'},     {'Z', 'z'},     {'@', '@'},     {'[', '['},        {0xC0, 0xE0},
           {0xD7, 0xD7},   {0xDE, 0xFE},   {0x100, 0x101}, {0x101, 0x101},    {0x139, 0x13A},
           {0x13A, 0x13A}, {0x178, 0xFF},  {0x17D, 0x17E}, {0x386, 0x3AC},    {0x388, 0x3AD},
           {0x38C, 0x3CC}, {0x38F, 0x3CE}, {0x3A9, 0x3C9}, {0x3C2, 0x3C3},    {0x401, 0x451},
           {0x42F, 0x44F}, {0x4C1, 0x4C2}, {0x531, 0x561}, {0x1E00, 0x1E01},  {0x212A, 'k'},
           {0xFF10, '0'},  {0xFF21, 'a'},  {0xFF5E, '~'},  {0x1F600, 0x1F600}}) {
    EXPECT_EQ(folded(from), to) << std::hex << from;
    EXPECT_EQ(folded(to), to) << std::hex << to;
  }
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
