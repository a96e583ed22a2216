// The README's table of what lockstep can do where is the capability table, in words.
#include <gtest/gtest.h>

#include <string>

#include "base/files.hpp"
#include "model/place.hpp"

namespace lockstep {
namespace {

constexpr std::string_view begin = "<!-- support table -->\n";
constexpr std::string_view end = "<!-- end of the support table -->";

std::string size_words(PlaceKind kind) {
  const auto size = std::to_string(max_value_bytes(kind) / 1024) + " KiB";
  return capabilities_of(kind).utf8_only ? size + ", UTF-8" : size + ", any bytes";
}

std::string roll_out_words(const Capabilities& can) {
  if (can.roll_out) return "yes, with the grant `RollOut`";
  return can.staged ? "no" : "not needed";
}

std::string row(PlaceKind kind) {
  const auto& can = capabilities_of(kind);
  const auto word = "| `" + std::string(to_string(kind)) + "` | ";
  if (!can.built) return word + "not built yet: `Unsupported` | | | | | | |\n";
  const auto most = can.max_names == 0 ? "no documented limit" : std::to_string(can.max_names);
  return word + "yes | by `" + std::string(to_string(can.certainty)) + "` | " +
         (can.staged ? "yes" : "no") + " | " +
         roll_out_words(can) + " | " +
         (can.attributes ? "told, and when" : "not told") + " | " + size_words(kind) + " | " +
         most + "; " + std::to_string(can.max_changes) + " |\n";
}

std::string table() {
  std::string out =
      "| place | created, updated, deleted | a change is detected, at best | staged | rolled out "
      "by lockstep | who changed it | largest value | names; changes in a pass |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (int i = 0; i <= static_cast<int>(PlaceKind::dotenvFile); ++i) {
    out += row(static_cast<PlaceKind>(i));
  }
  return out;
}

TEST(SupportTable, OfTheReadmeIsMadeOfTheCapabilities) {
  const auto bytes = make_system_files()->read(Path(LOCKSTEP_SOURCE_DIR) / "README.md", 1 << 20);
  ASSERT_TRUE(bytes);
  const auto readme = view(*bytes);
  const auto from = readme.find(begin);
  const auto to = readme.find(end);
  ASSERT_TRUE(from != std::string_view::npos && to != std::string_view::npos && from < to)
      << "README.md lacks the lines that enclose the table";
  const auto there = readme.substr(from + begin.size(), to - from - begin.size());
  EXPECT_TRUE(there == table()) << "README.md says otherwise than capabilities_of(). Put this "
                                   "between the lines that enclose the table:\n"
                                << table();
}

}  // namespace
}  // namespace lockstep
