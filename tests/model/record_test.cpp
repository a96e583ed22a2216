#include "model/record.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace lockstep {
namespace {

Wall any_time() {
  // 1970 to 2200, nanoseconds and all.
  return Wall(Nanos(*rc::gen::inRange<std::int64_t>(0, 7'258'118'400'000'000'000)));
}
std::optional<Wall> maybe_time() {
  if (!*rc::gen::arbitrary<bool>()) return std::nullopt;
  return any_time();
}
std::vector<Wall> times() {
  std::vector<Wall> out(*rc::gen::inRange<std::size_t>(0, 4));
  for (auto& when : out) when = any_time();
  return out;
}
/// Any Unicode text: what JSON can carry.
std::string any_text() {
  static const std::vector<std::string> pieces = {
      "a", "Z_9", "\"", "\\", "\n", std::string(1, '\0'), "é", "\u2028", "😀", "/", "%2F", "\x7f"};
  std::string out;
  const auto chosen = *rc::gen::container<std::vector<std::size_t>>(
      rc::gen::inRange<std::size_t>(0, pieces.size()));
  for (const auto i : chosen) out += pieces[i];
  return out;
}
bool any_bool() {
  return *rc::gen::arbitrary<bool>();
}
PlaceEvidence any_evidence() {
  return {.event = any_text(), .version = any_text()};
}

Intent any_intent() {
  return {.remove = any_bool(),
          .fingerprint = any_text(),
          .attempt = any_text(),
          .started = any_time(),
          .was_there = any_bool(),
          .token_before = any_text(),
          .updated_before = maybe_time(),
          .place_before = any_evidence()};
}

NameRecord any_name() {
  NameRecord out{.origin = static_cast<Origin>(*rc::gen::inRange(0, 3)),
                 .fingerprint = any_text(),
                 .token = any_text(),
                 .updated_at = maybe_time(),
                 .presumed = any_bool(),
                 .written = any_bool(),
                 .claimant = any_text(),
                 .compromised_only = any_bool(),
                 .first_seen = maybe_time(),
                 .written_at = maybe_time(),
                 .value_since = maybe_time(),
                 .drift_since = maybe_time(),
                 .drift_state = static_cast<State>(*rc::gen::inRange(0, 13)),
                 .drift_by = any_text(),
                 .undesired_since = maybe_time(),
                 .repairs = times(),
                 .contested = any_bool(),
                 .staged = any_bool(),
                 .intent = {}};
  if (any_bool()) out.intent = any_intent();
  if (any_bool()) out.may_be_of = std::vector<std::string>{any_text(), any_text()};
  return out;
}

PlaceRecord any_record() {
  PlaceRecord out;
  out.incumbent = any_text();
  if (any_bool()) out.selecting_sets = std::vector<std::string>{any_text()};
  out.evidence = any_evidence();
  out.presumed = any_bool();
  out.seen = any_evidence();
  out.seen_names = {any_text(), any_text()};
  out.seen_taken = {{any_text(), any_text()}};
  out.machines = {any_text()};
  out.deletions = times();
  out.names_at_window_start = *rc::gen::arbitrary<std::uint64_t>();
  out.repairs = times();
  out.contested = any_bool();
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) out.names[any_text()] = any_name();
  out.sequence = *rc::gen::arbitrary<std::uint64_t>();
  return out;
}

RC_GTEST_PROP(PlaceRecord, ComesBackExactlyAndItsTextIsStable, ()) {
  const auto record = any_record();
  const auto text = encode(record);
  const auto back = decode_place_record(text);
  RC_ASSERT(back.has_value());
  // Every field has its own member of the text, so equal texts are equal records.
  RC_ASSERT(encode(*back) == text);
  RC_ASSERT(back->sequence == record.sequence);
  RC_ASSERT(back->deletions == record.deletions);
  RC_ASSERT(back->seen_taken == record.seen_taken);
  RC_ASSERT(back->names.size() == record.names.size());
  for (const auto& [name, before] : record.names) {
    const auto& after = back->names.at(name);
    RC_ASSERT(after.origin == before.origin);
    RC_ASSERT(after.drift_state == before.drift_state);
    RC_ASSERT(after.updated_at == before.updated_at);
    RC_ASSERT(after.repairs == before.repairs);
    RC_ASSERT(after.intent.has_value() == before.intent.has_value());
    if (before.intent) RC_ASSERT(after.intent->started == before.intent->started);
  }
}

TEST(PlaceRecord, TextIsGolden) {
  PlaceRecord record;
  record.incumbent = "Target/molecule-cp";
  record.evidence.version = "7";
  record.names["DATABASE_URL"].fingerprint = "k0a1b2c3d:00112233445566778899aabbccddeeff";
  record.names["DATABASE_URL"].written_at = Wall(Seconds(1'768'471'200)) + Nanos(5);
  record.sequence = 3;
  EXPECT_EQ(encode(record),
            R"({"incumbent":"Target/molecule-cp","evidence":{"event":"","version":"7"},)"
            R"("presumed":false,"seen":{"event":"","version":""},"seenNames":[],"seenTaken":{},)"
            R"("machines":[],"deletions":[],"namesAtWindowStart":0,"repairs":[],)"
            R"("contested":false,"names":{"DATABASE_URL":{"origin":"created",)"
            R"("fingerprint":"k0a1b2c3d:00112233445566778899aabbccddeeff","token":"",)"
            R"("presumed":false,"written":false,"claimant":"","compromisedOnly":false,)"
            R"("writtenAt":"2026-01-15T10:00:00.000000005Z","driftState":"InSync","driftBy":"",)"
            R"("repairs":[],"contested":false,"staged":false}},"sequence":3,"version":1})");
}

struct Refused {
  std::string from, to, text;
};

TEST(PlaceRecord, WhatItDoesNotUnderstandIsRefusedAndNamed) {
  PlaceRecord record;
  record.names["API_KEY"].first_seen = Wall(Seconds(1'768'471'200));
  const auto good = encode(record);
  const Refused cases[] = {
      {R"("staged":false)", R"("staged":false,"lease":1)",
       "names.API_KEY.lease is not known to this version"},
      {R"(,"staged":false)", "", "names.API_KEY.staged is missing"},
      {R"("staged":false)", R"("staged":"no")", "names.API_KEY.staged is not true or false"},
      {R"("origin":"created")", R"("origin":"borrowed")",
       "names.API_KEY.origin is a word this version does not know"},
      {R"("evidence":{"event":"",)", R"("evidence":{)", "evidence.event is missing"},
      {R"("machines":[])", R"("machines":{})", "machines is not a list"},
      {R"("seenNames":[])", R"("seenNames":[1])", "seenNames is not text"},
      {R"("sequence":0)", R"("sequence":-1)", "sequence is not a whole number"},
      {R"("firstSeen":"2026-01-15T10:00:00Z")", R"("firstSeen":"yesterday")",
       "names.API_KEY.firstSeen is not a time"},
      {R"("evidence":{"event":"","version":""})", R"("evidence":null)",
       "evidence is not an object"},
  };
  for (const auto& [from, to, text] : cases) {
    auto damaged = good;
    const auto at = damaged.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    damaged.replace(at, from.size(), to);
    const auto result = decode_place_record(damaged);
    ASSERT_FALSE(result) << to;
    EXPECT_EQ(result.error().kind, ErrorKind::storage);
    EXPECT_EQ(result.error().message, "a ledger record is not readable: " + text +
                                          "; use the lockstep version that wrote it");
  }
}

TEST(PlaceRecord, ANewerVersionIsNamed) {
  auto text = encode(PlaceRecord{});
  text.replace(text.find(R"("version":1)"), 11, R"("version":2)");
  const auto result = decode_place_record(text);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "a ledger record was written by a newer lockstep (record version 2); use that version");
}

TEST(PlaceRecord, TextThatIsNotJsonIsRefusedWithoutQuotingIt) {
  const auto result = decode_place_record("{\"incumbent\": hunter2");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "a ledger record is not readable: not JSON");
}

}  // namespace
}  // namespace lockstep
