// S10, rate truth: many places on one credential, from nothing, take hardly longer than the
// provider's own documented limits allow, and the provider never has to say no.
//
// The bounds are computed from what the emulators were asked and from the providers' pages; nothing
// here reads lockstep's own rules.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.hpp"
#include "simulation/fleet.hpp"
#include "support/about.hpp"

namespace lockstep::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t places = 200;

/// No sooner than this can the last of `count` requests be sent when at most `most` may be in a
/// window, however they are spread.
Nanos windows(std::size_t count, std::size_t most, Nanos window) {
  return count == 0 ? Nanos{} : window * static_cast<Nanos::rep>((count - 1) / most);
}

/// The most requests in any closed window.
std::size_t busiest(const std::vector<sandbox::Seen>& seen, Nanos window) {
  std::size_t most = 0, first = 0;
  for (std::size_t last = 0; last < seen.size(); ++last) {
    while (seen[last].at - seen[first].at > window) ++first;
    most = std::max(most, last - first + 1);
  }
  return most;
}

/// Every Target is done: written, nothing left, no error that a user would see.
void expect_all_written(const FleetRun& run, std::size_t secrets = 2) {
  ASSERT_EQ(run.outcomes.size(), places);
  for (const auto& outcome : run.outcomes) {
    ASSERT_FALSE(outcome.error) << outcome.status.key.name << ": " << describe(*outcome.error);
    const auto& plan = outcome.status.plan;
    ASSERT_EQ(outcome.status.names_written, secrets)
        << outcome.status.key.name << ": "
        << (plan.secrets.empty() ? "no names" : plan.secrets[0].reason)
        << (plan.gates.empty() ? "" : ", " + plan.gates[0].second);
  }
}

/// 1.1 times the bound. Limits count in seconds, so no bound is shorter than one.
Nanos allowed(Nanos bound) {
  return std::max<Nanos>(bound, 1s) * 11 / 10;
}

TEST(RateTruth, TwoHundredWorkersFromNothing_S10) {
  Fleet fleet(Fleet::Kind::workers, places);
  const auto run = fleet.apply();
  expect_all_written(run);
  EXPECT_EQ(fleet.cloudflare().throttled(), 0U);
  const auto& seen = fleet.cloudflare().seen();
  // https://developers.cloudflare.com/fundamentals/api/reference/limits/
  EXPECT_LE(busiest(seen, 5min), 1200U);
  EXPECT_LE(busiest(seen, 1s), 200U);
  const auto whole = seen.size() - (seen.size() - 1) / 1200 * 1200;
  const auto bound = windows(seen.size(), 1200, 5min) + windows(whole, 200, 1s);
  EXPECT_LE(run.took, allowed(bound)) << seen.size() << " requests, at best in " << to_human(bound)
                                      << ", took " << to_human(run.took);
}

/// What was asked about one app. Apps do not wait for each other.
struct AskedOfApp {
  Wall first{}, last{};
  std::map<std::string, std::size_t> actions;
};

std::map<std::string, AskedOfApp> by_app(const std::vector<sandbox::Seen>& all) {
  std::map<std::string, AskedOfApp> out;
  for (const auto& seen : all) {
    auto& app =
        out.try_emplace(split(seen.path, '/').at(3), AskedOfApp{.first = seen.at}).first->second;
    app.last = seen.at;
    ++app.actions[seen.method + " " + seen.path];
  }
  return out;
}

/// How long Fly.io's limits hold an app back. One request a second, three at once, for each action
/// of an app or a machine; five a second, ten at once, for the reading of a machine
/// (https://fly.io/docs/machines/api/working-with-machines-api/#rate-limits).
Nanos paced(const AskedOfApp& app) {
  Nanos bound{};
  for (const auto& [action, count] : app.actions) {
    const bool one = action.starts_with("GET") && action.contains("/machines/");
    if (one && count > 10) bound = std::max<Nanos>(bound, 200ms * (count - 10));
    if (!one && count > 3) bound = std::max<Nanos>(bound, Seconds(count - 3));
  }
  return bound;
}

TEST(RateTruth, TwoHundredFlyAppsFromNothing_S10) {
  Fleet fleet(Fleet::Kind::fly_apps, places);
  const auto run = fleet.apply();
  expect_all_written(run);
  EXPECT_EQ(fleet.fly().throttled(), 0U);
  Nanos bound{};
  for (const auto& [name, app] : by_app(fleet.fly().seen())) bound = std::max(bound, paced(app));
  EXPECT_LE(run.took, allowed(bound)) << "at best in " << to_human(bound);
}

TEST(RateTruth, TwoHundredFlyAppsRolledOut_S10) {
  Fleet fleet(Fleet::Kind::live_fly_apps, places);
  const auto run = fleet.apply();
  expect_all_written(run);
  EXPECT_EQ(fleet.fly().throttled(), 0U);
  // Fly.io's limits are per app and machine, and nothing else holds an app back but the trial of
  // its machine: as flyctl does (https://github.com/superfly/flyctl, internal/command/deploy, smoke
  // checks), it must have run for ten seconds.
  constexpr Nanos trial = 10s;
  for (const auto& [name, app] : by_app(fleet.fly().seen())) {
    EXPECT_LE(app.last - app.first, allowed(trial + paced(app))) << name;
    EXPECT_EQ(fleet.fly().live_value(name, fleet.fly().machines(name).at(0), "DATABASE_URL"),
              fleet.fly().value(name, "DATABASE_URL"));
  }
  // 64 apps at a time (controller/reconcile/README.md): one manifest does not restart everything.
  EXPECT_LE(run.took, allowed((places + 63) / 64 * trial));
}

// ---- GitHub ------------------------------------------------------------------------------------
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api, and a second
// between two writes:
// https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api.

/// The earliest time of the last of `count` writes, from the first one.
Nanos last_write(std::size_t count) {
  std::vector<Nanos> at(count);
  for (std::size_t i = 1; i < count; ++i) {
    at[i] = at[i - 1] + 1s;
    if (i >= 80) at[i] = std::max<Nanos>(at[i], at[i - 80] + 1min);
    if (i >= 500) at[i] = std::max<Nanos>(at[i], at[i - 500] + 1h);
  }
  return at.back();
}

/// Each request as often as it has points.
std::vector<sandbox::Seen> points(const std::vector<sandbox::Seen>& seen) {
  std::vector<sandbox::Seen> out;
  for (const auto& one : seen) out.insert(out.end(), one.write ? 5 : 1, one);
  return out;
}

void expect_github_truth(std::size_t secrets) {
  Fleet fleet(Fleet::Kind::environments, places, secrets);
  const auto run = fleet.apply();
  expect_all_written(run, secrets);
  EXPECT_EQ(fleet.github().throttled(), 0U);
  const auto& seen = fleet.github().seen();
  std::vector<sandbox::Seen> writes;
  std::ranges::copy_if(seen, std::back_inserter(writes), &sandbox::Seen::write);
  EXPECT_EQ(writes.size(), places * secrets) << "each written once";
  EXPECT_LE(busiest(seen, 1h), 5000U);
  EXPECT_LE(busiest(points(seen), 1min), 900U);
  EXPECT_LE(busiest(writes, 1min), 80U);
  EXPECT_LE(busiest(writes, 1h), 500U);
  EXPECT_LE(busiest(writes, 1s - testing::work_time), 1U);
  const auto bound = std::max({windows(seen.size(), 5000, 1h),
                               windows(points(seen).size(), 900, 1min), last_write(writes.size())});
  EXPECT_LE(run.took, allowed(bound))
      << seen.size() << " requests, " << writes.size() << " of them writes, at best in "
      << to_human(bound) << ", took " << to_human(run.took);
}

TEST(RateTruth, TwoHundredEnvironmentsFromNothing_S10) {
  expect_github_truth(1);
}

TEST(RateTruth, TwoHundredEnvironmentsWithTwoSecretsFromNothing_S10) {
  expect_github_truth(2);
}

TEST(RateTruth, MoreWritesThanAnHourHasTakeAnotherHour_S10) {
  expect_github_truth(3);
}

TEST(RateTruth, SecondApplyAsksOncePerWorker_S11) {
  Fleet fleet(Fleet::Kind::workers, places);
  (void)fleet.apply();
  const auto before = fleet.cloudflare().seen().size();
  fleet.pass_time(10min);
  const auto run = fleet.apply();
  EXPECT_EQ(fleet.cloudflare().seen().size() - before, places);
  EXPECT_LE(run.took, 5s);
}

TEST(RateTruth, ALongLineOnOneCredentialDelaysNoOther_S14) {
  Fleet fleet(Fleet::Kind::workers_and_fly_apps, places);
  const auto run = fleet.apply();
  EXPECT_EQ(fleet.fly().throttled() + fleet.cloudflare().throttled(), 0U);
  EXPECT_LE(fleet.fly().seen().back().at - run.began, 2s) << "Fly.io is done long before";
  EXPECT_GE(run.took, 5min);
}

TEST(RateTruth, WhoeverIsThrottledAnywayWaitsAndGetsThere_S10) {
  Fleet fleet(Fleet::Kind::workers, places);
  // People used most of the window up, and then the rest.
  fleet.somebody_asks(1190);
  const auto run = fleet.apply();
  expect_all_written(run);
  EXPECT_LE(run.took, 11min);
}

// ---- what looks --------------------------------------------------------------------------------

std::size_t unread(const FleetRun& run) {
  return static_cast<std::size_t>(std::ranges::count_if(
      run.outcomes, [](const auto& one) { return one.status.plan.unreadable.has_value(); }));
}

TEST(RateTruth, APlanOfMoreThanAWindowHasTakesItsBudgetAndSaysSo_S10) {
  constexpr std::size_t workers = 450;  // three requests each
  Fleet fleet(Fleet::Kind::workers, workers);
  const auto run = fleet.plan(1min);
  EXPECT_EQ(unread(run), 0U);
  EXPECT_EQ(fleet.cloudflare().throttled(), 0U);
  EXPECT_LE(run.took, allowed(windows(fleet.requests(), 1200, 5min)));
  ASSERT_FALSE(run.waits.empty());
  EXPECT_TRUE(run.waits[0].why.starts_with("held back by lockstep's own request budget until "))
      << run.waits[0].why;
  EXPECT_TRUE(run.waits[0].until);
}

TEST(RateTruth, APlanTellsALimitThatOthersUsedUpWithinAMinute_S10) {
  Fleet fleet(Fleet::Kind::workers_and_fly_apps, places);
  fleet.somebody_asks(1150);
  const auto run = fleet.plan(1min);
  EXPECT_LE(run.took, 70s);
  for (const auto& outcome : run.outcomes) {
    const auto& plan = outcome.status.plan;
    if (!plan.unreadable) continue;
    EXPECT_EQ(plan.place.kind, PlaceKind::cloudflareWorker) << "the others are shown";
    EXPECT_EQ(plan.unreadable->message.substr(0, 19), "rate limited until ")
        << "others used it up: it is no budget of ours";
    EXPECT_TRUE(plan.secrets[0].reason.ends_with(" waits for it")) << plan.secrets[0].reason;
  }
  EXPECT_GT(unread(run), 0U);
  fleet.pass_time(1min);
  const auto patient = fleet.plan(15min);
  EXPECT_EQ(unread(patient), 0U);
}

// ---- a secret that lockstep makes, shared by many places ---------------------------------------

TEST(RateTruth, ASharedGeneratedSecretTakesNoRequestMoreThanAnother_S14) {
  Fleet without(Fleet::Kind::workers_and_fly_apps, 25, 3);
  Fleet fleet(Fleet::Kind::workers_and_fly_apps, 25, 2, true);
  (void)without.apply();
  const auto run = fleet.apply();
  for (const auto& outcome : run.outcomes) {
    EXPECT_EQ(outcome.status.names_written, 3U) << outcome.status.key.name;
  }
  EXPECT_EQ(fleet.requests(), without.requests()) << "every place is read once, by its own pass";
  EXPECT_LE(run.took, 5s);
}

}  // namespace
}  // namespace lockstep::simulation
