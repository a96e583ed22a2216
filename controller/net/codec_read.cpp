#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/vector_body.hpp>

#include "base/text.hpp"
#include "net/codec.hpp"

namespace lockstep::net {

namespace http = boost::beast::http;
using boost::system::error_code;
using WipedBody = http::vector_body<char, WipingAllocator<char>>;

namespace {

/// Interim answers before the real one; more is nonsense.
constexpr int most_interim = 8;

/// Puts `pending` into `parser` as far as it takes it. What the parser keeps waiting for (a header
/// section, a chunk's size line, trailers) is bounded by `most_pending`.
template <class Parser>
error_code put(Parser& parser, SecretBytes& pending, std::size_t most_pending) {
  std::size_t used = 0;
  error_code ec;
  while (!parser.is_done() && used < pending.size()) {
    const auto taken =
        parser.put(boost::asio::const_buffer(pending.data() + used, pending.size() - used), ec);
    used += taken;
    if (ec == http::error::need_more) {
      ec = {};
      break;
    }
    if (ec) break;
  }
  pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(used));
  if (!ec && !parser.is_done() && pending.size() > most_pending) ec = http::error::header_limit;
  return ec;
}

bool too_large(error_code ec) {
  return ec == http::error::body_limit || ec == http::error::buffer_overflow;
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

template <class Parser, class Options>
void prepare(Parser& parser, const Options& options) {
  parser.eager(true);
  parser.header_limit(static_cast<std::uint32_t>(options.max_header));
  parser.body_limit(options.max_body);
}

}  // namespace

struct ResponseParser::Impl {
  using Parser = http::response_parser<WipedBody, WipingAllocator<char>>;

  explicit Impl(Options o) : options(o) { restart(); }
  void restart() {
    parser.emplace();
    prepare(*parser, options);
    parser->skip(options.no_body);
  }

  Options options;
  std::optional<Parser> parser;
  SecretBytes pending;
  int interim = 0;
  bool ended = false;  ///< the stream is over
};

ResponseParser::ResponseParser(Options options) : impl_(std::make_unique<Impl>(options)) {}
ResponseParser::~ResponseParser() = default;
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;

Result<bool> ResponseParser::feed(std::string_view bytes) {
  append(impl_->pending, bytes);
  for (;;) {
    const auto ec = put(*impl_->parser, impl_->pending, impl_->options.max_header);
    if (too_large(ec)) {
      return fail(ErrorKind::protocol, "the answer is larger than " +
                                           std::to_string(impl_->options.max_body) + " bytes");
    }
    if (ec == http::error::header_limit) {
      return fail(ErrorKind::protocol, "the answer's header is larger than " +
                                           std::to_string(impl_->options.max_header) + " bytes");
    }
    if (ec) return fail(ErrorKind::protocol, "the answer is not HTTP: " + ec.message());
    if (!impl_->parser->is_done()) return false;
    if (impl_->parser->get().result_int() >= 200) return true;
    if (++impl_->interim > most_interim || impl_->parser->get().result_int() == 101) {
      return fail(ErrorKind::protocol, "the answer is only interim");
    }
    impl_->restart();
  }
}

Status ResponseParser::end() {
  impl_->ended = true;
  error_code ec = http::error::partial_message;
  if (impl_->parser->got_some()) impl_->parser->put_eof(ec);
  if (ec) return fail(ErrorKind::protocol, "the answer was cut");
  return {};
}

bool ResponseParser::overrun() const {
  return !impl_->pending.empty();
}
bool ResponseParser::keep_alive() const {
  return !impl_->ended && impl_->parser->keep_alive();
}

Response ResponseParser::take() {
  auto message = impl_->parser->release();
  return {.status = static_cast<int>(message.result_int()),
          .headers = copy_fields(message, false),
          .body = std::move(message.body())};
}

struct RequestParser::Impl {
  using Parser = http::request_parser<WipedBody, WipingAllocator<char>>;

  explicit Impl(Options o) : options(o) { prepare(parser, options); }

  Options options;
  Parser parser;
  SecretBytes pending;
  bool continued = false;
};

RequestParser::RequestParser(Options options) : impl_(std::make_unique<Impl>(options)) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;

namespace {
std::unexpected<Error> refuse(std::string code, std::string message) {
  return std::unexpected(
      Error{.kind = ErrorKind::invalid, .message = std::move(message), .code = std::move(code)});
}
}  // namespace

Result<bool> RequestParser::feed(std::string_view bytes) {
  append(impl_->pending, bytes);
  const auto ec = put(impl_->parser, impl_->pending, impl_->options.max_header);
  if (too_large(ec)) return refuse("413", "the request's body is too large");
  if (ec == http::error::header_limit) return refuse("431", "the request's header is too large");
  if (ec) return refuse("400", "the request is not HTTP: " + ec.message());
  if (!impl_->parser.is_done()) return false;
  if (impl_->parser.get().count(http::field::authorization) > 1) {
    return refuse("400", "the request has more than one Authorization header");
  }
  return true;
}

bool RequestParser::started() const {
  return impl_->parser.got_some() || !impl_->pending.empty();
}

bool RequestParser::wants_continue() {
  if (impl_->continued || !impl_->parser.is_header_done() || impl_->parser.is_done()) return false;
  impl_->continued = true;
  const auto value = impl_->parser.get()[http::field::expect];
  return to_lower({value.data(), value.size()}) == "100-continue";
}

bool RequestParser::keep_alive() const {
  return impl_->parser.get().keep_alive();
}
bool RequestParser::head() const {
  return impl_->parser.get().method() == http::verb::head;
}
SecretBytes RequestParser::take_rest() {
  return std::exchange(impl_->pending, {});
}

Request RequestParser::take() {
  auto message = impl_->parser.release();
  const auto method = message.method_string();
  const auto target = message.target();
  const auto authorization = message[http::field::authorization];
  Request request{
      .method = std::string(method.data(), method.size()),
      .url = std::string(target.data(), target.size()),
      .headers = copy_fields(message, true),
      .authorization = Secret(std::string_view(authorization.data(), authorization.size())),
      .body = std::move(message.body())};
  const bool read =
      request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
  request.effect = read ? Effect::Read : Effect::Write;
  return request;
}

}  // namespace lockstep::net
