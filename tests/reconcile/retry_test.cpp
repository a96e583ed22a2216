#include "reconcile/retry.hpp"

#include <gtest/gtest.h>

#include "reconcile/credential_health.hpp"
#include "support/sim.hpp"

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;

constexpr Wall now{std::chrono::hours(490'000)};

struct Retry : ::testing::Test {
  std::unique_ptr<Random> random = testing::make_seeded_random(5);

  Nanos delay(Error error, std::size_t failures, Nanos interval = 5min) {
    return retry_delay(error, failures, interval, now, *random);
  }
};

TEST_F(Retry, JitterStaysWithinATenthAndUsesIt) {
  Nanos least = 10min, most{};
  for (int i = 0; i < 200; ++i) {
    const auto wait = with_jitter(100s, *random);
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_GE(least, 90s);
  EXPECT_LE(most, 110s);
  EXPECT_GT(most - least, 10s) << "Targets must not march in step";
}

TEST_F(Retry, FaultsThatPassBackOffFromASecondToFiveMinutes) {
  for (const auto kind : {ErrorKind::transient, ErrorKind::conflict, ErrorKind::protocol,
                          ErrorKind::outcome_unknown, ErrorKind::storage, ErrorKind::fenced}) {
    Nanos ceiling = 1s;
    for (std::size_t failures = 1; failures < 30; ++failures) {
      const auto wait = delay({.kind = kind}, failures);
      EXPECT_GE(wait, ceiling / 2);
      EXPECT_LE(wait, ceiling);
      ceiling = std::min<Nanos>(ceiling * 2, 5min);
    }
  }
}

TEST_F(Retry, WhatNeedsAPersonWaitsTheInterval) {
  for (const auto kind : {ErrorKind::forbidden, ErrorKind::invalid, ErrorKind::not_found,
                          ErrorKind::unsupported, ErrorKind::internal}) {
    for (const std::size_t failures : {1, 20}) {
      const auto wait = delay({.kind = kind}, failures, 100s);
      EXPECT_GE(wait, 90s);
      EXPECT_LE(wait, 110s);
    }
  }
}

TEST_F(Retry, S10_ADeadTokenIsProbedSlowly) {
  EXPECT_EQ(delay({.kind = ErrorKind::unauthorized}, 1, 30s), CredentialHealth::probe_interval);
}

TEST_F(Retry, S10_NeverBeforeTheTimeTheProviderNamed) {
  const Error error{.kind = ErrorKind::throttled, .retry_at = now + 7min};
  EXPECT_EQ(delay(error, 1), 7min);
}

TEST_F(Retry, S15_ATimeFarAwayIsCut) {
  const Error error{.kind = ErrorKind::throttled, .retry_at = now + std::chrono::hours(900)};
  EXPECT_EQ(delay(error, 1), 1h);
}

TEST_F(Retry, ATimeThatHasPassedDoesNotShortenTheWait) {
  EXPECT_GE(delay({.kind = ErrorKind::throttled, .retry_at = now - 1h}, 4), 4s);
}

TEST(WorthRetrying, IsWhatPassesByItself) {
  for (const auto kind : {ErrorKind::transient, ErrorKind::throttled, ErrorKind::conflict,
                          ErrorKind::outcome_unknown, ErrorKind::protocol}) {
    EXPECT_TRUE(worth_retrying(kind)) << to_string(kind);
  }
  for (const auto kind : {ErrorKind::unauthorized, ErrorKind::forbidden, ErrorKind::invalid,
                          ErrorKind::storage, ErrorKind::fenced, ErrorKind::cancelled,
                          ErrorKind::unsupported, ErrorKind::not_found, ErrorKind::internal}) {
    EXPECT_FALSE(worth_retrying(kind)) << to_string(kind);
  }
}

}  // namespace
}  // namespace lockstep::reconcile
