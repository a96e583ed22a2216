// YAML text to Node trees: the text itself, two readers compared, aliases expanded within bounds.
#include <map>
#include <optional>

#include "api/load.hpp"
#include "api/node.hpp"
#include "api/yaml_events.hpp"
#include "base/json.hpp"

namespace lockstep::api {

namespace {

using yaml::Event;

struct Fault {
  Position at;
  std::string text;
};

Position position_of_byte(std::string_view text, std::size_t offset) {
  Position at{.line = 1, .column = 1};
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++at.line;
      at.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++at.column;
    }
  }
  return at;
}

/// The first line that holds bytes which are not UTF-8. A line feed ends any broken sequence.
Position first_broken_line(std::string_view text) {
  std::size_t start = 0;
  while (start < text.size()) {
    const auto end = std::min(text.find('\n', start), text.size());
    if (!is_utf8(text.substr(start, end - start))) break;
    start = end + 1;
  }
  return position_of_byte(text, start);
}

std::optional<Fault> encoding_fault(std::string_view text) {
  if (text.starts_with("\xFE\xFF") || text.starts_with("\xFF\xFE")) {
    return Fault{{1, 1}, "the text is UTF-16 or UTF-32: save it as UTF-8"};
  }
  if (text.size() > max_text_bytes) {
    return Fault{{0, 0}, "more than 16 MiB of text: split the file"};
  }
  if (!is_utf8(text)) {
    return Fault{first_broken_line(text), "this line is not UTF-8: save the file as UTF-8"};
  }
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return Fault{position_of_byte(text, nul),
                 "a NUL byte: this is not a text file, or UTF-16; "
                 "save it as UTF-8"};
  }
  return std::nullopt;
}

/// yaml-cpp has no text for null: `~`, `null` and nothing at all are one event.
void fold_null(Event& event) {
  if (event.kind != Event::Kind::scalar || !event.plain || !event.tag.empty()) return;
  if (kind_of_plain(event.text) != Node::Kind::null) return;
  event.kind = Event::Kind::null;
  event.text.clear();
}

bool same(const Event& a, const Event& b) {
  // A tag hides from yaml-cpp's events whether the scalar was quoted; tags are refused anyway.
  const bool plain = a.plain == b.plain || !a.tag.empty();
  return a.kind == b.kind && a.text == b.text && plain && a.anchor == b.anchor && a.tag == b.tag;
}

constexpr std::string_view parted =
    "two YAML readers understand the text differently from here on, so nobody can know what it "
    "says: write this part more plainly (close every quote, keep keys on one line)";

/// Keeps libyaml's positions (characters, as editors count) in yaml-cpp's events.
std::optional<Fault> compare(yaml::Events& made, yaml::Events& check) {
  for (std::size_t i = 0; i < check.list.size() || i < made.list.size(); ++i) {
    if (i == check.list.size()) return Fault{made.list[i].at, std::string(parted)};
    fold_null(check.list[i]);
    if (i == made.list.size()) {
      const auto at = made.error.empty() ? check.list[i].at : made.at;
      return Fault{at, std::string(parted)};
    }
    fold_null(made.list[i]);
    if (!same(made.list[i], check.list[i])) return Fault{check.list[i].at, std::string(parted)};
    made.list[i].at = check.list[i].at;
  }
  if (!made.error.empty()) return Fault{made.at, std::string(parted)};
  return std::nullopt;
}

struct Size {
  std::size_t nodes = 0;
  std::size_t bytes = 0;
  std::size_t depth = 0;
};
Size size_of(const Node& node) {
  Size size{.nodes = 1, .bytes = node.text.size(), .depth = 1};
  const auto add = [&](const Node& child) {
    const auto inner = size_of(child);
    size.nodes += inner.nodes;
    size.bytes += inner.bytes;
    size.depth = std::max(size.depth, inner.depth + 1);
  };
  for (const auto& item : node.items) add(item);
  for (const auto& entry : node.entries) {
    size.bytes += entry.key.size();
    add(entry.value);
  }
  return size;
}

/// Turns the events of one document into its tree. The whole tree is bounded, aliases included.
class Builder {
 public:
  Builder(const std::vector<Event>& events, std::size_t next) : events_(events), next_(next) {}

  /// The tree, or the first fault. Ends behind the document's last event.
  Node build() {
    Node root = value(1);
    return root;
  }
  std::size_t next() const { return next_; }
  const std::optional<Fault>& fault() const { return fault_; }

 private:
  void fail(Position at, std::string text) {
    if (!fault_) fault_ = Fault{at, std::move(text)};
  }
  Node value(std::size_t depth);
  Node repeat(const Event& event, std::size_t depth);
  void members(Node& node, std::size_t depth);
  void spend(Position at, std::size_t nodes, std::size_t bytes);

  const std::vector<Event>& events_;
  std::size_t next_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
  std::map<std::uint32_t, Node> anchors_;
  std::optional<Fault> fault_;
};

void Builder::spend(Position at, std::size_t nodes, std::size_t bytes) {
  nodes_ += nodes;
  bytes_ += bytes;
  if (nodes_ > max_nodes || bytes_ > max_expanded_bytes) {
    fail(at, "the document grows beyond " + std::to_string(max_nodes) +
                 " values or 4 MiB when its aliases are expanded: write fewer aliases");
  }
}

Node Builder::repeat(const Event& event, std::size_t depth) {
  const auto found = anchors_.find(event.anchor);
  if (found == anchors_.end()) {
    fail(event.at, "an alias inside the value it repeats has no end: write the value out");
    return {};
  }
  const auto size = size_of(found->second);
  spend(event.at, size.nodes, size.bytes);
  if (depth + size.depth > max_depth + 1) {
    fail(event.at, "nested deeper than " + std::to_string(max_depth) + " levels with its aliases");
  }
  return fault_ ? Node{} : found->second;
}

void Builder::members(Node& node, std::size_t depth) {
  while (!fault_ && events_[next_].kind != Event::Kind::map_end) {
    const auto& key = events_[next_++];
    const bool scalar = key.kind == Event::Kind::scalar || key.kind == Event::Kind::null;
    if (!scalar || key.anchor != 0) return fail(key.at, "a key must be plain text");
    if (!key.tag.empty()) return fail(key.at, "YAML tags are not supported: remove it");
    if (key.plain && key.text == "<<") {
      return fail(key.at, "YAML merge keys are not supported: write the fields out");
    }
    spend(key.at, 0, key.text.size());
    const bool text = !key.plain || kind_of_plain(key.text) == Node::Kind::string;
    auto child = value(depth + 1);
    node.entries.push_back(
        {.key = key.text, .at = key.at, .key_is_text = text, .value = std::move(child)});
  }
}

Node Builder::value(std::size_t depth) {
  const auto& event = events_[next_++];
  if (event.kind == Event::Kind::alias) return repeat(event, depth);
  Node node;
  node.at = event.at;
  node.plain = event.plain;
  node.text = event.text;
  spend(event.at, 1, event.text.size());
  if (!event.tag.empty()) fail(event.at, "YAML tags are not supported: remove it");
  if (fault_) return node;
  if (event.kind == Event::Kind::scalar) {
    node.kind = event.plain ? kind_of_plain(event.text) : Node::Kind::string;
  } else if (event.kind == Event::Kind::list_start) {
    node.kind = Node::Kind::list;
    while (!fault_ && events_[next_].kind != Event::Kind::list_end) {
      node.items.push_back(value(depth + 1));
    }
    ++next_;
  } else if (event.kind == Event::Kind::map_start) {
    node.kind = Node::Kind::map;
    members(node, depth);
    ++next_;
  }
  if (event.anchor != 0) anchors_[event.anchor] = node;
  return node;
}

ParsedText refused(std::string_view file, Fault fault) {
  ParsedText out;
  out.problems.push_back({.at = {std::string(file), fault.at.line, fault.at.column},
                          .path = "",
                          .text = std::move(fault.text)});
  return out;
}

}  // namespace

ParsedText parse_yaml(std::string_view file, std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (auto fault = encoding_fault(text)) return refused(file, std::move(*fault));
  // libyaml goes first: it refuses what yaml-cpp silently accepts, and it is bounded.
  auto check = yaml::read_with_libyaml(text);
  if (!check.error.empty()) return refused(file, {check.at, check.error});
  auto made = yaml::read_with_yaml_cpp(text, check.list.size());
  if (auto fault = compare(made, check)) return refused(file, std::move(*fault));
  check.list.clear();

  ParsedText out;
  for (std::size_t next = 0; next < made.list.size();) {
    Builder builder(made.list, next + 1);
    auto root = builder.build();
    if (builder.fault()) return refused(file, *builder.fault());
    next = builder.next() + 1;
    if (root.kind != Node::Kind::null) out.documents.push_back(std::move(root));
  }
  return out;
}

}  // namespace lockstep::api
