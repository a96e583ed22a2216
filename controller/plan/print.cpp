// Plans as text for people.
#include "plan/print.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "plan/print_rows.hpp"

namespace lockstep::plan {

namespace {

// Where the counts of a header end, and the widest that a column of names or reasons may be.
constexpr std::size_t page_width = 113;
constexpr std::size_t widest_name = 40;
constexpr std::size_t widest_reason = 48;
constexpr std::size_t widest_word = 6;
constexpr std::string_view gap = "   ";

/// How many columns a text takes; every character counts as one.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(std::string_view text, std::size_t width) {
  const auto used = columns(text);
  return std::string(text) + std::string(used < width ? width - used : 0, ' ');
}

std::string_view colour_of(char sign) {
  switch (sign) {
    case '+':
      return "\x1b[32m";
    case '~':
      return "\x1b[33m";
    case '-':
      return "\x1b[31m";
    case '!':
      return "\x1b[35m";
    case '?':
      return "\x1b[36m";
    default:
      return "";
  }
}

/// The widths that line up the headers of all Targets.
struct HeaderWidths {
  std::size_t name = 0;
  std::size_t place = 0;
  std::size_t environment = 0;
};

/// Lays out a list of plans.
class Page {
 public:
  Page(std::span<const TargetPlan> plans, const PrintOptions& options)
      : plans_(plans), options_(options) {
    for (const auto& plan : plans) {
      widths_.name = std::max(widths_.name, columns(harmless(to_string(plan.key))));
      widths_.place = std::max(widths_.place, columns(harmless(plan.place.key())));
      widths_.environment = std::max(widths_.environment, columns(harmless(plan.environment)));
    }
  }

  std::string text() {
    Tally tally{.broken_documents = options_.broken_documents};
    std::string whole;
    bool roomy = false;
    for (const auto& plan : plans_) {
      tally.add(plan);
      auto part = target(plan);
      // What takes one line stands close together; what takes more stands alone.
      const bool long_part = std::ranges::count(part, '\n') > 1;
      if (!whole.empty() && (roomy || long_part)) whole += "\n";
      roomy = long_part;
      whole += part;
    }
    if (plans_.size() > 1) whole += "\n";
    out_ = to_sentence(tally) + "\n";
    approvals();
    return whole + out_;
  }

 private:
  std::string target(const TargetPlan& plan) {
    out_.clear();
    header(plan);
    if (plan.unreadable) {
      unreadable(plan);
    } else {
      body(plan);
    }
    return out_;
  }

  void header(const TargetPlan& plan) {
    auto left = padded(harmless(to_string(plan.key)), widths_.name) + std::string(gap) +
                padded(harmless(plan.place.key()), widths_.place) + std::string(gap) +
                padded(harmless(plan.environment), widths_.environment);
    const auto desired = plan.desired_count();
    const auto in_sync = plan.in_sync_count();
    std::string right = desired == 0 ? "no secrets" : count(desired, "secret");
    if (not_built(plan)) {
      right += ", not built yet";
    } else if (plan.unreadable) {
      right += ", Unknown";
    } else if (desired != 0) {
      right += desired == in_sync ? ", all in sync" : ", " + std::to_string(in_sync) + " in sync";
      const bool presumed = std::ranges::any_of(plan.secrets, [](const auto& row) {
        return row.state == State::InSync && row.certainty == Certainty::presumed;
      });
      if (presumed) right += " (presumed: someone deployed since)";
    }
    const auto page = options_.width > 0 ? static_cast<std::size_t>(options_.width) : page_width;
    const auto used = columns(left) + columns(right) + gap.size();
    left = used <= page ? padded(left, page - columns(right)) : left + std::string(gap);
    out_ += painted(left, "\x1b[1m") + right + "\n";
  }

  void unreadable(const TargetPlan& plan) {
    const auto& error = *plan.unreadable;
    if (not_built(plan)) return gates(plan);
    paragraph("  ? ", harmless("could not be read: " + describe(error)), '?');
    paragraph("    ", "nothing is changed and what is live stays; " + remedy(error, options_.now));
    gates(plan);
  }

  void body(const TargetPlan& plan) {
    gates(plan);
    std::vector<Line> lines;
    std::size_t name = 0;
    std::size_t reason = 0;
    for (const auto& row : plan.secrets) {
      auto line = line_of(plan, row, options_.now);
      if (line.quiet && !options_.all) continue;
      name = std::max(name, columns(line.name));
      if (!line.detail.empty() && columns(line.reason) <= widest_reason) {
        reason = std::max(reason, columns(line.reason));
      }
      lines.push_back(std::move(line));
    }
    name = std::min(name, widest_name);
    for (const auto& line : lines) {
      std::string front = "  " + std::string(1, line.sign) + " " + padded(line.name, name) +
                          std::string(gap) + padded(line.word, widest_word) + std::string(gap);
      const auto text = line.detail.empty()
                            ? line.reason
                            : padded(line.reason, reason) + std::string(gap) + line.detail;
      paragraph(front, text, line.sign);
    }
    if (plan.roll_out) paragraph("  roll-out: ", roll_out_text(*plan.roll_out));
    for (const auto& note : plan.notes) paragraph("  note: ", harmless(note));
  }

  void gates(const TargetPlan& plan) {
    for (const auto& [gate, why] : plan.gates) {
      paragraph("  " + std::string(to_string(gate)) + ": ", harmless(why));
    }
    for (const auto& hold : plan.holds) {
      const auto what = hold.name.empty() ? std::string("all of it") : harmless(hold.name);
      paragraph("  held: ", what + " " + harmless(describe(hold)));
    }
  }

  void approvals() {
    for (const auto& plan : plans_) {
      const auto text = approval_text(plan, plans_.size() == 1);
      if (!text.empty()) out_ += "approval: " + harmless(text) + "\n";
    }
  }

  /// Writes text after `front`, broken between words where a terminal is narrower. The lines that
  /// follow stand below the text; the sign is coloured.
  void paragraph(std::string_view front, std::string_view text, char sign = ' ') {
    const auto indent = columns(front);
    const auto page = static_cast<std::size_t>(std::max(options_.width, 0));
    auto room = page > indent + 20 ? page - indent : std::string_view::npos;
    std::string line(front);
    if (sign != ' ') line.replace(2, 1, painted(std::string(1, sign), colour_of(sign)));
    while (columns(text) > room) {
      const auto end = break_at(text, room);
      if (end == std::string_view::npos) break;
      out_ += line + std::string(text.substr(0, text.find_last_not_of(' ', end) + 1)) + "\n";
      text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ', end)));
      line = std::string(indent, ' ');
    }
    out_ += line + std::string(text) + "\n";
  }

  /// The last blank that leaves at most `room` columns before it; else the first one at all.
  static std::size_t break_at(std::string_view text, std::size_t room) {
    std::size_t best = std::string_view::npos;
    for (auto at = text.find(' '); at != std::string_view::npos; at = text.find(' ', at + 1)) {
      if (best != std::string_view::npos && columns(text.substr(0, at)) > room) break;
      if (text.find_first_not_of(' ', at) != std::string_view::npos) best = at;
    }
    return best;
  }

  std::string painted(const std::string& text, std::string_view colour) const {
    if (!options_.colour || colour.empty()) return text;
    return std::string(colour) + text + "\x1b[0m";
  }

  std::span<const TargetPlan> plans_;
  const PrintOptions& options_;
  HeaderWidths widths_;
  std::string out_;
};

}  // namespace

std::string to_text(std::span<const TargetPlan> plans, const PrintOptions& options) {
  return Page(plans, options).text();
}

}  // namespace lockstep::plan
