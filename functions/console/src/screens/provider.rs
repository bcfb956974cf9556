//! Signing in through the identity provider: leads a browser there, and takes it back. The API begins and completes the
//! sign-in; its secret is in a cookie until then, so that a code that somebody slips in opens no session here.

use edge::http::Response;
use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::session::{self, lead_to, set_cookie};
use crate::texts::Texts;
use crate::visit::{Fields, Visit, decoded, part_of_path};

use super::sign_in::is_own;

/// The cookie of a sign-in that has begun: its secret, and the page to show afterwards.
const COOKIE: &str = "__Host-moments-sign-in";

/// Returns the name of the identity provider. `None` if there is none, or the API does not say.
pub(crate) async fn name(visit: &Visit<'_>) -> Option<String> {
    let answer = visit.call_open("GET", "/v1/sign-in-options", None).await.ok()?;
    answer.body["identity_provider"]["name"].as_str().map(str::to_owned)
}

/// `GET /console/sign-in/provider?next=`: a link, for browsers hold a form that leads to another site. Only a page of
/// the console begins a sign-in.
pub(crate) async fn begin(visit: &Visit<'_>) -> Result<Response, Refusal> {
    let next = Some(visit.query.get("next")).filter(|next| is_own(next)).unwrap_or("/console/apps");
    if visit.is_led_here() {
        return Ok(lead_to(&sign_in_page(next, None)));
    }
    let body = json!({ "redirect_uri": format!("{}/console/sign-in/callback", visit.origin()) });
    let answer = visit.call_open("POST", "/v1/sign-ins", Some(&body)).await?;
    let begun = answer.body["sign_in"].as_str().zip(answer.body["authorization_url"].as_str());
    let Some((sign_in, address)) = begun.filter(|_| answer.status == 201) else {
        if answer.status == 429 {
            return Err(Refusal::TooMany(answer.retry_after.unwrap_or(1)));
        }
        let code =
            if answer.status == 503 { "provider_silent" } else { answer.body["code"].as_str().unwrap_or_default() };
        return Ok(lead_to(&sign_in_page(next, Some(code))));
    };
    let mut response = lead_to(address);
    set_cookie(&mut response, COOKIE, &format!("{sign_in}.{}", part_of_path(next)));
    Ok(response)
}

/// `GET /console/sign-in/callback`: where the provider leads back to. Every answer leads on, so that no code stays in
/// the address.
pub(crate) async fn complete(visit: &Visit<'_>) -> Response {
    let cookie = visit.cookie(COOKIE).and_then(|cookie| cookie.split_once('.'));
    let (sign_in, next) = cookie.map_or(("", String::new()), |(sign_in, next)| (sign_in, decoded(next)));
    let next = if is_own(&next) { next.as_str() } else { "/console/apps" };
    let given = |name: &str| visit.query.get(name).to_owned();
    let mut response = if given("code").is_empty() {
        tracing::info!("the identity provider has led back without a code");
        lead_to(&sign_in_page(next, Some("denied")))
    } else if sign_in.is_empty() {
        lead_to(&sign_in_page(next, Some("sign_in_over")))
    } else {
        let iss = Some(given("iss")).filter(|iss| !iss.is_empty());
        let body = json!({ "sign_in": sign_in, "state": given("state"), "code": given("code"), "iss": iss });
        match opened(visit, &body).await {
            Ok(session) => {
                session::close(visit).await;
                let mut response = lead_to(next);
                set_cookie(&mut response, session::COOKIE, &session);
                response
            }
            Err(code) => lead_to(&sign_in_page(next, Some(code.as_str()))),
        }
    };
    set_cookie(&mut response, COOKIE, "");
    response
}

/// Completes a sign-in. Returns the session, or the code that says why there is none.
async fn opened(visit: &Visit<'_>, body: &Value) -> Result<String, String> {
    let Ok(answer) = visit.call_open("POST", "/v1/sign-ins/complete", Some(body)).await else {
        return Err("busy".to_owned());
    };
    match (answer.status, answer.body["session"].as_str()) {
        (201, Some(session)) => Ok(session.to_owned()),
        (429, _) => Err("too_many".to_owned()),
        (503, _) => Err("busy".to_owned()),
        _ => Err(answer.body["code"].as_str().unwrap_or("invalid").to_owned()),
    }
}

/// Returns the address of the sign-in page, which says why a sign-in has failed.
fn sign_in_page(next: &str, failure: Option<&str>) -> String {
    let mut query = vec![("next".to_owned(), next.to_owned())];
    query.extend(failure.map(|code| ("failed".to_owned(), code.to_owned())));
    format!("/console/sign-in?{}", Fields(query).encoded())
}

/// Says why a sign-in has failed. Anybody can write the code into an address, so it is shown only if it looks like one.
pub(crate) fn explained(t: &Texts, code: &str) -> Option<String> {
    let is_code =
        !code.is_empty() && code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if !is_code {
        return None;
    }
    Some(match code {
        "sign_in_over" => t.get("provider-over"),
        "provider_silent" => t.get("provider-silent"),
        "no_role" => t.get("provider-no-role"),
        "denied" => t.get("provider-denied"),
        "busy" => t.get("problem-busy"),
        "too_many" => t.get("problem-too-many"),
        other => t.with("provider-broken", &[("code", other)]),
    })
}
