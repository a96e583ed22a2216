#include <ctime>
#include <regex>

#include "base/time.hpp"
#include "fuzz/target.hpp"

namespace lockstep::fuzz {

namespace {

/// The second reader: a regular expression, and the C library's calendar.
std::optional<Wall> instant(int year, int month, int day, int hour, int minute, int second) {
  std::tm parts{.tm_sec = second,
                .tm_min = minute,
                .tm_hour = hour,
                .tm_mday = day,
                .tm_mon = month - 1,
                .tm_year = year - 1900};
  const auto seconds = ::timegm(&parts);
  const bool real = parts.tm_mday == day && parts.tm_mon == month - 1 && hour < 24 && minute < 60 &&
                    second < 60 && year >= 1970 && year <= 2261;
  if (!real) return std::nullopt;
  return Wall(Seconds(seconds));
}

std::optional<Wall> second_reader(const std::string& text) {
  static const std::regex form(
      R"((\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|([+-])(\d\d):(\d\d))?)");
  std::smatch m;
  if (text.size() > 40 || !std::regex_match(text, m, form)) return std::nullopt;
  const auto number = [&](std::size_t i) { return m[i].matched ? std::stoi(m[i].str()) : 0; };
  auto out = instant(number(1), number(2), number(3), number(4), number(5), number(6));
  if (!out || number(10) > 23 || number(11) > 59) return std::nullopt;
  const auto ahead = std::chrono::minutes(number(10) * 60 + number(11));
  auto nanos = m[7].matched ? m[7].str().substr(1) : std::string();
  nanos.resize(9, '0');
  const auto when = *out + Nanos(std::stoi(nanos)) - (m[9].str() == "-" ? -ahead : ahead);
  const auto year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(when)).year();
  if (int(year) < 1970 || int(year) > 2261) return std::nullopt;
  return when;
}

}  // namespace

/// Times as two readers read them, and as they are written.
void time_text(std::string_view bytes) {
  const auto when = parse_rfc3339(bytes);
  hold(when == second_reader(std::string(bytes)), "two readers agree on RFC 3339");
  if (when) hold(parse_rfc3339(to_rfc3339_exact(*when)) == when, "the exact form comes back");
  constexpr Wall now = std::chrono::sys_days(std::chrono::January / 15 / 2026);
  if (when) hold((*when > now) == (*when - now > Nanos(0)), "a difference does not wrap round");
  if (const auto date = parse_http_date(bytes)) {
    const auto seconds = std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<std::chrono::system_clock::duration>(*date));
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[64];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    hold(bytes == text, "an HTTP date is what would be written");
  }
}

}  // namespace lockstep::fuzz
