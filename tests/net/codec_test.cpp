#include "net/codec.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace lockstep::net {
namespace {

Url url_of(const char* text = "https://api.fly.io/v1/apps?x=1") {
  return *parse_url(text);
}

std::string text_of(Result<SecretBytes> wire) {
  return wire ? std::string(view(*wire)) : "error: " + wire.error().message;
}

Result<Response> parse(std::string_view text, ResponseParser::Options options = {}) {
  ResponseParser parser(options);
  TRY(const bool whole, parser.feed(text));
  if (!whole) TRY_OK(parser.end());
  return parser.take();
}

TEST(WriteRequest, WritesOneMessage) {
  Request request{.method = "POST",
                  .url = {},
                  .headers = {{"Content-Type", "application/json"}},
                  .authorization = Secret("Bearer fo1_not-a-real-token"),
                  .body = to_bytes("{}")};
  EXPECT_EQ(text_of(write_request(request, url_of(), "lockstep/0.1")),
            "POST /v1/apps?x=1 HTTP/1.1\r\nHost: api.fly.io\r\nUser-Agent: lockstep/0.1\r\n"
            "Content-Type: application/json\r\nAuthorization: Bearer fo1_not-a-real-token\r\n"
            "Content-Length: 2\r\n\r\n{}");
}

TEST(WriteRequest, StatesAnEmptyBodyOnlyWhereOneIsExpected) {
  EXPECT_EQ(text_of(write_request({.method = "PUT"}, url_of(), "")),
            "PUT /v1/apps?x=1 HTTP/1.1\r\nHost: api.fly.io\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(text_of(write_request({.method = "GET", .headers = {{"user-agent", "x"}}}, url_of(),
                                  "lockstep")),
            "GET /v1/apps?x=1 HTTP/1.1\r\nHost: api.fly.io\r\nuser-agent: x\r\n\r\n");
}

TEST(WriteRequest, RefusesLineEndsInEveryPart) {
  const auto refused = [](Request request) { return !write_request(request, url_of(), "x"); };
  EXPECT_TRUE(refused({.method = "GET /evil"}));
  EXPECT_TRUE(refused({.headers = {{"X-A\r\nX-B", "1"}}}));
  EXPECT_TRUE(refused({.headers = {{"X-A", "1\r\nX-B: 2"}}}));
  EXPECT_TRUE(refused({.headers = {{"Host", "elsewhere.example"}}}));
  EXPECT_TRUE(refused({.headers = {{"content-length", "5"}}}));
  const auto token =
      write_request({.authorization = Secret("Bearer hunter2hunter2\n")}, url_of(), "");
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().kind, ErrorKind::invalid);
  EXPECT_EQ(token.error().message.find("hunter2"), std::string::npos);
}

TEST(WriteResponse, WritesOneMessage) {
  EXPECT_EQ(text_of(write_response(text_response(200, "text/plain", "hi"), false, true)),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(text_of(write_response(text_response(200, "text/plain", "hi"), true, false)),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"
            "Connection: close\r\n\r\n");
  EXPECT_EQ(text_of(write_response({.status = 204}, false, true)),
            "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_FALSE(write_response({.status = 7}, false, true));
  EXPECT_FALSE(write_response({.status = 200, .headers = {{"A", "b\r\nc"}}}, false, true));
}

TEST(ResponseParser, ReadsAMessage) {
  const auto response =
      parse("HTTP/1.1 200 OK\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->header("X-ONE"), "1");
  EXPECT_EQ(response->header("absent"), "");
  EXPECT_EQ(view(response->body), "hello");
}

TEST(ResponseParser, ReadsChunksAndDropsInterimAnswers) {
  const auto response = parse(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(view(response->body), "abcde");
}

TEST(ResponseParser, BodyWithoutLengthEndsWithTheStream) {
  ResponseParser parser({});
  EXPECT_FALSE(*parser.feed("HTTP/1.1 200 OK\r\n\r\nsome text"));
  EXPECT_TRUE(parser.end());
  EXPECT_FALSE(parser.keep_alive());
  EXPECT_EQ(view(parser.take().body), "some text");
}

TEST(ResponseParser, HeadHasNoBody) {
  ResponseParser parser({.no_body = true});
  EXPECT_TRUE(*parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"));
  EXPECT_TRUE(parser.keep_alive());
}

TEST(ResponseParser, NoticesBytesAfterTheMessage) {
  ResponseParser parser({});
  EXPECT_TRUE(*parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab"));
  EXPECT_TRUE(parser.overrun());
}

TEST(ResponseParser, CutIsProtocol_S3) {
  for (const char* text :
       {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 100 C\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    const auto response = parse(text);
    ASSERT_FALSE(response) << text;
    EXPECT_EQ(response.error().kind, ErrorKind::protocol);
  }
}

TEST(ResponseParser, NotHttpIsProtocolAndIsNotQuoted) {
  for (const char* text :
       {"SSH-2.0-OpenSSH_9\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nbad line\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n"}) {
    const auto response = parse(text);
    ASSERT_FALSE(response) << text;
    EXPECT_EQ(response.error().kind, ErrorKind::protocol) << text;
    EXPECT_EQ(response.error().message.find("OpenSSH"), std::string::npos);
  }
}

TEST(ResponseParser, EverythingIsBounded_S15) {
  const std::string big(70 * 1024, 'a');
  EXPECT_FALSE(parse("HTTP/1.1 200 OK\r\nX: " + big));
  EXPECT_FALSE(parse("HTTP/1.1 200 OK\r\nX: " + big + "\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(parse("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", {.max_body = 10}));
  EXPECT_FALSE(parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n",
                     {.max_body = 10}));
  EXPECT_FALSE(parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + big + big));
  EXPECT_FALSE(parse("HTTP/1.1 200 OK\r\n\r\nhello world", {.max_body = 10}));
  std::string interim;
  for (int i = 0; i < 20; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_FALSE(parse(interim + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
}

RC_GTEST_PROP(ResponseParser, PiecesMakeNoDifference, (std::vector<std::uint8_t> sizes)) {
  const std::string text =
      "HTTP/1.1 200 OK\r\nX-One: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nX-Trailer: y\r\n\r\n";
  ResponseParser parser({});
  std::string_view rest = text;
  bool whole = false;
  for (const auto size : sizes) {
    if (whole || rest.empty()) break;
    const auto piece = rest.substr(0, size % 7 + 1);
    auto fed = parser.feed(piece);
    RC_ASSERT(fed.has_value());
    whole = *fed;
    rest.remove_prefix(piece.size());
  }
  if (!whole) whole = *parser.feed(rest);
  RC_ASSERT(whole);
  RC_ASSERT(view(parser.take().body) == "abc0123456789abcdef");
}

RC_GTEST_PROP(ResponseParser, AnyBytesEndInAValueOrAnError, (std::string noise)) {
  (void)parse(noise);
  (void)parse("HTTP/1.1 200 OK\r\n" + noise);
  (void)parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + noise);
}

TEST(RequestParser, ReadsAMessage) {
  RequestParser parser({});
  const auto whole = parser.feed(
      "PUT /a?b=c HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Length: "
      "2\r\n\r\nhiGET");
  ASSERT_TRUE(whole && *whole);
  EXPECT_TRUE(parser.keep_alive());
  EXPECT_EQ(view(parser.take_rest()), "GET");
  const Request request = parser.take();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.url, "/a?b=c");
  EXPECT_EQ(request.authorization.expose(), "Bearer t");
  EXPECT_EQ(view(request.body), "hi");
  EXPECT_EQ(request.effect, Effect::Write);
  ASSERT_EQ(request.headers.size(), 2U);
  EXPECT_EQ(request.headers[0].name, "Host");
}

TEST(RequestParser, RefusalsSayTheirStatus) {
  const auto code = [](std::string_view text) {
    RequestParser parser({.max_body = 10, .max_header = 1024});
    const auto fed = parser.feed(text);
    return fed ? std::string("fine") : fed.error().code;
  };
  EXPECT_EQ(code("PUT / HTTP/1.1\r\nContent-Length: 11\r\n\r\n"), "413");
  EXPECT_EQ(code("GET / HTTP/1.1\r\nX: " + std::string(2000, 'a')), "431");
  EXPECT_EQ(code("nonsense\r\n\r\n"), "400");
  EXPECT_EQ(code("GET / HTTP/1.1\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n"), "400");
}

TEST(RequestParser, SeesAClientThatWaitsToBeAsked) {
  RequestParser parser({});
  EXPECT_FALSE(*parser.feed("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_TRUE(parser.wants_continue());
  EXPECT_FALSE(parser.wants_continue());
  EXPECT_TRUE(*parser.feed("hi"));
}

}  // namespace
}  // namespace lockstep::net
