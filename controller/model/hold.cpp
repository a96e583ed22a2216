#include "model/hold.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/unicode.hpp"

namespace lockstep {

namespace {

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Status check_text(std::string_view what, std::string_view text, std::size_t most) {
  if (trim(text).empty() || characters(text) > most) {
    return fail(ErrorKind::invalid,
                std::string(what) + " takes 1 to " + std::to_string(most) + " characters");
  }
  const bool plain = is_utf8(text) && text.find('\n') == std::string_view::npos &&
                     only_harmless(text, "?") == text;
  if (plain) return {};
  return fail(ErrorKind::invalid,
              std::string(what) + " takes one line of UTF-8 without control characters");
}

}  // namespace

Status check_hold(const Hold& hold) {
  TRY_OK(check_text("--reason", hold.reason, max_hold_reason));
  TRY_OK(check_text("--by", hold.by, max_hold_author));
  const auto time = hold.until - hold.since;
  if (time > Nanos{} && time <= max_hold_time) return {};
  return fail(ErrorKind::invalid, "a hold lasts from 1s to " + to_text(max_hold_time) +
                                      "; for longer set suspend: true");
}

std::vector<Hold> in_force(std::span<const Hold> holds, Wall now) {
  std::vector<Hold> out;
  std::ranges::copy_if(holds, std::back_inserter(out),
                       [&](const auto& hold) { return hold.until > now; });
  return out;
}

std::string describe(const Hold& hold) {
  return "until " + to_rfc3339(hold.until) + " by " + hold.by + ": " + hold.reason;
}

std::string encode(const Hold& hold) {
  return json::serialize(json::object{{"since", to_rfc3339_exact(hold.since)},
                                      {"until", to_rfc3339_exact(hold.until)},
                                      {"reason", hold.reason},
                                      {"by", hold.by}});
}

Result<Hold> decode_hold(std::string_view text) {
  const auto parsed = parse_json(text);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  if (object && object->size() == 4) {
    const auto time = [&](std::string_view key) -> std::optional<Wall> {
      const auto word = text_member(*parsed, key);
      return word ? parse_rfc3339(*word) : std::nullopt;
    };
    const auto since = time("since"), until = time("until");
    const auto reason = text_member(*parsed, "reason"), by = text_member(*parsed, "by");
    if (since && until && reason && by) {
      return Hold{.name = {},
                  .since = *since,
                  .until = *until,
                  .reason = std::string(*reason),
                  .by = std::string(*by)};
    }
  }
  return fail(ErrorKind::storage, "a hold is not readable; use the lockstep version that wrote it");
}

}  // namespace lockstep
