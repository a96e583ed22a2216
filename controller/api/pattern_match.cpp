// Pike's machine: all the places in the expression that the text read so far could have led to, at
// once (https://swtch.com/~rsc/regexp/regexp2.html).
#include <algorithm>

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

}  // namespace lockstep::api
