//! `moments campaigns edit`, `copy` and `diff`: campaigns as files of JSON, as `put` takes them.

use std::io::{IsTerminal as _, Write as _};
use std::process::Command;

use clap::Args;
use serde_json::Value;
use similar::TextDiff;

use crate::api::{Api, Call, Failure, in_path};
use crate::files;
use crate::output;

/// The campaign to edit.
#[derive(Args)]
pub(crate) struct Edit {
    /// The campaign's id.
    campaign: String,
    /// Write the change without asking.
    #[arg(long)]
    yes: bool,
}

/// The campaign to copy.
#[derive(Args)]
pub(crate) struct Copy {
    /// The campaign's id.
    campaign: String,
    /// The id of the copy, which must not exist.
    copy: String,
    /// The name of the copy. Without it, the campaign's.
    #[arg(long)]
    name: Option<String>,
    /// When the copy starts. Without it, when the campaign does.
    #[arg(long, value_name = "TIME")]
    starts_at: Option<String>,
    /// When the copy ends. Without it, when the campaign does.
    #[arg(long, value_name = "TIME")]
    ends_at: Option<String>,
}

/// What to compare.
#[derive(Args)]
pub(crate) struct Diff {
    /// The campaign's id.
    campaign: String,
    /// A file with a campaign as JSON; - reads standard input.
    #[arg(required_unless_present_any = ["with", "from"])]
    file: Option<String>,
    /// Another campaign of the app, instead of a file.
    #[arg(long, value_name = "CAMPAIGN", conflicts_with = "file")]
    with: Option<String>,
    /// An earlier version of the campaign, instead of a file.
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["file", "with"])]
    from: Option<u64>,
    /// The later version; the current one by default.
    #[arg(long, value_name = "VERSION", requires = "from")]
    to: Option<u64>,
}

/// Lets the user change a campaign in an editor, and writes it if nobody else has changed it meanwhile.
pub(crate) fn edit(api: &Api, path: &str, Edit { campaign, yes }: &Edit) -> Result<(), Failure> {
    let at = format!("{path}/{}", in_path(campaign));
    let (before, version) = fetch(api, &at)?;
    let unusable = |error: std::io::Error| Failure::unexpected(format!("cannot make a file to edit: {error}"));
    let mut file = tempfile::Builder::new().prefix(campaign).suffix(".json").tempfile().map_err(unusable)?;
    file.write_all(before.as_bytes()).and_then(|()| file.flush()).map_err(unusable)?;
    let name = file.path().display().to_string();
    open_editor(&name)?;
    let kept = |failure: Failure, file: tempfile::NamedTempFile| {
        // A mistake must not cost the text.
        let kept = file.keep().map(|(_, path)| path.display().to_string()).unwrap_or_default();
        let way_out = format!("your text is in {kept}; mend it, and moments campaigns put {campaign} {kept}");
        Failure { text: format!("{}\n  {way_out}", failure.text), ..failure }
    };
    let body = match files::read_json(&name) {
        Ok(body) => body,
        Err(failure) => return Err(kept(failure, file)),
    };
    let after = pretty(&body)?;
    if after == before {
        return output::print("Nothing is changed.");
    }
    eprint!("{}", unified(&before, &after, ("before", "after")));
    let confirmed = if *yes { Ok(true) } else { confirmed(&format!("Write this to {campaign}?")) };
    match confirmed {
        Ok(true) => {}
        Ok(false) => return Err(kept(Failure::new(1, "nothing is written"), file)),
        Err(failure) => return Err(kept(failure, file)),
    }
    match api.call(&Call::put(&at, body).if_match(version)) {
        Ok(written) => crate::campaigns::show_state(api, &written),
        Err(failure) => Err(kept(failure, file)),
    }
}

/// Copies a campaign to a new draft.
pub(crate) fn copy(api: &Api, path: &str, arguments: Copy) -> Result<(), Failure> {
    let Copy { campaign, copy, name, starts_at, ends_at } = arguments;
    let at = |campaign: &str| format!("{path}/{}", in_path(campaign));
    let mut body = files::without_ours(api.call(&Call::get(at(&campaign)))?);
    for (field, value) in [("name", name), ("starts_at", starts_at), ("ends_at", ends_at)] {
        if let Some(value) = value {
            body[field] = Value::from(value);
        }
    }
    match api.call(&Call::get(at(&copy))) {
        Ok(_) => return Err(Failure::new(6, format!("there is a campaign {copy} already; choose another id"))),
        Err(failure) if failure.code == 5 => {}
        Err(failure) => return Err(failure),
    }
    crate::campaigns::show_state(api, &api.call(&Call::put(at(&copy), body))?)
}

/// Prints the difference between a campaign and a file or another campaign. Exits with 1 if there is one, as `diff`.
pub(crate) fn diff(api: &Api, path: &str, Diff { campaign, file, with, from, to }: &Diff) -> Result<(), Failure> {
    let at = |campaign: &str| format!("{path}/{}", in_path(campaign));
    if let Some(from) = from {
        let to = to.map_or_else(String::new, |to| format!("&to={to}"));
        return diff_of_versions(api, &format!("{}/diff?from={from}{to}", at(campaign)));
    }
    let (before, _) = fetch(api, &at(campaign))?;
    let (after, name) = match (file, with) {
        (_, Some(other)) => (fetch(api, &at(other))?.0, other),
        (Some(file), None) => (pretty(&files::without_ours(files::read_json(file)?))?, file),
        (None, None) => return Err(Failure::new(2, "compare it with what? name a file, or a campaign by --with")),
    };
    if before == after {
        return Ok(());
    }
    output::print(unified(&before, &after, (campaign, name)).trim_end())?;
    Err(Failure::new(1, "they differ"))
}

/// Prints the fields that differ between two versions.
fn diff_of_versions(api: &Api, path: &str) -> Result<(), Failure> {
    let found = api.call(&Call::get(path))?;
    let changes = output::list(&found, "changes");
    if changes.is_empty() {
        return Ok(());
    }
    if api.json {
        output::fields(true, &found)?;
    } else {
        output::entries(false, changes, "FIELD pointer, BEFORE before, AFTER after")?;
    }
    Err(Failure::new(1, "they differ"))
}

/// Returns a campaign as `put` takes it, as text, with its version.
fn fetch(api: &Api, at: &str) -> Result<(String, Option<u64>), Failure> {
    let campaign = api.call(&Call::get(at))?;
    let version = campaign["version"].as_u64();
    Ok((pretty(&files::without_ours(campaign))?, version))
}

fn pretty(value: &Value) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::unexpected(error.to_string()))?;
    Ok(text + "\n")
}

fn unified(before: &str, after: &str, (old, new): (&str, &str)) -> String {
    TextDiff::from_lines(before, after).unified_diff().header(old, new).to_string()
}

/// Runs the user's editor, and waits for its end. The shell finds it, since editors are named with their options.
fn open_editor(file: &str) -> Result<(), Failure> {
    let status = Command::new("sh").args(["-c", r#"eval "${VISUAL:-${EDITOR:-vi}} \"\$1\"""#, "sh", file]).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            Err(Failure::unexpected(format!("the editor ended with {status}; nothing is written; set EDITOR")))
        }
        Err(error) => Err(Failure::unexpected(format!("the editor cannot be started: {error}"))),
    }
}

/// Asks at the terminal. Without one, there is nobody to ask.
fn confirmed(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(2, "nobody can be asked here; add --yes to write the change"));
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|error| Failure::unexpected(error.to_string()))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
