//! Who is let in over TCP: programs that show a token, and no web page but the node's own.
//!
//! Whoever opens the Unix socket is the node's owner; any program of this machine, and any web page
//! in a browser of it, can open a port of loopback.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bitswap_service::error::CliError;
use bitswap_service::home::{Token, TokenKind};
use bitswap_service::http::is_local;

use crate::errors;

/// The tokens that are let in.
#[derive(Debug)]
pub struct Tokens {
    /// For looking only.
    pub read: Token,
    /// For everything.
    pub full: Token,
}

/// Which token a request over TCP has shown.
#[derive(Clone, Copy, Debug)]
struct Shown(TokenKind);

/// Lets in what calls this machine by a name of its own, and what no other web page sent.
pub(super) async fn no_strangers(request: Request, next: Next) -> Response {
    let mut response = match stranger(request.headers()) {
        Some(why) => why.into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// What browsers are told of every answer: it is no page, nobody frames, keeps or includes it.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Lets in what shows a token in a header that no web page can send elsewhere unasked.
pub(super) async fn token_only(
    State(tokens): State<Arc<Tokens>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(kind) = shown(&tokens, request.headers()) else {
        let mut refused = errors::no_token().into_response();
        *refused.status_mut() = StatusCode::UNAUTHORIZED;
        let scheme = HeaderValue::from_static("Bearer");
        refused.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        return refused;
    };
    request.extensions_mut().insert(Shown(kind));
    next.run(request).await
}

/// Keeps out those who showed the token that is for looking only.
pub(super) async fn full_only(request: Request, next: Next) -> Response {
    match request.extensions().get::<Shown>() {
        Some(Shown(TokenKind::Read | TokenKind::Metrics)) => errors::read_token().into_response(),
        // Without any it came over the Unix socket.
        Some(Shown(TokenKind::Full)) | None => next.run(request).await,
    }
}

/// Why a request is not of this machine's programs or of the node's own page.
fn stranger(headers: &HeaderMap) -> Option<CliError> {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or("?"));
    // A name that was made to point at this machine still names itself.
    let Some(host) = text(header::HOST).filter(|host| is_local(host)) else {
        return Some(errors::foreign_host());
    };
    let own = |origin: &str| origin.strip_prefix("http://") == Some(host);
    text(header::ORIGIN).is_some_and(|origin| !own(origin)).then(errors::foreign_origin)
}

fn shown(tokens: &Tokens, headers: &HeaderMap) -> Option<TokenKind> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let shown = value.strip_prefix("Bearer ")?;
    // Both are compared, whatever the first says.
    match (tokens.full.is(shown), tokens.read.is(shown)) {
        (true, _) => Some(TokenKind::Full),
        (false, true) => Some(TokenKind::Read),
        (false, false) => None,
    }
}
