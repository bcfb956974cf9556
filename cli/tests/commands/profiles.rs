//! `moments profile`: the API, the app and keys of both scopes under a name.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::system::{System, text};

#[test]
fn a_profile_has_a_key_for_each_scope_and_only_its_owner_reads_it() {
    let system = System::start().with_group();
    let app_key = system.key("live");
    let bare = |arguments: &[&str]| system.bare_command(arguments).output().unwrap();
    let refused = bare(&["campaigns", "list"]);
    assert_eq!((refused.status.code(), text(&refused.stderr).contains("profile")), (Some(4), true));
    for key in [system.admin_key(), &app_key] {
        let saved = ["profile", "save", "shop", "--api", system.api(), "--app", "shop"];
        let saved = system.bare_command(&saved).env("MOMENTS_KEY", key).output().unwrap();
        assert!(saved.status.success(), "{}", text(&saved.stderr));
    }
    // Admins and apps, without one variable.
    assert!(bare(&["campaigns", "list"]).status.success());
    assert!(bare(&["users", "rewards", "ada"]).status.success());
    let listed = text(&bare(&["profile", "list", "--json"]).stdout);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let expected = json!({
        "name": "shop", "api": system.api(), "app": "shop", "admin_key": "yes", "app_key": "yes", "in_use": "yes",
    });
    assert_eq!(listed["data"], json!([expected]));
    let file = system.config().join("moments/profiles.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(bare(&["profile", "use", "shpo"]).status.code(), Some(5));
    assert!(bare(&["profile", "delete", "shop"]).status.success());
    assert!(!std::fs::read_to_string(&file).unwrap().contains(&app_key));
    assert_eq!(bare(&["campaigns", "list"]).status.code(), Some(4));
}

#[test]
fn a_profile_s_key_is_sent_to_its_own_api_only() {
    let (system, other) = (System::start().with_group(), System::start());
    let saved = ["profile", "save", "shop"];
    assert!(system.command(&saved).output().unwrap().status.success());
    let elsewhere = system.bare_command(&["campaigns", "list", "--api", other.api()]).output().unwrap();
    assert_eq!((elsewhere.status.code(), text(&elsewhere.stderr).contains("no API key")), (Some(4), true));
    // A flag goes first.
    let mut given = system.bare_command(&["users", "rewards", "ada"]);
    assert!(given.env("MOMENTS_KEY", system.key("live")).output().unwrap().status.success());
    let wrong =
        system.bare_command(&["profile", "save", "bad", "--app", "shop"]).env("MOMENTS_KEY", "mk_live_x").output();
    assert_eq!(wrong.unwrap().status.code(), Some(4), "a key that opens nothing is not saved");
    let listed = text(&system.bare_command(&["profile", "list"]).output().unwrap().stdout);
    assert!(!listed.contains("bad") && listed.contains("shop"), "{listed}");
}
