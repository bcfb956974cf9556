//! Campaigns as files: what `get` shows feeds `put`, edits in an editor, copies and differences.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::system::{System, text, write};

/// A campaign's JSON as `get --json` shows it.
fn shown(system: &System, campaign: &str) -> Value {
    system.json(&["campaigns", "get", campaign])
}

/// Removes the file that a failed edit has kept, and checks that the text is in it.
fn take_kept(stderr: &[u8]) {
    let says = text(stderr);
    let kept = says.split("your text is in ").nth(1).unwrap().split(';').next().unwrap();
    assert!(std::fs::read_to_string(kept).unwrap().contains("amount_minor"));
    std::fs::remove_file(kept).unwrap();
}

#[test]
fn what_get_shows_feeds_put_and_a_field_of_the_api_must_be_as_it_is() {
    let system = System::start().with_campaign();
    let mut spring = shown(&system, "spring");
    let put = |body: &Value| system.run_with(&["campaigns", "put", "spring", "-"], &body.to_string());
    assert!(put(&spring).status.success());
    assert_eq!(shown(&system, "spring"), spring, "the same again changes nothing");
    spring["budget"]["amount_minor"] = json!(2_000);
    assert_eq!(text(&put(&spring).stdout), "spring is live (version 4).\n");
    // The version is another one by now, and nobody sets a state this way.
    for (field, value) in [("version", json!(3)), ("state", json!("draft"))] {
        let mut wrong = shown(&system, "spring");
        wrong[field] = value;
        let refused = put(&wrong);
        assert_eq!(refused.status.code(), Some(3));
        assert!(text(&refused.stderr).contains(&format!("/{field} is ")), "{}", text(&refused.stderr));
    }
    let group = system.json(&["groups", "get", "gift"]);
    assert!(system.run_with(&["groups", "put", "gift", "-"], &group.to_string()).status.success());
    assert_eq!(system.run_with(&["groups", "put", "other", "-"], &group.to_string()).status.code(), Some(3));
}

#[test]
fn a_copy_is_a_new_draft_and_differs_where_it_was_told_to() {
    let system = System::start().with_campaign();
    let copy = ["campaigns", "copy", "spring", "summer", "--name", "Summer", "--ends-at", "2037-01-01T00:00:00Z"];
    assert_eq!(text(&system.run(&copy).stdout), "summer is draft (version 1).\n");
    let again = system.run(&copy);
    assert_eq!((again.status.code(), text(&again.stderr).contains("summer already")), (Some(6), true));
    let diff = system.run(&["campaigns", "diff", "spring", "--with", "summer"]);
    let lines = text(&diff.stdout);
    let changed: Vec<&str> = lines.lines().filter(|line| line.starts_with(['+', '-'])).skip(2).collect();
    assert_eq!(
        (diff.status.code(), changed),
        (
            Some(1),
            vec![
                "-  \"ends_at\": \"2036-01-01T00:00:00Z\",",
                "+  \"ends_at\": \"2037-01-01T00:00:00Z\",",
                "-  \"name\": \"Spring\",",
                "+  \"name\": \"Summer\",",
            ]
        )
    );
    let same = system.run_with(&["campaigns", "diff", "spring", "-"], &shown(&system, "spring").to_string());
    assert_eq!((same.status.code(), text(&same.stdout).as_str()), (Some(0), ""));
    let overview = text(&system.run(&["campaigns", "overview"]).stdout);
    assert!(overview.contains("Summer") && overview.contains("0.00 EUR") && overview.contains("10.00 EUR"));
}

#[test]
fn an_edit_is_written_once_it_is_confirmed_and_no_text_is_lost() {
    let system = System::start().with_campaign();
    let edit = |editor: &str, flags: &[&str]| {
        let arguments = [&["campaigns", "edit", "spring"], flags].concat();
        system.command(&arguments).env_remove("VISUAL").env("EDITOR", editor).output().unwrap()
    };
    assert_eq!(text(&edit("true", &["--yes"]).stdout), "Nothing is changed.\n");
    let raise = "sed -i 's/\"amount_minor\": 1000/\"amount_minor\": 2000/'";
    // Nobody can be asked here.
    let unasked = edit(raise, &[]);
    assert_eq!((unasked.status.code(), text(&unasked.stderr).contains("--yes")), (Some(2), true));
    take_kept(&unasked.stderr);
    assert_eq!(shown(&system, "spring")["version"], 3);
    let done = edit(raise, &["--yes"]);
    assert_eq!(text(&done.stdout), "spring is live (version 4).\n");
    assert!(text(&done.stderr).contains("+    \"amount_minor\": 2000"), "{}", text(&done.stderr));
    for (editor, part) in [("sed -i 's/{/[/'", "not valid JSON"), ("sed -i 's/Spring/ /'", "/name")] {
        let refused = edit(editor, &["--yes"]);
        let says = text(&refused.stderr);
        assert_eq!((refused.status.code(), says.contains(part)), (Some(3), true), "{says}");
        take_kept(&refused.stderr);
    }
    assert_eq!(shown(&system, "spring")["version"], 4);
    assert_eq!(edit("false", &["--yes"]).status.code(), Some(1));
}

#[test]
fn a_message_is_previewed_and_what_a_user_can_earn_is_explained() {
    let system = System::start().with_campaign();
    let preview = text(&system.run(&["campaigns", "preview", "spring", "deposits", "achievement"]).stdout);
    assert!(preview.starts_with("Well done\nHere is your gift card.\n") && preview.contains("GCM"), "{preview}");
    let key = system.key("live");
    let explained = text(&system.run_as(&key, &["users", "eligibility", "ada", "--campaign", "spring"]).stdout);
    assert!(explained.starts_with("spring deposits: eligible, 0 of 1\n"), "{explained}");
    assert!(system.run_as(&key, &["submit", "ada", "deposit"]).status.success());
    let listed = system.json(&["rewards", "list", "spring"]);
    assert_eq!((&listed["data"][0]["user_id"], &listed["data"][1]), (&json!("ada"), &Value::Null));
}

#[test]
fn with_json_a_refusal_is_a_problem_and_a_reader_may_leave() {
    let system = System::start().with_campaign();
    let folder = tempfile::tempdir().unwrap();
    let plan = write(folder.path(), "bad.json", "{\"name\": \"x\"}");
    let refused = system.run(&["campaigns", "put", "summer", &plan, "--json"]);
    let problem: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!((refused.status.code(), &problem["status"]), (Some(3), &json!(400)));
    assert!(problem["errors"].as_array().unwrap().iter().any(|error| error["pointer"] == "/budget"), "{problem}");
    assert_eq!(text(&system.run(&["campaigns", "get", "none"]).stdout), "", "only with --json");
    // As `moments campaigns list | true` does.
    let mut child =
        system.command(&["campaigns", "list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), text(&ended.stderr).as_str()), (Some(0), ""));
}

#[test]
fn what_would_stand_in_the_way_of_a_draft_is_said_when_it_is_put() {
    let system = System::start().with_group();
    let mut draft = crate::system::campaign(1_000);
    let put = |body: &Value| {
        let output = system.run_with(&["campaigns", "put", "spring", "-"], &body.to_string());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    assert_eq!(put(&draft), "");
    draft["ends_at"] = json!("2026-01-02T00:00:00Z");
    draft["budget"]["currency"] = json!("USD");
    let warned = put(&draft);
    assert!(warned.contains("has passed") && warned.contains("group gift costs EUR"), "{warned}");
    draft["moments"][0]["rewards"][0]["reward_group_id"] = json!("mug");
    assert!(put(&draft).contains("there is no reward group mug yet"));
}

#[test]
fn a_single_mistake_is_said_once_and_an_unknown_user_is_told_where_to_look() {
    let system = System::start().with_group();
    let refused = system.run_with(
        &["groups", "put", "other", "-"],
        r#"{"name": "Gift", "kind": "unique_url", "cpa": {"currency": "EUR", "amount_minor": 500}}"#,
    );
    let says = text(&refused.stderr);
    assert_eq!((refused.status.code(), says.lines().count()), (Some(3), 1), "{says}");
    let nobody = system.run_as(&system.key("live"), &["users", "get", "ada"]);
    let says = text(&nobody.stderr);
    assert_eq!((nobody.status.code(), says.contains("moments users timeline ada")), (Some(5), true), "{says}");
}

#[test]
fn lists_summaries_hours_and_differences_of_versions_are_shown() {
    let system = System::start().with_campaign();
    assert!(system.run(&["campaigns", "copy", "spring", "summer", "--name", "Summer"]).status.success());
    let listed = |arguments: &[&str]| {
        let list = system.json(&[&["campaigns", "list"], arguments].concat());
        let ids = list["data"].as_array().unwrap().iter().map(|row| row["campaign_id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(listed(&["--order", "-name"]), ["summer", "spring"]);
    assert_eq!(listed(&["--state", "live,finished"]), ["spring"]);
    assert_eq!(listed(&["--name", "SUM"]), ["summer"]);
    let refused = system.run(&["campaigns", "list", "--state", "dead"]);
    assert_eq!((refused.status.code(), text(&refused.stderr).contains("pending_approval")), (Some(3), true));
    let overview = text(&system.run(&["campaigns", "overview", "--state", "live"]).stdout);
    assert!(overview.contains("spring") && !overview.contains("summer"), "{overview}");
    let summary = text(&system.run(&["campaigns", "summary", "spring"]).stdout);
    assert!(summary.contains("budget.limit") && summary.contains("figures.awards"), "{summary}");
    let forecast = text(&system.run(&["campaigns", "forecast", "spring"]).stdout);
    assert!(forecast.contains("set expected_rewards") && forecast.contains("no limit"), "{forecast}");
    let hours = system.json(&["campaigns", "activity", "spring"]);
    assert_eq!(hours["hours"].as_array().unwrap().len(), 25);
    assert_eq!(text(&system.run(&["campaigns", "activity", "spring"]).stdout), "There are none.\n");
    let differs = system.run(&["campaigns", "diff", "spring", "--from", "1"]);
    assert!(text(&differs.stdout).contains("/state"), "{}", text(&differs.stdout));
    assert_eq!(differs.status.code(), Some(1));
    let same = system.run(&["campaigns", "diff", "spring", "--from", "2", "--to", "2"]);
    assert_eq!((same.status.code(), text(&same.stdout).as_str()), (Some(0), ""));
}
