// A simulated world around the real program: emulated providers, a disk that crashes, virtual time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/app.hpp"
#include "sandbox/cloudflare.hpp"
#include "sandbox/fly.hpp"
#include "sandbox/github.hpp"
#include "sandbox/in_process.hpp"
#include "simulation/ledger_oracle.hpp"
#include "simulation/wire.hpp"
#include "support/crash_vfs.hpp"
#include "support/memory_files.hpp"
#include "support/power.hpp"
#include "support/sim.hpp"

namespace lockstep::simulation {

inline const std::string account = "0123456789abcdef0123456789abcdef";
inline const std::string worker = "production-moltworker-gateway";
inline const std::string fly_app = "molecule-cp";
inline const std::string github_host = "api.github.com";
inline const sandbox::GitHubScope github_repository{.repository = "alokai/cms"};
inline const sandbox::GitHubScope github_environment{.repository = "alokai/cms",
                                                     .environment = "production"};
inline const std::string dev_vars = "apps/.dev.vars";
/// How long a machine of the Fly app takes to start.
inline constexpr Nanos start_time = std::chrono::seconds(3);

/// What one life of the program came to.
struct LifeEnd {
  bool crashed = false;
  std::vector<reconcile::PassOutcome> outcomes;  ///< of `apply`; empty after a crash
  std::optional<Error> error;                    ///< the program did not start
  long disk_ops = 0;
  long calls = 0;
  long writes = 0;     ///< calls that can change something
  bool ended = false;  ///< the controller ended by itself
  Nanos lived{};
  std::vector<TargetStatus> statuses;  ///< of a controller, as they stood at the end
  std::string metrics;
};

class World;

/// What a test does while a controller runs.
struct Happening {
  Nanos after{};  ///< since the start of the life
  std::function<void(World&, App&, testing::Simulation&)> act;
};

/// How long lists of seeds and points are cut: every how many-th runs. Sanitizers are slow, so
/// there LOCKSTEP_SIMULATION_SHARE says 5.
long simulation_share();

/// Everything that outlives a crash. Time goes on from life to life.
class World {
 public:
  explicit World(std::uint64_t seed, sandbox::FlyOptions fly = {.start_time = start_time});
  ~World();

  /// Accounts, tokens, one Worker and one Fly app, and manifests that want secrets there.
  void set_up();
  /// From now on a repository at GitHub and its guarded environment, the places `repository` and
  /// `environment`, shall hold the same names too.
  void add_github();
  /// The source's value of a name is this, and all places shall hold it.
  void want(const std::string& name, const std::string& value);
  /// The manifests desire the name no more: it may go.
  void unwant(const std::string& name);
  /// A developer's `.dev.vars` and its example want the same names too, with values of their own.
  void add_dev_vars();
  /// The developer's Environment takes its values from where production's are: it names the same
  /// Secret, or one thing on this machine stands in for both. Until dev_has_its_own().
  enum class Shared : std::uint8_t { secret, stand_in };
  void dev_borrows(Shared how);
  /// The developer's Environment has values of its own again.
  void dev_has_its_own();
  /// Production's Environment is not what it was: a typo in it, another one of its name, or its
  /// file is not there. Until write_manifests(); sets manifests_may_be_wrong.
  enum class Lost : std::uint8_t { typo, doubled, left_out };
  void lose_production(Lost how);
  /// Writes the manifests anew from `policy`, `approval` and what is wanted.
  void write_manifests();

  /// One life that applies once and ends, or crashes.
  LifeEnd apply(CrashPoint crash = {},
                reconcile::PassOptions options = {.write = true, .at_once = true});
  /// One life of the controller for `span` of virtual time, or until it crashes or ends.
  LifeEnd control(Nanos span, CrashPoint crash = {}, std::vector<Happening> happenings = {});
  /// One life in which a person says `lockstep hold`, for that long.
  void hold(const std::string& place, const std::string& name, Nanos span);
  /// Time goes by while nothing of ours runs.
  void pass_time(Nanos span) { now_ += span; }

  /// The Worker's Target says `apply: Staged`.
  bool staged() const;
  /// Someone deploys the version that waits at the Worker, when its Target is staged; true
  /// when there was one.
  bool deploy_staged();

  /// Someone deploys the Fly app, all machines at once; how many are down then is not our doing.
  void somebody_deploys();
  /// Someone writes a secret at a place of GitHub. False, and nothing happens, within six seconds
  /// of a write of ours there: its times are whole seconds, and what is that near counts as ours.
  bool somebody_writes(const std::string& place, const std::string& name, const std::string& value);
  /// Someone removes a secret, at any place.
  void somebody_removes(const std::string& place, const std::string& name);
  /// Someone sets whether the environment at GitHub has a required reviewer, as its Target expects.
  void guard_environment(bool guarded);
  bool environment_is_guarded() const;

  /// What goes wrong, and who else acts, at all providers.
  void set_faults(const sandbox::FaultPlan& plan);
  void before_request(const sandbox::BeforeRequest& hook);

  /// Checked at every call of the program and at the end of every life; throws what is broken.
  void check_oracles();
  /// The names that a place holds.
  std::vector<std::string> names(const std::string& place) const;
  /// What a place holds under a name; valid until the next change.
  std::optional<std::string_view> value(const std::string& place, const std::string& name) const;
  /// Whether all places hold exactly what is wanted; else what differs.
  std::string difference() const;

  /// The providers' time: it does not jump when the program's wall clock does.
  Wall now() const { return Wall((clock_ ? clock_->mono() : now_).time_since_epoch()); }
  /// A line of the log for what others do; never with a value.
  void note(const std::string& what) { log_ += to_rfc3339(now()) + " # " + what + "\n"; }
  /// Every event of every life, for comparing two runs of one seed byte by byte.
  const std::string& log() const { return log_; }

  testing::Power power;
  testing::CrashVfs disk;
  testing::MemoryFiles files;
  sandbox::FlyEmulator fly;
  sandbox::CloudflareEmulator cloudflare;
  sandbox::GitHubEmulator github;  ///< empty until add_github()
  /// What each place shall hold in the end: place -> name -> value.
  std::map<std::string, std::map<std::string, std::string>> wanted;
  /// What the developer's file shall hold, after add_dev_vars().
  std::map<std::string, std::string> wanted_locally;
  /// Machines of the Fly app that Fly Launch manages, and one that it does not.
  std::vector<std::string> rolled_out;
  std::string unmanaged;
  /// Names whose value lockstep makes: the same in all places.
  std::set<std::string> generated;
  /// Names that others made and lockstep must leave alone.
  std::map<std::string, std::map<std::string, std::string>> foreign;
  /// Names that may be at a place and are never ours: neither written nor removed.
  std::set<std::string> strangers;
  /// Names whose rotation rule is CompromisedOnly in the manifests.
  std::set<std::string> compromised_only;
  /// What a person holds: place -> names; "" is all of it. Such a name is not written there.
  std::map<std::string, std::set<std::string>> held;
  /// Names that lockstep may remove.
  std::set<std::string> may_go;
  Environment environment;
  std::string policy = "{repairAfter: 1m}";  ///< of the Targets
  std::string worker_policy;                 ///< of the Worker's, where it is another one
  std::string approval = "Destructive";      ///< of the Environment
  bool reads_may_be_stale = false;           ///< a fault plan of the test makes them so
  bool may_write = true;                     ///< the write fence
  bool manifests_may_be_wrong = false;       ///< the test makes them so
  /// Puts the program together: make_app, or a program with a planted bug.
  std::function<Awaitable<Result<std::unique_ptr<App>>>(Seams, AppOptions)> make = make_app;

 private:
  struct Life;
  LifeEnd end_of(Life& life, bool crashed);
  bool has_github() const { return wanted.contains("environment"); }
  void check_names(const std::string& place, const std::vector<std::string>& names) const;
  void check_github();
  void check_sealed(const std::string& place, const std::string& name, const std::string& text);
  void want_locally(const std::string& name);
  void check_dev_vars() const;
  std::string dev_vars_difference() const;
  void check_write(const WriteAsked& write);
  void check_roll_out(const WriteAsked& write) const;
  void check_held(const WriteAsked& write) const;
  void check_secrecy(const std::string& what, const std::string& text) const;
  std::set<std::string> values() const;

  std::uint64_t seed_;
  std::uint64_t lives_ = 0;
  LedgerOracle ledger_oracle_{*this};
  Mono now_;
  const Clock* clock_ = nullptr;                              ///< of the life that runs
  std::map<std::string, std::set<std::string>> ever_wanted_;  ///< name -> values
  std::map<std::string, std::set<std::string>> theirs_;  ///< name -> what others wrote at GitHub
  std::map<std::string, std::string> made_;              ///< generated name -> its one value
  std::optional<Wall> deployed_;                         ///< the Fly app, by someone
  std::map<std::string, Wall> github_written_;           ///< place -> our last write
  std::size_t log_checked_ = 0;  ///< so much of the log is known to hold no value
  std::string log_;
};

/// Someone else did something: what of theirs is there now must stay as it is.
void remember_strangers(World& world);

/// The providers behave again, and nobody else acts.
void forget_faults(World& world);

/// Runs a scenario to its end without faults: until `difference()` is empty and an apply writes
/// nothing, then more applies that must not write. Throws with what is wrong.
void converge_and_stay(World& world, int silent_applies = 10);

}  // namespace lockstep::simulation
