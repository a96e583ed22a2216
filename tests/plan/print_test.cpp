#include "plan/print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "base/json.hpp"
#include "builders.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using plan::PrintOptions;
using plan::to_text;
using plan::ValueSight;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Scene;
using testing::time;

PrintOptions plain() {
  return {.colour = false, .now = time("2026-01-15T14:30:00Z"), .width = 0, .all = false};
}
std::string text(const TargetPlan& plan, PrintOptions options = plain()) {
  return to_text(std::span(&plan, 1), options);
}

/// A Fly app as the first issue's sample shows it.
Scene molecule() {
  Scene s;
  s.now = time("2026-01-15T14:30:00Z");
  s.at_once = true;
  for (const auto* name :
       {"CLERK_SECRET_KEY", "FLY_ORG", "POSTHOG_KEY", "RESEND_API_KEY", "SENTRY_DSN"}) {
    s.desire(name);
    s.wrote(name);
  }
  s.desire("NEON_API_KEY");
  s.desire("DATABASE_URL");
  auto& changed = s.wrote("DATABASE_URL");
  changed.drift_state = State::ChangedOutOfBand;
  changed.drift_since = time("2026-01-15T14:02:00Z");
  s.there("DATABASE_URL", 5);
  s.desire("OLD_SENTRY_DSN", ValueKind::absent);
  s.there("OLD_SENTRY_DSN");
  s.record.names["OLD_SENTRY_DSN"].undesired_since = s.now - 2h;
  s.there("DEBUG");
  auto& guarded = s.desire("SECRETS_ENCRYPTION_KEY");
  guarded.rotation = {.policy = api::RotationPolicy::CompromisedOnly,
                      .max_age = {},
                      .consequence = "Every tenant becomes unreachable until re-provisioned"};
  s.wrote("SECRETS_ENCRYPTION_KEY");
  s.value("SECRETS_ENCRYPTION_KEY", 2);
  s.desire("STRIPE_API_KEY");
  s.wrote("STRIPE_API_KEY");
  s.no_value("STRIPE_API_KEY", ValueSight::Kind::missing,
             "source \"values\" has no STRIPE_API_KEY; what is live stays");
  return s;
}

TEST(PrintText, ReadsLikeTheSample) {
  auto s = molecule();
  EXPECT_EQ(
      text(s.pass()),
      R"(molecule/control-plane   flyApp/molecule-cp   production                                     9 secrets, 5 in sync
  ~ DATABASE_URL             update   changed by someone else · digest   since 14:02
  + NEON_API_KEY             create   not there                          source values
  - OLD_SENTRY_DSN           delete   declared absent
  ~ SECRETS_ENCRYPTION_KEY   waits    source changed                     needs approval: CompromisedOnly. Every tenant becomes unreachable until re-provisioned. The value is not the one lockstep last wrote
  ? STRIPE_API_KEY           keep     source "values" has no STRIPE_API_KEY; what is live stays
  ! DEBUG                    leave    extra, not ours (prune: Owned)
3 to change (1 create, 1 update, 1 delete), 1 waits for approval, 1 needs a value.
approval: `lockstep apply` prints its digest once the 3 changes above are done
)");
}

TEST(PrintText, WhatIsInSyncTakesOneLineATarget) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  auto plans = std::vector{s.pass(), s.diff()};
  plans[1].key.name = "x";
  plans[1].place.parts = {"a-longer-app-name"};
  EXPECT_EQ(
      to_text(plans, plain()),
      R"(molecule/control-plane   flyApp/molecule-cp         production                              1 secret, all in sync
molecule/x               flyApp/a-longer-app-name   production                              1 secret, all in sync

Nothing to change: all 2 secrets in sync.
)");
  auto options = plain();
  options.broken_documents = 1;
  EXPECT_THAT(to_text(plans, options), HasSubstr("2 secrets in sync, but 1 document is broken.\n"));
  EXPECT_THAT(plan::to_markdown(plans, s.now, 2), HasSubstr("sync, but 2 documents are broken."));
}

TEST(PrintText, AllShowsWhatIsInSyncToo) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  auto options = plain();
  options.all = true;
  EXPECT_THAT(text(s.pass(), options), HasSubstr("    A   keep     in sync · digest\n"));
}

TEST(PrintText, TheDigestComesWithTheCommandThatTakesIt) {
  // S13
  auto s = molecule();
  auto plan = s.pass();
  plan.approval_digest = std::string(64, 'a');
  EXPECT_THAT(text(plan),
              HasSubstr("approval: lockstep apply --target molecule/control-plane --approve " +
                        std::string(64, 'a') + "\n"));
}

/// One night with many troubles: seven Targets, nearly every state and gate.
std::vector<TargetPlan> bad_night() {
  const auto now = time("2026-01-15T14:30:00Z");
  std::vector<TargetPlan> plans;

  Scene worker(PlaceKind::cloudflareWorker);
  worker.now = now;
  worker.target.key = {"cms", "cms-production"};
  for (const auto* name : {"AUTH_JWT_SECRET", "OIDC_ISSUER"}) {
    worker.desire(name);
    worker.wrote(name);
  }
  worker.desire("DISCORD_BOT_TOKEN", ValueKind::external);
  worker.desire("BUCKET");
  worker.seen.taken["BUCKET"] = "r2_bucket";
  worker.desire("SMTP_PASSWORD");
  worker.no_value("SMTP_PASSWORD", ValueSight::Kind::invalid, "the value is shorter than 32 bytes");
  worker.event(PlaceEvent::Effect::changes_secrets, "secret");
  plans.push_back(worker.pass());

  plans.push_back(molecule().diff());
  plans.back().key.name = "api";

  Scene dead;
  dead.target.key.name = "billing";
  dead.desire("A");
  dead.desire("B");
  plans.push_back(
      plan::unreadable(dead.target,
                       {.kind = ErrorKind::unauthorized,
                        .message = "Fly.io refused the token of Credential main",
                        .remote = RemoteText::from("token \x1b[31mrevoked\xe2\x80\xae", {}),
                        .code = "http_401"},
                       now));

  Scene slow;
  slow.target.key.name = "crawler";
  slow.desire("A");
  plans.push_back(plan::unreadable(
      slow.target,
      {.kind = ErrorKind::throttled, .message = "Fly.io asks to wait", .retry_at = now + 10min},
      now));

  Scene stopped;
  stopped.target.key.name = "docs";
  stopped.now = now;
  stopped.target.gates = {{Gate::Suspended, "the Target says suspend: true"}};
  stopped.desire("A");
  stopped.desire("B");
  stopped.wrote("B").staged = true;
  stopped.seen.secrets[0].live = false;
  stopped.seen.liveness_note = "2 of 3 machines run the old set";
  stopped.there("OLDER");
  plans.push_back(stopped.pass());

  Scene waiting;
  waiting.target.key.name = "mail";
  waiting.now = now;
  waiting.desire("SMTP_PASSWORD");
  waiting.wrote("SMTP_PASSWORD").repairs = {now - 30min, now - 20min, now - 10min};
  waiting.there("SMTP_PASSWORD", 5);
  waiting.desire("SMTP_USER");
  waiting.wrote("SMTP_USER");
  waiting.gone("SMTP_USER");
  waiting.wrote("SMTP_HOST");
  waiting.desire("TAKEN");
  waiting.there("TAKEN");
  plans.push_back(waiting.pass());

  Scene calm;
  calm.target.key.name = "web";
  calm.desire("A");
  calm.wrote("A");
  plans.push_back(calm.pass());
  return plans;
}

TEST(PrintText, ABadNightStaysReadable) {
  EXPECT_EQ(
      to_text(bad_night(), plain()),
      R"(cms/cms-production   cloudflareWorker/0123456789abcdef0123456789abcdef/production-cms   production   5 secrets, 0 in sync
  ~ AUTH_JWT_SECRET     waits    changed by someone else · version   since 14:30 by jane@example.com (secret); WaitingRepair: repaired in 10m
  ! BUCKET              waits    not there                           NameTaken: the name is held by a binding of type r2_bucket; rename one of them
  ? DISCORD_BOT_TOKEN   leave    not there; others must write it
  ~ OIDC_ISSUER         waits    changed by someone else · version   since 14:30 by jane@example.com (secret); WaitingRepair: repaired in 10m
  ? SMTP_PASSWORD       keep     the value is shorter than 32 bytes
  note: jane@example.com made deployment d2 (secret) at 2026-01-15T14:27:00Z

molecule/api         flyApp/molecule-cp                                                 production   9 secrets, 5 in sync
  ~ DATABASE_URL             update   changed by someone else · digest   since 14:02
  + NEON_API_KEY             create   not there                          source values
  - OLD_SENTRY_DSN           delete   declared absent
  ~ SECRETS_ENCRYPTION_KEY   waits    source changed                     needs approval: CompromisedOnly. Every tenant becomes unreachable until re-provisioned. The value is not the one lockstep last wrote
  ? STRIPE_API_KEY           keep     source "values" has no STRIPE_API_KEY; what is live stays
  ! DEBUG                    leave    extra, not ours (prune: Owned)

molecule/billing     flyApp/molecule-cp                                                 production   2 secrets, Unknown
  ? could not be read: Fly.io refused the token of Credential main (the server says: "token  [31mrevoked ")
    nothing is changed and what is live stays; put a token that works behind its Credential

molecule/crawler     flyApp/molecule-cp                                                 production   1 secret, Unknown
  ? could not be read: Fly.io asks to wait
    nothing is changed and what is live stays; try again after 14:40Z; plan, status and diff wait for it with --wait 10m

molecule/docs        flyApp/molecule-cp                                                 production   2 secrets, 0 in sync
  Suspended: the Target says suspend: true
  + A       waits    not there   Suspended
  ~ B       waits    written, not live yet · digest
  ! OLDER   leave    extra, not ours (prune: Owned)
  note: 2 of 3 machines run the old set

molecule/mail        flyApp/molecule-cp                                                 production   3 secrets, 0 in sync
  ! SMTP_PASSWORD   waits    changed by someone else · digest   since 14:30; Contested: someone keeps overwriting it after three repairs in an hour; settle who owns it, then: lockstep apply --target molecule/mail
  + SMTP_USER       waits    removed by someone else · digest   since 14:30; WaitingRepair: repaired in 10m
  ! TAKEN           leave    was there before lockstep (adopt: Refuse)
  - SMTP_HOST       waits    no longer desired                  WaitingPrune: deleted in 1h

molecule/web         flyApp/molecule-cp                                                 production   1 secret, all in sync

3 to change (1 create, 1 update, 1 delete), 1 waits for approval, 5 wait (1 Suspended, 3 WaitingRepair, 1 WaitingPrune), 2 cannot be done (1 NameTaken, 1 Contested), 3 need a value, 1 not adopted, 1 written but not live, 3 Unknown.
approval: `lockstep apply --target molecule/api` prints its digest once the 3 changes there are done
)");
}

TEST(PrintText, EveryReasonWhyAPlaceCannotBeReadHasARemedy) {
  Scene s;
  s.desire("A");
  for (int i = 0; i <= static_cast<int>(ErrorKind::internal); ++i) {
    const auto out = text(plan::unreadable(
        s.target, {.kind = static_cast<ErrorKind>(i), .message = "no answer"}, s.now));
    EXPECT_THAT(out, HasSubstr("1 secret, Unknown\n  ? could not be read: no answer\n"));
    const auto at = out.find("what is live stays; ");
    ASSERT_NE(at, std::string::npos);
    EXPECT_NE(out[at + 20], '\n');
  }
}

TEST(PrintText, ANarrowTerminalBreaksBetweenWordsBelowTheText) {
  auto s = molecule();
  auto options = plain();
  options.width = 80;
  const auto out = text(s.pass(), options);
  EXPECT_THAT(
      out,
      HasSubstr(R"(  ~ SECRETS_ENCRYPTION_KEY   waits    source changed                     needs
                                      approval: CompromisedOnly. Every tenant
                                      becomes unreachable until re-provisioned.
                                      The value is not the one lockstep last
                                      wrote
)"));
}

TEST(PrintText, ColourIsOnlyThereWhenAskedFor) {
  auto s = molecule();
  auto options = plain();
  EXPECT_THAT(text(s.pass(), options), Not(HasSubstr("\x1b")));
  options.colour = true;
  EXPECT_THAT(text(s.pass(), options), HasSubstr("  \x1b[32m+\x1b[0m NEON_API_KEY"));
}

/// A plan in which everything that others can write is hostile.
TargetPlan hostile() {
  Scene s(PlaceKind::cloudflareWorker);
  s.desire("A");
  s.wrote("A");
  s.there("EVIL\x1b]0;x\x07\nNAME|<b>");
  s.event(PlaceEvent::Effect::changes_secrets, "secret");
  s.seen.events[0].author =
      "\x1b[2J\n@everyone <img src=x> \xe2\x80\xae#1 | https://evil.example www.evil.example";
  return s.pass();
}

TEST(Print, S4NothingThatOthersWroteSteersTheTerminal) {
  const auto plan = hostile();
  for (const auto& out : {text(plan), plan::to_json(std::span(&plan, 1), plan.observed_at),
                          plan::to_markdown(std::span(&plan, 1), plan.observed_at)}) {
    EXPECT_THAT(out, Not(HasSubstr("\x1b")));
    EXPECT_THAT(out, Not(HasSubstr("\x07")));
    EXPECT_THAT(out, Not(HasSubstr("\xe2\x80\xae")));
  }
  EXPECT_THAT(text(plan), HasSubstr("EVIL\uFFFD]0;x\uFFFD\uFFFDNAME|<b>"));
}

TEST(PrintMarkdown, NothingThatOthersWroteFormatsMentionsOrLinks) {
  const auto plan = hostile();
  const auto out = plan::to_markdown(std::span(&plan, 1), plan.observed_at);
  for (const auto* bad : {"@", "<img", "<b>", "https://", "www.", "NAME|", "#1 "}) {
    EXPECT_THAT(out, Not(HasSubstr(bad)));
  }
  EXPECT_THAT(out, HasSubstr("&#64;<!-- -->everyone"));
}

TEST(PrintMarkdown, IsOneTableATarget) {
  auto s = molecule();
  const auto plan = s.pass();
  EXPECT_EQ(plan::to_markdown(std::span(&plan, 1), s.now), R"(### lockstep plan

3 to change (1 create, 1 update, 1 delete), 1 waits for approval, 1 needs a value.

#### <code>molecule/control-plane</code>

<code>flyApp/molecule-cp</code> in <code>production</code>: 5 of 9 in sync.

| | Secret | State | Action | Why |
|---|---|---|---|---|
| ✏️ | <code>DATABASE&#95;URL</code> | ChangedOutOfBand | update | changed by someone else · digest; since 14&#58;02 |
| ➕ | <code>NEON&#95;API&#95;KEY</code> | Missing | create | not there; source values |
| 🗑️ | <code>OLD&#95;SENTRY&#95;DSN</code> | Extra | delete | declared absent |
| ✏️ | <code>SECRETS&#95;ENCRYPTION&#95;KEY</code> | Stale | waits | source changed; needs approval&#58; CompromisedOnly. Every tenant becomes unreachable until re-provisioned. The value is not the one lockstep last wrote |
| ❔ | <code>STRIPE&#95;API&#95;KEY</code> | SourceMissing | keep | source &#34;values&#34; has no STRIPE&#95;API&#95;KEY; what is live stays |
| ⚠️ | <code>DEBUG</code> | Extra | leave | extra, not ours (prune&#58; Owned) |

Approval: <code>lockstep apply</code> prints its digest once the 3 changes above are done

)");
}

TEST(PrintMarkdown, AnUnreadablePlaceIsUnknown) {
  const auto out = plan::to_markdown(bad_night(), time("2026-01-15T14:30:00Z"));
  EXPECT_THAT(out, HasSubstr("**Unknown**. Could not be read: "));
}

TEST(PrintJson, HasItsDocumentedShape) {
  auto s = molecule();
  auto plan = s.pass();
  plan.approval_digest = std::string(64, 'b');
  const auto parsed = parse_json(plan::to_json(std::span(&plan, 1), s.now));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->at("version"), 1);
  EXPECT_EQ(text_member(*parsed, "at"), "2026-01-15T14:30:00Z");
  const auto& target = list_member(*parsed, "targets")->at(0);
  EXPECT_EQ(text_member(target, "key"), "molecule/control-plane");
  EXPECT_EQ(text_member(target, "place"), "flyApp/molecule-cp");
  EXPECT_EQ(text_member(target, "environment"), "production");
  EXPECT_EQ(text_member(target, "observedAt"), "2026-01-15T12:00:00Z");
  EXPECT_TRUE(target.at("error").is_null());
  EXPECT_EQ(text_member(target, "approvalDigest"), std::string(64, 'b'));
  EXPECT_EQ(
      json::serialize(list_member(target, "secrets")->at(1)),
      R"({"name":"DATABASE_URL","state":"ChangedOutOfBand","certainty":"digest","action":"update",)"
      R"("runs":true,"gate":null,"gateReason":"","reason":"changed by someone else",)"
      R"("source":"source values","since":"2026-01-15T14:02:00Z","who":"","needsApproval":"",)"
      R"("desired":true,"optional":false,"due":false})");
  EXPECT_EQ(
      json::serialize(target.at("summary")),
      R"({"secrets":9,"inSync":5,"create":1,"update":1,"delete":1,"adopt":0,"waitForApproval":1,)"
      R"("wait":0,"blocked":0,"needValue":1,"waitForAnswer":0,"leftDrifted":0,)"
      R"("leftUnadopted":0,"leftExtra":1,)"
      R"("staged":0,"unknown":0})");
}

TEST(PrintJson, AnUnreadablePlaceHasAnErrorAndNoTime) {
  const auto plans = bad_night();
  const auto parsed = parse_json(plan::to_json(plans, plans[2].observed_at));
  ASSERT_TRUE(parsed);
  const auto& target = list_member(*parsed, "targets")->at(2);
  EXPECT_TRUE(target.at("observedAt").is_null());
  EXPECT_EQ(text_member(target.at("error"), "kind"), "unauthorized");
}

TEST(Print, S4NoFingerprintAndNoDigestOfAValueIsShown) {
  // Without the ledger key they cannot be compared, and nobody needs them to decide.
  const auto plans = bad_night();
  for (const auto& out : {to_text(plans, plain()), plan::to_json(plans, plans[0].observed_at),
                          plan::to_markdown(plans, plans[0].observed_at)}) {
    EXPECT_THAT(out, Not(HasSubstr("k1:")));
  }
}

}  // namespace
}  // namespace lockstep
