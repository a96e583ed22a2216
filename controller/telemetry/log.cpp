#include "telemetry/log.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include "telemetry/error_stream.hpp"
#include "telemetry/log_line.hpp"

namespace lockstep {

namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

class StreamSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    standard_error().write(std::string(message.payload.data(), message.payload.size()) + "\n");
  }
  void flush_() override {}
};

class StandardErrorLog final : public EventLog {
 public:
  StandardErrorLog(Clock& clock, LogFormat format, LogLevel least)
      : clock_(clock), format_(format), logger_("lockstep", std::make_shared<StreamSink>()) {
    logger_.set_level(to_spdlog(least));
    // There is nowhere to tell that standard error is gone, and no reason to stop for it.
    logger_.set_error_handler([](const std::string&) {});
  }

  void write(LogLevel level, std::string_view event, std::vector<LogField> fields) override {
    const auto at = to_spdlog(level);
    if (!logger_.should_log(at)) return;
    const auto line = log_line(format_, clock_.wall(), level, event, fields);
    logger_.log(at, spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  Clock& clock_;
  LogFormat format_;
  spdlog::logger logger_;
};

class RecordingLog final : public EventLog {
 public:
  RecordingLog(Clock& clock, std::string& out) : clock_(clock), out_(out) {}
  void write(LogLevel level, std::string_view event, std::vector<LogField> fields) override {
    out_ += log_line(LogFormat::text, clock_.wall(), level, event, fields) + "\n";
  }

 private:
  Clock& clock_;
  std::string& out_;
};

class SilentLog final : public EventLog {
 public:
  void write(LogLevel, std::string_view, std::vector<LogField>) override {}
};

}  // namespace

std::unique_ptr<EventLog> make_event_log(Clock& clock, LogFormat format, LogLevel least) {
  return std::make_unique<StandardErrorLog>(clock, format, least);
}
std::unique_ptr<EventLog> make_recording_log(Clock& clock, std::string& out) {
  return std::make_unique<RecordingLog>(clock, out);
}
std::unique_ptr<EventLog> make_silent_log() {
  return std::make_unique<SilentLog>();
}

}  // namespace lockstep
