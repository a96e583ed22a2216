// An app of Fly.io.
#pragma once

#include "place_world.hpp"
#include "providers/fly/provider.hpp"
#include "sandbox/fly.hpp"

namespace lockstep::conformance {

class FlyPlace final : public PlaceWorld {
 public:
  FlyPlace() {
    http.route("https://api.machines.dev", fly_);
    fly_.add_app(app_);
    fly_.add_app("molecule-other");
    fly_.add_machine(app_, {.region = "fra"}, now());
    fly_.add_machine(app_, {.region = "ams"}, now());
    fly_.add_token({.id = "tok_ours", .secret = token()});
  }

  Provider& provider() override { return provider_; }
  sandbox::Emulator& emulator() override { return fly_; }
  Place place() const override { return {PlaceKind::flyApp, {app_}}; }
  Place missing_place() const override { return {PlaceKind::flyApp, {"molecule-nowhere"}}; }
  std::string token() const override { return "fm2_FAKEconformance0000000000000000000001"; }
  void revoke_token() override { fly_.revoke_token("tok_ours"); }
  std::vector<std::string> refused_names() const override {
    return {"", "1ST", "WITH-DASH", "WITH BLANK", "WITH/SLASH", "\xC3\x9C", "DOLLAR$"};
  }
  std::string own_error(std::string_view text) const override {
    return R"({"error":")" + std::string(text) + R"(","status":"unknown"})";
  }

  void person_puts(const std::string& name, std::string_view value) override {
    fly_.set_secret(app_, name, value, now());
  }
  void person_removes(const std::string& name) override { fly_.unset_secret(app_, name, now()); }
  void person_deploys() override { fly_.deploy(app_, now()); }
  std::string person() const override { return ""; }

  std::optional<std::string> value(const std::string& name) const override {
    const auto found = fly_.value(app_, name);
    return found ? std::optional(std::string(*found)) : std::nullopt;
  }
  std::vector<std::string> names() const override { return fly_.names(app_); }
  std::vector<std::string> places() const override {
    std::vector<std::string> out;
    for (const auto* app : {"molecule-cp", "molecule-other", "molecule-nowhere"}) {
      if (fly_.has_app(app)) out.emplace_back(app);
    }
    return out;
  }

 private:
  Wall now() { return sim.clock().wall(); }

  const std::string app_ = "molecule-cp";
  // Limits are a case of their own (429); here every request may come at once.
  sandbox::FlyEmulator fly_{{.machine_actions = {}, .get_machine = {}, .secret_actions = {}}};
  providers::fly::FlyProvider provider_{http,
                                        sim.clock(),
                                        [this]() -> Awaitable<Result<Secret>> {
                                          return [](std::string text) -> Awaitable<Result<Secret>> {
                                            co_return Secret(text);
                                          }(token());
                                        },
                                        {}};
};

}  // namespace lockstep::conformance
