// S10: a dead token stops its Credential; a slow probe finds out when it lives again.
#include "reconcile/credential_health.hpp"

#include <gtest/gtest.h>

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;

const ObjectKey fly{"prod", "fly"};
const Error dead{.kind = ErrorKind::unauthorized, .message = "the token is dead"};
constexpr Mono start{std::chrono::hours(9)};

TEST(CredentialHealth, S10_ADeadTokenStopsItsCredentialOnly) {
  CredentialHealth health;
  EXPECT_FALSE(health.stopped(fly, start));
  health.heard(fly, &dead, start);
  ASSERT_TRUE(health.stopped(fly, start + 1s));
  EXPECT_EQ(health.stopped(fly, start + 1s)->message, dead.message);
  EXPECT_FALSE(health.stopped({"other", "fly"}, start + 1s));
}

TEST(CredentialHealth, S10_AProbeIsLetThroughAndAFailedOneStopsAgain) {
  CredentialHealth health;
  health.heard(fly, &dead, start);
  const auto probe = start + CredentialHealth::probe_interval;
  EXPECT_TRUE(health.stopped(fly, probe - 1ns));
  EXPECT_FALSE(health.stopped(fly, probe));
  health.heard(fly, &dead, probe);
  EXPECT_TRUE(health.stopped(fly, probe + 1s));
}

TEST(CredentialHealth, AnAnswerFreesIt) {
  CredentialHealth health;
  health.heard(fly, &dead, start);
  health.heard(fly, nullptr, start + 1s);
  EXPECT_FALSE(health.stopped(fly, start + 2s));
}

TEST(CredentialHealth, OtherErrorsSayNothingAboutTheToken) {
  CredentialHealth health;
  const Error slow{.kind = ErrorKind::transient};
  health.heard(fly, &slow, start);
  EXPECT_FALSE(health.stopped(fly, start));
  health.heard(fly, &dead, start);
  health.heard(fly, &slow, start + 1s);
  EXPECT_TRUE(health.stopped(fly, start + 2s)) << "a request under way when the token died";
}

// S14
TEST(CredentialHealth, APlaceWithoutACredentialStopsNobody) {
  CredentialHealth health;
  health.heard({"prod", ""}, &dead, Mono());
  EXPECT_FALSE(health.stopped({"prod", ""}, Mono()));
}

}  // namespace
}  // namespace lockstep::reconcile
