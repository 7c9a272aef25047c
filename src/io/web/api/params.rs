//! Parameters of the query and bodies, read into types. Whatever is wrong is said by name.

use std::fmt;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde::de::value::{MapAccessDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::refusal::Refusal;

/// Bytes of a body at most: a rules file of the largest fleet has less.
const BODY_BYTES_MAX: usize = 2 << 20;

/// The parameters of a query. Those that `T` does not have are ignored; one that is given several times, or with commas in it, is
/// a list where `T` has one.
#[derive(Clone, Debug)]
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        read(parts.uri.query().unwrap_or_default()).map(Self).map_err(Refusal::from)
    }
}

/// A body of JSON.
#[derive(Clone, Debug)]
pub(super) struct Sent<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Sent<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let media = request.headers().get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
        if !is_json(media) {
            let detail = format!("the content type is {media:?}, and application/json is read");
            let title = "Media type not read";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", title, detail));
        }
        let body = whole(request).await?;
        serde_json::from_slice(&body).map(Self).map_err(|error| Refusal::bad_body(error.to_string()))
    }
}

/// A body of text.
#[derive(Clone, Debug)]
pub(super) struct SentText(pub(super) String);

impl<S: Sync> FromRequest<S> for SentText {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let body = whole(request).await?.into();
        String::from_utf8(body).map(Self).map_err(|_| Refusal::bad_body("the text is not UTF-8"))
    }
}

/// Whether a media type is JSON.
pub(super) fn is_json(media: &str) -> bool {
    media.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"))
}

async fn whole(request: Request) -> Result<Bytes, Refusal> {
    to_bytes(request.into_body(), BODY_BYTES_MAX).await.map_err(|_| {
        let detail = format!("the body broke off, or is larger than {BODY_BYTES_MAX} bytes");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Too large", detail)
    })
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Error {
    /// The parameter, once it is known.
    name: Option<String>,
    problem: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(problem: T) -> Self {
        Self { name: None, problem: problem.to_string() }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { name: Some(field.to_owned()), problem: "is needed".to_owned() }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::bad_parameter(error.name.as_deref().unwrap_or("?"), error.problem)
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    let mut given: Vec<(String, Vec<String>)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name), decoded(value));
        // PHP and some clients of Prometheus mark a list so.
        let name = name.strip_suffix("[]").map_or(name.clone(), str::to_owned);
        match given.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => given.push((name, vec![value])),
        }
    }
    let query = Query { left: given.into_iter(), values: Vec::new() };
    T::deserialize(MapAccessDeserializer::new(query))
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// The parameters as a map.
struct Query {
    left: std::vec::IntoIter<(String, Vec<String>)>,
    /// Name and values of the parameter at hand.
    values: Vec<(String, Vec<String>)>,
}

impl<'de> MapAccess<'de> for Query {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((name, values)) = self.left.next() else { return Ok(None) };
        self.values = vec![(name.clone(), values)];
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (name, values) = self.values.pop().unwrap_or_default();
        seed.deserialize(Given(values)).map_err(|error| Error { name: Some(name), ..error })
    }
}

/// The values of one parameter.
struct Given(Vec<String>);

impl Given {
    /// The last one counts where only one is wanted.
    fn one(mut self) -> String {
        self.0.pop().unwrap_or_default()
    }
}

/// Numbers and the like are read as they are written.
macro_rules! parsed {
    ($($method:ident => $visit:ident: $kind:ty, $what:literal;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let text = self.one();
            let value: $kind = text.parse().map_err(|_| de::Error::custom(format!("is {}, not {text:?}", $what)))?;
            visitor.$visit(value)
        })*
    };
}

impl<'de> de::Deserializer<'de> for Given {
    type Error = Error;

    parsed! {
        deserialize_u8 => visit_u8: u8, "a small whole number";
        deserialize_u16 => visit_u16: u16, "a whole number";
        deserialize_u32 => visit_u32: u32, "a whole number";
        deserialize_u64 => visit_u64: u64, "a whole number";
        deserialize_i32 => visit_i32: i32, "a whole number";
        deserialize_i64 => visit_i64: i64, "a whole number";
        deserialize_f32 => visit_f32: f32, "a number";
        deserialize_f64 => visit_f64: f64, "a number";
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.one())
    }

    /// `?live` and `?live=1` are as good as `?live=true`.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.one().as_str() {
            "" | "1" | "true" | "yes" => visitor.visit_bool(true),
            "0" | "false" | "no" => visitor.visit_bool(false),
            other => Err(de::Error::custom(format!("is true or false, not {other:?}"))),
        }
    }

    /// An empty value is none.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.iter().all(String::is_empty) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let values = self.0.iter().filter(|value| !value.is_empty()).map(|value| Self(vec![value.clone()]));
        visitor.visit_seq(SeqDeserializer::new(values))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let given = self.one();
        if !variants.contains(&given.as_str()) {
            return Err(de::Error::custom(format!("is one of {}, not {given:?}", variants.join(", "))));
        }
        IntoDeserializer::<Error>::into_deserializer(given).deserialize_enum(name, variants, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Given {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum By {
        #[default]
        Rule,
        Tenant,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Wanted {
        q: String,
        limit: Option<u32>,
        live: bool,
        by: By,
        filter: Vec<String>,
    }

    fn problem(query: &str) -> (Option<String>, String) {
        let error = read::<Wanted>(query).unwrap_err();
        (error.name, error.problem)
    }

    #[test]
    fn parameters_become_fields_and_unknown_ones_are_ignored() {
        let read = read::<Wanted>("q=a+b%3D%22c%22&limit=5&live&by=tenant&filter=x&filter=y&whatever=1").unwrap();
        let filter = vec!["x".to_owned(), "y".to_owned()];
        assert_eq!(read, Wanted { q: "a b=\"c\"".into(), limit: Some(5), live: true, by: By::Tenant, filter });
        assert_eq!(super::read::<Wanted>("").unwrap(), Wanted::default());
        assert_eq!(super::read::<Wanted>("limit=").unwrap(), Wanted::default());
    }

    #[test]
    fn what_is_wrong_is_said_by_name() {
        assert_eq!(problem("limit=many"), (Some("limit".into()), "is a whole number, not \"many\"".into()));
        assert_eq!(problem("by=x"), (Some("by".into()), "is one of rule, tenant, not \"x\"".into()));
        assert_eq!(problem("live=perhaps").0, Some("live".into()));
    }

    #[test]
    fn a_needed_parameter_is_asked_for() {
        #[derive(Debug, Deserialize)]
        struct Needed {
            #[expect(dead_code, reason = "only whether it is there matters")]
            rule: String,
        }
        assert_eq!(read::<Needed>("").unwrap_err().name, Some("rule".into()));
    }
}
