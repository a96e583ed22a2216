// Rows under headings, lined up.
#pragma once

#include <string>
#include <vector>

namespace lockstep::cli {

/// Columns as wide as their widest cell, three blanks between them, none at the ends of lines.
/// Every cell is made harmless; every character counts as one column. The first row is the heading.
std::string to_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace lockstep::cli
