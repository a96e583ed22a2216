// lockstep controller
#include <sys/resource.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/look.hpp"
#include "net/server.hpp"
#include "web/endpoints.hpp"

namespace lockstep::cli {

namespace {

std::string url_of(const std::string& address, std::uint16_t port) {
  const bool v6 = address.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

/// Connections of clients at a time: they must leave the passes enough files to open.
std::size_t most_clients() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return 16;
  return static_cast<std::size_t>(std::clamp<rlim_t>(files.rlim_cur / 8, 2, 128));
}

}  // namespace

Awaitable<ExitCode> run_controller(Session& session, ControllerCommand command) {
  session.never_wait_for_readers();
  if (const auto there = check_manifests(session); !there)
    co_return give_up(session, there.error());
  const auto lock = session.lock("lockstep controller");
  if (!lock) co_return give_up(session, lock.error());
  auto opening = session.open(OpenMode::write, **lock, command.name_secrets);
  const auto app = co_await std::move(opening);
  if (!app) co_return give_up(session, app.error());

  net::HttpServer server(session.executor(), session.clock(),
                         {.address = command.address,
                          .port = command.port,
                          .max_body = 0,
                          .max_connections = most_clients(),
                          .max_waiting = 16,
                          .served_first = web::is_health_check,
                          .transfer_timeout = std::chrono::seconds(10)});
  const auto port =
      server.start(web::make_endpoints((*app)->metrics(), (*app)->status(), session.clock(),
                                       [&session] { return session.offload().trouble(); },
                                       web::HostNames(command.address, command.allowed_hosts)));
  if (!port) co_return give_up(session, port.error());
  const auto url = url_of(command.address, *port);
  if (command.print_address) {
    const auto written = session.files().replace(*command.print_address, url + "\n", 0644);
    if (!written) co_return give_up(session, written.error());
  }
  session.log().info("controller started", {{"metrics", url + "/metrics"}});
  session.on_stop([&] {
    session.log().info("stopping: running requests end, nothing new begins");
    (*lock)->shut_down();
    (*app)->reconciler().stop();
  });
  auto running = (*app)->reconciler().run(**lock);
  const auto held = co_await std::move(running);
  auto stopping = server.stop(std::chrono::seconds(1));
  co_await std::move(stopping);
  session.log().info("controller stopped");
  co_return held ? ExitCode::done : ExitCode::failed;
}

}  // namespace lockstep::cli
