//! Fields beside the ones that an operation's type knows.

use std::fmt;

use reqwest::Request;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Map, Value};

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Fields that are sent beside the known ones: in a JSON body, as parts of a form, or in the query of what has no body.
///
/// A field of a body that is known is replaced.
#[derive(Clone, Default)]
pub struct Extra(Map<String, Value>);

impl Extra {
    /// Sets a field.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) {
        self.0.insert(name.into(), value);
    }

    /// Returns the fields.
    #[must_use]
    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Sets these fields in the JSON body or the query of a request.
    pub(crate) fn add_to(&self, request: &mut Request) -> Result<(), String> {
        if self.0.is_empty() {
            return Ok(());
        }
        let Some(body) = request.body() else {
            let mut query = request.url_mut().query_pairs_mut();
            for (name, value) in &self.0 {
                query.append_pair(name, &plain(value));
            }
            return Ok(());
        };
        let object = body.as_bytes().map(serde_json::from_slice);
        let Some(Ok(Value::Object(mut fields))) = object else {
            return Err("the body has no place for other fields".to_owned());
        };
        fields.extend(self.0.clone());
        set_json(request, &fields)
    }

    /// Adds these fields as parts of a form.
    pub(crate) fn add_to_form(&self, form: reqwest::multipart::Form) -> reqwest::multipart::Form {
        self.0.iter().fold(form, |form, (name, value)| {
            form.text(name.clone(), plain(value))
        })
    }
}

impl From<Map<String, Value>> for Extra {
    fn from(fields: Map<String, Value>) -> Self {
        Self(fields)
    }
}

impl fmt::Debug for Extra {
    // The values can be messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Makes a JSON object the body of a request.
pub(crate) fn set_json(request: &mut Request, fields: &Map<String, Value>) -> Result<(), String> {
    let body = serde_json::to_vec(fields).map_err(|_| "the body cannot be written".to_owned())?;
    set_body(request, body);
    Ok(())
}

/// Makes JSON the body of a request.
pub(crate) fn set_body(request: &mut Request, json: Vec<u8>) {
    *request.body_mut() = Some(json.into());
    request.headers_mut().insert(CONTENT_TYPE, JSON);
}

/// A value outside JSON: a text without its quotes.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
