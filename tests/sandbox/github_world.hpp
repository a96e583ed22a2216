// Inside the GitHub emulator: the repositories and the handlers.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <deque>
#include <set>
#include <variant>

#include "sandbox/github.hpp"
#include "sandbox/sealed_box.hpp"

namespace lockstep::sandbox::github {

struct StoredSecret {
  SharedSecret value;
  Wall created_at{};
  Wall updated_at{};
};

/// A key that clients seal to. Its id is opaque text, though it looks like a number.
struct Key {
  std::string id;
  BoxKeys pair;
};

/// The secrets of one scope, by upper-case name.
struct Store {
  std::shared_ptr<const Key> key;
  std::map<std::string, StoredSecret> secrets;
};

struct Environment {
  std::uint64_t id = 0;
  std::string name;
  GitHubProtection protection;
  Wall created_at{};
  Wall updated_at{};
  Store store;
};

struct Repository {
  std::uint64_t id = 0;
  std::string owner;
  std::string name;
  bool is_private = true;
  Wall created_at{};
  Store store;
  std::map<std::string, Environment> environments;  ///< by lower-case name
  std::map<std::string, bool> branches;             ///< whether protected
  std::string full_name() const { return owner + "/" + name; }
};

struct State {
  std::map<std::uint64_t, Repository> repositories;
  std::map<std::string, std::uint64_t> names;  ///< lower-case owner/name
  std::map<std::string, std::uint64_t> moved;  ///< the same, of names that redirect
};

/// A personal access token, or what an app got for an installation.
struct Token {
  GitHubToken given;
  std::set<std::uint64_t> repositories;  ///< empty: every one
  bool installation = false;
  bool revoked = false;
};

/// An app and its one installation.
struct App {
  GitHubApp given;
  std::set<std::uint64_t> repositories;  ///< empty: every one
};

/// What one user or installation used up.
struct Usage {
  Wall since{};  ///< start of the hour
  std::uint64_t used = 0;
  std::deque<std::pair<Wall, std::uint64_t>> points;  ///< of the last minute
  std::deque<Wall> content;                           ///< of the last hour
  Wall blocked_until{};
};

struct World {
  explicit World(GitHubOptions given) : options(given), ids(given.seed) {}
  GitHubOptions options;
  IdMaker ids;
  std::uint64_t next_id = 41'000'001;
  Timeline<State> time;
  std::map<std::string, Token> tokens;  ///< by secret
  std::map<std::string, App> apps;      ///< by installation
  std::map<std::string, Usage> usage;   ///< by identity
  std::size_t throttled = 0;
  std::size_t environment_puts = 0;
};

/// One request to a repository, after authentication and permission.
struct Ask {
  const Call& call;                           ///< its path without /api/v3
  const std::vector<std::string>& arguments;  ///< of the part after the repository
  Wall now;
  std::string base;              ///< what absolute URLs begin with: origin and /api/v3
  const Repository& repository;  ///< what a read may see; a write sees the present
};

// ---- answers -----------------------------------------------------------------------------------
net::Response error(int status, const std::string& message);
net::Response not_found();
net::Response no_content();
/// The answer to a limit; `retry_after` in seconds, where it says one.
net::Response limited(const World& world, const std::string& message,
                      std::optional<std::int64_t> retry_after);
std::string timestamp(Wall when);
/// One page of `items` in an object under `key` (a bare list when empty), with its Link header.
net::Response page(const Ask& ask, const std::string& canonical_path, const std::string& key,
                   const json::array& items);
/// The JSON object in a request; or the refusal.
std::variant<json::value, net::Response> read_object(const Call& call);

// ---- tokens ------------------------------------------------------------------------------------
/// The token of a request, or the refusal.
std::variant<const Token*, net::Response> authenticate(const World& world, const Call& call,
                                                       Wall now);
bool permits(const Token& token, std::string_view family, bool write);
/// Whether the token was given for that repository.
bool covers(const Token& token, const Repository& repository);
/// POST /app/installations/{id}/access_tokens, which takes a JSON Web Token.
net::Response make_installation_token(World& world, const Call& call,
                                      const std::string& installation, Wall now);
std::set<std::uint64_t> ids_of(const World& world, const std::vector<std::string>& repositories);

// ---- JSON Web Tokens ---------------------------------------------------------------------------
/// Why an app's token is refused; nothing when it is fine.
std::optional<std::string> refuse_jwt(const GitHubApp& app, std::string_view token, Wall now);

// ---- limits ------------------------------------------------------------------------------------
/// Counts a request; the refusal when a limit is reached.
std::optional<net::Response> count_request(World& world, const std::string& identity, bool write,
                                           Wall now);
/// What the hour of that identity looks like, as headers. `counts`: this answer uses it up.
std::vector<net::Header> count_answer(World& world, const std::string& identity, bool counts);
net::Response rate_limit(World& world, const std::string& identity, Wall now);

// ---- repositories ------------------------------------------------------------------------------
/// std::out_of_range where it does not exist.
const Repository& repository_of(const State& state, const std::string& full_name);
Repository& repository_of(State& state, const std::string& full_name);
Store& store_of(State& state, const GitHubScope& scope);
Store make_store(World& world);
Environment make_environment(World& world, const std::string& name, Wall now);

net::Response get_repository(World& world, const Ask& ask);
net::Response list_branches(World& world, const Ask& ask);

// ---- environments ------------------------------------------------------------------------------
net::Response list_environments(World& world, const Ask& ask);
net::Response get_environment(World& world, const Ask& ask);
net::Response put_environment(World& world, const Ask& ask);
net::Response list_branch_policies(World& world, const Ask& ask);

// ---- secrets -----------------------------------------------------------------------------------
/// Secret names are stored in upper case, however they come.
std::string stored_name(std::string name);
net::Response list_repository_secrets(World& world, const Ask& ask);
net::Response get_repository_key(World& world, const Ask& ask);
net::Response get_repository_secret(World& world, const Ask& ask);
net::Response put_repository_secret(World& world, const Ask& ask);
net::Response delete_repository_secret(World& world, const Ask& ask);
net::Response list_environment_secrets(World& world, const Ask& ask);
net::Response get_environment_key(World& world, const Ask& ask);
net::Response get_environment_secret(World& world, const Ask& ask);
net::Response put_environment_secret(World& world, const Ask& ask);
net::Response delete_environment_secret(World& world, const Ask& ask);

}  // namespace lockstep::sandbox::github
