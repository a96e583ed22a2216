// Pike's machine: all the places in the expression that the text read so far could have led to, at
// once (https://swtch.com/~rsc/regexp/regexp2.html).
#include <algorithm>
#include <set>

#include "api/pattern.hpp"

namespace lockstep::api {

namespace {

using Step = Pattern::Step;

/// The steps a text could be at, each once. `todo` is the reused worklist of what leads on.
class Threads {
 public:
  explicit Threads(const std::vector<Step>& steps) : steps_(steps), seen_(steps.size()) {}
  std::vector<std::uint32_t> waiting;  ///< at a step that reads a byte
  bool matched = false;

  void clear() {
    std::fill(seen_.begin(), seen_.end(), false);
    waiting.clear();
    matched = false;
  }
  /// Follows everything that reads nothing.
  void add(std::uint32_t start, bool at_start, bool at_end) {
    todo_.push_back(start);
    while (!todo_.empty()) {
      const auto at = todo_.back();
      todo_.pop_back();
      if (seen_[at]) continue;
      seen_[at] = true;
      const auto& step = steps_[at];
      switch (step.kind) {
        case Step::Kind::bytes:
          waiting.push_back(at);
          break;
        case Step::Kind::split:
          todo_.push_back(step.other);
          [[fallthrough]];
        case Step::Kind::jump:
          todo_.push_back(step.next);
          break;
        case Step::Kind::at_start:
          if (at_start) todo_.push_back(step.next);
          break;
        case Step::Kind::at_end:
          if (at_end) todo_.push_back(step.next);
          break;
        case Step::Kind::match:
          matched = true;
          break;
      }
    }
  }

 private:
  const std::vector<Step>& steps_;
  std::vector<bool> seen_;
  std::vector<std::uint32_t> todo_;
};

}  // namespace

bool Pattern::matches(std::string_view text) const {
  Threads now(steps_), next(steps_);
  now.add(0, true, text.empty());
  for (std::size_t i = 0; i < text.size(); ++i) {
    next.clear();
    const auto byte = static_cast<unsigned char>(text[i]);
    for (const auto at : now.waiting) {
      if (steps_[at].bytes[byte]) next.add(steps_[at].next, false, i + 1 == text.size());
    }
    if (next.waiting.empty() && !next.matched) return false;
    std::swap(now.waiting, next.waiting);
    std::swap(now.matched, next.matched);
  }
  return now.matched;
}

namespace {

/// Where all texts could be that a glob allows up to some point of it.
class Meeting {
 public:
  explicit Meeting(const std::vector<Step>& steps) : steps_(steps), threads_(steps) {}

  void read(char c) {
    at_ = after([byte = static_cast<unsigned char>(c)](const auto& bytes) { return bytes[byte]; });
    empty_ = false;
  }
  /// Any number of any bytes.
  void read_star() {
    for (std::size_t before = at_.size() + 1; before != at_.size();) {
      before = at_.size();
      at_.merge(after([](const auto& bytes) { return bytes.any(); }));
    }
  }
  bool ends() {
    follow(true);
    return threads_.matched;
  }

 private:
  void follow(bool at_end) {
    threads_.clear();
    if (empty_) threads_.add(0, true, at_end);
    for (const auto at : at_) threads_.add(at, false, at_end);
  }
  template <class Allows>
  std::set<std::uint32_t> after(Allows allows) {
    follow(false);
    std::set<std::uint32_t> out;
    for (const auto at : threads_.waiting) {
      if (allows(steps_[at].bytes)) out.insert(steps_[at].next);
    }
    return out;
  }

  const std::vector<Step>& steps_;
  Threads threads_;
  bool empty_ = true;  ///< the text may still be empty
  std::set<std::uint32_t> at_;
};

}  // namespace

bool Pattern::meets(std::span<const std::string> pieces) const {
  Meeting meeting(steps_);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) meeting.read_star();
    for (const char c : pieces[i]) meeting.read(c);
  }
  return meeting.ends();
}

}  // namespace lockstep::api
