#include "providers/common/fields.hpp"

#include <cmath>

namespace lockstep::providers {

namespace {

Error not_understood(const std::string& answer, const std::string& path, std::string_view wanted) {
  return {.kind = ErrorKind::protocol,
          .message = answer + " was not understood: " + (path.empty() ? "the whole" : path) +
                     " is not " + std::string(wanted)};
}

bool safe_to_show(std::string_view text, std::size_t limit) {
  return text.size() <= limit && RemoteText::from(text, {}, limit).text() == text;
}

}  // namespace

Result<Fields> Fields::of(const json::value& value, std::string answer, std::string path) {
  const auto* object = value.if_object();
  if (!object) return fail(not_understood(answer, path, "an object"));
  return Fields(*object, std::move(answer), std::move(path));
}

std::string Fields::path_to(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

Error Fields::misfit(std::string_view key, std::string_view wanted) const {
  return not_understood(answer_, path_to(key), wanted);
}

Result<std::string_view> Fields::text(std::string_view key, std::size_t limit) const {
  TRY(const auto found, maybe_text(key, limit));
  if (!found) return fail(misfit(key, "there"));
  return *found;
}

Result<std::optional<std::string_view>> Fields::maybe_text(std::string_view key,
                                                           std::size_t limit) const {
  const auto* found = raw(key);
  if (!found || found->is_null()) return std::nullopt;
  const auto* text = found->if_string();
  if (!text || !safe_to_show(*text, limit)) return fail(misfit(key, "plain text"));
  return std::string_view(*text);
}

Result<std::optional<Wall>> Fields::maybe_time(std::string_view key) const {
  TRY(const auto text, maybe_text(key, 64));
  if (!text) return std::nullopt;
  const auto when = parse_rfc3339(*text);
  if (!when) return fail(misfit(key, "a time"));
  return when;
}

Result<Wall> Fields::time(std::string_view key) const {
  TRY(const auto when, maybe_time(key));
  if (!when) return fail(misfit(key, "there"));
  return *when;
}

Result<double> Fields::number(std::string_view key) const {
  const auto* found = raw(key);
  if (!found || !found->is_number()) return fail(misfit(key, "a number"));
  const auto number = found->to_number<double>();
  if (!std::isfinite(number)) return fail(misfit(key, "a number"));
  return number;
}

Result<Fields> Fields::object(std::string_view key) const {
  const auto* found = raw(key);
  if (!found) return fail(misfit(key, "there"));
  return of(*found, answer_, path_to(key));
}

Result<std::optional<Fields>> Fields::maybe_object(std::string_view key) const {
  const auto* found = raw(key);
  if (!found || found->is_null()) return std::nullopt;
  TRY(auto fields, of(*found, answer_, path_to(key)));
  return std::optional(std::move(fields));
}

Result<std::vector<Fields>> Fields::objects(std::string_view key, std::size_t limit) const {
  const auto* found = raw(key);
  if (!found) return fail(misfit(key, "there"));
  return objects_in(*found, answer_, path_to(key), limit);
}

Result<std::vector<Fields>> objects_in(const json::value& value, const std::string& answer,
                                       const std::string& path, std::size_t limit) {
  const auto* list = value.if_array();
  if (!list) return fail(not_understood(answer, path, "a list"));
  if (list->size() > limit) {
    return fail(not_understood(answer, path, "a list of at most " + std::to_string(limit)));
  }
  std::vector<Fields> out;
  for (std::size_t i = 0; i < list->size(); ++i) {
    TRY(auto one, Fields::of((*list)[i], answer, path + "[" + std::to_string(i) + "]"));
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace lockstep::providers
