#include "cli/session.hpp"

#include <poll.h>
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "app/local_config.hpp"
#include "base/unicode.hpp"
#include "cli/version.hpp"
#include "local/git_index.hpp"
#include "telemetry/error_stream.hpp"
#include "telemetry/log_line.hpp"

namespace lockstep::cli {

namespace {

constexpr std::size_t offload_threads = 2;
/// After a signal; container runtimes and supervisors kill after 10 s.
constexpr unsigned last_seconds = 10;
/// What only looks has nothing to end; this is for one that waits for the reader of its output.
constexpr unsigned last_second = 1;
volatile std::sig_atomic_t ends_in_order = 0;
constexpr auto last_resort = std::chrono::milliseconds(9'500);

/// Asio's own handler, which wakes the loop.
void (*wake_loop)(int) = nullptr;

/// A loop that is stuck in a system call never hears of the signal; the kernel's alarm ends it.
void on_signal(int number) {
  ::alarm(ends_in_order != 0 ? last_seconds : last_second);
  wake_loop(number);
}

/// Says so where that takes no waiting, and leaves. Only what a signal handler may call.
void on_alarm(int) {
  constexpr std::string_view text =
      "lockstep: interrupted; a call that does not end was left behind\n";
  pollfd errors{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&errors, 1, 0) > 0 && (errors.revents & POLLOUT) != 0) {
    [[maybe_unused]] const auto n = ::write(STDERR_FILENO, text.data(), text.size());
  }
  ::_exit(static_cast<int>(ExitCode::failed));
}

Awaitable<void> keep_code(Awaitable<ExitCode> command, std::optional<ExitCode>& code) {
  // A cancelled wait is a value, so that a command can end in order.
  co_await asio::this_coro::throw_if_cancelled(false);
  code = co_await std::move(command);
}

Secret first_of(const Environment& environment, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    if (const auto* value = environment.find(name)) return value->clone();
  }
  return {};
}

}  // namespace

struct Session::Signals {
  explicit Signals(asio::io_context& loop) : set(loop, SIGTERM, SIGINT) {
    for (const int number : {SIGTERM, SIGINT}) {
      struct sigaction action{};
      ::sigaction(number, nullptr, &action);
      wake_loop = action.sa_handler;
      action.sa_handler = on_signal;
      ::sigaction(number, &action, nullptr);
    }
    (void)std::signal(SIGALRM, on_alarm);
  }
  asio::signal_set set;
};

net::ProxySettings proxy_settings(const Environment& environment) {
  return {.https_proxy = first_of(environment, {"HTTPS_PROXY", "https_proxy"}),
          .no_proxy = std::string(first_of(environment, {"NO_PROXY", "no_proxy"}).expose())};
}

Session::Session(const Invocation& invocation, const Environment& environment, Terminal& terminal,
                 LogLevel quiet)
    : invocation_(invocation),
      environment_(environment),
      terminal_(terminal),
      loop_(1),
      clock_(make_system_clock(loop_.get_executor())),
      random_(make_system_random()),
      files_(make_system_files()),
      locks_(make_system_file_locks()),
      offload_(make_offload_pool(offload_threads, *clock_)),
      log_(make_event_log(*clock_, invocation.manner.log,
                          invocation.manner.log_level.value_or(quiet))),
      reader_(*files_, *clock_, *offload_, [this](const auto& text) { tell(text); }),
      signals_(std::make_unique<Signals>(loop_)),
      scope_(loop_.get_executor()),
      last_resort_(loop_.get_executor()) {}

Session::~Session() = default;

/// Who serves has a log; a command has a person who wonders why nothing happens, and who need not
/// hear it from every Target that waits for the same file.
void Session::tell(const std::string& text) {
  if (std::holds_alternative<ControllerCommand>(invocation_.command)) {
    log_->info("note", {{"text", text}});
  } else if (told_.insert(text).second) {
    terminal_.err("note: " + only_harmless(text, "\uFFFD") + "\n");
  }
}

LocalSeams Session::local_seams() {
  return {.files = *files_,
          .locks = *locks_,
          .environment = environment_,
          .clock = *clock_,
          .random = *random_,
          .offload = *offload_,
          .reader = reader_};
}

Path Session::local_file() const {
  return std::filesystem::absolute(invocation_.where.local_file).lexically_normal();
}

/// With the ledger's key the values behind its fingerprints can be guessed at, so it must not go
/// where a repository goes.
Awaitable<Status> Session::refuse_tracked_key(Path key) {
  auto asking = reader_.run(
      key, [key, git = git_variables(environment_), &files = *files_]() -> Result<bool> {
        TRY(const auto info, files.info(key));
        if (!info) return false;  // the first use makes it
        return tracked_by_git(files, key, git);
      });
  const auto tracked = co_await std::move(asking);
  if (!tracked) {
    co_return fail(tracked.error().kind,
                   tracked.error().message + " and name it with --ledger-key-file");
  }
  if (!*tracked) co_return Status{};
  co_return fail(ErrorKind::invalid,
                 key.string() +
                     ": git tracks the ledger's key, so everyone with the repository has "
                     "it; run: git rm --cached " +
                     key.string() + ", and start over with a new ledger and key");
}

Awaitable<Result<std::unique_ptr<App>>> Session::open(OpenMode mode, const WriteFence& fence,
                                                      bool name_secrets) {
  CO_TRY(auto paths, locate_ledger(invocation_.where, environment_, *files_));
  auto asking = refuse_tracked_key(paths.key);
  CO_TRY_OK(co_await std::move(asking));
  const auto transport = [this](net::TransportOptions options) {
    options.proxy = proxy_settings(environment_);
    options.user_agent = "lockstep/" + std::string(version());
    return net::make_transport(executor(), *clock_, std::move(options));
  };
  auto making = make_app({.executor = executor(),
                          .clock = *clock_,
                          .random = *random_,
                          .files = *files_,
                          .locks = *locks_,
                          .offload = *offload_,
                          .reader = reader_,
                          .environment = environment_,
                          .fence = fence,
                          .log = *log_,
                          .transport = transport},
                         {.manifests = invocation_.where.manifests,
                          .local_file = local_file(),
                          .local_file_required = invocation_.where.local_file_named,
                          .ledger = std::move(paths),
                          .mode = mode,
                          .metrics_name_secrets = name_secrets});
  co_return co_await std::move(making);
}

Result<bool> Session::ledger_exists() {
  TRY(const auto paths, locate_ledger(invocation_.where, environment_, *files_));
  TRY(const auto info, files_->info(paths.directory));
  return info.has_value();
}

Result<std::unique_ptr<LockFile>> Session::lock(std::string_view holder) {
  TRY(const auto paths, locate_ledger(invocation_.where, environment_, *files_));
  TRY(const auto closed, make_ledger_directory(*files_, paths));
  for (const auto& sentence : closed) tell(sentence);
  return LockFile::take(paths.lock(), holder);
}

void Session::listen_for_signals() {
  signals_->set.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    if (!stop_) leave("interrupted");
    if (std::exchange(stopped_, true)) {
      leave(
          "interrupted at once: what was sent may have been done, and is not listed here; "
          "lockstep plan shows what is left");
    }
    stop_();
    last_resort_.start(leave_in_time());
    listen_for_signals();
  });
}

/// What hangs in the system (a disk, a name look-up) cannot be cancelled, and nobody waits for it
/// longer than those who stop services do.
Awaitable<void> Session::leave_in_time() {
  (void)co_await clock_->sleep_until(clock_->mono() + last_resort);
  leave("something hangs and was left behind: " +
        (offload_->trouble().empty() ? "a call does not end" : offload_->trouble()));
}

void Session::leave(const std::string& why) {
  terminal_.error(why);
  ::_exit(static_cast<int>(ExitCode::failed));
}

void Session::never_wait_for_readers() {
  const auto lost = [this](std::uint64_t lines) {
    return log_line(invocation_.manner.log, clock_->wall(), LogLevel::warning,
                    "lines were not written",
                    std::vector<LogField>{{"lines", lines}, {"why", "nobody read them"}}) +
           "\n";
  };
  standard_error().never_wait(lost, {});
}

void Session::on_stop(std::function<void()> stop) {
  never_wait_for_readers();
  ends_in_order = 1;
  stop_ = std::move(stop);
}

ExitCode Session::run(Awaitable<ExitCode> command) {
  std::optional<ExitCode> code;
  listen_for_signals();
  scope_.start(keep_code(std::move(command), code));
  // Until the command's end, not the loop's: what it gave up may go on for long.
  while (!code && loop_.run_one() != 0) {
  }
  return code.value_or(ExitCode::failed);
}

}  // namespace lockstep::cli
