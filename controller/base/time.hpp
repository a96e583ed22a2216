// The two kinds of time, and their text forms.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

using Nanos = std::chrono::nanoseconds;
using Seconds = std::chrono::seconds;

/// The clock of deadlines and leases: never jumps, counts while the machine sleeps.
struct MonoClock {
  using duration = Nanos;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonoClock>;
  static constexpr bool is_steady = true;
};
using Mono = MonoClock::time_point;

/// The clock of people: UTC, may jump in either direction.
using Wall = std::chrono::sys_time<Nanos>;

/// RFC 3339 in UTC with whole seconds: `2026-01-15T10:00:00Z`.
std::string to_rfc3339(Wall when);
/// RFC 3339 with nanoseconds where there are any, so that parsing gives the same instant back.
std::string to_rfc3339_exact(Wall when);
/// Reads RFC 3339 with any fraction and offset, and the zone-less form that Fly.io sometimes sends
/// (taken as UTC). Nothing where the text is something else, or outside the years 1970 to 2261 (in
/// UTC): any two instants of these have a difference that Nanos can hold. `0001-01-01T00:00:00Z` is
/// Go's "never".
std::optional<Wall> parse_rfc3339(std::string_view text);
/// Reads an HTTP date (`Sun, 06 Nov 1994 08:49:37 GMT`) of the years 1970 to 9999; Wall cannot hold
/// all of them.
std::optional<std::chrono::sys_seconds> parse_http_seconds(std::string_view text);
/// The same as an instant, up to the year 2261.
std::optional<Wall> parse_http_date(std::string_view text);
/// A duration as its author would write it: the largest unit of d, h, m, s that divides it.
std::string to_text(Seconds duration);
/// How long, for people, in at most two units: `3d 4h`, `12m`, `45s`.
std::string to_human(Nanos duration);

}  // namespace lockstep
