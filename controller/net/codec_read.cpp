#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "base/text.hpp"
#include "net/body_reader.hpp"
#include "net/codec.hpp"
#include "net/grammar.hpp"

namespace lockstep::net {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

/// Interim answers before the real one; more is nonsense.
constexpr int most_interim = 8;

std::unexpected<Error> not_http(std::string_view why) {
  return refuse_message("400", "is not HTTP: " + std::string(why));
}

template <class Fields>
std::vector<Header> copy_fields(const Fields& fields, bool without_authorization) {
  std::vector<Header> out;
  for (const auto& field : fields) {
    if (without_authorization && field.name() == http::field::authorization) continue;
    const auto name = field.name_string();
    const auto value = field.value();
    out.push_back({.name = std::string(name.data(), name.size()),
                   .value = std::string(value.data(), value.size())});
  }
  return out;
}

/// One message of either direction. Its header section goes to Beast once and whole, its body is
/// taken by BodyReader: so no cut of the stream changes what a message means. (Beast 1.81, fed
/// piece by piece, ends the process at some cuts of a chunked body and does not bound a header.)
template <bool is_request>
class MessageReader {
 public:
  using Parser = http::parser<is_request, http::empty_body, WipingAllocator<char>>;

  MessageReader(std::size_t max_header, std::size_t max_body)
      : max_header_(std::min(max_header, most_header_bytes)), max_body_(max_body) {
    restart();
  }

  /// Begins a new message with what is pending.
  void restart() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(max_header_));
    parser_->skip(true);  // the body is not Beast's
    body_.reset();
    searched_ = 0;
  }

  void add(std::string_view bytes) { append(pending_, bytes); }
  /// True once the header section is there; then begin_body().
  Result<bool> read_head();
  /// `no_body`: none follows, whatever the header states.
  Status begin_body(bool no_body);
  /// True once the body is whole.
  Result<bool> read_body();

  Parser& parser() { return *parser_; }
  BodyReader* body() { return body_ ? &*body_ : nullptr; }
  bool whole() const { return body_ && body_->whole(); }
  SecretBytes& pending() { return pending_; }

 private:
  Result<Framing> framing() const;
  void drop(std::size_t n) {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(n));
  }

  std::size_t max_header_;
  std::size_t max_body_;
  std::optional<Parser> parser_;
  std::optional<BodyReader> body_;
  SecretBytes pending_;
  std::size_t searched_ = 0;  ///< pending bytes in which no header section ends
};

/// Tells a peer that speaks something else at its first wrong byte, not at the end of a header
/// section that may never come.
template <bool is_request>
bool may_begin(std::string_view bytes) {
  if constexpr (is_request) {
    const auto method = bytes.substr(0, bytes.find(' '));
    return bytes.empty() || is_token(method);
  }
  static constexpr std::string_view start = "HTTP/1.";
  return start.starts_with(bytes.substr(0, start.size()));
}

template <bool is_request>
Result<bool> MessageReader<is_request>::read_head() {
  static constexpr std::string_view section_end = "\r\n\r\n";
  const auto bytes = view(pending_);
  if (!may_begin<is_request>(bytes)) return not_http("it begins with something else");
  const auto found = bytes.find(section_end, searched_);
  const bool there = found != std::string_view::npos;
  const std::size_t size = there ? found + section_end.size() : bytes.size();
  if (size > max_header_) {
    return refuse_message("431",
                          "has a header larger than " + std::to_string(max_header_) + " bytes");
  }
  if (!there) {
    searched_ = bytes.size() < section_end.size() ? 0 : bytes.size() - section_end.size() + 1;
    return false;
  }
  error_code ec;
  const auto used = parser_->put(boost::asio::const_buffer(bytes.data(), size), ec);
  if (ec == http::error::need_more || (!ec && used != size)) return not_http("bad header");
  if (ec) return not_http(ec.message());
  drop(size);
  return true;
}

template <bool is_request>
Result<Framing> MessageReader<is_request>::framing() const {
  const auto& message = parser_->get();
  if (const auto n = message.count(http::field::transfer_encoding); n != 0) {
    const auto coding = message[http::field::transfer_encoding];
    // Beast takes a body with other codings, or of HTTP/1.0, for one without any (RFC 9112, 6.1).
    if (n != 1 || to_lower({coding.data(), coding.size()}) != "chunked" || message.version() < 11) {
      return not_http("a transfer coding other than chunked");
    }
    return Framing{.kind = Framing::Kind::chunked};
  }
  if (const auto length = parser_->content_length()) {
    return Framing{.kind = Framing::Kind::length, .length = *length};
  }
  return Framing{.kind = is_request ? Framing::Kind::none : Framing::Kind::to_end};
}

template <bool is_request>
Status MessageReader<is_request>::begin_body(bool no_body) {
  Framing framed;
  if (!no_body) {
    TRY(framed, framing());
  }
  body_.emplace(framed, max_body_, max_header_);
  return {};
}

template <bool is_request>
Result<bool> MessageReader<is_request>::read_body() {
  TRY(const auto used, body_->take(view(pending_)));
  drop(used);
  return body_->whole();
}

}  // namespace

struct ResponseParser::Impl {
  explicit Impl(Options o) : options(o), reader(o.max_header, o.max_body) {}

  Result<bool> take(std::string_view bytes);
  int status() { return static_cast<int>(reader.parser().get().result_int()); }

  Options options;
  MessageReader<false> reader;
  int interim = 0;
  bool ended = false;  ///< the stream is over
};

ResponseParser::ResponseParser(Options options) : impl_(std::make_unique<Impl>(options)) {}
ResponseParser::~ResponseParser() = default;
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;

Result<bool> ResponseParser::Impl::take(std::string_view bytes) {
  reader.add(bytes);
  while (!reader.body()) {
    TRY(const bool there, reader.read_head());
    if (!there) return false;
    // RFC 9110, 15: five classes.
    if (status() < 100 || status() > 599) return not_http("its status is not 100 to 599");
    if (status() >= 200) {
      TRY_OK(reader.begin_body(options.no_body || status() == 204 || status() == 304));
      break;
    }
    if (++interim > most_interim || status() == 101) {
      return refuse_message("400", "is only interim");
    }
    reader.restart();
  }
  return reader.read_body();
}

Result<bool> ResponseParser::feed(std::string_view bytes) {
  auto whole = impl_->take(bytes);
  if (whole) return *whole;
  return fail(ErrorKind::protocol, "the answer " + whole.error().message);
}

Status ResponseParser::end() {
  impl_->ended = true;
  auto* body = impl_->reader.body();
  if (body && body->end()) return {};
  return fail(ErrorKind::protocol, "the answer was cut");
}

bool ResponseParser::overrun() const {
  return !impl_->reader.pending().empty();
}
bool ResponseParser::keep_alive() const {
  return !impl_->ended && impl_->reader.parser().keep_alive();
}

Response ResponseParser::take() {
  const auto message = impl_->reader.parser().release();
  return {.status = static_cast<int>(message.result_int()),
          .headers = copy_fields(message, false),
          .body = impl_->reader.body()->release()};
}

struct RequestParser::Impl {
  explicit Impl(Options o) : reader(o.max_header, o.max_body) {}

  Result<bool> take(std::string_view bytes);

  MessageReader<true> reader;
  bool continued = false;
};

RequestParser::RequestParser(Options options) : impl_(std::make_unique<Impl>(options)) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;

Result<bool> RequestParser::Impl::take(std::string_view bytes) {
  reader.add(bytes);
  if (!reader.body()) {
    TRY(const bool there, reader.read_head());
    if (!there) return false;
    // Two readers could believe different ones.
    for (const auto field : {http::field::authorization, http::field::host}) {
      if (reader.parser().get().count(field) > 1) {
        return refuse_message("400",
                              "has more than one " + std::string(to_string(field)) + " header");
      }
    }
    TRY_OK(reader.begin_body(false));
  }
  return reader.read_body();
}

Result<bool> RequestParser::feed(std::string_view bytes) {
  auto whole = impl_->take(bytes);
  if (!whole) whole.error().message.insert(0, "the request ");
  return whole;
}

bool RequestParser::wants_continue() {
  if (impl_->continued || !impl_->reader.body() || impl_->reader.whole()) return false;
  impl_->continued = true;
  const auto value = impl_->reader.parser().get()[http::field::expect];
  return to_lower({value.data(), value.size()}) == "100-continue";
}

bool RequestParser::keep_alive() const {
  return impl_->reader.parser().get().keep_alive();
}
bool RequestParser::head() const {
  return impl_->reader.parser().get().method() == http::verb::head;
}
SecretBytes RequestParser::take_rest() {
  return std::exchange(impl_->reader.pending(), {});
}

Request RequestParser::take() {
  const auto message = impl_->reader.parser().release();
  const auto method = message.method_string();
  const auto target = message.target();
  const auto authorization = message[http::field::authorization];
  Request request{
      .method = std::string(method.data(), method.size()),
      .url = std::string(target.data(), target.size()),
      .headers = copy_fields(message, true),
      .authorization = Secret(std::string_view(authorization.data(), authorization.size())),
      .body = impl_->reader.body()->release()};
  const bool read =
      request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
  request.effect = read ? Effect::Read : Effect::Write;
  return request;
}

}  // namespace lockstep::net
