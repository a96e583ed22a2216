#include "base/time.hpp"

#include <date/date.h>

#include <algorithm>
#include <array>
#include <span>

namespace lockstep {

namespace {

/// Takes a text apart from the front. Strict: every digit and sign stands where the form has it
/// (date.h takes shorter years and any offset, and adds up what it has not read).
class TimeText {
 public:
  explicit TimeText(std::string_view text) : left_(text) {}

  bool skip(std::string_view expected) {
    if (!left_.starts_with(expected)) return false;
    left_.remove_prefix(expected.size());
    return true;
  }
  /// Exactly that many digits, and a number in those bounds.
  bool number(std::size_t digits, int least, int most, int& out) {
    if (left_.size() < digits) return false;
    int value = 0;
    for (const char c : left_.substr(0, digits)) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    left_.remove_prefix(digits);
    out = value;
    return least <= value && value <= most;
  }
  /// One of the words; its place in the list.
  bool word(std::span<const std::string_view> words, int& out) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (!skip(words[i])) continue;
      out = static_cast<int>(i);
      return true;
    }
    return false;
  }
  /// A dot and digits, where there is one; those below a nanosecond count for nothing.
  bool fraction(Nanos& out) {
    if (!skip(".")) return true;
    const auto digits = std::min(left_.find_first_not_of("0123456789"), left_.size());
    std::int64_t value = 0;
    for (std::size_t i = 0; i < 9; ++i) value = value * 10 + (i < digits ? left_[i] - '0' : 0);
    left_.remove_prefix(digits);
    out = Nanos(value);
    return digits > 0;
  }
  /// `Z`, `+02:00`, or nothing at all: how far the clock there is ahead of UTC.
  bool offset(std::chrono::minutes& out) {
    if (left_.empty() || skip("Z")) return true;
    const bool behind = left_.starts_with('-');
    int hours = 0, minutes = 0;
    if (!skip("+") && !skip("-")) return false;
    if (!number(2, 0, 23, hours) || !skip(":") || !number(2, 0, 59, minutes)) return false;
    out = std::chrono::minutes((hours * 60 + minutes) * (behind ? -1 : 1));
    return true;
  }
  bool ended() const { return left_.empty(); }

 private:
  std::string_view left_;
};

/// Years of which nanoseconds can hold every instant and the difference of any two. 0001 is Go's
/// "never" and 9999 many an API's; they would come out as some instant of today.
constexpr int first_year = 1970, last_year = 2261;

/// A day and a time of day as they were written, in UTC.
struct Written {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;

  bool read_time(TimeText& text) {
    return text.number(2, 0, 23, hour) && text.skip(":") && text.number(2, 0, 59, minute) &&
           text.skip(":") && text.number(2, 0, 59, second);
  }
  /// Nothing for a day that the month does not have.
  std::optional<std::chrono::sys_days> date() const {
    const auto out = std::chrono::year(year) / month / day;
    if (!out.ok()) return std::nullopt;
    return std::chrono::sys_days(out);
  }
  Seconds time_of_day() const { return Seconds((hour * 60 + minute) * 60 + second); }
};

}  // namespace

std::string to_rfc3339(Wall when) {
  return date::format("%FT%TZ", std::chrono::floor<std::chrono::seconds>(when));
}

std::string to_rfc3339_exact(Wall when) {
  if (when == std::chrono::floor<std::chrono::seconds>(when)) return to_rfc3339(when);
  return date::format("%FT%TZ", when);
}

std::optional<Wall> parse_rfc3339(std::string_view text) {
  TimeText left(text);
  Written at;
  Nanos fraction{};
  std::chrono::minutes ahead{};
  const bool understood = text.size() <= 40 && left.number(4, first_year, last_year, at.year) &&
                          left.skip("-") && left.number(2, 1, 12, at.month) && left.skip("-") &&
                          left.number(2, 1, 31, at.day) && left.skip("T") && at.read_time(left) &&
                          left.fraction(fraction) && left.offset(ahead) && left.ended();
  const auto date = understood ? at.date() : std::nullopt;
  if (!date) return std::nullopt;
  const auto when = Wall(*date) + at.time_of_day() - ahead + fraction;
  // An offset may lead out of the years: it would be written as what cannot be read again.
  constexpr Wall first = std::chrono::sys_days(std::chrono::year(first_year) / 1 / 1);
  constexpr Wall last = std::chrono::sys_days(std::chrono::year(last_year) / 12 / 31);
  if (when < first || when >= last + std::chrono::days(1)) return std::nullopt;
  return when;
}

std::optional<std::chrono::sys_seconds> parse_http_seconds(std::string_view text) {
  static constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed",
                                                           "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> months = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  TimeText left(text);
  Written at;
  int weekday = 0;
  const bool understood = left.word(days, weekday) && left.skip(", ") &&
                          left.number(2, 1, 31, at.day) && left.skip(" ") &&
                          left.word(months, at.month) && left.skip(" ") &&
                          left.number(4, first_year, 9999, at.year) && left.skip(" ") &&
                          at.read_time(left) && left.skip(" GMT") && left.ended();
  ++at.month;
  const auto date = understood ? at.date() : std::nullopt;
  if (!date || std::chrono::weekday(*date) != std::chrono::weekday(weekday)) return std::nullopt;
  return *date + at.time_of_day();
}

std::optional<Wall> parse_http_date(std::string_view text) {
  const auto date = parse_http_seconds(text);
  if (!date || *date >= std::chrono::sys_days(std::chrono::year(last_year + 1) / 1 / 1)) {
    return std::nullopt;
  }
  return Wall(*date);
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
