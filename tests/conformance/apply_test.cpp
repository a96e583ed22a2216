// Writing to a place.
#include "base/json.hpp"
#include "scene.hpp"

namespace lockstep::conformance {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using O = Receipt::Outcome;

class Applying : public Conformance {
 protected:
  /// Applies, all done.
  Applied done(const std::vector<Wanted>& wanted) {
    auto applied = scene.apply(wanted);
    EXPECT_TRUE(applied) << describe(applied.error());
    if (!applied) return {};
    EXPECT_THAT(outcomes(*applied), Each(::testing::AnyOf(O::done, O::unchanged)));
    return std::move(*applied);
  }
};

TEST_P(Applying, CreatesUpdatesAndDeletesInOneCall) {
  world().person_puts("OLD", "fake-value-of-old");
  world().person_puts("KEPT", "fake-value-of-kept");
  world().person_puts("CHANGED", "fake-value-before");
  done({{"NEW", "fake-value-of-new"}, {"OLD", std::nullopt}, {"CHANGED", "fake-value-after"}});
  EXPECT_THAT(world().names(), ElementsAre("CHANGED", "KEPT", "NEW"));
  EXPECT_EQ(world().value("NEW"), "fake-value-of-new");
  EXPECT_EQ(world().value("CHANGED"), "fake-value-after");
  EXPECT_EQ(world().value("KEPT"), "fake-value-of-kept");
  EXPECT_EQ(scene.writes(), world().writes_at_once() ? 1U : 3U);
}

TEST_P(Applying, TakesAsManyChangesAsItSaysInOneCall) {
  std::vector<Wanted> wanted;
  for (std::size_t i = 0; i < capabilities().max_changes; ++i) {
    wanted.push_back({"NAME_" + std::to_string(1000 + i), "fake-value-" + std::to_string(i)});
  }
  done(wanted);
  EXPECT_EQ(scene.writes(), world().writes_at_once() ? 1U : wanted.size());
  for (const auto& one : wanted) EXPECT_EQ(world().value(one.name), one.value);
}

TEST_P(Applying, SendsNothingWhenThereAreTooManyChangesOrANameTwice) {
  std::vector<Wanted> wanted;
  for (std::size_t i = 0; i <= capabilities().max_changes; ++i) {
    wanted.push_back({"NAME_" + std::to_string(1000 + i), "fake-value"});
  }
  EXPECT_EQ(scene.apply(wanted).error().kind, ErrorKind::invalid);
  EXPECT_EQ(scene.apply({{"ALPHA", "fake-value-1"}, {"ALPHA", "fake-value-2"}}).error().kind,
            ErrorKind::invalid);
  EXPECT_EQ(scene.writes(), 0U);
}

TEST_P(Applying, NothingToDoTakesNoCall) {
  const auto applied = scene.apply({});
  ASSERT_TRUE(applied);
  EXPECT_EQ(scene.requests(), 0U);
}

TEST_P(Applying, DoingTheSameAgainLeavesTheSame) {
  const std::vector<Wanted> wanted = {
      {"ALPHA", "fake-value-of-alpha"}, {"BRAVO", "fake-value-of-bravo"}, {"GONE", std::nullopt}};
  for (int i = 0; i < 2; ++i) {
    done(wanted);
    EXPECT_THAT(world().names(), ElementsAre("ALPHA", "BRAVO"));
    EXPECT_EQ(world().value("ALPHA"), "fake-value-of-alpha");
  }
}

TEST_P(Applying, DeletingWhatIsNotThereIsDone) {
  done({{"NEVER_THERE", std::nullopt}});
  done({{"NEVER_THERE", std::nullopt}, {"ALPHA", "fake-value-of-alpha"}});
  EXPECT_THAT(world().names(), ElementsAre("ALPHA"));
}

TEST_P(Applying, ValuesArriveByteForByte) {
  std::string long_value;
  while (long_value.size() < 5120) long_value += "0123456789abcdef";
  const std::vector<std::string> values = {
      R"(with "double" and 'single' quotes)",
      R"(back\slash \n is not a newline, \\ is two)",
      "two\nlines\r\nand a tab\t.",
      "\xC3\xBCnic\xC3\xB6"
      "de \xE2\x9C\x93 \xF0\x9F\x94\x91 \xE2\x80\xAE and \xEF\xBF\xBD",
      " blanks at both ends ",
      "</script>{\"json\":null}",
      std::string("\x01\x1F\x7F control", 11),
      "null",
      long_value,
  };
  std::vector<Wanted> wanted;
  for (std::size_t i = 0; i < values.size(); ++i) {
    wanted.push_back({"VALUE_" + std::to_string(i), values[i]});
  }
  done(wanted);
  for (const auto& one : wanted) EXPECT_EQ(world().value(one.name), one.value) << one.name;
}

TEST_P(Applying, AnEmptyValueIsWrittenAsOne) {
  done({{"EMPTY", ""}});
  EXPECT_EQ(world().value("EMPTY"), "");
}

TEST_P(Applying, WhatCannotTravelIsExactOrRefused) {
  const std::vector<std::string> values = {"cut \xC3", "overlong \xC0\x80",
                                           "surrogate \xED\xA0\x80", "lone \xFF byte",
                                           std::string("with \0 in the middle", 20)};
  for (const auto& value : values) {
    const auto applied = scene.apply({{"ODD", value}, {"FINE", "fake-value-of-fine"}});
    ASSERT_TRUE(applied) << describe(applied.error());
    if (applied->receipts[0].outcome == O::done) {
      EXPECT_EQ(world().value("ODD"), value);
    } else {
      EXPECT_EQ(applied->receipts[0].outcome, O::failed);
      EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::invalid);
      EXPECT_EQ(world().value("ODD"), std::nullopt);
    }
    if (!is_utf8(value) && capabilities().utf8_only) {
      EXPECT_EQ(applied->receipts[0].outcome, O::failed);
    }
    EXPECT_EQ(applied->receipts[1].outcome, O::done);
  }
}

TEST_P(Applying, AValueThatIsTooLargeIsRefusedAndTheRestIsWritten) {
  const auto most = max_value_bytes(world().place().kind);
  const auto applied =
      scene.apply({{"LARGE", std::string(most + 1, 'x')}, {"FITS", std::string(most, 'y')}});
  ASSERT_TRUE(applied) << describe(applied.error());
  EXPECT_THAT(outcomes(*applied), ElementsAre(O::failed, O::done));
  EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::invalid);
  EXPECT_THAT(world().names(), ElementsAre("FITS"));
}

TEST_P(Applying, NamesThatTheProviderRefusesNeverStopTheOthers) {
  for (const auto& name : world().refused_names()) {
    const auto applied = scene.apply(
        {{"BEFORE", "fake-value-1"}, {name, "fake-value-2"}, {"AFTER", "fake-value-3"}});
    ASSERT_TRUE(applied) << name << ": " << describe(applied.error());
    EXPECT_THAT(outcomes(*applied), ElementsAre(O::done, O::failed, O::done)) << name;
    EXPECT_EQ(applied->receipts[1].error->kind, ErrorKind::invalid) << name;
  }
  EXPECT_THAT(world().names(), ElementsAre("AFTER", "BEFORE"));
}

TEST_P(Applying, GivesOneReceiptAChangeInTheirOrder) {
  world().person_puts("MIKE", "fake-value-of-mike");
  const auto applied = scene.apply({{"ZULU", "fake-value-1"},
                                    {"bad name", "fake-value-2"},
                                    {"MIKE", std::nullopt},
                                    {"ALPHA", "fake-value-3"},
                                    {"NEVER_THERE", std::nullopt}});
  ASSERT_TRUE(applied) << describe(applied.error());
  EXPECT_THAT(outcomes(*applied), ElementsAre(O::done, O::failed, O::done, O::done, O::done));
}

TEST_P(Applying, CountsItsCalls) {
  const auto applied = done({{"ALPHA", "fake-value-of-alpha"}});
  EXPECT_EQ(applied.writes, scene.writes());
  EXPECT_EQ(applied.reads + applied.writes, scene.requests());
}

INSTANTIATE_TEST_SUITE_P(Every, Applying, ::testing::ValuesIn(every_place()), name_of);

}  // namespace
}  // namespace lockstep::conformance
