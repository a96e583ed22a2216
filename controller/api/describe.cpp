#include "api/describe.hpp"

namespace lockstep::api {

std::string type_words(const Shape& shape) {
  switch (shape.type) {
    case Shape::Type::text:
      return "string";
    case Shape::Type::boolean:
      return "boolean";
    case Shape::Type::integer:
      return "integer";
    case Shape::Type::duration:
      return "duration";
    case Shape::Type::word:
      return "word";
    case Shape::Type::object:
      return "Object";
    case Shape::Type::list:
      return "list of " + type_words(*shape.items) + "s";
    case Shape::Type::map:
      return "map of string to " + type_words(*shape.items);
  }
  return "";
}

std::int64_t upper_bound(const Options& options, Shape::Type type) {
  return options.max < 0 ? default_max(type) : options.max;
}

std::string default_of(const Field& field, const Object& object) {
  if (!object.defaults || field.options.required) return {};
  return field.show(object.defaults);
}

const Shape& innermost(const Shape& shape) {
  return shape.items ? innermost(*shape.items) : shape;
}

const Object* object_behind(const Shape& shape) {
  const auto& inner = innermost(shape);
  return inner.object ? &inner.object() : nullptr;
}

}  // namespace lockstep::api
