// JSON text to a Node tree. Boost.JSON's parser drives our own handler: its tree would forget
// repeated keys.
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>

#include "api/load.hpp"
#include "api/node.hpp"

namespace lockstep::api {

namespace {

using boost::json::error_code;
using boost::json::string_view;

struct Handler {
  static constexpr std::size_t max_object_size = max_nodes;
  static constexpr std::size_t max_array_size = max_nodes;
  static constexpr std::size_t max_key_size = max_document_bytes;
  static constexpr std::size_t max_string_size = max_document_bytes;

  Node root;
  std::vector<Node*> open;  ///< the containers around the next value
  std::string text;         ///< of the scalar or key being read
  std::size_t nodes = 0;

  Node* place(Node::Kind kind) {
    ++nodes;
    if (open.empty()) {
      root.kind = kind;
      return &root;
    }
    Node& parent = *open.back();
    Node* made = &(parent.kind == Node::Kind::list ? parent.items.emplace_back()
                                                   : parent.entries.back().value);
    made->kind = kind;
    return made;
  }
  bool scalar(Node::Kind kind, string_view rest, error_code& ec) {
    text.append(rest.data(), rest.size());
    place(kind)->text = std::exchange(text, {});
    if (nodes > max_nodes) ec = boost::json::error::array_too_large;
    return !ec;
  }
  bool begin(Node::Kind kind) {
    open.push_back(place(kind));
    return true;
  }
  bool end() {
    open.pop_back();
    return true;
  }
  bool part(string_view piece) {
    text.append(piece.data(), piece.size());
    return true;
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return begin(Node::Kind::list); }
  bool on_array_end(std::size_t, error_code&) { return end(); }
  bool on_object_begin(error_code&) { return begin(Node::Kind::map); }
  bool on_object_end(std::size_t, error_code&) { return end(); }
  bool on_string_part(string_view s, std::size_t, error_code&) { return part(s); }
  bool on_string(string_view s, std::size_t, error_code& ec) {
    return scalar(Node::Kind::string, s, ec);
  }
  bool on_key_part(string_view s, std::size_t, error_code&) { return part(s); }
  bool on_key(string_view s, std::size_t, error_code&) {
    part(s);
    Entry entry;
    entry.key = std::exchange(text, {});
    open.back()->entries.push_back(std::move(entry));
    return true;
  }
  bool on_number_part(string_view s, error_code&) { return part(s); }
  bool on_int64(std::int64_t, string_view s, error_code& ec) {
    return scalar(Node::Kind::number, s, ec);
  }
  bool on_uint64(std::uint64_t, string_view s, error_code& ec) {
    return scalar(Node::Kind::number, s, ec);
  }
  bool on_double(double, string_view s, error_code& ec) {
    return scalar(Node::Kind::number, s, ec);
  }
  bool on_bool(bool b, error_code& ec) {
    return scalar(Node::Kind::boolean, b ? "true" : "false", ec);
  }
  bool on_null(error_code& ec) { return scalar(Node::Kind::null, "", ec); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

}  // namespace

ParsedText parse_json_text(std::string_view name, std::string_view text) {
  ParsedText out;
  const auto refuse = [&](std::string why) {
    out.problems.push_back({.at = {.file = std::string(name)}, .path = "", .text = std::move(why)});
    return std::move(out);
  };
  if (text.size() > max_document_bytes) return refuse("more than 1 MiB of JSON");
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::basic_parser<Handler> parser(options);
  error_code ec;
  const auto used = parser.write_some(false, text.data(), text.size(), ec);
  if (ec) return refuse("not JSON: " + ec.message() + " at byte " + std::to_string(used));
  if (text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) {
    return refuse("not JSON: text after the end, at byte " + std::to_string(used));
  }
  out.documents.push_back(std::move(parser.handler().root));
  return out;
}

}  // namespace lockstep::api
