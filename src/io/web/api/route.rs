//! A row of the table of endpoints.

use std::sync::Arc;

use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{self, MethodFilter, MethodRouter};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::Api;

/// Makes the schema of a type, and notes what it refers to.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What somebody must be allowed to do to use an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing: it is how one comes in.
    Nothing,
    /// To see something; what is answered is of the accounts that may be seen.
    Read,
    /// To see the whole fleet: what is answered cannot be divided by tenants.
    Fleet,
    /// To silence, acknowledge and replay.
    Write,
    /// Both.
    FleetWrite,
}

/// What a request carries, or an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    /// Media type.
    pub(super) media: &'static str,
    /// Of what shape, where it has one.
    pub(super) schema: Option<SchemaOf>,
}

/// An endpoint.
#[derive(Clone, Debug)]
pub(super) struct Route {
    /// Method.
    pub(super) method: Method,
    /// Path below `/api/v1`, with `{name}` for parts that vary.
    pub(super) path: &'static str,
    /// What it gives, in a sentence without its full stop.
    pub(super) summary: &'static str,
    /// Who may use it.
    pub(super) needs: Needs,
    /// Schema of a type whose fields are the parameters of the query.
    pub(super) params: Option<SchemaOf>,
    /// What is sent.
    pub(super) body: Option<Content>,
    /// What is answered.
    pub(super) answer: Option<Content>,
    /// Whether it is a list, that is also given as CSV.
    pub(super) list: bool,
    /// What answers.
    pub(super) handler: MethodRouter<Arc<Api>>,
}

impl Route {
    /// An endpoint that shows something, to anyone who may see something.
    pub(super) fn get<H: Handler<T, Arc<Api>>, T: 'static>(
        path: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::GET, path, summary, Needs::Read, routing::on(MethodFilter::GET, handler))
    }

    /// An endpoint that does something, for those who may write.
    pub(super) fn post<H: Handler<T, Arc<Api>>, T: 'static>(
        path: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::POST, path, summary, Needs::Write, routing::post(handler))
    }

    /// An endpoint that takes something away, for those who may write.
    pub(super) fn delete<H: Handler<T, Arc<Api>>, T: 'static>(
        path: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::DELETE, path, summary, Needs::Write, routing::delete(handler))
    }

    fn new(
        method: Method,
        path: &'static str,
        summary: &'static str,
        needs: Needs,
        handler: MethodRouter<Arc<Api>>,
    ) -> Self {
        Self { method, path, summary, needs, params: None, body: None, answer: None, list: false, handler }
    }

    /// Who may use it, where it is not who may use others of its method.
    pub(super) const fn needs(mut self, needs: Needs) -> Self {
        self.needs = needs;
        self
    }

    /// Its parameters are the fields of `T`.
    pub(super) fn params<T: JsonSchema>(mut self) -> Self {
        self.params = Some(T::json_schema);
        self
    }

    /// It takes a `T` as JSON.
    pub(super) fn body<T: JsonSchema>(mut self) -> Self {
        self.body = Some(Content { media: "application/json", schema: Some(SchemaGenerator::subschema_for::<T>) });
        self
    }

    /// It takes a text.
    pub(super) const fn text_body(mut self, media: &'static str) -> Self {
        self.body = Some(Content { media, schema: None });
        self
    }

    /// It answers with a `T` as JSON.
    pub(super) fn answer<T: JsonSchema>(mut self) -> Self {
        self.answer = Some(Content { media: "application/json", schema: Some(SchemaGenerator::subschema_for::<T>) });
        self
    }

    /// It answers with a text.
    pub(super) const fn text_answer(mut self, media: &'static str) -> Self {
        self.answer = Some(Content { media, schema: None });
        self
    }

    /// It answers with a `List<T>` as JSON, and as CSV to those who ask for it, or for its path with `.csv` behind.
    pub(super) fn list<T: JsonSchema>(self) -> Self {
        Self { list: true, ..self.answer::<crate::api::List<T>>() }
    }

    /// What it answers with has items, that are also given as CSV or a JSON object a line.
    pub(super) const fn items(mut self) -> Self {
        self.list = true;
        self
    }

    /// The paths that lead to it.
    pub(super) fn paths(&self) -> Vec<String> {
        let mut paths = vec![self.path.to_owned()];
        if self.list {
            paths.push(format!("{}.csv", self.path));
            paths.push(format!("{}.ndjson", self.path));
        }
        paths
    }
}
