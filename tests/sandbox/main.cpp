// lockstep-sandbox: the emulated providers over HTTP and TLS, for the quickstart and real clients.
#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>

#include "base/files.hpp"
#include "base/scope.hpp"
#include "net/server.hpp"
#include "sandbox/account_file.hpp"
#include "sandbox/certificate.hpp"
#include "sandbox/gateway.hpp"

namespace lockstep::sandbox {

namespace {

struct Options {
  std::string account;
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::uint16_t tls_port = 0;
  std::string tls_cert;
  std::string tls_key;
  std::string print_urls;
  std::uint64_t seed = 1;
  unsigned delay_ms = 0;
  unsigned clock_step_ms = 0;
};

/// Makes certificate and key where the files are not there yet.
Status provide_certificate(Files& files, const Options& options) {
  TRY(const auto certificate, files.info(options.tls_cert));
  TRY(const auto key, files.info(options.tls_key));
  if (certificate && key) return {};
  if (certificate || key) {
    return fail(ErrorKind::invalid, "one of " + options.tls_cert + " and " + options.tls_key +
                                        " exists, the other does not: give both or neither");
  }
  TRY(const auto made, make_certificate());
  TRY_OK(files.replace(options.tls_key, view(made.key), 0600));
  return files.replace(options.tls_cert, made.certificate, 0644);
}

Status seed(Files& files, const Options& options, FlyEmulator& fly, CloudflareEmulator& cloudflare,
            GitHubEmulator& github, Wall now) {
  if (options.account.empty()) return {};
  TRY(const auto text, files.read(options.account, 1 << 20));
  return seed_accounts(view(text), fly, cloudflare, github, now);
}

/// `name=url` lines; a file appears whole, so a script may wait for it.
Status print_urls(Files& files, const Options& options, std::uint16_t port,
                  std::optional<std::uint16_t> tls_port) {
  const auto host = options.address.contains(':') ? "[" + options.address + "]" : options.address;
  const auto plain = "http://" + host + ":" + std::to_string(port);
  const auto best = tls_port ? "https://" + host + ":" + std::to_string(*tls_port) : plain;
  auto text = "http=" + plain + "\n";
  if (tls_port) text += "https=" + best + "\nca=" + options.tls_cert + "\n";
  text += "cloudflare=" + best + "/client/v4\nfly=" + best + "\nfly_api=" + best +
          "\nfly_uiex=" + best + "\ngithub=" + best + "/api/v3\n";
  if (options.print_urls != "-") return files.replace(options.print_urls, text, 0644);
  std::cout << text << std::flush;
  return {};
}

Awaitable<void> stop(net::HttpServer& plain, net::HttpServer* tls) {
  constexpr Nanos grace = std::chrono::seconds(1);
  co_await plain.stop(grace);
  if (tls) co_await tls->stop(grace);
}

Status serve(const Options& options) {
  asio::io_context loop(1);
  const auto clock = make_system_clock(loop.get_executor());
  const auto files = make_system_files();
  FlyEmulator fly({.seed = options.seed});
  CloudflareEmulator cloudflare({.seed = options.seed});
  GitHubEmulator github({.seed = options.seed});
  TRY_OK(seed(*files, options, fly, cloudflare, github, clock->wall()));
  if (options.delay_ms != 0) {
    const Fault late{.kind = Fault::Kind::delay,
                     .delay = std::chrono::milliseconds(options.delay_ms)};
    fly.set_faults([late](const net::Request&) { return late; });
    cloudflare.set_faults([late](const net::Request&) { return late; });
    github.set_faults([late](const net::Request&) { return late; });
  }
  const std::vector<Emulator*> emulators = {&fly, &cloudflare, &github};
  const auto time =
      std::make_shared<SandboxTime>(*clock, std::chrono::milliseconds(options.clock_step_ms));

  net::HttpServer plain(loop.get_executor(), *clock,
                        {.address = options.address, .port = options.port});
  TRY(const auto port, plain.start(make_gateway(*clock, emulators, "http", time)));
  std::unique_ptr<net::HttpServer> tls;
  std::optional<std::uint16_t> tls_port;
  if (!options.tls_cert.empty()) {
    TRY_OK(provide_certificate(*files, options));
    tls = std::make_unique<net::HttpServer>(loop.get_executor(), *clock,
                                            net::ServerOptions{.address = options.address,
                                                               .port = options.tls_port,
                                                               .certificate_file = options.tls_cert,
                                                               .key_file = options.tls_key});
    TRY(tls_port, tls->start(make_gateway(*clock, emulators, "https", time)));
  }
  TRY_OK(print_urls(*files, options, port, tls_port));

  Scope scope(loop.get_executor());
  asio::signal_set signals(loop, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code& ec, int) {
    if (!ec) scope.start(stop(plain, tls.get()));
  });
  loop.run();
  return {};
}

}  // namespace

}  // namespace lockstep::sandbox

int main(int argc, char** argv) {
  lockstep::sandbox::Options options;
  CLI::App app(
      "Emulated Cloudflare (/client/v4), Fly.io (/v1, /api/v1, /graphql) and GitHub (/api/v3) on "
      "this machine, until "
      "SIGTERM.\n\n"
      "Example: lockstep-sandbox --account tests/sandbox/quickstart.yaml --tls-cert ca.pem "
      "--tls-key key.pem --print-urls -");
  app.add_option("--account", options.account, "YAML file with the accounts to serve");
  app.add_option("--address", options.address, "IP address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "Port for plain HTTP; 0: any")->capture_default_str();
  app.add_option("--tls-port", options.tls_port, "Port for TLS; 0: any")->capture_default_str();
  auto* certificate = app.add_option("--tls-cert", options.tls_cert,
                                     "Certificate (PEM); made, with its key, where it is missing");
  auto* key = app.add_option("--tls-key", options.tls_key, "Its key (PEM)");
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--print-urls", options.print_urls, "Where to write the URLs: a file, or -")
      ->default_val("-");
  app.add_option("--seed", options.seed, "Ids are a function of it")->capture_default_str();
  app.add_option("--delay", options.delay_ms, "Milliseconds by which every answer comes late")
      ->capture_default_str();
  app.add_option("--clock-step", options.clock_step_ms,
                 "Milliseconds that pass for the providers between two requests, beyond those that "
                 "really pass: nobody waits for whole seconds or limits")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const auto served = lockstep::sandbox::serve(options);
  if (served) return 0;
  std::cerr << "lockstep-sandbox: " << lockstep::describe(served.error()) << "\n";
  return 1;
}
