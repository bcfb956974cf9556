//! Signing in and out, and the language. A session that ends while somebody types loses nothing: the sign-in page keeps
//! the form, and shows it again afterwards.

use askama::Template;
use edge::http::Response;

use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::screens::{self, provider};
use crate::session::{self, lead_to, set_cookie, set_language};
use crate::texts::Texts;
use crate::visit::{Fields, Visit};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: Frame,
    t: &'static Texts,
    /// The page to show afterwards.
    next: &'a str,
    /// The form that was posted when the session had ended, encoded.
    typed: Option<String>,
    is_refused: bool,
    /// What the button says that leads to the identity provider; `None` if there is none.
    provider: Option<String>,
    /// The address of that button.
    to_provider: String,
    /// Why a sign-in there has failed.
    failure: Option<String>,
}

/// `GET /console/sign-in?next=`.
pub(crate) async fn show(visit: &Visit<'_>) -> Response {
    let next = visit.query.get("next");
    render(visit, 200, next, None, false).await
}

async fn render(visit: &Visit<'_>, status: u16, next: &str, typed: Option<String>, is_refused: bool) -> Response {
    let next = if is_own(next) { next } else { "/console/apps" };
    let frame = Frame { app: None, ..Frame::without_session(visit) };
    let t = visit.texts;
    let name = provider::name(visit).await;
    // What was typed stays in this tab: the provider opens in another.
    let after = if typed.is_some() { "/console/apps" } else { next };
    let page = SignInPage {
        frame,
        t,
        next,
        typed,
        is_refused,
        provider: name.map(|name| t.with("provider-sign-in", &[("name", &name)])),
        to_provider: format!(
            "/console/sign-in/provider?{}",
            Fields(vec![("next".to_owned(), after.to_owned())]).encoded()
        ),
        failure: provider::explained(t, visit.query.get("failed")),
    };
    page::html(status, &page)
}

/// True for an address of the console: nobody is led elsewhere after signing in.
pub(crate) fn is_own(address: &str) -> bool {
    let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_plain && (address == "/console" || address.starts_with("/console/"))
}

/// Asks for a new session, and keeps the page or the form for afterwards.
pub(crate) async fn after_the_session(visit: &Visit<'_>) -> Response {
    let mut response = if visit.is_post {
        render(visit, 401, &visit.address(), Some(visit.form.encoded()), false).await
    } else {
        let next = Fields(vec![("next".to_owned(), visit.address())]).encoded();
        lead_to(&format!("/console/sign-in?{next}"))
    };
    if visit.session.is_some() {
        set_cookie(&mut response, session::COOKIE, "");
    }
    response
}

/// `POST /console/sign-in`: exchanges the personal key for a session.
pub(crate) async fn take(visit: &Visit<'_>) -> Result<Response, Refusal> {
    let next = Some(visit.form.get("next")).filter(|next| is_own(next)).unwrap_or("/console/apps");
    let typed = visit.form.has("typed").then(|| visit.form.get("typed").to_owned());
    let key = visit.form.get("key");
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
    // Signed in in another tab: what was typed comes back here.
    if let Some(typed) = typed.as_ref().filter(|_| visit.form.has("continue"))
        && let Some(session) = visit.session.as_deref()
        && session::current(visit).await.is_ok()
    {
        return show_again(visit, session, next, typed).await;
    }
    let session = if is_key { session::open(visit, key).await? } else { None };
    let Some(session) = session else {
        tracing::info!("sign-in refused");
        return Ok(render(visit, 403, next, typed, true).await);
    };
    let mut response = match typed {
        Some(typed) => show_again(visit, &session, next, &typed).await?,
        None => lead_to(next),
    };
    session::close(visit).await;
    set_cookie(&mut response, session::COOKIE, &session);
    Ok(response)
}

/// Shows a form with what was typed before the session ended. Nothing is saved: another person may have signed in.
async fn show_again(visit: &Visit<'_>, session: &str, next: &str, typed: &str) -> Result<Response, Refusal> {
    let (path, query) = next.split_once('?').unwrap_or((next, ""));
    let mut form: Vec<(String, String)> = form_urlencoded::parse(typed.as_bytes()).into_owned().collect();
    form.push(("held".to_owned(), "1".to_owned()));
    let again = visit.again(path, query, Fields(form), session);
    // Nothing is typed into these, and signing in again in here would have no end.
    if matches!(again.path.first().map(String::as_str), Some("sign-in" | "sign-out" | "language")) {
        return Ok(lead_to("/console/apps"));
    }
    Box::pin(screens::show(&again)).await
}

/// `POST /console/sign-out`.
pub(crate) async fn sign_out(visit: &Visit<'_>) -> Result<Response, Refusal> {
    session::close(visit).await;
    let mut response = lead_to("/console/sign-in");
    set_cookie(&mut response, session::COOKIE, "");
    Ok(response)
}

/// `POST /console/language`: keeps the choice in a cookie, and goes back to the page.
pub(crate) fn choose_language(visit: &Visit<'_>) -> Result<Response, Refusal> {
    let next = Some(visit.form.get("next")).filter(|next| is_own(next)).unwrap_or("/console");
    let chosen = visit.form.get("language");
    let known = crate::language::Language::ALL.into_iter().find(|language| language.tag() == chosen);
    let mut response = lead_to(next);
    if let Some(language) = known {
        set_language(&mut response, language.tag());
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn nobody_is_led_out_of_the_console() {
        assert!(is_own("/console/apps/shop/campaigns?name=%3Cb%3E"));
        for address in ["//evil.example", "/console\\..", "https://evil.example/console/", "/consolex", "", "/v1/apps"]
        {
            assert!(!is_own(address), "{address}");
        }
    }
}
