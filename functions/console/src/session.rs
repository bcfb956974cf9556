//! The session of a person: how the console gets one from the API, keeps it in a cookie, and reads who it is. The API
//! holds the session itself, and ends it.

use std::collections::BTreeMap;

use aws_lambda_events::http::header::HeaderValue;
use edge::http::{self, Response};
use serde_json::Value;

use crate::refusal::Refusal;
use crate::visit::Visit;

/// The cookie of the session. The prefix keeps it to this host, this path and HTTPS (RFC 6265bis).
pub(crate) const COOKIE: &str = "__Host-moments";

/// The cookie of the chosen language.
pub(crate) const LANGUAGE_COOKIE: &str = "__Host-moments-language";

/// Who is signed in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Session {
    /// The person's name.
    pub(crate) name: String,
    /// The roles by app; `*` means every app.
    pub(crate) roles: BTreeMap<String, Vec<String>>,
}

impl Session {
    fn read(body: &Value) -> Self {
        let roles = body["roles"].as_object().into_iter().flatten().map(|(app, roles)| {
            let roles = roles.as_array().into_iter().flatten();
            (app.clone(), roles.filter_map(Value::as_str).map(str::to_owned).collect())
        });
        Self { name: body["name"].as_str().unwrap_or_default().to_owned(), roles: roles.collect() }
    }

    /// True if the person has one of the roles in an app, or is an owner there.
    pub(crate) fn has(&self, app: &str, wanted: &[&str]) -> bool {
        let roles = ["*", app].into_iter().filter_map(|app| self.roles.get(app)).flatten();
        roles.into_iter().any(|role| role == "owner" || wanted.contains(&role.as_str()))
    }
}

/// Returns who is signed in. The API checks the session with every call.
pub(crate) async fn current(visit: &Visit<'_>) -> Result<Session, Refusal> {
    Ok(Session::read(&visit.get("/v1/session").await?.body))
}

/// Exchanges a personal key for a session. `None` if it is none.
pub(crate) async fn open(visit: &Visit<'_>, key: &str) -> Result<Option<String>, Refusal> {
    let answer = visit.call_with(key, "POST", "/v1/sessions", None, None).await?;
    match answer.status {
        201 => Ok(answer.body["session"].as_str().map(str::to_owned)),
        429 => Err(Refusal::TooMany(answer.retry_after.unwrap_or(1))),
        500.. => Err(Refusal::Busy(1)),
        _ => Ok(None),
    }
}

/// Ends the session that the browser has, if it has one: on signing out, and when another session takes its cookie.
/// Whatever the API says, the cookie goes.
pub(crate) async fn close(visit: &Visit<'_>) {
    if let Some(session) = &visit.session {
        let _ = visit.call_with(session, "DELETE", "/v1/session", None, None).await;
    }
}

/// Sets a cookie for this host alone, which no script reads and no other site posts with.
pub(crate) fn set_cookie(response: &mut Response, name: &str, value: &str) {
    let age = if value.is_empty() { "; Max-Age=0" } else { "" };
    response.cookies.push(format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{age}"));
}

/// Sets the cookie of the chosen language for a year.
pub(crate) fn set_language(response: &mut Response, tag: &str) {
    let rest = "Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000";
    response.cookies.push(format!("{LANGUAGE_COOKIE}={tag}; {rest}"));
}

/// Leads a browser to another page of the console after a form.
pub(crate) fn lead_to(address: &str) -> Response {
    let mut response = http::empty(303);
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers.insert("location", address);
    }
    response.headers.insert("cache-control", HeaderValue::from_static("no-store"));
    response
}
