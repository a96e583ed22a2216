#include "providers/fly/update.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace lockstep::providers::fly {

Result<std::int64_t> secrets_version(const PlaceRecord& memory) {
  const auto& text = memory.evidence.version;
  std::int64_t out = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (wrong != std::errc() || end != text.data() + text.size() || memory.machines.empty()) {
    return fail(ErrorKind::conflict,
                "the version of the last write or the machines that ran before it are not known");
  }
  return out;
}

std::vector<std::string> next_batch(const std::vector<Machine>& machines,
                                    const std::vector<std::string>& old) {
  std::vector<const Machine*> left;
  std::size_t managed = 0;
  bool proven = false;
  for (const auto& machine : machines) {
    if (!machine.managed) continue;
    ++managed;
    if (has(old, machine.entry())) {
      left.push_back(&machine);
    } else if (machine.runs()) {
      proven = true;
    }
  }
  if (left.empty()) return {};
  std::ranges::sort(left, {}, [](const Machine* machine) {
    return std::tuple(machine->group, !machine->runs(), machine->id);
  });
  const bool alone = left.front()->runs() && !proven;
  const auto size = alone ? 1 : std::clamp<std::size_t>(managed / 3, 1, largest_batch);
  std::vector<std::string> out;
  for (const auto* machine : left) {
    if (out.size() < size && machine->group == left.front()->group) out.push_back(machine->id);
  }
  return out;
}

Result<Lease> read_lease(const json::value& document, std::string machine) {
  const auto* data = member(document, "data");
  const auto nonce = data ? text_member(*data, "nonce") : std::nullopt;
  const bool fits = nonce && !nonce->empty() && nonce->size() <= 128 &&
                    std::ranges::all_of(*nonce, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!fits) return fail(ErrorKind::protocol, "Fly.io's answer to leases.take has no nonce");
  return Lease{.machine = std::move(machine),
               .nonce = std::string(*nonce),
               .instance = std::string(text_member(*data, "version").value_or(""))};
}

std::optional<Hindrance> hindrance(const Machine& listed) {
  if (listed.reachable) return std::nullopt;
  // An incomplete configuration must never be sent back: what it lacks would be lost.
  return Hindrance{
      .kind = Hindrance::Kind::stops,
      .why = {.kind = ErrorKind::transient,
              .message = "its host is not reachable, so its configuration is not known"}};
}

std::optional<Hindrance> hindrance(const Machine& listed, const Machine& shown,
                                   const Lease& lease) {
  const auto later = [](std::string why) {
    return Hindrance{.kind = Hindrance::Kind::later,
                     .why = {.kind = ErrorKind::conflict, .message = std::move(why)}};
  };
  if (shown.gone) return Hindrance{.kind = Hindrance::Kind::gone};
  if (auto unreachable = hindrance(shown)) return unreachable;
  const bool other = !lease.instance.empty() && shown.instance != lease.instance;
  if (other || shown.instance != listed.instance) {
    return later("machine " + shown.id +
                 " was updated by someone else, or what Fly.io shows of it is behind");
  }
  // Neither running nor at rest: someone is at work on it.
  if (!shown.runs() && !shown.at_rest()) return later("machine " + shown.id + " is " + shown.state);
  return std::nullopt;
}

SecretBytes update_body(const Machine& machine, std::string_view config, std::int64_t version) {
  JsonWriter rest;
  rest.begin_object();
  rest.key("region").string(machine.region);
  if (!machine.runs()) rest.key("skip_launch").boolean(true);
  rest.key("min_secrets_version").integer(version);
  rest.key("current_version").string(machine.instance);
  const auto members = rest.end_object().take();
  auto body = to_bytes(R"({"config":)");
  append(body, config);
  append(body, ",");
  append(body, view(members).substr(1));
  return body;
}

Told told_by(const Result<Machine>& answer, const Machine& before) {
  if (answer) {
    // A yes shows the machine with its new instance.
    const bool shows_it = answer->id == before.id && answer->instance != before.instance;
    return shows_it ? Told::done : Told::open;
  }
  const auto& error = answer.error();
  if (error.kind == ErrorKind::invalid || error.code == "http_412") return Told::refused;
  const bool open =
      error.kind == ErrorKind::outcome_unknown || error.kind == ErrorKind::protocol;
  return open ? Told::open : Told::not_now;
}

bool was_updated(const Machine& before, const Machine& now, const std::optional<Wall>& written) {
  return now.instance != before.instance && !is_from_before(now, written);
}

}  // namespace lockstep::providers::fly
