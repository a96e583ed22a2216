#include "providers/github/app_token.hpp"

#include <gmock/gmock.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "providers/github/app_jwt.hpp"
#include "world.hpp"

namespace lockstep::providers::github {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

std::string pem_of(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return out;
}

/// An App's key, made for this run.
struct AppKey {
  AppKey() : key(EVP_RSA_gen(2048)), pem(pem_of(key)) {}
  ~AppKey() { EVP_PKEY_free(key); }
  bool verifies(std::string_view text, std::string_view signature) const {
    auto* context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key);
    const int ok = EVP_DigestVerify(
        context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
        reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(context);
    return ok == 1;
  }
  EVP_PKEY* key;
  std::string pem;
};
const AppKey& app_key() {
  static const AppKey key;
  return key;
}

std::string from_base64url(std::string text) {
  for (auto& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (text.size() % 4 != 0) text += '=';
  return std::string(view(from_base64(text).value()));
}

TEST(AppJwt, SaysWhoAndIsSignedByTheKey) {
  const auto now = parse_rfc3339("2026-01-15T10:00:00.7Z").value();
  const auto jwt = app_jwt("123456", Secret(app_key().pem), now);
  ASSERT_TRUE(jwt);
  const auto parts = split(jwt->expose(), '.');
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(from_base64url(parts[0]), R"({"alg":"RS256","typ":"JWT"})");
  const auto claims = parse_json(from_base64url(parts[1])).value();
  const auto at = std::chrono::floor<Seconds>(now).time_since_epoch().count();
  EXPECT_EQ(int_member(claims, "iat"), at - 60);
  EXPECT_EQ(int_member(claims, "exp"), at + 540);
  EXPECT_EQ(text_member(claims, "iss"), "123456");
  EXPECT_TRUE(app_key().verifies(parts[0] + "." + parts[1], from_base64url(parts[2])));
  EXPECT_FALSE(app_key().verifies(parts[0] + "x." + parts[1], from_base64url(parts[2])));
}

TEST(AppJwt, AKeyThatIsNoneIsNamedAndNotQuoted) {
  auto* elliptic = EVP_EC_gen("P-256");
  const auto other = pem_of(elliptic);
  EVP_PKEY_free(elliptic);
  const auto locked = std::string("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n") +
                      "-----END ENCRYPTED PRIVATE KEY-----\n";
  for (const auto& text : {std::string(), std::string("hunter2hunter2"), other, locked,
                           app_key().pem.substr(0, 300), std::string(100'000, 'A')}) {
    const auto jwt = app_jwt("123456", Secret(text), Wall{});
    ASSERT_FALSE(jwt);
    EXPECT_EQ(jwt.error().kind, ErrorKind::unauthorized);
    EXPECT_THAT(describe(jwt.error()), HasSubstr(".pem"));
    EXPECT_THAT(describe(jwt.error()), Not(HasSubstr("hunter2")));
  }
}

TEST(AppJwt, TakesAKeyOf64KiBAndLeavesNoErrorBehind) {
  auto padded = app_key().pem;
  padded.resize(std::size_t{64} * 1024, '\n');
  EXPECT_TRUE(app_jwt("123456", Secret(padded), Wall{}));
  EXPECT_FALSE(app_jwt("123456", Secret(padded + "\n"), Wall{}));
  EXPECT_FALSE(app_jwt("123456", Secret("hunter2hunter2"), Wall{}));
  EXPECT_EQ(ERR_peek_error(), 0U) << "somebody else would read it as theirs";
}

struct AppWorld : ::testing::Test {
  lockstep::testing::Simulation sim;
  lockstep::testing::ScriptedHttp http;
  AppTokens tokens{http,
                   sim.clock(),
                   lockstep::testing::token_of(app_key().pem),
                   "https://api.github.com",
                   {.app_id = "123456", .installation_id = "789"}};

  void answer(const std::string& token, Nanos life = 1h) {
    http.answer(201, R"({"token":")" + token + R"(","expires_at":")" +
                         to_rfc3339(sim.clock().wall() + life) + "\"}");
  }
  std::string get() {
    const auto token = sim.run(tokens.get());
    return token ? std::string(token->expose()) : describe(token.error());
  }
  void wait(Nanos span) {
    (void)sim.run([](Clock& clock, Mono when) -> Awaitable<int> {
      (void)co_await clock.sleep_until(when);
      co_return 0;
    }(sim.clock(), sim.clock().mono() + span));
  }
};
using AppToken = AppWorld;

TEST_F(AppToken, IsAskedForOnceAndKeptUntilNearItsEnd) {
  answer("ghs_FAKE0000000000000001");
  EXPECT_EQ(get(), "ghs_FAKE0000000000000001");
  const auto& asked = http.asked()[0];
  EXPECT_EQ(asked.method + " " + asked.url,
            "POST https://api.github.com/app/installations/789/access_tokens");
  EXPECT_TRUE(asked.authorization.starts_with("Bearer eyJ"));
  EXPECT_EQ(asked.effect, net::Effect::Read) << "it changes no place, so no fence stops it";
  wait(54min);
  EXPECT_EQ(get(), "ghs_FAKE0000000000000001");
  wait(2min);
  answer("ghs_FAKE0000000000000002");
  EXPECT_EQ(get(), "ghs_FAKE0000000000000002");
  EXPECT_EQ(http.asked().size(), 2U);
}

TEST_F(AppToken, ThatGitHubAcceptsNoMoreIsAskedForAnewOnce) {
  AppHttp out(http, tokens);
  const auto use = [&](const std::string& token, int status) {
    http.answer(status, status == 401 ? message("Bad credentials") : "{}");
    net::Request request;
    request.url = "https://api.github.com/repos/a/b";
    request.authorization = Secret("Bearer " + token);
    EXPECT_EQ(sim.run(out.send(std::move(request)))->status, status);
  };
  answer("ghs_FAKE0000000000000001");
  EXPECT_EQ(get(), "ghs_FAKE0000000000000001");
  wait(2min);
  use("ghs_FAKE0000000000000001", 200);
  use("ghs_FAKE0000000000000000", 401);
  EXPECT_EQ(get(), "ghs_FAKE0000000000000001") << "it was another token that was refused";
  use("ghs_FAKE0000000000000001", 401);
  answer("ghs_FAKE0000000000000002");
  EXPECT_EQ(get(), "ghs_FAKE0000000000000002");
  use("ghs_FAKE0000000000000002", 401);
  EXPECT_EQ(get(), "ghs_FAKE0000000000000002") << "a third would be refused too";
}

TEST_F(AppToken, RefusalsStopTheCredentialAndSayWhatToCheck) {
  http.answer(404, not_found);
  EXPECT_THAT(get(), HasSubstr("no installation 789 of App 123456"));
  http.answer(401, message("A JSON web token could not be decoded"));
  EXPECT_THAT(get(), HasSubstr("check appId, privateKey"));
  for (const auto& [status, kind] : {std::pair{404, ErrorKind::unauthorized},
                                     {401, ErrorKind::unauthorized},
                                     {403, ErrorKind::unauthorized},
                                     {422, ErrorKind::unauthorized},
                                     {503, ErrorKind::transient},
                                     {429, ErrorKind::throttled}}) {
    http.answer(status, message("no"));
    EXPECT_EQ(sim.run(tokens.get()).error().kind, kind) << status;
  }
  for (const auto* body :
       {"{}", R"({"token":"","expires_at":"2027-01-01T00:00:00Z"})", R"({"token":"ghs_x"})"}) {
    http.answer(201, body);
    EXPECT_EQ(sim.run(tokens.get()).error().kind, ErrorKind::protocol) << body;
  }
}

/// Answers when the test says so.
class SlowHttp final : public net::HttpClient {
 public:
  explicit SlowHttp(Clock& clock) : clock_(clock) {}
  Awaitable<Result<net::Response>> send(net::Request) override {
    ++requests;
    (void)co_await clock_.sleep_until(clock_.mono() + 3s);
    net::Response response{.status = status, .headers = {}, .body = {}};
    response.body = to_bytes(R"({"token":"ghs_FAKE0000000000000003","expires_at":")" +
                             to_rfc3339(clock_.wall() + 1h) + "\"}");
    co_return response;
  }
  int requests = 0;
  int status = 201;

 private:
  Clock& clock_;
};

Awaitable<void> ask(AppTokens& tokens, std::vector<std::string>& out) {
  auto getting = tokens.get();
  const auto token = co_await std::move(getting);
  out.push_back(token ? std::string(token->expose()) : std::string(to_string(token.error().kind)));
}

TEST_F(AppToken, IsKeptForAnHourAtMost) {
  answer("ghs_FAKE0000000000000001", 10h);
  EXPECT_EQ(get(), "ghs_FAKE0000000000000001");
  EXPECT_EQ(http.asked()[0].operation, "app.token");
  EXPECT_EQ(http.asked()[0].headers.at(0).value, "application/vnd.github+json");
  wait(61min);
  answer("ghs_FAKE0000000000000002", 10h);
  EXPECT_EQ(get(), "ghs_FAKE0000000000000002");
}

TEST_F(AppToken, HasAtMost1024Characters) {
  answer(std::string(1025, 'x'));
  EXPECT_EQ(sim.run(tokens.get()).error().kind, ErrorKind::protocol);
  answer(std::string(1024, 'x'));
  EXPECT_EQ(get(), std::string(1024, 'x'));
}

TEST_F(AppToken, ManyWhoAskAtOnceShareOneRequest) {
  SlowHttp slow(sim.clock());
  AppTokens shared(slow, sim.clock(), lockstep::testing::token_of(app_key().pem),
                   "https://api.github.com", {.app_id = "123456", .installation_id = "789"});
  for (const int status : {500, 201}) {
    slow.status = status;
    slow.requests = 0;
    std::vector<std::string> got;
    lockstep::Scope scope(sim.executor());
    for (int i = 0; i < 5; ++i) scope.start(ask(shared, got));
    (void)sim.run_until(Mono::max(), [&] { return scope.drained(); });
    EXPECT_EQ(slow.requests, 1) << status;
    EXPECT_THAT(got, ::testing::Each(status == 201 ? "ghs_FAKE0000000000000003" : "transient"));
    EXPECT_EQ(got.size(), 5U);
  }
}

}  // namespace
}  // namespace lockstep::providers::github
