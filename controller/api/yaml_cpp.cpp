// The one file that knows yaml-cpp (https://github.com/jbeder/yaml-cpp).
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <istream>
#include <streambuf>

#include "api/yaml_events.hpp"

namespace lockstep::api::yaml {

namespace {

Position position(const YAML::Mark& mark) {
  return {.line = static_cast<std::uint32_t>(mark.line + 1),
          .column = static_cast<std::uint32_t>(mark.column + 1)};
}

/// Reads straight from a view.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    auto* begin = const_cast<char*>(text.data());  // only read: no put area is set
    setg(begin, begin, begin + text.size());
  }
};

class Recorder : public YAML::EventHandler {
 public:
  explicit Recorder(std::size_t most) : most_(most) {}
  std::vector<Event> list;

  void OnDocumentStart(const YAML::Mark& mark) override { add(Event::Kind::document_start, mark); }
  void OnDocumentEnd() override { add(Event::Kind::document_end, {}); }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto& made = add(Event::Kind::null, mark, anchor);
    made.plain = true;
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(Event::Kind::alias, mark, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto& made = add(Event::Kind::scalar, mark, anchor, tag);
    made.plain = tag == "?";
    made.text = value;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    add(Event::Kind::list_start, mark, anchor, tag);
  }
  void OnSequenceEnd() override { add(Event::Kind::list_end, {}); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    add(Event::Kind::map_start, mark, anchor, tag);
  }
  void OnMapEnd() override { add(Event::Kind::map_end, {}); }

 private:
  std::size_t most_;

  Event& add(Event::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor = 0,
             const std::string& tag = {}) {
    if (list.size() > most_) throw YAML::ParserException(mark, "more events than may be");
    Event made;
    made.kind = kind;
    made.at = position(mark);
    made.anchor = static_cast<std::uint32_t>(anchor);
    if (tag != "?" && tag != "!") made.tag = tag;  // these two mean "none": plain and quoted
    return list.emplace_back(std::move(made));
  }
};

}  // namespace

Events read_with_yaml_cpp(std::string_view text, std::size_t most) {
  ViewBuffer buffer(text);
  std::istream in(&buffer);
  Recorder recorder(most);
  Events out;
  try {
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(recorder)) {
    }
  } catch (const YAML::Exception& e) {
    // Its words may quote the text: only the place is kept.
    out.at = position(e.mark);
    out.error = "not YAML for every reader";
  }
  out.list = std::move(recorder.list);
  return out;
}

}  // namespace lockstep::api::yaml
