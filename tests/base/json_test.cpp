#include "base/json.hpp"

#include "base/generators.hpp"

namespace lockstep {
namespace {

std::string written(JsonWriter& writer) {
  return std::string(view(writer.take()));
}

TEST(ParseJson, ReadsTypedMembers) {
  const auto value = parse_json(
      R"({"text":"a\u0000é","n":-5,"big":9223372036854775807,"huge":9223372036854775808,)"
      R"("half":1.5,"yes":true,"none":null,"list":[1,2]})");
  ASSERT_TRUE(value);
  EXPECT_EQ(text_member(*value, "text"), std::string_view("a\0é", 4));
  EXPECT_EQ(int_member(*value, "n"), -5);
  EXPECT_EQ(int_member(*value, "big"), INT64_MAX);
  EXPECT_EQ(bool_member(*value, "yes"), true);
  ASSERT_NE(list_member(*value, "list"), nullptr);
  EXPECT_EQ(list_member(*value, "list")->size(), 2U);
}

TEST(ParseJson, AMemberOfAnotherTypeIsNotThere) {
  const auto value = parse_json(R"({"text":"1","n":1,"huge":9223372036854775808,"half":1.5,)"
                                R"("none":null,"list":[],"object":{}})");
  ASSERT_TRUE(value);
  EXPECT_FALSE(text_member(*value, "n"));
  EXPECT_FALSE(text_member(*value, "none"));
  EXPECT_FALSE(text_member(*value, "absent"));
  EXPECT_FALSE(int_member(*value, "text"));
  EXPECT_FALSE(int_member(*value, "half"));
  EXPECT_FALSE(int_member(*value, "huge"));
  EXPECT_FALSE(bool_member(*value, "n"));
  EXPECT_EQ(list_member(*value, "object"), nullptr);
  EXPECT_NE(member(*value, "none"), nullptr);
  EXPECT_EQ(member(*list_member(*value, "list"), "x"), nullptr) << "a list has no members";
}

// S3: infinity is not what the other side wrote.
TEST(ParseJson, S3RefusesNumbersThatNothingHolds) {
  for (const auto* bad : {"51e308", "-51e308", "1e309", "[1, {\"a\": 2e999}]"}) {
    const auto value = parse_json(bad);
    ASSERT_FALSE(value) << bad;
    EXPECT_EQ(value.error().kind, ErrorKind::protocol) << bad;
  }
  EXPECT_TRUE(parse_json("[1.7976931348623157e308, -1e308, 1e-400, 0.5e1]"));
}

// S3: an answer that is cut, doubled or odd is no answer.
TEST(ParseJson, S3RefusesWhatIsNotOneWholeDocument) {
  for (const std::string_view bad : {"",
                                     " ",
                                     "{",
                                     "{\"a\":",
                                     "[1,2",
                                     "\"abc",
                                     "{}{}",
                                     "{} x",
                                     "{'a':1}",
                                     "[1,]",
                                     "{\"a\":1,}",
                                     "nul",
                                     "01",
                                     "+1",
                                     "NaN",
                                     "// x\n{}",
                                     "\xEF\xBB\xBF{}",
                                     "\"\xFF\"",
                                     "\"\xED\xA0\x80\"",
                                     "\"a\nb\"",
                                     "\"\\x41\"",
                                     "<html>"}) {
    const auto value = parse_json(bad);
    ASSERT_FALSE(value) << bad;
    EXPECT_EQ(value.error().kind, ErrorKind::protocol);
  }
}

// Two readers of a repeated key may believe different values; neither is taken.
TEST(ParseJson, S3RefusesARepeatedKeyAtAnyDepth) {
  for (const auto* bad : {R"({"a":1,"a":1})", R"({"x":[{"k":{},"k":{}}]})", R"({"a":1,"\u0061":2})",
                          R"([{"a:":1,"a:":2}])"}) {
    const auto value = parse_json(bad);
    ASSERT_FALSE(value) << bad;
    EXPECT_EQ(value.error().kind, ErrorKind::protocol);
    EXPECT_TRUE(value.error().message.contains("repeats a key"));
  }
  for (const auto* good :
       {R"({"a":":","b":"\":","c":"\\","d:":{"a":1}})", R"([{"a":1},{"a":1}])"}) {
    EXPECT_TRUE(parse_json(good)) << good;
  }
}

TEST(ParseJson, S15DepthIsBounded) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(32)));
  EXPECT_FALSE(parse_json(nested(33)));
  EXPECT_TRUE(parse_json(nested(3), 3));
  EXPECT_FALSE(parse_json(nested(4), 3));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
}

// S4: bodies hold values.
TEST(ParseJson, S4TheErrorNeverQuotesTheText) {
  const auto value = parse_json(R"({"token":"canary-3f9c1e" oops})");
  ASSERT_FALSE(value);
  EXPECT_FALSE(describe(value.error()).contains("canary"));
  EXPECT_FALSE(describe(value.error()).contains("oops"));
}

TEST(IsUtf8, KnowsWellFormedFromNot) {
  for (const auto* good : {"", "abc", "é", "€", "😀", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const auto* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x80\x80", "\xE2\x82", "\xED\xA0\x80",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80", "\xFF", "a\xC3z"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
}

TEST(JsonWriter, WritesNestedDocuments) {
  JsonWriter writer;
  writer.begin_object().key("a").begin_array().integer(-1).boolean(true).null().end_array();
  writer.key("b").begin_object().end_object().key("c").begin_array().begin_object().key("d");
  writer.string("x").end_object().begin_array().end_array().end_array().end_object();
  EXPECT_EQ(written(writer), R"({"a":[-1,true,null],"b":{},"c":[{"d":"x"},[]]})");
}

TEST(JsonWriter, TakeLeavesItEmptyForTheNextDocument) {
  JsonWriter writer;
  writer.string("one");
  EXPECT_EQ(written(writer), "\"one\"");
  writer.string("two");
  EXPECT_EQ(written(writer), "\"two\"");
}

TEST(JsonWriter, EscapesExactlyWhatJsonDemands) {
  JsonWriter writer;
  writer.string(std::string_view("\"\\\0\n\x1F é/\x7F", 10));
  EXPECT_EQ(written(writer), "\"\\\"\\\\\\u0000\\u000a\\u001f é/\x7F\"");
}

TEST(JsonWriter, PropertyAnyUtf8TextComesBackFromTheParser) {
  EXPECT_TRUE(rc::check("round trip", [] {
    const auto key = *testing::utf8_text();
    const auto text = *testing::utf8_text();
    JsonWriter writer;
    writer.begin_object().key(key).string(text).end_object();
    const auto bytes = writer.take();
    const auto value = parse_json(view(bytes));
    RC_ASSERT(bool(value));
    RC_ASSERT(text_member(*value, key) == text);
  }));
}

}  // namespace
}  // namespace lockstep
