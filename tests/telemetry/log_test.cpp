#include "telemetry/log.hpp"

#include "base/json.hpp"
#include "support/sim.hpp"
#include "telemetry/log_line.hpp"

namespace lockstep {
namespace {

const Wall at = std::chrono::sys_days(std::chrono::year(2026) / 1 / 15) + std::chrono::hours(10) +
                std::chrono::milliseconds(7);

std::string text_line(std::string_view event, std::vector<LogField> fields) {
  return log_line(LogFormat::text, at, LogLevel::info, event, fields);
}
std::string json_line(std::string_view event, std::vector<LogField> fields) {
  return log_line(LogFormat::json, at, LogLevel::info, event, fields);
}

/// Whether a terminal could take any byte of it for a command, or show another order of letters.
bool steers_a_terminal(std::string_view line) {
  for (const unsigned char c : line) {
    if (c < 0x20 || c == 0x7F) return true;
  }
  return line.contains("\xC2\x9B") || line.contains("\xE2\x80\xAE");
}

TEST(LogLine, TextIsReadableAndFieldsKeepTheirOrder) {
  EXPECT_EQ(text_line("secret written",
                      {{"target", "cms/cms-production"}, {"name", "API_KEY"}, {"attempt", 3}}),
            "2026-01-15T10:00:00.007Z info    secret written target=cms/cms-production "
            "name=API_KEY attempt=3");
}

TEST(LogLine, TextQuotesWhatIsNotOneWord) {
  EXPECT_EQ(text_line("x", {{"a", "two words"}, {"b", ""}, {"c", "k=v"}, {"d", R"(say "hi" \)"}}),
            R"(2026-01-15T10:00:00.007Z info    x a="two words" b="" c="k=v" d="say \"hi\" \\")");
}

TEST(LogLine, LevelsHaveNames) {
  for (auto [level, word] : {std::pair{LogLevel::debug, " debug   e"},
                             {LogLevel::info, " info    e"},
                             {LogLevel::warning, " warning e"},
                             {LogLevel::error, " error   e"}}) {
    EXPECT_TRUE(log_line(LogFormat::text, at, level, "e", {}).ends_with(word)) << word;
  }
}

TEST(LogLine, JsonGivesBackWhatWasLogged) {
  const std::string odd = "tab\t quote\" back\\ newline\n bell\a del\x7F é 😀";
  const auto line = json_line("secret written", {{"name", odd}, {"bytes", 48}, {"n", -1}});
  const auto parsed = parse_json(line);
  ASSERT_TRUE(parsed) << line;
  EXPECT_EQ(text_member(*parsed, "time"), "2026-01-15T10:00:00.007Z");
  EXPECT_EQ(text_member(*parsed, "level"), "info");
  EXPECT_EQ(text_member(*parsed, "event"), "secret written");
  EXPECT_EQ(text_member(*parsed, "name"), odd);
  EXPECT_EQ(int_member(*parsed, "bytes"), 48);
  EXPECT_EQ(int_member(*parsed, "n"), -1);
}

// S4: text of others cannot forge a second line, colour a terminal or reorder what is read.
TEST(LogLine, S4HostileFieldsStayOneHarmlessLine) {
  const std::string hostile =
      "x\n2026-01-15T10:00:00.000Z info fake\r\x1b[2J\x1b]0;owned\x07 \xC2\x9B"
      "31m \xE2\x80\xAE"
      "txt"
      "\xF3\xA0\x81\x81 \xFF\xC0";
  for (const auto& line :
       {text_line("e", {{"k", hostile}}), json_line("e", {{"k", hostile}}),
        text_line(hostile, {{hostile, "v"}}), json_line(hostile, {{hostile, "v"}})}) {
    EXPECT_FALSE(steers_a_terminal(line)) << line;
    EXPECT_TRUE(is_utf8(line)) << line;
    EXPECT_TRUE(line.contains("\\u001b[2J")) << line;
    EXPECT_TRUE(line.contains("\\u202e")) << line;
    EXPECT_TRUE(line.contains("\\udb40\\udc41")) << "the tag character: " << line;
    EXPECT_TRUE(line.contains("\\ufffd\\ufffd")) << "the stray bytes: " << line;
  }
}

TEST(RecordingLog, AppendsOneLineAnEventAtTheClocksTime) {
  testing::Simulation sim;
  std::string out;
  const auto log = make_recording_log(sim.clock(), out);
  log->info("started");
  log->error("failed", {{"why", "x\ny"}});
  sim.jump_wall(std::chrono::hours(1));
  log->warning("late");
  EXPECT_EQ(out,
            "2026-01-01T00:00:00.000Z info    started\n"
            "2026-01-01T00:00:00.000Z error   failed why=\"x\\u000ay\"\n"
            "2026-01-01T01:00:00.000Z warning late\n");
}

TEST(EventLog, WritesWholeLinesToStandardErrorFromItsLevelOn) {
  testing::Simulation sim;
  ::testing::internal::CaptureStderr();
  {
    const auto log = make_event_log(sim.clock(), LogFormat::text, LogLevel::info);
    log->write(LogLevel::debug, "not shown", {});
    log->info("braces {} and %s and %v stay", {{"k", "{0}"}});
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "2026-01-01T00:00:00.000Z info    \"braces {} and %s and %v stay\" k=\"{0}\"\n");
}

TEST(EventLog, WritesJsonLines) {
  testing::Simulation sim;
  ::testing::internal::CaptureStderr();
  make_event_log(sim.clock(), LogFormat::json, LogLevel::debug)->info("up", {{"port", 8080}});
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "{\"time\":\"2026-01-01T00:00:00.000Z\",\"level\":\"info\",\"event\":\"up\",\"port\":"
            "8080}\n");
}

TEST(SilentLog, WritesNothing) {
  ::testing::internal::CaptureStderr();
  make_silent_log()->error("nobody hears this");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace lockstep
