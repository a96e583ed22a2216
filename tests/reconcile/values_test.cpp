// Values, as they come from sources: there, missing, empty, unreadable, wrong.
#include "reconcile/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/bench.hpp"

namespace lockstep::reconcile {
namespace {

using ::testing::HasSubstr;
using Kind = plan::ValueSight::Kind;
using testing::Bench;

struct Values : ::testing::Test, Bench {
  DesiredTarget& app = target();

  ResolvedValue resolve(const std::string& name = "TOKEN") {
    auto all = sim.run(resolve_values(services, app, record()));
    return std::move(all.at(name));
  }
};

TEST_F(Values, AValueIsThereWithItsFingerprint) {
  desire(app, "TOKEN");
  value("TOKEN", "secret-value");
  const auto found = resolve();
  EXPECT_EQ(found.sight.kind, Kind::available);
  EXPECT_EQ(found.sight.size, 12U);
  EXPECT_EQ(found.value.expose(), "secret-value");
  EXPECT_THAT(found.sight.fingerprint, HasSubstr("k1:"));
}

TEST_F(Values, WithoutALedgerThereIsNoFingerprint) {
  desire(app, "TOKEN");
  value("TOKEN", "secret-value");
  ledger.exists = false;
  EXPECT_EQ(resolve().sight.fingerprint, "");
}

TEST_F(Values, MissingEmptyAndUnreadableAreToldApart) {
  desire(app, "TOKEN");
  EXPECT_EQ(resolve().sight.kind, Kind::missing);
  EXPECT_THAT(resolve().sight.problem, HasSubstr("has no TOKEN; what is live stays"));
  value("TOKEN", "");
  EXPECT_EQ(resolve().sight.kind, Kind::missing);
  EXPECT_THAT(resolve().sight.problem, HasSubstr("has an empty TOKEN"));
  source.unreadable = {"values"};
  EXPECT_EQ(resolve().sight.kind, Kind::unavailable);
}

TEST_F(Values, AnUnsetVariableIsNamed) {
  desire(app, "TOKEN");
  source.unset = {"TOKEN"};
  EXPECT_EQ(resolve().sight.problem,
            "source \"values\" has no TOKEN: environment variable TOKEN is not set; what is live "
            "stays");
}

TEST_F(Values, AnEmptyValueIsAValueWhereTheEntryAllowsIt) {
  desire(app, "TOKEN").allow_empty = true;
  value("TOKEN", "");
  EXPECT_EQ(resolve().sight.kind, Kind::available);
}

TEST_F(Values, S4_AWrongValueIsNotQuoted) {
  desire(app, "TOKEN").format.min_length = 32;
  value("TOKEN", "short-secret");
  const auto found = resolve();
  EXPECT_EQ(found.sight.kind, Kind::invalid);
  EXPECT_TRUE(found.value.empty()) << "what is invalid cannot be written";
  EXPECT_THAT(found.sight.problem, ::testing::Not(HasSubstr("short-secret")));
}

TEST_F(Values, BytesThatJsonCannotCarryAreInvalid) {
  desire(app, "TOKEN");
  value("TOKEN", "\xff\xfe\x01");
  EXPECT_EQ(resolve().sight.kind, Kind::invalid);
  EXPECT_THAT(resolve().sight.problem, HasSubstr("not UTF-8"));
}

TEST_F(Values, LiteralsAndVariablesNeedNoSource) {
  desire(app, "A", ValueKind::literal).text = "one";
  desire(app, "B", ValueKind::variable).text = "two";
  source.unreadable = {"values"};
  EXPECT_EQ(resolve("A").value.expose(), "one");
  EXPECT_EQ(resolve("B").value.expose(), "two");
}

TEST_F(Values, ExternalAndAbsentHaveNone) {
  desire(app, "A", ValueKind::external);
  desire(app, "B", ValueKind::absent);
  EXPECT_TRUE(sim.run(resolve_values(services, app, record())).empty());
}

TEST_F(Values, S16_AFreshGenerateEntryIsAvailableAndNotMade) {
  desire(app, "TOKEN", ValueKind::generate);
  const auto found = resolve();
  EXPECT_EQ(found.sight.kind, Kind::available);
  EXPECT_TRUE(found.to_generate);
  EXPECT_EQ(generated, 0);
}

TEST_F(Values, AGenerateEntryNeedsASourceThatKeeps) {
  desire(app, "TOKEN", ValueKind::generate);
  source.writables.clear();
  EXPECT_EQ(resolve().sight.kind, Kind::unavailable);
  EXPECT_THAT(resolve().sight.problem, HasSubstr("stand a keyring in for Secret generated"));
}

TEST_F(Values, S16_AGeneratedValueThatTheSourceLostIsMissing) {
  auto& secret = desire(app, "TOKEN", ValueKind::generate);
  ledger.made[secret.id] = "k1:0123";
  EXPECT_EQ(resolve().sight.kind, Kind::missing);
  EXPECT_THAT(resolve().sight.problem, HasSubstr("lost it; restore TOKEN there"));
}

TEST_F(Values, OfRivalEntriesOnlyTheClaimantsValueIsRead) {
  desire(app, "TOKEN").rival = "elsewhere";
  value("TOKEN", "v");
  EXPECT_TRUE(sim.run(resolve_values(services, app, record())).empty());
  auto& known = record().names["TOKEN"];
  known.written = true;
  known.claimant = "SecretSet/runtime";
  EXPECT_EQ(resolve().value.expose(), "v");
}

TEST_F(Values, S19_OneStandInForAGuardedSecretAndADotenvFileIsNotRead) {
  app.place = {PlaceKind::dotenvFile, {".dev.vars"}};
  app.guarded = {{"prod", "production-values"}};
  desire(app, "TOKEN");
  desire(app, "LOCAL", ValueKind::literal).text = "dev-only";
  value("TOKEN", "secret-value");
  services.local_file_problem = [](SourceKey) -> Awaitable<std::string> { co_return ""; };
  services.shares = [](SourceKey key, ObjectKey other) -> Awaitable<Result<bool>> {
    co_return key.secret == "values" && other.name == "production-values";
  };
  const auto found = resolve();
  EXPECT_EQ(found.sight.kind, Kind::unavailable);
  EXPECT_TRUE(found.value.empty());
  EXPECT_THAT(found.sight.problem, HasSubstr("Secret prod/production-values"));
  EXPECT_THAT(found.sight.problem, HasSubstr("lockstep.local.yaml"));
  EXPECT_EQ(resolve("LOCAL").value.expose(), "dev-only");
  services.shares = [](SourceKey, ObjectKey) -> Awaitable<Result<bool>> {
    co_return fail(ErrorKind::transient, "the disk does not answer for /secure/values.env");
  };
  EXPECT_EQ(resolve().sight.problem, "the disk does not answer for /secure/values.env");
  app.guarded.clear();
  EXPECT_EQ(resolve().value.expose(), "secret-value");
}

TEST_F(Values, S19_ADotenvFileGetsOnlyWhatItsStandInLetsIntoOne) {
  app.place = {PlaceKind::dotenvFile, {".dev.vars"}};
  app.guarded.clear();  // as when production's Environment is broken, or was not read
  desire(app, "TOKEN");
  desire(app, "MADE", ValueKind::generate);
  value("TOKEN", "secret-value");
  EXPECT_EQ(resolve().sight.kind, Kind::unavailable) << "nothing says that it may";
  EXPECT_EQ(resolve("MADE").sight.kind, Kind::unavailable);
  EXPECT_FALSE(resolve("MADE").to_generate);
  services.local_file_problem = [](SourceKey key) -> Awaitable<std::string> {
    co_return key.key == "TOKEN" ? "write localFiles: true" : "";
  };
  EXPECT_EQ(resolve().sight.kind, Kind::unavailable);
  EXPECT_EQ(resolve().sight.problem, "write localFiles: true");
  EXPECT_TRUE(resolve().value.empty());
  EXPECT_TRUE(resolve("MADE").to_generate);
  app.place = {PlaceKind::flyApp, {"shop"}};
  EXPECT_EQ(resolve().value.expose(), "secret-value") << "no local file";
}

TEST_F(Values, S19_AStandInOfItsOwnReachesADotenvFile) {
  app.place = {PlaceKind::dotenvFile, {".dev.vars"}};
  app.guarded = {{"prod", "production-values"}};
  desire(app, "TOKEN");
  value("TOKEN", "secret-value");
  services.local_file_problem = [](SourceKey) -> Awaitable<std::string> { co_return ""; };
  services.shares = [](SourceKey, ObjectKey) -> Awaitable<Result<bool>> { co_return false; };
  EXPECT_EQ(resolve().value.expose(), "secret-value");
  services.shares = {};
  EXPECT_EQ(resolve().value.expose(), "secret-value") << "nothing on this machine is shared";
}

TEST_F(Values, AnyBytesAreAValueWhereThePlaceCarriesThem) {
  app.place = {PlaceKind::githubRepository, {"acme/shop", "Actions"}};
  desire(app, "TOKEN");
  value("TOKEN", "\xff\xfe\x01");
  EXPECT_EQ(resolve().sight.kind, Kind::available);
}

TEST_F(Values, S16_ALostValueIsLookedForAfreshBeforeItIsToldAsLost) {
  desire(app, "MADE", ValueKind::generate);
  ledger.made[app.secrets[0].id] = "k1:made";
  EXPECT_EQ(resolve("MADE").sight.kind, Kind::missing);
  EXPECT_EQ(source.refreshed, 1);
}

}  // namespace
}  // namespace lockstep::reconcile
