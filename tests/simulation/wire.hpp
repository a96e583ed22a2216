// The end of every request of the program under test: where calls are counted, judged and cut.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "support/power.hpp"

namespace lockstep::simulation {

/// When the power goes, counted over one life.
struct CrashPoint {
  enum class At { never, disk, before_call, after_call };
  At at = At::never;
  long count = 0;         ///< the disk operation, or the call, after so many good ones
  std::string host = "";  ///< counted are only the calls to it; empty: all
};

/// What one write asks for, read from its bytes and not from what the program says.
struct WriteAsked {
  std::string place;  ///< `fly`, `worker`, `repository`, `environment`, or what else was written to
  std::map<std::string, std::string> puts;  ///< name -> value
  std::set<std::string> sealed;             ///< names put with values that only GitHub can read
  std::set<std::string> removes;
  std::string machine;    ///< that a roll-out touches: by a lease or an update
  bool updates = false;   ///< it is an update
  std::string instance;   ///< of the machine, that an update expects; else it is refused
  bool launches = false;  ///< an update that starts the machine
};
/// Understands the two bulk writes, the staged one, the steps of a roll-out and the single writes
/// of GitHub; any other write has the place it names and nothing else.
WriteAsked read_write(const net::Request& request);
/// The place a URL is about, by its last name; "" for none.
std::string place_of_url(const std::string& url);

/// What a wire tells the world about each call.
class Judge {
 public:
  virtual ~Judge() = default;
  /// A write is about to leave. Throws what is broken.
  virtual void before_write(const WriteAsked& write) = 0;
  /// A call ended, whatever came of it. Throws what is broken.
  virtual void after_call() = 0;
  /// An answer arrived whole that a Witness numbered.
  virtual void after_answer(std::size_t number) = 0;
  /// True when a newer version than the deployed one stands at the Worker; where writes are staged,
  /// one that lockstep did not make.
  virtual bool newer_version_waits() const = 0;
  /// True when the environment at GitHub lacks the reviewer that its Target expects.
  virtual bool environment_is_bare() const = 0;
  /// True while some place lacks a generated value, which is made only once all places were read.
  virtual bool a_value_is_to_be_made() const = 0;
};

/// Counts calls, asks the judge, and dies when told. One a life: it knows what that life has read.
class Wire final : public net::HttpClient {
 public:
  Wire(net::HttpClient& next, Clock& clock, testing::Power& power, CrashPoint crash, Judge& judge)
      : next_(next), clock_(clock), power_(power), crash_(crash), judge_(judge) {}

  Awaitable<Result<net::Response>> send(net::Request request) override;

  /// What the judge, or the wire itself, found broken first; "" when nothing.
  const std::string& broken() const { return broken_; }
  long calls() const { return calls_; }
  /// Calls that can change something.
  long writes() const { return writes_; }
  /// False where reads may be stale by a fault: then a newer version, or that a guard is gone, need
  /// not have been visible.
  void trust_reads(bool trust) { trust_reads_ = trust; }

 private:
  void judge_write(const net::Request& request);
  void judge_request(const std::string& limited);
  void judge_start(const std::string& host) const;
  /// What must not be written past, as it stood before a call.
  struct Before {
    bool newer_version = false;
    bool bare = false;
  };
  void learn(const net::Request& request, const std::string& limited, Before before,
             const Result<net::Response>& answer);
  void check(const std::function<void()>& oracle);

  net::HttpClient& next_;
  Clock& clock_;
  testing::Power& power_;
  CrashPoint crash_;
  Judge& judge_;
  std::string broken_;
  long calls_ = 0;
  long writes_ = 0;
  long counted_ = 0;  ///< towards the crash
  bool trust_reads_ = true;
  bool newer_version_was_read_ = false;
  bool bare_was_read_ = false;
  std::map<std::string, Mono> good_reads_;  ///< place -> when it was last read whole
  std::map<std::string, Mono> stay_away_;   ///< what is limited together -> Retry-After
  /// What a host was last asked.
  struct Asked {
    Mono began{}, ended{};
    int running = 0;
  };
  std::map<std::string, Asked> asked_;
};

}  // namespace lockstep::simulation
