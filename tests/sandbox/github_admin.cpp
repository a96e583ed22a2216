// Setting up repositories, what another person does in them, and what oracles look at.
#include <stdexcept>

#include "base/text.hpp"
#include "sandbox/github_world.hpp"

namespace lockstep::sandbox {

namespace github {

namespace {

/// 18 digits that begin with 0: a client that takes it for a number sends another one back.
std::string key_id(World& world) {
  auto id = world.ids.hex(18);
  for (auto& digit : id) {
    if (digit > '9') digit = static_cast<char>('0' + (digit - 'a'));
  }
  id[0] = '0';
  return id;
}

std::shared_ptr<const Key> make_key(World& world) {
  return std::make_shared<const Key>(
      Key{.id = key_id(world), .pair = make_box_keys(world.ids.hex(64))});
}

template <class States>
auto& find_repository(States& state, const std::string& full_name) {
  return state.repositories.at(state.names.at(to_lower(full_name)));
}

const Store& store_in(const State& state, const GitHubScope& scope) {
  const auto& repository = repository_of(state, scope.repository);
  if (scope.environment.empty()) return repository.store;
  return repository.environments.at(to_lower(scope.environment)).store;
}

Environment& environment_in(State& state, const std::string& repository,
                            const std::string& environment) {
  return repository_of(state, repository).environments.at(to_lower(environment));
}

}  // namespace

const Repository& repository_of(const State& state, const std::string& full_name) {
  return find_repository(state, full_name);
}

Repository& repository_of(State& state, const std::string& full_name) {
  return find_repository(state, full_name);
}

Store& store_of(State& state, const GitHubScope& scope) {
  auto& repository = repository_of(state, scope.repository);
  if (scope.environment.empty()) return repository.store;
  return repository.environments.at(to_lower(scope.environment)).store;
}

Store make_store(World& world) {
  return {.key = make_key(world), .secrets = {}};
}

Environment make_environment(World& world, const std::string& name, Wall now) {
  return {.id = world.next_id++,
          .name = name,
          .protection = {},
          .created_at = now,
          .updated_at = now,
          .store = make_store(world)};
}

}  // namespace github

void GitHubEmulator::add_repository(const std::string& full_name, Wall now, bool is_private) {
  const auto parts = split(full_name, '/');
  if (parts.size() != 2) throw std::out_of_range("not owner/name: " + full_name);
  auto& state = world_->time.direct();
  const auto id = world_->next_id++;
  state.names[to_lower(full_name)] = id;
  state.repositories[id] = {.id = id,
                            .owner = parts[0],
                            .name = parts[1],
                            .is_private = is_private,
                            .created_at = now,
                            .store = github::make_store(*world_),
                            .environments = {},
                            .branches = {{"main", false}}};
}

void GitHubEmulator::add_environment(const std::string& repository, const std::string& environment,
                                     Wall now, const GitHubProtection& protection) {
  auto made = github::make_environment(*world_, environment, now);
  made.protection = protection;
  github::repository_of(world_->time.direct(), repository).environments[to_lower(environment)] =
      std::move(made);
}

void GitHubEmulator::add_branch(const std::string& repository, const std::string& branch,
                                bool is_protected) {
  github::repository_of(world_->time.direct(), repository).branches[branch] = is_protected;
}

void GitHubEmulator::add_token(const GitHubToken& token) {
  world_->tokens[token.secret] = {.given = token,
                                  .repositories = github::ids_of(*world_, token.repositories)};
}

void GitHubEmulator::add_app(const GitHubApp& app) {
  world_->apps[app.installation] = {.given = app,
                                    .repositories = github::ids_of(*world_, app.repositories)};
}

void GitHubEmulator::set_secret(const GitHubScope& scope, const std::string& name,
                                std::string_view value, Wall now) {
  auto& secrets = github::store_of(world_->time.change(now), scope).secrets;
  const auto [at, fresh] = secrets.try_emplace(github::stored_name(name));
  if (fresh) at->second.created_at = now;
  at->second.updated_at = now;
  at->second.value = share(value);
}

void GitHubEmulator::unset_secret(const GitHubScope& scope, const std::string& name, Wall now) {
  github::store_of(world_->time.change(now), scope).secrets.erase(github::stored_name(name));
}

void GitHubEmulator::change_protection(const std::string& repository,
                                       const std::string& environment,
                                       const GitHubProtection& protection, Wall now) {
  auto& changed = github::environment_in(world_->time.change(now), repository, environment);
  changed.protection = protection;
  changed.updated_at = now;
}

void GitHubEmulator::delete_environment(const std::string& repository,
                                        const std::string& environment, Wall now) {
  github::repository_of(world_->time.change(now), repository)
      .environments.erase(to_lower(environment));
}

void GitHubEmulator::run_workflow(const std::string& repository, const std::string& environment,
                                  Wall now) {
  auto& environments = github::repository_of(world_->time.change(now), repository).environments;
  const auto key = to_lower(environment);
  if (!environments.contains(key)) {
    environments[key] = github::make_environment(*world_, environment, now);
  }
}

void GitHubEmulator::move_repository(const std::string& repository, const std::string& to,
                                     Wall now) {
  const auto parts = split(to, '/');
  if (parts.size() != 2) throw std::out_of_range("not owner/name: " + to);
  auto& state = world_->time.change(now);
  auto& moved = github::repository_of(state, repository);
  moved.owner = parts[0];
  moved.name = parts[1];
  state.names.erase(to_lower(repository));
  state.names[to_lower(to)] = moved.id;
  state.moved[to_lower(repository)] = moved.id;
}

void GitHubEmulator::delete_repository(const std::string& repository, Wall now) {
  auto& state = world_->time.change(now);
  state.repositories.erase(github::repository_of(state, repository).id);
  state.names.erase(to_lower(repository));
}

void GitHubEmulator::revoke_token(const std::string& id) {
  for (auto& [secret, token] : world_->tokens) {
    if (token.given.id == id) token.revoked = true;
  }
}

void GitHubEmulator::rotate_key(const GitHubScope& scope) {
  github::store_of(world_->time.direct(), scope).key = github::make_key(*world_);
}

std::optional<std::string_view> GitHubEmulator::value(const GitHubScope& scope,
                                                      const std::string& name) const {
  const auto& secrets = github::store_in(world_->time.current(), scope).secrets;
  const auto found = secrets.find(name);
  if (found == secrets.end()) return std::nullopt;
  return found->second.value->expose();
}

std::vector<std::string> GitHubEmulator::names(const GitHubScope& scope) const {
  std::vector<std::string> out;
  for (const auto& [name, secret] : github::store_in(world_->time.current(), scope).secrets) {
    out.push_back(name);
  }
  return out;
}

std::vector<std::string> GitHubEmulator::repositories() const {
  std::vector<std::string> out;
  for (const auto& [id, repository] : world_->time.current().repositories) {
    out.push_back(repository.full_name());
  }
  return out;
}

std::vector<std::string> GitHubEmulator::environments(const std::string& repository) const {
  std::vector<std::string> out;
  for (const auto& [key, environment] :
       github::repository_of(world_->time.current(), repository).environments) {
    out.push_back(environment.name);
  }
  return out;
}

const GitHubProtection& GitHubEmulator::protection(const std::string& repository,
                                                   const std::string& environment) const {
  return github::repository_of(world_->time.current(), repository)
      .environments.at(to_lower(environment))
      .protection;
}

std::size_t GitHubEmulator::throttled() const {
  return world_->throttled;
}

std::size_t GitHubEmulator::environment_puts() const {
  return world_->environment_puts;
}

}  // namespace lockstep::sandbox
