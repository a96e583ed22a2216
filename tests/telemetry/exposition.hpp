// Reads the Prometheus text exposition as strictly as a scraper, independently of the library that
// wrote it: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::testing {

struct Sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

struct Exposition {
  std::vector<std::string> families;         ///< in the order of the page
  std::map<std::string, std::string> types;  ///< family -> counter, gauge, histogram
  std::vector<Sample> samples;               ///< in the order of the page
  std::vector<std::string> problems;         ///< what a scraper or promtool would refuse

  /// The value of the one series with this name and at least these labels; NaN when there is not
  /// exactly one.
  double value(std::string_view name, const std::map<std::string, std::string>& labels = {}) const;
  /// How many series have this name and at least these labels.
  std::size_t series(std::string_view name,
                     const std::map<std::string, std::string>& labels = {}) const;
};

Exposition read_exposition(std::string_view text);

}  // namespace lockstep::testing
