//! HTTP as API Gateway hands it over: reading a request (route, path, query, body, caller) and answering, errors as RFC
//! 9457 problems. Which routes exist is `template.yaml`'s business.

use std::collections::HashMap;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Error;
use domain::error::{self, FieldError};
use domain::id::{self, InvalidId};
use domain::identity::Caller;
use domain::rate_limit::{Allowance, RateLimit, RateLimits};
use domain::request_mode::RequestMode;
use invocation::Invocation;
use serde::Serialize;

use crate::fields::{self, Fields};
use crate::json::Document;
use crate::query::Query;

/// What every HTTP function answers with.
pub type Response = ApiGatewayV2httpResponse;

/// The largest body that is read.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// A request, with only what functions look at.
pub struct Request {
    route: String,
    raw_path: String,
    path: HashMap<String, String>,
    query: Query,
    headers: HeaderMap,
    body: Option<String>,
    is_base64: bool,
    domain: Option<String>,
    caller: Option<Caller>,
    /// True if the authorizer was asked and named no caller.
    is_unknown: bool,
    rate_limit: Option<RateLimit>,
}

impl From<ApiGatewayV2httpRequest> for Request {
    fn from(event: ApiGatewayV2httpRequest) -> Self {
        let query = Query::of(&event);
        // Routes without an authorizer have none of this.
        let authorized = event.request_context.authorizer.map(|context| context.fields);
        let needs_key = authorized.is_some();
        let context = authorized.unwrap_or_default();
        let caller = Caller::from_context(&context);
        Self {
            route: event.route_key.unwrap_or_default(),
            raw_path: event.raw_path.unwrap_or_default(),
            path: event.path_parameters,
            query,
            headers: event.headers,
            body: event.body,
            is_base64: event.is_base64_encoded,
            domain: event.request_context.domain_name,
            is_unknown: needs_key && caller.is_none(),
            caller,
            rate_limit: RateLimit::from_context(&context),
        }
    }
}

impl Request {
    /// The route as the template has it, like `POST /v1/moments`.
    pub fn route(&self) -> &str {
        &self.route
    }

    /// The path as it was asked for.
    pub fn raw_path(&self) -> &str {
        &self.raw_path
    }

    /// A header, if it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Who calls. Routes without an authorizer have no caller.
    pub fn caller(&self) -> Result<&Caller, Error> {
        self.caller.as_ref().ok_or(Error::Unauthenticated)
    }

    /// An id in the path. One that is malformed names nothing, so it answers 404 like one that is unknown.
    pub fn path_id<T: TryFrom<String, Error = InvalidId>>(&self, name: &str, kind: &'static str) -> Result<T, Error> {
        let text = self.path.get(name).cloned().unwrap_or_default();
        T::try_from(text.clone()).map_err(|_| Error::not_found(kind, text.chars().take(256).collect::<String>()))
    }

    /// A part of the path as it stands there, cut so that an error cannot be used to echo a request.
    pub fn path_text(&self, name: &str) -> String {
        self.path.get(name).map(|text| text.chars().take(256).collect()).unwrap_or_default()
    }

    /// An id in the path that the caller is about to create: a malformed one is the caller's mistake.
    pub fn new_path_id<T: TryFrom<String, Error = InvalidId>>(&self, name: &'static str) -> Result<T, Error> {
        let text = self.path.get(name).cloned().unwrap_or_default();
        T::try_from(text).map_err(|InvalidId(detail)| Error::invalid(format!("/{name}"), "invalid_id", detail))
    }

    /// The version that the caller has seen, by `If-Match`: the write is to happen only to that one.
    pub fn if_match(&self) -> Result<Option<IfMatch>, Error> {
        let Some(text) = self.headers.get("if-match") else { return Ok(None) };
        let text = text.to_str().unwrap_or_default().trim();
        let version = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).and_then(|text| text.parse().ok());
        match (text, version) {
            ("*", _) => Ok(Some(IfMatch::Any)),
            (_, Some(version)) => Ok(Some(IfMatch::Version(version))),
            _ => {
                let detail = "must be a version in quotes, as ETag shows it, or *";
                Err(Error::invalid("/if-match", "invalid_header", detail))
            }
        }
    }

    /// Fails if the caller has seen another version of a thing of that kind than the one there is; `None` is none at all.
    pub fn expect_version(&self, kind: &'static str, current: Option<u64>) -> Result<(), Error> {
        let current = match (self.if_match()?, current) {
            (None, _) | (Some(IfMatch::Any), Some(_)) => return Ok(()),
            (Some(IfMatch::Version(seen)), Some(current)) if seen == current => return Ok(()),
            (Some(_), current) => current.unwrap_or(0),
        };
        Err(Error::VersionConflict { kind, current })
    }

    /// A parameter of the query; [`crate::query::Parameters`] lists those that the route takes.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name)
    }

    /// Whether the caller asks for that media type by name (`Accept`).
    pub fn accepts(&self, media_type: &str) -> bool {
        let accept = self.header("accept").unwrap_or_default().split(',');
        accept.map(|part| part.split(';').next().unwrap_or_default().trim()).any(|part| part == media_type)
    }

    /// Refuses a path parameter that was not UTF-8. Whoever decodes the path for us puts U+FFFD in place of such bytes, so that
    /// two names would become one: `M%FCller` and `M%E4ller` are both `M\u{fffd}ller` here.
    fn check_path(&self) -> Result<(), Error> {
        let bad = self.path.iter().find(|(_, text)| id::check_utf8(text).is_err());
        bad.map_or(Ok(()), |(name, _)| Err(Error::invalid(format!("/{name}"), "invalid_utf8", id::NOT_UTF8)))
    }

    /// How real the request is: by its key, `?dry_run=true`, and `?rehearse=draft`, which is a dry run, too.
    pub fn mode(&self) -> Result<RequestMode, Error> {
        let invalid = |pointer, detail| Error::invalid(pointer, "invalid_parameter", detail);
        let rehearses_drafts = match self.query("rehearse") {
            None => false,
            Some("draft") => true,
            Some(_) => return Err(invalid("/rehearse", "must be draft")),
        };
        let dry_run = match self.query("dry_run") {
            Some("false") if rehearses_drafts => {
                return Err(invalid("/dry_run", "must not be false with rehearse: a rehearsal writes nothing"));
            }
            None | Some("false") => rehearses_drafts,
            Some("true") => true,
            Some(_) => return Err(invalid("/dry_run", "must be true or false")),
        };
        Ok(RequestMode { test_key: self.caller()?.is_test(), dry_run, rehearses_drafts })
    }

    /// `?limit=` (1 to 100, default 100) and `?cursor=`.
    pub fn page(&self) -> Result<Page, Error> {
        let limit = match self.query.get("limit").map(|limit| limit.parse::<u32>()) {
            None => 100,
            Some(Ok(limit @ 1..=100)) => limit,
            Some(_) => return Err(Error::invalid("/limit", "invalid_parameter", "must be a number from 1 to 100")),
        };
        Ok(Page { limit, cursor: self.query.get("cursor").map(str::to_owned) })
    }

    /// `?order=` (`asc` or `desc`, default `asc`).
    pub fn order(&self) -> Result<Order, Error> {
        match self.query.get("order") {
            None | Some("asc") => Ok(Order::Ascending),
            Some("desc") => Ok(Order::Descending),
            Some(_) => Err(Error::invalid("/order", "invalid_parameter", "must be asc or desc")),
        }
    }

    /// The base of links to this API, as the caller reached it.
    pub fn public_url(&self) -> Option<String> {
        self.domain.as_ref().map(|domain| format!("https://{domain}"))
    }

    /// The body as JSON; see [`fields::parse`].
    pub fn json<T>(&self, read: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Result<T, Error> {
        let bytes = self.json_bytes()?;
        fields::parse(&bytes, read)
    }

    /// The body as a JSON text, of which a name that is given twice is not refused yet.
    pub fn document(&self) -> Result<Document, Error> {
        Document::read(&self.json_bytes()?)
    }

    /// The body as JSON, if there is a body; without one, `read` sees an object without fields.
    pub fn json_or_nothing<T>(&self, read: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Result<T, Error> {
        if self.body.as_deref().is_none_or(str::is_empty) { fields::parse(b"{}", read) } else { self.json(read) }
    }

    /// What the body is declared as, in lower case and without parameters.
    pub fn media_type(&self) -> String {
        let content_type = self.header("content-type").unwrap_or_default();
        content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    fn json_bytes(&self) -> Result<Vec<u8>, Error> {
        if self.media_type() != "application/json" {
            return Err(Error::UnsupportedMediaType("application/json"));
        }
        self.bytes()
    }

    /// The body as it was sent.
    pub fn bytes(&self) -> Result<Vec<u8>, Error> {
        let body = self.body.as_deref().unwrap_or_default();
        // Four base64 characters carry three bytes: the bound is checked before anything is decoded.
        let length = if self.is_base64 { body.len() / 4 * 3 } else { body.len() };
        if length > MAX_BODY_BYTES + 2 {
            return Err(Error::TooLarge);
        }
        let bytes = if self.is_base64 {
            STANDARD.decode(body).map_err(|_| Error::invalid("", "malformed_json", "is not valid base64"))?
        } else {
            body.as_bytes().to_vec()
        };
        if bytes.len() > MAX_BODY_BYTES {
            return Err(Error::TooLarge);
        }
        // A client that compresses may leave the header out: gzip names itself by its first bytes (RFC 1952, section 2.3.1).
        let declared = self.header("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"));
        if declared || bytes.starts_with(&[0x1f, 0x8b]) { Err(Error::Compressed) } else { Ok(bytes) }
    }
}

/// Which version a caller has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMatch {
    /// Whichever there is.
    Any,
    /// This one.
    Version(u64),
}

/// In which order a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The oldest first.
    Ascending,
    /// The newest first.
    Descending,
}

/// Which part of a list is asked for.
pub struct Page {
    /// At most so many entries: 1 to 100.
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

impl Page {
    /// The cursor of a list that is sorted by id: the last id shown.
    pub fn cursor_id<T: TryFrom<String, Error = InvalidId>>(&self) -> Result<Option<T>, Error> {
        let wrong = |_| Error::invalid("/cursor", "invalid_parameter", "is not a cursor that this list gave out");
        self.cursor.clone().map(T::try_from).transpose().map_err(wrong)
    }
}

/// A list as the API answers it.
#[derive(Debug, Serialize)]
pub struct List<T> {
    /// One page of entries.
    pub data: Vec<T>,
    /// Where to go on; `null` at the end.
    pub cursor: Option<String>,
}

/// An answer with a JSON body.
pub fn json(status: u16, body: &impl Serialize) -> Response {
    serialized(status, "application/json", body)
}

/// An answer with a JSON body, which shows a thing in that version.
pub fn versioned(body: &impl Serialize, version: u64) -> Response {
    let mut response = json(200, body);
    response.headers.insert(ETAG, etag(version));
    response
}

/// 200 with a body and its tag; 304 and no body to a caller who has seen that very one (`If-None-Match`).
pub fn tagged(body: &impl Serialize, tag: &str, request: &Request) -> Response {
    let seen = request.header("if-none-match").unwrap_or_default();
    let seen = seen.split(',').map(|seen| seen.trim().trim_start_matches("W/")).any(|seen| seen == tag || seen == "*");
    let mut response = if seen { empty(304) } else { json(200, body) };
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers.insert(ETAG, tag);
    }
    response.headers.insert("cache-control", HeaderValue::from_static("private, no-cache"));
    response
}

fn etag(version: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or_else(|_| HeaderValue::from_static("*"))
}

/// An answer without a body.
pub fn empty(status: u16) -> Response {
    let mut response = Response::default();
    response.status_code = i64::from(status);
    response
}

/// A redirect that no cache may keep: every visit comes by again.
pub fn redirect(location: &str) -> Result<Response, Error> {
    let location = HeaderValue::from_str(location)
        .map_err(|_| Error::Internal("a stored URL cannot be sent as a header".into()))?;
    let mut response = empty(302);
    response.headers.insert("location", location);
    response.headers.insert("cache-control", HeaderValue::from_static("no-store"));
    response.headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    Ok(response)
}

/// A problem as RFC 9457 describes it.
#[derive(Debug, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    /// The HTTP status.
    pub status: u16,
    detail: String,
    code: &'static str,
    request_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// How many more mistakes there are than are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors_left_out: Option<usize>,
}

/// What the detail of a problem takes at most, in bytes.
const MOST_DETAIL: usize = 2_000;

/// An error as the caller sees it: internals stay inside.
pub fn problem(error: &Error, request_id: &str) -> Problem {
    let (status, title, code) = match error {
        Error::Invalid(_) => (400, "The request is invalid", "invalid"),
        Error::Unauthenticated => (401, "A valid API key is needed", "unauthenticated"),
        Error::BadSignature(_) => (401, "A valid signature is needed", "invalid_signature"),
        Error::Forbidden(_) => (403, "The API key does not allow this", "forbidden"),
        Error::NotFound { .. } => (404, "Not found", "not_found"),
        Error::MethodNotAllowed(_) => (405, "Method not allowed", "method_not_allowed"),
        Error::Conflict { code, .. } => (409, "The current state does not allow this", *code),
        Error::VersionConflict { .. } => (409, "Somebody else changed it", "version_conflict"),
        Error::TooLarge => (413, "The body is too large", "too_large"),
        Error::UnsupportedMediaType(_) | Error::Compressed => (415, "Unsupported media type", "unsupported_media_type"),
        Error::RateLimited { .. } => (429, "Too many requests", "rate_limited"),
        Error::Internal(_) => (500, "Internal error", "internal"),
        Error::Unavailable(_) => (503, "Temporarily unavailable", "unavailable"),
    };
    let detail = match error {
        Error::Internal(_) => "something went wrong on our side; report the request id".to_owned(),
        Error::Unavailable(_) => "nothing was lost; repeat the request after the time in Retry-After".to_owned(),
        Error::Invalid(mistakes) => match mistakes.listed() {
            [only] if only.pointer.is_empty() => format!("the body {}", only.detail),
            [only] => format!("{} {}", only.pointer, only.detail),
            _ => format!("{} fields are invalid; see errors", mistakes.count()),
        },
        other => error::short(other.to_string(), MOST_DETAIL),
    };
    let (errors, left_out) = match error {
        Error::Invalid(mistakes) => (mistakes.listed().to_vec(), mistakes.left_out()),
        _ => (Vec::new(), 0),
    };
    let (kind, request_id) = (format!("urn:moments:problem:{code}"), request_id.to_owned());
    let errors_left_out = Some(left_out).filter(|left_out| *left_out > 0);
    Problem { kind, title, status, detail, code, request_id, errors, errors_left_out }
}

/// Logs an error, once, and turns it into a problem.
pub fn report(error: &Error, request_id: &str) -> Problem {
    let problem = problem(error, request_id);
    let (code, status) = (problem.code, problem.status);
    match error {
        Error::Internal(cause) => tracing::error!(request.id = request_id, error.cause = %cause, "request failed"),
        Error::Unavailable(cause) => {
            tracing::warn!(request.id = request_id, error.cause = %cause, "request refused; repeating it is safe")
        }
        _ => tracing::info!(request.id = request_id, error.code = code, http.status = status, "request refused"),
    }
    problem
}

/// Answers a request with what its work comes to, if its key is known and may make one more, its path is UTF-8, the route takes
/// its query, and in time: an error becomes a problem. Every function that has a path passes here. The work of an unknown key
/// is not begun, whatever the route.
pub async fn answer(
    rate_limits: &RateLimits,
    request: &Request,
    invocation: &Invocation,
    work: impl Future<Output = Result<Response, Error>>,
) -> Response {
    let limited = request.caller.as_ref().zip(request.rate_limit);
    let allowance = limited.map(|(caller, limit)| rate_limits.take(&caller.key_id, limit, invocation.now));
    let result = match allowance {
        _ if request.is_unknown => Err(Error::Unauthenticated),
        Some(Allowance { allowed: false, limit, retry_after, .. }) => Err(Error::RateLimited { limit, retry_after }),
        _ => match request.check_path().and_then(|()| request.query.check(&request.route)) {
            Ok(()) => invocation.whole_in_time(work).await,
            Err(refused) => Err(refused),
        },
    };
    let mut response = finish(result, &invocation.request_id);
    if let Some(Allowance { limit, remaining, reset, .. }) = allowance {
        for (name, value) in [("limit", u64::from(limit)), ("remaining", remaining), ("reset", reset)] {
            if let Ok(name) = HeaderName::try_from(format!("ratelimit-{name}")) {
                response.headers.insert(name, HeaderValue::from(value));
            }
        }
    }
    response
}

fn finish(result: Result<Response, Error>, request_id: &str) -> Response {
    let error = match result {
        Ok(response) => return response,
        Err(error) => error,
    };
    let problem = report(&error, request_id);
    let mut response = serialized(problem.status, "application/problem+json", &problem);
    let headers = &mut response.headers;
    match &error {
        Error::Unavailable(_) => {
            headers.insert("retry-after", HeaderValue::from_static("1"));
        }
        Error::RateLimited { retry_after, .. } => {
            headers.insert("retry-after", HeaderValue::from(*retry_after));
        }
        Error::VersionConflict { current, .. } => {
            headers.insert(ETAG, etag(*current));
        }
        // RFC 9110, section 15.5.16.
        Error::Compressed => {
            headers.insert("accept-encoding", HeaderValue::from_static("identity"));
        }
        Error::MethodNotAllowed(methods) => {
            if let Ok(methods) = HeaderValue::from_str(methods) {
                headers.insert(HeaderName::from_static("allow"), methods);
            }
        }
        _ => {}
    }
    response
}

/// A page for a person: nothing in it comes from elsewhere or runs, no cache keeps it, and it tells nobody where it was.
pub fn page(status: u16, html: String) -> Response {
    let mut response = text(status, "text/html; charset=utf-8", html);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("content-security-policy", PAGE_POLICY),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        response.headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Styles that stand in the page, forms that lead back here, and nothing else.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page of CSV, and where the next one is (RFC 8288).
pub fn csv(body: &str, next: Option<&str>) -> Response {
    let mut response = text(200, "text/csv; charset=utf-8; header=present", body);
    if let Some(link) = next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok()) {
        response.headers.insert("link", link);
    }
    response
}

/// An answer with that text.
pub fn text(status: u16, content_type: &'static str, body: impl Into<String>) -> Response {
    let mut response = empty(status);
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.body = Some(Body::Text(body.into()));
    response
}

fn serialized(status: u16, content_type: &'static str, body: &impl Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(body) => text(status, content_type, body),
        // Only a map with keys that are no strings could fail here, and no body has one.
        Err(_) => empty(500),
    }
}
