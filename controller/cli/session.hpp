// One run of the program: the machine's own seams, and the loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "app/app.hpp"
#include "base/scope.hpp"
#include "cli/exit_code.hpp"
#include "cli/ledger_location.hpp"
#include "cli/terminal.hpp"
#include "local/lock_file.hpp"

namespace lockstep::cli {

/// For commands that only read: every write is refused, whatever asks for it.
class NoWrites final : public WriteFence {
 public:
  explicit NoWrites(std::string why) : why_(std::move(why)) {}
  Status check(Mono) const override { return fail(ErrorKind::fenced, why_); }

 private:
  std::string why_;
};

/// The proxy part of the environment, as curl and Go read it: upper case first.
net::ProxySettings proxy_settings(const Environment& environment);

/// Everything a command works with. One a process; it is left by leaving the process.
class Session {
 public:
  /// `quiet` is the least important event that is logged when the user did not say.
  Session(const Invocation& invocation, const Environment& environment, Terminal& terminal,
          LogLevel quiet);
  ~Session();

  const Invocation& invocation() const { return invocation_; }
  Terminal& terminal() { return terminal_; }
  Clock& clock() { return *clock_; }
  Random& random() { return *random_; }
  Files& files() { return *files_; }
  Offload& offload() { return *offload_; }
  RestedReader& reader() { return reader_; }
  EventLog& log() { return *log_; }
  const Environment& environment() const { return environment_; }
  asio::any_io_executor executor() { return loop_.get_executor(); }
  /// What keyrings and other local sources work with.
  LocalSeams local_seams();

  /// lockstep.local.yaml, absolute: what it names is relative to its folder.
  Path local_file() const;
  /// The whole program on this machine's seams. `fence` outlives it.
  /// `name_secrets` false leaves names of secrets out of the metrics.
  Awaitable<Result<std::unique_ptr<App>>> open(OpenMode mode, const WriteFence& fence,
                                               bool name_secrets = true);
  /// True when the ledger's folder is there.
  Result<bool> ledger_exists();
  /// Takes the ledger's lock, in a folder that is made when it is missing. `holder` is what others
  /// are told: `lockstep apply`.
  Result<std::unique_ptr<LockFile>> lock(std::string_view holder);

  /// From now on nobody is waited for who reads standard error: work must go on, and end.
  void never_wait_for_readers();
  /// What the first SIGTERM or SIGINT does, and never_wait_for_readers(); nothing: the process ends
  /// at once. A second one always ends it, and so do ten seconds.
  void on_stop(std::function<void()> stop);
  /// Asks the running command to end; what it waits for is cancelled.
  void cancel() { scope_.cancel(); }
  /// True once a signal came.
  bool stopped() const { return stopped_; }

  /// Runs one command to its end. Once.
  ExitCode run(Awaitable<ExitCode> command);

 private:
  Awaitable<Status> refuse_tracked_key(Path key);
  void listen_for_signals();
  Awaitable<void> leave_in_time();
  void tell(const std::string& text);
  [[noreturn]] void leave(const std::string& why);

  const Invocation& invocation_;
  const Environment& environment_;
  Terminal& terminal_;
  asio::io_context loop_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<Files> files_;
  std::unique_ptr<FileLocks> locks_;
  std::unique_ptr<Offload> offload_;
  std::unique_ptr<EventLog> log_;
  RestedReader reader_;
  struct Signals;
  std::unique_ptr<Signals> signals_;
  Scope scope_;
  Scope last_resort_;
  std::function<void()> stop_;
  bool stopped_ = false;
  std::set<std::string> told_;  ///< notes of a command
};

}  // namespace lockstep::cli
