// One index file of git, read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace lockstep::git {

/// A set of numbers as git packs it
/// (https://git-scm.com/docs/bitmap-format, "Appendix A: Serialization format for an EWAH bitmap").
class Bitmap {
 public:
  /// Takes one from the front of `bytes`; `invalid` where it is cut or its runs do not add up.
  static Result<Bitmap> take(std::string_view& bytes);
  bool has(std::uint64_t number) const;

 private:
  std::vector<std::uint64_t> words_;
};

/// What one index file says about one path.
struct IndexLook {
  std::vector<std::uint64_t> entries;  ///< the numbers of the entries that have the path
  bool folded = false;   ///< the path is in a folder that a sparse index holds as one entry
  std::string checksum;  ///< of the file, in hex
  /// A split index: the checksum of the file that holds the other entries ("" when it is whole),
  /// and which entries of that file count no more.
  std::string shared;
  Bitmap dropped;
};

/// Reads versions 2 to 4 of repositories with SHA-1 and SHA-256, split and sparse ones too
/// (https://git-scm.com/docs/index-format). `invalid` for anything else, so that a path that may
/// be there is not taken for one that is not: bytes that do not end at their checksum, mandatory
/// extensions that are not known. The message is a clause that follows "the index of the
/// repository".
Result<IndexLook> look_into_index(std::string_view bytes, std::string_view path);

}  // namespace lockstep::git
