#include "base/error.hpp"

#include <cerrno>

#include "base/remote_text.hpp"

namespace lockstep {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::transient:
      return "transient";
    case ErrorKind::throttled:
      return "throttled";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::unauthorized:
      return "unauthorized";
    case ErrorKind::forbidden:
      return "forbidden";
    case ErrorKind::invalid:
      return "invalid";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::outcome_unknown:
      return "outcome_unknown";
    case ErrorKind::protocol:
      return "protocol";
    case ErrorKind::storage:
      return "storage";
    case ErrorKind::fenced:
      return "fenced";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::internal:
      return "internal";
  }
  return "internal";
}

std::string to_string(const Location& at) {
  std::string out = at.file;
  if (at.line != 0) out += ":" + std::to_string(at.line);
  if (at.line != 0 && at.column != 0) out += ":" + std::to_string(at.column);
  return out;
}

std::optional<Error> exhausted(int system_error) {
  const auto told = [](const char* text) {
    return Error{.kind = ErrorKind::storage, .message = text, .code = "exhausted"};
  };
  switch (system_error) {
    case EMFILE:
      return told(
          "this process has as many files open as it may; raise its limit (ulimit -n 4096, or "
          "LimitNOFILE= of its systemd unit) and start lockstep again");
    case ENFILE:
      return told(
          "this machine has as many files open as it may; end what holds them, or raise "
          "fs.file-max");
    case EAGAIN:
      return told(
          "this user may start no more threads or processes; end some, or raise the limit (ulimit "
          "-u, or TasksMax= of its systemd unit) and start lockstep again");
    case EFBIG:
      return told(
          "this process may write no larger file; raise its limit (ulimit -f unlimited, or "
          "LimitFSIZE= of its systemd unit) and start lockstep again");
    default:
      return std::nullopt;
  }
}

std::string describe(const Error& error) {
  std::string out = to_string(error.location);
  if (!out.empty()) out += ": ";
  out += error.message;
  const auto& said = error.remote.text();
  if (said == left_out_text) return out + " " + said;
  if (!said.empty()) out += " (the server says: \"" + said + "\")";
  return out;
}

}  // namespace lockstep
