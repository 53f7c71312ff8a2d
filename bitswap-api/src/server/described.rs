//! Routes and their descriptions: none can be added without the other.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware::from_fn;
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Json, Router};
use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

use super::{Served, guard, openapi};

/// One method of one path: what the document says of it.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) method: Method,
    /// Below the root of the API, with parameters in braces.
    pub(super) path: &'static str,
    /// What it does, in a sentence.
    pub(super) does: &'static str,
    /// Whether it only looks, and nothing that it shows is content of blocks.
    pub(super) looks: bool,
    pub(super) query: Option<SchemaOf>,
    pub(super) body: Content,
    /// The status of a good answer.
    pub(super) status: u16,
    pub(super) answer: Content,
}

/// Makes the schema of a type.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What a body is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    Nothing,
    Json(SchemaOf),
    /// JSON, one object on each line.
    Lines(SchemaOf),
    /// Bytes of this type.
    Bytes(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Delete,
    Get,
    Head,
    Post,
    Put,
}

impl Method {
    /// As the document has it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Get => "get",
            Self::Head => "head",
            Self::Post => "post",
            Self::Put => "put",
        }
    }

    const fn filter(self) -> MethodFilter {
        match self {
            Self::Delete => MethodFilter::DELETE,
            Self::Get => MethodFilter::GET,
            Self::Head => MethodFilter::HEAD,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
        }
    }
}

impl Operation {
    /// One that only looks.
    pub(super) const fn looks(path: &'static str, does: &'static str) -> Self {
        Self { looks: true, ..Self::new(Method::Get, path, does) }
    }

    pub(super) const fn new(method: Method, path: &'static str, does: &'static str) -> Self {
        let (query, body, answer) = (None, Content::Nothing, Content::Nothing);
        Self { method, path, does, looks: false, query, body, status: 200, answer }
    }

    /// The fields of `T` are its parameters.
    pub(super) const fn asks<T: JsonSchema>(self) -> Self {
        Self { query: Some(schema_of::<T>), ..self }
    }

    /// Its body is a `T` in JSON.
    pub(super) const fn takes<T: JsonSchema>(self) -> Self {
        Self { body: Content::Json(schema_of::<T>), ..self }
    }

    pub(super) const fn takes_bytes(self, kind: &'static str) -> Self {
        Self { body: Content::Bytes(kind), ..self }
    }

    /// It answers with a `T` in JSON.
    pub(super) const fn answers<T: JsonSchema>(self) -> Self {
        Self { answer: Content::Json(schema_of::<T>), ..self }
    }

    /// It answers with one `T` after another.
    pub(super) const fn tells<T: JsonSchema>(self) -> Self {
        Self { answer: Content::Lines(schema_of::<T>), ..self }
    }

    pub(super) const fn answers_bytes(self, kind: &'static str) -> Self {
        Self { answer: Content::Bytes(kind), ..self }
    }

    /// A good answer has this status.
    pub(super) const fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// A router, and what is said of each of its routes.
#[derive(Default)]
pub(super) struct Routes {
    pub(super) router: Router<Served>,
    pub(super) operations: Vec<Operation>,
}

impl Routes {
    pub(super) fn add<T: 'static>(
        mut self,
        operation: Operation,
        handler: impl Handler<T, Served>,
    ) -> Self {
        let route = on(operation.method.filter(), handler);
        self.push(operation, route);
        self
    }

    /// With the route of the document that describes them all, and itself; and the document.
    pub(super) fn finish(mut self) -> (Self, Arc<Value>) {
        let operation = Operation::looks("/openapi.json", "Describes the API.");
        self.operations.push(operation.answers::<Map<String, Value>>());
        let document = Arc::new(openapi::document(&self.operations));
        let told = Arc::clone(&document);
        let route = on(MethodFilter::GET, async move || Json(Value::clone(&told)));
        self.router = self.router.route("/openapi.json", route);
        (self, document)
    }

    /// As [`add`](Self::add), for one that counts by itself what comes.
    pub(super) fn add_unlimited<T: 'static>(
        mut self,
        operation: Operation,
        handler: impl Handler<T, Served>,
    ) -> Self {
        let route = on(operation.method.filter(), handler).layer(DefaultBodyLimit::disable());
        self.push(operation, route);
        self
    }

    fn push(&mut self, operation: Operation, route: MethodRouter<Served>) {
        let guarded = if operation.looks { route } else { route.layer(from_fn(guard::full_only)) };
        self.router = std::mem::take(&mut self.router).route(operation.path, guarded);
        self.operations.push(operation);
    }
}
