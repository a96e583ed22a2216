// A person's "leave this alone until".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace lockstep {

/// What a person wants left alone, and why. Kept by the ledger beside its records, so that it can
/// be placed and taken back while another process writes there.
struct Hold {
  std::string name;  ///< "" for the whole place
  Wall since{};
  Wall until{};
  std::string reason;  ///< 1 to 1,024 characters of one line
  std::string by;      ///< `jane@laptop`
  bool operator==(const Hold&) const = default;
};

/// The longest reason in characters, the longest `by`, and the longest time.
inline constexpr std::size_t max_hold_reason = 1024;
inline constexpr std::size_t max_hold_author = 253;
inline constexpr Seconds max_hold_time = std::chrono::hours(24 * 30);

/// `invalid` with the remedy when a bound is broken or text steers a terminal.
Status check_hold(const Hold& hold);

/// Those that have not ended.
std::vector<Hold> in_force(std::span<const Hold> holds, Wall now);

/// `until 2026-01-15T13:00:00Z by jane@laptop: release`, for people.
std::string describe(const Hold& hold);

/// The hold as text for a ledger, and back: decode(encode(h)) == h. The name is not in it. What
/// this version does not know is refused (`storage`).
std::string encode(const Hold& hold);
Result<Hold> decode_hold(std::string_view text);

}  // namespace lockstep
