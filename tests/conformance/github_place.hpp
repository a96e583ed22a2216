// What the two kinds of places on GitHub share.
#pragma once

#include "place_world.hpp"
#include "providers/github/provider.hpp"
#include "sandbox/github.hpp"

namespace lockstep::conformance {

class GitHubPlace : public PlaceWorld {
 public:
  explicit GitHubPlace(sandbox::GitHubScope scope) : scope_(std::move(scope)) {
    http.route("https://api.github.com", github_);
    github_.add_repository("alokai/cms", now());
    github_.add_repository("alokai/other", now());
    github_.add_environment("alokai/cms", "production", now());
    github_.add_environment("alokai/cms", "staging", now());
    github_.add_token(
        {.id = "pat_ours",
         .secret = token(),
         .permissions = {{"secrets", "write"}, {"environments", "write"}, {"actions", "read"}}});
  }

  Provider& provider() override { return provider_; }
  sandbox::Emulator& emulator() override { return github_; }
  std::string token() const override {
    return "github_pat_11FAKE0conformance00000_0000000000000000000000000000000001";
  }
  void revoke_token() override { github_.revoke_token("pat_ours"); }
  bool writes_at_once() const override { return false; }
  Nanos blind_spell() const override { return write_time_skew + std::chrono::seconds(1); }
  std::vector<std::string> refused_names() const override {
    return {"", "1ST", "WITH-DASH", "WITH BLANK", "WITH/SLASH", "\xC3\x9C", "GITHUB_TOKEN"};
  }
  std::string own_error(std::string_view text) const override {
    return R"({"message":")" + std::string(text) +
           R"(","documentation_url":"https://docs.github.com/rest"})";
  }

  void person_puts(const std::string& name, std::string_view value) override {
    github_.set_secret(scope_, name, value, now());
  }
  void person_removes(const std::string& name) override {
    github_.unset_secret(scope_, name, now());
  }
  /// A workflow's run: what is written is live without one.
  void person_deploys() override { github_.run_workflow("alokai/cms", "production", now()); }
  std::string person() const override { return ""; }

  std::optional<std::string> value(const std::string& name) const override {
    const auto found = github_.value(scope_, name);
    return found ? std::optional(std::string(*found)) : std::nullopt;
  }
  std::vector<std::string> names() const override { return github_.names(scope_); }
  std::vector<std::string> places() const override {
    auto out = github_.repositories();
    for (const auto& environment : github_.environments("alokai/cms")) {
      out.push_back("alokai/cms/" + environment);
    }
    return out;
  }

  // Only GitHub has these.
  sandbox::GitHubEmulator& github() { return github_; }
  const sandbox::GitHubScope& scope() const { return scope_; }

 private:
  Wall now() { return sim.clock().wall(); }

  const sandbox::GitHubScope scope_;
  // Limits are a case of their own (429); here every request may come at once.
  sandbox::GitHubEmulator github_{{.requests_per_hour = 0,
                                   .points_per_minute = 0,
                                   .content_per_minute = 0,
                                   .content_per_hour = 0}};
  providers::github::GitHubSecretsProvider provider_{
      http,
      sim.clock(),
      sim.random(),
      [this]() -> Awaitable<Result<Secret>> {
        return
            [](std::string text) -> Awaitable<Result<Secret>> { co_return Secret(text); }(token());
      },
      {}};
};

}  // namespace lockstep::conformance
