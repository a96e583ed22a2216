// One SQLite database, opened so that nothing in the file is trusted.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace lockstep {

/// A connection. Not safe for concurrent use. Every error is of kind `storage` and says in our own
/// words what SQLite met; no text of the file is ever in it. Its code is `damaged` when the file is
/// no sound database, and `unfinished` when only a writer can complete what a crash cut short.
class Database {
 public:
  enum class Access : std::uint8_t {
    read,    ///< makes no file
    write,   ///< the file must exist
    create,  ///< makes the file where there is none
  };
  /// A value for a `?` of a statement.
  using Value = std::variant<std::int64_t, std::string_view>;
  /// The columns of one row as text; valid during the call only.
  using Row = std::span<const std::string_view>;

  /// True when the file exists, as the VFS sees it. `vfs` empty: the system's.
  static bool exists(const std::string& path, const std::string& vfs);
  /// Opens with what guards against a file made by someone else (DEFENSIVE, untrusted schema, no
  /// attaching, bounded rows), and with no work at closing: a clean end and a crash are the same
  /// thing to it.
  static Result<std::unique_ptr<Database>> open(const std::string& path, const std::string& vfs,
                                                Access access);
  virtual ~Database() = default;

  /// Write-ahead log, a sync at every commit, deleted bytes overwritten. Changes the file, so only
  /// after its content was found to be ours.
  Status prepare_writing();
  /// Runs one statement and gives each row to `row`, which may end it with an error.
  virtual Status each(std::string_view sql, std::initializer_list<Value> values,
                      const std::function<Status(Row)>& row) = 0;
  /// Runs one statement whose rows do not matter.
  Status run(std::string_view sql, std::initializer_list<Value> values = {});
  /// The first column of the only row; empty when there is none.
  Result<std::string> text(std::string_view sql);
  /// The same as a whole number; 0 when it is none.
  Result<std::int64_t> number(std::string_view sql);
};

/// The largest row that a database gives or takes.
inline constexpr std::size_t max_row_bytes = 8 << 20;

}  // namespace lockstep
