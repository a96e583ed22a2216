// Inside the Cloudflare emulator: the accounts and their handlers.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <variant>

#include "sandbox/cloudflare.hpp"

namespace lockstep::sandbox::cloudflare {

/// One binding of a version, without its name.
struct Binding {
  std::string type;
  json::object fields;  ///< beside name and type; never a secret's text
  SharedSecret text;    ///< of a secret
  bool secret() const { return type == "secret_text" || type == "secret_key"; }
};
using Bindings = std::map<std::string, Binding>;

/// The main module of a version, as it was uploaded.
struct Code {
  std::string entrypoint = "index.js";
  std::string text = "export default { fetch() {} }";
};

struct Author {
  std::string id;
  std::string email;  ///< "" for an account token
  std::string source;
};

struct Version {
  std::string id;
  std::uint64_t number = 0;
  Wall created_on{};
  Author author;
  std::string triggered_by;
  std::string message;
  std::string tag;
  std::string etag;  ///< of the code
  Code code;
  Bindings bindings;
};
using VersionPtr = std::shared_ptr<const Version>;

struct Share {
  VersionPtr version;
  int percent = 100;
};

struct Deployment {
  std::string id;
  Wall created_on{};
  Author author;
  std::string triggered_by;
  std::string message;
  std::vector<Share> shares;
};

struct Worker {
  std::string name;
  std::string tag;  ///< the immutable id
  Wall created_on{};
  std::vector<VersionPtr> versions;     ///< oldest first
  std::vector<Deployment> deployments;  ///< newest first, as many as are listed
  std::size_t deployments_made = 0;

  const Version& latest() const { return *versions.back(); }
  const Version& active() const { return *deployments.front().shares.front().version; }
  bool latest_is_deployed() const {
    const auto& shares = deployments.front().shares;
    return shares.size() == 1 && shares.front().version == versions.back();
  }
};

struct Resource {
  std::string id;
  CloudflareResource what;
  Wall created_on{};
};

struct Account {
  std::string id;
  std::string name;
  std::map<std::string, Worker> workers;
  std::vector<Resource> resources;
};

struct State {
  std::map<std::string, Account> accounts;
};

struct World {
  explicit World(CloudflareOptions given) : options(std::move(given)), ids(options.seed) {}
  CloudflareOptions options;
  IdMaker ids;
  Timeline<State> time;
  std::map<std::string, CloudflareToken> tokens;  ///< by secret
  std::map<std::string, Usage> usage;             ///< by identity
  Usage address;                                  ///< everybody comes from one
  std::map<std::string, Wall> locks;              ///< by account/script
};

/// One request after authentication.
struct Ask {
  const Call& call;
  const std::vector<std::string>& arguments;  ///< account first
  Wall now;
  const Account& account;  ///< what a read may see; a write sees the present
  Author author;
};

// ---- envelope ----------------------------------------------------------------------------------
net::Response success(const json::value& result, const json::object& info = {});
net::Response failure(int status, int code, const std::string& message);
/// One page of `items` and its result_info.
net::Response page(const Call& call, const json::array& items, std::uint64_t per_page,
                   std::uint64_t most);
std::string timestamp(Wall when);
/// The user id behind an e-mail address.
std::string person_id(const std::string& email);

// ---- tokens ------------------------------------------------------------------------------------
/// The token of a request, or the refusal.
std::variant<const CloudflareToken*, net::Response> authenticate(const World& world,
                                                                 const Call& call, Wall now);
bool permits(const CloudflareToken& token, std::string_view permission);
bool token_expired(const CloudflareToken& token, Wall now);
/// The verify routes, which answer for dead tokens too; nothing for other paths.
std::optional<net::Response> verify_route(const World& world, const Call& call, Wall now);

// ---- versions ----------------------------------------------------------------------------------
/// What a new version says about itself.
struct Labels {
  std::string triggered_by;
  std::string message = {};
  std::string tag = {};
  std::optional<Code> code = {};  ///< new code; the latest version's where there is none
};
const Worker* find_worker(const Account& account, const std::string& name_or_tag);
net::Response no_worker();
/// The Worker as it is now, to be changed.
Worker& change_worker(World& world, const Ask& ask, const std::string& script);
/// Adds a version with the code of the latest one (`etag` empty) or new code.
VersionPtr add_version(World& world, Worker& worker, Bindings bindings, const Author& author,
                       const Labels& labels, Wall now, const std::string& etag = "");
void deploy(World& world, Worker& worker, std::vector<Share> shares, const Author& author,
            const Labels& labels, Wall now);
/// A version that is deployed at once, as every edit of secrets makes it.
VersionPtr add_and_deploy(World& world, Worker& worker, Bindings bindings, const Author& author,
                          const Labels& labels, Wall now);
/// The refusal of a set of bindings: sizes, counts, names.
std::optional<net::Response> refuse_bindings(const World& world, const Bindings& bindings);
json::array describe(const Bindings& bindings);
json::object describe(const Version& version, bool whole);
/// A binding from an upload form or a merge patch.
Binding read_binding(const json::value& text);

// ---- handlers ----------------------------------------------------------------------------------
net::Response list_secrets(World& world, const Ask& ask);
net::Response get_secret(World& world, const Ask& ask);
net::Response put_secret(World& world, const Ask& ask);
net::Response delete_secret(World& world, const Ask& ask);
net::Response bulk_secrets(World& world, const Ask& ask);

net::Response list_versions(World& world, const Ask& ask);
net::Response get_version(World& world, const Ask& ask);
net::Response get_latest_version(World& world, const Ask& ask);
net::Response patch_latest_version(World& world, const Ask& ask);
net::Response list_deployments(World& world, const Ask& ask);
net::Response post_deployment(World& world, const Ask& ask);

net::Response list_scripts(World& world, const Ask& ask);
net::Response get_service(World& world, const Ask& ask);
net::Response get_settings(World& world, const Ask& ask);
net::Response patch_settings(World& world, const Ask& ask);
net::Response get_worker(World& world, const Ask& ask);
net::Response get_content(World& world, const Ask& ask);
net::Response script_settings(World& world, const Ask& ask);
net::Response script_subdomain(World& world, const Ask& ask);
net::Response put_script(World& world, const Ask& ask);
net::Response post_version(World& world, const Ask& ask);

net::Response get_account(World& world, const Ask& ask);
net::Response list_d1(World& world, const Ask& ask);
net::Response list_kv(World& world, const Ask& ask);
net::Response list_r2(World& world, const Ask& ask);
net::Response list_gateways(World& world, const Ask& ask);
net::Response get_gateway(World& world, const Ask& ask);

}  // namespace lockstep::sandbox::cloudflare
