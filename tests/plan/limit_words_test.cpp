// How limits, hung places and texts that were left out are told: one time, one rounding, whose
// limit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_codes.hpp"
#include "base/remote_text.hpp"
#include "plan/builders.hpp"
#include "plan/print.hpp"
#include "plan/print_rows.hpp"
#include "plan/verdict.hpp"

namespace lockstep::plan {
namespace {

using lockstep::testing::Scene;
using lockstep::testing::time;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Error limit(std::string_view until, std::string_view code = "http_429") {
  return {.kind = ErrorKind::throttled,
          .message = "Fly.io limits how often this may be asked",
          .retry_at = time(until),
          .code = std::string(code)};
}

TEST(LimitWords, OneTimeRoundedUpWhereverItIsTold_S10) {
  const auto now = time("2026-01-15T12:00:00Z");
  const auto error = limit("2026-01-15T17:11:23Z");
  EXPECT_EQ(limit_text(error, now), "rate limited until 17:12Z");
  EXPECT_THAT(remedy(error, now), HasSubstr("try again after 17:12Z; "));
  Scene scene;
  scene.desire("TOKEN");
  const auto page = to_text(std::vector{unreadable(scene.target, error, now)}, {.now = now});
  EXPECT_THAT(page, AllOf(HasSubstr("17:12Z"), Not(HasSubstr("17:11"))));
  EXPECT_EQ(limit_text(limit("2026-01-15T17:11:00Z"), now), "rate limited until 17:11Z");
  const auto tomorrow = limit("2026-01-16T00:04:59.5Z");
  EXPECT_EQ(limit_text(tomorrow, now), "rate limited until 2026-01-16T00:05:00Z");
  EXPECT_THAT(remedy(tomorrow, now), HasSubstr("try again after 2026-01-16T00:05:00Z; "));
}

TEST(LimitWords, AProvidersLimitIsToldApartFromOurOwnBudget_S10) {
  const auto now = time("2026-01-15T12:00:00Z");
  EXPECT_EQ(limit_text(limit("2026-01-15T12:04:10Z", own_budget), now),
            "held back by lockstep's own request budget until 12:05Z");
  EXPECT_EQ(with_limit(limit("2026-01-15T12:04:10Z"), "fly", now).message,
            "rate limited until 12:05Z, Credential fly: Fly.io limits how often this may be asked");
  const Error other{.kind = ErrorKind::transient, .message = "down"};
  EXPECT_EQ(with_limit(other, "fly", now).message, "down");
}

TEST(LimitWords, AnAnswerThatWasCutOffIsNoRefusal) {
  const Error cut{.kind = ErrorKind::protocol, .message = "cut", .code = std::string(cut_off)};
  EXPECT_EQ(remedy(cut, {}),
            "try again: the connection ended in the middle of the answer, so nothing of it counts; "
            "if it stays, look at the network and the proxy on the way");
  const Error written{.kind = ErrorKind::outcome_unknown, .message = "cut"};
  EXPECT_EQ(remedy(written, {}),
            "try again: whether the change was made is unknown, and the next look finds out");
  EXPECT_TRUE(passes_by_itself(cut));
  EXPECT_TRUE(passes_by_itself(written));
  const Error odd{.kind = ErrorKind::protocol, .message = "bare 404", .code = "http_404"};
  EXPECT_FALSE(passes_by_itself(odd)) << "a person must look whether the place is there";
  EXPECT_THAT(remedy(odd, {}), HasSubstr("check that the place exists"));
}

TEST(LimitWords, WhatAPersonMustMendDoesNotPassByItself) {
  for (const auto kind : {ErrorKind::transient, ErrorKind::throttled, ErrorKind::conflict}) {
    EXPECT_TRUE(passes_by_itself({.kind = kind})) << to_string(kind);
  }
  for (const auto kind : {ErrorKind::not_found, ErrorKind::unauthorized, ErrorKind::forbidden,
                          ErrorKind::invalid, ErrorKind::unsupported, ErrorKind::storage,
                          ErrorKind::fenced, ErrorKind::cancelled, ErrorKind::internal}) {
    EXPECT_FALSE(passes_by_itself({.kind = kind})) << to_string(kind);
  }
}

TEST(LimitWords, AMadeValueWaitsForAnotherPlacesAnswer) {
  Scene scene;
  scene.desire("SESSION_KEY", ValueKind::generate);
  auto& value = scene.values["SESSION_KEY"];
  value = {.kind = ValueSight::Kind::unavailable, .problem = "not generated yet"};
  const auto source = scene.diff();
  EXPECT_EQ(fate_of(source.secrets[0]), Fate::no_value);
  value.needs_answer_of = "flyApp/other";
  const auto plan = scene.diff();
  EXPECT_EQ(fate_of(plan.secrets[0]), Fate::answer);
  const auto page = to_text(std::vector{plan}, {.now = scene.now});
  EXPECT_THAT(page,
              AllOf(HasSubstr("? SESSION_KEY   waits    not generated yet\n"),
                    HasSubstr("1 waits for another place's answer."), Not(HasSubstr("a value"))));
  EXPECT_THAT(to_json(std::vector{plan}, scene.now),
              AllOf(HasSubstr(R"("needValue":0)"), HasSubstr(R"("waitForAnswer":1)")));
}

TEST(LeftOutWords, AnAuthorWhoseNameResemblesAValueIsSomeone_S4) {
  PlaceEvent event{.id = "4c1fe493",
                   .version = "v2",
                   .at = time("2026-01-15T11:00:00Z"),
                   .author = std::string(left_out_text),
                   .trigger = "secret",
                   .effect = PlaceEvent::Effect::changes_secrets};
  EXPECT_EQ(tell(event), "someone (name left out: it resembles a secret value) (secret)");
  Scene scene(PlaceKind::cloudflareWorker);
  scene.seen.events = {event};
  EXPECT_EQ(
      scene.diff().notes.at(0),
      "someone (name left out: it resembles a secret value) made deployment 4c1fe493 (secret) "
      "at 2026-01-15T11:00:00Z");
  event.author.clear();
  event.trigger = left_out_text;
  EXPECT_EQ(tell(event), "someone (trigger left out: it resembles a secret value)");
  event.trigger.clear();
  scene.seen.events = {event};
  EXPECT_EQ(scene.diff().notes.at(0),
            "someone made deployment 4c1fe493 (unknown trigger) at 2026-01-15T11:00:00Z");
}

}  // namespace
}  // namespace lockstep::plan
