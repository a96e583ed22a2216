// What both providers rest on: hiding values, taking answers apart, receipts.
#include <cmath>

#include "../world.hpp"
#include "base/remote_text.hpp"
#include "providers/common/confidential.hpp"
#include "providers/common/fields.hpp"
#include "providers/common/tally.hpp"
#include "providers/common/throttle.hpp"

namespace lockstep::providers {
namespace {

using lockstep::testing::changes_of;
using lockstep::testing::put;
using lockstep::testing::removal;

TEST(Confidential, S4_ATextThatRepeatsAPartOfAValueIsLeftOutWhole) {
  Confidential hidden;
  hidden.add("sk_live_51MzFAKE\"quote");
  EXPECT_EQ(hidden.clean(R"(bad value sk_live_51MzFAKE\"quote here)").text(), left_out_text);
  EXPECT_EQ(hidden.clean("value sk_live... is refused").text(), left_out_text);
  EXPECT_EQ(hidden.clean("value sk_... is refused").text(), "value sk_... is refused");
  EXPECT_TRUE(hidden.repeated_in("51mzf"));
  EXPECT_FALSE(hidden.repeated_in("alice@example.com"));
}

/// A made-up token: `prefix`, then letters and digits without a pattern.
std::string token_like(std::string prefix, std::size_t length, std::uint32_t seed) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (std::size_t i = 0; i < length; ++i) {
    seed = seed * 1664525U + 1013904223U;
    prefix += letters[(seed >> 16) % letters.size()];
  }
  return prefix;
}

// A token holds no words of its own, so what people want to read is rarely left out for it: by
// chance, as for the longest of 600 characters about every three hundredth text.
TEST(Confidential, TokensOfTheProvidersFormatsLeaveOrdinaryTextsAlone) {
  struct Format {
    const char* prefix;
    std::size_t length;
  };
  constexpr Format formats[] = {{"", 40},     {"cfut_", 48},       {"cfat_", 48}, {"ghp_", 36},
                                {"ghs_", 36}, {"github_pat_", 82}, {"fm2_", 600}};
  for (const auto& [prefix, length] : formats) {
    int left_out = 0;
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
      Confidential hidden;
      const auto token = token_like(prefix, length, seed);
      hidden.add_token(token, {prefix});
      for (const std::string text :
           {"alice@lockstep.example", "wrangler", "secret", "version_upload", "production-shop",
            "Authentication error: the token must begin with cfut_ or cfat_",
            "Resource not accessible by personal access token (github_pat_, ghp_)",
            "You have exceeded a secondary rate limit. Please wait a few minutes",
            "could not find app \"molecule-cp\"", "invalid fm2_ macaroon: unknown caveat"}) {
        left_out += hidden.clean(text).text() == text ? 0 : 1;
      }
      EXPECT_EQ(hidden.clean("bad token " + token).text(), left_out_text);
      EXPECT_EQ(hidden.clean(token.substr(token.size() - 5)).text(), left_out_text);
    }
    EXPECT_LE(left_out, 2) << prefix << ", of 200 texts";
  }
}

TEST(Confidential, S4_HidesWhatABatchPutsAndNothingForRemovals) {
  Confidential hidden;
  hidden.add(Values());
  hidden.add(values_of(changes_of(put("A", "first-value"), removal("B"), put("C", "second-one"))));
  EXPECT_TRUE(hidden.repeated_in("first value"));
  EXPECT_TRUE(hidden.repeated_in("second one"));
  EXPECT_FALSE(hidden.repeated_in("other"));
}

TEST(Confidential, RemovesControlAndBidirectionalCharacters) {
  EXPECT_EQ(Confidential()
                .clean("a\x1b[31mb\xE2\x80\xAE"
                       "c")
                .text(),
            "a [31mb c");
}

TEST(Fields, NamesTheFieldThatIsNotUnderstood) {
  const auto document = parse_json(R"({"secrets":[{"name":7}]})");
  ASSERT_TRUE(document);
  const auto whole = Fields::of(*document, "Fly.io's answer to secrets.list");
  ASSERT_TRUE(whole);
  const auto entries = whole->objects("secrets", 10);
  ASSERT_TRUE(entries);
  const auto name = entries->at(0).text("name");
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().kind, ErrorKind::protocol);
  EXPECT_EQ(
      name.error().message,
      "Fly.io's answer to secrets.list was not understood: secrets[0].name is not plain text");
  EXPECT_FALSE(whole->objects("secrets", 0));
  EXPECT_FALSE(whole->objects("absent", 10));
}

TEST(Fields, RefusesTextThatWouldNotBeSafeToShow) {
  const auto document = parse_json(R"({"a":"line\nbreak","b":"\u202Eflip","c":"plain"})");
  const auto whole = Fields::of(*document, "answer");
  ASSERT_TRUE(whole);
  EXPECT_FALSE(whole->text("a"));
  EXPECT_FALSE(whole->text("b"));
  EXPECT_FALSE(whole->text("c", 4));
  EXPECT_EQ(*whole->text("c"), "plain");
  EXPECT_EQ(*whole->text("c", 5), "plain");
}

TEST(Fields, ANumberIsThereAndFinite) {
  const json::value document{{"n", 7}, {"text", "7"}, {"big", HUGE_VAL}};
  const auto whole = Fields::of(document, "answer");
  ASSERT_TRUE(whole);
  EXPECT_EQ(*whole->number("n"), 7.0);
  for (const auto* key : {"text", "big", "absent"}) {
    ASSERT_FALSE(whole->number(key)) << key;
    EXPECT_EQ(whole->number(key).error().message,
              "answer was not understood: " + std::string(key) + " is not a number");
  }
}

TEST(Fields, AnObjectIsThere) {
  const json::value document{{"o", json::object{{"x", "y"}}}};
  const auto whole = Fields::of(document, "answer");
  EXPECT_TRUE(whole->object("o"));
  EXPECT_EQ(whole->object("absent").error().message,
            "answer was not understood: absent is not there");
}

TEST(Fields, ATimeIsAtMost64CharactersOfText) {
  const json::value document{{"fits", std::string(64, '1')}, {"longer", std::string(65, '1')}};
  const auto whole = Fields::of(document, "answer");
  EXPECT_EQ(whole->time("fits").error().message, "answer was not understood: fits is not a time");
  EXPECT_EQ(whole->time("longer").error().message,
            "answer was not understood: longer is not plain text");
}

TEST(Tally, SettlesWhatThePlaceIsKnownToRefuse) {
  auto tally =
      Tally::of(PlaceKind::flyApp,
                changes_of(put("GOOD", "v"), put("bad-name", "v"), put("BINARY", "\xFF\xFE"),
                           put("BIG", std::string(70'000, 'x')), removal("OLD")));
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->open(), (std::vector<std::size_t>{0, 4}));
  tally->settle_open(Receipt::Outcome::done, {});
  const auto receipts = tally->take();
  for (const auto i : {1, 2, 3}) {
    EXPECT_EQ(receipts[i].outcome, Receipt::Outcome::failed) << receipts[i].name;
    EXPECT_EQ(receipts[i].error->kind, ErrorKind::invalid) << receipts[i].name;
  }
}

TEST(Tally, RefusesTooManyChangesAndANameTwice) {
  std::vector<Change> many;
  for (int i = 0; i < 101; ++i) many.push_back(put("N" + std::to_string(i), "v"));
  EXPECT_EQ(Tally::of(PlaceKind::cloudflareWorker, many).error().kind, ErrorKind::invalid);
  EXPECT_EQ(Tally::of(PlaceKind::flyApp, changes_of(put("A", "1"), removal("A"))).error().kind,
            ErrorKind::invalid);
}

TEST(Tally, TakesAsMuchAsThePlaceDoes) {
  std::vector<Change> most;
  for (int i = 0; i < 100; ++i) most.push_back(put("N" + std::to_string(i), "v"));
  EXPECT_TRUE(Tally::of(PlaceKind::cloudflareWorker, most));
  const auto fits = [](std::size_t bytes) {
    const auto tally =
        Tally::of(PlaceKind::flyApp, changes_of(put("BIG", std::string(bytes, 'x'))));
    return !tally->open().empty();
  };
  const auto bytes = max_value_bytes(PlaceKind::flyApp);
  EXPECT_TRUE(fits(bytes));
  EXPECT_FALSE(fits(bytes + 1));
}

TEST(Tally, AnUnknownOutcomeSaysThatTheNextPassLooks) {
  const auto error = unknown_outcome({.kind = ErrorKind::protocol, .message = "cut", .code = "x"});
  EXPECT_EQ(error.kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(error.code, "x");
  EXPECT_EQ(error.message,
            "it is not known whether the write happened (cut); the next pass looks before it does "
            "anything");
}

/// A refusal that says to stay away for that long.
Error limited(const std::string& retry_after) {
  net::Response response{.status = 429, .headers = {}, .body = {}};
  if (!retry_after.empty()) response.headers = {{"retry-after", retry_after}};
  Error error{.kind = ErrorKind::throttled, .message = "limited"};
  set_retry_at(error, response, Wall{}, Seconds(1));
  return error;
}

TEST(Throttle, BoundsWhatItIsToldAndSaysSo_S15) {
  EXPECT_EQ(limited("7").retry_at, Wall{} + Seconds(7));
  EXPECT_EQ(limited("7").message, "limited");
  EXPECT_EQ(limited("").retry_at, Wall{} + Seconds(1));
  EXPECT_EQ(limited("").message, "limited");
  EXPECT_EQ(limited("12000").retry_at, Wall{} + longest_stay_away);
  EXPECT_EQ(limited("12000").message,
            "limited; it asks to stay away for 3h 20m, and lockstep asks again after 10m");
  for (const auto* absurd : {"99999999", "99999999999999999999999", "4000000000000000000000.5",
                             "Fri, 31 Dec 9999 23:59:59 GMT", "Tue, 01 Jan 2261 00:00:00 GMT"}) {
    EXPECT_EQ(limited(absurd).retry_at, Wall{} + longest_stay_away) << absurd;
    EXPECT_EQ(limited(absurd).message,
              "limited; it asks to stay away for a day or more, and lockstep asks again after 10m")
        << absurd;
  }
}

TEST(Caller, SendsNothingWithoutAUsableToken) {
  lockstep::testing::Simulation sim;
  lockstep::testing::ScriptedHttp http;
  const auto authorize = [](const Secret& token, Confidential&) { return token.clone(); };
  for (const auto* token : {"", "  \n", "line\nbreak", "caf\xC3\xA9"}) {
    Caller caller(http, sim.clock(), lockstep::testing::token_of(token), "https://x", authorize);
    const auto prepared = sim.run(caller.prepare(read_request("/p", "op"), {}));
    ASSERT_FALSE(prepared);
    EXPECT_EQ(prepared.error().kind, ErrorKind::unauthorized);
    const bool blank = std::string_view(token).find_first_not_of(" \n") == std::string_view::npos;
    EXPECT_EQ(prepared.error().message.contains("is empty"), blank) << token;
  }
  Caller tilde(http, sim.clock(), lockstep::testing::token_of("a~b"), "https://x", authorize);
  EXPECT_TRUE(sim.run(tilde.prepare(read_request("/p", "op"), {})));
  Caller broken(http, sim.clock(), lockstep::testing::broken_token(), "https://x", authorize);
  EXPECT_EQ(sim.run(broken.prepare(read_request("/p", "op"), {})).error().kind,
            ErrorKind::transient);
  Caller good(http, sim.clock(), lockstep::testing::token_of("token\n"), "https://x", authorize);
  const auto prepared =
      sim.run(good.prepare(read_request("/p", "op"), {.deadline = Mono(Seconds(9))}));
  ASSERT_TRUE(prepared);
  EXPECT_EQ(prepared->request.url, "https://x/p");
  EXPECT_EQ(prepared->request.authorization.expose(), "token");
  EXPECT_EQ(prepared->request.deadline, Mono(Seconds(9)));
}

}  // namespace
}  // namespace lockstep::providers
