//! The API over HTTP: its address, the key, and the exit code of each failure. Never prints the key.

use std::io::Read as _;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{Request, header::HeaderMap};

use crate::{output, profiles};

/// Time limit of a request: longer than any function takes.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Attempts at a request that the API answers with "later".
const ATTEMPTS: u32 = 5;

/// The longest pause between two attempts.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Limit of an answer's size.
const MAX_ANSWER_BYTES: u64 = 64 << 20;

/// The exit codes, for `moments --help`.
pub(crate) const EXIT_CODES: &str = "Exit codes:
  0   done
  1   something unexpected
  2   wrong command line
  3   the request is invalid (400, 413, 415)
  4   no key, an unknown one, or one that does not allow this (401, 403)
  5   not found (404)
  6   conflict: another state or version than expected (409)
  7   not reachable, or busy (429, 503): try again later
  8   finished, but some rows were refused
  130 stopped by Ctrl-C";

/// The laptop's API: the address if no flag, variable or profile gives one.
const LAPTOP: &str = "http://localhost:3000";

/// What the key of a command has to allow. A profile has a key for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// A key of scope `app`.
    App,
    /// A key of scope `admin`.
    Admin,
}

/// The API's address and key, and the form of the output.
#[derive(Args, Clone)]
pub(crate) struct Connection {
    /// Base URL of the API: the stack's output ApiUrl. By default that of the profile in use
    /// (`moments profile`), or http://localhost:3000.
    #[arg(long, env = "MOMENTS_API", value_name = "URL", global = true)]
    pub(crate) api: Option<String>,
    /// API key. By default that of the profile in use. The environment is safer: every user of the machine can read command lines.
    #[arg(long, env = "MOMENTS_KEY", hide_env_values = true, global = true)]
    key: Option<String>,
    /// Print the API's answer as one JSON document, for scripts.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

impl Connection {
    /// Returns the key that was given. Fails if there is none.
    pub(crate) fn given_key(&self) -> Result<&str, Failure> {
        let missing = "no API key: set MOMENTS_KEY, give --key, or use a profile (`moments local` prints keys, and \
                       `moments keys bootstrap` mints the first)";
        self.key.as_deref().filter(|key| !key.is_empty()).ok_or_else(|| Failure::new(4, missing))
    }

    /// Returns the API's address and a key for it.
    fn resolved(&self, needs: Needs) -> Result<(String, String), Failure> {
        let profile = profiles::in_use()?;
        let of_profile = profile.as_ref().map(|profile| profile.api.as_str());
        let base = self.api.as_deref().or(of_profile).unwrap_or(LAPTOP).trim_end_matches('/').to_owned();
        // A profile's key goes to the profile's API and to no other.
        let kept = profile.filter(|profile| profile.api == base).and_then(|profile| profile.key(needs));
        match (self.given_key(), kept) {
            (Ok(given), _) => Ok((base, given.to_owned())),
            (Err(_), Some(kept)) => Ok((base, kept)),
            (Err(failure), None) => Err(failure),
        }
    }
}

/// The API and the app that a command works on.
#[derive(Args, Clone)]
pub(crate) struct AppConnection {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// The app's id.
    #[arg(long, env = "MOMENTS_APP", global = true)]
    app: Option<String>,
}

impl AppConnection {
    /// Returns the app. Fails if it is missing.
    pub(crate) fn app(&self) -> Result<String, Failure> {
        let app = match self.app.clone().filter(|app| !app.is_empty()) {
            Some(given) => Some(given),
            None => profiles::in_use()?.and_then(|profile| profile.app),
        };
        app.ok_or_else(|| Failure::new(2, "which app? set MOMENTS_APP, give --app, or use a profile"))
    }

    /// Returns the API and the app's path, for a command of the app's admins.
    pub(crate) fn open(&self) -> Result<(Api, String), Failure> {
        let api = Api::new(&self.connection, Needs::Admin)?;
        Ok((api, format!("/v1/apps/{}", in_path(&self.app()?))))
    }
}

/// Commands on the API.
#[derive(Args)]
pub(crate) struct OnApi<Command: Subcommand> {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Commands on an app.
#[derive(Args)]
pub(crate) struct OnApp<Command: Subcommand> {
    #[command(flatten)]
    pub(crate) connection: AppConnection,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Why a command failed, and its exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code. With 0 the command ends in silence.
    pub(crate) code: u8,
    pub(crate) text: String,
    /// The API's refusal, for scripts that asked for JSON.
    pub(crate) problem: Option<Value>,
}

impl Failure {
    pub(crate) fn new(code: u8, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), problem: None }
    }

    /// The reader of standard output has gone, as `head` does. That is no error.
    pub(crate) fn unread() -> Self {
        Self::new(0, "")
    }

    /// A failure without a code of its own.
    pub(crate) fn unexpected(text: impl Into<String>) -> Self {
        Self::new(1, text)
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::unexpected(text)
    }
}

/// The body of a request.
#[derive(Debug, Clone)]
enum Body {
    Json(Value),
    Csv(String),
}

/// A request to the API.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: &'static str,
    path: String,
    body: Option<Body>,
    if_match: Option<u64>,
    /// True if making the call twice has the effect of making it once.
    repeatable: bool,
}

impl Call {
    fn new(method: &'static str, path: impl Into<String>, body: Option<Body>) -> Self {
        Self { method, path: path.into(), body, if_match: None, repeatable: true }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path, None)
    }

    pub(crate) fn put(path: impl Into<String>, body: Value) -> Self {
        Self::new("PUT", path, Some(Body::Json(body)))
    }

    /// A null `body` sends none.
    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new("POST", path, (!body.is_null()).then_some(Body::Json(body)))
    }

    pub(crate) fn post_csv(path: impl Into<String>, text: String) -> Self {
        Self::new("POST", path, Some(Body::Csv(text)))
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new("DELETE", path, None)
    }

    pub(crate) fn if_match(self, version: Option<u64>) -> Self {
        Self { if_match: version, ..self }
    }

    /// Marks a call that makes something new each time. It is not repeated after a lost answer.
    pub(crate) fn once(self) -> Self {
        Self { repeatable: false, ..self }
    }
}

/// A client of the API. Clones share connections.
#[derive(Clone)]
pub(crate) struct Api {
    agent: Agent,
    /// Its address.
    pub(crate) base: String,
    key: String,
    /// True if the output is JSON.
    pub(crate) json: bool,
}

/// The result of one attempt.
enum Attempt {
    Answered(Value),
    Later(Duration, Failure),
}

impl Api {
    pub(crate) fn new(connection: &Connection, needs: Needs) -> Result<Self, Failure> {
        let (base, key) = connection.resolved(needs)?;
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(Failure::new(2, format!("--api must begin with https:// or http://, but is {base}")));
        }
        let host = base.trim_start_matches("http://").split(['/', ':']).next().unwrap_or_default();
        if base.starts_with("http://") && !["localhost", "127.0.0.1", "[", "host.docker.internal"].contains(&host) {
            eprintln!("moments: {base} is not encrypted: the key can be read on the way; use https://");
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("moments/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: agent.into(), base, key, json: connection.json })
    }

    /// Makes a call and repeats it while the API answers "later". Returns the body of the answer, or null.
    pub(crate) fn call(&self, call: &Call) -> Result<Value, Failure> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.attempt(call)? {
                Attempt::Answered(body) => return Ok(body),
                Attempt::Later(_, failure) if attempts >= ATTEMPTS => return Err(failure),
                Attempt::Later(wait, _) => {
                    std::thread::sleep(wait.max(Duration::from_millis(200) * 2_u32.pow(attempts)).min(MAX_PAUSE))
                }
            }
        }
    }

    fn attempt(&self, call: &Call) -> Result<Attempt, Failure> {
        let mut request = Request::builder()
            .method(call.method)
            .uri(format!("{}{}", self.base, call.path))
            .header("x-api-key", &self.key);
        if let Some(version) = call.if_match {
            request = request.header("if-match", format!("\"{version}\""));
        }
        let (content_type, body) = match &call.body {
            None => (None, String::new()),
            Some(Body::Json(body)) => (Some("application/json"), body.to_string()),
            Some(Body::Csv(text)) => (Some("text/csv"), text.clone()),
        };
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        // The key or the address has bytes that cannot be sent. The error is not shown: it could hold the key.
        let request = request.body(body).map_err(|_| Failure::new(2, "the key or the address cannot be sent"))?;
        let mut response = match self.agent.run(request) {
            Ok(response) => response,
            Err(error) => {
                let failure = Failure::new(7, format!("{} cannot be reached: {error}", self.base));
                return if call.repeatable { Ok(Attempt::Later(Duration::ZERO, failure)) } else { Err(failure) };
            }
        };
        let (status, wait) = (response.status().as_u16(), retry_after(response.headers()));
        let mut text = String::new();
        let read = response.body_mut().as_reader().take(MAX_ANSWER_BYTES).read_to_string(&mut text);
        if let Err(error) = read {
            return Err(Failure::new(7, format!("the answer was cut off: {error}")));
        }
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        match status {
            204 => Ok(Attempt::Answered(Value::Null)),
            200..300 if body.is_object() => Ok(Attempt::Answered(body)),
            // A proxy's login page, or another server: the API did nothing.
            200..300 => Err(Failure::unexpected(format!(
                "{} answered {status}, but not as the API does: is it the API?",
                self.base
            ))),
            _ => {
                let failure = Failure::new(code(status), explain(status, &body));
                let problem = Some(body).filter(|body| self.json && body.is_object());
                let failure = Failure { problem, ..failure };
                if matches!(status, 429 | 503) { Ok(Attempt::Later(wait, failure)) } else { Err(failure) }
            }
        }
    }

    /// Makes a call and prints the answer.
    pub(crate) fn show(&self, call: &Call) -> Result<(), Failure> {
        output::fields(self.json, &self.call(call)?)
    }

    /// Prints all entries of a list, as a table with these columns or as JSON.
    pub(crate) fn show_list(&self, path: &str, columns: &str) -> Result<(), Failure> {
        output::entries(self.json, &self.list(path)?, columns)
    }

    /// Prints that a call without a body in its answer is done.
    pub(crate) fn done(&self, text: &str) -> Result<(), Failure> {
        done(self.json, text)
    }

    /// Returns all entries of a list, from all pages.
    pub(crate) fn list(&self, path: &str) -> Result<Vec<Value>, Failure> {
        let mut entries = Vec::new();
        let first = if path.contains('?') { '&' } else { '?' };
        let mut cursor = None::<String>;
        loop {
            let page = cursor.as_ref().map_or_else(String::new, |cursor| format!("&cursor={}", in_path(cursor)));
            let mut page = self.call(&Call::get(format!("{path}{first}limit=100{page}")))?;
            if let Some(data) = page["data"].as_array_mut() {
                entries.append(data);
            }
            cursor = page["cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return Ok(entries);
            }
        }
    }
}

/// Prints that something is done, for commands whose answer has no body.
pub(crate) fn done(as_json: bool, text: &str) -> Result<(), Failure> {
    output::print(if as_json { "{}" } else { text })
}

/// Encodes a text as one segment of a path.
pub(crate) fn in_path(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn retry_after(headers: &HeaderMap) -> Duration {
    let seconds = headers.get("retry-after").and_then(|value| value.to_str().ok()).and_then(|value| value.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0))
}

fn code(status: u16) -> u8 {
    match status {
        400 | 413 | 415 => 3,
        401 | 403 => 4,
        404 => 5,
        409 => 6,
        429 | 503 => 7,
        _ => 1,
    }
}

/// Formats the API's refusal, with a line for each field.
fn explain(status: u16, body: &Value) -> String {
    let says = body["detail"].as_str().or(body["message"].as_str()).unwrap_or("the API gave no reason");
    let mut text = match status {
        401 => "the API does not know this key".to_owned(),
        _ => format!("{says} ({status})"),
    };
    for change in output::list(body, "changes") {
        let (before, after) = (&change["before"], &change["after"]);
        text += &format!("\n  {}: {before} → {after}", output::text(change, "pointer"));
    }
    // A single mistake is often said in the detail already.
    for error in output::list(body, "errors").iter().filter(|error| !says.contains(output::text(error, "detail"))) {
        text += &format!("\n  {}: {}", output::text(error, "pointer"), output::text(error, "detail"));
    }
    if let Some(request) = body["request_id"].as_str().filter(|_| status >= 500) {
        text += &format!("\n  request {request}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_field_of_a_problem_is_told() {
        let body = json!({"detail": "2 fields are invalid; see errors", "errors": [
            {"pointer": "/name", "code": "required", "detail": "is required"},
            {"pointer": "/kind", "code": "invalid_kind", "detail": "must be challenge"},
        ]});
        let expected = "2 fields are invalid; see errors (400)\n  /name: is required\n  /kind: must be challenge";
        assert_eq!(explain(400, &body), expected);
        let changed = json!({"detail": "it was changed", "changes": [
            {"pointer": "/budget/amount_minor", "before": 500, "after": 700},
            {"pointer": "/name", "before": null, "after": "Spring"},
        ]});
        let expected = "it was changed (409)\n  /budget/amount_minor: 500 → 700\n  /name: null → \"Spring\"";
        assert_eq!(explain(409, &changed), expected);
        let one = json!({"detail": "/name is required", "errors": [
            {"pointer": "/name", "code": "required", "detail": "is required"},
        ]});
        assert_eq!(explain(400, &one), "/name is required (400)");
    }

    #[test]
    fn every_kind_of_refusal_has_a_code() {
        let codes = [400, 401, 403, 404, 409, 413, 415, 429, 500, 503].map(code);
        assert_eq!(codes, [3, 4, 4, 5, 6, 3, 3, 7, 1, 7]);
    }
}
