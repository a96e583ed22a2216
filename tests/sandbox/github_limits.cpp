// Limits: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api.
#include "sandbox/github_world.hpp"

namespace lockstep::sandbox::github {

namespace {

constexpr Nanos kMinute = std::chrono::minutes(1);
constexpr Nanos kHour = std::chrono::hours(1);

/// The identity's usage, with what no longer counts gone.
Usage& usage_at(World& world, const std::string& identity, Wall now) {
  auto& usage = world.usage[identity];
  if (usage.since + kHour <= now) {
    usage.since = std::chrono::floor<Seconds>(now);  // told in whole seconds
    usage.used = 0;
  }
  while (!usage.points.empty() && usage.points.front().first + kMinute <= now) {
    usage.points.pop_front();
  }
  while (!usage.content.empty() && usage.content.front() + kHour <= now) usage.content.pop_front();
  return usage;
}

std::uint64_t points_of(const Usage& usage) {
  std::uint64_t sum = 0;
  for (const auto& [at, points] : usage.points) sum += points;
  return sum;
}

/// Whether one more request passes a secondary limit.
bool too_many(const GitHubOptions& options, const Usage& usage, std::uint64_t cost, bool write,
              Wall now) {
  const auto over = [](std::uint64_t limit, std::uint64_t used) {
    return limit != 0 && used > limit;
  };
  if (over(options.points_per_minute, points_of(usage) + cost)) return true;
  if (!write) return false;
  const auto minute = static_cast<std::uint64_t>(
      std::ranges::count_if(usage.content, [&](Wall at) { return at + kMinute > now; }));
  return over(options.content_per_minute, minute + 1) ||
         over(options.content_per_hour, usage.content.size() + 1);
}

std::uint64_t left(const GitHubOptions& options, const Usage& usage) {
  return options.requests_per_hour - std::min(options.requests_per_hour, usage.used);
}

}  // namespace

net::Response limited(const World& world, const std::string& message,
                      std::optional<std::int64_t> retry_after) {
  auto response = error(world.options.limit_status, message);
  if (retry_after) {
    response.headers.push_back({.name = "Retry-After", .value = std::to_string(*retry_after)});
  }
  return response;
}

std::optional<net::Response> count_request(World& world, const std::string& identity, bool write,
                                           Wall now) {
  const auto& options = world.options;
  auto& usage = usage_at(world, identity, now);
  const std::uint64_t cost = write ? 5 : 1;
  if (usage.blocked_until <= now && too_many(options, usage, cost, write, now)) {
    usage.blocked_until = now + options.secondary_block;
  }
  if (usage.blocked_until > now) {
    ++world.throttled;
    const auto rest = std::chrono::ceil<Seconds>(usage.blocked_until - now).count();
    return limited(world,
                   "You have exceeded a secondary rate limit. Please wait a few minutes before "
                   "you try again.",
                   options.secondary_says_retry_after ? std::optional(rest) : std::nullopt);
  }
  if (options.requests_per_hour != 0 && usage.used >= options.requests_per_hour) {
    ++world.throttled;
    return limited(world, "API rate limit exceeded for " + identity + ".", std::nullopt);
  }
  usage.points.emplace_back(now, cost);
  if (write) usage.content.push_back(now);
  return std::nullopt;
}

std::vector<net::Header> count_answer(World& world, const std::string& identity, bool counts) {
  auto& usage = world.usage.at(identity);
  if (counts) ++usage.used;
  const auto& options = world.options;
  if (options.requests_per_hour == 0) return {};
  return {{.name = "X-RateLimit-Limit", .value = std::to_string(options.requests_per_hour)},
          {.name = "X-RateLimit-Remaining", .value = std::to_string(left(options, usage))},
          {.name = "X-RateLimit-Used", .value = std::to_string(usage.used)},
          {.name = "X-RateLimit-Reset", .value = std::to_string(unix_seconds(usage.since + kHour))},
          {.name = "X-RateLimit-Resource", .value = "core"}};
}

net::Response rate_limit(World& world, const std::string& identity, Wall now) {
  const auto& usage = usage_at(world, identity, now);
  const json::object core{{"limit", world.options.requests_per_hour},
                          {"used", usage.used},
                          {"remaining", left(world.options, usage)},
                          {"reset", unix_seconds(usage.since + kHour)}};
  return json_response(200, json::object{{"resources", {{"core", core}}}, {"rate", core}});
}

}  // namespace lockstep::sandbox::github
