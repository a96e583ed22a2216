#include "scene.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "dotenv_place.hpp"
#include "fly_place.hpp"
#include "github_environment_place.hpp"
#include "github_repository_place.hpp"
#include "worker_place.hpp"

namespace lockstep::conformance {

namespace {

using O = Receipt::Outcome;

template <class World>
std::unique_ptr<PlaceWorld> make() {
  return std::make_unique<World>();
}

std::vector<Change> changes_of(const std::vector<Wanted>& wanted) {
  std::vector<Change> out;
  for (const auto& one : wanted) {
    out.push_back({.op = one.value ? Change::Op::put : Change::Op::remove,
                   .name = one.name,
                   .value = Secret(one.value.value_or(""))});
  }
  return out;
}

}  // namespace

std::vector<PlaceMaker> every_place() {
  auto out = places_over_http();
  out.push_back({"DotenvFile", make<DotenvPlace>});
  return out;
}

std::vector<PlaceMaker> places_over_http() {
  return {{"FlyApp", make<FlyPlace>},
          {"CloudflareWorker", make<WorkerPlace>},
          {"GitHubRepository", make<GitHubRepositoryPlace>},
          {"GitHubEnvironment", make<GitHubEnvironmentPlace>}};
}

Scene::Scene(const PlaceMaker& maker)
    : world_(maker.make()), places_(world_->places()), values_{world_->token()} {}

Scene::~Scene() {
  EXPECT_EQ(world_->places(), places_) << "S5: a place came or went";
  for (const auto& text : heard_) {
    for (const auto& value : values_) {
      if (value.size() < 8) continue;  // too short to be told from ordinary words
      EXPECT_FALSE(text.contains(value)) << "S4: " << text;
      const auto encoded = to_base64(value);
      EXPECT_FALSE(text.contains(view(encoded))) << "S4: " << text;
    }
  }
}

CallContext Scene::context() {
  return {.deadline = world_->sim.clock().mono() + time_limit,
          .attempt = "attempt-" + std::to_string(attempt_)};
}

void Scene::hear(const Error& error) {
  heard_.push_back(describe(error) + " " + error.code);
}

Result<Observation> Scene::observe() {
  return observe(world_->place());
}

Result<Observation> Scene::observe(const Place& place) {
  auto seen = world_->sim.run(world_->provider().observe(place, memory_, context()));
  if (!seen) hear(seen.error());
  if (seen) heard_.push_back(seen->liveness_note);
  return seen;
}

Result<WriteCheck> Scene::check_write() {
  auto checked =
      world_->sim.run(world_->provider().check_write(world_->place(), memory_, mode, context()));
  if (!checked) hear(checked.error());
  if (checked) heard_.push_back(checked->reason);
  return checked;
}

Result<Applied> Scene::apply(const std::vector<Wanted>& wanted) {
  return apply(world_->place(), wanted);
}

Result<Applied> Scene::apply(const Place& place, const std::vector<Wanted>& wanted) {
  for (const auto& one : wanted) {
    if (one.value) keep_secret(*one.value);
  }
  auto applied = world_->sim.run(
      world_->provider().apply(place, changes_of(wanted), memory_, mode, context()));
  if (!applied) hear(applied.error());
  if (!applied) return applied;
  heard_.push_back(applied->note);
  EXPECT_EQ(applied->receipts.size(), wanted.size());
  for (std::size_t i = 0; i < std::min(wanted.size(), applied->receipts.size()); ++i) {
    const auto& receipt = applied->receipts[i];
    EXPECT_EQ(receipt.name, wanted[i].name);
    const bool bad = receipt.outcome == O::failed || receipt.outcome == O::unknown;
    EXPECT_EQ(receipt.error.has_value(), bad) << receipt.name;
    if (receipt.error) hear(*receipt.error);
  }
  return applied;
}

Result<Attribution> Scene::attribute(const std::string& name) {
  auto who = world_->sim.run(world_->provider().attribute(world_->place(), name, context()));
  if (!who) hear(who.error());
  if (who) heard_.push_back(who->who + " " + who->how);
  return who;
}

void Scene::wait(Nanos time) {
  auto& clock = world_->sim.clock();
  const auto ended = world_->sim.run(clock.sleep_until(clock.mono() + time));
  EXPECT_EQ(ended, Ended::finished);
}

std::vector<O> outcomes(const Applied& applied) {
  std::vector<O> out;
  for (const auto& receipt : applied.receipts) out.push_back(receipt.outcome);
  return out;
}

std::vector<std::string> names_of(const Observation& seen) {
  std::vector<std::string> out;
  for (const auto& secret : seen.secrets) out.push_back(secret.name);
  return out;
}

}  // namespace lockstep::conformance
