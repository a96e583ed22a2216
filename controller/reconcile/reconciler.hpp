// All Targets: once (plan, apply), or for ever (controller).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/event.hpp"
#include "base/fence.hpp"
#include "base/scope.hpp"
#include "plan/graph.hpp"
#include "ports/manifests.hpp"
#include "reconcile/pass.hpp"
#include "reconcile/patience.hpp"
#include "reconcile/queue.hpp"

namespace lockstep::reconcile {

/// What the manifests say now.
struct World {
  ManifestSnapshot snapshot;
  Desired desired;
  /// Problems of single documents and across documents, in the order of the files.
  std::vector<api::Problem> problems() const;
  /// How many documents were found, and how many of them have a problem. A text that does not parse
  /// counts as one.
  struct Documents {
    std::size_t all = 0;
    std::size_t broken = 0;
  };
  Documents documents() const;
};

/// Hears how once() goes on; each may be empty.
struct Listener {
  /// Of each Target once, before anything is done there: what was found and would be done. Not of
  /// one whose place could not be read at all.
  std::function<void(const TargetPlan&)> planned = {};
  std::function<void(const PassOutcome&)> ended = {};  ///< of each Target
  std::function<void(const Wait&)> waits = {};
};

/// Reads the manifests and builds the graph.
Awaitable<Result<World>> load_world(ManifestStore& manifests);

class Reconciler {
 public:
  struct Options {
    std::size_t workers = 64;                  ///< passes at the same time, of one credential
    Nanos poll = std::chrono::seconds(5);      ///< how often manifests are looked at
    Nanos shutdown = std::chrono::seconds(8);  ///< how long running passes may finish
    std::size_t attempts = 4;                  ///< of once(), for faults that pass
    /// Of once(), where PassOptions::wait says nothing: how long after the last answer that came
    /// with its Credential a Target is waited for. GitHub's longest window is an hour.
    Nanos patience = std::chrono::minutes(65);
  };
  Reconciler(Services services, ManifestStore& manifests, asio::any_io_executor executor,
             Options options);

  /// One settled pass for each of the Targets, all side by side (S14): repeats while there is more
  /// to do at once, and a few times after faults that pass. Every wait is told, and bounded by its
  /// Patience; only a budget that this command used up itself is waited for as long as it takes.
  /// A place that is none of theirs, and must answer before a value is made, is waited for no
  /// longer than SharedLooks::patience after its Credential fell silent.
  /// What writes also remembers the claims at the Targets of `world` that are not among them.
  /// The result is in the order of `targets`, which point into `world`.
  Awaitable<std::vector<PassOutcome>> once(const World& world,
                                           std::vector<const DesiredTarget*> targets,
                                           PassOptions options, Listener listener);

  /// Reconciles until stop(); then ends within Options::shutdown plus one cancelled call. Ends so
  /// too when `fence`, asked every Options::poll, says that the right to write is lost, and gives
  /// its `fenced`: it does not come back, and who only looks on must not seem to work.
  Awaitable<Status> run(const WriteFence& fence);
  /// Asks run() to end: no new pass starts, running ones may finish.
  void stop();

 private:
  struct Known {
    std::size_t failures = 0;
    ObjectKey credential;
    TargetLabels labels;  ///< of its series, to remove them when it or they go
    std::optional<Wall> last_observed;
    std::vector<Hold> holds;    ///< at the last pass, to tell when one comes or goes
    std::set<PlaceId> awaited;  ///< the next pass is due once these have answered
  };

  Awaitable<void> watch_manifests();
  Awaitable<void> watch_fence(const WriteFence& fence, Status& held);
  Awaitable<void> reload();
  void hold_deletions(const Error& error);
  void know_targets();
  /// Tells in the log which holds came and went since the last pass.
  void tell_holds(Known& known, const DesiredTarget& target, const PassOutcome& outcome);
  Awaitable<void> work(std::shared_ptr<const World> world, ObjectKey key, ObjectKey credential);
  /// Queues the Targets that waited for the answer of a place.
  void hear(const PlaceId& place);
  /// Queues the next pass and says in how long it is due.
  Nanos schedule(Known& known, const DesiredTarget& target, const PassOutcome& outcome);
  /// One command, as once() was called.
  struct Command {
    const Desired& desired;
    PassOptions options;
    Patience patience;
    Listener listener;
    std::set<PlaceId> places;  ///< of its Targets
  };
  Awaitable<PassOutcome> settle(Command& command, const DesiredTarget& target);
  /// Waits until these have answered: the value of a Target is made only then.
  Awaitable<Ended> wait_for(const Command& command, std::set<PlaceId> places);
  Awaitable<void> learn_others(const World& world, const std::vector<const DesiredTarget*>& chosen);
  void tell(const Listener& listener, const Wait& wait);
  Awaitable<void> drain();
  /// Whether another pass with this credential may start.
  bool has_worker(const ObjectKey& credential) const;

  Services services_;
  ManifestStore& manifests_;
  Options options_;
  CredentialHealth health_;
  SharedLooks looks_;
  WorkQueue queue_;
  Scope scope_;
  Scope watch_;  ///< what looks at the manifests and the lock, beside the passes
  Event event_;  ///< after the scopes: what waits here must go before what can cancel it
  std::shared_ptr<const World> world_;
  std::map<ObjectKey, Known> known_;
  std::map<ObjectKey, std::size_t> busy_;  ///< passes that run, by credential
  bool unreadable_ = false;                ///< the last look at the manifests failed
  bool stopping_ = false;
};

}  // namespace lockstep::reconcile
