// Taking an answer apart, field by field.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace lockstep::providers {

/// One JSON object inside an answer. A field that is not what it must be is an Error `protocol`
/// that names the answer and the field and quotes nothing. Views stay valid as long as the
/// document does.
class Fields {
 public:
  /// `answer` names the answer for people (`Fly.io's answer to secrets.list`), `path` this object
  /// in it ("" for the whole).
  static Result<Fields> of(const json::value& value, std::string answer, std::string path = {});

  /// Text of at most `limit` bytes that is safe to show as it is: no control or hidden characters.
  Result<std::string_view> text(std::string_view key, std::size_t limit = 256) const;
  /// As `text`; nothing when the field is absent or null.
  Result<std::optional<std::string_view>> maybe_text(std::string_view key,
                                                     std::size_t limit = 256) const;
  /// A time; nothing when the field is absent or null.
  Result<std::optional<Wall>> maybe_time(std::string_view key) const;
  /// A time that must be there.
  Result<Wall> time(std::string_view key) const;
  /// A finite number that must be there.
  Result<double> number(std::string_view key) const;
  /// An object that must be there.
  Result<Fields> object(std::string_view key) const;
  /// An object; nothing when the field is absent or null.
  Result<std::optional<Fields>> maybe_object(std::string_view key) const;
  /// A list of at most `limit` objects that must be there.
  Result<std::vector<Fields>> objects(std::string_view key, std::size_t limit) const;
  /// The member as it is, nullptr when it is absent.
  const json::value* raw(std::string_view key) const { return object_->if_contains(key); }
  /// The Error of a field that is not `wanted` (`text`, `a list`).
  Error misfit(std::string_view key, std::string_view wanted) const;

 private:
  Fields(const json::object& object, std::string answer, std::string path)
      : object_(&object), answer_(std::move(answer)), path_(std::move(path)) {}
  std::string path_to(std::string_view key) const;

  const json::object* object_;
  std::string answer_;
  std::string path_;
};

/// A list of at most `limit` objects that is itself the answer or a part of it.
Result<std::vector<Fields>> objects_in(const json::value& value, const std::string& answer,
                                       const std::string& path, std::size_t limit);

}  // namespace lockstep::providers
