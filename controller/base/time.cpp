#include "base/time.hpp"

#include <date/date.h>

#include <sstream>

namespace lockstep {

namespace {
std::optional<Wall> parse(std::string_view text, const char* format) {
  std::istringstream in{std::string(text)};
  Wall out;
  in >> date::parse(format, out);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return out;
}

/// Whether nanoseconds since 1970 can hold every instant of a four-digit year. 0001 is Go's "never"
/// and 9999 many an API's; they would come out as some instant of today.
bool fits(std::string_view year) {
  return year > "1677" && year < "2262";
}
}  // namespace

std::string to_rfc3339(Wall when) {
  return date::format("%FT%TZ", std::chrono::floor<std::chrono::seconds>(when));
}

std::string to_rfc3339_exact(Wall when) {
  if (when == std::chrono::floor<std::chrono::seconds>(when)) return to_rfc3339(when);
  return date::format("%FT%TZ", when);
}

std::optional<Wall> parse_rfc3339(std::string_view text) {
  if (text.size() < 19 || text.size() > 40 || !fits(text.substr(0, 4))) return std::nullopt;
  if (text.ends_with('Z')) return parse(text, "%FT%TZ");
  const auto offset = text.find_last_of("+-");
  if (offset != std::string_view::npos && offset > 18) return parse(text, "%FT%T%Ez");
  return parse(text, "%FT%T");
}

std::optional<Wall> parse_http_date(std::string_view text) {
  constexpr std::string_view example = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != example.size() || !fits(text.substr(12, 4))) return std::nullopt;
  return parse(text, "%a, %d %b %Y %T GMT");
}

std::string to_text(Seconds duration) {
  const auto n = duration.count();
  if (n != 0 && n % 86400 == 0) return std::to_string(n / 86400) + "d";
  if (n != 0 && n % 3600 == 0) return std::to_string(n / 3600) + "h";
  if (n != 0 && n % 60 == 0) return std::to_string(n / 60) + "m";
  return std::to_string(n) + "s";
}

std::string to_human(Nanos duration) {
  const auto n = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  struct Unit {
    std::int64_t size;
    char name;
  };
  constexpr Unit units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  for (std::size_t i = 0; i < 4; ++i) {
    if (n < units[i].size && i < 3) continue;
    std::string out = std::to_string(n / units[i].size) + units[i].name;
    if (i < 3) {
      if (const auto rest = n % units[i].size / units[i + 1].size; rest != 0) {
        out += " " + std::to_string(rest) + units[i + 1].name;
      }
    }
    return out;
  }
  return "0s";
}

}  // namespace lockstep
