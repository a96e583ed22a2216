#include "api/credential_like.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace lockstep::api {

namespace {

struct Prefix {
  std::string_view text;
  std::size_t rest;  ///< at least so many characters after it: short prefixes start words, too
  std::string_view owner;
};

// After GitHub's "Supported secret scanning patterns"
// (https://docs.github.com/en/code-security/secret-scanning) and the providers' own pages.
constexpr std::array prefixes = {
    Prefix{"sk_live_", 4, "a Stripe key"},
    Prefix{"sk_test_", 4, "a Stripe key"},
    Prefix{"rk_live_", 4, "a Stripe key"},
    Prefix{"rk_test_", 4, "a Stripe key"},
    Prefix{"whsec_", 4, "a webhook secret"},
    Prefix{"ghp_", 4, "a GitHub token"},
    Prefix{"gho_", 4, "a GitHub token"},
    Prefix{"ghs_", 4, "a GitHub token"},
    Prefix{"ghu_", 4, "a GitHub token"},
    Prefix{"ghr_", 4, "a GitHub token"},
    Prefix{"github_pat_", 4, "a GitHub token"},
    Prefix{"glpat-", 4, "a GitLab token"},
    Prefix{"xoxb-", 4, "a Slack token"},
    Prefix{"xoxp-", 4, "a Slack token"},
    Prefix{"xoxa-", 4, "a Slack token"},
    Prefix{"xoxr-", 4, "a Slack token"},
    Prefix{"xoxe-", 4, "a Slack token"},
    Prefix{"xoxe.", 4, "a Slack token"},
    Prefix{"xapp-", 4, "a Slack token"},
    Prefix{"AKIA", 16, "an AWS access key"},
    Prefix{"ASIA", 16, "an AWS access key"},
    Prefix{"AIza", 20, "a Google API key"},
    Prefix{"re_", 16, "a Resend key"},
    Prefix{"napi_", 8, "a Neon key"},
    Prefix{"fm2_", 4, "a Fly.io token"},
    Prefix{"fm1r_", 4, "a Fly.io token"},
    Prefix{"fm1a_", 4, "a Fly.io token"},
    Prefix{"FlyV1 ", 1, "a Fly.io token"},
    Prefix{"fo1_", 8, "a Fly.io token"},
    Prefix{"sk-ant-", 4, "an Anthropic key"},
    Prefix{"sk-proj-", 4, "an OpenAI key"},
    Prefix{"sk-", 20, "an API key"},
    Prefix{"npm_", 16, "an npm token"},
    Prefix{"pypi-", 16, "a PyPI token"},
    Prefix{"hf_", 16, "a Hugging Face token"},
    Prefix{"pplx-", 16, "a Perplexity key"},
    Prefix{"SG.", 16, "a SendGrid key"},
    Prefix{"dop_v1_", 8, "a DigitalOcean token"},
    Prefix{"shpat_", 8, "a Shopify token"},
    Prefix{"hvs.", 8, "a Vault token"},
    Prefix{"AGE-SECRET-KEY-", 4, "an age key"},
    Prefix{"Bearer ", 8, "a bearer token"},
    Prefix{"Basic ", 8, "a basic authorization"},
};

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_token(char c) {
  return is_lower(c) || is_upper(c) || is_digit(c) || std::string_view("+/_-=").contains(c);
}

/// Three base64url parts, the first of which encodes `{"`.
bool is_jwt(std::string_view text) {
  const auto start = text.find("eyJ");
  if (start == std::string_view::npos) return false;
  std::size_t dots = 0, part = 0;
  for (const char c : text.substr(start)) {
    if (c == '.' && part >= 4) {
      ++dots;
      part = 0;
    } else if (is_token(c)) {
      ++part;
    } else {
      break;
    }
  }
  return dots >= 2;
}

bool has_url_password(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return false;
  auto authority = text.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?# "));
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return false;
  const auto colon = authority.find(':');
  return colon != std::string_view::npos && colon + 1 < at;
}

template <class Is>
std::size_t longest_run(std::string_view text, Is is) {
  std::size_t best = 0, run = 0;
  for (const char c : text) {
    run = is(c) ? run + 1 : 0;
    best = std::max(best, run);
  }
  return best;
}

bool is_uuid(std::string_view text) {
  return text.size() == 36 && std::ranges::count(text, '-') == 4 &&
         std::ranges::all_of(text, [](char c) { return is_hex(c) || c == '-'; });
}

double bits_per_character(std::string_view text) {
  std::array<std::size_t, 256> seen{};
  for (const unsigned char c : text) ++seen[c];
  double bits = 0;
  for (const auto n : seen) {
    if (n == 0) continue;
    const double share = static_cast<double>(n) / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

/// Random text has many different characters and changes between letters, capitals and digits all
/// the time; names made of words (`prod-stream-aigw`, `getElementById`) do not.
bool is_random(std::string_view run) {
  if (run.size() < 20 || is_uuid(run)) return false;
  std::size_t changes = 0;
  for (std::size_t i = 1; i < run.size(); ++i) {
    const char a = run[i - 1], b = run[i];
    const bool letter_digit = (is_digit(a) && (is_lower(b) || is_upper(b))) ||
                              (is_digit(b) && (is_lower(a) || is_upper(a)));
    if (letter_digit || (is_lower(a) && is_upper(b))) ++changes;
  }
  // Long camelCase comes near a change every five characters, but seldom holds a digit.
  const bool digit = std::ranges::any_of(run, is_digit);
  return changes * (digit ? 5 : 4) >= run.size() && bits_per_character(run) >= 3.5;
}

bool has_random_run(std::string_view text) {
  for (std::size_t start = 0; start < text.size();) {
    std::size_t end = start;
    while (end < text.size() && is_token(text[end])) ++end;
    if (is_random(text.substr(start, end - start))) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

std::optional<std::string> looks_like_credential(std::string_view text) {
  for (const auto& prefix : prefixes) {
    if (text.starts_with(prefix.text) && text.size() >= prefix.text.size() + prefix.rest) {
      return "it starts like " + std::string(prefix.owner);
    }
  }
  if (text.contains("-----BEGIN ")) return "it holds a PEM block";
  if (is_jwt(text)) return "it is a JSON Web Token";
  if (has_url_password(text)) return "it is a URL with a password";
  if (longest_run(text, is_hex) >= 32) return "it holds 32 or more hexadecimal digits";
  if (has_random_run(text)) return "it holds 20 or more random-looking characters";
  return std::nullopt;
}

}  // namespace lockstep::api
