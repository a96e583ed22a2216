#include "net/resolver.hpp"

#include <netdb.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>

#include "net/os_error.hpp"
#include "net/stream.hpp"

namespace lockstep::net {

using boost::system::error_code;

namespace {

constexpr std::size_t most_addresses = 8;

std::unexpected<Error> cannot_resolve(const std::string& host, const std::string& why) {
  return fail(ErrorKind::transient, "cannot resolve " + host + ": " + why);
}

/// Blocks until the system has answered.
Result<Addresses> ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  errno = 0;
  const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  const error_code system(errno, boost::system::system_category());
  if (failure != 0) {
    // Without a file to open it says only that the name is not known, or to try again.
    const bool told = failure != EAI_SYSTEM && !is_used_up_limit(system);
    return cannot_resolve(host, told ? ::gai_strerror(failure) : explain(system));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  Addresses out;
  for (const auto* entry = list; entry; entry = entry->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    out.push_back(endpoint.address());
  }
  return out;
}

}  // namespace

Lookup system_lookup() {
  return [](std::string host, std::function<void(Result<Addresses>)> done) -> Status {
    try {
      std::thread([host, done = std::move(done)] { done(ask_system(host)); }).detach();
    } catch (const std::system_error& error) {
      return cannot_resolve(host, "no thread for it: " + explain(error.code()));
    }
    return {};
  };
}

/// Where look-ups leave what they found. It outlives the Resolver, and so may they.
struct Resolver::Desk {
  explicit Desk(asio::any_io_executor e) : executor(std::move(e)) {}

  std::mutex mutex;
  asio::any_io_executor executor;
  Resolver* owner = nullptr;  ///< written on the loop, under the mutex; null once it is gone
};

Resolver::Resolver(asio::any_io_executor executor, Clock& clock, Lookup lookup, Options options)
    : clock_(clock),
      lookup_(std::move(lookup)),
      options_(options),
      desk_(std::make_shared<Desk>(executor)),
      ended_(executor) {
  desk_->owner = this;
}

Resolver::~Resolver() {
  const std::lock_guard lock(desk_->mutex);
  desk_->owner = nullptr;
}

Result<std::shared_ptr<Resolver::Running>> Resolver::begin(const std::string& host) {
  auto running = std::make_shared<Running>();
  TRY_OK(lookup_(host, [desk = desk_, host](Result<Addresses> outcome) {
    // While the owner is there its loop is, too.
    const std::lock_guard lock(desk->mutex);
    if (!desk->owner) return;
    asio::post(desk->executor, [desk, host, outcome = std::move(outcome)]() mutable {
      if (desk->owner) desk->owner->settle(host, std::move(outcome));
    });
  }));
  running_.emplace(host, running);
  return running;
}

void Resolver::settle(const std::string& host, Result<Addresses> outcome) {
  const auto now = clock_.mono();
  std::erase_if(kept_, [&](const auto& entry) { return entry.second.until <= now; });
  if (outcome && outcome->empty()) outcome = cannot_resolve(host, "no address");
  if (outcome) {
    if (outcome->size() > most_addresses) outcome->resize(most_addresses);
    kept_[host] = {.addresses = *outcome, .until = now + options_.keep};
  }
  if (const auto node = running_.extract(host)) node.mapped()->outcome = std::move(outcome);
  ended_.notify();
}

Awaitable<Result<Addresses>> Resolver::addresses(std::string host) {
  error_code no_literal;
  const auto literal = asio::ip::make_address(host, no_literal);
  if (!no_literal) co_return Addresses{literal};
  while (!co_await was_cancelled()) {
    const auto kept = kept_.find(host);
    if (kept != kept_.end() && clock_.mono() < kept->second.until) co_return kept->second.addresses;

    const auto found = running_.find(host);
    std::shared_ptr<Running> running = found == running_.end() ? nullptr : found->second;
    if (!running && running_.size() < options_.most) {
      CO_TRY(running, begin(host));
    }
    if (co_await ended_.wait() == Ended::cancelled) break;
    if (running && running->outcome) co_return *running->outcome;
  }
  co_return fail(ErrorKind::cancelled, "looking up " + host + " was cancelled");
}

}  // namespace lockstep::net
