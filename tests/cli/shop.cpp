#include "cli/shop.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "sandbox/gateway.hpp"

namespace lockstep::cli::testing {

namespace {

constexpr std::string_view account = "0123456789abcdef0123456789abcdef";
constexpr std::string_view worker = "production-shop-web";
constexpr std::string_view app = "shop-api";

constexpr std::string_view platform = R"(apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: cloudflare, namespace: shop}
spec:
  cloudflare:
    accountId: "0123456789abcdef0123456789abcdef"
    token: {secretKeyRef: {name: tokens, key: CLOUDFLARE}}
  grants:
  - {places: ["cloudflareWorker/*/production-*"], actions: [Read, Write, Delete]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: fly, namespace: shop}
spec:
  fly: {token: {secretKeyRef: {name: tokens, key: FLY}}}
  grants:
  - {places: ["flyApp/*"], actions: [Read, Write, Delete, RollOut]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Environment
metadata: {name: production, namespace: shop}
spec:
  places: ["cloudflareWorker/*/production-*", "flyApp/shop-api"]
  sources:
  - {name: values, secretRef: {name: values}}
  - {name: generated, secretRef: {name: generated}, writable: true}
)";

constexpr std::string_view shop = R"(apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: web, namespace: shop, labels: {app: shop}}
spec:
  environmentRef: {name: production}
  credentialRef: {name: cloudflare}
  place: {cloudflareWorker: {script: production-shop-web}}
---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: api, namespace: shop, labels: {app: shop}}
spec:
  environmentRef: {name: production}
  credentialRef: {name: fly}
  place: {flyApp: {app: shop-api}}
---
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: shop, namespace: shop}
spec:
  targets: {matchLabels: {app: shop}}
  secrets:
  - name: DATABASE_URL
  - name: SESSION_KEY
    value: {generate: {bytes: 32, encoding: Hex}}
---
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: api, namespace: shop}
spec:
  targets: {names: [api]}
  secrets:
  - name: SEALING_KEY
    format: {hexBytes: 32}
    rotation: {policy: CompromisedOnly, consequence: Every stored order becomes unreadable}
)";

constexpr std::string_view fly_token = "fm2_not_a_real_token_of_the_shop";
constexpr std::string_view cloudflare_token = "not-a-real-cloudflare-token-of-the-shop";

std::filesystem::path fresh_folder() {
  auto pattern = (std::filesystem::path(::testing::TempDir()) / "lockstep-cli-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp");
  return pattern;
}

/// Limits are the provider's business and other tests'; here they would only cost time.
sandbox::FlyOptions generous() {
  const decltype(sandbox::FlyOptions::secret_actions) pace{.every = std::chrono::milliseconds(1),
                                                           .burst = 1000};
  return {.machine_actions = pace, .get_machine = pace, .secret_actions = pace};
}

}  // namespace

Shop::Shop()
    : folder_(fresh_folder()),
      clock_(make_system_clock(loop_.get_executor())),
      fly_(generous()),
      busy_(loop_.get_executor()),
      server_(
          std::make_unique<net::HttpServer>(loop_.get_executor(), *clock_, net::ServerOptions{})),
      files_(make_system_files()) {
  fly_.add_app(std::string(app));
  fly_.add_token({.id = "t1", .secret = std::string(fly_token)});
  cloudflare_.add_account(std::string(account), "Shop");
  cloudflare_.add_worker(std::string(account), std::string(worker), clock_->wall(), {});
  cloudflare_.add_token({.id = "t1",
                         .secret = std::string(cloudflare_token),
                         .accounts = {std::string(account)},
                         .permissions = {"Workers Scripts Write", "Account Settings Read"}});
  const auto port = server_->start(sandbox::make_gateway(*clock_, {&fly_, &cloudflare_}));
  if (!port) throw std::runtime_error(describe(port.error()));
  thread_ = std::thread([this] { loop_.run(); });

  const auto url = "http://127.0.0.1:" + std::to_string(*port);
  std::filesystem::create_directory(folder_ / "manifests");
  write("manifests/platform.yaml", std::string(platform));
  write("manifests/shop.yaml", std::string(shop));
  write("lockstep.local.yaml", R"(keyrings: {main: {path: keyring, keyFile: keyring.key}}
secrets:
  shop/tokens: {keys: {CLOUDFLARE: {env: CLOUDFLARE}, FLY: {env: FLY}}}
  shop/values: {envFile: {path: values.env}}
  shop/generated: {keyring: main}
endpoints: {cloudflare: ")" + url + R"(/client/v4", fly: ")" +
                                   url + "\"}\n");
  write("keyring.key", std::string(32, 'k'), 0600);
  values("DATABASE_URL=postgres://shop-fake.example/one\nSEALING_KEY=" + std::string(64, 'a') +
         "\n");
  environment_ = {{"HOME", folder_.string()},
                  {"FLY", std::string(fly_token)},
                  {"CLOUDFLARE", std::string(cloudflare_token)}};
}

Shop::~Shop() {
  loop_.stop();
  thread_.join();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Finished Shop::lockstep(const std::vector<std::string>& words, const std::string& typed) {
  auto how = options();
  how.typed = typed;
  return Process(words, how).finish();
}

std::unique_ptr<Process> Shop::start(const std::vector<std::string>& words) {
  return std::make_unique<Process>(words, options());
}

void Shop::write(const std::string& name, const std::string& text, unsigned mode) {
  const auto done = files_->replace(folder_ / name, text, mode);
  if (!done) throw std::runtime_error(describe(done.error()));
}

void Shop::values(const std::string& lines) {
  write("values.env", lines, 0600);
}

std::string Shop::at_fly(const std::string& name) {
  return on_loop([&] { return std::string(fly_.value(std::string(app), name).value_or("")); });
}

std::string Shop::at_worker(const std::string& name) {
  return on_loop([&] {
    return std::string(
        cloudflare_.value(std::string(account), std::string(worker), name).value_or(""));
  });
}

std::size_t Shop::writes() {
  return on_loop([&] {
    std::size_t n = 0;
    for (const auto& seen : fly_.seen()) n += seen.write ? 1 : 0;
    for (const auto& seen : cloudflare_.seen()) n += seen.write ? 1 : 0;
    return n;
  });
}

void Shop::someone_sets(const std::string& name, const std::string& value) {
  on_loop([&] { return fly_.set_secret(std::string(app), name, value, clock_->wall()); });
}

std::string http_get(std::uint16_t port, const std::string& path, const std::string& host) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    const auto request =
        "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
    if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
      std::array<char, 4096> bytes{};
      for (ssize_t n = 0; (n = ::recv(socket, bytes.data(), bytes.size(), 0)) > 0;) {
        answer.append(bytes.data(), static_cast<std::size_t>(n));
      }
    }
  }
  ::close(socket);
  return answer;
}

}  // namespace lockstep::cli::testing
