//! Checks every answer of a test against `docs/openapi.json`. An undocumented status, header or body fails the test,
//! and so does an accepted request that the document forbids. `behaviour/documents/openapi.rs` compares the routes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::{Draft, Validator};
use local::template::{API_KEY, USER_TOKEN};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// The document as text.
pub const TEXT: &str = include_str!("../../docs/openapi.json");

/// The document as JSON.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap());

/// Every operation of the document.
pub static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| operations_of(path, item.as_object().unwrap())).collect()
});

/// Compiled schemas, by their text and by whether formats are checked.
type Validators = HashMap<(String, bool), Arc<Validator>>;

static VALIDATORS: LazyLock<Mutex<Validators>> = LazyLock::new(Mutex::default);

/// The number of mismatches that an error lists.
const MOST_FAULTS: usize = 5;

/// Panics if the document does not describe this request and its answer.
#[track_caller]
pub fn check(
    method: &str,
    target: &str,
    request_body: &[u8],
    request_content_type: Option<&str>,
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
) {
    // Pages for people are no part of the API.
    if target == "/console" || target.starts_with("/console/") {
        return;
    }
    let exchange = Exchange { method, target, request_body, request_content_type, status, headers, body };
    if let Err(fault) = exchange.judge() {
        panic!("docs/openapi.json: {method} {target} answers {status}: {fault}");
    }
}

/// Panics if the section `webhooks` does not describe this event, as a webhook receives it.
#[track_caller]
pub fn check_event(payload: &Value) {
    let event_type = payload["type"].as_str().unwrap();
    let described = &DOCUMENT["webhooks"][event_type]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert!(described.is_object(), "docs/openapi.json has no webhook {event_type}");
    let matched = match_schema(described, payload, true);
    assert_eq!(matched, Ok(()), "docs/openapi.json: webhook {event_type}: {payload:#}");
}

/// One operation of the document.
#[derive(Debug)]
pub struct Operation {
    /// Its `operationId`.
    pub id: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, with its parameters in braces.
    pub path: String,
    /// The parameters of the operation and of its path, resolved.
    pub parameters: Vec<&'static Value>,
    /// The whole operation.
    pub described: &'static Value,
}

impl Operation {
    /// Returns API Gateway's route key.
    pub fn route_key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Returns the names of the security schemes that the operation accepts.
    pub fn keys(&self) -> BTreeSet<&'static str> {
        let listed = self.described["security"].as_array().unwrap_or_else(|| panic!("{} lists no keys", self.id));
        listed.iter().flat_map(|scheme| scheme.as_object().unwrap().keys()).map(String::as_str).collect()
    }

    /// Returns the authorizer of the operation; `None` if the operation is public.
    pub fn authorizer(&self) -> Option<&'static str> {
        let keys = self.keys();
        let by_token = keys.contains(USER_TOKEN);
        (!keys.is_empty()).then_some(if by_token { USER_TOKEN } else { API_KEY })
    }

    /// True if anybody may call the operation.
    pub fn is_public(&self) -> bool {
        self.authorizer().is_none()
    }

    /// Returns the decoded parameters of a path, or `None` if the path does not match.
    fn path_values(&self, path: &str) -> Option<BTreeMap<&str, String>> {
        let (pattern, path): (Vec<&str>, Vec<&str>) = (self.path.split('/').collect(), path.split('/').collect());
        if pattern.len() != path.len() {
            return None;
        }
        let mut values = BTreeMap::new();
        for (pattern, part) in pattern.into_iter().zip(path) {
            match pattern.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !part.is_empty() => {
                    values.insert(name, percent_decode_str(part).decode_utf8_lossy().into_owned());
                }
                _ if pattern == part => {}
                _ => return None,
            }
        }
        Some(values)
    }
}

fn operations_of(path: &str, item: &'static Map<String, Value>) -> Vec<Operation> {
    let shared = item.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let shared: Vec<&Value> = shared.map(resolve).collect();
    let operations = item.iter().filter(|(name, _)| *name != "parameters");
    operations
        .map(|(method, described)| Operation {
            id: described["operationId"].as_str().unwrap().to_owned(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            parameters: [&shared[..], &list(&described["parameters"]).map(resolve).collect::<Vec<_>>()].concat(),
            described,
        })
        .collect()
}

/// Returns the entries of a list, which may be absent.
fn list(value: &'static Value) -> impl Iterator<Item = &'static Value> {
    value.as_array().into_iter().flatten()
}

/// Resolves a `$ref`. Returns any other value unchanged, and null if nothing is there.
pub fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null),
        None => value,
    }
}

/// Returns where and how a value does not match a schema. Checks formats in answers only: for requests they are
/// descriptions.
pub fn match_schema(schema: &Value, instance: &Value, check_formats: bool) -> Result<(), String> {
    let validator = validator(schema, check_formats);
    let faults = validator.iter_errors(instance).take(MOST_FAULTS);
    let faults: Vec<String> = faults.map(|fault| format!("at \"{}\": {fault}", fault.instance_path())).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}

fn validator(schema: &Value, check_formats: bool) -> Arc<Validator> {
    let key = (schema.to_string(), check_formats);
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || {
        let mut whole = schema.as_object().unwrap().clone();
        whole.insert("components".into(), json!({ "schemas": DOCUMENT["components"]["schemas"] }));
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(check_formats);
        Arc::new(options.build(&Value::Object(whole)).unwrap())
    };
    Arc::clone(validators.entry(key).or_insert_with(compile))
}

/// A request and its answer.
struct Exchange<'a> {
    method: &'a str,
    target: &'a str,
    request_body: &'a [u8],
    request_content_type: Option<&'a str>,
    status: u16,
    headers: &'a [(String, String)],
    body: &'a [u8],
}

impl Exchange<'_> {
    fn judge(&self) -> Result<(), String> {
        let Some((operation, path_values)) = self.operation() else {
            let fallback = if self.method == "OPTIONS" { "x-preflight" } else { "x-fallback" };
            let responses = &DOCUMENT[fallback]["responses"];
            return self.judge_answer(responses).map_err(|fault| format!("no operation has this path: {fault}"));
        };
        let named = |fault| format!("{}: {fault}", operation.id);
        self.judge_answer(&operation.described["responses"]).map_err(named)?;
        self.judge_limits(operation).map_err(named)?;
        if (200..300).contains(&self.status) {
            self.judge_request(operation, &path_values)
                .map_err(|fault| format!("{}: the request was accepted, but {fault}", operation.id))?;
        }
        Ok(())
    }

    /// Finds an operation as the gateway does: an exact path wins over one with parameters.
    fn operation(&self) -> Option<(&'static Operation, BTreeMap<&'static str, String>)> {
        let path = self.target.split('?').next().unwrap_or_default();
        let same_method = OPERATIONS.iter().filter(|operation| operation.method == self.method);
        let candidates = same_method.filter_map(|operation| Some((operation, operation.path_values(path)?)));
        candidates.min_by_key(|(_, values)| values.len())
    }

    fn judge_answer(&self, responses: &'static Value) -> Result<(), String> {
        let response = resolve(&responses[self.status.to_string()]);
        if response.is_null() {
            let body = String::from_utf8_lossy(self.body);
            return Err(format!("the status is not documented: {body}"));
        }
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let header = resolve(header);
            let schema = &header["schema"];
            match self.header(name) {
                Some(text) => {
                    let value = if schema["type"] == "integer" { serde_json::from_str(text).ok() } else { None };
                    let value = value.unwrap_or_else(|| json!(text));
                    match_schema(schema, &value, true).map_err(|fault| format!("header {name}: {fault}"))?;
                }
                None if header["required"] == true => return Err(format!("header {name} is missing")),
                None => {}
            }
        }
        let Some(content) = response["content"].as_object() else {
            return if self.body.is_empty() { Ok(()) } else { Err("there is a body, which is not documented".into()) };
        };
        let content_type = self.content_type();
        let Some(described) = content.get(&content_type) else {
            return Err(format!("the content type {content_type:?} is not documented"));
        };
        let body = match content_type.ends_with("json") {
            true => serde_json::from_slice(self.body).map_err(|error| format!("the body is not JSON: {error}"))?,
            false => json!(String::from_utf8_lossy(self.body)),
        };
        match_schema(&described["schema"], &body, true).map_err(|fault| format!("the body does not match {fault}"))
    }

    /// Headers that every answer of a function has. API Gateway's own answers lack them, so the document makes them
    /// optional.
    fn judge_limits(&self, operation: &Operation) -> Result<(), String> {
        let by_gateway = self.status >= 400 && self.content_type() == "application/json";
        let mut expected = Vec::new();
        if !operation.is_public() && self.status != 401 && !by_gateway {
            expected.extend(["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]);
        }
        if matches!(self.status, 429 | 503) && !by_gateway {
            expected.push("Retry-After");
        }
        match expected.into_iter().find(|name| self.header(name).is_none()) {
            Some(missing) => Err(format!("header {missing} is missing")),
            None => Ok(()),
        }
    }

    fn judge_request(&self, operation: &Operation, path_values: &BTreeMap<&str, String>) -> Result<(), String> {
        for parameter in operation.parameters.iter().filter(|parameter| parameter["in"] == "path") {
            let name = parameter["name"].as_str().unwrap();
            let value = json!(path_values[name]);
            match_schema(&parameter["schema"], &value, false).map_err(|fault| format!("{{{name}}} not {fault}"))?;
        }
        let documented = &operation.described["requestBody"];
        if self.request_body.is_empty() {
            let needed = documented["required"] == true;
            return if needed { Err("it has no body, which is required".into()) } else { Ok(()) };
        }
        let content_type = media_type(self.request_content_type.unwrap_or_default());
        let Some(content) = documented["content"].as_object() else { return Ok(()) };
        let Some(described) = content.get(&content_type) else {
            return Err(format!("the content type {content_type:?} is not documented"));
        };
        if content_type != "application/json" {
            return Ok(());
        }
        // The API ignores a byte-order mark.
        let body = self.request_body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(self.request_body);
        let body = serde_json::from_slice(body).map_err(|error| format!("it is not JSON: {error}"))?;
        let schema = self.judge_entries(resolve(&described["schema"]), &body)?;
        match_schema(&schema, &body, false).map_err(|fault| format!("its body does not match {fault}"))
    }

    /// Judges the entries of lists that refuse a bad entry alone: the answer must not accept an entry that the document
    /// forbids. Returns the schema without them.
    fn judge_entries(&self, schema: &Value, body: &Value) -> Result<Value, String> {
        let mut rest = schema.clone();
        let lists = schema["properties"].as_object().into_iter().flatten();
        for (name, list) in lists.filter(|(_, list)| list["x-entries-refused-alone"] == true) {
            rest["properties"][name]["items"] = json!({});
            let answer: Value = serde_json::from_slice(self.body).unwrap_or_default();
            for (number, entry) in body[name].as_array().into_iter().flatten().enumerate() {
                let is_accepted = answer["results"][number]["status"] == 200;
                if is_accepted && let Err(fault) = match_schema(&list["items"], entry, false) {
                    return Err(format!("entry {number} does not match {fault}"));
                }
            }
        }
        Ok(rest)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn content_type(&self) -> String {
        media_type(self.header("content-type").unwrap_or_default())
    }
}

/// Returns a content type without its parameters, in lower case.
fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
