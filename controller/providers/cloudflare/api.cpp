#include "providers/cloudflare/api.hpp"

#include "base/text.hpp"
#include "providers/common/throttle.hpp"

namespace lockstep::providers::cloudflare {

namespace {

/// How long a token that exceeded its limit is shut out.
constexpr Nanos shut_out = std::chrono::minutes(5);

/// The error that an answer names; `code` 0: none.
struct Named {
  std::int64_t code = 0;
  std::string_view message;
  bool own_body = false;  ///< the body is one of the API's own
};

bool is_known(std::int64_t number) {
  switch (number) {
    case code::throttled:
    case code::malformed_authorization:
    case code::no_route:
    case code::authentication_failed:
    case code::not_authorized:
    case code::authentication_error:
    case code::no_such_worker:
    case code::no_such_worker_before:
    case code::internal_error:
    case code::name_in_use:
    case code::no_such_secret:
    case code::newer_version_settings:
    case code::newer_version_secret:
      return true;
    default:
      return false;
  }
}

/// The first error whose code we know, else the first one. Some endpoints put one `code` and
/// `error` at the top instead of the list.
Named named_error(const json::value& document) {
  Named first;
  const auto* errors = list_member(document, "errors");
  first.own_body = bool_member(document, "success") == false || errors != nullptr;
  if (errors) {
    for (const auto& one : *errors) {
      const auto number = int_member(one, "code").value_or(0);
      const Named named{number, text_member(one, "message").value_or(""), true};
      if (is_known(number)) return named;
      if (first.code == 0 && first.message.empty()) first = named;
    }
  }
  if (first.code != 0 || !first.message.empty()) return first;
  if (const auto number = int_member(document, "code")) {
    return {*number, text_member(document, "error").value_or(""), true};
  }
  return first;
}

struct Meaning {
  ErrorKind kind;
  std::string text;
};

constexpr std::string_view not_accepted =
    "Cloudflare does not accept the API token: it is wrong, revoked or expired";

/// A dead token, and one that is for other accounts only, may get the same answer as one without
/// the permission.
std::string lacking(const Purpose& purpose) {
  return "Cloudflare refuses the API token: it is revoked or expired, lacks the permission " +
         purpose.permission + (purpose.effect == net::Effect::Write ? " Write" : " Read") +
         " in the account of accountId, or accountId names the wrong account";
}

/// The words with which 9109 tells a token that nobody has from one that may not do this: wrangler
/// 4, src/user/whoami.ts.
bool says_invalid_token(std::string_view message) {
  return to_lower(message).contains("invalid access token");
}

Meaning meaning_of_code(const Named& named, int status, const Purpose& purpose) {
  switch (named.code) {
    case code::throttled:
      return {ErrorKind::throttled, "Cloudflare limits how often this may be asked"};
    case code::malformed_authorization:
    case code::authentication_failed:
      return {ErrorKind::unauthorized, std::string(not_accepted)};
    case code::not_authorized:
    case code::authentication_error:
      // One code for dead tokens and missing permissions; the status or the message tells which.
      if (status == 401 || says_invalid_token(named.message))
        return {ErrorKind::unauthorized, std::string(not_accepted)};
      return {ErrorKind::forbidden, lacking(purpose)};
    case code::no_such_worker:
    case code::no_such_worker_before:
      return {
          ErrorKind::not_found,
          "there is no such Worker in the account (lockstep never creates one: deploy it first)"};
    case code::no_route:
      return {ErrorKind::invalid,
              "Cloudflare knows no such account: correct accountId of the Credential"};
    case code::internal_error:
      return {ErrorKind::transient, "Cloudflare reports an internal error"};
    case code::name_in_use:
      return {ErrorKind::invalid, "a binding that is not a secret has this name"};
    case code::no_such_secret:
      return {ErrorKind::invalid, "there is no such secret"};
    case code::newer_version_settings:
    case code::newer_version_secret:
      return {ErrorKind::conflict,
              "the Worker's newest version is not deployed: deploy or discard it first "
              "(`wrangler versions deploy`)"};
    default:
      return {ErrorKind::protocol, "the answer proves nothing"};
  }
}

Meaning meaning_of_status(int status, const Named& named, const Purpose& purpose) {
  const auto number = std::to_string(status);
  if (status == 401) return {ErrorKind::unauthorized, std::string(not_accepted)};
  if (status == 403) return {ErrorKind::forbidden, lacking(purpose)};
  if (status == 429) return {ErrorKind::throttled, "Cloudflare limits how often this may be asked"};
  if (status == 408 || status >= 500) {
    return {ErrorKind::transient, "Cloudflare failed with status " + number};
  }
  if (status == 409 && named.own_body) {
    return {ErrorKind::conflict, "someone else is changing the same thing"};
  }
  const bool refused = status >= 400 && status != 404 && named.own_body && named.code != 0;
  if (refused && purpose.effect == net::Effect::Write) {
    return {ErrorKind::invalid, "Cloudflare refuses the request"};
  }
  return {ErrorKind::protocol, "the answer with status " + number + " proves nothing"};
}

Error refusal(const net::Response& response, const Named& named, const Purpose& purpose,
              const Confidential& hidden, Wall now) {
  // A number may be a value, too; those that are known come from Cloudflare's own list.
  const auto number = std::to_string(named.code);
  const bool tells = named.code != 0 && (is_known(named.code) || !hidden.repeated_in(number));
  // A limit is told by its status, whatever code stands beside it.
  auto meaning = is_known(named.code) && response.status != 429
                     ? meaning_of_code(named, response.status, purpose)
                     : meaning_of_status(response.status, named, purpose);
  Error error{.kind = meaning.kind,
              .message = purpose.doing + ": " + meaning.text,
              .remote = hidden.clean(named.own_body ? named.message : view(response.body)),
              .code = tells ? number : "http_" + std::to_string(response.status)};
  if (error.kind == ErrorKind::throttled) {
    set_retry_at(error, response, now, shut_out);
  }
  const bool open = error.kind == ErrorKind::transient || error.kind == ErrorKind::protocol;
  if (open && purpose.effect == net::Effect::Write) error.kind = ErrorKind::outcome_unknown;
  return error;
}

}  // namespace

Result<json::value> read_envelope(const net::Response& response, const Purpose& purpose,
                                  const Confidential& hidden, Wall now) {
  auto document = parse_json(view(response.body));
  const bool good_status = response.status >= 200 && response.status < 300;
  if (document && good_status && bool_member(*document, "success") == true &&
      member(*document, "result") != nullptr) {
    return document;
  }
  const auto named = document ? named_error(*document) : Named{};
  return fail(refusal(response, named, purpose, hidden, now));
}

net::BudgetHint cloudflare_budget(const net::Response& response, Wall now) {
  return hint_of(response, now, shut_out);
}

net::RateRules cloudflare_rate_rules() {
  return {.rules = {{.units = 1100, .window = std::chrono::minutes(5)},
                    {.spacing = std::chrono::milliseconds(10)}},
          .longest_wait = longest_stay_away};
}

Secret bearer(const Secret& token, Confidential& hidden) {
  std::string_view bare = token.expose();
  if (to_lower(bare.substr(0, 7)) == "bearer ") bare = trim(bare.substr(7));
  hidden.add_token(bare, {"cfut_", "cfat_"});
  auto header = to_bytes("Bearer ");
  append(header, bare);
  return Secret(std::move(header));
}

Awaitable<Result<Answer>> get(const Caller& caller, std::string path, Purpose purpose,
                              CallContext context, Values sent) {
  auto preparing = caller.prepare(read_request(std::move(path), purpose.operation), context);
  CO_TRY(auto prepared, co_await std::move(preparing));
  prepared.hidden.add(sent);
  auto sending = caller.send(std::move(prepared.request));
  CO_TRY(const auto response, co_await std::move(sending));
  CO_TRY(auto document, read_envelope(response, purpose, prepared.hidden, caller.clock().wall()));
  co_return Answer{.document = std::move(document), .hidden = std::move(prepared.hidden)};
}

}  // namespace lockstep::providers::cloudflare
