//! API Gateway's HTTP API: finds the route, asks the authorizer, and translates between HTTP and payload 2.0 events.
//! Its own answers (401, 403, 404, 413, 429, 500, 503) have API Gateway's words.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::rate_limit::{RateLimit, RateLimits};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::clock::Clock;
use crate::functions::{FunctionError, Functions};
use crate::lock;
use crate::template::{Authorizer, Route, Template};

/// API Gateway's limit.
const MAX_BODY_BYTES: usize = 10 << 20;

/// A request from the network.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A response to the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// HTTP status.
    pub status: u16,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Sends requests to functions.
pub struct Gateway {
    template: Arc<Template>,
    functions: Arc<Functions>,
    clock: Clock,
    requests: AtomicU64,
    throttles: RateLimits<String>,
    /// The authorizers' answers by authorizer and header; `None` remembers nothing.
    remembered: Option<Mutex<Remembered>>,
}

/// Contexts that API Gateway remembers, each with the time until which it does.
type Remembered = HashMap<(String, String), (Timestamp, Value)>;

/// The most contexts that are remembered; beyond that, all are forgotten.
const MOST_REMEMBERED: usize = 10_000;

impl Gateway {
    /// Makes a gateway for the template's routes. It remembers the authorizers' answers as API Gateway does, or not at
    /// all.
    pub fn new(template: Arc<Template>, functions: Arc<Functions>, clock: Clock, remembers: bool) -> Self {
        let remembered = remembers.then(Mutex::default);
        Self { template, functions, clock, requests: AtomicU64::new(1), throttles: RateLimits::default(), remembered }
    }

    /// Answers one request.
    pub async fn call(&self, request: HttpRequest) -> HttpResponse {
        let request_id = format!("local-{:08}", self.requests.fetch_add(1, Ordering::Relaxed));
        let Some((route, mut event)) = event(&self.template, &request, self.clock.now(), &request_id) else {
            return own(404, "Not Found");
        };
        let throttled = |limit: RateLimit| !self.throttles.take(&route.key, limit, self.clock.now()).allowed;
        if route.throttle.is_some_and(throttled) {
            return own(429, "Too Many Requests");
        }
        if request.body.len() > MAX_BODY_BYTES {
            return own(413, "Request Entity Too Large");
        }
        if let Some(name) = &route.authorizer {
            match self.authorize(name, &request, &event, &request_id).await {
                Ok(context) => event["requestContext"]["authorizer"] = json!({ "lambda": context }),
                Err(refusal) => return refusal,
            }
        }
        match self.functions.invoke(&route.function, event, &request_id).await {
            Ok(answer) => response(&answer),
            Err(FunctionError::TimedOut) => own(503, "Service Unavailable"),
            Err(error) => {
                tracing::error!(function.name = route.function, error.cause = %error, "invocation failed");
                own(500, "Internal Server Error")
            }
        }
    }

    async fn authorize(
        &self,
        name: &str,
        request: &HttpRequest,
        event: &Value,
        request_id: &str,
    ) -> Result<Value, HttpResponse> {
        let Some(Authorizer { function, header, remembers }) = self.template.authorizers.get(name) else {
            return Err(own(500, "Internal Server Error"));
        };
        let identity = request.headers.iter().find(|(name, value)| name == header && !value.is_empty());
        let Some((_, identity)) = identity else { return Err(own(401, "Unauthorized")) };
        let (place, now) = ((name.to_owned(), identity.clone()), self.clock.now());
        let known = self.remembered.as_ref().and_then(|remembered| lock(remembered).get(&place).cloned());
        if let Some((until, context)) = known
            && now < until
        {
            return Ok(context);
        }
        let mut question = event.clone();
        question["type"] = json!("REQUEST");
        question["routeArn"] = json!("arn:aws:execute-api:us-east-1:000000000000:local/$default");
        question["identitySource"] = json!([identity]);
        match self.functions.invoke(function, question, request_id).await {
            Ok(answer) if answer["isAuthorized"] == json!(true) => {
                let context = answer["context"].clone();
                if let Some(remembered) = &self.remembered {
                    let mut remembered = lock(remembered);
                    if remembered.len() >= MOST_REMEMBERED {
                        remembered.clear();
                    }
                    remembered.insert(place, (now.saturating_add(*remembers).unwrap_or(now), context.clone()));
                }
                Ok(context)
            }
            Ok(_) => Err(own(403, "Forbidden")),
            // API Gateway documents this for every error of an HTTP API's authorizer.
            Err(_) => Err(own(500, "Internal Server Error")),
        }
    }
}

/// Returns the route of a request and the function's event, without the authorizer's part. `None` if no route matches.
pub fn event<'a>(
    template: &'a Template,
    request: &HttpRequest,
    now: Timestamp,
    request_id: &str,
) -> Option<(&'a Route, Value)> {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let (route, parameters) = find(&template.routes, &request.method, path)?;
    let header = |wanted: &str| request.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let mut event = json!({
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": decode(path),
        "rawQueryString": query,
        "headers": joined(request.headers.iter().filter(|(name, _)| name != "cookie").cloned()),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": header("host").unwrap_or_else(|| "localhost".into()),
            "domainPrefix": "local",
            "http": {
                "method": request.method,
                "path": decode(path),
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": header("user-agent").unwrap_or_default(),
            },
            "requestId": request_id,
            "routeKey": route.key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "isBase64Encoded": false,
    });
    let cookies = cookies(&request.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    let query = joined(query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
    }));
    if query.as_object().is_some_and(|query| !query.is_empty()) {
        event["queryStringParameters"] = query;
    }
    if !parameters.is_empty() {
        event["pathParameters"] = json!(parameters);
    }
    if !request.body.is_empty() {
        match (is_text(header("content-type").as_deref()), std::str::from_utf8(&request.body)) {
            (true, Ok(text)) => event["body"] = json!(text),
            _ => {
                event["body"] = json!(STANDARD.encode(&request.body));
                event["isBase64Encoded"] = json!(true);
            }
        }
    }
    Some((route, event))
}

/// Finds the route of a request. An exact path wins over one with parameters, any route over `$default`.
fn find<'a>(routes: &'a [Route], method: &str, path: &str) -> Option<(&'a Route, BTreeMap<String, String>)> {
    let candidates = routes.iter().filter_map(|route| {
        let (route_method, pattern) = route.key.split_once(' ')?;
        let parameters = (route_method == method).then(|| parameters(pattern, path)).flatten()?;
        Some((route, parameters))
    });
    // A greedy parameter gives way to every other route.
    let best = candidates.min_by_key(|(route, parameters)| (route.key.contains("+}"), parameters.len()));
    best.or_else(|| routes.iter().find(|route| route.key == "$default").map(|route| (route, BTreeMap::new())))
}

fn parameters(pattern: &str, path: &str) -> Option<BTreeMap<String, String>> {
    // A greedy parameter takes the whole rest of the path.
    let greedy = pattern.strip_suffix("+}").and_then(|pattern| pattern.rsplit_once("/{"));
    let (mut parameters, pattern, path) = match greedy {
        Some((before, name)) => {
            let at = path.match_indices('/').nth(before.matches('/').count()).map(|(at, _)| at)?;
            let (path, rest) = path.split_at(at);
            (BTreeMap::from([(name.to_owned(), decode(rest.trim_start_matches('/')))]), before, path)
        }
        None => (BTreeMap::new(), pattern, path),
    };
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    if pattern.len() != path.len() {
        return None;
    }
    for (pattern, part) in pattern.iter().zip(path) {
        match pattern.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !part.is_empty() => {
                parameters.insert(name.to_owned(), decode(part));
            }
            _ if *pattern == part => {}
            _ => return None,
        }
    }
    Some(parameters)
}

/// Returns the cookies of a request, in their order. API Gateway moves them out of the headers, and HTTP/2 clients may
/// send a header for each.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
fn cookies(headers: &[(String, String)]) -> Vec<&str> {
    let sent = headers.iter().filter(|(name, _)| name == "cookie");
    sent.flat_map(|(_, value)| value.split(';')).map(str::trim).filter(|cookie| !cookie.is_empty()).collect()
}

/// Joins the values of repeated names with a comma, as payload 2.0 does.
fn joined(pairs: impl Iterator<Item = (String, String)>) -> Value {
    let mut map: Map<String, Value> = Map::new();
    for (name, value) in pairs {
        let value = match map.get(&name).and_then(Value::as_str) {
            Some(earlier) => format!("{earlier},{value}"),
            None => value,
        };
        map.insert(name, Value::String(value));
    }
    Value::Object(map)
}

/// Decodes the path, its parameters and the query, as API Gateway does. Bytes that are not UTF-8 become U+FFFD.
fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// True if API Gateway passes the body as text; other bodies are base64.
fn is_text(content_type: Option<&str>) -> bool {
    content_type.is_some_and(|content_type| {
        let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        media_type.starts_with("text/")
            || ["application/json", "application/javascript", "application/xml", "application/x-www-form-urlencoded"]
                .contains(&media_type.as_str())
    })
}

/// Translates a function's answer to HTTP.
pub fn response(answer: &Value) -> HttpResponse {
    let text = |value: &Value| value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
    let headers = answer["headers"].as_object().into_iter().flatten();
    let mut headers: Vec<(String, String)> =
        headers.map(|(name, value)| (name.to_ascii_lowercase(), text(value))).collect();
    // `multiValueHeaders` is no part of payload 2.0, and API Gateway sends none of it.
    let cookies = answer["cookies"].as_array().into_iter().flatten();
    headers.extend(cookies.map(|cookie| ("set-cookie".to_owned(), text(cookie))));
    let body = answer["body"].as_str().unwrap_or_default();
    let body = if answer["isBase64Encoded"] == json!(true) {
        STANDARD.decode(body).unwrap_or_default()
    } else {
        body.as_bytes().to_vec()
    };
    let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(500);
    HttpResponse { status, headers, body }
}

/// Builds an answer of API Gateway itself.
fn own(status: u16, message: &str) -> HttpResponse {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    HttpResponse { status, headers, body: json!({ "message": message }).to_string().into_bytes() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event_of(headers: &[(&str, &str)]) -> Value {
        let template = Template::built_in().unwrap();
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = HttpRequest { method: "GET".into(), target: "/health".into(), headers, body: Vec::new() };
        event(&template, &request, Timestamp::UNIX_EPOCH, "1").unwrap().1
    }

    #[test]
    fn cookies_have_a_list_of_their_own_and_are_no_header() {
        let found = event_of(&[("cookie", "a=1; b=x,y"), ("accept", "text/html"), ("cookie", "c=\"3\";d=4; ")]);
        assert_eq!(found["cookies"], json!(["a=1", "b=x,y", "c=\"3\"", "d=4"]));
        assert_eq!(found["headers"], json!({"accept": "text/html"}));
        assert_eq!(event_of(&[("accept", "text/html")]).get("cookies"), None);
    }

    #[test]
    fn each_cookie_of_an_answer_is_a_header_of_its_own() {
        let cookies = ["__Host-a=1; Path=/; Secure; HttpOnly", "b=2; Expires=Tue, 01 Dec 2026 12:00:00 GMT"];
        let answer = json!({
            "statusCode": 303, "headers": {"Location": "/console"}, "cookies": cookies,
            "multiValueHeaders": {"x-unknown": ["1"]},
        });
        let expected = [("location", "/console"), ("set-cookie", cookies[0]), ("set-cookie", cookies[1])];
        let found = response(&answer);
        let found: Vec<(&str, &str)> = found.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(found, expected);
    }
}
