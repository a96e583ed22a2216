// What an apply tells besides outcomes, and sources and answers that fail in its middle.
#include <gmock/gmock.h>

#include "world.hpp"

namespace lockstep::providers::github {
namespace {

using lockstep::testing::changes_of;
using lockstep::testing::put;
using lockstep::testing::removal;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using O = Receipt::Outcome;

struct GitHubApplyWords : GitHubWorld {
  KeyPair key{7, "568250167242549743"};
  const net::Header noon = dated("Thu, 01 Jan 2026 12:00:00 GMT");
};

TEST_F(GitHubApplyWords, ARefusalSaysWhatWasTriedAndWhere) {
  http.answer(200, key.answer());
  http.answer(403, message("no"));
  const auto written = apply(environment, changes_of(put("A", "v")));
  EXPECT_THAT(written->receipts[0].error->message,
              StartsWith("writing A of environment production of alokai/cms: "));
  EXPECT_EQ(http.asked()[1].operation, "secrets.put");
  http.answer(403, message("no"));
  const auto removed = apply(repository, changes_of(removal("A")));
  EXPECT_THAT(removed->receipts[0].error->message,
              StartsWith("deleting A of repository alokai/cms: "));
  EXPECT_EQ(http.asked()[2].operation, "secrets.delete");
}

TEST_F(GitHubApplyWords, ARemovalThatIs404LetsTheRestBeSent) {
  http.answer(200, key.answer());
  http.answer(404, not_found);
  http.answer(204, "", {noon});
  http.answer(200, secrets({{"B", "2026-01-01T12:00:00Z"}}));
  const auto applied = apply(repository, changes_of(removal("OLD"), put("B", "v")));
  ASSERT_TRUE(applied);
  for (const auto& receipt : applied->receipts) EXPECT_EQ(receipt.outcome, O::done);
}

TEST_F(GitHubApplyWords, ANameWithoutAnIntentIsNoRace) {
  memory.names["A"].written = true;
  http.answer(200, key.answer());
  http.answer(204, "", {noon});
  http.answer(200, secrets({{"A", "2026-01-01T12:00:00Z"}}));
  const auto applied = apply(repository, changes_of(put("A", "v")));
  EXPECT_FALSE(applied->presumed);
  EXPECT_TRUE(applied->receipts[0].updated_at);
}

TEST_F(GitHubApplyWords, AKeyThatSealsNothingSendsNothing) {
  const std::string zeros(43, 'A');
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {zeros + "=", "key"},
           {"c2hvcnQ=", "key is not a public key of 32 bytes"},
           {"not base64", "key is not a public key of 32 bytes"}}) {
    http.answer(200, R"({"key_id":"1","key":")" + text + "\"}");
    const auto applied = apply(repository, changes_of(put("A", "v")));
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().kind, ErrorKind::protocol);
    EXPECT_THAT(applied.error().message, HasSubstr(why));
  }
  EXPECT_EQ(http.asked().size(), 3U);
}

// S6
TEST_F(GitHubApplyWords, AnAnswerThatCannotBeReadLeavesTheOutcomeOpen) {
  http.answer(200, key.answer());
  http.fail_with({.kind = ErrorKind::protocol, .message = "too large"});
  const auto applied = apply(repository, changes_of(put("A", "v")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->receipts[0].outcome, O::unknown);
  EXPECT_EQ(applied->writes, 1U);
}

TEST_F(GitHubApplyWords, ASourceThatDriesUpInTheMiddleSendsNoMore) {
  int left = 1;
  GitHubSecretsProvider drying(
      http, sim.clock(), sim.random(),
      [&left] {
        return left-- > 0 ? lockstep::testing::token_of(api_token)()
                          : lockstep::testing::broken_token()();
      },
      GitHubOptions{});
  http.answer(200, key.answer());
  const auto applied =
      sim.run(drying.apply(repository, changes_of(put("A", "v")), memory, WriteMode::live, {}));
  EXPECT_EQ(applied.error().kind, ErrorKind::transient);
  EXPECT_EQ(http.asked().size(), 1U);
}

TEST_F(GitHubApplyWords, OtherPlacesAreUnsupported) {
  const Place app{PlaceKind::flyApp, {"x"}};
  EXPECT_EQ(sim.run(provider.check_write(app, {}, WriteMode::live, {})).error().kind,
            ErrorKind::unsupported);
  EXPECT_EQ(sim.run(provider.attribute(app, "A", {})).error().kind, ErrorKind::unsupported);
  EXPECT_EQ(&provider.capabilities(), &capabilities_of(PlaceKind::githubRepository));
}

}  // namespace
}  // namespace lockstep::providers::github
