//! `/r/{reward_id}/address` for people: a form without script that asks for the fields that the country needs, and
//! after that shows the progress of the order. The page never shows a stored address, because a user may pass the link
//! on. Programs get the same as JSON.

use std::fmt::Write as _;
use std::sync::LazyLock;

use aws_lambda_events::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Error;
use domain::error::FieldError;
use domain::reward::{Actor, Reward};
use edge::http::{self, Response};
use edge::problem;
use sha2::{Digest, Sha256};

use crate::address::{self, AddressStatus};
use crate::regions::{self, Region};
use crate::rules::{self, Draft, MAX_PART};
use crate::words::Language;
use crate::{RequestContext, form};

const STYLE: &str = include_str!("address_form_page.css");

/// The page loads nothing and runs nothing, no other page may frame it, and the form goes nowhere else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// `GET /r/{reward_id}/address`.
pub(crate) async fn show(context: RequestContext<'_>) -> Result<Response, Error> {
    let is_program = context.request.accepts("application/json") && !context.request.accepts("text/html");
    let found = match address::reward_id(context) {
        Ok(reward_id) => address::find(context, &reward_id).await,
        Err(error) => Err(error),
    };
    let (reward, order) = match found {
        Ok(found) => found,
        Err(error) if is_program => return Err(error),
        Err(error) => return Ok(error_page(context, &error)),
    };
    let status = AddressStatus::new(&reward, order.as_ref());
    if is_program {
        let mut response = http::json(200, &status);
        address::not_kept(&mut response);
        return Ok(response);
    }
    let language = Language::of(reward.locale.as_deref(), context.request.header("accept-language"));
    let wants_form = !status.address_given || (status.correctable && context.request.query("correct").is_some());
    let body = if wants_form {
        let mut draft = Draft::default();
        draft.set("country", &likely_country(context, &reward));
        form_page(language, &draft, &[], &status)
    } else {
        status_page(language, &status)
    };
    Ok(html(200, language, body))
}

/// Returns the country that the user has just chosen, or else the country where the user probably is.
fn likely_country(context: RequestContext<'_>, reward: &Reward) -> String {
    let of_locale = reward.locale.as_deref().and_then(|locale| locale.rsplit_once('-')).map(|(_, region)| region);
    let of_browser = accept_language::parse(context.request.header("accept-language").unwrap_or_default());
    let of_browser = of_browser.first().and_then(|tag| tag.rsplit_once('-')).map(|(_, region)| region);
    let asked = [context.request.query("country"), reward.marketplace.as_deref(), of_locale, of_browser];
    let known = asked.into_iter().flatten().map(str::to_ascii_uppercase).find(|code| regions::region(code).is_some());
    known.unwrap_or_default()
}

/// `POST /r/{reward_id}/address`, as a form or as JSON.
pub(crate) async fn take(context: RequestContext<'_>) -> Result<Response, Error> {
    match context.request.media_type().as_str() {
        "application/json" => {
            let draft = context.request.json(Draft::read)?;
            let address = rules::check(&draft).map_err(|mistakes| Error::Invalid(mistakes.into_iter().collect()))?;
            let given = address::give(context, &address::reward_id(context)?, &address, &Actor::User).await?;
            let mut response = http::json(200, &given);
            address::not_kept(&mut response);
            Ok(response)
        }
        "application/x-www-form-urlencoded" => match take_form(context).await {
            Ok(response) => Ok(response),
            Err(error) => Ok(error_page(context, &error)),
        },
        _ => Err(Error::UnsupportedMediaType("application/json or application/x-www-form-urlencoded")),
    }
}

async fn take_form(context: RequestContext<'_>) -> Result<Response, Error> {
    let draft = form::draft(&context.request.bytes()?)?;
    let reward_id = address::reward_id(context)?;
    let (reward, order) = address::find(context, &reward_id).await?;
    let language = Language::of(reward.locale.as_deref(), context.request.header("accept-language"));
    let address = match rules::check(&draft) {
        Ok(checked) => checked,
        Err(mistakes) => {
            let status = AddressStatus::new(&reward, order.as_ref());
            return Ok(html(400, language, form_page(language, &draft, &mistakes, &status)));
        }
    };
    address::give(context, &reward_id, &address, &Actor::User).await?;
    // Reloading the next page posts nothing again. The location is relative: it is this page, under every name of the
    // API.
    let mut response = http::empty(303);
    response.headers.insert("location", HeaderValue::from_static("address"));
    address::not_kept(&mut response);
    Ok(response)
}

fn html(status: u16, language: Language, body: String) -> Response {
    let title = language.pick("Your reward", "Ihre Prämie");
    let tag = language.tag();
    let mut response = http::html(
        status,
        format!(
            "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
             <body>\n<main>\n{body}</main>\n</body>\n</html>\n"
        ),
    );
    let policy = HeaderValue::from_str(&POLICY).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
    response.headers.insert("content-security-policy", policy);
    response
}

/// Answers an error with a page that a person can read. The error is logged like every other.
fn error_page(context: RequestContext<'_>, error: &Error) -> Response {
    let status = problem::report(error, &context.invocation.request_id).status;
    let language = Language::of(None, context.request.header("accept-language"));
    let (title, text) = match status {
        404 => (
            language.pick("There is nothing here", "Hier ist nichts"),
            language.pick(
                "This link leads to no reward that is sent to you, or its time is over.",
                "Dieser Link führt zu keiner Prämie, die verschickt wird, oder ihre Zeit ist vorbei.",
            ),
        ),
        409 => (
            language.pick("It is too late for that", "Dafür ist es zu spät"),
            language.pick(
                "Your reward is just being sent, so the address cannot be changed any more.",
                "Ihre Prämie wird gerade verschickt, die Adresse lässt sich nicht mehr ändern.",
            ),
        ),
        _ => (
            language.pick("That did not work", "Das hat nicht geklappt"),
            language.pick(
                "Nothing was lost. Please go back and try again in a moment.",
                "Es ist nichts verloren. Bitte gehen Sie zurück und versuchen Sie es gleich noch einmal.",
            ),
        ),
    };
    let mut response = html(status, language, format!("<h1>{title}</h1>\n<p>{text}</p>\n"));
    if status == 503 {
        response.headers.insert("retry-after", HeaderValue::from_static("1"));
    }
    response
}

fn status_page(language: Language, status: &AddressStatus) -> String {
    let (title, text) = language.state(status.state);
    let mut body = format!("<h1>{title}</h1>\n<p>{text}</p>\n");
    if let Some(shipment) = &status.shipment {
        let (carrier, number) = (language.pick("Carrier", "Paketdienst"), language.pick("Number", "Sendungsnummer"));
        let _ = writeln!(
            body,
            "<dl>\n<dt>{carrier}</dt><dd>{}</dd>\n<dt>{number}</dt><dd>{}</dd>\n</dl>",
            escape(&shipment.carrier),
            escape(&shipment.tracking)
        );
        if let Some(url) = &shipment.tracking_url {
            let follow = language.pick("Follow the parcel", "Sendung verfolgen");
            let _ =
                writeln!(body, "<p><a class=\"button\" rel=\"noreferrer\" href=\"{}\">{follow}</a></p>", escape(url));
        }
    }
    if status.correctable {
        let correct = language.pick("Correct the address", "Adresse berichtigen");
        let _ = writeln!(body, "<p><a href=\"address?correct=1\">{correct}</a></p>");
    }
    body
}

/// Returns the form: first the country, which decides the other fields; then those.
fn form_page(language: Language, draft: &Draft, mistakes: &[FieldError], status: &AddressStatus) -> String {
    let title = if status.address_given {
        language.pick("Correct the address", "Adresse berichtigen")
    } else {
        language.pick("Where shall we send your reward?", "Wohin dürfen wir Ihre Prämie schicken?")
    };
    let mut body = format!("<h1>{title}</h1>\n");
    if !mistakes.is_empty() {
        let text = language.pick("Please check what is marked below.", "Bitte prüfen Sie, was unten markiert ist.");
        let _ = writeln!(body, "<p class=\"mistake\" role=\"alert\">{text}</p>");
    }
    country_form(&mut body, language, (draft, mistakes), status.address_given);
    let Some(region) = draft.region() else { return body };
    let _ = writeln!(body, "<form method=\"post\" action=\"address\" novalidate>");
    let _ = writeln!(body, "<input type=\"hidden\" name=\"country\" value=\"{}\">", escape(draft.get("country")));
    let mut written: Vec<&str> = Vec::new();
    for part in region.parts.chars() {
        let fields: &[&str] = match part {
            'N' => &["name"],
            'O' => &["organization"],
            'A' => &["line1", "line2"],
            'D' => &["district"],
            'C' => &["city"],
            'S' => &["region"],
            'Z' => &["postal_code"],
            _ => &[],
        };
        for field in fields {
            write_field(&mut body, language, (field, part), region, (draft, mistakes));
        }
        written.extend(fields);
    }
    write_field(&mut body, language, ("phone", ' '), region, (draft, mistakes));
    // A field with a mistake or a value stays in the form, even if the country does not need it, so that nothing is
    // lost.
    let is_other = |field: &&str| !written.contains(field) && !["country", "phone"].contains(field);
    for field in rules::FIELDS.into_iter().filter(is_other) {
        if !draft.get(field).is_empty() || mistake_of(mistakes, field).is_some() {
            write_field(&mut body, language, (field, ' '), region, (draft, mistakes));
        }
    }
    let (note, send) = (
        language.pick(
            "The address is used to send this reward and for nothing else. It is removed 30 days after delivery.",
            "Die Adresse dient nur dem Versand dieser Prämie und wird 30 Tage nach der Zustellung gelöscht.",
        ),
        language.pick("Send it there", "Dorthin schicken"),
    );
    let _ = writeln!(body, "<p class=\"note\">{note}</p>\n<button type=\"submit\">{send}</button>\n</form>");
    body
}

fn mistake_of<'a>(mistakes: &'a [FieldError], field: &str) -> Option<&'a FieldError> {
    mistakes.iter().find(|mistake| mistake.pointer[1..] == *field)
}

fn country_form(body: &mut String, language: Language, (draft, mistakes): (&Draft, &[FieldError]), correcting: bool) {
    let chosen = draft.get("country").to_ascii_uppercase();
    let label = language.pick("Country or region", "Land oder Region");
    let _ = writeln!(
        body,
        "<form method=\"get\" action=\"address\" class=\"country\">\n<label for=\"country\">{label}</label>"
    );
    if correcting {
        let _ = writeln!(body, "<input type=\"hidden\" name=\"correct\" value=\"1\">");
    }
    let mistake = mistake_of(mistakes, "country").map(|mistake| language.mistake(mistake.code, ""));
    let described = if mistake.is_some() { " aria-invalid=\"true\" aria-describedby=\"country-mistake\"" } else { "" };
    let _ = writeln!(body, "<div><select id=\"country\" name=\"country\" autocomplete=\"country\"{described}>");
    for (code, name) in regions::all(language.is_german()) {
        let selected = if code == chosen { " selected" } else { "" };
        let _ = writeln!(body, "<option value=\"{code}\"{selected}>{}</option>", escape(name));
    }
    let choose = language.pick("Choose", "Wählen");
    let _ = writeln!(body, "</select> <button type=\"submit\" class=\"second\">{choose}</button></div>");
    if let Some(mistake) = mistake {
        let _ = writeln!(body, "<span class=\"mistake\" id=\"country-mistake\">{}</span>", escape(&mistake));
    }
    let _ = writeln!(body, "</form>");
}

fn write_field(
    body: &mut String,
    language: Language,
    (field, part): (&str, char),
    region: &Region,
    (draft, mistakes): (&Draft, &[FieldError]),
) {
    let label = language.label(field, region);
    let required = field != "line2" && ("NA".contains(part) || region.requires(part));
    let mistake = mistake_of(mistakes, field);
    let mut attributes = format!("id=\"{field}\" name=\"{field}\" autocomplete=\"{}\"", autocomplete(field));
    if required {
        attributes.push_str(" required");
    }
    if mistake.is_some() {
        let _ = write!(attributes, " aria-invalid=\"true\" aria-describedby=\"{field}-mistake\"");
    }
    let _ = writeln!(body, "<p>\n<label for=\"{field}\">{label}</label>");
    let value = draft.get(field);
    if field == "region" && !region.states.is_empty() {
        let _ = writeln!(body, "<select {attributes}>\n<option value=\"\"></option>");
        let chosen = region.state_of(value, &draft.country()).map(|state| state.0.as_str());
        for state in &region.states {
            let selected = if chosen == Some(state.0.as_str()) { " selected" } else { "" };
            let _ =
                writeln!(body, "<option value=\"{}\"{selected}>{}</option>", escape(&state.0), escape(state.label()));
        }
        let _ = writeln!(body, "</select>");
    } else {
        let kind = if field == "phone" { "tel" } else { "text" };
        let _ =
            writeln!(body, "<input type=\"{kind}\" maxlength=\"{MAX_PART}\" value=\"{}\" {attributes}>", escape(value));
    }
    if let Some(mistake) = mistake {
        let text = language.mistake(mistake.code, &region.example);
        let _ = writeln!(body, "<span class=\"mistake\" id=\"{field}-mistake\">{}</span>", escape(&text));
    }
    let _ = writeln!(body, "</p>");
}

/// Returns the name by which browsers fill in a field (HTML, section 4.10.18.7).
fn autocomplete(field: &str) -> &'static str {
    match field {
        "name" => "name",
        "organization" => "organization",
        "line1" => "address-line1",
        "line2" => "address-line2",
        "district" => "address-level3",
        "city" => "address-level2",
        "region" => "address-level1",
        "postal_code" => "postal-code",
        _ => "tel",
    }
}

/// Escapes text for HTML, also within quotes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_written_becomes_a_tag_or_an_attribute() {
        assert_eq!(escape("\"><script>'&"), "&quot;&gt;&lt;script&gt;&#39;&amp;");
    }
}
