#include "base/dotenv.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "support/sim.hpp"

namespace lockstep {
namespace {

std::map<std::string, std::string> read(std::string_view text) {
  const auto parsed = parse_dotenv(text, "a.env");
  if (!parsed) {
    ADD_FAILURE() << describe(parsed.error());
    return {};
  }
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : parsed->values) out[name] = value.expose();
  return out;
}

using Values = std::map<std::string, std::string>;

TEST(Dotenv, ReadsPlainLines) {
  EXPECT_EQ(read(""), Values());
  EXPECT_EQ(read("A=1\nB=two words  \n\n  C = spaced\t\nD=last"),
            (Values{{"A", "1"}, {"B", "two words"}, {"C", "spaced"}, {"D", "last"}}));
  EXPECT_EQ(read("URL=postgres://u:p@h/db?sslmode=require&x=1"),
            (Values{{"URL", "postgres://u:p@h/db?sslmode=require&x=1"}}));
}

TEST(Dotenv, ReadsBlankValues) {
  EXPECT_EQ(read("A=\nB= \nC=\"\"\nD=''\nE=``\nF= # none"),
            (Values{{"A", ""}, {"B", ""}, {"C", ""}, {"D", ""}, {"E", ""}, {"F", ""}}));
}

TEST(Dotenv, ReadsExport) {
  EXPECT_EQ(read("export A=1\nexport\tB=2\nexport=3\nexport =4\nexportC=5"),
            (Values{{"A", "1"}, {"B", "2"}, {"export", "4"}, {"exportC", "5"}}));
}

TEST(Dotenv, ReadsComments) {
  EXPECT_EQ(read("# one\n  # two\nA=1 # three\nB='# no' # four\nC=\"# no\"# five\nD=x\t#six#seven"),
            (Values{{"A", "1"}, {"B", "# no"}, {"C", "# no"}, {"D", "x"}}));
}

TEST(Dotenv, ReadsEscapesInDoubleQuotesOnly) {
  EXPECT_EQ(read(R"(A="a\nb\rc\td\"e\\n\$f\g")"
                 "\n"
                 R"(B='a\nb\\')"
                 "\n"
                 R"(C=`a\n"'`)"
                 "\n"
                 R"(D=a\nb)"),
            (Values{{"A", "a\nb\rc\td\"e\\n\\$f\\g"},
                    {"B", R"(a\nb\\)"},
                    {"C", R"(a\n"')"},
                    {"D", R"(a\nb)"}}));
}

TEST(Dotenv, KeepsQuotesInsideUnquotedAndOtherQuotes) {
  EXPECT_EQ(read("A=it's \"so\"\nB='say \"x\"'\nC=\"it's `x`\""),
            (Values{{"A", "it's \"so\""}, {"B", "say \"x\""}, {"C", "it's `x`"}}));
}

TEST(Dotenv, ReadsValuesOfSeveralLines) {
  EXPECT_EQ(
      read("KEY=\"-----BEGIN FAKE-----\nabc==\n-----END FAKE-----\n\" # pem\nB='x\ny'\nC=`1\n2`"),
      (Values{{"KEY", "-----BEGIN FAKE-----\nabc==\n-----END FAKE-----\n"},
              {"B", "x\ny"},
              {"C", "1\n2"}}));
}

TEST(Dotenv, ReadsOtherLineEndsAndAByteOrderMark) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "A=1\r\nB=\"x\r\ny\"\r\rC=3\r\n"),
            (Values{{"A", "1"}, {"B", "x\ny"}, {"C", "3"}}));
}

TEST(Dotenv, KeepsDollarsAndBytesThatAreNoText) {
  EXPECT_EQ(read("A=$HOME/${X}\nB=\"$A\"\nC=\xff\xfe"),
            (Values{{"A", "$HOME/${X}"}, {"B", "$A"}, {"C", "\xff\xfe"}}));
}

TEST(Dotenv, KeepsOddBlanksInsideAValueAndInQuotes) {
  EXPECT_EQ(read("A=x\xC2\xA0y\nB='\xC2\xA0x\xE2\x80\xA8'\nC=\"\\t\xE2\x80\xA9\"\nD=x\\\nE='\\x'"
                 "\nF='\\'\nG='x'"),
            (Values{{"A", "x\xC2\xA0y"},
                    {"B", "\xC2\xA0x\xE2\x80\xA8"},
                    {"C", "\t\xE2\x80\xA9"},
                    {"D", "x\\"},
                    {"E", "\\x"},
                    {"F", "\\"},
                    {"G", "x"}}));
}

TEST(Dotenv, TheLastOfARepeatedNameCountsAndIsReported) {
  const auto parsed = parse_dotenv("A=1\nB=2\nA=3\nA=4\n", "a.env");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->values.find("A")->second.expose(), "4");
  ASSERT_EQ(parsed->repeated.size(), 2u);
  EXPECT_EQ(parsed->repeated[0].first, 1u);
  EXPECT_EQ(parsed->repeated[0].again, 3u);
  EXPECT_EQ(parsed->repeated[1].first, 3u);
  EXPECT_EQ(parsed->repeated[1].again, 4u);
}

struct Refused {
  std::string text;
  std::string error;
};

TEST(Dotenv, RefusesWithLineAndRemedy) {
  const std::string no_pair =
      "this line is not NAME=value (a name has letters, digits, \"_\", \".\" and \"-\"); put a "
      "value of several lines in double quotes, and # before a comment";
  const std::string hash =
      "a \"#\" that follows no blank is a comment to some readers and part of the value to others; "
      "put the value in single quotes, or a blank before the comment";
  const std::string after =
      "text follows the closing quote; escape quotes inside double quotes as \\\", or put the "
      "value in another kind of quotes";
  const std::string blank =
      "the value begins or ends with a blank that is neither space nor tab (such as a no-break "
      "space), and some readers cut it off; remove it, or put the value in single quotes";
  const std::string separator =
      "this line holds a line separator (U+2028 or U+2029), at which some readers begin a new "
      "line; "
      "remove it, or put the value in single quotes";
  const std::string backslash =
      "a backslash stands right before the closing quote, so some readers take the next such quote "
      "for the closing one; leave the quotes out, or end the value with something else";
  const std::vector<Refused> cases = {
      {"A=1\nB=x\xC2\xA0", "a.env:2: " + blank},
      {"A=\xE3\x80\x80x", "a.env:1: " + blank},
      {"A=x\v", "a.env:1: " + blank},
      {"A=x\xC2\x85 # c", "a.env:1: " + blank},
      {"A=x\xE2\x80\xA8y", "a.env:1: " + separator},
      {"# c\xE2\x80\xA9"
       "B=1",
       "a.env:1: " + separator},
      {"A='x'#\xE2\x80\xA8"
       "B=1",
       "a.env:1: " + separator},
      {"A='\\'\n#'", "a.env:1: " + backslash},
      {"A=\"\\\\\"\nB=\"", "a.env:1: " + backslash},
      {"A=`x\ny\\`\nB=` # c", "a.env:2: " + backslash},
      {"A=1\nhunter2", "a.env:2: " + no_pair},
      {"export A", "a.env:1: " + no_pair},
      {"=x", "a.env:1: " + no_pair},
      {"A: x", "a.env:1: " + no_pair},
      {"A B=x", "a.env:1: " + no_pair},
      {"'A'=x", "a.env:1: " + no_pair},
      {"K=-----BEGIN FAKE-----\r\nMIIfake/x==", "a.env:2: " + no_pair},
      {"A=pass#word", "a.env:1: " + hash},
      {"A=#word", "a.env:1: " + hash},
      {"A=1\n\nB=\"x\ny", "a.env:3: the quote that opens here is never closed; close it"},
      {"A='it's'", "a.env:1: " + after},
      {"A=\"x\ny\"z\"", "a.env:2: " + after},
      {std::string("A=1\0", 4), "a.env: the file holds a NUL byte; save it as UTF-8 text"},
      {std::string(max_dotenv_bytes + 1, ' '), "a.env: the file is larger than 1 MiB; split it"},
      {std::string(max_dotenv_name + 1, 'A') + "=1",
       "a.env:1: the name is longer than 253 bytes; shorten it"},
  };
  for (const auto& [text, error] : cases) {
    const auto parsed = parse_dotenv(text, "a.env");
    ASSERT_FALSE(parsed) << text.substr(0, 80);
    EXPECT_EQ(parsed.error().kind, ErrorKind::invalid);
    EXPECT_EQ(describe(parsed.error()), error);
  }
}

TEST(Dotenv, RefusesMoreValuesThanItsBound) {
  std::string text;
  for (std::size_t i = 0; i <= max_dotenv_values; ++i) text += "A" + std::to_string(i) + "=\n";
  const auto parsed = parse_dotenv(text, "a.env");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(describe(parsed.error()), "a.env:10001: more than 10000 values; split the file");
}

// S4: whatever a file holds, its error has none of it. Every byte of the texts is drawn from marks
// and letters that our own words do not hold.
TEST(Dotenv, HostileTextNeverReachesAnError) {
  const auto random = testing::make_seeded_random(7);
  static constexpr std::string_view alphabet = "ZQX=#\"'`\\ \n\r\tZQ\xff";
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto n = uniform(*random, 24); n-- > 0;)
      text += alphabet[uniform(*random, alphabet.size())];
    const auto parsed = parse_dotenv(text, "f");
    if (parsed) continue;
    ++refused;
    EXPECT_EQ(describe(parsed.error()).find_first_of("ZQX\xff"), std::string::npos) << text;
  }
  EXPECT_GT(refused, 1'000u);
}

}  // namespace
}  // namespace lockstep
