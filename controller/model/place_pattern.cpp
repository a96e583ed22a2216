// Keys of places, and the patterns over them.
#include <array>
#include <ranges>

#include "api/pattern.hpp"
#include "api/place_names.hpp"
#include "base/text.hpp"
#include "base/unicode.hpp"
#include "model/place.hpp"

namespace lockstep {

namespace {

using api::NameRule;
namespace names = api::place_names;

/// What the parts of a key may be, in their order.
std::span<const NameRule* const> parts_of(PlaceKind kind) {
  static constexpr std::array worker = {&names::account, &names::worker};
  static constexpr std::array store = {&names::account, &names::secrets_store};
  static constexpr std::array pages = {&names::account, &names::pages_project,
                                       &names::pages_deployment};
  static constexpr std::array app = {&names::fly_app};
  static constexpr std::array repository = {&names::github_owner, &names::github_name,
                                            &names::github_store};
  static constexpr std::array environment = {&names::github_owner, &names::github_name,
                                             &names::github_environment};
  static constexpr std::array organization = {&names::github_organization, &names::github_store};
  static constexpr std::array platform = {&names::platform_host};
  static constexpr std::array dotenv = {&names::dotenv_path};
  switch (kind) {
    case PlaceKind::cloudflareWorker:
      return worker;
    case PlaceKind::cloudflareSecretsStore:
      return store;
    case PlaceKind::cloudflarePages:
      return pages;
    case PlaceKind::flyApp:
      return app;
    case PlaceKind::githubRepository:
      return repository;
    case PlaceKind::githubEnvironment:
      return environment;
    case PlaceKind::githubOrganization:
      return organization;
    case PlaceKind::platformSettings:
      return platform;
    case PlaceKind::dotenvFile:
      return dotenv;
  }
  return {};
}

/// What would change the meaning of a key, or of a pattern that was copied from one.
bool is_escaped(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '%' || c == '/' || c == '*' || byte < 0x20 || byte == 0x7F;
}

std::string encoded(std::string_view part) {
  std::string out;
  for (const char c : part) out += is_escaped(c) ? percent_encode({&c, 1}) : std::string(1, c);
  return out;
}

/// Takes back what encoded() does and nothing else: any other `%` stands for itself.
std::string decoded(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto high = text[i] == '%' && i + 2 < text.size() ? hex.find(text[i + 1]) : hex.npos;
    const auto low = high != hex.npos ? hex.find(text[i + 2]) : hex.npos;
    const char c = static_cast<char>(high << 4 | low);
    if (low == hex.npos || !is_escaped(c)) {
      out += text[i];
    } else {
      out += c;
      i += 2;
    }
  }
  return out;
}

/// One part of a pattern: the plain texts between its stars.
struct PartPattern {
  std::string written;
  std::vector<std::string> pieces;

  explicit PartPattern(std::string text) : written(std::move(text)) {
    for (const auto& piece : split(written, '*')) pieces.push_back(decoded(piece));
  }
  std::size_t least() const {
    std::size_t out = 0;
    for (const auto& piece : pieces) out += piece.size();
    return out;
  }
  bool fits(std::string_view text, bool folded) const {
    const auto piece = [&](std::size_t i) { return folded ? to_lower(pieces[i]) : pieces[i]; };
    if (pieces.size() == 1) return text == piece(0);
    const auto first = piece(0), last = piece(pieces.size() - 1);
    if (text.size() < first.size() + last.size()) return false;
    if (!text.starts_with(first) || !text.ends_with(last)) return false;
    text = text.substr(first.size(), text.size() - first.size() - last.size());
    for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
      const auto at = text.find(piece(i));
      if (at == std::string_view::npos) return false;
      text.remove_prefix(at + pieces[i].size());
    }
    return true;
  }
  /// Whether any name fits it.
  bool can_fit(const NameRule& rule) const {
    if (pieces.size() == 1 && pieces[0].empty()) return false;
    const auto allowed = api::Pattern::compile(rule.pattern);
    return static_cast<std::int64_t>(least()) <= rule.max && allowed && allowed->meets(pieces);
  }
};

/// A pattern's kind and parts; the last part takes the rest.
struct PlacePattern {
  std::optional<PlaceKind> kind;
  std::vector<PartPattern> parts;
};
PlacePattern parse_pattern(std::string_view text) {
  PlacePattern out;
  const auto pieces = split(text, '/');
  for (const auto kind : place_kinds) {
    if (to_string(kind) == pieces[0]) out.kind = kind;
  }
  if (!out.kind) return out;
  const auto wanted = parts_of(*out.kind).size();
  for (std::size_t i = 1; i < pieces.size() && i <= wanted; ++i) {
    const auto end = i == wanted ? pieces.size() : i + 1;
    const std::span part(pieces.begin() + static_cast<std::ptrdiff_t>(i), end - i);
    out.parts.emplace_back(join(part, "/"));
  }
  return out;
}

}  // namespace

std::string Place::key() const {
  std::string out(to_string(kind));
  for (const auto& part : parts) out += "/" + encoded(part);
  return out;
}

std::string perhaps_one_place(const Place& place) {
  const bool github = provider_name(place.kind) == "github";
  return github ? fold_case(place.key()) : place.key();
}

bool covers(std::string_view pattern, const Place& place) {
  const auto parsed = parse_pattern(pattern);
  if (parsed.kind != place.kind || parsed.parts.size() != place.parts.size()) return false;
  for (std::size_t i = 0; i < parsed.parts.size(); ++i) {
    const bool folded = provider_name(place.kind) == "github" &&
                        (place.kind == PlaceKind::githubEnvironment || i + 1 < place.parts.size());
    if (!parsed.parts[i].fits(place.parts[i], folded)) return false;
  }
  return true;
}

std::optional<std::string> pattern_problem(std::string_view pattern) {
  const auto parsed = parse_pattern(pattern);
  if (!parsed.kind) {
    std::vector<std::string_view> words;
    for (const auto kind : place_kinds) words.push_back(to_string(kind));
    const auto first = pattern.substr(0, pattern.find('/'));
    const auto near = nearest(first, words);
    return "unknown kind of place \"" + std::string(first) + "\"" +
           (near.empty() ? std::string("; write for example flyApp/my-app")
                         : " (did you mean \"" + std::string(near) + "\"?)");
  }
  if (auto hidden = api::hidden_name_problem(pattern)) return hidden;
  const auto rules = parts_of(*parsed.kind);
  if (parsed.parts.size() != rules.size()) {
    return "a " + std::string(to_string(*parsed.kind)) + " pattern has " +
           count(rules.size(), "part") + " after the kind, this one has " +
           std::to_string(parsed.parts.size()) + "; use * for any";
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (parsed.parts[i].can_fit(*rules[i])) continue;
    return "can match nothing at \"" + parsed.parts[i].written +
           "\"; write, with * for any text, " + std::string(rules[i]->hint);
  }
  return std::nullopt;
}

}  // namespace lockstep
