//! Why a page cannot be shown, and the page that says so in the person's language.

use askama::Template;
use aws_lambda_events::http::header::HeaderValue;
use edge::http::Response;

use crate::page::{self, Frame};
use crate::screens::sign_in;
use crate::texts::Texts;
use crate::visit::Visit;

/// Why a page cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no session, or the API has ended it.
    SignedOut,
    /// The API forbids it, with its reason.
    Forbidden(String),
    /// There is nothing at this address.
    NotFound,
    /// Another site posted the form.
    OtherSite,
    /// Too many requests; the seconds to wait.
    TooMany(u64),
    /// The API does not answer. Holds the seconds to wait before the next attempt.
    Busy(u64),
    /// The API answered what nobody expects.
    Broken,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    t: &'static Texts,
    heading: String,
    explanation: String,
    /// What the API says, in English.
    detail: &'a str,
    request_id: Option<&'a str>,
    /// True if the same request may work in a moment.
    is_passing: bool,
}

/// Shows why a page cannot be shown.
pub(crate) async fn show(visit: &Visit<'_>, refusal: &Refusal, request_id: &str) -> Response {
    let t = visit.texts;
    let (status, heading, explanation) = match refusal {
        Refusal::SignedOut => return sign_in::after_the_session(visit).await,
        Refusal::Forbidden(_) => (403, t.get("problem-forbidden"), t.get("problem-forbidden-more")),
        Refusal::NotFound => (404, t.get("problem-not-found"), t.get("problem-not-found-more")),
        Refusal::OtherSite => (403, t.get("problem-other-site"), t.get("problem-other-site-more")),
        Refusal::TooMany(seconds) => (429, t.get("problem-too-many"), t.count("problem-wait", *seconds)),
        Refusal::Busy(seconds) => (503, t.get("problem-busy"), t.count("problem-wait", *seconds)),
        Refusal::Broken => (502, t.get("problem-broken"), t.get("problem-broken-more")),
    };
    let detail = if let Refusal::Forbidden(detail) = refusal { detail } else { "" };
    let retry_after = match refusal {
        Refusal::TooMany(seconds) | Refusal::Busy(seconds) => Some(*seconds),
        _ => None,
    };
    let request_id = matches!(refusal, Refusal::Broken | Refusal::Busy(_)).then_some(request_id);
    tracing::info!(http.status = status, "page refused");
    let frame = Frame::without_session(visit);
    let is_passing = retry_after.is_some();
    let page = ProblemPage { frame, t, heading, explanation, detail, request_id, is_passing };
    let mut response = page::html(status, &page);
    if let Some(seconds) = retry_after {
        response.headers.insert("retry-after", HeaderValue::from(seconds));
    }
    response
}
