// The whole program over emulated providers in virtual time, and what it tells of a bad day.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/event.hpp"
#include "base/rested_reader.hpp"
#include "cli/exit_code.hpp"
#include "reconcile/reconciler.hpp"
#include "sandbox/cloudflare.hpp"
#include "sandbox/fly.hpp"
#include "sandbox/github.hpp"
#include "sandbox/in_process.hpp"
#include "sources/environment.hpp"
#include "support/crash_vfs.hpp"
#include "support/memory_files.hpp"
#include "support/power.hpp"
#include "support/sim.hpp"

namespace lockstep::cli::testing {

/// What a user reads after one run, and what the run did.
struct Told {
  std::string problems;  ///< of the manifests, a line each: what `validate` prints
  std::string plan;      ///< what is left, as `plan` prints it
  std::string status;    ///< the page of `status`
  std::string deeds;     ///< what `apply` did and did not do
  std::string shown;     ///< the plan that `apply --yes` showed, once
  Wall shown_at{};
  bool shown_whole = false;  ///< no place was still silent then
  ExitCode code = ExitCode::done;
  std::size_t writes = 0;  ///< requests of this run that can change something, at any provider
  std::vector<reconcile::PassOutcome> outcomes;

  const reconcile::PassOutcome& of(const std::string& target) const;
  std::string all() const { return problems + plan + status + deeds; }
};

/// A shop with a Worker, a Fly app and a GitHub repository. Beside whatever is broken stands a
/// healthy Target, `neighbour`: its secret must arrive on every bad day (S14).
class BadDays : public ::testing::Test {
 protected:
  static constexpr const char* account = "0123456789abcdef0123456789abcdef";
  static constexpr const char* repository = "shop/store";

  BadDays();
  ~BadDays() override;

  /// A Target and the SecretSet that gives it `secrets` (a YAML list). `policy` is a YAML map.
  void target(const std::string& name, const std::string& credential, const std::string& place,
              const std::string& secrets = "[{name: API_KEY}]", const std::string& policy = "{}");
  /// The same Target asks for these from here on.
  void wants(const std::string& name, const std::string& secrets) { sets_[name] = secrets; }
  /// Another document of the manifests.
  void document(const std::string& text) { more_ += "---\n" + text; }
  /// What the source gives for a name.
  void value(const std::string& name, std::string_view bytes);

  /// One `apply --yes`, or one look without any write.
  Told apply(reconcile::PassOptions options = {.write = true, .at_once = true});
  Told look() { return apply({.at_once = true}); }
  /// `lockstep rollout`.
  Told roll_out() { return apply({.write = true, .at_once = true, .roll_out = true}); }
  /// The healthy Target has its value, whatever else happened.
  void expect_neighbour_served(const Told& told) const;
  void pass_time(Nanos span);
  Wall now();
  std::string at_github(const std::string& name, const std::string& environment = "") const;

  lockstep::testing::Power power_{1};
  lockstep::testing::CrashVfs disk_;
  lockstep::testing::MemoryFiles files_{power_};
  lockstep::testing::Simulation sim_;
  sandbox::FlyEmulator fly_{{.start_time = Seconds(3)}};
  sandbox::CloudflareEmulator cloudflare_;
  sandbox::GitHubEmulator github_{{.max_secrets = 1'200}};
  std::string approval_ = "None";

 private:
  std::string manifests() const;
  std::size_t requests_that_write() const;

  sandbox::InProcessHttp http_;
  Environment environment_;
  std::unique_ptr<Offload> offload_;
  RestedReader reader_;
  std::unique_ptr<EventLog> log_;
  std::map<std::string, std::string> targets_;
  std::map<std::string, std::string> sets_;
  std::string more_;
};

}  // namespace lockstep::cli::testing
