#include "api/crds.hpp"

#include <array>

#include "api/describe.hpp"
#include "api/kind_table.hpp"
#include "base/text.hpp"

namespace lockstep::api {

namespace {

/// A rule runs for every item of the lists around it, and the API server refuses a CRD whose rules
/// could cost too much by its estimate
/// (https://kubernetes.io/docs/reference/using-api/cel/#resource-constraints). Rules of parts that
/// may occur more often than this are left to the controller, which checks all of them anyway.
constexpr std::int64_t max_occurrences = 200'000;

/// Writes YAML line by line.
class Writer {
 public:
  void line(std::string_view key, std::string_view value = {}) {
    out_.append(depth_ * 2, ' ').append(key);
    if (!value.empty()) out_.append(" ").append(value);
    out_ += '\n';
  }
  void number(std::string_view key, std::int64_t value) { line(key, std::to_string(value)); }
  /// Indents while it lives.
  class Indent {
   public:
    explicit Indent(Writer& writer) : writer_(writer) { ++writer_.depth_; }
    ~Indent() { --writer_.depth_; }
    Indent(const Indent&) = delete;
    Indent& operator=(const Indent&) = delete;

   private:
    Writer& writer_;
  };
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::size_t depth_ = 0;
};

void write_shape(Writer& w, const Shape& shape, const Options& options, std::int64_t occurrences);

void write_text(Writer& w, const Options& o) {
  if (o.number_too) {
    w.line("x-kubernetes-int-or-string:", "true");
  } else {
    w.line("type:", "string");
    if (o.min > 0) w.number("minLength:", o.min);
    w.number("maxLength:", upper_bound(o, Shape::Type::text));
  }
  if (!o.pattern.empty()) w.line("pattern:", in_quotes(o.pattern));
}

void write_duration(Writer& w, const Options& o) {
  w.line("type:", "string");
  w.line("maxLength:", "7");
  w.line("pattern:", in_quotes(o.pattern.empty() ? duration_pattern : o.pattern));
}

void write_words(Writer& w, std::span<const std::string_view> words) {
  w.line("type:", "string");
  w.line("enum:");
  for (const auto word : words) w.line("-", in_quotes(word));
}

void write_rule(Writer& w, std::string_view cel, std::string_view message) {
  w.line("- rule:", in_quotes(cel));
  w.line("  message:", in_quotes(message));
}

std::string choice_rule(const Object& object) {
  std::string sum;
  for (const auto& field : object.fields) {
    if (!field.options.choice) continue;
    sum += (sum.empty() ? "(has(self." : " + (has(self.") + std::string(field.name) + ") ? 1 : 0)";
  }
  return sum + (object.choice_required ? " == 1" : " <= 1");
}

void write_field(Writer& w, const Field& field, const Object& parent, std::int64_t occurrences) {
  w.line(std::string(field.name) + ":");
  const Writer::Indent indent(w);
  w.line("description:", in_quotes(field.doc));
  write_shape(w, *field.shape, field.options, occurrences);
  if (const auto value = default_of(field, parent); !value.empty()) w.line("default:", value);
}

void write_rules(Writer& w, const Object& object, bool immutable, std::int64_t occurrences) {
  const bool chosen = !object.choice.empty();
  const bool affordable = occurrences <= max_occurrences;
  if (!immutable && (!affordable || (object.rules.empty() && !chosen))) return;
  w.line("x-kubernetes-validations:");
  if (immutable) write_rule(w, "self == oldSelf", "cannot be changed: make a new document");
  if (!affordable) return;
  if (chosen) {
    write_rule(w, choice_rule(object),
               (object.choice_required ? "needs exactly one " : "takes at most one ") +
                   std::string(object.choice));
  }
  for (const auto& rule : object.rules) write_rule(w, rule.cel, rule.message);
}

void write_object(Writer& w, const Object& object, const Options& options,
                  std::int64_t occurrences) {
  w.line("type:", "object");
  std::vector<std::string_view> required;
  for (const auto& field : object.fields) {
    if (field.options.required) required.push_back(field.name);
  }
  if (!required.empty()) {
    w.line("required:");
    for (const auto name : required) w.line("-", name);
  }
  if (!object.fields.empty()) {
    w.line("properties:");
    const Writer::Indent indent(w);
    for (const auto& field : object.fields) write_field(w, field, object, occurrences);
  }
  write_rules(w, object, options.immutable, occurrences);
}

void write_shape(Writer& w, const Shape& shape, const Options& options, std::int64_t occurrences) {
  const Options& items = options.items ? *options.items : Options{};
  const auto many = upper_bound(options, shape.type);
  switch (shape.type) {
    case Shape::Type::text:
      return write_text(w, options);
    case Shape::Type::duration:
      return write_duration(w, options);
    case Shape::Type::word:
      return write_words(w, shape.words());
    case Shape::Type::object:
      return write_object(w, shape.object(), options, occurrences);
    case Shape::Type::boolean:
      return w.line("type:", "boolean");
    case Shape::Type::integer:
      w.line("type:", "integer");
      w.line("format:", "int64");
      w.number("minimum:", options.min);
      if (options.max >= 0) w.number("maximum:", options.max);
      return;
    case Shape::Type::list:
      w.line("type:", "array");
      if (options.min > 0) w.number("minItems:", options.min);
      w.number("maxItems:", many);
      if (options.unique) w.line("x-kubernetes-list-type:", "set");
      w.line("items:");
      break;
    case Shape::Type::map:
      w.line("type:", "object");
      if (options.min > 0) w.number("minProperties:", options.min);
      w.number("maxProperties:", many);
      w.line("additionalProperties:");
      break;
  }
  const Writer::Indent indent(w);
  write_shape(w, *shape.items, items, occurrences * many);
}

struct Column {
  std::string_view name, type, path;
};
constexpr std::string_view ready = ".status.conditions[?(@.type==\"Ready\")].status";
constexpr std::array target_columns = {
    Column{"READY", "string", ready},
    Column{"ENVIRONMENT", "string", ".spec.environmentRef.name"},
    Column{"PLACE", "string", ".status.place"},
    Column{"IN-SYNC", "string", ".status.inSync"},
    Column{"DRIFT", "string", ".status.conditions[?(@.type==\"Drifted\")].status"},
    Column{"LAST OBSERVED", "date", ".status.lastObserved"},
    Column{"AGE", "date", ".metadata.creationTimestamp"}};
constexpr std::array environment_columns = {Column{"READY", "string", ready},
                                            Column{"APPROVAL", "string", ".spec.approval"},
                                            Column{"AGE", "date", ".metadata.creationTimestamp"}};
constexpr std::array other_columns = {Column{"READY", "string", ready},
                                      Column{"AGE", "date", ".metadata.creationTimestamp"}};

std::span<const Column> columns_of(std::string_view kind) {
  if (kind == "Target") return target_columns;
  if (kind == "Environment") return environment_columns;
  return other_columns;
}

/// kstatus conditions; everything else in a status is a summary that a release may extend.
constexpr std::string_view status_schema = R"(          status:
            description: "What lockstep last saw and did; a summary that can be rebuilt."
            type: object
            x-kubernetes-preserve-unknown-fields: true
            properties:
              observedGeneration:
                description: "The generation that the last settled outcome is about."
                type: integer
                format: int64
              conditions:
                description: "Ready, Reconciling, Stalled, Drifted, AwaitingApproval."
                type: array
                maxItems: 16
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys:
                - type
                items:
                  type: object
                  required: [type, status, reason, message, lastTransitionTime]
                  properties:
                    type: {type: string, maxLength: 316}
                    status: {type: string, enum: ["True", "False", "Unknown"]}
                    reason: {type: string, maxLength: 1024}
                    message: {type: string, maxLength: 32768}
                    lastTransitionTime: {type: string, format: date-time}
                    observedGeneration: {type: integer, format: int64, minimum: 0}
)";

std::string head_of(const KindInfo& kind) {
  const std::string plural(kind.plural), name(kind.name), host(group);
  std::string out = "# Written by `lockstep crds`; do not edit.\n";
  out += "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n";
  out += "  name: " + plural + "." + host + "\nspec:\n  group: " + host + "\n  scope: Namespaced\n";
  out += "  names:\n    kind: " + name + "\n    listKind: " + name + "List\n    plural: " + plural;
  out += "\n    singular: " + to_lower(name) + "\n    categories: [lockstep]\n    shortNames: [";
  out += std::string(kind.short_name) + "]\n  versions:\n  - name: v1alpha1\n    served: true\n";
  out += "    storage: true\n    subresources:\n      status: {}\n    additionalPrinterColumns:\n";
  for (const auto& column : columns_of(kind.name)) {
    out += "    - name: " + std::string(column.name) + "\n      type: " + std::string(column.type);
    out += "\n      jsonPath: '" + std::string(column.path) + "'\n";
  }
  return out;
}

std::string crd_of(const KindInfo& kind) {
  const auto& spec = kind.spec();
  Writer w;
  const Writer::Indent a(w), b(w), c(w), d(w), e(w);
  w.line("spec:");
  {
    const Writer::Indent f(w);
    write_shape(w, Shape{.type = Shape::Type::object, .object = kind.spec}, {}, 1);
  }
  std::string out = head_of(kind);
  out += "    schema:\n      openAPIV3Schema:\n        description: " + in_quotes(spec.doc) + "\n";
  out += "        type: object\n        required: [spec]\n        properties:\n";
  out += "          apiVersion: {type: string}\n          kind: {type: string}\n";
  out += "          metadata: {type: object}\n";
  return out + w.take() + std::string(status_schema);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> crds() {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& kind : kinds) {
    out.emplace_back(std::string(kind.plural) + "." + std::string(group) + ".yaml", crd_of(kind));
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace lockstep::api
