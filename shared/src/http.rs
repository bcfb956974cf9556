//! HTTP as API Gateway hands it over: reading a request (route, path, query, body, caller) and answering, errors as RFC
//! 9457 problems. Which routes exist is `template.yaml`'s business.

use std::collections::HashMap;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::error::{Error, FieldError};
use crate::fields::{self, Fields};
use crate::id::InvalidId;
use crate::identity::Caller;
use crate::runtime::Invocation;

/// What every HTTP function answers with.
pub type Response = ApiGatewayV2httpResponse;

/// The largest body that is read.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// A request, with only what functions look at.
pub struct Request {
    route: String,
    raw_path: String,
    path: HashMap<String, String>,
    query: HashMap<String, String>,
    headers: HeaderMap,
    body: Option<String>,
    is_base64: bool,
    domain: Option<String>,
    caller: Option<Caller>,
}

impl From<ApiGatewayV2httpRequest> for Request {
    fn from(event: ApiGatewayV2httpRequest) -> Self {
        let query = event.query_string_parameters.iter();
        Self {
            route: event.route_key.unwrap_or_default(),
            raw_path: event.raw_path.unwrap_or_default(),
            path: event.path_parameters,
            query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            headers: event.headers,
            body: event.body,
            is_base64: event.is_base64_encoded,
            domain: event.request_context.domain_name,
            caller: event.request_context.authorizer.and_then(|context| Caller::from_context(&context.fields)),
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

    /// An id in the path that the caller is about to create: a malformed one is the caller's mistake.
    pub fn new_path_id<T: TryFrom<String, Error = InvalidId>>(&self, name: &'static str) -> Result<T, Error> {
        let text = self.path.get(name).cloned().unwrap_or_default();
        T::try_from(text).map_err(|InvalidId(detail)| Error::invalid(format!("/{name}"), "invalid_id", detail))
    }

    /// Whether `?dry_run=true`.
    pub fn dry_run(&self) -> Result<bool, Error> {
        match self.query.get("dry_run").map(String::as_str) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Error::invalid("/dry_run", "invalid_parameter", "must be true or false")),
        }
    }

    /// `?limit=` (1 to 100, default 100) and `?cursor=`.
    pub fn page(&self) -> Result<Page, Error> {
        let limit = match self.query.get("limit").map(|limit| limit.parse::<u32>()) {
            None => 100,
            Some(Ok(limit @ 1..=100)) => limit,
            Some(_) => return Err(Error::invalid("/limit", "invalid_parameter", "must be a number from 1 to 100")),
        };
        Ok(Page { limit, cursor: self.query.get("cursor").cloned() })
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

    fn json_bytes(&self) -> Result<Vec<u8>, Error> {
        let content_type = self.header("content-type").unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            return Err(Error::UnsupportedMediaType);
        }
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
        if bytes.len() > MAX_BODY_BYTES { Err(Error::TooLarge) } else { Ok(bytes) }
    }
}

/// Which part of a list is asked for.
pub struct Page {
    /// At most so many entries: 1 to 100.
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<String>,
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
    text(status, "application/json", serde_json::to_string(body))
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
}

/// An error as the caller sees it: internals stay inside.
pub fn problem(error: &Error, request_id: &str) -> Problem {
    let (status, title, code) = match error {
        Error::Invalid(_) => (400, "The request is invalid", "invalid"),
        Error::Unauthenticated => (401, "A valid API key is needed", "unauthenticated"),
        Error::Forbidden(_) => (403, "The API key does not allow this", "forbidden"),
        Error::NotFound { .. } => (404, "Not found", "not_found"),
        Error::MethodNotAllowed(_) => (405, "Method not allowed", "method_not_allowed"),
        Error::Conflict { code, .. } => (409, "The current state does not allow this", *code),
        Error::TooLarge => (413, "The body is too large", "too_large"),
        Error::UnsupportedMediaType => (415, "Unsupported media type", "unsupported_media_type"),
        Error::Internal(_) => (500, "Internal error", "internal"),
        Error::Unavailable(_) => (503, "Temporarily unavailable", "unavailable"),
    };
    let detail = match error {
        Error::Internal(_) => "something went wrong on our side; report the request id".to_owned(),
        Error::Unavailable(_) => "nothing was lost; repeat the request after the time in Retry-After".to_owned(),
        Error::Invalid(errors) => match &errors[..] {
            [only] if only.pointer.is_empty() => format!("the body {}", only.detail),
            [only] => format!("{} {}", only.pointer, only.detail),
            many => format!("{} fields are invalid; see errors", many.len()),
        },
        other => other.to_string(),
    };
    let errors = if let Error::Invalid(errors) = error { errors.clone() } else { Vec::new() };
    let request_id = request_id.to_owned();
    Problem { kind: format!("urn:moments:problem:{code}"), title, status, detail, code, request_id, errors }
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

/// Answers a request with what its work comes to, in time: an error becomes a problem.
pub async fn answer(invocation: &Invocation, work: impl Future<Output = Result<Response, Error>>) -> Response {
    let work = invocation.whole_in_time(work);
    finish(work.await, &invocation.request_id)
}

fn finish(result: Result<Response, Error>, request_id: &str) -> Response {
    let error = match result {
        Ok(response) => return response,
        Err(error) => error,
    };
    let problem = report(&error, request_id);
    let mut response = text(problem.status, "application/problem+json", serde_json::to_string(&problem));
    let headers = &mut response.headers;
    match &error {
        Error::Unavailable(_) => {
            headers.insert("retry-after", HeaderValue::from_static("1"));
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

fn text(status: u16, content_type: &'static str, body: Result<String, serde_json::Error>) -> Response {
    let mut response = empty(status);
    match body {
        Ok(body) => {
            response.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            response.body = Some(Body::Text(body));
        }
        // Only a map with keys that are no strings could fail here, and no body has one.
        Err(_) => response.status_code = 500,
    }
    response
}
