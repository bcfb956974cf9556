//! The commands that run an app, its rewards and its campaigns.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::system::{System, campaign, csv, text, write};

/// Runs an import and kills it once the journal exists: in the middle, since the file takes twelve requests.
fn cut_off(system: &System, import: &[&str], journal: &Path) {
    let mut cut = system.command(import).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !journal.exists() {
        assert!(cut.try_wait().unwrap().is_none(), "it ended before it was cut off");
        std::thread::yield_now();
    }
    cut.kill().unwrap();
    cut.wait().unwrap();
}

#[test]
fn a_season_is_run_without_touching_the_table() {
    let (system, folder) = (System::start().with_group(), tempfile::tempdir().unwrap());
    let plan = write(folder.path(), "spring.json", &campaign(1_000).to_string());
    assert_eq!(system.json(&["campaigns", "put", "spring", &plan])["state"], "draft");
    let early = system.run(&["campaigns", "submit", "spring"]);
    assert_eq!(early.status.code(), Some(3));
    assert!(
        text(&early.stderr).contains("/moments/0/rewards/0/reward_group_id reward group gift has nothing in stock")
    );
    let stock = write(folder.path(), "codes.csv", &csv(0..3));
    assert_eq!(system.json(&["stock", "import", "gift", &stock])["accepted"], 3);
    system.json(&["campaigns", "submit", "spring"]);
    let stale = system.run(&["campaigns", "approve", "spring", "--if-match", "1"]);
    assert_eq!((stale.status.code(), text(&stale.stderr).contains("version 2")), (Some(6), true));
    assert_eq!(system.json(&["campaigns", "approve", "spring", "--if-match", "2"])["state"], "live");
    assert_eq!(system.run(&["campaigns", "reject", "spring", "--reason", "Too late."]).status.code(), Some(6));
    let raised = system.run_with(&["campaigns", "put", "spring", "-"], &campaign(2_000).to_string());
    assert_eq!(text(&raised.stdout), "spring is live (version 4).\n");
    let history = text(&system.run(&["campaigns", "history", "spring"]).stdout);
    assert!(history.contains("amended") && history.contains("/budget/amount_minor: 1000 → 2000"), "{history}");

    let key = system.json(&["keys", "mint"]);
    let app_key = key["key"].as_str().unwrap();
    let listed = text(&system.run(&["keys", "list"]).stdout);
    assert!(listed.contains(key["key_id"].as_str().unwrap()) && !listed.contains(app_key), "{listed}");
    let levels = system.json(&["stock", "show", "gift"]);
    assert_eq!((&levels["available"], &levels["claimed"]), (&json!(3), &json!(0)));
    let retired = system.run_with(&["stock", "retire", "gift", "-", "--format", "csv"], &csv(2..4));
    assert_eq!((retired.status.code(), text(&retired.stdout).contains("was never loaded")), (Some(8), true));
    let found = system.run_with(&["stock", "lookup", "--json"], "https://gift.example/2\n");
    assert_eq!(serde_json::from_slice::<Value>(&found.stdout).unwrap()["state"], "retired");
    let rotated = system.json(&["keys", "rotate", key["key_id"].as_str().unwrap(), "--overlap", "0"]);
    let user = |key: &str| system.command(&["users", "export", "ada"]).env("MOMENTS_KEY", key).output().unwrap();
    assert_eq!(user(app_key).status.code(), Some(4));
    assert_eq!(user(rotated["key"].as_str().unwrap()).status.code(), Some(5));
    assert!(system.run(&["keys", "revoke", rotated["key_id"].as_str().unwrap()]).status.success());
    assert_eq!(user(rotated["key"].as_str().unwrap()).status.code(), Some(4));
}

#[test]
fn a_moment_is_rehearsed_tried_and_submitted() {
    let system = System::start().with_campaign();
    let (live, test) = (system.key("live"), system.key("test"));
    let submit = |key: &str, arguments: &[&str]| {
        let output = system.run_as(key, &[&["submit"], arguments].concat());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let claimed = || system.json(&["stock", "show", "gift"])["claimed"].as_u64().unwrap();
    let rehearsed = submit(&test, &["ada", "deposit"]);
    let outcome = "\nspring / deposits: rewarded, 1 of 1\n  https://gift.example/test (a rehearsal)\n";
    assert!(rehearsed.starts_with("event ") && rehearsed.ends_with(outcome), "{rehearsed}");
    let tried = submit(&live, &["ada", "deposit", "--dry-run", "--event-id", "e1"]);
    assert_eq!(tried, format!("event e1, as a dry run{outcome}"));
    let as_json = |arguments: &[&str]| serde_json::from_str::<Value>(&submit(&live, arguments)).unwrap();
    let tries = [1, 2].map(|_| as_json(&["ada", "deposit", "--quantity", "3", "--dry-run", "--json"]));
    for tried in &tries {
        let outcome = &tried["outcomes"][0];
        assert_eq!((&outcome["outcome"], &outcome["reward"]["test"]), (&json!("rewarded"), &json!(true)));
    }
    assert_ne!(tries[0]["event_id"], tries[1]["event_id"], "each is an event of its own");
    assert_eq!(claimed(), 0);

    // On a busy machine an answer may be lost. The command then repeats the call and gets the answer of a repetition.
    let real = submit(&live, &["ada", "deposit", "--event-id", "e1"]);
    let (first, url) = real.split_once(", 1 of 1\n  ").unwrap();
    let second = "event e1, which was counted before\nspring / deposits: already_rewarded";
    assert!(["event e1\nspring / deposits: rewarded", second].contains(&first), "{first}");
    let again = submit(&live, &["ada", "deposit", "--event-id", "e1"]);
    assert_eq!(again, format!("{second}, 1 of 1\n  {url}"));
    let bobs = as_json(&["bob", "deposit", "--json"])["outcomes"][0]["outcome"].clone();
    assert!(bobs == "rewarded" || bobs == "already_rewarded", "{bobs}");
    let waiting = submit(&live, &["cyd", "deposit"]);
    assert!(waiting.contains("\nspring / deposits: waiting, 1 of 1\n  the budget does not cover"), "{waiting}");
    assert!(submit(&live, &["ada", "nothing"]).ends_with("\nno campaign asks for this action\n"));
    assert_eq!(claimed(), 2);
    let admin = system.run(&["submit", "ada", "deposit"]);
    assert_eq!((admin.status.code(), text(&admin.stderr).contains("scope app")), (Some(4), true));
}

#[test]
fn a_user_is_looked_up_exported_and_erased() {
    let system = System::start().with_campaign();
    let key = system.key("live");
    let run = |arguments: &[&str]| {
        let output = system.run_as(&key, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let as_json = |arguments: &[&str]| serde_json::from_str::<Value>(&run(&[arguments, &["--json"]].concat())).unwrap();
    // An app's servers report the user's profile.
    ureq::put(format!("{}/v1/users/ada", system.first_line["api"].as_str().unwrap()))
        .header("x-api-key", key.as_str())
        .header("content-type", "application/json")
        .send(r#"{"marketplace": "DE"}"#)
        .unwrap();
    let submitted = as_json(&["submit", "ada", "deposit"]);
    let reward = &submitted["outcomes"][0]["reward"];
    let (id, url) = (reward["reward_id"].as_str().unwrap(), reward["url"].as_str().unwrap());
    let user = json!({"user_id": "ada", "marketplace": "DE", "locale": null, "time_zone": null, "attributes": {}, "devices": []});
    assert_eq!(as_json(&["users", "get", "ada"]), user);
    assert!(run(&["users", "get", "ada"]).contains("DE"));
    let rewards = as_json(&["users", "rewards", "ada"]);
    assert_eq!((&rewards["data"][0]["reward_id"], &rewards["data"][1]), (&json!(id), &Value::Null));
    let listed = run(&["users", "rewards", "ada"]);
    assert!(listed.contains(id) && listed.contains("5.00 EUR") && listed.contains("awarded"), "{listed}");
    let found = system.json(&["rewards", "get", id]);
    assert_eq!((&found["user_id"], &found["campaign_id"]), (&json!("ada"), &json!("spring")));
    let found = text(&system.run(&["rewards", "get", id]).stdout);
    assert!(found.contains("ada") && found.contains(url), "{found}");
    let export: Value = serde_json::from_str(&run(&["users", "export", "ada"])).unwrap();
    assert_eq!((&export["rewards"][0]["url"], &export["progress"][0]["count"]), (&json!(url), &json!(1)));
    assert_eq!(run(&["users", "erase", "ada", "--yes"]), "ada is forgotten.\n");
    assert_eq!(system.run_as(&key, &["users", "get", "ada"]).status.code(), Some(5));
    assert_eq!(system.json(&["rewards", "get", id])["user_id"], Value::Null);
    assert_eq!(as_json(&["users", "erase", "ada", "--yes"]), json!({}), "also where nothing is known");
}

#[test]
fn objects_are_shown_and_listed_and_campaigns_change_their_states() {
    let system = System::start().with_campaign();
    let shown = |arguments: &[&str]| text(&system.run(arguments).stdout);
    assert_eq!(system.json(&["apps", "list"])["data"][0]["app_id"], "shop");
    assert!(shown(&["apps", "list"]).contains("My shop"));
    let group = system.json(&["groups", "get", "gift"]);
    assert_eq!((&group["name"], &system.json(&["groups", "list"])["data"]), (&json!("Gift card"), &json!([group])));
    for arguments in [&["groups", "get", "gift"][..], &["groups", "list"]] {
        assert!(shown(arguments).contains("Gift card") && shown(arguments).contains("5.00 EUR"), "{arguments:?}");
    }
    let spring = system.json(&["campaigns", "get", "spring"]);
    assert_eq!((&spring["state"], &spring["version"]), (&json!("live"), &json!(3)));
    assert_eq!(system.json(&["campaigns", "list"])["data"], json!([spring]));
    for arguments in [&["campaigns", "get", "spring"][..], &["campaigns", "list"]] {
        assert!(shown(arguments).contains("live") && shown(arguments).contains("10.00 EUR"), "{arguments:?}");
    }
    let suspended = system.json(&["campaigns", "suspend", "spring", "--reason", "The partner is down."]);
    assert_eq!((&suspended["state"], &suspended["reason"]), (&json!("suspended"), &json!("The partner is down.")));
    assert_eq!(shown(&["campaigns", "resume", "spring"]), "spring is live (version 5).\n");
    assert!(system.run_with(&["campaigns", "put", "summer", "-"], &campaign(1_000).to_string()).status.success());
    assert_eq!(shown(&["campaigns", "submit", "summer"]), "summer is pending_approval (version 2).\n");
    let rejected = system.json(&["campaigns", "reject", "summer", "--reason", "One is enough."]);
    assert_eq!((&rejected["state"], &rejected["reason"]), (&json!("rejected"), &json!("One is enough.")));
    let states = system.json(&["campaigns", "list"])["data"].as_array().unwrap().clone();
    let states: Vec<&str> = states.iter().map(|campaign| campaign["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["live", "rejected"]);
}

#[test]
fn what_the_environment_says_flags_say_too_and_first() {
    let system = System::start().with_group();
    let (api, key) = (system.first_line["api"].as_str().unwrap(), system.first_line["admin_key"].as_str().unwrap());
    let get = ["groups", "get", "gift", "--api", api, "--key", key, "--app", "shop"];
    let run = |variables: [(&str, Option<&str>); 3]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moments"));
        command.args(get);
        for (name, value) in variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.output().unwrap()
    };
    let names = ["MOMENTS_API", "MOMENTS_KEY", "MOMENTS_APP"];
    for value in [None, Some("nonsense")] {
        let output = run(names.map(|name| (name, value)));
        assert!(output.status.success() && text(&output.stdout).contains("Gift card"), "{}", text(&output.stderr));
    }
    // Each flag alone overrides the right value of the environment.
    let code = |flag: &str, value: &str| system.run(&["groups", "get", "gift", flag, value]).status.code();
    assert_eq!(code("--key", "mk_live_nonsense"), Some(4));
    assert_eq!(code("--app", "other"), Some(5));
    assert_eq!(code("--api", "nonsense"), Some(2));
}

#[test]
fn exit_codes_mean_something_and_the_key_is_never_shown() {
    let system = System::start().with_group();
    let code = |arguments: &[&str]| system.run(arguments).status.code();
    assert_eq!(code(&["groups", "get", "none"]), Some(5));
    assert_eq!(code(&["groups", "put", "gift", "/no/such/file"]), Some(2));
    assert_eq!(code(&["campaigns", "frobnicate"]), Some(2));
    let typo = system.run_with(&["groups", "put", "gift", "-"], "{\"name\": \"x\",}");
    assert_eq!((typo.status.code(), text(&typo.stderr).contains("not valid JSON")), (Some(3), true));
    let wrong = system.run_with(&["groups", "put", "gift", "-"], "{\"nmae\": \"x\"}");
    assert!(text(&wrong.stderr).contains("/nmae: is not a field"), "{}", text(&wrong.stderr));
    let secret = "mk_live_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8c05b58";
    for (name, value, expected) in
        [("MOMENTS_KEY", secret, 4), ("MOMENTS_KEY", "", 4), ("MOMENTS_KEY", "a\nb", 2), ("MOMENTS_APP", "", 2)]
    {
        let refused = system.command(&["groups", "list"]).env(name, value).output().unwrap();
        assert_eq!(refused.status.code(), Some(expected), "{name}={value:?} {}", text(&refused.stderr));
        assert!(!text(&refused.stderr).contains(secret));
    }
    let key = system.first_line["admin_key"].as_str().unwrap();
    let nowhere = system.command(&["keys", "mint"]).env("MOMENTS_API", "http://127.0.0.1:1").output().unwrap();
    assert_eq!((nowhere.status.code(), text(&nowhere.stderr).contains(key)), (Some(7), false));
    let erased = system.run(&["users", "erase", "ada"]);
    assert_eq!((erased.status.code(), text(&erased.stderr).contains("--yes")), (Some(2), true));
}

#[test]
fn codes_become_urls_by_a_template_and_items_need_none() {
    let (system, folder) = (System::start().with_group(), tempfile::tempdir().unwrap());
    let codes = write(folder.path(), "codes.csv", "Voucher;Value\nAB-1;5\nAB 2;5\n");
    let template = "https://shop.example/redeem?code={code}";
    let import = |column: &str| {
        system.run(&["stock", "import", "gift", &codes, "--url-template", template, "--column", column, "--json"])
    };
    let wrong = import("code");
    assert_eq!((wrong.status.code(), text(&wrong.stderr).contains("no such column")), (Some(3), true));
    let loaded: Value = serde_json::from_slice(&import("Voucher").stdout).unwrap();
    assert_eq!((&loaded["accepted"], &loaded["invalid"]), (&json!(2), &json!(0)));
    let found = system.run_with(&["stock", "lookup", "--json"], "https://shop.example/redeem?code=AB%202\n");
    assert_eq!(serde_json::from_slice::<Value>(&found.stdout).unwrap()["state"], "available");
    let no_column = system.run(&["stock", "import", "gift", &codes, "--url-template", template]);
    let no_place = ["stock", "import", "gift", &codes, "--column", "1", "--url-template", "https://shop.example/"];
    assert_eq!((no_column.status.code(), system.run(&no_place).status.code()), (Some(2), Some(2)));

    let mut mug = json!({"name": "Mug", "kind": "physical", "test_url": "https://mug.example/test"});
    mug["cpa"] = json!({"currency": "EUR", "amount_minor": 500});
    mug["shipping"] = json!({"weight_grams": 400});
    system.put(&["groups", "put", "mug"], &mug);
    let items = |count: &str| system.json(&["stock", "import", "mug", "--count", count, "--per-request", "25"]);
    assert_eq!(items("60")["accepted"], 60);
    let more = items("70");
    assert_eq!((&more["accepted"], &more["duplicate"]), (&json!(10), &json!(60)));
    let refused = system.run(&["stock", "import", "gift", "--count", "5"]);
    assert_eq!((refused.status.code(), text(&refused.stderr).contains("unique_url")), (Some(2), true));
}

#[test]
fn good_rows_land_and_bad_ones_are_named_by_their_line() {
    let (system, folder) = (System::start().with_group(), tempfile::tempdir().unwrap());
    let rows = "\u{feff}note,url\r\n\r\na,https://gift.example/1\r\nb,http://gift.example/2\r\n\r\nc,https://gift.example/1\r\n";
    let file = write(folder.path(), "codes.csv", rows);
    let report = folder.path().join("refused.csv");
    let arguments = ["stock", "import", "gift", &file, "--json", "--report", report.to_str().unwrap()];
    for accepted in [1, 0] {
        let output = system.run(&arguments);
        assert_eq!(output.status.code(), Some(8), "{}", text(&output.stderr));
        let done: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(done["rows"], 3);
        assert_eq!(
            (&done["accepted"], &done["duplicate"], &done["invalid"]),
            (&json!(accepted), &json!(2 - accepted), &json!(1))
        );
        assert!(text(&output.stderr).contains("line 4: must begin with https://"), "{}", text(&output.stderr));
        assert!(!text(&output.stderr).contains("gift.example"));
        assert_eq!(std::fs::read_to_string(&report).unwrap(), "line,reason\n4,\"must begin with https://\"\n");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no journal is left");
    let unknown = system.run(&["stock", "import", "none", &file]);
    assert_eq!(
        (unknown.status.code(), text(&unknown.stderr).contains("there is no reward group none")),
        (Some(5), true)
    );
    let headless = write(folder.path(), "other.csv", "code,note\nA-1,x\n");
    let headless = system.run(&["stock", "import", "gift", &headless]);
    assert_eq!((headless.status.code(), text(&headless.stderr).contains("names no column url")), (Some(3), true));
    let other = write(folder.path(), "codes.xlsx", rows);
    assert_eq!(system.run(&["stock", "import", "gift", &other]).status.code(), Some(2));
}

#[test]
fn an_import_that_was_cut_off_goes_on_where_it_was() {
    let (system, folder) = (System::start().with_group(), tempfile::tempdir().unwrap());
    let file = write(folder.path(), "codes.csv", &csv(0..2_400));
    let journal = folder.path().join("codes.csv.moments-import");
    let import = ["stock", "import", "gift", &file, "--json", "--at-once", "1", "--per-request", "200"];
    cut_off(&system, &import, &journal);
    let noted: Value = serde_json::from_slice(&std::fs::read(&journal).unwrap()).unwrap();
    assert!(noted["counts"]["accepted"].as_u64().unwrap() >= 200);
    let output = system.run(&import);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("going on at line "), "{}", text(&output.stderr));
    let done: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&done["rows"], &done["invalid"]), (&json!(2_400), &json!(0)));
    assert!(!journal.exists());
    assert_eq!(system.json(&["stock", "show", "gift"])["available"], 2_400);
    // After a complete import, the next one starts over.
    let again = system.json(&["stock", "import", "gift", &file]);
    assert_eq!((&again["accepted"], &again["duplicate"]), (&json!(0), &json!(2_400)));
}

#[test]
fn an_import_goes_on_only_where_what_was_loaded_is_as_it_was() {
    let (system, folder) = (System::start().with_group(), tempfile::tempdir().unwrap());
    let rows = csv(0..2_400);
    let file = write(folder.path(), "codes.csv", &rows);
    let journal = folder.path().join("codes.csv.moments-import");
    let import = ["stock", "import", "gift", &file, "--json", "--at-once", "1", "--per-request", "200"];
    cut_off(&system, &import, &journal);
    let noted = std::fs::read_to_string(&journal).unwrap();
    // Changes a row in the loaded part.
    write(folder.path(), "codes.csv", &rows.replacen("https://gift.example/7\n", "https://gift.example/x\n", 1));
    let output = system.run(&import);
    assert!(text(&output.stderr).contains("has changed"), "{}", text(&output.stderr));
    let found = system.run_with(&["stock", "lookup", "--json"], "https://gift.example/x");
    assert!(found.status.success(), "{}", text(&found.stderr));
    // Imports the same file to an API without the loaded rows, like a laptop after a restart.
    write(folder.path(), "codes.csv", &rows);
    let other = System::start().with_group();
    let addresses = [&system, &other].map(|system| system.first_line["api"].as_str().unwrap());
    std::fs::write(&journal, noted.replace(addresses[0], addresses[1])).unwrap();
    let output = other.run(&import);
    assert!(text(&output.stderr).contains("no longer knows"), "{}", text(&output.stderr));
    assert_eq!(other.json(&["stock", "show", "gift"])["available"], 2_400);
}

#[test]
fn what_does_not_answer_as_the_api_does_is_no_success() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = std::io::Read::read(&mut stream, &mut [0; 4_096]);
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 18\r\nconnection: close\r\n\r\n<html>login</html>");
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "codes.csv", &csv(0..3));
    for arguments in [
        &["stock", "import", "gift", &file][..],
        &["stock", "retire", "gift", &file],
        &["keys", "mint"],
        &["submit", "ada", "deposit"],
        &["campaigns", "suspend", "spring"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moments"));
        command.args(arguments).env("MOMENTS_API", &api).env("MOMENTS_KEY", "mk").env("MOMENTS_APP", "shop");
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output.stdout));
        assert!(text(&output.stderr).contains("is it the API?"), "{}", text(&output.stderr));
    }
}

#[test]
fn an_app_keeps_omitted_fields_and_stock_with_long_urls_is_retired() {
    let (system, folder) = (System::start().with_group(), tempfile::tempdir().unwrap());
    system.json(&["apps", "put", "shop", "--requests-per-second", "500", "--burst", "900"]);
    let renamed = system.json(&["apps", "put", "shop", "--name", "New name"]);
    assert_eq!(renamed["rate_limit"], json!({"requests_per_second": 500, "burst": 900}));
    assert_eq!(system.json(&["apps", "get", "shop"])["name"], "New name");
    assert_eq!(system.run(&["apps", "put", "other"]).status.code(), Some(2), "a new app needs a name");
    let long = (0..1_000)
        .fold("url\n".to_owned(), |text, n| text + &format!("https://gift.example/{n}?{}\n", "x".repeat(1_900)));
    let long = write(folder.path(), "long.csv", &long);
    assert_eq!(system.json(&["stock", "import", "gift", &long])["accepted"], 1_000);
    assert_eq!(system.json(&["stock", "retire", "gift", &long])["retired"], 1_000);
    let empty = system.run(&["stock", "import", "gift", &write(folder.path(), "empty.csv", "url\n\n")]);
    assert_eq!((empty.status.code(), text(&empty.stderr).contains("has no rows")), (Some(3), true));
    assert_eq!(system.run(&["stock", "import", "gift", "nowhere.csv"]).status.code(), Some(2));
    let hash = format!("-{}", "A".repeat(42));
    assert_eq!(system.run(&["stock", "lookup", "--hash", &hash]).status.code(), Some(5));
}

#[test]
fn ctrl_c_finishes_what_runs_and_says_how_to_go_on() {
    let (system, folder) = (System::start().with_group(), tempfile::tempdir().unwrap());
    let file = write(folder.path(), "codes.csv", &csv(0..2_400));
    let journal = folder.path().join("codes.csv.moments-import");
    let import = ["stock", "import", "gift", &file, "--json", "--at-once", "1", "--per-request", "200"];
    let mut running = system.command(&import).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !journal.exists() {
        assert!(running.try_wait().unwrap().is_none(), "it ended before it was stopped");
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
    let stopped = running.wait_with_output().unwrap();
    assert_eq!(stopped.status.code(), Some(130), "{}", text(&stopped.stderr));
    assert!(text(&stopped.stderr).contains("the same command goes on there"), "{}", text(&stopped.stderr));
    let done = system.json(&import[..4]);
    assert_eq!((&done["rows"], &done["duplicate"]), (&json!(2_400), &json!(0)), "nothing was loaded twice");
}

#[test]
fn every_command_shows_how_it_is_used() {
    let run = |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_moments")).args(arguments).output().unwrap();
    let mut waiting = vec![Vec::<String>::new()];
    let mut seen = 0;
    while let Some(path) = waiting.pop() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = text(&run(&arguments).stdout);
        seen += 1;
        let commands = help.split("Commands:\n").nth(1).map(|rest| rest.split("\n\n").next().unwrap().to_owned());
        let names = commands
            .iter()
            .flat_map(|commands| commands.lines())
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names: Vec<&str> =
            names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
        if names.is_empty() {
            assert!(help.contains("Example"), "{path:?} shows no example: {help}");
        }
        for name in names {
            waiting.push([&path[..], &[name.to_owned()]].concat());
        }
    }
    assert!(seen > 30, "{seen}");
    assert!(text(&run(&["--help"]).stdout).contains("Exit codes:"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(text(&run(&["completions", shell]).stdout).contains("campaigns"));
    }
}

/// Source: question 98 of the field's list. A spreadsheet saves "Unicode Text" as UTF-16.
#[test]
fn a_file_in_utf_16_is_loaded_and_goes_on_where_it_was_cut_off() {
    let (system, folder) = (System::start().with_group(), tempfile::tempdir().unwrap());
    let file = folder.path().join("codes.csv");
    let units = format!("\u{feff}{}", csv(0..2_400)).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    std::fs::write(&file, units).unwrap();
    let journal = folder.path().join("codes.csv.moments-import");
    let file = file.to_str().unwrap();
    let import = ["stock", "import", "gift", file, "--json", "--at-once", "1", "--per-request", "200"];
    cut_off(&system, &import, &journal);
    let output = system.run(&import);
    assert!(text(&output.stderr).contains("going on at line "), "{}", text(&output.stderr));
    let done: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&done["rows"], &done["invalid"]), (&json!(2_400), &json!(0)));
    assert_eq!(system.json(&["stock", "show", "gift"])["available"], 2_400);
}

/// Source: <https://github.com/serde-rs/json/issues/762>.
#[test]
fn a_json_file_may_have_a_byte_order_mark_but_no_repeated_name() {
    let (system, folder) = (System::start().with_group(), tempfile::tempdir().unwrap());
    let body = |cpa: &str| {
        format!("{{\"name\":\"G\",\"kind\":\"unique_url\",\"cpa\":{cpa},\"test_url\":\"https://gift.example/test\"}}")
    };
    let good = body(r#"{"currency":"EUR","amount_minor":500}"#);
    let twice = write(folder.path(), "twice.json", &body(r#"{"currency":"EUR","amount_minor":500,"amount_minor":5}"#));
    let refused = system.run(&["groups", "put", "other", &twice]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(text(&refused.stderr).contains("/cpa/amount_minor is given twice"), "{}", text(&refused.stderr));
    let marked = write(folder.path(), "marked.json", &format!("\u{feff}{good}"));
    system.says(&["groups", "put", "marked", &marked]);
    let units = format!("\u{feff}{good}").encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let utf16 = folder.path().join("utf16.json");
    std::fs::write(&utf16, units).unwrap();
    system.says(&["groups", "put", "utf16", utf16.to_str().unwrap()]);
    let workbook = write(folder.path(), "codes.csv", "PK\u{3}\u{4}");
    let refused = system.run(&["stock", "import", "gift", &workbook]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(text(&refused.stderr).contains("(.xlsx)"), "{}", text(&refused.stderr));
}
