#include "simulation/wire.hpp"

#include <charconv>
#include <stdexcept>

#include "base/json.hpp"
#include "base/text.hpp"
#include "simulation/witness.hpp"

namespace lockstep::simulation {

namespace {

/// A pass decides on what it has just read; its calls end within a minute each.
constexpr Nanos fresh = std::chrono::minutes(3);
/// GitHub takes a call a name, after the list, the guard and the key.
constexpr Nanos fresh_at_github = std::chrono::minutes(8);
/// No pass waits so long for what another place's pass asked.
constexpr Nanos long_request = std::chrono::seconds(10);
/// Who waited for an answer goes on as soon as that.
constexpr Nanos at_once = std::chrono::milliseconds(10);

constexpr std::string_view repository = "/repos/alokai/cms/";
constexpr std::string_view guard = "environments/production";

bool is_github(std::string_view place) {
  return place == "repository" || place == "environment";
}

std::string host_of(const std::string& url) {
  const auto begin = url.find("://") + 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

/// What a provider's word about its limits is about: on Fly.io one machine or one app
/// (https://fly.io/docs/machines/api/working-with-machines-api/#rate-limits), else the whole host.
std::string limited_together(const std::string& url) {
  const auto host = host_of(url);
  if (host != "api.machines.dev") return host;
  const auto parts = split(url.substr(0, url.find('?')), '/');
  const bool machine = parts.size() > 7 && parts[6] == "machines";
  return machine ? "machine " + parts[7] : parts.size() > 5 ? "app " + parts[5] : host;
}

/// What a good read tells: the place whose names it lists, or one of its other sides.
std::string subject_of_read(const std::string& url) {
  // A look at machines says nothing of secrets, nor does a key that values are sealed to.
  if (url.contains("/machines")) return "machines";
  const auto path = url.substr(0, url.find('?'));
  if (path.ends_with(std::string(repository) + std::string(guard))) return "guard";
  const auto place = place_of_url(url);
  return is_github(place) && !path.ends_with("/secrets") ? "" : place;
}

/// One secret at GitHub: a sealed value under the key's id, and nothing else; or a removal.
void read_single(const net::Request& request, WriteAsked& out) {
  constexpr std::string_view list = "/secrets/";
  const auto name = request.url.substr(request.url.rfind(list) + list.size());
  const auto body = parse_json(view(request.body));
  const bool sealed = body && body->is_object() && body->get_object().size() == 2 &&
                      text_member(*body, "encrypted_value") && text_member(*body, "key_id");
  if (request.method == "PUT" && sealed) {
    out.sealed.insert(name);
  } else if (request.method == "DELETE" && request.body.empty()) {
    out.removes.insert(name);
  } else {
    out.place = request.method + " " + request.url;
  }
}

void read_members(const json::value& body, std::string_view key, WriteAsked& out) {
  const auto* names = member(body, key);
  if (!names || !names->is_object()) return;
  for (const auto& [name, value] : names->get_object()) {
    const std::string text(name);
    if (value.is_null()) {
      out.removes.insert(text);
    } else if (value.is_string()) {
      out.puts[text] = value.get_string().c_str();
    } else {
      out.puts[text] = std::string(text_member(value, "text").value_or(""));
    }
  }
}

}  // namespace

std::string place_of_url(const std::string& url) {
  if (url.contains("/v1/apps/molecule-cp/")) return "fly";
  if (url.contains("/workers/scripts/production-moltworker-gateway/")) return "worker";
  if (url.contains("/workers/workers/production-moltworker-gateway/")) return "worker";
  if (url.contains("/repos/alokai/cms/environments/production/secrets")) return "environment";
  if (url.contains("/repos/alokai/cms/actions/secrets")) return "repository";
  return "";
}

WriteAsked read_write(const net::Request& request) {
  WriteAsked out;
  out.place = place_of_url(request.url);
  // A version with secrets that is not deployed; with `?deploy=true` it would be something else.
  const bool staged = out.place == "worker" && request.method == "PATCH" &&
                      request.url.ends_with("/versions/latest");
  const bool bulk =
      staged ||
      (out.place == "fly" && request.method == "POST" && request.url.ends_with("/secrets")) ||
      (out.place == "worker" && request.method == "PATCH" &&
       request.url.ends_with("/secrets-bulk"));
  constexpr std::string_view machines = "/v1/apps/molecule-cp/machines/";
  if (const auto at = request.url.find(machines); at != std::string::npos) {
    const auto rest = request.url.substr(at + machines.size());
    out.machine = rest.substr(0, rest.find('/'));
    out.updates = request.method == "POST" && !rest.contains('/');
    const auto body = parse_json(view(request.body));
    out.launches = out.updates && !(body && bool_member(*body, "skip_launch").value_or(false));
    if (body) out.instance = std::string(text_member(*body, "current_version").value_or(""));
    return out;
  }
  if (is_github(out.place)) {
    read_single(request, out);
    return out;
  }
  if (!bulk) {
    out.place = request.method + " " + request.url;
    return out;
  }
  if (const auto body = parse_json(view(request.body))) {
    read_members(*body, out.place == "fly" ? "values" : staged ? "env" : "secrets", out);
  }
  return out;
}

void Wire::check(const std::function<void()>& oracle) {
  try {
    oracle();
  } catch (const std::exception& error) {
    if (broken_.empty()) broken_ = error.what();
  }
}

/// S10: nobody comes back before the time that the other side named.
void Wire::judge_request(const std::string& limited) {
  const auto until = stay_away_.find(limited);
  if (until != stay_away_.end() && clock_.mono() < until->second) {
    throw std::runtime_error("S10: a request to " + limited + " before its Retry-After");
  }
}

/// S14: no request leaves right after the end of another host's long one when its own host was idle
/// as long: it waited for it.
void Wire::judge_start(const std::string& host) const {
  if (judge_.a_value_is_to_be_made()) return;
  const auto mine = asked_.find(host);
  if (mine != asked_.end() && mine->second.running != 0) return;
  for (const auto& [other, asked] : asked_) {
    const bool just_ended = asked.running == 0 && clock_.mono() - asked.ended < at_once;
    if (other == host || !just_ended || asked.ended - asked.began < long_request) continue;
    if (mine != asked_.end() && mine->second.ended > asked.began) continue;
    throw std::runtime_error("S14: a request to " + host + " waited for one to " + other);
  }
}

void Wire::judge_write(const net::Request& request) {
  const auto write = read_write(request);
  const auto age = is_github(write.place) ? fresh_at_github : fresh;
  const auto was_read = [&](const std::string& what) {
    const auto read = good_reads_.find(what);
    return read != good_reads_.end() && clock_.mono() - read->second <= age;
  };
  if (!was_read(write.machine.empty() ? write.place : "machines")) {
    throw std::runtime_error("S3: a write to " + write.place + " without a good read before it");
  }
  if (write.place == "environment" && (!was_read("guard") || bare_was_read_)) {
    throw std::runtime_error("a write to an environment that was not seen guarded as expected");
  }
  if (write.place == "worker" && newer_version_was_read_) {
    throw std::runtime_error("S8: a write to a Worker although a newer version was seen to wait");
  }
  judge_.before_write(write);
}

void Wire::learn(const net::Request& request, const std::string& limited, Before before,
                 const Result<net::Response>& answer) {
  if (!answer) return;
  if (answer->status == 429) {
    const auto text = answer->header("Retry-After");
    long seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    stay_away_[limited] =
        clock_.mono() + std::min<Nanos>(Seconds(seconds), std::chrono::minutes(5));
  }
  // 304: what was read before stands.
  if (request.effect != net::Effect::Read || (answer->status != 200 && answer->status != 304)) {
    return;
  }
  const auto subject = subject_of_read(request.url);
  good_reads_[subject] = clock_.mono();
  if (!trust_reads_) return;
  const auto see = [](bool before_it, bool now, bool& seen) {
    if (!now) seen = false;
    if (before_it && now) seen = true;
  };
  if (subject == "guard") see(before.bare, judge_.environment_is_bare(), bare_was_read_);
  if (request.url.contains("/versions")) {
    see(before.newer_version, judge_.newer_version_waits(), newer_version_was_read_);
  }
}

Awaitable<Result<net::Response>> Wire::send(net::Request request) {
  const auto limited = limited_together(request.url);
  const bool is_write = request.effect == net::Effect::Write;
  ++calls_;
  const bool counts = crash_.host.empty() || crash_.host == host_of(request.url);
  const bool last = counts && counted_++ == crash_.count;
  if (is_write) ++writes_;
  const auto host = host_of(request.url);
  check([&] { judge_request(limited); });
  check([&] { judge_start(host); });
  if (is_write) check([&] { judge_write(request); });
  if (last && crash_.at == CrashPoint::At::before_call) power_.cut();
  if (power_.on()) {
    const Before before{.newer_version = judge_.newer_version_waits(),
                        .bare = judge_.environment_is_bare()};
    net::Request facts{.method = request.method, .url = request.url, .effect = request.effect};
    auto& asked = asked_[host];
    if (asked.running++ == 0) asked.began = clock_.mono();
    auto sending = next_.send(std::move(request));
    auto answer = co_await std::move(sending);
    --asked.running;
    asked.ended = clock_.mono();
    check([&] { judge_.after_call(); });
    if (const auto number = answer ? take_number(*answer) : std::nullopt) {
      judge_.after_answer(*number);
    }
    learn(facts, limited, before, answer);
    if (last && crash_.at == CrashPoint::At::after_call) power_.cut();
    if (power_.on()) co_return answer;
  }
  // A dead machine hears nothing any more.
  for (;;) (void)co_await clock_.sleep_until(Mono::max());
}

}  // namespace lockstep::simulation
