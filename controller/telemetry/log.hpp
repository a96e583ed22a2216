// The event log: one line an event, typed fields, never a value.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace lockstep {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// One field of an event. Text from outside comes only as RemoteText or as a checked name.
struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(std::string_view k, const RemoteText& v) : key(k), value(v.text()) {}
  template <class T>
    requires std::is_integral_v<T>
  LogField(std::string_view k, T v) : key(k), value(std::to_string(v)), number(true) {}

  std::string key;
  std::string value;
  bool number = false;
};

class EventLog {
 public:
  virtual ~EventLog() = default;
  /// `event` is a fixed phrase ("secret written"); what varies stands in the fields.
  virtual void write(LogLevel level, std::string_view event, std::vector<LogField> fields) = 0;

  void info(std::string_view event, std::vector<LogField> fields = {}) {
    write(LogLevel::info, event, std::move(fields));
  }
  void warning(std::string_view event, std::vector<LogField> fields = {}) {
    write(LogLevel::warning, event, std::move(fields));
  }
  void error(std::string_view event, std::vector<LogField> fields = {}) {
    write(LogLevel::error, event, std::move(fields));
  }
};

enum class LogFormat : std::uint8_t { text, json };
/// Writes to standard error through spdlog; time from `clock`.
std::unique_ptr<EventLog> make_event_log(Clock& clock, LogFormat format, LogLevel least);
/// Appends each event as one line to `out` (tests and the simulation's byte-for-byte log).
std::unique_ptr<EventLog> make_recording_log(Clock& clock, std::string& out);
/// Drops everything.
std::unique_ptr<EventLog> make_silent_log();

}  // namespace lockstep
