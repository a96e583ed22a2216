// The oracles bite: a program with a planted bug must fail at least one of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "simulation/buggy_program.hpp"

namespace lockstep::simulation {
namespace {

using namespace std::chrono_literals;
using sandbox::Fault;

void a_crash_in_a_write(World& world) {
  world.set_up();
  for (long call = 0; call < 12; ++call)
    world.apply({.at = CrashPoint::At::after_call, .count = call});
}

void reads_that_fail(World& world) {
  world.set_up();
  const auto fail_reads = [](const net::Request& request) {
    const bool machines = request.url.ends_with("/machines");  // what a write would restart
    return request.effect == net::Effect::Read && !machines
               ? Fault{.kind = Fault::Kind::status, .status = 500}
               : Fault{};
  };
  world.fly.set_faults(fail_reads);
  world.apply();
}

void names_of_others(World& world) {
  world.set_up();
  world.strangers = {"DEBUG"};
  world.fly.set_secret(fly_app, "DEBUG", "verbose", world.now());
  remember_strangers(world);
  world.apply();
}

void a_version_that_waits(World& world) {
  world.set_up();
  world.apply();
  world.pass_time(5min);
  world.want("DATABASE_URL", "postgres://demo-fake.example/new");
  world.cloudflare.upload(account, worker, {}, {.deploy = false}, world.now());
  world.apply();
  world.cloudflare.upload(account, worker, {}, {}, world.now());
}

void a_developers_file_beside_a_broken_production(World& world) {
  world.set_up();
  world.add_dev_vars();
  world.dev_borrows(World::Shared::stand_in);
  world.lose_production(World::Lost::typo);
  world.apply();
  world.dev_has_its_own();
  world.write_manifests();
  world.manifests_may_be_wrong = false;
}

void names_that_were_there(World& world) {
  world.policy = "{adopt: Overwrite}";
  world.approval = "None";
  world.set_up();
  world.fly.set_secret(fly_app, "DATABASE_URL", "was-there-before", world.now());
  world.apply();
}

void a_rule(World& world) {
  world.compromised_only = {"DATABASE_URL"};
  world.set_up();
  world.apply();
}

void a_repair(World& world) {
  world.set_up();
  world.apply();
  world.pass_time(5min);
  world.cloudflare.delete_secret(account, worker, "DATABASE_URL", {}, world.now());
  world.pass_time(5min);
  world.apply();
}

/// From now on no answer to a write of secrets comes back.
void lose_answers(World& world) {
  world.set_faults([](const net::Request& request) {
    const bool write = request.effect == net::Effect::Write && !request.url.contains("/machines");
    return write ? Fault{.kind = Fault::Kind::lost_answer} : Fault{};
  });
}

void names_that_were_there_and_lost_answers(World& world) {
  lose_answers(world);
  names_that_were_there(world);
}

void a_rule_and_lost_answers(World& world) {
  lose_answers(world);
  a_rule(world);
}

void a_repair_whose_answer_is_lost(World& world) {
  world.set_up();
  world.apply();
  world.pass_time(5min);
  world.cloudflare.delete_secret(account, worker, "DATABASE_URL", {}, world.now());
  world.pass_time(5min);
  lose_answers(world);
  world.apply();
  forget_faults(world);
  world.pass_time(5min);
  world.apply();
}

/// Others do nothing, here or anywhere.
void a_new_value_between_faults(World& world) {
  world.set_up();
  world.apply();
  world.pass_time(5min);
  world.want("DATABASE_URL", "postgres://demo-fake.example/new");
  const auto broken = [failed = false](const net::Request&) mutable {
    return std::exchange(failed, true) ? Fault{} : Fault{.kind = Fault::Kind::cut_body};
  };
  world.set_faults(broken);
  for (int i = 0; i < 2; ++i) world.apply();
}

void a_deletion(World& world) {
  world.policy = "{pruneAfter: 10m}";
  world.set_up();
  world.apply();
  world.unwant("DATABASE_URL");
  world.write_manifests();
  world.apply();
  world.pass_time(15min);
  world.apply();
}

constexpr std::string_view foreign_claim = R"(apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: foreign, namespace: prod}
spec: {targets: {names: [control-plane]}, secrets: [{name: DEBUG, value: {external: {}}}]}
)";

/// Whatever nobody claims may go at once, and somebody claims a name of others, as `text` says.
void a_claim(World& world, const std::string& text) {
  world.policy = "{prune: All, pruneAfter: 1s, maxDeletions: 100%}";
  world.approval = "None";
  world.manifests_may_be_wrong = true;
  world.set_up();
  world.strangers = {"DEBUG"};
  world.fly.set_secret(fly_app, "DEBUG", "verbose", world.now());
  remember_strangers(world);
  world.files.put("manifests/foreign.yaml", text);
  for (int i = 0; i < 2; ++i) {
    world.apply();
    world.pass_time(2min);
  }
}

void a_claim_that_is_left_out(World& world) {
  a_claim(world, std::string(foreign_claim));
  world.files.drop("manifests/foreign.yaml");
  for (int i = 0; i < 2; ++i) {
    world.apply();
    world.pass_time(2min);
  }
}

constexpr std::string_view two_sets = R"(apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: first, namespace: prod}
spec:
  targets: {names: [control-plane]}
  secrets: [{name: DEBUG, value: {external: {}}}, {name: TRACE, value: {absent: {}}}]
---
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: second, namespace: prod}
spec: {targets: {names: [control-plane]}, secrets: [{name: LEVEL, value: {absent: {}}}]}
)";

/// The name moved to a set that is left out in the same edit.
void a_claim_given_up_beside_a_set_that_goes(World& world) {
  a_claim(world, std::string(two_sets));
  std::string first(two_sets.substr(0, two_sets.find("---")));
  const std::string moved = "{name: DEBUG, value: {external: {}}}, ";
  first.erase(first.find(moved), moved.size());
  world.files.put("manifests/foreign.yaml", first);
  for (int i = 0; i < 2; ++i) {
    world.apply();
    world.pass_time(2min);
  }
}

void a_claim_that_is_broken(World& world) {
  a_claim(world, std::string(foreign_claim) + "bogus: 1\n");
  world.files.put("manifests/foreign.yaml", foreign_claim);
}

/// Both Fly and Cloudflare take half a minute for an answer.
void places_that_are_slow(World& world) {
  world.set_up();
  world.apply();
  world.pass_time(5min);
  world.set_faults(
      [](const net::Request&) { return Fault{.kind = Fault::Kind::delay, .delay = 30s}; });
  world.apply();
}

struct Planted {
  std::string name;
  Bug bug;
  void (*scenario)(World&);
  std::string bitten_by;
};

const std::vector<Planted>& planted() {
  static const std::vector<Planted> all{
      {"ForgetsIntents", Bug::forgets_intents, a_crash_in_a_write, "S11"},
      {"TakesAFailedReadForEmpty", Bug::empty_when_unreadable, reads_that_fail, "S3"},
      {"DeletesExtras", Bug::deletes_extras, names_of_others, "S1"},
      {"LogsValues", Bug::logs_values, names_of_others, "S4"},
      {"WritesUnderANewerVersion", Bug::ignores_newer_versions, a_version_that_waits, "S8"},
      {"FeedsLocalFilesUnasked", Bug::feeds_local_files,
       a_developers_file_beside_a_broken_production, "S19"},
      {"CallsAllCreated", Bug::calls_all_created, names_that_were_there, "S1"},
      {"ForgetsRules", Bug::forgets_rules, a_rule, "S16"},
      {"ForgetsRepairs", Bug::forgets_repairs, a_repair, "S20"},
      {"CountsNamesAsRepairs", Bug::counts_names_as_repairs, a_repair, "S20"},
      {"ForgetsDeletions", Bug::forgets_deletions, a_deletion, "S1"},
      {"ForgetsWhatWasSeen", Bug::forgets_what_was_seen, a_repair, "S8"},
      {"CallsAllCreatedWhenAnswersAreLost", Bug::calls_all_created,
       names_that_were_there_and_lost_answers, "S1"},
      {"ForgetsRulesWhenAnswersAreLost", Bug::forgets_rules, a_rule_and_lost_answers, "S16"},
      {"ForgetsRepairsWhoseAnswerIsLost", Bug::forgets_repairs, a_repair_whose_answer_is_lost,
       "S20"},
      {"CountsNamesAsRepairsWhenAnswersAreLost", Bug::counts_names_as_repairs,
       a_repair_whose_answer_is_lost, "S20"},
      {"CountsWritesAsRepairs", Bug::counts_writes_as_repairs, a_new_value_between_faults, "S20"},
      {"ForgetsWhatWasSeenWhenAnswersAreLost", Bug::forgets_what_was_seen,
       a_repair_whose_answer_is_lost, "S8"},
      {"LosesCommits", Bug::loses_commits, a_repair, "S6"},
      {"ForgetsClaims", Bug::forgets_claims, a_claim_that_is_left_out, "S1"},
      {"ForgetsSets", Bug::forgets_sets, a_claim_given_up_beside_a_set_that_goes, "S1"},
      {"IgnoresBrokenDocuments", Bug::ignores_broken_documents, a_claim_that_is_broken, "S1"},
      {"ReadsOnePlaceAfterAnother", Bug::reads_one_place_after_another, places_that_are_slow,
       "S14"},
  };
  return all;
}

class PlantedBug : public ::testing::TestWithParam<std::size_t> {};

TEST_P(PlantedBug, IsCaught) {
  const auto& [name, bug, scenario, bitten_by] = planted()[GetParam()];
  World world(1);
  plant(world, bug);
  std::string caught;
  try {
    scenario(world);
    converge_and_stay(world);
  } catch (const std::exception& error) {
    caught = error.what();
  }
  EXPECT_THAT(caught.substr(0, caught.find('\n')), ::testing::StartsWith(bitten_by + ":"));
}

TEST_P(PlantedBug, WithoutItTheSameRunPasses) {
  World world(1);
  plant(world, Bug::none);
  ASSERT_NO_THROW(planted()[GetParam()].scenario(world));
  ASSERT_NO_THROW(converge_and_stay(world));
}

INSTANTIATE_TEST_SUITE_P(Simulation, PlantedBug, ::testing::Range<std::size_t>(0, planted().size()),
                         [](const auto& info) { return planted()[info.param].name; });

}  // namespace
}  // namespace lockstep::simulation
