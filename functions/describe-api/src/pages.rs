//! The pages for people and monitors: the index at `/`, the API's page at `/docs`, and `/health`. They are the same for
//! everybody. `page/` has their HTML, style and script; the browser may run that script and no other.

use std::sync::LazyLock;

use aws_lambda_events::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edge::http::{self, Request, Response};
use serde_json::json;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("../page/page.css");
const SCRIPT: &str = include_str!("../page/page.js");
const DOCS: &str = include_str!("../page/docs.html");
const INDEX: &str = include_str!("../page/index.html");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Allows this style, this script, and reading the API's description. Allows nothing else.
static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        source(STYLE),
        source(SCRIPT)
    );
    HeaderValue::try_from(policy).ok()
});

/// Returns the name of an inline text in a content security policy.
fn source(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// `GET /`: for a browser a page, for a program JSON.
pub(crate) fn index(request: &Request) -> Response {
    if request.accepts("text/html") {
        return page(&INDEX.replace("{version}", VERSION));
    }
    let index = json!({
        "name": "Moments", "version": VERSION, "docs": "/docs", "openapi": "/openapi.json", "health": "/health",
    });
    http::json(200, &index)
}

/// `GET /docs`.
pub(crate) fn docs() -> Response {
    page(DOCS)
}

/// `GET /health`: the gateway and a function answer. It reads no table, so it says nothing of the table.
pub(crate) fn health() -> Response {
    http::json(200, &json!({ "status": "ok" }))
}

fn page(html: &str) -> Response {
    let mut response = http::html(200, html.replace("{style}", STYLE).replace("{script}", SCRIPT));
    if let Some(policy) = POLICY.clone() {
        response.headers.insert("content-security-policy", policy);
    }
    response
}
