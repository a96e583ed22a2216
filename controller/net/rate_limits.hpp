// The limits of one credential identity, and the line of requests that wait for them (S10).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/budget.hpp"
#include "net/http.hpp"

namespace lockstep::net {

/// One limit as a provider documents it. A request that it concerns costs units; at most `units`
/// leave in any closed window, and two of its requests are at least `spacing` apart.
struct RateRule {
  /// Which requests are counted.
  enum class Of : std::uint8_t { requests, writes };
  /// What is counted together: everything of the credential, what has one Request::bucket, or what
  /// has one bucket and one Request::operation.
  enum class Per : std::uint8_t { credential, bucket, action };

  Of of = Of::requests;
  Per per = Per::credential;
  std::string only;         ///< if set, this operation alone
  std::string except;       ///< if set, not this operation
  std::uint64_t units = 0;  ///< 0: any number
  Nanos window = std::chrono::minutes(1);
  Nanos spacing{};  ///< 0: none
  std::uint64_t read_cost = 1;
  std::uint64_t write_cost = 1;
};

/// All limits of one credential.
struct RateRules {
  std::vector<RateRule> rules;
  bool hints_per_bucket = false;  ///< a hint is about the bucket of its request, not about all
  Nanos longest_wait = std::chrono::minutes(10);  ///< a longer Retry-After is cut to this (S15)
};

/// Who may leave, and when. No clock and no waiting inside: the caller passes the time and asks
/// again at the time it is told.
///
/// A request leaves when every rule that concerns it has room, and is then charged to all of them
/// at that instant. First come, first served: a later request overtakes an earlier one only where
/// they share no rule that the earlier one waits for.
class RateLimits {
 public:
  using Ticket = std::uint64_t;
  explicit RateLimits(RateRules rules);

  /// Takes a place at the end of the line. Ends with give_up(), or with leave() and answered().
  Ticket join(Effect effect, const std::string& operation, const std::string& bucket);
  /// Nothing when the request leaves now; it is charged then. Else the time to ask again: not
  /// before it could leave if nobody were ahead, and at most a second after it could have left,
  /// that only when someone ahead gave up. A long line costs little: who cannot leave looks at few
  /// others.
  std::optional<Mono> leave(Ticket ticket, Mono now);
  /// When it could leave if the other side had said nothing and nobody were ahead: until then it
  /// waits for what we asked ourselves.
  Mono ready_by_rules(Ticket ticket, Mono now) const;
  /// Leaves the line without a request.
  void give_up(Ticket ticket);
  /// The request that left came to an end; `hint` is what its answer said. A hint never makes the
  /// limits wider than the rules.
  void answered(Ticket ticket, Mono now, const BudgetHint& hint);

  /// How many reads the fullest window still has room for: of those that count all requests, in
  /// the bucket that has least.
  std::uint64_t remaining(Mono now) const;
  std::size_t waiting() const { return line_.size(); }
  /// Counters that are kept, for tests of S15: idle buckets are dropped.
  std::size_t meters() const { return meters_.size(); }

 private:
  struct Charge {
    Mono at;
    std::uint64_t cost;
  };
  /// What one rule has counted for one bucket.
  struct Meter {
    const RateRule* rule = nullptr;
    std::deque<Charge> log;  ///< of the present window, oldest first
    std::uint64_t used = 0;  ///< the sum of log
    std::optional<Mono> last;
    std::size_t users = 0;  ///< requests in the line that it concerns
    // For those behind the requests that a look has passed; of the look with this number only.
    std::uint64_t look = 0;
    Mono shut_until{};

    void forget(Mono now);
    Mono ready(Mono now, std::uint64_t cost) const;
    bool fits(Mono now, std::uint64_t cost) const;
  };
  struct Use {
    Meter* meter;
    std::uint64_t cost;
  };
  /// What the other side said about everything (key "") or one bucket.
  struct Word {
    Mono away_until{};
    std::uint64_t left = 0;  ///< what it still grants until left_until
    Mono left_until{};
    std::size_t out = 0;    ///< requests on their way
    std::size_t users = 0;  ///< those, and the ones in the line

    Mono ready(Mono now) const;
  };
  struct Waiting {
    Word* word;
    std::vector<Use> uses;
  };

  Mono begin_look(const Waiting& one, Mono now);
  static Mono shut_until(const Waiting& one);
  bool has_room(const Waiting& one, Mono now) const;
  void claim(const Waiting& one, Mono now, Mono ready, bool fits);
  void charge(const Waiting& one, Mono now);
  void sweep(Mono now);
  Nanos longest_window() const;

  RateRules rules_;
  std::map<std::string, Meter> meters_;  ///< by number of the rule and what it counts together
  std::map<std::string, Word> words_;
  std::map<Ticket, Waiting> line_;
  std::map<Ticket, Word*> out_;  ///< what is on its way, by what the other side says of it
  Ticket next_ = 1;
  std::uint64_t look_ = 0;
  Mono latest_{};  ///< the latest time seen: an older one is taken for it
  Mono next_sweep_{};
};

}  // namespace lockstep::net
