#include "telemetry/log_line.hpp"

#include <algorithm>

#include "base/unicode.hpp"

namespace lockstep {

namespace {

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

/// Milliseconds: enough to order events by eye, and equal in width on every line.
std::string timestamp(Wall when) {
  const auto second = std::chrono::floor<std::chrono::seconds>(when);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(when - second).count();
  std::string out = to_rfc3339(when);
  out.pop_back();
  const auto digits = std::to_string(1000 + milliseconds);
  return out + "." + digits.substr(1) + "Z";
}

void append_unit(std::string& out, std::uint32_t unit) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += hex[unit >> shift & 15];
}

/// `text` between quotes as JSON reads it; in our text form the same rules hold.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto point = first_code_point(text);
    const auto front = text.substr(0, point.length == 0 ? 1 : point.length);
    if (point.length == 0) {
      append_unit(out, 0xFFFD);
    } else if (front == "\"" || front == "\\") {
      out += '\\';
      out += front;
    } else if (is_harmless(point.value)) {
      out += front;
    } else if (point.value < 0x10000) {
      append_unit(out, point.value);
    } else {
      append_unit(out, 0xD800 + ((point.value - 0x10000) >> 10));
      append_unit(out, 0xDC00 + ((point.value - 0x10000) & 0x3FF));
    }
    text.remove_prefix(front.size());
  }
  return out + "\"";
}

bool plain(std::string_view text) {
  constexpr std::string_view more = "-._/:@*+%,";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           more.contains(c);
  });
}

std::string bare_or_quoted(std::string_view text) {
  return plain(text) ? std::string(text) : quoted(text);
}

/// A phrase of words stands without quotes, so that the eye finds it.
std::string phrase(std::string_view event) {
  std::string words(event);
  std::erase(words, ' ');
  return plain(words) ? std::string(event) : quoted(event);
}

std::string text_line(Wall when, LogLevel level, std::string_view event,
                      std::span<const LogField> fields) {
  std::string name(to_string(level));
  name.resize(7, ' ');
  std::string out = timestamp(when) + " " + name + " " + phrase(event);
  for (const auto& field : fields) {
    out += " " + bare_or_quoted(field.key) + "=" + bare_or_quoted(field.value);
  }
  return out;
}

std::string json_line(Wall when, LogLevel level, std::string_view event,
                      std::span<const LogField> fields) {
  std::string out = "{\"time\":\"" + timestamp(when) + "\",\"level\":\"" +
                    std::string(to_string(level)) + "\",\"event\":" + quoted(event);
  for (const auto& field : fields) {
    out += "," + quoted(field.key) + ":" + (field.number ? field.value : quoted(field.value));
  }
  return out + "}";
}

}  // namespace

std::string log_line(LogFormat format, Wall when, LogLevel level, std::string_view event,
                     std::span<const LogField> fields) {
  switch (format) {
    case LogFormat::text:
      return text_line(when, level, event, fields);
    case LogFormat::json:
      return json_line(when, level, event, fields);
  }
  return {};
}

}  // namespace lockstep
