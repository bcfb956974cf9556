//! Importing reward URLs into a group: a file as spreadsheets save it, or pasted lines. The API stores every good row and
//! names the bad ones by line; importing the same again changes nothing. No page shows a URL again.

use std::convert::Infallible;

use askama::Template;
use edge::http::{MAX_BODY_BYTES, Response};
use futures_util::stream;
use multer::Multipart;
use outbound_api::Answer;
use serde_json::{Value, json};

use crate::amounts;
use crate::form::Mistake;
use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::screens::group::{address, path};
use crate::texts::Texts;
use crate::visit::{Upload, Visit};

/// The bad rows that a page names.
const MOST_NAMED: usize = 100;

/// What came of an import.
struct Report {
    accepted: String,
    duplicate: String,
    invalid: String,
    /// The line and the reason of the first bad rows.
    bad: Vec<(String, String)>,
    /// How many more there are.
    more: Option<String>,
}

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    frame: Frame,
    t: &'static Texts,
    address: String,
    name: String,
    report: Option<Report>,
    mistake: Option<Mistake>,
}

/// What a form holds.
#[derive(Debug, Default)]
struct Posted {
    file_name: String,
    file: Vec<u8>,
    /// Files that hold anything.
    files: usize,
    pasted: String,
}

/// `GET /console/apps/{app}/reward-groups/{group}/import`.
pub(crate) async fn show(visit: &Visit<'_>, app: &str, group: &str) -> Result<Response, Refusal> {
    render(visit, app, group, None, None).await
}

/// `POST …/import`.
pub(crate) async fn take(visit: &Visit<'_>, app: &str, group: &str) -> Result<Response, Refusal> {
    let t = visit.texts;
    // A form that comes back after signing in: the browser has to send its file again.
    let Some(upload) = &visit.upload else { return render(visit, app, group, None, None).await };
    let broken = async |mistake: &str| render(visit, app, group, None, Some(Mistake::new(t.get(mistake)))).await;
    let Some(posted) = read(upload).await else { return broken("import-broken").await };
    if posted.files > 1 || (!posted.file.is_empty() && !posted.pasted.trim().is_empty()) {
        return broken("import-both").await;
    }
    let (media_type, bytes) = match posted {
        Posted { ref file, .. } if file.len() > MAX_BODY_BYTES => {
            return render(visit, app, group, None, Some(Mistake::new(t.get("import-too-large")))).await;
        }
        Posted { file, file_name, .. } if !file.is_empty() => (media_type_of(&file_name), file),
        Posted { pasted, .. } => ("application/x-ndjson", lines(&pasted).into_bytes()),
    };
    if bytes.is_empty() {
        return render(visit, app, group, None, Some(Mistake::new(t.get("import-nothing")))).await;
    }
    match visit.post_file(&format!("{}/stock", path(app, group)), media_type, &bytes).await {
        Ok(answer) if answer.status < 300 => render(visit, app, group, Some(report(t, &answer.body)), None).await,
        Ok(answer) => render(visit, app, group, None, Some(refused(t, &answer))).await,
        // Time ran out: what was stored stays, and sending it again goes on from there.
        Err(Refusal::Busy(_)) => render(visit, app, group, None, Some(Mistake::new(t.get("import-unfinished")))).await,
        Err(other) => Err(other),
    }
}

async fn render(
    visit: &Visit<'_>,
    app: &str,
    group: &str,
    report: Option<Report>,
    mistake: Option<Mistake>,
) -> Result<Response, Refusal> {
    let path = path(app, group);
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    frame.require("editor")?;
    let name = answer.body["name"].as_str().unwrap_or_default().to_owned();
    let status = if mistake.is_some() { 400 } else { 200 };
    let address = address(app, group);
    Ok(page::html(status, &ImportPage { frame, t: visit.texts, address, name, report, mistake }))
}

/// Reads the parts of a form. `None` if it is none.
async fn read(upload: &Upload) -> Option<Posted> {
    let boundary = multer::parse_boundary(&upload.content_type).ok()?;
    let body = upload.bytes.clone();
    let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(body)]), boundary);
    let mut posted = Posted::default();
    while let Some(part) = parts.next_field().await.ok()? {
        let (name, file_name) = (part.name().map(str::to_owned), part.file_name().map(str::to_owned));
        let bytes = part.bytes().await.ok()?;
        match name.as_deref() {
            Some("file") => {
                posted.file_name = file_name.unwrap_or_default();
                posted.file = bytes.to_vec();
                posted.files += usize::from(!posted.file.is_empty());
            }
            Some("urls") => posted.pasted = String::from_utf8_lossy(&bytes).into_owned(),
            _ => {}
        }
    }
    Some(posted)
}

fn media_type_of(file_name: &str) -> &'static str {
    let name = file_name.to_ascii_lowercase();
    if name.ends_with(".ndjson") || name.ends_with(".jsonl") { "application/x-ndjson" } else { "text/csv" }
}

/// Writes pasted lines as NDJSON. An empty line stays, so that a bad one keeps its number.
fn lines(pasted: &str) -> String {
    let line = |line: &str| if line.trim().is_empty() { String::new() } else { json!(line.trim()).to_string() };
    pasted.trim_end().lines().map(line).collect::<Vec<_>>().join("\n")
}

fn report(t: &Texts, loaded: &Value) -> Report {
    let number = |value: &Value| amounts::whole(t.language, value.as_u64().unwrap_or(0));
    let bad = loaded["invalid"].as_array().map(Vec::as_slice).unwrap_or_default();
    let count = loaded["invalid_count"].as_u64().unwrap_or(0);
    let more = count.saturating_sub(bad.len().min(MOST_NAMED) as u64);
    let named = bad.iter().take(MOST_NAMED);
    Report {
        accepted: number(&loaded["accepted"]),
        duplicate: number(&loaded["duplicate"]),
        invalid: number(&loaded["invalid_count"]),
        bad: named.map(|row| (number(&row["line"]), row["reason"].as_str().unwrap_or_default().to_owned())).collect(),
        more: (more > 0).then(|| t.count("import-more", more)),
    }
}

/// Says why nothing of it was read.
fn refused(t: &Texts, answer: &Answer) -> Mistake {
    let error = &answer.body["errors"][0];
    match error["code"].as_str() {
        Some("not_text") => Mistake::new(t.get("import-not-text")),
        Some("no_url_column") => Mistake::new(t.get("import-no-column")),
        Some("empty") => Mistake::new(t.get("import-nothing")),
        Some("too_many_rows") => Mistake::new(t.get("import-too-large")),
        Some(_) => Mistake::of_api(t, error),
        None => Mistake::of_api(t, &answer.body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_line_keeps_its_number() {
        assert_eq!(lines("https://a.example/1\r\n\r\n \"x\"\n\n"), "\"https://a.example/1\"\n\n\"\\\"x\\\"\"");
        assert_eq!(lines(" \r\n"), "");
    }

    #[tokio::test]
    async fn a_form_with_a_file_is_read_in_its_parts() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.CSV\"\r\n\
                    Content-Type: text/csv\r\n\r\nurl\r\n\r\n--x\r\n\
                    Content-Disposition: form-data; name=\"urls\"\r\n\r\nhttps://a.example\r\n--x--\r\n";
        let upload = |body: &str| Upload {
            content_type: "multipart/form-data; boundary=x".to_owned(),
            bytes: body.as_bytes().to_vec(),
        };
        let posted = read(&upload(body)).await.unwrap();
        assert_eq!((posted.file_name.as_str(), posted.file.as_slice()), ("a.CSV", b"url\r\n".as_slice()));
        assert_eq!(posted.pasted, "https://a.example");
        assert!(read(&upload("no form")).await.is_none());
    }
}
