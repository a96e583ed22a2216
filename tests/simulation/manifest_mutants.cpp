#include "simulation/manifest_mutants.hpp"

#include <functional>
#include <stdexcept>

#include "api/node.hpp"

namespace lockstep::simulation {

namespace {

using api::Entry;
using api::Node;

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

/// As YAML in flow style, with doubled keys and all.
std::string written(const Node& node) {
  std::string out;
  switch (node.kind) {
    case Node::Kind::null:
      return "null";
    case Node::Kind::boolean:
    case Node::Kind::number:
      return node.text;
    case Node::Kind::string:
      return quoted(node.text);
    case Node::Kind::list:
      for (const auto& item : node.items) out += (out.empty() ? "" : ", ") + written(item);
      return "[" + out + "]";
    case Node::Kind::map:
      for (const auto& [key, at, is_text, value] : node.entries) {
        out += (out.empty() ? "" : ", ") + quoted(key) + ": " + written(value);
      }
      return "{" + out + "}";
  }
  return out;
}

std::string misspelt(std::string text) {
  if (text.size() < 2) return text + "x";
  std::swap(text[text.size() - 1], text[text.size() - 2]);
  return text[text.size() - 1] == text[text.size() - 2] ? text + "x" : text;
}

Node retyped(const Node& node) {
  Node out;
  if (node.kind == Node::Kind::list || node.kind == Node::Kind::map) {
    out.kind = Node::Kind::string;
    out.text = "text";
  } else {
    out.kind = Node::Kind::list;
    out.items = {node};
  }
  return out;
}

class Maker {
 public:
  explicit Maker(std::vector<Node> documents) : documents_(std::move(documents)) {}

  std::vector<Mutant> run() {
    for (std::size_t i = 0; i < documents_.size(); ++i) {
      visit(documents_[i], nullptr, std::to_string(i + 1) + " ");
    }
    return std::move(out_);
  }

 private:
  void tell(const std::string& path, std::string_view change) {
    std::string text;
    for (const auto& document : documents_) text += "---\n" + written(document) + "\n";
    out_.push_back({.what = path + " " + std::string(change), .text = std::move(text)});
  }

  /// Changes the map while `change` is told, and puts it back.
  void with(Node& map, const std::string& path, std::string_view what,
            const std::function<void(Node&)>& change) {
    const auto before = map;
    change(map);
    tell(path, what);
    map = before;
  }

  void visit(Node& node, Node* above, const std::string& path) {
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      visit(node.items[i], &node, path + "[" + std::to_string(i) + "]");
    }
    for (std::size_t i = 0; i < node.entries.size(); ++i) {
      const auto here = path + (path.ends_with(' ') ? "" : ".") + node.entries[i].key;
      field(node, above, i, here);
      visit(node.entries[i].value, &node, here);
    }
  }

  void field(Node& map, Node* above, std::size_t i, const std::string& path) {
    const auto entry = map.entries[i];
    const auto nth = [i](Node& m) -> Entry& { return m.entries[i]; };
    with(map, path, "dropped", [&](Node& m) { m.entries.erase(m.entries.begin() + i); });
    with(map, path, "doubled", [&](Node& m) { m.entries.push_back(entry); });
    with(map, path, "misspelt", [&](Node& m) { nth(m).key = misspelt(entry.key); });
    with(map, path, "of another type", [&](Node& m) { nth(m).value = retyped(entry.value); });
    if (entry.value.kind == Node::Kind::string) {
      with(map, path, "with a misspelt text",
           [&](Node& m) { nth(m).value.text = misspelt(entry.value.text); });
    }
    lower(map, i, path);
    if (above && above->kind == Node::Kind::map) higher(map, *above, i, path);
  }

  void lower(Node& map, std::size_t i, const std::string& path) {
    for (std::size_t k = 0; k < map.entries.size(); ++k) {
      if (k == i || map.entries[k].value.kind != Node::Kind::map) continue;
      with(map, path, "moved into " + map.entries[k].key, [&](Node& m) {
        m.entries[k].value.entries.push_back(m.entries[i]);
        m.entries.erase(m.entries.begin() + i);
      });
    }
  }

  void higher(Node& map, Node& above, std::size_t i, const std::string& path) {
    const auto before = map.entries;
    const auto outer = above.entries.size();
    const auto entry = before[i];
    map.entries.erase(map.entries.begin() + i);
    // Appending may move `map`, which lies in `above`: it is not touched until both are put back.
    auto copy = above;
    copy.entries.push_back(entry);
    std::swap(above, copy);
    tell(path, "moved a level higher");
    std::swap(above, copy);
    map.entries = before;
    if (above.entries.size() != outer) throw std::logic_error("a mutant was not put back");
  }

  std::vector<Node> documents_;
  std::vector<Mutant> out_;
};

}  // namespace

std::vector<Mutant> mutants_of(const std::string& text) {
  auto parsed = api::parse_yaml("mutants.yaml", text);
  if (!parsed.problems.empty()) throw std::logic_error("the documents themselves do not parse");
  return Maker(std::move(parsed.documents)).run();
}

}  // namespace lockstep::simulation
