// Tokens, permissions and apps.
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "github_account.hpp"

namespace lockstep::sandbox {
namespace {

class GitHubAccess : public GitHubTest {
 protected:
  Asking with(std::map<std::string, std::string> permissions,
              std::vector<std::string> repositories = {}) {
    const auto secret = "github_pat_" + std::to_string(made_++);
    github_.add_token({.id = secret,
                       .secret = secret,
                       .repositories = std::move(repositories),
                       .permissions = std::move(permissions)});
    return Asking(github_, "Bearer " + secret);
  }
  int made_ = 0;
};

TEST_F(GitHubAccess, BothSchemesWorkAndDeadTokensAreBadCredentials) {
  EXPECT_EQ(Asking(github_, "token github_pat_all").get(secrets_).status(), 200);
  EXPECT_EQ(Asking(github_, "bearer github_pat_all").get(secrets_).status(), 200);
  for (const auto* header : {"Basic github_pat_all", "github_pat_all", "Bearer nobody"}) {
    const auto answer = Asking(github_, header).get(secrets_);
    EXPECT_EQ(answer.status(), 401) << header;
    EXPECT_EQ(answer.body.at("message"), "Bad credentials");
  }
  EXPECT_EQ(Asking(github_, "").get(secrets_).body.at("message"), "Requires authentication");
  github_.revoke_token("t1");
  EXPECT_EQ(asking_.get(secrets_).body.at("message"), "Bad credentials");
}

TEST_F(GitHubAccess, TokensExpire) {
  github_.add_token(
      {.id = "e", .secret = "short", .permissions = all_permissions(), .expires_at = at(60)});
  Asking asking(github_, "token short");
  EXPECT_EQ(asking.get(secrets_).header("github-authentication-token-expiration"),
            "2026-01-01 00:01:00 UTC");
  asking.now = at(60);
  EXPECT_EQ(asking.get(secrets_).status(), 401);
}

TEST_F(GitHubAccess, MissingPermissionHidesReadsAndNamesWhatAWriteNeeds) {
  auto reader = with({{"secrets", "read"}});
  EXPECT_EQ(reader.get(secrets_).status(), 200);
  EXPECT_EQ(reader.get(repository_).status(), 200);
  EXPECT_EQ(reader.get(production_).status(), 404);
  EXPECT_EQ(reader.get(repository_ + "/environments/production").status(), 404);
  EXPECT_EQ(reader.get(repository_ + "/branches").status(), 404);
  const auto refused = reader.put(secrets_ + "/A", "{}");
  EXPECT_EQ(refused.status(), 403);
  EXPECT_EQ(refused.body.at("message"), "Resource not accessible by personal access token");
  EXPECT_EQ(refused.header("x-accepted-github-permissions"), "secrets=write");
  EXPECT_EQ(reader.remove(production_ + "/A").header("x-accepted-github-permissions"),
            "environments=write");
  EXPECT_EQ(
      reader.put(repository_ + "/environments/x", "{}").header("x-accepted-github-permissions"),
      "administration=write");
  EXPECT_EQ(with({{"environments", "write"}}).get(production_).status(), 200);
  EXPECT_EQ(with({{"environments", "write"}}).get(secrets_).status(), 404);
}

TEST_F(GitHubAccess, PrivateRepositoriesOutsideTheTokenAreNotThere) {
  auto shop = with(all_permissions(), {"alokai/shop"});
  EXPECT_EQ(shop.get("/repos/alokai/shop/actions/secrets").status(), 200);
  EXPECT_EQ(shop.get(repository_).status(), 404);
  EXPECT_EQ(shop.get(secrets_).status(), 404);
  EXPECT_EQ(shop.put(secrets_ + "/A", "{}").status(), 404);
  github_.move_repository("alokai/cms", "alokai/moved", at(1));
  EXPECT_EQ(shop.get(secrets_).status(), 404);
}

TEST_F(GitHubAccess, PublicRepositoriesShowAllButTheirSecrets) {
  github_.add_environment("alokai/docs", "pages", at(0));
  auto stranger = with({}, {"alokai/shop"});
  EXPECT_EQ(stranger.get("/repos/alokai/docs").status(), 200);
  EXPECT_EQ(stranger.get("/repos/alokai/docs/environments/pages").status(), 200);
  EXPECT_EQ(stranger.get("/repos/alokai/docs/actions/secrets").status(), 403);
}

TEST_F(GitHubAccess, SaysWhoATokenBelongsTo) {
  EXPECT_EQ(asking_.get("/user").body.at("login"), "octocat");
}

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

/// An app, and the JSON Web Tokens that it signs.
class GitHubApps : public GitHubTest {
 protected:
  GitHubApps() {
    github_.add_app({.id = "12345",
                     .client_id = "Iv23liFAKE00000000",
                     .public_key = pem(),
                     .installation = "777",
                     .repositories = {"alokai/cms", "alokai/shop"},
                     .permissions = {{"secrets", "write"}, {"environments", "read"}}});
  }
  std::string pem() const {
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(memory, key_.get());
    char* data = nullptr;
    const auto size = BIO_get_mem_data(memory, &data);
    std::string out(data, static_cast<std::size_t>(size));
    BIO_free(memory);
    return out;
  }
  std::string jwt(const std::string& claims,
                  const std::string& header = R"({"alg":"RS256"})") const {
    const auto part = [](std::string_view text) { return std::string(view(to_base64url(text))); };
    const auto text = part(header) + "." + part(claims);
    std::array<unsigned char, 256> signature{};
    std::size_t size = signature.size();
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_.get());
    EVP_DigestSign(context, signature.data(), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(context);
    return text + "." + part({reinterpret_cast<const char*>(signature.data()), size});
  }
  /// Claims with times in seconds from now.
  static std::string claims(const std::string& issuer, int issued, int expires) {
    const auto now = unix_seconds(at(0));
    return R"({"iss":)" + issuer + R"(,"iat":)" + std::to_string(now + issued) + R"(,"exp":)" +
           std::to_string(now + expires) + "}";
  }
  Answer ask(const std::string& token, std::string_view body = "", const std::string& id = "777",
             const std::string& scheme = "Bearer ") {
    return Asking(github_, scheme + token)
        .post("/app/installations/" + id + "/access_tokens", body);
  }
  const std::string good_ = claims(R"("Iv23liFAKE00000000")", -60, 540);

 private:
  // One for all tests: making it is slow.
  inline static const Key key_{EVP_RSA_gen(2048), EVP_PKEY_free};
};

TEST_F(GitHubApps, GetATokenForAnHour) {
  const auto made = ask(jwt(good_));
  ASSERT_EQ(made.status(), 201);
  EXPECT_EQ(made.body.at("expires_at"), "2026-01-01T01:00:00Z");
  EXPECT_EQ(made.body.at("permissions").at("secrets"), "write");
  EXPECT_EQ(made.body.at("repository_selection"), "selected");
  const std::string token(made.body.at("token").as_string());
  EXPECT_TRUE(token.starts_with("ghs_"));
  Asking asking(github_, "Bearer " + token);
  EXPECT_EQ(asking.get(secrets_).status(), 200);
  EXPECT_EQ(asking.put(production_ + "/A", "{}").body.at("message"),
            "Resource not accessible by integration");
  asking.now = at(3600);
  EXPECT_EQ(asking.get(secrets_).status(), 401);
}

TEST_F(GitHubApps, MayAskForLessAndNotForMore) {
  const auto less = ask(jwt(good_), R"({"repositories":["cms"],"permissions":{"secrets":"read"}})");
  ASSERT_EQ(less.status(), 201);
  Asking asking(github_, "token " + std::string(less.body.at("token").as_string()));
  EXPECT_EQ(asking.get(secrets_).status(), 200);
  EXPECT_EQ(asking.remove(secrets_ + "/A").status(), 403);
  EXPECT_EQ(asking.get("/repos/alokai/shop").status(), 404);
  EXPECT_EQ(ask(jwt(good_), R"({"permissions":{"environments":"write"}})").status(), 422);
  EXPECT_EQ(ask(jwt(good_), R"({"repositories":["docs"]})").status(), 422);
  EXPECT_EQ(ask(jwt(good_), R"({"repository_ids":[1]})").status(), 422);
}

TEST_F(GitHubApps, RefusesTokensOutsideTheRules) {
  struct Case {
    std::string claims;
    const char* text;
  };
  const Case cases[] = {
      {claims("\"nobody\"", -60, 540), "'Issuer'"},
      {claims("\"12345\"", 5, 540), "'Issued at'"},
      {claims("\"12345\"", -700, -1), "'Expiration time' claim ('exp') must be"},
      {claims("\"12345\"", -60, 601), "too far in the future"},
      {R"({"iss":"12345"})", "'Issued at'"},
  };
  for (const auto& each : cases) {
    const auto answer = ask(jwt(each.claims));
    EXPECT_EQ(answer.status(), 401) << each.claims;
    EXPECT_NE(answer.text().find(each.text), std::string::npos) << answer.text();
  }
  EXPECT_EQ(ask(jwt(claims("12345", 0, 600))).status(), 201) << "an id may be a number";
  auto forged = jwt(good_);
  forged.back() = forged.back() == 'A' ? 'Q' : 'A';
  EXPECT_EQ(ask(forged).status(), 401);
  EXPECT_EQ(ask(jwt(good_, R"({"alg":"HS256"})")).status(), 401);
  EXPECT_EQ(ask("a.b.c").status(), 401);
  EXPECT_EQ(ask(jwt(good_), "", "777", "token ").status(), 401) << "only Bearer";
  EXPECT_EQ(ask(jwt(good_), "", "778").status(), 404);
  EXPECT_EQ(Asking(github_, "Bearer " + jwt(good_)).get(secrets_).status(), 401);
}

}  // namespace
}  // namespace lockstep::sandbox
