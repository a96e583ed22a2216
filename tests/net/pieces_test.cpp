// The rule for what is read from a socket: how the stream is cut into pieces makes no difference.
// Every input is fed whole, byte by byte, and cut in two at every place.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "net/codec.hpp"

namespace lockstep::net {
namespace {

using Pieces = std::vector<std::string_view>;

std::string headers_of(const std::vector<Header>& headers) {
  std::string out;
  for (const auto& header : headers) out += header.name + "=" + header.value + ";";
  return out;
}

/// Feeds until the message is whole; gives how many bytes of `pieces` were not fed.
template <class Parser>
Result<std::optional<std::size_t>> feed(Parser& parser, const Pieces& pieces) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    TRY(const bool whole, parser.feed(pieces[i]));
    if (!whole) continue;
    std::size_t left = 0;
    for (const auto piece : std::span(pieces).subspan(i + 1)) left += piece.size();
    return left;
  }
  return std::nullopt;
}

/// What comes of an answer; the stream ends behind it.
std::string answer_of(const Pieces& pieces, bool no_body) {
  ResponseParser parser({.no_body = no_body, .max_body = 64, .max_header = 256});
  const auto left = feed(parser, pieces);
  if (!left) return describe(left.error());
  if (!*left) {
    if (const auto ended = parser.end(); !ended) return describe(ended.error());
  }
  const bool more = parser.overrun() || left->value_or(0) != 0;
  const bool keep = parser.keep_alive();
  const auto response = parser.take();
  return std::to_string(response.status) + " " + headers_of(response.headers) + " '" +
         std::string(view(response.body)) + "'" + (keep ? "" : " ends") + (more ? " more" : "");
}

/// What comes of a request.
std::string request_of(const Pieces& pieces) {
  RequestParser parser({.max_body = 64, .max_header = 256});
  const auto left = feed(parser, pieces);
  if (!left) return left.error().code + ": " + describe(left.error());
  if (!*left) return "waits";
  const auto rest = parser.take_rest().size() + **left;
  const bool keep = parser.keep_alive();
  const auto request = parser.take();
  return request.method + " " + request.url + " " + headers_of(request.headers) + " '" +
         std::string(view(request.body)) + "'" + (keep ? "" : " ends") +
         (rest == 0 ? "" : " more " + std::to_string(rest));
}

struct Case {
  std::string input;
  std::string outcome;
};

template <class Read>
void same_in_any_pieces(const std::vector<Case>& cases, Read read) {
  for (const auto& [input, outcome] : cases) {
    SCOPED_TRACE(::testing::PrintToString(input));
    const std::string_view text = input;
    EXPECT_EQ(read(Pieces{text}), outcome);
    Pieces bytes;
    for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
    EXPECT_EQ(read(bytes), outcome) << "byte by byte";
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      ASSERT_EQ(read(Pieces{text.substr(0, cut), text.substr(cut)}), outcome) << "cut at " << cut;
    }
  }
}

const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
const std::string large(300, 'a');

TEST(Pieces, AnswersAreTheSameHoweverTheyAreCut_S15) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string cut = "the answer was cut";
  const std::string bad = "the answer is not HTTP: ";
  same_in_any_pieces(
      {
          {ok + "Content-Length: 2\r\n\r\nhi", "200 Content-Length=2; 'hi'"},
          {ok + "Content-Length: 2\r\n\r\nhi!", "200 Content-Length=2; 'hi' more"},
          {ok + "Content-Length: 0\r\nConnection: close\r\n\r\n",
           "200 Content-Length=0;Connection=close; '' ends"},
          {ok + "Content-Length: 2, 2\r\n\r\nhi", "200 Content-Length=2, 2; 'hi'"},
          {ok + "\r\nuntil the end", "200  'until the end' ends"},
          {"HTTP/1.0 200 OK\r\n\r\n", "200  '' ends"},
          {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "204 Content-Length=5; ''"},
          {"HTTP/1.1 304 Not Modified\r\n" + chunked, "304 Transfer-Encoding=chunked; ''"},
          {"HTTP/1.1 520 \r\nContent-Length: 0\r\n\r\n", "520 Content-Length=0; ''"},
          // Interim answers, before and in the middle.
          {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok +
               "Content-Length: 2\r\n\r\nhi",
           "200 Content-Length=2; 'hi'"},
          {ok + "Content-Length: 2\r\n\r\nhHTTP/1.1 100 Continue\r\n\r\n",
           "200 Content-Length=2; 'hH' more"},
          {"HTTP/1.1 100 Continue\r\n\r\n", cut},
          {"HTTP/1.1 101 Switching Protocols\r\n\r\n", "the answer is only interim"},
          // Chunks, extensions, trailers.
          {ok + chunked + "0\r\n\r\n", "200 Transfer-Encoding=chunked; ''"},
          {ok + chunked + "3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n",
           "200 Transfer-Encoding=chunked; 'abc0123456789abcdef'"},
          {ok + chunked + "0003;a;b=c;d=\"e;f\" ;g\r\nabc\r\n00;x\r\nA: b\r\nC:\r\n\r\nX",
           "200 Transfer-Encoding=chunked; 'abc' more"},
          {ok + chunked + "1\r\n\r\r\n0\r\n\r\n", "200 Transfer-Encoding=chunked; '\r'"},
          {ok + chunked + "2\r\n\r\n\r\n0\r\n\r\n", "200 Transfer-Encoding=chunked; '\r\n'"},
          {ok + chunked, cut},
          {ok + chunked + "0\r\n\r", cut},
          {ok + chunked + "0\r\nA: b\r\n", cut},
          {ok + chunked + "3\r\nab", cut},
          {ok + chunked + "3\r\nabc\r", cut},
          {ok + chunked + "0\r\n\rx\r\n\r\n", bad + "bad chunk"},
          {ok + chunked + "0\r\nA: \x01\r\n\r\n", bad + "bad chunk"},
          {ok + chunked + "3\r\nabcd\r\n0\r\n\r\n", bad + "bad chunk"},
          {ok + chunked + "\r\n0\r\n\r\n", bad + "bad chunk"},
          {ok + chunked + "x\r\n\r\n", bad + "bad chunk"},
          {ok + chunked + "-1\r\n\r\n", bad + "bad chunk"},
          {ok + chunked + "0x1\r\na\r\n0\r\n\r\n", bad + "bad chunk"},
          {ok + chunked + "1 \r\na\r\n0\r\n\r\n", bad + "bad chunk"},
          {ok + chunked + "1;a=\"\x01\"\r\na\r\n0\r\n\r\n", bad + "bad chunk"},
          {ok + chunked + "1;a\nb\r\na\r\n0\r\n\r\n", bad + "bad chunk"},
          // Framing that two readers could understand in two ways.
          {ok + "Content-Length: 2\r\n" + chunked + "0\r\n\r\n", bad + "bad Transfer-Encoding"},
          {ok + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nhi",
           bad + "bad Content-Length"},
          {ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nhi",
           bad + "multiple Content-Length"},
          {ok + "Content-Length: 99999999999999999999\r\n\r\n", bad + "bad Content-Length"},
          {ok + "Content-Length: +2\r\n\r\nhi", bad + "bad Content-Length"},
          {ok + "Transfer-Encoding: gzip\r\n\r\nxyz", bad + "a transfer coding other than chunked"},
          {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           bad + "a transfer coding other than chunked"},
          {ok + "Transfer-Encoding: chunked, gzip\r\n\r\nxyz",
           bad + "a transfer coding other than chunked"},
          {ok + "Transfer-Encoding: gzip\r\n" + chunked + "0\r\n\r\n",
           bad + "a transfer coding other than chunked"},
          {ok + "Transfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi",
           bad + "a transfer coding other than chunked"},
          {"HTTP/1.0 200 OK\r\n" + chunked + "0\r\n\r\n",
           bad + "a transfer coding other than chunked"},
          // Headers.
          {ok + "A: b\r\n  c\r\n\td\r\nContent-Length: 0\r\n\r\n",
           "200 A=b c d;Content-Length=0; ''"},
          {ok + "A:\r\n \r\nContent-Length: 0\r\n\r\n", "200 A=;Content-Length=0; ''"},
          {ok + " A: b\r\n\r\n", bad + "bad field"},
          {ok + "A : b\r\n\r\n", bad + "bad field"},
          {ok + "A: b\nC: d\r\n\r\n", bad + "bad value"},
          {ok + "A: b\rC: d\r\n\r\n", bad + "bad line ending"},
          {ok + "no colon\r\n\r\n", bad + "bad field"},
          {ok + "Connection: ,;,\r\n\r\n", bad + "bad value"},
          {ok + "A: b", cut},
          // Statuses and versions.
          {"HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n", bad + "its status is not 100 to 599"},
          {"HTTP/1.1 099 X\r\n\r\n", bad + "its status is not 100 to 599"},
          {"HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n", bad + "its status is not 100 to 599"},
          {"HTTP/1.1 2x0 X\r\n\r\n", bad + "bad status"},
          {"HTTP/1.1 20\r\n\r\n", bad + "bad status"},
          {"HTTP/1.1 \r\n\r\n", bad + "bad status"},
          {"HTTP/1.9 200 X\r\n\r\n", bad + "bad version"},
          {"HTTP/2 200\r\n\r\n", bad + "it begins with something else"},
          {"SSH-2.0-OpenSSH_9", bad + "it begins with something else"},
          {"\r\n" + ok + "\r\n", bad + "it begins with something else"},
          {"", cut},
          {"H", cut},
          // Bounds.
          {ok + "Content-Length: 65\r\n\r\n", "the answer has a body larger than 64 bytes"},
          {ok + "\r\n" + large, "the answer has a body larger than 64 bytes"},
          {ok + chunked + "40\r\n" + std::string(64, 'x') + "\r\n1\r\n",
           "the answer has a body larger than 64 bytes"},
          {ok + chunked + "fffffffffffffffff\r\n", "the answer has a body larger than 64 bytes"},
          {ok + "A: " + large, "the answer has a header larger than 256 bytes"},
          {ok + "A: " + large + "\r\n\r\n", "the answer has a header larger than 256 bytes"},
          {ok + "A: " + large.substr(0, 200) + "\r\nB: " + large.substr(0, 200) + "\r\n\r\n",
           "the answer has a header larger than 256 bytes"},
          {ok + chunked + "1;" + large,
           "the answer has a line larger than 256 bytes in its chunked body"},
          {ok + chunked + "1;" + large.substr(0, 254) + "\r\na\r\n0\r\n\r\n",
           "200 Transfer-Encoding=chunked; 'a'"},
          {ok + chunked + "1;" + large.substr(0, 255) + "\r\na\r\n0\r\n\r\n",
           "the answer has a line larger than 256 bytes in its chunked body"},
          {ok + chunked + "0\r\nA: " + large.substr(0, 200) + "\r\nB: " + large.substr(0, 200),
           cut},
          {ok + chunked + "0\r\nA: " + large.substr(0, 200) + "\r\nB: " + large.substr(0, 200) +
               "\r\n\r\n",
           "the answer has trailers larger than 256 bytes"},
      },
      [](const Pieces& pieces) { return answer_of(pieces, false); });
}

TEST(Pieces, AnswersToHeadAndConnectHaveNoBodyHoweverTheyAreCut) {
  same_in_any_pieces(
      {
          {"HTTP/1.1 200 Connection established\r\n\r\n", "200  ''"},
          {"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", "200 Content-Length=500; ''"},
          {"HTTP/1.1 200 OK\r\n" + chunked + "0\r\n\r", "200 Transfer-Encoding=chunked; '' more"},
          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "200 Transfer-Encoding=gzip; ''"},
          {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 407 No\r\nContent-Length: 5\r\n\r\nnever",
           "407 Content-Length=5; '' more"},
          {"HTTP/1.1 000 No\r\n\r\n", "the answer is not HTTP: its status is not 100 to 599"},
          {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + chunked,
           "the answer is not HTTP: bad Transfer-Encoding"},
      },
      [](const Pieces& pieces) { return answer_of(pieces, true); });
}

TEST(Pieces, RequestsAreTheSameHoweverTheyAreCut_S15) {
  const std::string get = "GET /healthz HTTP/1.1\r\nHost: x\r\n";
  const std::string bad = "400: the request is not HTTP: ";
  same_in_any_pieces(
      {
          {get + "\r\n", "GET /healthz Host=x; ''"},
          {get + "\r\nGET", "GET /healthz Host=x; '' more 3"},
          {"GET / HTTP/1.0\r\n\r\n", "GET /  '' ends"},
          {"PUT /a?b=c HTTP/1.1\r\nContent-Length: 2\r\nAuthorization: Bearer t\r\n\r\nhi",
           "PUT /a?b=c Content-Length=2; 'hi'"},
          {"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n", "BREW /pot Host=x; ''"},
          {"GET http://x/y HTTP/1.1\r\n\r\n", "GET http://x/y  ''"},
          {get + chunked + "0\r\n\r\n", "GET /healthz Host=x;Transfer-Encoding=chunked; ''"},
          {get + chunked + "0\r\n\r", "waits"},
          {get + chunked + "2\r\nhi\r\n0\r\nAuthorization: Bearer t\r\n\r\nGET",
           "GET /healthz Host=x;Transfer-Encoding=chunked; 'hi' more 3"},
          {get + chunked + "2\r\nhi\r\n00\r\n", "waits"},
          {get + chunked + "z\r\n\r\n", bad + "bad chunk"},
          {get + "Content-Length: 2\r\n" + chunked + "0\r\n\r\n", bad + "bad Transfer-Encoding"},
          {get + "Transfer-Encoding: gzip\r\n\r\n", bad + "a transfer coding other than chunked"},
          {"GET / HTTP/1.0\r\n" + chunked, bad + "a transfer coding other than chunked"},
          {get + "A: b\r\n c\r\n\r\n", "GET /healthz Host=x;A=b c; ''"},
          {get + "Host: y\r\n\r\n", "400: the request has more than one Host header"},
          {get + "Authorization: a\r\nAuthorization: b\r\n\r\n",
           "400: the request has more than one Authorization header"},
          {"GET / HTTP/2.0\r\n\r\n", bad + "bad version"},
          {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", bad + "bad version"},
          {"GET /a b HTTP/1.1\r\n\r\n", bad + "bad version"},
          {"GET  HTTP/1.1\r\n\r\n", bad + "bad target"},
          {"nonsense\r\n\r\n", bad + "it begins with something else"},
          {"\x16\x03\x01 TLS", bad + "it begins with something else"},
          {" GET / HTTP/1.1", bad + "it begins with something else"},
          {"", "waits"},
          {"GET / HTT", "waits"},
          {"PUT / HTTP/1.1\r\nContent-Length: 65\r\n\r\n",
           "413: the request has a body larger than 64 bytes"},
          {get + chunked + "41\r\n", "413: the request has a body larger than 64 bytes"},
          {get + "A: " + large, "431: the request has a header larger than 256 bytes"},
          {get + "A: " + large.substr(0, 200) + "\r\nB: " + large.substr(0, 200),
           "431: the request has a header larger than 256 bytes"},
          {get + chunked + "1;" + large,
           "431: the request has a line larger than 256 bytes in its chunked body"},
      },
      request_of);
}

/// Random changes of a message, and where it is cut.
struct Changes {
  std::vector<std::pair<std::uint16_t, char>> bytes;  ///< this byte there
  std::uint16_t cut = 0;
};

/// The two outcomes of `text` after `changes`: whole, and cut in two.
template <class Read>
std::pair<std::string, std::string> both(std::string text, const Changes& changes, Read read) {
  for (const auto& [at, byte] : changes.bytes) text[at % text.size()] = byte;
  const std::string_view whole = text;
  const auto cut = changes.cut % (text.size() + 1);
  return {read(Pieces{whole}), read(Pieces{whole.substr(0, cut), whole.substr(cut)})};
}

RC_GTEST_PROP(Pieces, WhateverIsChangedInAMessageWhereItIsCutMakesNoDifference, ()) {
  static const std::string answer =
      "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nConnection: a, b\r\n c\r\n" + chunked +
      "3;a=\"b\"\r\nabc\r\n0\r\nA: b\r\n\r\nX";
  static const std::string request =
      "PUT /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\nExpect: y\r\n\r\nabc";
  const auto bytes = *rc::gen::container<std::vector<std::pair<std::uint16_t, char>>>(rc::gen::pair(
      rc::gen::arbitrary<std::uint16_t>(),
      rc::gen::oneOf(rc::gen::elementOf(std::string("\r\n \t:;,\"=0123456789aA\0", 22)),
                     rc::gen::arbitrary<char>())));
  const Changes changes{.bytes = bytes, .cut = *rc::gen::arbitrary<std::uint16_t>()};
  for (const bool no_body : {false, true}) {
    const auto [whole, cut] =
        both(answer, changes, [&](const Pieces& p) { return answer_of(p, no_body); });
    RC_ASSERT(whole == cut);
  }
  const auto [whole, cut] = both(request, changes, request_of);
  RC_ASSERT(whole == cut);
}

// Beast puts no bound on a trailer's value that comes in one piece and throws for a large one.
TEST(Pieces, ALargeTrailerIsRefusedAndEndsNothing_S15) {
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\n" + chunked + "0\r\nA: ";
  RequestParser parser({});
  ASSERT_FALSE(*parser.feed(head + std::string(60'000, 'a')));
  const auto fed = parser.feed(std::string(8'000, 'a') + "\r\n\r\n");
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, "431");
}

// Cut right behind the beginning of a line, Beast forgets how much of the header it has taken.
TEST(Pieces, AHeaderWithoutEndIsRefusedThoughEachPieceIsShort_S15) {
  RequestParser parser({});
  const std::string piece = "A: " + std::string(995, 'b') + "\r\nAA";
  Result<bool> fed = parser.feed("GET / HTTP/1.1\r\n");
  std::size_t sent = 0;
  for (; fed && sent < 1'000'000; sent += piece.size()) fed = parser.feed(piece);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, "431");
  EXPECT_LE(sent, most_header_bytes + 1000);
}

}  // namespace
}  // namespace lockstep::net
