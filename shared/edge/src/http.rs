//! Reads requests of API Gateway (route, path, query, body) and builds the answers to them.

mod rights;

use std::collections::HashMap;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Error;
use domain::id::{self, InvalidId};
use domain::identity::{Caller, Scope, Standing};
use domain::rate_limit::{Allowance, RateLimit, RateLimits};
use domain::request_mode::RequestMode;
use domain::secret::{ApiKey, SessionKey};
use invocation::Invocation;
use serde::Serialize;

use crate::admin_routes;
use crate::fields::{self, Fields};
use crate::json::Document;
use crate::problem;
use crate::query::Query;
use crate::user_access::UserAccess;

/// The answer of every HTTP function.
pub type Response = ApiGatewayV2httpResponse;

/// The largest body that is read.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// A request, reduced to what functions read.
pub struct Request {
    /// The key of the route that was asked for.
    asked: String,
    /// The key of the route that answers.
    route: String,
    raw_path: String,
    path: HashMap<String, String>,
    query: Query,
    headers: HeaderMap,
    body: Option<String>,
    is_base64: bool,
    domain: Option<String>,
    caller: Option<Caller>,
    /// The standing of a caller who is a person.
    standing: Option<Standing>,
    /// The app in the path, on the routes on which an admin reads what the app reads.
    app_of_admin: Option<String>,
    /// True if the authorizer ran and named no caller.
    is_unknown: bool,
    rate_limit: Option<RateLimit>,
    /// The access of a user token, on the routes that take one.
    access: Option<UserAccess>,
}

impl From<ApiGatewayV2httpRequest> for Request {
    fn from(event: ApiGatewayV2httpRequest) -> Self {
        let query = Query::of(&event);
        // Routes without an authorizer have no such context.
        let authorized = event.request_context.authorizer.map(|context| context.fields);
        let needs_key = authorized.is_some();
        let context = authorized.unwrap_or_default();
        let (asked, mut path) = (event.route_key.unwrap_or_default(), event.path_parameters);
        let access = UserAccess::of(&asked, path.get("app"), &context);
        // A user reaches the routes of users' own tokens and no others; API keys reach the others alone.
        let is_here = |caller: &Caller| (caller.scope == Scope::User) == access.is_some();
        let caller = Caller::from_context(&context).filter(is_here);
        let served_as = access.as_ref().and_then(UserAccess::served_as);
        let for_admin = admin_routes::served_as(&asked);
        let app_of_admin = for_admin.and_then(|_| path.get("app").cloned());
        let route = served_as.or(for_admin).map_or_else(|| asked.clone(), str::to_owned);
        if let Some(user) = access.as_ref().and_then(UserAccess::user) {
            path.insert("user_id".to_owned(), user.as_str().to_owned());
        }
        Self {
            asked,
            route,
            raw_path: event.raw_path.unwrap_or_default(),
            path,
            query,
            headers: event.headers,
            body: event.body,
            is_base64: event.is_base64_encoded,
            domain: event.request_context.domain_name,
            is_unknown: needs_key && caller.is_none(),
            standing: caller
                .as_ref()
                .filter(|caller| caller.scope == Scope::Person)
                .and_then(|_| Standing::from_context(&context)),
            caller,
            app_of_admin,
            rate_limit: RateLimit::from_context(&context),
            access,
        }
    }
}

impl Request {
    /// The route's key in the template, like `POST /v1/moments`. Of a route of users' own tokens, the app's route that
    /// answers it for the token's user.
    pub fn route(&self) -> &str {
        &self.route
    }

    /// The path that the client sent.
    pub fn raw_path(&self) -> &str {
        &self.raw_path
    }

    /// Returns a header, if it is present and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns an id in the path. Fails with `NotFound` for a malformed id, which names nothing.
    pub fn path_id<T: TryFrom<String, Error = InvalidId>>(&self, name: &str, kind: &'static str) -> Result<T, Error> {
        let text = self.path.get(name).cloned().unwrap_or_default();
        T::try_from(text.clone()).map_err(|_| Error::not_found(kind, text.chars().take(256).collect::<String>()))
    }

    /// Returns a part of the path, cut so that an error cannot echo a request.
    pub fn path_text(&self, name: &str) -> String {
        self.path.get(name).map(|text| text.chars().take(256).collect()).unwrap_or_default()
    }

    /// Returns the id of something that the caller creates. A malformed id is the caller's mistake.
    pub fn new_path_id<T: TryFrom<String, Error = InvalidId>>(&self, name: &'static str) -> Result<T, Error> {
        let text = self.path.get(name).cloned().unwrap_or_default();
        T::try_from(text).map_err(|InvalidId(detail)| Error::invalid(format!("/{name}"), "invalid_id", detail))
    }

    /// The version in `If-Match`. A write must happen only to that version.
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

    /// Fails if `If-Match` names another version than the current one. Something that does not exist has `None`, and
    /// `If-Match: "0"` asks for that.
    pub fn expect_version(&self, kind: &'static str, current: Option<u64>) -> Result<(), Error> {
        let current = match (self.if_match()?, current) {
            (None, _) | (Some(IfMatch::Any), Some(_)) => return Ok(()),
            (Some(IfMatch::Version(seen)), current) if seen == current.unwrap_or(0) => return Ok(()),
            (Some(_), current) => current.unwrap_or(0),
        };
        Err(Error::VersionConflict { kind, current })
    }

    /// Returns a parameter of the query; [`crate::query::Parameters`] lists those of each route.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name)
    }

    /// True if `Accept` names the media type.
    pub fn accepts(&self, media_type: &str) -> bool {
        let accept = self.header("accept").unwrap_or_default().split(',');
        accept.map(|part| part.split(';').next().unwrap_or_default().trim()).any(|part| part == media_type)
    }

    /// Refuses a path parameter that is a key itself, and one that is not UTF-8. Lambda puts U+FFFD in place of such
    /// bytes, so that two names would become one: `M%FCller` and `M%E4ller` both arrive as `M\u{fffd}ller`.
    fn check_path(&self) -> Result<(), Error> {
        let bad = self.path.iter().find(|(_, text)| id::check_utf8(text).is_err());
        if let Some((name, _)) = bad {
            return Err(Error::invalid(format!("/{name}"), "invalid_utf8", id::NOT_UTF8));
        }
        let is_secret = |text: &String| {
            ApiKey::new(text.as_str()).is_well_formed() || SessionKey::new(text.as_str()).is_well_formed()
        };
        match self.path.iter().find(|(_, text)| is_secret(text)) {
            // It is in no answer, and goes no further.
            Some((name, _)) => Err(Error::invalid(format!("/{name}"), "invalid_id", A_SECRET)),
            None => Ok(()),
        }
    }

    /// Returns the mode of the request, by its key, `?dry_run=true`, and `?rehearse=draft`, which is a dry run, too.
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
        Ok(RequestMode {
            test_key: self.caller()?.is_test(),
            dry_run,
            rehearses_drafts,
            by_user: self.user().is_some(),
        })
    }

    /// `?limit=` (1 to 100, default 100) and `?cursor=`.
    pub fn page(&self) -> Result<PageRequest, Error> {
        let limit = match self.query.get("limit").map(|limit| limit.parse::<u32>()) {
            None => 100,
            Some(Ok(limit @ 1..=100)) => limit,
            Some(_) => return Err(Error::invalid("/limit", "invalid_parameter", "must be a number from 1 to 100")),
        };
        Ok(PageRequest { limit, cursor: self.query.get("cursor").map(str::to_owned) })
    }

    /// `?order=` (`asc` or `desc`, default `asc`).
    pub fn order(&self) -> Result<Order, Error> {
        match self.query.get("order") {
            None | Some("asc") => Ok(Order::Ascending),
            Some("desc") => Ok(Order::Descending),
            Some(_) => Err(Error::invalid("/order", "invalid_parameter", "must be asc or desc")),
        }
    }

    /// The base of links to this API, with the host that the client called.
    pub fn public_url(&self) -> Option<String> {
        self.domain.as_ref().map(|domain| format!("https://{domain}"))
    }

    /// Reads the body as JSON; see [`fields::parse`].
    pub fn json<T>(&self, read: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Result<T, Error> {
        let bytes = self.json_bytes()?;
        fields::parse(&bytes, read)
    }

    /// Reads the body as JSON, without refusing repeated names yet.
    pub fn document(&self) -> Result<Document, Error> {
        Document::read(&self.json_bytes()?)
    }

    /// Reads the body as JSON. Without a body, `read` gets an object without fields.
    pub fn json_or_nothing<T>(&self, read: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Result<T, Error> {
        if self.body.as_deref().is_none_or(str::is_empty) { fields::parse(b"{}", read) } else { self.json(read) }
    }

    /// The declared media type of the body, in lower case and without parameters.
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

    /// Returns the body as the client sent it.
    pub fn bytes(&self) -> Result<Vec<u8>, Error> {
        let body = self.body.as_deref().unwrap_or_default();
        // Four base64 characters carry three bytes: the limit is checked before anything is decoded.
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
        // A client may omit the header: gzip shows in the first bytes (RFC 1952, section 2.3.1).
        let declared = self.header("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"));
        if declared || bytes.starts_with(&[0x1f, 0x8b]) { Err(Error::Compressed) } else { Ok(bytes) }
    }
}

/// The version that a caller has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMatch {
    /// Any version.
    Any,
    /// This version.
    Version(u64),
}

/// The requested order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The oldest first.
    Ascending,
    /// The newest first.
    Descending,
}

/// The requested page of a list.
pub struct PageRequest {
    /// The most entries of the page: 1 to 100.
    pub limit: u32,
    /// The cursor of the previous page.
    pub cursor: Option<String>,
}

impl PageRequest {
    /// Returns the cursor of a list that is sorted by id: the last id shown.
    pub fn cursor_id<T: TryFrom<String, Error = InvalidId>>(&self) -> Result<Option<T>, Error> {
        self.cursor.clone().map(T::try_from).transpose().map_err(|_| Error::invalid_cursor())
    }
}

/// A list in an answer of the API.
#[derive(Debug, Serialize)]
pub struct List<T> {
    /// One page of entries.
    pub data: Vec<T>,
    /// The cursor of the next page; `null` at the end.
    pub cursor: Option<String>,
}

/// An answer with a JSON body.
pub fn json(status: u16, body: &impl Serialize) -> Response {
    serialized(status, "application/json", body)
}

/// An answer with a JSON body and its version as `ETag`.
pub fn versioned(body: &impl Serialize, version: u64) -> Response {
    let mut response = json(200, body);
    response.headers.insert(ETAG, etag(version));
    response
}

/// Answers 200 with a body and its tag, or 304 if `If-None-Match` names that tag.
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

/// A redirect that no cache keeps, so that every visit arrives here.
pub fn redirect(location: &str) -> Result<Response, Error> {
    let location = HeaderValue::from_str(location)
        .map_err(|_| Error::Internal("a stored URL cannot be sent as a header".into()))?;
    let mut response = empty(302);
    response.headers.insert("location", location);
    response.headers.insert("cache-control", HeaderValue::from_static("no-store"));
    response.headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    Ok(response)
}

/// Runs `work` and turns its error into a problem. Refuses unknown keys, exhausted rate limits, paths that are not
/// UTF-8 and unknown query parameters first, and stops near the deadline. Every route passes here.
pub async fn answer(
    rate_limits: &RateLimits,
    request: &Request,
    invocation: &Invocation,
    work: impl Future<Output = Result<Response, Error>>,
) -> Response {
    let limited = request.limited().zip(request.rate_limit);
    let allowance = limited.map(|(caller, limit)| rate_limits.take(&caller, limit, invocation.now));
    let result = match (request.check_caller(invocation.now), allowance) {
        (Err(refused), _) => Err(refused),
        (Ok(()), Some(Allowance { allowed: false, limit, retry_after, .. })) => {
            Err(Error::RateLimited { limit, retry_after })
        }
        (Ok(()), _) => match request.check_path().and_then(|()| request.query.check(&request.asked)) {
            Ok(()) => invocation.whole_in_time(work).await,
            Err(refused) => Err(refused),
        },
    };
    let mut response = finish(result, &invocation.request_id);
    if let Some(access) = &request.access {
        access.let_read(request.header("origin"), &mut response.headers);
    }
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
    let problem = problem::report(&error, request_id);
    let mut response = serialized(problem.status, "application/problem+json", &problem);
    let headers = &mut response.headers;
    match &error {
        Error::Unavailable(_) => {
            headers.insert("retry-after", HeaderValue::from_static("1"));
        }
        Error::RateLimited { retry_after, .. } => {
            headers.insert("retry-after", HeaderValue::from(*retry_after));
        }
        Error::VersionConflict { current, .. } | Error::ChangedSince { current, .. } => {
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

/// An HTML page for a person. It loads nothing, runs no scripts, stays in no cache and sends no referrer.
pub fn html(status: u16, page: String) -> Response {
    let mut response = text(status, "text/html; charset=utf-8", page);
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

/// What is wrong with a key or a session in a path.
const A_SECRET: &str = "is a key itself, and should be an id; a list of keys shows their ids";

/// Allows styles within the page and forms that lead back here, and nothing else.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page of a list as text, with a link to the next one (RFC 8288).
pub fn text_page(content_type: &'static str, body: String, next: Option<&str>) -> Response {
    let mut response = text(200, content_type, body);
    if let Some(link) = next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok()) {
        response.headers.insert("link", link);
    }
    response
}

/// An answer with a text.
pub fn text(status: u16, content_type: &'static str, body: impl Into<String>) -> Response {
    let mut response = empty(status);
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.body = Some(Body::Text(body.into()));
    response
}

fn serialized(status: u16, content_type: &'static str, body: &impl Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(body) => text(status, content_type, body),
        // Serializing fails only for maps whose keys are no strings, and no body has one.
        Err(_) => empty(500),
    }
}
