//! What all pages share: the frame around a screen, and the headers of its answer.

use askama::Template;
use aws_lambda_events::http::header::HeaderValue;
use edge::http::{self, Response};

use crate::assets;
use crate::language::Language;
use crate::refusal::Refusal;
use crate::session::{self, Session};
use crate::visit::{Visit, part_of_path};

/// What a page may load and do: its own style and script, calls and forms to its own host, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The frame around a screen: navigation, language, who is signed in.
pub(crate) struct Frame {
    /// The page's language.
    pub(crate) language: Language,
    /// The signed-in person; `None` on pages without a session.
    pub(crate) session: Option<Session>,
    /// The app whose pages these are.
    pub(crate) app: Option<String>,
    /// The address of this page, to come back to.
    pub(crate) address: String,
}

impl Frame {
    /// The frame of a page for everybody.
    pub(crate) fn without_session(visit: &Visit<'_>) -> Self {
        let app = match visit.path.as_slice() {
            [apps, app, ..] if apps == "apps" && visit.session.is_some() => Some(app.clone()),
            _ => None,
        };
        // A form cannot be reached by a link again.
        let address = if visit.is_post { "/console".to_owned() } else { visit.address() };
        Self { language: visit.language(), session: None, app, address }
    }

    /// The frame of a page for the person who is signed in.
    pub(crate) async fn of(visit: &Visit<'_>) -> Result<Self, Refusal> {
        let session = session::current(visit).await?;
        Ok(Self { session: Some(session), ..Self::without_session(visit) })
    }

    /// The address of the app's pages.
    pub(crate) fn of_app(&self) -> String {
        app_address(self.app.as_deref().unwrap_or_default())
    }

    /// True if the person may have one of the roles in this app. Only a hint: the API decides.
    pub(crate) fn may(&self, roles: &[&str]) -> bool {
        self.session.as_ref().is_some_and(|session| session.has(self.app.as_deref().unwrap_or_default(), roles))
    }

    /// True if the person owns an app.
    pub(crate) fn is_owner(&self) -> bool {
        let owns = |session: &Session| session.roles.values().flatten().any(|role| role == "owner");
        self.session.as_ref().is_some_and(owns)
    }

    /// Refuses a person without a role in this app, before there is something to ask the API for.
    pub(crate) fn require(&self, role: &str) -> Result<(), Refusal> {
        if self.may(&[role]) {
            return Ok(());
        }
        Err(Refusal::Forbidden(format!("this page needs the role {role}")))
    }

    /// The name of the style.
    pub(crate) fn style(&self) -> &'static str {
        &assets::STYLE_NAME
    }

    /// The name of the script.
    pub(crate) fn script(&self) -> &'static str {
        &assets::SCRIPT_NAME
    }

    /// True for the page's language.
    pub(crate) fn speaks(&self, language: &Language) -> bool {
        self.language == *language
    }

    /// The languages that the page offers.
    pub(crate) fn languages(&self) -> [Language; 8] {
        Language::ALL
    }
}

/// Returns the address of an app's pages.
pub(crate) fn app_address(app: &str) -> String {
    format!("/console/apps/{}", part_of_path(app))
}

/// Returns the address of a campaign's pages.
pub(crate) fn campaign_address(app: &str, campaign: &str) -> String {
    format!("{}/campaigns/{}", app_address(app), part_of_path(campaign))
}

/// Returns the path of a campaign in the API.
pub(crate) fn campaign_path(app: &str, campaign: &str) -> String {
    format!("/v1/apps/{}/campaigns/{}", part_of_path(app), part_of_path(campaign))
}

/// Renders a page. No cache keeps it, and no other site learns its address.
pub(crate) fn html(status: u16, page: &impl Template) -> Response {
    let Ok(text) = page.render() else { return http::empty(500) };
    let mut response = http::text(status, "text/html; charset=utf-8", text);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("content-security-policy", POLICY),
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        response.headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
