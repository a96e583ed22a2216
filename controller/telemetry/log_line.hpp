// The text of one event, before anyone writes it anywhere.
#pragma once

#include <span>

#include "telemetry/log.hpp"

namespace lockstep {

/// One line without its end. Text: `2026-01-15T10:00:00.250Z info    secret written name=API_KEY`,
/// values quoted where they hold more than `A-Za-z0-9` and `-._/:@*+%,`. JSON: one object with
/// `time`, `level`, `event` and the fields.
/// In both, characters that steer a terminal or hide text are written as `\u001b` and the like,
/// also in keys and in the event, and what is not UTF-8 as `\ufffd` (S4).
std::string log_line(LogFormat format, Wall when, LogLevel level, std::string_view event,
                     std::span<const LogField> fields);

}  // namespace lockstep
