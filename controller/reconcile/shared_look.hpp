// Which names the places of a secret hold: asked once for all passes that must know it (S16).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/event.hpp"
#include "base/scope.hpp"
#include "reconcile/credential_health.hpp"
#include "reconcile/services.hpp"

namespace lockstep::reconcile {

/// Whether a value may be made for a secret that source and ledger never knew.
struct Nowhere {
  std::string problem;        ///< why not, for people; "" when no place has the name
  std::string place;          ///< the key of one that must answer first; "" when it is not that
  std::set<PlaceId> awaited;  ///< it is not known yet: these have not answered
  bool holds() const { return problem.empty(); }
};

/// Looks at all places of a secret side by side. Passes that want the same secret share one look
/// and its answer, and a place is read once for all secrets; what a pass sees of its own place
/// counts too. Nobody waits longer than until the time it names: a read goes on behind, and waits
/// there for the budget of its own Credential.
class SharedLooks {
 public:
  /// How long a pass waits for other places, whose names it needs, before its own go ahead.
  static constexpr Nanos patience = std::chrono::seconds(5);
  /// How long a complete answer counts, and what a place showed before the look began.
  static constexpr Nanos kept = std::chrono::seconds(15);

  /// `services` and `health` outlive this.
  SharedLooks(const Services& services, CredentialHealth& health, asio::any_io_executor executor);

  /// For each of the secrets whether no place that shall hold it has it, but for the entry of
  /// `target` itself, which a pass has just seen to be missing. Ends at `until` at the latest.
  Awaitable<std::vector<Nowhere>> ask(const Desired& desired, const DesiredTarget& target,
                                      std::vector<const DesiredSecret*> secrets, Mono until);

  /// A place that has not answered yet.
  struct Pending {
    PlaceId place;
    ObjectKey credential;  ///< with which it is read
    std::string why;       ///< what its read waits for, as far as its provider says
    Mono heard{};          ///< of that Credential the last answer, or when the read began
    Mono wakes{};          ///< the place is asked again then; in the past: it is being asked
    Mono ends{};           ///< the read has ended by then, whatever comes
  };
  /// Until when one of them is waited for, as things stand when it is asked.
  using Until = std::function<Mono(const Pending&)>;

  /// A pass reads its own place, until `ends` at the latest, and tells the outcome by saw(): others
  /// need not read it too.
  void reads(const DesiredTarget& target, Mono ends);
  void saw(const Desired& desired, const DesiredTarget& target, const Result<Observation>& seen);

  /// Those of the places that are being read.
  std::set<PlaceId> unanswered(const std::set<PlaceId>& places) const;
  std::vector<Pending> pending(const std::set<PlaceId>& places) const;
  /// Ends once none of them is being read (finished), or (timed_out) as soon as one of them is not
  /// waited for any longer, or wakes later than it is.
  Awaitable<Ended> answered(std::set<PlaceId> places, Until until);
  /// Hears each place that answered, or could not be read.
  void on_answer(std::function<void(const PlaceId&)> listener) { listener_ = std::move(listener); }

  /// Ends all reads. Must be awaited before the loop is left; later ones may begin.
  Awaitable<void> end();

 private:
  /// What a place showed.
  struct Sight {
    Mono at{};
    std::set<std::string> names;
    std::string problem;  ///< why it could not be read; "" when it was
  };
  struct Look {
    std::map<PlaceId, std::optional<Sight>> places;
    Mono changed{};  ///< when the last answer came
    bool complete() const;
  };
  /// What a read of a place is under way with.
  struct Reading {
    std::size_t running = 0;
    ObjectKey credential;  ///< with which
    Mono since{};          ///< when it began
    Mono ends{};           ///< it has ended by then
    std::string waits;     ///< for what, where it is known
    Mono wakes{};          ///< it does not answer before
  };
  /// What a read needs; no part of it ends with the manifests it came from.
  struct Errand {
    PlaceId id;
    Place place;
    ObjectKey credential;
    Provider* provider = nullptr;
  };

  void begin(const Desired& desired, const SecretId& secret);
  void start(const Desired& desired, const DesiredTarget& other);
  Awaitable<void> read(Errand errand);
  Awaitable<Result<Observation>> observe(Errand errand);
  void begin_reading(const PlaceId& place, ObjectKey credential, Mono ends);
  void answer(const PlaceId& place, PlaceKind kind, const Result<Observation>& seen);
  bool is_awaited(const PlaceId& place) const;
  bool may_answer(const std::set<PlaceId>& places, Mono until) const;
  Nowhere verdict(const Desired& desired, const DesiredTarget& target,
                  const DesiredSecret& secret) const;
  std::string waiting_text(const std::set<PlaceId>& places) const;

  const Services& services_;
  CredentialHealth& health_;
  asio::any_io_executor executor_;
  std::map<SecretId, Look> looks_;
  std::map<PlaceId, Sight> sights_;  ///< the latest, as long as they count
  std::map<PlaceId, Reading> reading_;
  std::map<ObjectKey, Mono> heard_;  ///< Credential -> when a place last answered with it
  std::function<void(const PlaceId&)> listener_;
  std::unique_ptr<Scope> scope_;
  Event event_;  ///< after scope_: what waits here must go before what can cancel it
};

}  // namespace lockstep::reconcile
