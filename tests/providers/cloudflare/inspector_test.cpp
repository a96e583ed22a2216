#include "providers/cloudflare/inspector.hpp"

#include "world.hpp"

namespace lockstep::providers::cloudflare {
namespace {

struct Inspector : ::testing::Test {
  lockstep::testing::Simulation sim;
  lockstep::testing::ScriptedHttp http;
  CloudflareInspector inspector{http, sim.clock(), lockstep::testing::token_of(api_token),
                                CloudflareOptions{.account_id = account}};
  Result<AccountResources> existing(AccountResources wanted) {
    return sim.run(inspector.existing(std::move(wanted), {}));
  }
};
using Names = std::vector<std::string>;

TEST_F(Inspector, ReadsOnlyListsOfWhichSomethingIsWanted) {
  EXPECT_TRUE(existing({}));
  EXPECT_TRUE(http.asked().empty());
  http.answer(200, envelope(R"([{"id":"prod-stream-aigw"}])", R"({"total_count":1})"));
  http.answer(
      200, envelope(R"([{"uuid":"u1","name":"prod-stream-tenant-db"}])", R"({"total_count":1})"));
  http.answer(200, envelope(R"([{"id":"k1","title":"cache"}])", R"({"total_count":1})"));
  http.answer(200, envelope(R"({"buckets":[{"name":"media"}]})", R"({"cursor":""})"));
  const auto there = existing({.ai_gateways = {"prod-stream-aigw", "gone"},
                               .d1_databases = {"u1"},
                               .kv_namespaces = {"cache", "other"},
                               .r2_buckets = {"media"}});
  ASSERT_TRUE(there);
  EXPECT_EQ(there->ai_gateways, Names{"prod-stream-aigw"});
  EXPECT_EQ(there->d1_databases, Names{"u1"});
  EXPECT_EQ(there->kv_namespaces, Names{"cache"});
  EXPECT_EQ(there->r2_buckets, Names{"media"});
  EXPECT_TRUE(http.asked()[0].url.ends_with("/ai-gateway/gateways?page=1&per_page=50"));
  EXPECT_TRUE(http.asked()[3].url.ends_with("/r2/buckets?per_page=50"));
}

TEST_F(Inspector, ReadsPageAfterPage) {
  http.answer(200, envelope(R"([{"name":"a"},{"name":"b"}])", R"({"total_count":3})"));
  http.answer(200, envelope(R"([{"name":"c"}])", R"({"total_count":3})"));
  EXPECT_EQ(existing({.d1_databases = {"c", "d"}})->d1_databases, Names{"c"});
  EXPECT_TRUE(http.asked()[1].url.ends_with("?page=2&per_page=50"));

  http.answer(200, envelope(R"({"buckets":[{"name":"a"}]})", R"({"cursor":"n/x"})"));
  http.answer(200, envelope(R"({"buckets":[{"name":"b"}]})", "{}"));
  EXPECT_EQ(existing({.r2_buckets = {"b"}})->r2_buckets, Names{"b"});
  EXPECT_TRUE(http.asked()[3].url.ends_with("?per_page=50&cursor=n%2Fx"));

  // Without a total: until an empty page, or one that repeats itself.
  http.answer(200, envelope(R"([{"name":"a"}])"));
  http.answer(200, envelope("[]"));
  EXPECT_EQ(existing({.d1_databases = {"z"}})->d1_databases, Names{});
  http.answer(200, envelope(R"([{"name":"a"}])"));
  http.answer(200, envelope(R"([{"name":"a"}])"));
  EXPECT_EQ(existing({.d1_databases = {"z"}})->d1_databases, Names{});
  EXPECT_TRUE(http.exhausted());
}

TEST_F(Inspector, StopsWhenAllIsFound) {
  http.answer(200, envelope(R"([{"name":"a"}])", R"({"total_count":300})"));
  EXPECT_EQ(existing({.d1_databases = {"a"}})->d1_databases, Names{"a"});
  EXPECT_EQ(http.asked().size(), 1U);
}

// S3: pages that do not add up prove no absence.
TEST_F(Inspector, RefusesPagesThatDoNotAddUp) {
  http.answer(200, envelope(R"([{"name":"a"}])", R"({"total_count":3})"));
  http.answer(200, envelope("[]", R"({"total_count":3})"));
  EXPECT_EQ(existing({.d1_databases = {"z"}}).error().kind, ErrorKind::protocol);
  http.answer(200, envelope(R"([{"name":"a"},{"name":"b"}])", R"({"total_count":1})"));
  EXPECT_EQ(existing({.d1_databases = {"z"}}).error().kind, ErrorKind::protocol);
  http.answer(200, envelope(R"({"buckets":[]})", R"({"cursor":"same"})"));
  http.answer(200, envelope(R"({"buckets":[]})", R"({"cursor":"same"})"));
  EXPECT_EQ(existing({.r2_buckets = {"z"}}).error().kind, ErrorKind::protocol);
  http.answer(200, envelope("{}"));
  EXPECT_EQ(existing({.d1_databases = {"z"}}).error().kind, ErrorKind::protocol);
  http.answer(200, envelope(R"([{"uuid":"no name"}])"));
  EXPECT_EQ(existing({.d1_databases = {"z"}}).error().kind, ErrorKind::protocol);
}

// S3
TEST_F(Inspector, AListThatIsNotThereIsNoEmptyOne) {
  http.answer(200, envelope("{}"));
  const auto error = existing({.r2_buckets = {"z"}}).error();
  EXPECT_EQ(error.kind, ErrorKind::protocol);
  EXPECT_NE(error.message.find("result.buckets is not there"), std::string::npos) << error.message;
  http.answer(200, envelope("[]", R"({"total_count":0})"));
  EXPECT_EQ(existing({.d1_databases = {"z"}})->d1_databases, Names{});
}

TEST_F(Inspector, TakesNamesOfAThousandAndTwentyFourCharacters) {
  const std::string longest(1024, 'n');
  const auto list = [&](const std::string& name, const std::string& uuid) {
    http.answer(200, envelope(R"([{"name":")" + name + R"(","uuid":")" + uuid + "\"}]",
                              R"({"total_count":1})"));
    return existing({.d1_databases = {longest}});
  };
  EXPECT_EQ(list("n", longest)->d1_databases, Names{longest});
  EXPECT_EQ(list(longest, "u")->d1_databases, Names{longest});
  EXPECT_FALSE(list("n", longest + "n"));
  EXPECT_FALSE(list(longest + "n", "u"));
}

// S15
TEST_F(Inspector, StopsAtAHundredPages) {
  for (int i = 0; i < 100; ++i) {
    http.answer(200, envelope("[{\"name\":\"n" + std::to_string(i) + "\"}]"));
  }
  EXPECT_EQ(existing({.d1_databases = {"z"}}).error().kind, ErrorKind::protocol);
  EXPECT_TRUE(http.exhausted());
}

TEST_F(Inspector, TellsForbiddenFromMissing) {
  http.answer(403, error_body(10000));
  EXPECT_EQ(existing({.kv_namespaces = {"z"}}).error().kind, ErrorKind::forbidden);
}

}  // namespace
}  // namespace lockstep::providers::cloudflare
