// What a value must look like.
#include "api/format.hpp"
#include "api/pattern.hpp"
#include "api/schema_tables.hpp"

namespace lockstep::api {

namespace {

std::optional<std::string> pattern_problem(std::string_view expression) {
  const auto pattern = Pattern::compile(expression);
  if (pattern) return std::nullopt;
  return "is not a usable regular expression: " + pattern.error().message;
}

void inspect_format(Context& c, const Node& n, const Format& format) {
  if (auto problem = impossible_format(format)) c.fail(n.at, std::move(*problem));
}

}  // namespace

template <>
const Object& object_of<UrlFormat>() {
  static constexpr Options scheme{.min = 1,
                                  .max = 32,
                                  .pattern = "^[a-z][a-z0-9+.-]*$",
                                  .hint = "a scheme in lower case, such as https"};
  static constexpr Options schemes{.unique = true, .min = 1, .items = &scheme};
  static constexpr Field fields[] = {field<UrlFormat, &UrlFormat::schemes>(
      "schemes", "The allowed schemes; left out, any.", schemes)};
  static const Object object{.doc = "A URL with a scheme and a host.", .fields = fields};
  return object;
}

template <>
const Object& object_of<EmailFormat>() {
  static constexpr Field fields[] = {
      field<EmailFormat, &EmailFormat::allow_name>("allowName", "Allows `Name <user@host>`, too.")};
  static const Object object{
      .doc = "An email address.", .fields = fields, .defaults = defaults_of<EmailFormat>()};
  return object;
}

template <>
const Object& object_of<EmptyFormat>() {
  static const Object object{.doc = "Takes no fields: write {}.", .fields = {}};
  return object;
}

template <>
const Object& object_of<Format>() {
  using F = Format;
  static constexpr Options length{.max = 65'536};
  static constexpr Options bytes{.min = 1, .max = 32'768};
  static constexpr Options pattern{.min = 1, .max = 1'024, .check = pattern_problem};
  static constexpr Options texts{.unique = true, .min = 1, .items = &limits::some_text};
  static constexpr Field fields[] = {
      field<F, &F::min_length>("minLength", "At least so many bytes.", length),
      field<F, &F::max_length>("maxLength", "At most so many bytes.", length),
      field<F, &F::hex_bytes>("hexBytes", "The hexadecimal digits of so many bytes: twice as many.",
                              bytes),
      field<F, &F::base64_bytes>("base64Bytes", "The padded base64 of so many bytes.", bytes),
      field<F, &F::pattern>("pattern",
                            "A regular expression for the whole value, about bytes, without back "
                            "references, look-around and \\b.",
                            pattern),
      field<F, &F::prefix>("prefix", "One of these texts at the start.", texts),
      field<F, &F::one_of>("oneOf", "Exactly one of these values.", texts),
      field<F, &F::url>("url", "A URL."),
      field<F, &F::email>("email", "An email address."),
      field<F, &F::uuid>("uuid", "A UUID: 36 characters with dashes."),
      field<F, &F::json>("json", "Any JSON text.")};
  static constexpr Rule rules[] = {
      rule<F>("!has(self.minLength) || !has(self.maxLength) || self.minLength <= self.maxLength",
              "minLength is greater than maxLength: no value can hold both",
              [](const F& f) {
                return !f.min_length || !f.max_length || *f.min_length <= *f.max_length;
              }),
      rule<F>("(has(self.hexBytes) ? 1 : 0) + (has(self.base64Bytes) ? 1 : 0) + (has(self.url) ? 1 "
              ": 0) + (has(self.email) ? 1 : 0) + (has(self.uuid) ? 1 : 0) + (has(self.json) ? 1 : "
              "0) <= 1",
              "hexBytes, base64Bytes, url, email, uuid and json exclude each other: keep one",
              [](const F& f) {
                return f.hex_bytes.has_value() + f.base64_bytes.has_value() + f.url.has_value() +
                           f.email.has_value() + f.uuid.has_value() + f.json.has_value() <=
                       1;
              })};
  static const Object object{
      .doc =
          "What a value must look like; all that is given must hold. A value that fails is "
          "Invalid and never written.",
      .fields = fields,
      .rules = rules,
      .inspect = inspect<F, inspect_format>};
  return object;
}

}  // namespace lockstep::api
