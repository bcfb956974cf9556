//! A visit: a request of a browser, with the session in its cookie, and the calls of the API in its name.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::http::header::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edge::http::MAX_BODY_BYTES;
use jiff::Timestamp;
use outbound_api::{Answer, Api, Body, Call};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use crate::language::Language;
use crate::refusal::Refusal;
use crate::session;
use crate::texts::{self, Texts};

/// The version of what must not exist yet: a form for something new writes over nothing.
pub(crate) const NOT_THERE: Option<u64> = Some(0);

/// A version that nothing ever has.
const NEVER: u64 = i64::MAX as u64;

/// What stands in a part of a path as it is.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The fields of a query or of a posted form, decoded and in their order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    fn read(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// Returns a field, without blanks around it; empty if it is not there.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.trim())
    }

    /// True if the field is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(found, _)| found == name)
    }

    /// Returns the version of a form, which the person has seen.
    pub(crate) fn version(&self) -> Option<u64> {
        self.get("version").parse().ok()
    }

    /// Returns the version to write over: the one that the person has seen. A form without it comes from no page of ours,
    /// and one of what is not there is not for this: both match no version.
    pub(crate) fn seen(&self) -> u64 {
        self.version().filter(|version| *version > 0).unwrap_or(NEVER)
    }

    /// Returns the fields as a browser encodes them.
    pub(crate) fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

/// A request of a browser.
pub(crate) struct Visit<'a> {
    api: &'a Api,
    host: String,
    headers: HeaderMap,
    /// True for `POST`.
    pub(crate) is_post: bool,
    /// The parts of the path behind `/console`.
    pub(crate) path: Vec<String>,
    /// The query.
    pub(crate) query: Fields,
    /// The posted form; empty for `GET`.
    pub(crate) form: Fields,
    /// A posted form with a file, for the one screen that takes it.
    pub(crate) upload: Option<Upload>,
    /// The session, as the cookie holds it.
    pub(crate) session: Option<String>,
    /// The texts of the person's language.
    pub(crate) texts: &'static Texts,
    /// The time.
    pub(crate) now: Timestamp,
    cookies: Cookies,
}

impl<'a> Visit<'a> {
    /// Reads a request.
    pub(crate) fn new(api: &'a Api, event: ApiGatewayV2httpRequest, now: Timestamp) -> Self {
        let cookies = Cookies::of(&event);
        let path = event.path_parameters.get("proxy").map_or("", String::as_str);
        let header = |name: &str| event.headers.get(name).and_then(|value| value.to_str().ok());
        let language = Language::of(cookies.get(session::LANGUAGE_COOKIE), header("accept-language"));
        let is_post = event.request_context.http.method.as_str() == "POST";
        Self {
            api,
            host: event.request_context.domain_name.clone().unwrap_or_default(),
            is_post,
            path: path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
            query: Fields::read(event.raw_query_string.as_deref().unwrap_or_default().as_bytes()),
            form: Fields::read(&body(&event)),
            upload: Upload::of(&event),
            session: cookies.get(session::COOKIE).filter(|session| !session.is_empty()).map(str::to_owned),
            texts: texts::of(language),
            now,
            cookies,
            headers: event.headers,
        }
    }

    /// The same browser, as if it had posted another form with another session.
    pub(crate) fn again(&self, path: &str, query: &str, form: Fields, session: &str) -> Self {
        let path = path.strip_prefix("/console").unwrap_or_default().split('/').filter(|part| !part.is_empty());
        let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        Self {
            api: self.api,
            host: self.host.clone(),
            headers: self.headers.clone(),
            is_post: true,
            path: path.map(decoded).collect(),
            query: Fields::read(query.as_bytes()),
            form,
            upload: None,
            session: Some(session.to_owned()),
            texts: self.texts,
            now: self.now,
            cookies: self.cookies.clone(),
        }
    }

    /// True if the form comes back after signing in: it is shown, and not saved.
    pub(crate) fn is_held(&self) -> bool {
        self.form.has("held")
    }

    /// The language of the person.
    pub(crate) fn language(&self) -> Language {
        self.texts.language
    }

    /// The address of this page, without its host.
    pub(crate) fn address(&self) -> String {
        let parts: Vec<String> = self.path.iter().map(|part| part_of_path(part)).collect();
        let query = if self.query.0.is_empty() { String::new() } else { format!("?{}", self.query.encoded()) };
        format!("/console/{}{query}", parts.join("/"))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Refuses a form that another site posts. Browsers send `Sec-Fetch-Site`; older ones send `Origin`. A form of
    /// another port or name of the same site is refused, too.
    pub(crate) fn refuse_other_sites(&self) -> Result<(), Refusal> {
        if !self.is_post {
            return Ok(());
        }
        let is_own = match (self.header("sec-fetch-site"), self.header("origin")) {
            (Some(site), _) => matches!(site, "same-origin" | "none"),
            (None, Some(origin)) => origin.split_once("://").is_some_and(|(_, host)| host == self.host),
            // A browser that sends neither header is older than the cookie's `SameSite`, and cannot be told apart.
            (None, None) => false,
        };
        if is_own { Ok(()) } else { Err(Refusal::OtherSite) }
    }

    /// True if another site has led the browser here. An older browser does not say.
    pub(crate) fn is_led_here(&self) -> bool {
        self.header("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"))
    }

    /// The beginning of the console's addresses, as the browser sees them.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", self.api.scheme(), self.host)
    }

    /// Returns a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name)
    }

    /// Reads something of the API.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Refusal> {
        let answer = self.call("GET", path, None, None).await?;
        match answer.status {
            ..300 => Ok(answer),
            // An address that somebody has made up, such as a cursor.
            400..500 => Err(Refusal::NotFound),
            _ => Err(Refusal::Broken),
        }
    }

    /// Reads something of the API that may not be there.
    pub(crate) async fn find(&self, path: &str) -> Result<Option<Answer>, Refusal> {
        match self.get(path).await {
            Ok(answer) => Ok(Some(answer)),
            Err(Refusal::NotFound) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Calls the API with the session. `if_match` is the version to write over. Returns 2xx, 400, 409 and what else the screen has to explain.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        if_match: Option<u64>,
        body: Option<&Value>,
    ) -> Result<Answer, Refusal> {
        let key = self.session.as_deref().ok_or(Refusal::SignedOut)?;
        Self::judge(self.call_with(key, method, path, if_match, body).await?)
    }

    /// Posts a file to the API with the session. Answers as [`Visit::call`].
    pub(crate) async fn post_file(
        &self,
        path: &str,
        media_type: &'static str,
        bytes: &[u8],
    ) -> Result<Answer, Refusal> {
        let key = self.session.as_deref().ok_or(Refusal::SignedOut)?;
        let body = Some(Body::File { media_type, bytes });
        Self::judge(
            self.send(Call { host: &self.host, method: "POST", path, key: Some(key), if_match: None, body }).await?,
        )
    }

    fn judge(answer: Answer) -> Result<Answer, Refusal> {
        match answer.status {
            401 => Err(Refusal::SignedOut),
            403 => Err(Refusal::Forbidden(answer.body["detail"].as_str().unwrap_or_default().to_owned())),
            404 => Err(Refusal::NotFound),
            429 => Err(Refusal::TooMany(answer.retry_after.unwrap_or(1))),
            503 => Err(Refusal::Busy(answer.retry_after.unwrap_or(1))),
            500.. => Err(Refusal::Broken),
            _ => Ok(answer),
        }
    }

    /// Calls the API with a credential. Returns every answer.
    pub(crate) async fn call_with(
        &self,
        key: &str,
        method: &str,
        path: &str,
        if_match: Option<u64>,
        body: Option<&Value>,
    ) -> Result<Answer, Refusal> {
        let body = body.map(Body::Json);
        self.send(Call { host: &self.host, method, path, key: Some(key), if_match, body }).await
    }

    /// Calls a route that takes no credential. Returns every answer.
    pub(crate) async fn call_open(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, Refusal> {
        let body = body.map(Body::Json);
        self.send(Call { host: &self.host, method, path, key: None, if_match: None, body }).await
    }

    async fn send(&self, call: Call<'_>) -> Result<Answer, Refusal> {
        self.api.call(call).await.map_err(|error| {
            tracing::warn!(error.cause = %error, "the API was not reached");
            Refusal::Busy(1)
        })
    }
}

/// Decodes a part of a path.
pub(crate) fn decoded(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

/// Encodes a part of a path.
pub(crate) fn part_of_path(part: &str) -> String {
    utf8_percent_encode(part, PART).to_string()
}

/// Returns the posted body. A body that is no form, or too large for the API, has no fields.
fn body(event: &ApiGatewayV2httpRequest) -> Vec<u8> {
    let is_form = event.headers.get("content-type").and_then(|value| value.to_str().ok()).is_some_and(|media_type| {
        media_type.split(';').next().unwrap_or_default().trim() == "application/x-www-form-urlencoded"
    });
    let text = event.body.as_deref().unwrap_or_default();
    if !is_form || text.len() > 2 * MAX_BODY_BYTES {
        return Vec::new();
    }
    if event.is_base64_encoded { STANDARD.decode(text).unwrap_or_default() } else { text.as_bytes().to_vec() }
}

/// A posted form with a file, not parsed yet.
pub(crate) struct Upload {
    /// The content type, with the boundary of the parts.
    pub(crate) content_type: String,
    /// The whole body.
    pub(crate) bytes: Vec<u8>,
}

impl Upload {
    /// Lambda bounds the size of an event.
    fn of(event: &ApiGatewayV2httpRequest) -> Option<Self> {
        let content_type = event.headers.get("content-type")?.to_str().ok()?;
        if !content_type.starts_with("multipart/form-data") {
            return None;
        }
        let text = event.body.as_deref().unwrap_or_default();
        let bytes = if event.is_base64_encoded { STANDARD.decode(text).ok()? } else { text.as_bytes().to_vec() };
        Some(Self { content_type: content_type.to_owned(), bytes })
    }
}

/// The cookies of a request.
#[derive(Clone)]
struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// API Gateway's payload 2.0 has a list of them. A hand-made event may have only the header.
    fn of(event: &ApiGatewayV2httpRequest) -> Self {
        let header = event.headers.get("cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let listed = event.cookies.iter().flatten().flat_map(|cookie| cookie.split(';'));
        let pairs = listed.chain(header.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}
