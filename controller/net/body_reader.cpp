#include "net/body_reader.hpp"

#include <algorithm>
#include <charconv>

#include "net/grammar.hpp"

namespace lockstep::net {

namespace {

constexpr std::string_view line_end = "\r\n";

std::unexpected<Error> bad_chunk() {
  return refuse_message("400", "is not HTTP: bad chunk");
}

/// The size that a chunk's first line states; nothing when the line is not one (RFC 9112, 7.1).
/// A size that no number holds comes out as the largest one.
std::optional<std::uint64_t> chunk_size(std::string_view line) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
  if (error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) size = UINT64_MAX;
  auto extension = line.substr(static_cast<std::size_t>(end - line.data()));
  if (extension.empty()) return size;
  const auto mark = extension.find_first_not_of(" \t");
  if (mark == std::string_view::npos || extension[mark] != ';' || !is_field_value(extension)) {
    return std::nullopt;
  }
  return size;
}

}  // namespace

std::unexpected<Error> refuse_message(std::string code, std::string predicate) {
  return fail(
      {.kind = ErrorKind::invalid, .message = std::move(predicate), .code = std::move(code)});
}

BodyReader::BodyReader(Framing framing, std::size_t most_body, std::size_t most_line)
    : most_body_(most_body), most_line_(most_line) {
  switch (framing.kind) {
    case Framing::Kind::none:
      break;
    case Framing::Kind::length:
      left_ = framing.length;
      if (left_ != 0) step_ = Step::data;
      break;
    case Framing::Kind::chunked:
      step_ = Step::chunk_line;
      break;
    case Framing::Kind::to_end:
      step_ = Step::to_end;
      break;
  }
}

Result<std::size_t> BodyReader::take(std::string_view bytes) {
  std::size_t used = 0;
  while (!whole()) {
    const auto before = step_;
    TRY(const auto step_used, advance(bytes.substr(used)));
    used += step_used;
    if (step_used == 0 && step_ == before) break;
  }
  return used;
}

Result<std::size_t> BodyReader::advance(std::string_view bytes) {
  switch (step_) {
    case Step::data:
    case Step::to_end:
    case Step::chunk_data:
      return take_data(bytes);
    case Step::chunk_end: {
      const auto come = bytes.substr(0, line_end.size());
      if (!line_end.starts_with(come)) return bad_chunk();
      if (come.size() < line_end.size()) return 0;
      step_ = Step::chunk_line;
      return line_end.size();
    }
    case Step::chunk_line:
    case Step::trailers:
      return take_line(bytes);
    case Step::whole:
      return 0;
  }
  return 0;
}

Result<std::size_t> BodyReader::take_data(std::string_view bytes) {
  // The size is compared before a byte is taken: an endless body costs no memory.
  const auto limit = step_ == Step::to_end ? std::uint64_t{bytes.size()} : left_;
  if (limit > most_body_ - body_.size()) return too_large();
  const auto n = std::min<std::uint64_t>(limit, bytes.size());
  append(body_, bytes.substr(0, n));
  if (step_ == Step::to_end) return n;
  left_ -= n;
  if (left_ == 0) step_ = step_ == Step::data ? Step::whole : Step::chunk_end;
  return n;
}

Result<std::size_t> BodyReader::take_line(std::string_view bytes) {
  const auto end = bytes.find(line_end);
  auto line = bytes.substr(0, end);
  // The first half of a line end that is still to come.
  if (end == std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > most_line_) {
    return refuse_message("431", "has a line larger than " + std::to_string(most_line_) +
                                     " bytes in its chunked body");
  }
  if (end == std::string_view::npos) return 0;
  TRY_OK(step_ == Step::chunk_line ? begin_chunk(line) : skip_trailer(line));
  return line.size() + line_end.size();
}

Status BodyReader::begin_chunk(std::string_view line) {
  const auto size = chunk_size(line);
  if (!size) return bad_chunk();
  if (*size > most_body_ - body_.size()) return too_large();
  left_ = *size;
  step_ = left_ == 0 ? Step::trailers : Step::chunk_data;
  return {};
}

/// Trailers are dropped, as RFC 9110, 6.5.1 has it for whoever does not know their names.
Status BodyReader::skip_trailer(std::string_view line) {
  trailers_ += line.size();
  if (trailers_ > most_line_) {
    return refuse_message("431",
                          "has trailers larger than " + std::to_string(most_line_) + " bytes");
  }
  if (!is_field_value(line)) return bad_chunk();
  if (line.empty()) step_ = Step::whole;
  return {};
}

std::unexpected<Error> BodyReader::too_large() const {
  return refuse_message("413", "has a body larger than " + std::to_string(most_body_) + " bytes");
}

bool BodyReader::end() {
  if (step_ == Step::to_end) step_ = Step::whole;
  return whole();
}

}  // namespace lockstep::net
