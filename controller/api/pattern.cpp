// From the text of an expression to the steps of the machine (pattern_match.cpp).
#include "api/pattern.hpp"

#include <charconv>
#include <memory>
#include <optional>
#include <string>

namespace lockstep::api {

namespace {

using Bytes = std::bitset<256>;
using Step = Pattern::Step;
constexpr std::size_t max_steps = 2'000;
constexpr std::size_t max_groups = 50;
constexpr unsigned unbounded = ~0U;

struct Tree;
using TreePtr = std::unique_ptr<Tree>;
/// An expression as it was written.
struct Tree {
  enum class Kind : std::uint8_t { empty, bytes, sequence, choice, repeat, at_start, at_end };
  Kind kind = Kind::empty;
  Bytes bytes;
  std::vector<TreePtr> parts;
  unsigned least = 0;
  unsigned most = 0;
};
TreePtr make(Tree::Kind kind) {
  auto tree = std::make_unique<Tree>();
  tree->kind = kind;
  return tree;
}

Bytes range(unsigned char from, unsigned char to) {
  Bytes out;
  for (unsigned c = from; c <= to; ++c) out.set(c);
  return out;
}
Bytes one(char c) {
  return range(static_cast<unsigned char>(c), static_cast<unsigned char>(c));
}

/// `\d`, `\w`, `\s` and their opposites.
std::optional<Bytes> class_escape(char c) {
  const auto digits = range('0', '9');
  const auto words = digits | range('a', 'z') | range('A', 'Z') | one('_');
  const auto blanks = range('\t', '\r') | one(' ');
  switch (c) {
    case 'd':
      return digits;
    case 'D':
      return ~digits;
    case 'w':
      return words;
    case 'W':
      return ~words;
    case 's':
      return blanks;
    case 'S':
      return ~blanks;
    default:
      return std::nullopt;
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}
  Result<TreePtr> parse() {
    auto tree = choice();
    if (error_.empty() && at_ < text_.size()) error_ = "a `)` without its `(`: write `\\)`";
    if (!error_.empty()) return fail(ErrorKind::invalid, error_);
    return tree;
  }

 private:
  bool more() const { return at_ < text_.size() && error_.empty(); }
  bool skip(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  TreePtr refuse(std::string why) {
    if (error_.empty()) error_ = std::move(why);
    return make(Tree::Kind::empty);
  }
  TreePtr choice();
  TreePtr sequence();
  TreePtr repeated();
  TreePtr atom();
  TreePtr group();
  TreePtr brackets();
  Bytes escape();
  std::optional<unsigned> number();
  bool count(unsigned& least, unsigned& most);

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::string error_;
};

TreePtr Parser::choice() {
  auto out = make(Tree::Kind::choice);
  do {
    out->parts.push_back(sequence());
  } while (more() && skip("|"));
  return out->parts.size() == 1 ? std::move(out->parts[0]) : std::move(out);
}

TreePtr Parser::sequence() {
  auto out = make(Tree::Kind::sequence);
  while (more() && text_[at_] != '|' && text_[at_] != ')') out->parts.push_back(repeated());
  return out;
}

std::optional<unsigned> Parser::number() {
  unsigned out = 0;
  const auto [end, ec] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), out);
  if (ec != std::errc() || out > max_steps) return std::nullopt;
  at_ = static_cast<std::size_t>(end - text_.data());
  return out;
}

/// Reads `*`, `+`, `?` or `{n,m}`; false when there is none.
bool Parser::count(unsigned& least, unsigned& most) {
  least = 0;
  most = unbounded;
  if (skip("*")) return true;
  if (skip("+")) return least = 1, true;
  if (skip("?")) return most = 1, true;
  if (!skip("{")) return false;
  const auto low = number();
  std::optional<unsigned> high = low;
  if (low && skip(",")) high = text_.substr(at_).starts_with("}") ? unbounded : number();
  if (!low || !high || *high < *low || !skip("}")) {
    refuse("a count must be {n}, {n,} or {n,m} with n <= m <= 2000: write `\\{` for the character");
    return false;
  }
  least = *low;
  most = *high;
  return true;
}

TreePtr Parser::repeated() {
  auto inner = atom();
  unsigned least = 0, most = 0;
  if (!more() || !count(least, most)) return inner;
  skip("?");  // lazy or not makes no difference for a whole match
  auto out = make(Tree::Kind::repeat);
  out->least = least;
  out->most = most;
  out->parts.push_back(std::move(inner));
  if (more() && std::string_view("*+?{").contains(text_[at_])) {
    return refuse("two counts in a row: put the inner one in a group");
  }
  return out;
}

TreePtr Parser::group() {
  if (skip("?") && !skip(":")) {
    return refuse("look-around, named groups and flags are not supported: use plain groups");
  }
  if (++depth_ > max_groups) return refuse("more than 50 groups inside each other");
  auto inner = choice();
  --depth_;
  if (error_.empty() && !skip(")")) return refuse("a `(` without its `)`: write `\\(`");
  return inner;
}

TreePtr Parser::atom() {
  const char c = text_[at_++];
  if (c == '(') return group();
  if (c == '[') return brackets();
  if (c == '^') return make(Tree::Kind::at_start);
  if (c == '$') return make(Tree::Kind::at_end);
  if (std::string_view("*+?{").contains(c)) return refuse("a count with nothing before it");
  auto out = make(Tree::Kind::bytes);
  out->bytes = c == '.' ? ~(one('\n') | one('\r')) : c == '\\' ? escape() : one(c);
  return out;
}

/// What follows a backslash.
Bytes Parser::escape() {
  if (!more()) return refuse("a backslash at the end")->bytes;
  const char c = text_[at_++];
  if (const auto known = class_escape(c)) return *known;
  switch (c) {
    case 'n':
      return one('\n');
    case 'r':
      return one('\r');
    case 't':
      return one('\t');
    case 'f':
      return one('\f');
    case 'v':
      return one('\v');
    case 'x': {
      unsigned char code = 0;
      const auto* from = text_.data() + at_;
      if (text_.size() - at_ < 2 || std::from_chars(from, from + 2, code, 16).ptr != from + 2) {
        return refuse("`\\x` needs two hexadecimal digits")->bytes;
      }
      at_ += 2;
      return range(code, code);
    }
    default:
      break;
  }
  if ((class_escape('w').value() & one(c)).any()) {
    return refuse("the escape `\\" + std::string(1, c) +
                  "` is not supported (no back references, no \\b, no \\u)")
        ->bytes;
  }
  return one(c);
}

TreePtr Parser::brackets() {
  const bool negated = skip("^");
  auto out = make(Tree::Kind::bytes);
  while (error_.empty()) {
    if (at_ >= text_.size()) return refuse("a `[` without its `]`: write `\\[`");
    const char c = text_[at_++];
    if (c == ']') break;
    const auto low = c == '\\' ? escape() : one(c);
    const bool ranged =
        low.count() == 1 && text_.size() - at_ >= 2 && text_[at_] == '-' && text_[at_ + 1] != ']';
    if (!ranged) {
      out->bytes |= low;
      continue;
    }
    ++at_;
    const char to = text_[at_++];
    const auto high = to == '\\' ? escape() : one(to);
    const auto first = low._Find_first(), last = high._Find_first();
    if (high.count() != 1 || last < first) return refuse("a range in `[...]` must rise, as in a-z");
    out->bytes |= range(static_cast<unsigned char>(first), static_cast<unsigned char>(last));
  }
  if (negated) out->bytes.flip();
  return out;
}

/// Writes the steps of a tree; stops growing at the bound.
class Compiler {
 public:
  std::vector<Step> steps;
  /// Also after much work for few steps: `((){2000}){2000}` writes nothing four million times.
  bool full() const { return steps.size() > max_steps || emitted_ > 10 * max_steps; }

  void emit(const Tree& tree);
  std::uint32_t add(Step::Kind kind) {
    const auto at = static_cast<std::uint32_t>(steps.size());
    steps.push_back({.kind = kind, .next = at + 1, .other = at + 1, .bytes = {}});
    return at;
  }

 private:
  std::uint32_t here() const { return static_cast<std::uint32_t>(steps.size()); }
  void choice(const Tree& tree);
  void repeat(const Tree& tree);

  std::size_t emitted_ = 0;
};

void Compiler::choice(const Tree& tree) {
  std::vector<std::uint32_t> ends;
  for (std::size_t i = 0; i + 1 < tree.parts.size() && !full(); ++i) {
    const auto split = add(Step::Kind::split);
    emit(*tree.parts[i]);
    ends.push_back(add(Step::Kind::jump));
    steps[split].other = here();
  }
  emit(*tree.parts.back());
  for (const auto end : ends) steps[end].next = here();
}

void Compiler::repeat(const Tree& tree) {
  for (unsigned i = 0; i < tree.least && !full(); ++i) emit(*tree.parts[0]);
  if (tree.most == unbounded) {
    const auto split = add(Step::Kind::split);
    emit(*tree.parts[0]);
    steps[add(Step::Kind::jump)].next = split;
    steps[split].other = here();
    return;
  }
  std::vector<std::uint32_t> splits;
  for (unsigned i = tree.least; i < tree.most && !full(); ++i) {
    splits.push_back(add(Step::Kind::split));
    emit(*tree.parts[0]);
  }
  for (const auto split : splits) steps[split].other = here();
}

void Compiler::emit(const Tree& tree) {
  if (full()) return;
  ++emitted_;
  switch (tree.kind) {
    case Tree::Kind::empty:
      return;
    case Tree::Kind::bytes:
      steps[add(Step::Kind::bytes)].bytes = tree.bytes;
      return;
    case Tree::Kind::at_start:
      add(Step::Kind::at_start);
      return;
    case Tree::Kind::at_end:
      add(Step::Kind::at_end);
      return;
    case Tree::Kind::sequence:
      for (const auto& part : tree.parts) emit(*part);
      return;
    case Tree::Kind::choice:
      return choice(tree);
    case Tree::Kind::repeat:
      return repeat(tree);
  }
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view expression) {
  TRY(const auto tree, Parser(expression).parse());
  Compiler compiler;
  compiler.emit(*tree);
  compiler.add(Step::Kind::match);
  if (compiler.full()) {
    return fail(ErrorKind::invalid, "too large: its counts write out to more than 2000 steps");
  }
  Pattern out;
  out.steps_ = std::move(compiler.steps);
  return out;
}

}  // namespace lockstep::api
