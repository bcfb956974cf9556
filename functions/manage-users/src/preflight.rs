//! Preflights of web pages (<https://fetch.spec.whatwg.org/#cors-preflight-fetch>) to the routes of users' own tokens.
//! They carry no token, so the path names the app.

use aws_lambda_events::http::HeaderValue;
use domain::Error;
use domain::id::AppId;
use edge::http::{self, Request, Response};
use invocation::Invocation;
use store::Environment;

const ALLOWED: [(&str, &str); 3] = [
    ("access-control-allow-methods", "GET, POST, PUT, DELETE"),
    ("access-control-allow-headers", "authorization, content-type, if-match, if-none-match"),
    // Ten minutes: a removed origin still gets no answer that it can read.
    ("access-control-max-age", "600"),
];

/// Answers 204, and lets the page of one of the app's origins go on. A browser stops the page of any other.
pub(crate) async fn answer(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let mut response = http::empty(204);
    let headers = &mut response.headers;
    headers.insert("vary", HeaderValue::from_static("origin"));
    let Some(origin) = request.header("origin") else { return Ok(response) };
    if is_of_app(environment, request, origin, invocation).await?
        && let Ok(origin) = HeaderValue::from_str(origin)
    {
        headers.insert("access-control-allow-origin", origin);
        for (name, value) in ALLOWED {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    Ok(response)
}

async fn is_of_app(
    environment: &Environment,
    request: &Request,
    origin: &str,
    invocation: &Invocation,
) -> Result<bool, Error> {
    let Ok(app) = request.path_id::<AppId>("app", "app") else { return Ok(false) };
    match environment.catalogs.of(&environment.store, &app, invocation.now).await {
        Ok(catalog) => Ok(catalog.app.cors_origins.iter().any(|known| known.as_str() == origin)),
        Err(Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
