// Bad days with names and values: what is told, and what is still written.
#include "cli/bad_days.hpp"

namespace lockstep::cli::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(BadDays, NamesThatGitHubRefusesAreToldWithLineAndRemedyAndOthersRun) {
  target("store", "github", "{githubRepository: {repository: shop/store}}",
         "[{name: GITHUB_KEY}, {name: \"A-B\"}, {name: 1ST}]");
  target("percent", "cloudflare", "{cloudflareWorker: {script: shop-web}}", "[{name: \"SALE%\"}]");
  const auto told = apply();
  EXPECT_EQ(told.code, ExitCode::invalid);
  EXPECT_THAT(told.problems, AllOf(HasSubstr("manifests/all.yaml:"), HasSubstr("\"GITHUB_KEY\": "),
                                   HasSubstr("GITHUB_"), HasSubstr("\"A-B\": "),
                                   HasSubstr("\"1ST\": "), HasSubstr("letters, digits")));
  EXPECT_TRUE(github_.names({.repository = repository}).empty());
  EXPECT_TRUE(cloudflare_.names(account, "shop-web").empty());
  expect_neighbour_served(told);
}

TEST_F(BadDays, LowerAndUpperCaseOfOneNameConflictOnGitHub_S9) {
  target("store", "github", "{githubRepository: {repository: shop/store}}",
         "[{name: foo}, {name: FOO}]");
  value("foo", "not-a-real-value-one");
  value("FOO", "not-a-real-value-two");
  const auto told = apply();
  EXPECT_EQ(told.code, ExitCode::invalid);
  EXPECT_THAT(told.problems, AllOf(HasSubstr("manifests/all.yaml:"), HasSubstr("FOO")));
  EXPECT_EQ(at_github("FOO"), "(none)");
  expect_neighbour_served(told);
}

TEST_F(BadDays, ValueOf49KbIsToldForGitHubAndTheOthersAreWritten) {
  target("store", "github", "{githubRepository: {repository: shop/store}}",
         "[{name: API_KEY}, {name: BIG}]");
  value("BIG", std::string(49'000, 'x'));
  const auto told = apply();
  EXPECT_EQ(told.code, ExitCode::failed);
  EXPECT_THAT(told.plan, AllOf(HasSubstr("BIG"), HasSubstr("LimitExceeded"), HasSubstr("49000")));
  EXPECT_THAT(told.status, HasSubstr("make the value smaller"));
  EXPECT_EQ(at_github("API_KEY"), "not-a-real-api-key-one");
  EXPECT_EQ(at_github("BIG"), "(none)");
}

TEST_F(BadDays, ValueOfOneByteTooManyIsToldForWorkersAndTheOthersAreWritten) {
  target("web", "cloudflare", "{cloudflareWorker: {script: shop-web}}",
         "[{name: API_KEY}, {name: BIG}, {name: FITS}]");
  value("BIG", std::string(5 * 1024 + 1, 'x'));
  value("FITS", std::string(5 * 1024, 'x'));
  const auto told = apply();
  EXPECT_EQ(told.code, ExitCode::failed);
  EXPECT_THAT(told.plan, AllOf(HasSubstr("LimitExceeded"), HasSubstr("5121")));
  EXPECT_EQ(cloudflare_.value(account, "shop-web", "API_KEY"), "not-a-real-api-key-one");
  EXPECT_TRUE(cloudflare_.value(account, "shop-web", "FITS"));
  EXPECT_FALSE(cloudflare_.value(account, "shop-web", "BIG"));
}

TEST_F(BadDays, OddBytesArriveExactlyOrAreInvalidWherePlacesTakeText) {
  using std::string_literals::operator""s;
  const std::map<std::string, std::string> odd{{"WITH_NUL", "one\0two"s},
                                               {"WITH_CRLF", "one\r\ntwo\r\n"},
                                               {"NOT_UTF8", "\xff\xfe\x80 bytes"},
                                               {"NO_VALUE", ""}};
  std::string secrets = "[{name: EMPTY, allowEmpty: true}";
  value("EMPTY", "");
  for (const auto& [name, bytes] : odd) {
    value(name, bytes);
    secrets += ", {name: " + name + "}";
  }
  secrets += "]";
  target("store", "github", "{githubRepository: {repository: shop/store}}", secrets);
  target("web", "cloudflare", "{cloudflareWorker: {script: shop-web}}", secrets);
  target("api", "fly", "{flyApp: {app: shop-api}}", secrets);
  const auto told = apply();
  for (const auto* name : {"WITH_NUL", "WITH_CRLF", "NOT_UTF8"}) {
    EXPECT_EQ(at_github(name), odd.at(name)) << name << told.plan;
  }
  EXPECT_EQ(at_github("EMPTY"), "");
  for (const auto* name : {"WITH_NUL", "WITH_CRLF"}) {
    EXPECT_EQ(cloudflare_.value(account, "shop-web", name), odd.at(name)) << name << told.plan;
    EXPECT_EQ(fly_.value("shop-api", name), odd.at(name)) << name << told.plan;
  }
  EXPECT_FALSE(cloudflare_.value(account, "shop-web", "NOT_UTF8"));
  EXPECT_FALSE(fly_.value("shop-api", "NOT_UTF8"));
  EXPECT_EQ(at_github("NO_VALUE"), "(none)");
  EXPECT_THAT(told.plan, AllOf(HasSubstr("UTF-8"), HasSubstr("NO_VALUE")));
  EXPECT_THAT(told.all(), Not(HasSubstr("\xff"))) << "S4";
}

}  // namespace
}  // namespace lockstep::cli::testing
