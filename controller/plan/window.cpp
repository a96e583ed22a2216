#include "plan/window.hpp"

#include <date/tz.h>

#include <algorithm>

namespace lockstep::plan {

namespace {

using std::chrono::minutes;

minutes parse_clock(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] - '0'; };
  return minutes((digit(0) * 10 + digit(1)) * 60 + digit(3) * 10 + digit(4));
}

const date::time_zone* zone(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

bool inside(const api::WriteWindow& window, Wall now) {
  const auto* tz = zone(window.time_zone);
  if (!tz) return false;
  const auto local = tz->to_local(std::chrono::floor<std::chrono::seconds>(now));
  const auto day = date::floor<date::days>(local);
  const auto time = std::chrono::duration_cast<minutes>(local - day);
  const auto from = parse_clock(window.from);
  const auto to = parse_clock(window.to);
  const auto on = [&](date::local_days which) {
    if (window.days.empty()) return true;
    const auto weekday = static_cast<api::Weekday>(date::weekday(which).iso_encoding() - 1);
    return std::ranges::find(window.days, weekday) != window.days.end();
  };
  if (from < to) return on(day) && time >= from && time < to;
  // Over midnight: the window belongs to the day on which it began.
  return (on(day) && time >= from) || (on(day - date::days(1)) && time < to);
}

}  // namespace

bool window_open(const std::vector<api::WriteWindow>& windows, Wall now) {
  return windows.empty() ||
         std::ranges::any_of(windows, [&](const auto& window) { return inside(window, now); });
}

std::optional<Wall> next_opening(const std::vector<api::WriteWindow>& windows, Wall now) {
  auto at = std::chrono::floor<minutes>(now) + minutes(1);
  for (int i = 0; i < 8 * 24 * 60; ++i, at += minutes(1)) {
    if (window_open(windows, at)) return at;
  }
  return std::nullopt;
}

bool known_time_zone(std::string_view name) {
  return zone(name) != nullptr;
}

}  // namespace lockstep::plan
