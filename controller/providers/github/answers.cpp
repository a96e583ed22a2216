#include "providers/github/answers.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "net/retry_after.hpp"
#include "providers/common/throttle.hpp"

namespace lockstep::providers::github {

namespace {

/// A primary window is an hour long; asking again before its end may end in a ban.
constexpr Nanos longest_limit = std::chrono::minutes(65);
/// "wait for at least one minute" after a secondary limit that names no time.
constexpr Nanos secondary_limit = std::chrono::minutes(1);

/// What GitHub said in a body of its own: `{"message": ...}`.
struct Said {
  std::string message;
  bool own_body = false;
};

Said said(const net::Response& response) {
  const auto document = parse_json(view(response.body));
  if (!document) return {};
  const auto message = text_member(*document, "message");
  return {std::string(message.value_or("")), message.has_value()};
}

bool speaks_of_a_limit(const net::Response& response, const Said& words) {
  if (response.status == 429) return true;
  if (response.status != 403) return false;
  const auto message = to_lower(words.message);
  return !response.header("Retry-After").empty() ||
         trim(response.header("x-ratelimit-remaining")) == "0" || message.contains("rate limit") ||
         message.contains("abuse detection");
}

/// `secrets=write`: comma is "and", semicolon is "or". Nothing where it is anything else.
std::string needed_permissions(const net::Response& response, const Confidential& hidden) {
  const auto header = trim(response.header("X-Accepted-GitHub-Permissions"));
  const bool plain =
      header.size() <= 120 && std::ranges::all_of(header, [](char c) {
        return (c >= 'a' && c <= 'z') || c == '_' || c == '=' || c == ',' || c == ';' || c == ' ';
      });
  if (header.empty() || !plain || hidden.repeated_in(header)) return "";
  return "; it needs the permission " + std::string(header);
}

struct Meaning {
  ErrorKind kind;
  std::string text;
};

Meaning meaning_of_refusal(const net::Response& response, const Said& words,
                           const Confidential& hidden) {
  const auto number = std::to_string(response.status);
  switch (response.status) {
    case 401:
      return {ErrorKind::unauthorized,
              "GitHub does not accept the token: it is wrong, revoked or expired"};
    case 403:
    case 451:
      return {ErrorKind::forbidden,
              "the token may not do this" + needed_permissions(response, hidden)};
    case 404:
      return {
          ErrorKind::protocol,
          "GitHub says 404, which proves nothing: it is not there, or the token may not see it "
          "(a fine-grained token must list the repository and have the permission Secrets, for an "
          "environment also Environments)"};
    case 301:
    case 302:
    case 307:
    case 308:
      return {ErrorKind::protocol, "GitHub sends the request elsewhere (status " + number +
                                       "): the repository was renamed or transferred"};
    case 400:
    case 410:
      return {ErrorKind::protocol, "GitHub does not understand the request (status " + number +
                                       "): this release of lockstep speaks API version 2022-11-28"};
    case 408:
      return {ErrorKind::transient, "GitHub failed with status 408"};
    case 409:
      if (words.own_body) return {ErrorKind::conflict, "someone else is changing the same thing"};
      break;
    case 422:
      if (words.own_body) return {ErrorKind::invalid, "GitHub refuses what was sent"};
      break;
    default:
      if (response.status >= 500) {
        return {ErrorKind::transient, "GitHub failed with status " + number};
      }
  }
  return {ErrorKind::protocol, "the answer with status " + number + " proves nothing"};
}

/// How long GitHub wants nothing to be asked.
Nanos asked_limit(const net::Response& response, Wall now) {
  const auto hint = net::x_ratelimit_hint(response, now, net::ResetForm::epoch_seconds);
  auto wait = secondary_limit;
  if (hint.retry_after) {
    wait = *hint.retry_after;
  } else if (hint.remaining == 0U && hint.resets_in) {
    wait = std::max<Nanos>(*hint.resets_in, Seconds(1));
  }
  return wait;
}

Nanos limit_of(const net::Response& response, Wall now) {
  return std::min(asked_limit(response, now), longest_limit);
}

}  // namespace

Error refusal(const net::Response& response, const Purpose& purpose, const Confidential& hidden,
              Wall now) {
  const auto words = said(response);
  if (speaks_of_a_limit(response, words)) {
    return {.kind = ErrorKind::throttled,
            .message = purpose.doing + ": GitHub limits how often this may be asked" +
                       cut_wait_text(asked_limit(response, now), longest_limit),
            .remote = hidden.clean(words.message),
            .retry_at = now + limit_of(response, now),
            .code = "http_" + std::to_string(response.status)};
  }
  auto meaning = meaning_of_refusal(response, words, hidden);
  Error error{.kind = meaning.kind,
              .message = purpose.doing + ": " + meaning.text,
              .code = "http_" + std::to_string(response.status)};
  if (response.status == 422) {
    if (to_lower(words.message).contains("improperly encrypted")) {
      error.code = std::string(improper_seal);
      error.message = purpose.doing + ": GitHub cannot open the sealed value";
    }
  } else {
    error.remote = hidden.clean(words.own_body ? words.message : view(response.body));
  }
  const bool open = error.kind == ErrorKind::transient || error.kind == ErrorKind::protocol;
  if (open && purpose.effect == net::Effect::Write) error.kind = ErrorKind::outcome_unknown;
  return error;
}

Result<json::value> read_answer(const net::Response& response, const Purpose& purpose,
                                const Confidential& hidden, Wall now) {
  if (response.status != 200 && response.status != 201) {
    return fail(refusal(response, purpose, hidden, now));
  }
  auto document = parse_json(view(response.body));
  if (document) return document;
  return fail({.kind = ErrorKind::protocol,
               .message = purpose.doing + ": the answer is " + document.error().message});
}

std::optional<Nanos> stay_away(const net::Response& response, Wall now) {
  if (response.status != 403 && response.status != 429) return std::nullopt;
  if (!speaks_of_a_limit(response, said(response))) return std::nullopt;
  return limit_of(response, now);
}

net::BudgetHint github_budget(const net::Response& response, Wall now) {
  auto hint = net::x_ratelimit_hint(response, now, net::ResetForm::epoch_seconds);
  // Search, GraphQL and others are counted apart.
  const auto resource = trim(response.header("x-ratelimit-resource"));
  if (!resource.empty() && resource != "core") hint = {.retry_after = hint.retry_after};
  if (const auto wait = stay_away(response, now)) hint.retry_after = wait;
  return hint;
}

}  // namespace lockstep::providers::github
