//! Keeps web pages out: a page whose name was made to point at 127.0.0.1 still names itself. And
//! strangers, where they may read what they have a token for.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::home::Token;

/// Who may read the metrics.
#[derive(Debug)]
pub enum Readers {
    /// Programs of this machine.
    Local,
    /// Those who show this token.
    Token(Arc<Token>),
    /// Whoever reaches the address.
    Anybody,
}

/// Answers only requests that show the token.
pub(super) async fn token_only(
    State(token): State<Arc<Token>>,
    request: Request,
    next: Next,
) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    if shown.and_then(|shown| shown.strip_prefix("Bearer ")).is_some_and(|it| token.is(it)) {
        return next.run(request).await;
    }
    let told = "send  Authorization: Bearer TOKEN , with that in  metrics.token  of the node\n";
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], told).into_response()
}

/// Answers only requests that call this machine by a name of its own.
pub(super) async fn local_names_only(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(is_local) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "this address is called localhost or 127.0.0.1\n").into_response()
    }
}

/// Whether a Host header, with or without a port, names this machine.
pub fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    name == "127.0.0.1" || name == "[::1]" || name.eq_ignore_ascii_case("localhost")
}
