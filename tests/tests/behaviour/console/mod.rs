//! The Moments Console through the gateway: each page calls the API over a connection, as deployed.

mod competitions;
mod editing;
mod hostile_text;
mod lists;
mod provider;
mod review;
mod rules;
mod running;
mod session;

use serde_json::{Value, json};
use tests::{Answer, App, World};

use crate::people::Human;

/// A browser with a cookie, which posts forms of its own pages.
pub(crate) struct Browser<'a> {
    world: &'a World,
    cookies: String,
    language: &'static str,
    host: &'static str,
}

/// A page.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) answer: Answer,
    pub(crate) html: String,
}

impl<'a> Browser<'a> {
    /// A browser in which nobody is signed in.
    pub(crate) fn new(world: &'a World) -> Self {
        Self { world, cookies: String::new(), language: "en", host: "console.example" }
    }

    /// A browser in which an owner of every app is signed in.
    pub(crate) async fn signed_in(world: &'a World) -> Self {
        Self::of(world, "owner", json!({"*": ["owner"]})).await
    }

    /// A browser in which a person with these roles is signed in.
    pub(crate) async fn of(world: &'a World, person: &str, roles: Value) -> Self {
        let human = Human::with(world, person, roles).await;
        let mut browser = Self::new(world);
        let answer = browser.post("/sign-in", &[("key", &human.key)]).await;
        assert_eq!(answer.status, 303, "{}", answer.html);
        browser.keep(&answer);
        browser
    }

    /// Keeps the cookies of an answer.
    fn keep(&mut self, page: &Page) {
        let set = page.answer.headers.iter().filter(|(name, _)| name == "set-cookie");
        let cookies: Vec<&str> = set.map(|(_, cookie)| cookie.split(';').next().unwrap()).collect();
        self.cookies = cookies.join("; ");
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        self.send("GET", path, &[], "").await
    }

    /// Posts a form from a page of the console.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send("POST", path, &[("sec-fetch-site", "same-origin")], &form).await
    }

    /// Posts a body of another type, as a form with a file has it.
    pub(crate) async fn send_bytes(&self, path: &str, content_type: &str, body: &[u8]) -> Page {
        let headers = [
            ("host", self.host),
            ("accept-language", self.language),
            ("cookie", self.cookies.as_str()),
            ("content-type", content_type),
            ("sec-fetch-site", "same-origin"),
        ];
        let answer = self.world.send("POST", &format!("/console{path}"), &headers, body).await;
        let html = answer.body.as_str().unwrap_or_default().to_owned();
        Page { status: answer.status, answer, html }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, more: &[(&str, &str)], form: &str) -> Page {
        let mut headers = vec![("accept-language", self.language), ("host", self.host)];
        headers.extend((!self.cookies.is_empty()).then_some(("cookie", self.cookies.as_str())));
        headers.extend((!form.is_empty()).then_some(("content-type", "application/x-www-form-urlencoded")));
        headers.extend(more);
        let answer = self.world.send(method, &format!("/console{path}"), &headers, form.as_bytes()).await;
        let html = answer.body.as_str().unwrap_or_default().to_owned();
        Page { status: answer.status, answer, html }
    }
}

impl Page {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.html);
        self
    }

    /// The page that it leads to, without `/console`.
    #[track_caller]
    pub(crate) fn leads_to(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.html);
        self.answer.header("location").unwrap().strip_prefix("/console").unwrap()
    }

    #[track_caller]
    pub(crate) fn shows(&self, text: &str) {
        assert!(self.html.contains(text), "{text} is not in {}", self.html);
    }

    #[track_caller]
    pub(crate) fn hides(&self, text: &str) {
        assert!(!self.html.contains(text), "{text} is in {}", self.html);
    }

    /// Every field of the page's form with its value, as a browser would post it.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        let form = self.html.split("<form class=\"edit\"").nth(1).unwrap().split("</form>").next().unwrap();
        let attribute = |tag: &str, name: &str| {
            tag.split(&format!(" {name}=\"")).nth(1).map(|rest| unescape(rest.split('"').next().unwrap()))
        };
        let mut fields = Vec::new();
        for tag in form.split('<').skip(1) {
            let named = attribute(tag, "name");
            match (tag.split([' ', '>']).next().unwrap(), named) {
                ("input", Some(name)) if !tag.contains("type=\"radio\"") => {
                    fields.push((name, attribute(tag, "value").unwrap_or_default()));
                }
                ("textarea", Some(name)) => {
                    fields.push((name, unescape(tag.split_once(">\n").unwrap().1).replace('\n', "\r\n")));
                }
                ("select", Some(name)) => fields.push((name, String::new())),
                ("option", _) if tag.contains(" selected") => {
                    fields.last_mut().unwrap().1 = attribute(tag, "value").unwrap();
                }
                _ => {}
            }
        }
        fields
    }
}

pub(crate) fn unescape(text: &str) -> String {
    let names = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    names.into_iter().fold(text.to_owned(), |text, (escaped, sign)| text.replace(escaped, sign))
}

/// Returns the fields with some changed.
pub(crate) fn with<'a>(fields: &'a [(String, String)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
    kept.chain(changes.iter().copied()).collect()
}

/// An app `app` with a stocked group `gift` and a draft `spring`.
async fn draft(world: &World) -> App<'_> {
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 3).await;
    app.admin("PUT", "/campaigns/spring", tests::campaign()).await.expect(200);
    app
}

/// The campaign of [`draft`] with moments of these ids.
fn with_moments(ids: &[&str]) -> Value {
    let mut campaign = tests::campaign();
    let mut moments = Vec::new();
    for id in ids {
        let mut moment = campaign["moments"][0].clone();
        moment["moment_id"] = json!(id);
        moments.push(moment);
    }
    campaign["moments"] = json!(moments);
    campaign
}

async fn campaign(app: &App<'_>, id: &str) -> Value {
    app.admin("GET", &format!("/campaigns/{id}"), Value::Null).await.expect(200)
}

/// A rejection of a campaign, which makes it editable again.
fn because() -> Value {
    json!({"reason": "The window is wrong"})
}
