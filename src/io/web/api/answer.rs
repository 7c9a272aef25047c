//! Answers: JSON, lists in parts, and the same lists as CSV or a JSON object a line.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cursor;
use super::refusal::Refusal;
use crate::api::{List, Time};
use crate::io::clock;

/// How many items there are in all, where an answer has no room for it.
const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// Where the list goes on, where an answer has no room for it.
const NEXT: HeaderName = HeaderName::from_static("x-next-cursor");

/// Something as JSON.
#[derive(Clone, Debug)]
pub(super) struct Answer<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => {
                tracing::error!(%error, "an answer could not be written");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// In which form a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
    /// A JSON object a line.
    Ndjson,
}

impl<S: Sync> FromRequestParts<S> for Format {
    type Rejection = Infallible;

    /// The end of the path counts before `Accept`.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let accepts = |media: &str| {
            let accepts = parts.headers.get_all(ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
            accepts.flat_map(|accept| accept.split(',')).any(|accept| accept.trim().starts_with(media))
        };
        let path = parts.uri.path();
        Ok(if path.ends_with(".csv") {
            Self::Csv
        } else if path.ends_with(".ndjson") {
            Self::Ndjson
        } else if accepts("text/csv") {
            Self::Csv
        } else if accepts("application/x-ndjson") {
            Self::Ndjson
        } else {
            Self::Json
        })
    }
}

impl Format {
    /// A list in that form.
    pub(super) fn list<T: Serialize>(self, list: List<T>) -> Response {
        match self {
            Self::Json => Answer(list).into_response(),
            Self::Csv | Self::Ndjson => self.part(&list.items, Some(list.total), list.next.as_deref()),
        }
    }

    /// Items of a list; how many there are in all, where that is known, and where it goes on stand in headers.
    pub(super) fn part<T: Serialize>(self, items: &[T], total: Option<u64>, next: Option<&str>) -> Response {
        let mut response = self.items(items);
        if let Some(total) = total {
            let _ = response.headers_mut().insert(TOTAL, total.into());
        }
        if let Some(next) = next.and_then(|next| HeaderValue::from_str(next).ok()) {
            let _ = response.headers_mut().insert(NEXT, next);
        }
        response
    }

    /// Items without what is around them.
    pub(super) fn items<T: Serialize>(self, items: &[T]) -> Response {
        let (media, body) = match self {
            Self::Json => return Answer(items).into_response(),
            Self::Csv => ("text/csv; charset=utf-8; header=present", csv(items)),
            Self::Ndjson => ("application/x-ndjson", ndjson(items)),
        };
        ([(CONTENT_TYPE, media)], body).into_response()
    }
}

/// How many items are answered at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    /// So many.
    pub(super) n: usize,
    /// What to say where more were asked for.
    pub(super) notice: Option<String>,
}

impl Limit {
    /// What was asked for, within bounds.
    pub(super) fn new(given: Option<u32>, default: u32, max: u32) -> Self {
        let given = given.unwrap_or(default);
        let notice = (given > max).then(|| format!("limit {given} is more than {max}: {max} are shown at a time"));
        Self { n: given.clamp(1, max) as usize, notice }
    }
}

/// The part of a whole list that was asked for, and where it goes on. For lists that stay in order while someone pages.
///
/// # Errors
/// When the cursor is none.
pub(super) fn part<T>(whole: Vec<T>, limit: Limit, cursor: Option<&str>) -> Result<List<T>, Refusal> {
    let skipped = cursor.map_or(Ok(0), cursor::decode::<usize>)?;
    let total = whole.len();
    let end = skipped.saturating_add(limit.n);
    Ok(List {
        items: whole.into_iter().skip(skipped).take(limit.n).collect(),
        total: total as u64,
        exact: true,
        next: (end < total).then(|| cursor::encode(&end)),
        notices: limit.notice.into_iter().collect(),
        as_of: Time(clock::now()),
    })
}

fn ndjson<T: Serialize>(items: &[T]) -> Vec<u8> {
    let mut text = Vec::new();
    for item in items {
        if serde_json::to_writer(&mut text, item).is_ok() {
            text.push(b'\n');
        }
    }
    text
}

/// A table: a column for each field, `a.b` for a field inside of one, in the order in which they come.
fn csv<T: Serialize>(items: &[T]) -> Vec<u8> {
    let rows: Vec<Vec<(String, String)>> = items.iter().filter_map(row).collect();
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flatten() {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cells = rows.iter().map(|row| {
        let cell = |column: &&str| row.iter().find(|(name, _)| name == column).map_or("", |(_, cell)| cell.as_str());
        columns.iter().map(cell).collect::<Vec<_>>()
    });
    for cells in std::iter::once(columns.clone()).chain(cells) {
        if let Err(error) = writer.write_record(cells) {
            tracing::error!(%error, "a row could not be written");
        }
    }
    writer.into_inner().unwrap_or_default()
}

fn row<T: Serialize>(item: &T) -> Option<Vec<(String, String)>> {
    let fields: Fields<Value> = serde_json::from_slice(&serde_json::to_vec(item).ok()?).ok()?;
    let mut cells = Vec::new();
    for (name, value) in fields.0 {
        spread(name, value, &mut cells);
    }
    Some(cells)
}

fn spread(name: String, value: Value, cells: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            fields.into_iter().for_each(|(field, value)| spread(format!("{name}.{field}"), value, cells));
        }
        Value::Array(values) => {
            let texts: Vec<String> = values.into_iter().map(text).collect();
            cells.push((name, harmless(texts.join(";"))));
        }
        Value::String(text) => cells.push((name, harmless(text))),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => cells.push((name, text(plain))),
    }
}

fn text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    }
}

/// Spreadsheets take a text that begins so for a formula, and the texts come from anywhere.
/// Source: OWASP, "CSV Injection".
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

/// Fields of an object in their order.
struct Fields<T>(Vec<(String, T)>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Fields<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Collect<T> {
            type Value = Fields<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<T>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Collect(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    struct Item {
        zone: &'static str,
        id: u32,
        labels: Value,
        firing: Vec<&'static str>,
    }

    fn items() -> [Item; 2] {
        let first = Item { zone: "a", id: 7, labels: json!({ "tier": "gold" }), firing: vec!["X", "Y"] };
        [first, Item { zone: "=cmd()", id: 8, labels: json!({ "ring": null }), firing: vec![] }]
    }

    #[test]
    fn a_table_has_a_column_for_each_field_in_their_order() {
        let text = String::from_utf8(csv(&items())).unwrap();
        assert_eq!(text, "zone,id,labels.tier,firing,labels.ring\na,7,gold,X;Y,\n'=cmd(),8,,,\n");
    }

    #[test]
    fn a_list_goes_on_until_its_end() {
        let first = part(vec![1, 2, 3], Limit::new(Some(2), 50, 200), None).unwrap();
        assert_eq!((first.items, first.total), (vec![1, 2], 3));
        let second = part(vec![1, 2, 3], Limit::new(Some(2), 50, 200), first.next.as_deref()).unwrap();
        assert_eq!((second.items, second.next), (vec![3], None));
    }

    #[test]
    fn a_limit_over_the_maximum_is_lowered_and_said() {
        let limit = Limit::new(Some(900), 50, 200);
        assert_eq!((limit.n, limit.notice.is_some()), (200, true));
        assert_eq!(Limit::new(None, 50, 200), Limit { n: 50, notice: None });
        assert_eq!(Limit::new(Some(0), 50, 200).n, 1);
    }
}
