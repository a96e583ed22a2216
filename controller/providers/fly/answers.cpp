#include "providers/fly/answers.hpp"

#include "base/text.hpp"
#include "providers/common/fields.hpp"
#include "providers/common/throttle.hpp"

namespace lockstep::providers::fly {

namespace {

// Fly.io documents a request a second with a burst of three for each action, and no Retry-After: a
// few seconds later the bucket is full again
// (https://fly.io/docs/machines/api/working-with-machines-api/#rate-limits).
constexpr Nanos unknown_throttle = std::chrono::seconds(3);
constexpr std::size_t most_secrets = 5000;
/// Error::code of Fly.io's own word that an app has no such machine. It is read from the text as it
/// came: what is told of it may be left out (S4).
constexpr std::string_view no_such_machine = "no_such_machine";

/// What the server said, and whether it is one of the API's own bodies.
struct Said {
  std::string_view text;
  bool own_body = false;
};

/// `{"message": ...}` comes from the upstream API, `{"error": ...}` from flaps.
Said said(const json::value& document) {
  if (const auto message = text_member(document, "message")) return {*message, true};
  if (const auto error = text_member(document, "error")) return {*error, true};
  return {};
}

struct Meaning {
  ErrorKind kind;
  std::string text;
};

Meaning meaning_of(int status, const Said& words) {
  if ((status == 400 || status == 404) && words.own_body &&
      to_lower(words.text).contains("could not find app")) {
    return {ErrorKind::not_found, "there is no such app, or this token may not see it"};
  }
  if (status == 401)
    return {ErrorKind::unauthorized,
            "Fly.io does not accept the token: it is wrong, cut short, revoked or expired"};
  if (status == 403)
    return {ErrorKind::forbidden,
            "the token may not do this on this app; a deploy token of the app may "
            "(`fly tokens create deploy`), a read-only one may not write"};
  if (status == 408 || status >= 500) {
    return {ErrorKind::transient, "Fly.io failed with status " + std::to_string(status)};
  }
  if (status == 429) return {ErrorKind::throttled, "Fly.io limits how often this may be asked"};
  if ((status == 409 || status == 412) && words.own_body) {
    return {ErrorKind::conflict, "the app is not in a state for this, or someone else is at work"};
  }
  if ((status == 400 || status == 422) && words.own_body) {
    return {ErrorKind::invalid, "Fly.io refuses the request"};
  }
  return {ErrorKind::protocol,
          "the answer with status " + std::to_string(status) + " proves nothing"};
}

/// A write whose answer is no refusal by the API itself may have happened.
bool leaves_effect_open(ErrorKind kind) {
  return kind == ErrorKind::transient || kind == ErrorKind::protocol;
}

Error refusal(const net::Response& response, const Purpose& purpose, const Confidential& hidden,
              Wall now) {
  const auto body = view(response.body);
  const auto document = parse_json(body);
  const auto words = document ? said(*document) : Said{};
  auto meaning = meaning_of(response.status, words);
  Error error{.kind = meaning.kind,
              .message = purpose.doing + ": " + meaning.text,
              .remote = hidden.clean(words.own_body ? words.text : body),
              .code = "http_" + std::to_string(response.status)};
  if (error.kind == ErrorKind::throttled) {
    set_retry_at(error, response, now, unknown_throttle);
  }
  if (response.status == 404 && error.kind == ErrorKind::protocol && words.own_body &&
      to_lower(words.text).contains("machine not found")) {
    error.code = std::string(no_such_machine);
  }
  if (purpose.effect == net::Effect::Write && leaves_effect_open(error.kind)) {
    error.kind = ErrorKind::outcome_unknown;
  }
  return error;
}

}  // namespace

Result<json::value> read_answer(const net::Response& response, const Purpose& purpose,
                                const Confidential& hidden, Wall now) {
  if (response.status < 200 || response.status > 299) {
    return fail(refusal(response, purpose, hidden, now));
  }
  auto document = parse_json(view(response.body));
  if (document) return document;
  const auto kind =
      purpose.effect == net::Effect::Write ? ErrorKind::outcome_unknown : ErrorKind::protocol;
  return fail(
      {.kind = kind, .message = purpose.doing + ": the answer is " + document.error().message});
}

bool says_no_machine(const Error& error) {
  return error.code == no_such_machine;
}

bool blames(const net::Response& response, std::string_view name) {
  const auto document = parse_json(view(response.body));
  return document && said(*document).text.contains('"' + std::string(name) + '"');
}

Result<SecretList> read_secrets(const json::value& document, const Purpose& purpose) {
  const auto answer = "Fly.io's answer to " + purpose.operation;
  TRY(const auto whole, Fields::of(document, answer));
  SecretList out;
  // `version`, and in older answers `Version` (https://docs.machines.dev).
  for (const auto* key : {"Version", "version"}) {
    const auto* version = whole.raw(key);
    if (!version || version->is_null()) continue;
    if (!int_member(document, key)) return fail(whole.misfit(key, "a whole number"));
    out.version = std::to_string(*int_member(document, key));
  }
  // A Go server writes an empty list as null; it says so under the right key, so it is an answer.
  const auto* list = whole.raw("secrets");
  if (list && list->is_null()) return out;
  TRY(const auto entries, whole.objects("secrets", most_secrets));
  for (const auto& entry : entries) {
    TRY(const auto name, entry.text("name"));
    TRY(const auto digest, entry.maybe_text("digest"));
    TRY(const auto updated_at, entry.maybe_time("updated_at"));
    ObservedSecret secret{.name = std::string(name),
                          .token = Secret(digest.value_or("")),
                          .updated_at = updated_at,
                          .live = {}};
    if (name.empty() || !out.secrets.try_emplace(secret.name, std::move(secret)).second) {
      return fail(entry.misfit("name", "a name that is there once"));
    }
  }
  return out;
}

net::BudgetHint fly_budget(const net::Response& response, Wall now) {
  return hint_of(response, now, unknown_throttle);
}

// Three in a little more than three seconds keep to "one a second, three at once" also when the
// first of them is slower on its way than the fourth.
net::RateRules fly_rate_rules() {
  const std::string one(read_machine_operation);
  return {.rules = {{.per = net::RateRule::Per::action,
                     .except = one,
                     .units = 3,
                     .window = std::chrono::milliseconds(3200)},
                    {.per = net::RateRule::Per::action,
                     .only = one,
                     .units = 10,
                     .window = std::chrono::milliseconds(2200)}},
          .hints_per_bucket = true,
          .longest_wait = longest_stay_away};
}

std::string bucket_of_app(const std::string& app) {
  return app;
}

std::string bucket_of_machine(const std::string& machine) {
  return "machine/" + machine;
}

}  // namespace lockstep::providers::fly
