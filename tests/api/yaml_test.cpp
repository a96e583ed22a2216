#include <gtest/gtest.h>

#include "api/load.hpp"
#include "api/node.hpp"

namespace lockstep::api {
namespace {

std::string first_problem(std::string_view text) {
  const auto parsed = parse_yaml("f.yaml", text);
  return parsed.problems.empty() ? "" : to_string(parsed.problems[0]);
}
Node one(std::string_view text) {
  auto parsed = parse_yaml("f.yaml", text);
  EXPECT_TRUE(parsed.problems.empty()) << first_problem(text);
  EXPECT_EQ(parsed.documents.size(), 1U);
  return parsed.documents.empty() ? Node{} : std::move(parsed.documents[0]);
}

TEST(Yaml, KeepsOrderDuplicatesAndPositions) {
  const auto node = one("b: 1\na: {x: \"q\"}\nb: [p]\n");
  ASSERT_EQ(node.entries.size(), 3U);
  EXPECT_EQ(node.entries[2].key, "b");
  EXPECT_EQ(node.entries[2].at.line, 3U);
  EXPECT_EQ(node.entries[1].value.entries[0].value.at.column, 8U);
  EXPECT_FALSE(node.entries[1].value.entries[0].value.plain);
}

TEST(Yaml, CountsColumnsInCharacters) {
  const auto node = one("a: {é: x, b: y}\n");
  EXPECT_EQ(node.entries[0].value.entries[1].at.column, 11U);
}

TEST(Yaml, TakesWhatEditorsWrite) {
  for (const std::string_view text :
       {"a: 1\r\nb: 2\r\n",
        "\xEF\xBB\xBF"
        "a: 1\n",
        "---\na: 1\n---\n", "# c\n---\na: 1\n...\n", "a: |\n  x\n  y\n", "a: >-\n  x\n\n  y\n",
        "a: \"x\\\n  y\"\n", "? a\n: b\n", "%YAML 1.2\n---\na: 1\n", "a:\n- b\n-  c\n",
        "a: [x,\n  y,\n]\n", "a: http://h:1/p#q # c\n"}) {
    const auto parsed = parse_yaml("f.yaml", text);
    EXPECT_TRUE(parsed.problems.empty()) << text << first_problem(text);
    EXPECT_EQ(parsed.documents.size(), 1U) << text;
  }
  EXPECT_TRUE(parse_yaml("f.yaml", "").documents.empty());
  EXPECT_TRUE(parse_yaml("f.yaml", "# nothing\n---\n").documents.empty());
}

// S2: yaml-cpp alone reads these as fewer names than their author meant.
TEST(Yaml, RefusesWhatYamlCppSilentlyAccepts) {
  for (const std::string_view text :
       {"- name: X\n  format: \"x\n- name: Y\n", "- a\nb: c\n", "a: 'x\n", "a\x00b: c\n",
        "\xFF\xFE"
        "a\x00:\x00"}) {
    EXPECT_NE(first_problem(text), "") << text;
  }
}

TEST(Yaml, RefusesWhatTheTwoReadersTakeDifferently) {
  // To YAML 1.1 (libyaml) U+0085 is a line end, to 1.2 a character.
  EXPECT_THAT(
      first_problem("a: \"x\xC2\x85y\"\nb: c\n"),
      ::testing::StartsWith("f.yaml:1:4: two YAML readers understand the text differently"));
}

TEST(Yaml, ExpandsAliases) {
  const auto node = one("a: &x {k: [1, 2]}\nb: *x\nc: [*x]\n");
  EXPECT_EQ(node.entries[1].value.entries[0].value.items.size(), 2U);
  EXPECT_EQ(node.entries[2].value.items[0].entries[0].key, "k");
}

// S15
TEST(Yaml, BoundsTheExpansionOfAliases) {
  std::string values = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'h'; ++c) {
    values += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) values += (i ? ", *" : "*") + std::string(1, c - 1);
    values += "]\n";
  }
  EXPECT_THAT(first_problem(values), ::testing::HasSubstr("when its aliases are expanded"));
  const std::string bytes = "a: &a " + std::string(900'000, 'x') + "\nb: [*a, *a, *a, *a, *a]\n";
  EXPECT_THAT(first_problem(bytes), ::testing::HasSubstr("when its aliases are expanded"));
  std::string deep = "a0: &a0 [x]\n";
  for (int i = 1; i < 70; ++i) {
    deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  }
  EXPECT_THAT(first_problem(deep), ::testing::HasSubstr("nested deeper than 64 levels"));
}

// yaml-cpp 0.7 makes documents without end of it, until the memory is used up.
TEST(Yaml, ATextOnWhichOneReaderNeverEndsIsRefused_S15) {
  const auto parsed = parse_yaml(
      "f",
      "&enapi_secre\?&enapi_secre\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?o-\", \"ftp:\?\?\?:AGE/-Se:6m}}}\n"
      "ez\?\?\?\?\?\?\?\?\?\?envf-\", AGE-SECRET-KEY-Se:2m}}}\nez");
  EXPECT_FALSE(parsed.problems.empty());
  EXPECT_TRUE(parsed.documents.empty());
}

// S15
TEST(Yaml, BoundsDocuments) {
  std::string fits = "a: " + std::string(max_document_bytes - 100, 'x') + "\n---\nb: c\n";
  EXPECT_EQ(parse_yaml("f.yaml", fits).documents.size(), 2U);
  fits.insert(3, std::string(200, 'x'));
  EXPECT_THAT(first_problem(fits), ::testing::HasSubstr("a document of more than 1 MiB"));
  std::string many;
  for (std::size_t i = 0; i <= max_documents; ++i) many += "--- a\n";
  EXPECT_THAT(first_problem(many), ::testing::HasSubstr("more than 10000 documents"));
  EXPECT_THAT(first_problem(std::string(max_text_bytes + 1, '\n')),
              ::testing::HasSubstr("more than 16 MiB"));
  std::string open(100'000, '[');
  EXPECT_THAT(first_problem(open), ::testing::HasSubstr("nested deeper than 64 levels"));
}

TEST(Yaml, AnUnquotedScalarThatReadersTakeDifferentlyIsNoString) {
  using enum Node::Kind;
  for (const auto text : {"no", "Yes", "ON", "off", "y", "N", "true", "False"}) {
    EXPECT_EQ(kind_of_plain(text), boolean) << text;
  }
  for (const auto text : {"0",
                          "-1",
                          "+1",
                          "0123",
                          "0x1F",
                          "0o17",
                          "0b1",
                          "1_000",
                          "1e3",
                          "1.5E-3",
                          ".5",
                          "1.",
                          "12:30",
                          "1:30:00",
                          ".inf",
                          "-.INF",
                          ".NaN",
                          "2026-01-01",
                          "2026-01-01T10:00:00Z",
                          "01234567890123456789012345678901"}) {
    EXPECT_EQ(kind_of_plain(text), number) << text;
  }
  for (const auto text : {"", "~", "null", "NULL"}) EXPECT_EQ(kind_of_plain(text), null) << text;
  for (const auto text : {"5m", "25%", "1.2.3", "10.0.0.1", "v1", "none", "0123abc", "-", "+", ".",
                          "a:1", "1e", "12:30:", "2026-x", "0xZZ", "1a", "0123456789abcdef"}) {
    EXPECT_EQ(kind_of_plain(text), string) << text;
  }
}

TEST(Json, KeepsDuplicatesAndBounds) {
  const auto parsed = parse_json_text("x", R"({"a": 1, "a": "b", "c": [true, null, 1.5]})");
  ASSERT_EQ(parsed.documents.size(), 1U);
  const auto& root = parsed.documents[0];
  ASSERT_EQ(root.entries.size(), 3U);
  EXPECT_EQ(root.entries[0].value.kind, Node::Kind::number);
  EXPECT_EQ(root.entries[1].value.text, "b");
  EXPECT_EQ(root.entries[2].value.items[2].text, "1.5");
  EXPECT_FALSE(parse_json_text("x", std::string(70, '[') + std::string(70, ']')).problems.empty());
  EXPECT_FALSE(parse_json_text("x", "{} x").problems.empty());
  EXPECT_FALSE(parse_json_text("x", "{\"a\": ").problems.empty());
  EXPECT_FALSE(parse_json_text("x", std::string(max_document_bytes + 1, ' ')).problems.empty());
}

}  // namespace
}  // namespace lockstep::api
