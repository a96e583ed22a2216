#include "accounts.hpp"

namespace lockstep::sandbox {
namespace {

class CloudflareAccount : public CloudflareTest {
 protected:
  void add_token(CloudflareToken token) { cloudflare_.add_token(std::move(token)); }
  Answer verify(const std::string& where, const std::string& header) {
    return Asking(cloudflare_, header).get(where);
  }
  const std::string user_ = "/client/v4/user/tokens/verify";
  const std::string account_ = path("/tokens/verify");
};

TEST_F(CloudflareAccount, RefusesTokensByWhatIsWrongWithThem) {
  using Kind = CloudflareToken::Kind;
  using Status = CloudflareToken::Status;
  const std::set<std::string> all{"Workers Scripts Write"};
  add_token({.id = "d",
             .secret = "cf-disabled",
             .status = Status::disabled,
             .accounts = {kAccount},
             .permissions = all});
  add_token({.id = "e",
             .secret = "cf-expired",
             .accounts = {kAccount},
             .permissions = all,
             .expires_on = at(-1)});
  add_token({.id = "r",
             .secret = "cf-reader",
             .accounts = {kAccount},
             .permissions = {"Workers Scripts Read"}});
  add_token({.id = "n", .secret = "cf-nothing", .accounts = {kAccount}});
  add_token({.id = "o",
             .secret = "cf-other",
             .kind = Kind::account,
             .accounts = {"ffffffffffffffffffffffffffffffff"},
             .permissions = all});
  struct Case {
    const char* header;
    const char* method;
    int status;
    int code;
  };
  const Case cases[] = {
      {"", "GET", 400, 9106},
      {"Token cf-writer", "GET", 400, 6003},
      {"Bearer two words", "GET", 400, 6003},
      {"Bearer cf-unknown", "GET", 403, 9109},
      {"Bearer cf-disabled", "GET", 401, 10000},
      {"Bearer cf-expired", "GET", 401, 10000},
      {"Bearer cf-nothing", "GET", 403, 10000},
      {"Bearer cf-reader", "GET", 200, 0},
      {"Bearer cf-reader", "PUT", 403, 10000},
      {"Bearer cf-other", "GET", 403, 9109},
      {"Bearer cf-writer", "PUT", 200, 0},
  };
  for (const auto& each : cases) {
    const auto answer =
        Asking(cloudflare_, each.header).ask(each.method, script("/secrets"), body("A", "x"));
    EXPECT_EQ(answer.status(), each.status) << each.header << " " << each.method;
    EXPECT_EQ(answer.code(), each.code) << each.header << " " << each.method;
  }
}

TEST_F(CloudflareAccount, VerifyTellsUserAndAccountTokensApart) {
  add_token({.id = "acc",
             .secret = "cf-account",
             .kind = CloudflareToken::Kind::account,
             .accounts = {kAccount}});
  const auto user = verify(user_, "Bearer cf-writer");
  EXPECT_EQ(user.result().at("id"), "tok1");
  EXPECT_EQ(user.result().at("status"), "active");
  EXPECT_EQ(user.body.at("messages").at(0).at("code"), 10000);
  EXPECT_EQ(verify(user_, "Bearer cf-account").code(), 1000);
  EXPECT_EQ(verify(account_, "Bearer cf-account").result().at("id"), "acc");
  EXPECT_EQ(verify(account_, "Bearer cf-writer").code(), 1000);
  EXPECT_EQ(verify(user_, "Bearer cf-unknown").status(), 401);
}

TEST_F(CloudflareAccount, VerifyTellsWhyATokenIsDead) {
  cloudflare_.set_token_status("tok1", CloudflareToken::Status::disabled);
  EXPECT_EQ(verify(user_, "Bearer cf-writer").result().at("status"), "disabled");
  cloudflare_.delete_token("tok1");
  EXPECT_EQ(verify(user_, "Bearer cf-writer").code(), 1000);
  add_token({.id = "e", .secret = "cf-expired", .expires_on = at(0)});
  EXPECT_EQ(verify(user_, "Bearer cf-expired").result().at("status"), "expired");
}

TEST_F(CloudflareAccount, EditsOfAnAccountTokenHaveNoAuthor) {
  add_token({.id = "acc",
             .secret = "cf-account",
             .kind = CloudflareToken::Kind::account,
             .accounts = {kAccount},
             .permissions = {"Workers Scripts Write"}});
  Asking account(cloudflare_, "Bearer cf-account");
  account.agent = "wrangler/4.125.0";
  EXPECT_EQ(account.put(script("/secrets"), body("A", "x")).status(), 200);
  const auto deployment = newest_deployment();
  EXPECT_FALSE(deployment.as_object().contains("author_email"));
  EXPECT_EQ(deployment.at("source"), "wrangler");
}

TEST_F(CloudflareAccount, ListsResourcesPageByPage) {
  using Kind = CloudflareResource::Kind;
  for (int i = 0; i < 25; ++i) {
    const auto name = "ns" + std::to_string(i);
    cloudflare_.add_resource(kAccount, {.kind = Kind::kv, .name = name}, at(0));
    cloudflare_.add_resource(kAccount, {.kind = Kind::r2, .name = name}, at(0));
  }
  cloudflare_.add_resource(kAccount, {.kind = Kind::d1, .name = "prod-stream-tenant-db"}, at(0));
  cloudflare_.add_resource(kAccount, {.kind = Kind::ai_gateway, .name = "prod-stream-aigw"}, at(0));

  EXPECT_EQ(asking_.get(path("/storage/kv/namespaces")).result().as_array().size(), 20U);
  const auto second = asking_.get(path("/storage/kv/namespaces?page=2"));
  EXPECT_EQ(second.result().as_array().size(), 5U);
  EXPECT_EQ(second.body.at("result_info"),
            parsed(R"({"count":5,"page":2,"per_page":20,"total_count":25,"total_pages":2})"));
  EXPECT_TRUE(asking_.get(path("/storage/kv/namespaces?page=3")).result().as_array().empty());

  const auto buckets = asking_.get(path("/r2/buckets?per_page=20"));
  const std::string cursor(buckets.body.at("result_info").at("cursor").as_string());
  const auto rest = asking_.get(path("/r2/buckets?per_page=20&cursor=" + cursor));
  EXPECT_EQ(rest.result().at("buckets").as_array().size(), 5U);
  EXPECT_FALSE(rest.body.at("result_info").as_object().contains("cursor"));

  EXPECT_EQ(asking_.get(path("/d1/database?name=stream")).result().at(0).at("name"),
            "prod-stream-tenant-db");
  EXPECT_EQ(asking_.get(path("/ai-gateway/gateways?search=prod")).result().as_array().size(), 1U);
  EXPECT_EQ(asking_.get(path("/ai-gateway/gateways/prod-stream-aigw")).status(), 200);
  EXPECT_EQ(asking_.get(path("/ai-gateway/gateways/none")).status(), 404);
}

TEST_F(CloudflareAccount, EveryResourceHasItsOwnPermission) {
  add_token({.id = "n",
             .secret = "cf-scripts",
             .accounts = {kAccount},
             .permissions = {"Workers Scripts Write"}});
  for (const auto* rest :
       {"/d1/database", "/storage/kv/namespaces", "/r2/buckets", "/ai-gateway/gateways"}) {
    EXPECT_EQ(asking_.get(path(rest)).status(), 200) << rest;
    EXPECT_EQ(Asking(cloudflare_, "Bearer cf-scripts").get(path(rest)).status(), 403) << rest;
  }
}

TEST_F(CloudflareAccount, ListsTheAccountsOfTheToken) {
  const auto accounts = asking_.get("/client/v4/accounts?page=1");
  ASSERT_EQ(accounts.result().as_array().size(), 1U);
  EXPECT_EQ(accounts.result().at(0).at("id"), json::value(kAccount));
  EXPECT_EQ(asking_.get(path("")).result().at("name"), "Example");
}

TEST_F(CloudflareAccount, ListsScripts) {
  const auto scripts = asking_.get(path("/workers/scripts"));
  EXPECT_EQ(scripts.result().at(0).at("id"), json::value(kWorker));
  EXPECT_EQ(scripts.result().at(0).at("tag").as_string().size(), 32U);
}

class FewRequests : public CloudflareTest {
 protected:
  FewRequests() : CloudflareTest({.requests = 3}) {}
};

TEST_F(FewRequests, BlocksForFiveMinutesOverTheLimit) {
  const auto first = asking_.get(script("/secrets"));
  EXPECT_EQ(first.header("ratelimit"), R"("default";r=2;t=300)");
  EXPECT_EQ(first.header("ratelimit-policy"), R"("default";q=3;w=300)");
  asking_.now = at(100);
  asking_.get(script("/secrets"));
  asking_.get(script("/secrets"));
  const auto refused = asking_.get(script("/secrets"));
  EXPECT_EQ(refused.status(), 429);
  EXPECT_EQ(refused.code(), 971);
  EXPECT_EQ(refused.header("retry-after"), "300");
  EXPECT_EQ(refused.header("ratelimit"), R"("default";r=0;t=300)");
  asking_.now = at(399.5);
  EXPECT_EQ(asking_.get(script("/secrets")).header("retry-after"), "1");
  asking_.now = at(400);
  EXPECT_EQ(asking_.get(script("/secrets")).header("ratelimit"), R"("default";r=2;t=300)");
}

TEST_F(FewRequests, AllTokensOfOneUserShareTheLimit) {
  cloudflare_.add_token({.id = "2",
                         .secret = "cf-second",
                         .owner_email = "lockstep@example.com",
                         .accounts = {kAccount},
                         .permissions = {"Workers Scripts Read"}});
  cloudflare_.add_token({.id = "3",
                         .secret = "cf-alice",
                         .owner_email = "alice@example.com",
                         .accounts = {kAccount},
                         .permissions = {"Workers Scripts Read"}});
  for (int i = 0; i < 3; ++i) asking_.get(script("/secrets"));
  EXPECT_EQ(Asking(cloudflare_, "Bearer cf-second").get(script("/secrets")).status(), 429);
  EXPECT_EQ(Asking(cloudflare_, "Bearer cf-alice").get(script("/secrets")).status(), 200);
}

}  // namespace
}  // namespace lockstep::sandbox
