//! Errors over HTTP (RFC 9457): the words that the command line would say, and a status.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{CliError, Exit};

/// What such a body is called.
pub const PROBLEM_TYPE: &str = "application/problem+json";

/// An error on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// The text of `what`, under the name that the standard gives it.
    title: String,
    status: u16,
    code: String,
    what: String,
    why: String,
    r#do: String,
    exit: u8,
}

impl Problem {
    /// The error as the daemon met it.
    pub fn into_error(self) -> CliError {
        let Self { code, what, why, r#do, exit, .. } = self;
        // An error ends the process, so its code may last as long as that.
        let code = Box::leak(code.into_boxed_str());
        CliError { code, exit: Exit::of(exit), what, why, remedy: r#do, at: None, faults: None }
    }
}

impl IntoResponse for CliError {
    fn into_response(self) -> Response {
        let status = status(&self);
        let why = self.why_with_place();
        let Self { code, exit, what, remedy, .. } = self;
        let problem = Problem {
            title: what.clone(),
            status: status.as_u16(),
            code: code.to_owned(),
            what,
            why,
            r#do: remedy,
            exit: exit as u8,
        };
        let body = serde_json::to_vec(&problem).map_or_else(|_| Body::empty(), Body::from);
        (status, [(header::CONTENT_TYPE, PROBLEM_TYPE)], body).into_response()
    }
}

fn status(error: &CliError) -> StatusCode {
    match (error.code, error.exit) {
        ("block-too-large", _) => StatusCode::PAYLOAD_TOO_LARGE,
        ("too-many-sessions", _) => StatusCode::TOO_MANY_REQUESTS,
        ("timed-out", _) => StatusCode::GATEWAY_TIMEOUT,
        ("no-such-path", _) | (_, Exit::NotFound) => StatusCode::NOT_FOUND,
        (_, Exit::Usage) => StatusCode::BAD_REQUEST,
        (_, Exit::NoNode) => StatusCode::SERVICE_UNAVAILABLE,
        (_, Exit::BadData) => StatusCode::UNPROCESSABLE_ENTITY,
        (_, Exit::Refused) => StatusCode::FORBIDDEN,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
