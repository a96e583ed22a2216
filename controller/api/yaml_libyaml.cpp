// The one file that knows libyaml (https://pyyaml.org/wiki/LibYAML).
#include <yaml.h>

#include <map>

#include "api/load.hpp"
#include "api/node.hpp"
#include "api/yaml_events.hpp"

namespace lockstep::api::yaml {

namespace {

Position position(const yaml_mark_t& mark) {
  return {.line = static_cast<std::uint32_t>(mark.line + 1),
          .column = static_cast<std::uint32_t>(mark.column + 1)};
}
std::string to_text(const yaml_char_t* text) {
  return text ? reinterpret_cast<const char*>(text) : std::string();
}

/// Byte offsets of libyaml's marks, which count characters. Asked in rising order.
class ByteOffsets {
 public:
  explicit ByteOffsets(std::string_view text) : text_(text) {}
  std::size_t of(std::size_t character) {
    for (; character_ < character && byte_ < text_.size(); ++character_) {
      do {
        ++byte_;
      } while (byte_ < text_.size() && (static_cast<unsigned char>(text_[byte_]) & 0xC0) == 0x80);
    }
    return byte_;
  }

 private:
  std::string_view text_;
  std::size_t character_ = 0;
  std::size_t byte_ = 0;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), offsets_(text) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~Reader() { yaml_parser_delete(&parser_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Events read() {
    for (bool more = true; more && out_.error.empty();) {
      yaml_event_t event;
      if (!yaml_parser_parse(&parser_, &event)) {
        syntax_error();
        break;
      }
      more = event.type != YAML_STREAM_END_EVENT;
      take(event);
      yaml_event_delete(&event);
    }
    return std::move(out_);
  }

 private:
  void fail(const yaml_mark_t& mark, std::string text) {
    out_.at = position(mark);
    out_.error = std::move(text);
  }
  void syntax_error();
  void take(const yaml_event_t& event);
  void document_end(const yaml_event_t& event);
  Event& add(Event::Kind kind, const yaml_event_t& event);
  void properties(Event& made, const yaml_char_t* anchor, const yaml_char_t* tag);
  void open(Event::Kind kind, const yaml_event_t& event, const yaml_char_t* anchor,
            const yaml_char_t* tag);

  std::string_view text_;
  ByteOffsets offsets_;
  yaml_parser_t parser_{};
  Events out_;
  std::map<std::string, std::uint32_t> anchors_;
  std::uint32_t last_anchor_ = 0;
  std::size_t depth_ = 0;
  std::size_t documents_ = 0;
  std::size_t document_start_ = 0;
};

void Reader::syntax_error() {
  const auto& mark = parser_.problem_mark;
  const auto line_start =
      text_.rfind('\n', offsets_.of(mark.index) ? offsets_.of(mark.index) - 1 : 0);
  const auto line = text_.substr(line_start == std::string_view::npos ? 0 : line_start + 1);
  const auto indent = line.substr(0, line.find_first_not_of(" \t"));
  if (indent.find('\t') != std::string_view::npos) {
    return fail(mark, "a tab cannot indent YAML: use spaces");
  }
  std::string text = "not YAML: ";
  text += parser_.problem ? parser_.problem : "it cannot be read";
  if (parser_.context) {
    text += std::string(" ") + parser_.context + " that starts on line " +
            std::to_string(parser_.context_mark.line + 1);
  }
  fail(mark, text + " (look for a missing quote, a wrong indentation or a missing \": \")");
}

Event& Reader::add(Event::Kind kind, const yaml_event_t& event) {
  Event made;
  made.kind = kind;
  made.at = position(event.start_mark);
  return out_.list.emplace_back(std::move(made));
}

void Reader::properties(Event& made, const yaml_char_t* anchor, const yaml_char_t* tag) {
  made.tag = to_text(tag);
  if (anchor) anchors_[to_text(anchor)] = made.anchor = ++last_anchor_;
}

void Reader::open(Event::Kind kind, const yaml_event_t& event, const yaml_char_t* anchor,
                  const yaml_char_t* tag) {
  properties(add(kind, event), anchor, tag);
  if (++depth_ > max_depth) {
    fail(event.start_mark, "nested deeper than " + std::to_string(max_depth) +
                               " levels: no document of lockstep needs that");
  }
}

void Reader::document_end(const yaml_event_t& event) {
  add(Event::Kind::document_end, event);
  const auto end = offsets_.of(event.start_mark.index);
  if (end - document_start_ > max_document_bytes) {
    fail(event.start_mark, "a document of more than 1 MiB: split it into several");
  }
  document_start_ = end;
}

void Reader::take(const yaml_event_t& event) {
  switch (event.type) {
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
      return;
    case YAML_DOCUMENT_START_EVENT:
      anchors_.clear();
      last_anchor_ = 0;
      add(Event::Kind::document_start, event);
      if (++documents_ > max_documents) {
        fail(event.start_mark, "more than " + std::to_string(max_documents) +
                                   " documents in one file: split it into several");
      }
      return;
    case YAML_DOCUMENT_END_EVENT:
      return document_end(event);
    case YAML_ALIAS_EVENT: {
      const auto known = anchors_.find(to_text(event.data.alias.anchor));
      add(Event::Kind::alias, event).anchor = known == anchors_.end() ? 0 : known->second;
      if (known == anchors_.end()) {
        fail(event.start_mark,
             "an alias without its anchor: write `&name` at the value it repeats, "
             "or quote a text that starts with `*`");
      }
      return;
    }
    case YAML_SCALAR_EVENT: {
      const auto& data = event.data.scalar;
      auto& made = add(Event::Kind::scalar, event);
      properties(made, data.anchor, data.tag);
      made.plain = data.style == YAML_PLAIN_SCALAR_STYLE;
      made.text.assign(reinterpret_cast<const char*>(data.value), data.length);
      return;
    }
    case YAML_SEQUENCE_START_EVENT:
      return open(Event::Kind::list_start, event, event.data.sequence_start.anchor,
                  event.data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
      return open(Event::Kind::map_start, event, event.data.mapping_start.anchor,
                  event.data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
      --depth_;
      add(Event::Kind::list_end, event);
      return;
    case YAML_MAPPING_END_EVENT:
      --depth_;
      add(Event::Kind::map_end, event);
      return;
  }
}

}  // namespace

Events read_with_libyaml(std::string_view text) {
  return Reader(text).read();
}

}  // namespace lockstep::api::yaml
