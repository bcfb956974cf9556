//! The style and the script of all pages. Their names hold a hash of their content, so that browsers may keep them.

use std::sync::LazyLock;

use aws_lambda_events::http::header::HeaderValue;
use edge::http::{self, Response};
use sha2::{Digest as _, Sha256};

use crate::visit::Visit;

const STYLE: &str = include_str!("../assets/style.css");
const SCRIPT: &str = include_str!("../assets/script.js");

/// The name of the style.
pub(crate) static STYLE_NAME: LazyLock<String> = LazyLock::new(|| name("style", STYLE, "css"));

/// The name of the script.
pub(crate) static SCRIPT_NAME: LazyLock<String> = LazyLock::new(|| name("script", SCRIPT, "js"));

fn name(stem: &str, content: &str, ending: &str) -> String {
    let hash: String = Sha256::digest(content).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{stem}-{hash}.{ending}")
}

/// Returns the style or the script, if the visit asks for one. Under an old name it is today's, which no cache keeps: a
/// page of the version before may still ask for it.
pub(crate) fn find(visit: &Visit<'_>) -> Option<Response> {
    let [name] = visit.path.as_slice() else { return None };
    let (known, content_type, content) = if name.starts_with("style-") && name.ends_with(".css") {
        (&*STYLE_NAME, "text/css; charset=utf-8", STYLE)
    } else if name.starts_with("script-") && name.ends_with(".js") {
        (&*SCRIPT_NAME, "text/javascript; charset=utf-8", SCRIPT)
    } else {
        return None;
    };
    let mut response = http::text(200, content_type, content);
    let keep = if name == known { "public, max-age=31536000, immutable" } else { "no-store" };
    response.headers.insert("cache-control", HeaderValue::from_static(keep));
    response.headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, STYLE};

    #[test]
    fn style_and_script_stay_small_and_load_nothing() {
        assert!(STYLE.len() <= 12_000, "{}", STYLE.len());
        assert!(SCRIPT.len() <= 6_000, "{}", SCRIPT.len());
        for elsewhere in ["http:", "https:", "@import", "url(", "innerHTML", "eval("] {
            assert!(!STYLE.contains(elsewhere) && !SCRIPT.contains(elsewhere), "{elsewhere}");
        }
    }
}
