#include "providers/fly/settings.hpp"

#include <algorithm>
#include <array>

#include "base/digest.hpp"
#include "base/json.hpp"

namespace lockstep::providers::fly {

namespace {

constexpr std::size_t shortest = 8;

bool may_hold_secrets(std::string_view key) {
  constexpr std::array keys = {"env", "files", "headers", "init", "cmd", "entrypoint", "exec"};
  return std::ranges::find(keys, key) != keys.end();
}

void hide(std::string_view text, Confidential& hidden) {
  if (text.size() < shortest) return;
  hidden.add(text);
  // A file's contents are base64 there (`raw_value`).
  if (const auto decoded = from_base64(text)) hidden.add(view(*decoded));
}

void hide_in(const json::value& value, bool secret, Confidential& hidden) {
  if (const auto* text = value.if_string()) {
    if (secret) hide(*text, hidden);
  } else if (const auto* list = value.if_array()) {
    for (const auto& one : *list) hide_in(one, secret, hidden);
  } else if (const auto* object = value.if_object()) {
    for (const auto& [key, one] : *object) {
      hide_in(one, secret || may_hold_secrets(std::string_view(key)), hidden);
    }
  }
}

}  // namespace

void hide_settings(std::string_view config, Confidential& hidden) {
  if (const auto document = parse_json(config)) return hide_in(*document, false, hidden);
  hidden.add(config);
}

}  // namespace lockstep::providers::fly
