// A Worker of Cloudflare.
#pragma once

#include "place_world.hpp"
#include "providers/cloudflare/worker.hpp"
#include "sandbox/cloudflare.hpp"

namespace lockstep::conformance {

class WorkerPlace final : public PlaceWorld {
 public:
  WorkerPlace() {
    http.route("https://api.cloudflare.com", cloudflare_);
    cloudflare_.add_account(account_, "Example Account");
    cloudflare_.add_worker(account_, script_, now(),
                           {{.name = "STAGE", .fields = {{"text", "production"}}}});
    cloudflare_.add_worker(account_, "production-alokai-other", now());
    cloudflare_.add_token({.id = "a0000000000000000000000000000001",
                           .secret = token(),
                           .owner_email = "lockstep@example.com",
                           .accounts = {account_},
                           .permissions = {"Workers Scripts Write"}});
  }

  Provider& provider() override { return provider_; }
  sandbox::Emulator& emulator() override { return cloudflare_; }
  Place place() const override { return {PlaceKind::cloudflareWorker, {account_, script_}}; }
  Place missing_place() const override {
    return {PlaceKind::cloudflareWorker, {account_, "production-alokai-nowhere"}};
  }
  std::string token() const override { return "v1.0-FAKEconformance000000000000000000001"; }
  void revoke_token() override {
    cloudflare_.set_token_status("a0000000000000000000000000000001",
                                 sandbox::CloudflareToken::Status::disabled);
  }
  std::vector<std::string> refused_names() const override {
    return {"", "1ST", "WITH-DASH", "WITH BLANK", "WITH/SLASH", "\xC3\x9C"};
  }
  std::string own_error(std::string_view text) const override {
    return R"({"success":false,"result":null,"messages":[],"errors":[{"code":12345,"message":")" +
           std::string(text) + R"("}]})";
  }

  void person_puts(const std::string& name, std::string_view value) override {
    cloudflare_.put_secret(account_, script_, name, value, person_, now());
  }
  void person_removes(const std::string& name) override {
    cloudflare_.delete_secret(account_, script_, name, person_, now());
  }
  void person_deploys() override { cloudflare_.upload(account_, script_, person_, {}, now()); }
  std::string person() const override { return person_.email; }

  std::optional<std::string> value(const std::string& name) const override {
    const auto found = cloudflare_.value(account_, script_, name);
    return found ? std::optional(std::string(*found)) : std::nullopt;
  }
  std::vector<std::string> names() const override { return cloudflare_.names(account_, script_); }
  std::vector<std::string> places() const override { return cloudflare_.workers(account_); }

  // Only Workers have these.
  /// Uploads a version without deploying it, as `wrangler versions upload` does.
  void person_uploads_a_version() {
    cloudflare_.upload(account_, script_, person_, {.deploy = false}, now());
  }
  /// Sends a tenth of the traffic to the newest version.
  void person_splits_traffic() { cloudflare_.split_traffic(account_, script_, 10, person_, now()); }
  /// Gives the newest version all traffic, as `wrangler versions deploy` does.
  void person_deploys_the_newest() { cloudflare_.deploy_latest(account_, script_, person_, now()); }
  void person_rolls_back() { cloudflare_.rollback(account_, script_, 1, person_, now()); }
  std::size_t deployments() const { return cloudflare_.deployment_count(account_, script_); }

 private:
  Wall now() { return sim.clock().wall(); }

  const std::string account_ = "0123456789abcdef0123456789abcdef";
  const std::string script_ = "production-alokai-cms";
  const sandbox::Person person_{.email = "alice@example.com", .source = "wrangler"};
  sandbox::CloudflareEmulator cloudflare_{{.requests = 1'000'000}};
  providers::cloudflare::CloudflareWorkerProvider provider_{
      http,
      sim.clock(),
      [this]() -> Awaitable<Result<Secret>> {
        return
            [](std::string text) -> Awaitable<Result<Secret>> { co_return Secret(text); }(token());
      },
      {.account_id = account_}};
};

}  // namespace lockstep::conformance
