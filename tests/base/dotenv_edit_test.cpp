#include "base/dotenv_edit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/npm_dotenv.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using Wanted = std::vector<std::pair<std::string, std::optional<std::string>>>;

Result<SecretBytes> edit(std::string_view text, const Wanted& wanted) {
  std::vector<Secret> values;
  values.reserve(wanted.size());
  std::vector<DotenvEdit> edits;
  for (const auto& [name, value] : wanted) {
    values.emplace_back(value.value_or(""));
    edits.push_back({.name = name, .value = value ? &values.back() : nullptr});
  }
  return edit_dotenv(text, ".dev.vars", edits);
}

std::string edited(std::string_view text, const Wanted& wanted) {
  const auto out = edit(text, wanted);
  if (!out) ADD_FAILURE() << describe(out.error());
  return out ? std::string(view(*out)) : "";
}

std::string written(std::string_view value) {
  const auto out = write_dotenv_value(value);
  return out ? std::string(view(*out)) : "(refused)";
}

TEST(DotenvEdit, ANewNameIsAddedAtTheEnd) {
  EXPECT_EQ(edited("", {{"A", "1"}}), "A=1\n");
  EXPECT_EQ(edited("# why\nB=2\n", {{"A", "1"}}), "# why\nB=2\nA=1\n");
  EXPECT_EQ(edited("B=2", {{"A", "1"}, {"C", "3"}}), "B=2\nA=1\nC=3\n") << "an open last line";
  EXPECT_EQ(edited("B=2\r\n", {{"A", "1"}}), "B=2\r\nA=1\r\n");
  EXPECT_EQ(edited("\xEF\xBB\xBF", {{"A", "1"}}),
            "\xEF\xBB\xBF"
            "A=1\n");
}

TEST(DotenvEdit, ANameThatIsThereKeepsItsLine) {
  EXPECT_EQ(edited("A=1\nB=2\n", {{"A", "9"}}), "A=9\nB=2\n");
  EXPECT_EQ(edited("  export A = 'old' # why\r\nB=2", {{"A", "new value"}}),
            "  export A = 'new value' # why\r\nB=2");
  EXPECT_EQ(edited("A=\nB= # none\n", {{"A", "1"}, {"B", "2"}}), "A=1\nB=2 # none\n");
  EXPECT_EQ(edited("A=\"x\"#why\n", {{"A", "1"}}), "A=1 #why\n");
  EXPECT_EQ(edited("A=\"x\ny\"\nB=2\n", {{"A", "z"}}), "A=z\nB=2\n");
  EXPECT_EQ(edited("A=1", {{"A", "2"}}), "A=2");
}

TEST(DotenvEdit, TheLastOfARepeatedNameIsTheOneThatCounts) {
  EXPECT_EQ(edited("A=1\nA=2\n", {{"A", "9"}}), "A=1\nA=9\n");
  EXPECT_EQ(edited("A=9\nA=2\n", {{"A", "9"}}), "A=9\nA=9\n");
}

TEST(DotenvEdit, ANameThatIsTakenAwayLosesAllItsLines) {
  EXPECT_EQ(edited("# a\nA=1\nB=2\n export A=\"x\ny\" # z\nC=3", {{"A", std::nullopt}}),
            "# a\nB=2\nC=3");
  EXPECT_EQ(edited("B=2\nA=1", {{"A", std::nullopt}}), "B=2\n");
  EXPECT_EQ(edited("B=2\n", {{"A", std::nullopt}}), "B=2\n");
  EXPECT_EQ(edited("A=1", {{"A", std::nullopt}, {"B", "2"}}), "B=2\n");
}

TEST(DotenvEdit, AValueThatIsThereAlreadyIsNotWrittenAnew) {
  const std::string_view text = "A= \"one\"  # why\nB=`two`\n";
  EXPECT_EQ(edited(text, {{"A", "one"}, {"B", "two"}}), text);
}

TEST(DotenvEdit, ChoosesQuotesThatEveryReaderAndAShellLeaveAlone) {
  EXPECT_EQ(written(""), "");
  EXPECT_EQ(written("sk_test_1/+=:@,%"), "sk_test_1/+=:@,%");
  EXPECT_EQ(written("two words"), "'two words'");
  EXPECT_EQ(written("$HOME #x"), "'$HOME #x'");
  EXPECT_EQ(written("it's"), "\"it's\"");
  EXPECT_EQ(written("it's \"so\""), "`it's \"so\"`");
  EXPECT_EQ(written("a\nb\n"), R"("a\nb\n")");
  EXPECT_EQ(written("a\r\nb"), R"("a\r\nb")");
  EXPECT_EQ(written("a\n\"b\""), "'a\n\"b\"'");
  EXPECT_EQ(written(R"(C:\new)"), R"('C:\new')");
  EXPECT_EQ(written(R"(it's \d)"), R"("it's \d")");
  EXPECT_EQ(written(R"(it's \new)"), R"(`it's \new`)");
}

TEST(DotenvEdit, RefusesWhatNoQuotesCarry) {
  for (const auto* value : {"'\"`", "ends in \\", "\"\r", "\\\r", "'`\\n"}) {
    EXPECT_EQ(written(value), "(refused)") << value;
  }
  EXPECT_EQ(written(std::string_view("a\0b", 3)), "(refused)");
  EXPECT_EQ(written("caf\xE9"), "(refused)") << "npm's reader would replace the byte";
  const auto refused = edit("", {{"A", "'\"`"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
  EXPECT_THAT(describe(refused.error()), HasSubstr("A"));
}

TEST(DotenvEdit, ATextThatIsNotUnderstoodIsNotEdited) {
  for (const auto* text : {"A=1\nhunter2\n", "A='open\n", "A='x\\'\nB='y'\n"}) {
    const auto refused = edit(text, {{"B", "2"}});
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
  }
  EXPECT_FALSE(edit(std::string(max_dotenv_bytes - 2, '\n'), {{"A", "1"}})) << "too large then";
}

/// Bytes in which readers of dotenv files could differ, between ordinary ones.
rc::Gen<std::string> odd_text() {
  const auto byte =
      rc::gen::weightedOneOf<char>({{
                                        6,
                                        rc::gen::elementOf(std::string("'\"`\\nrt#$ =\n\r\tAB.")),
                                    },
                                    {1, rc::gen::arbitrary<char>()}});
  const auto character = rc::gen::elementOf(std::vector<std::string>{
      "\xC2\xA0", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE3\x80\x80", "\xEF\xBB\xBF", "\xC3\xBC"});
  const auto piece = rc::gen::weightedOneOf<std::string>(
      {{9, rc::gen::map(byte, [](char c) { return std::string(1, c); })}, {1, character}});
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const auto& pieces) {
    std::string out;
    for (const auto& one : pieces) out += one;
    return out;
  });
}

RC_GTEST_PROP(DotenvEdit, EveryValueComesBackByteForByteFromBothReaders, ()) {
  const auto value = *odd_text();
  const auto before = *rc::gen::elementOf(
      std::vector<std::string>{"", "# it's \"kept\"\n", "A=old # it's\nB='b'\r\n",
                               "B=`x\ny`\nA=\"old\"#c\nC=1", "A=\n\n#'"});
  const Secret wanted(value);
  const DotenvEdit one{.name = "A", .value = &wanted};
  const auto out = edit_dotenv(before, "f", std::span(&one, 1));
  if (!out) {
    RC_ASSERT(!write_dotenv_value(value));
    RC_DISCARD("cannot be written");
  }
  const auto npm = testing::NpmDotenv::parse(view(*out));
  const auto was = testing::NpmDotenv::parse(before);
  RC_ASSERT(npm.at("A") == value);
  for (const auto& [name, text] : was) RC_ASSERT(name == "A" || npm.at(name) == text);
  const auto ours = parse_dotenv(view(*out), "f");
  RC_ASSERT(ours.has_value());
  RC_ASSERT(ours->values.find("A")->second.expose() == value);
  RC_ASSERT(ours->values.size() == npm.size());
}

/// What is read is what npm's reader reads, or the text is refused.
void expect_same_as_npm(std::string_view text) {
  const auto ours = read_dotenv(text, "f", DotenvEscapes::npm);
  if (!ours) return;
  std::map<std::string, std::string> values;
  for (const auto& one : *ours) values[std::string(one.name)] = one.value.expose();
  EXPECT_EQ(values, testing::NpmDotenv::parse(text)) << text;
}

TEST(DotenvAsNpmReadsIt, OddBlanksBackslashesAndLineEnds) {
  for (const std::string_view text : {"A=x\xC2\xA0",
                                      "A=\xC2\xA0x",
                                      "A=\xC2\xA0",
                                      "A=x\v",
                                      "A=\fx",
                                      "A=\v'x'",
                                      "A=x\xEF\xBB\xBF",
                                      "A=x # y\xE2\x80\xA8"
                                      "B=1",
                                      "# y\xE2\x80\xA9"
                                      "B=1",
                                      "A='x' # y\xE2\x80\xA8"
                                      "B=1",
                                      "A=x\xE2\x80\xA8'y'",
                                      "A='\\'\n#'",
                                      "A='\\'\nB='",
                                      "A='\\'\nB='x'",
                                      "A=\"\\\\\"\n#\"",
                                      "A=`\\`\nB=`x`",
                                      "A='it\\'s'",
                                      "A='x\xC2\xA0'\n",
                                      "A='x\xE2\x80\xA8'\nB=1",
                                      "A=\"x\\\"y\"",
                                      "A=\n'x'",
                                      "export\nA=1",
                                      "A=x\r\rB=2",
                                      "A=\xFF"}) {
    expect_same_as_npm(text);
  }
}

RC_GTEST_PROP(DotenvAsNpmReadsIt, OrRefused, ()) {
  expect_same_as_npm("A=" + *odd_text() + "\nB=" + *odd_text());
}

}  // namespace
}  // namespace lockstep
