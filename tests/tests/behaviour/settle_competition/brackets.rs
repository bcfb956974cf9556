//! Brackets: the draft, the start, results with their corrections and races, the prizes, and erased players.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{awarded, end, prizes, race, run, state};
use tests::{Answer, App, World, campaign_with, competition, group, set};

const CAMPAIGN: &str = "cup";

/// An app with a live competition `cup`, whose prizes are these ranks, and ten gifts.
async fn cup<'a>(world: &'a World, prizes: &[[u32; 2]]) -> App<'a> {
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 10).await;
    let mut body = competition();
    let text = json!({"en": {"title": "Over", "body": "{competition.rank} of {competition.players}"}});
    set(&mut body, "/moments/0/messages/result", text);
    let prize = |ranks: &[u32; 2]| json!({"ranks": ranks, "reward_group_id": "gift"});
    set(&mut body, "/competition/prizes", prizes.iter().map(prize).collect());
    app.launch(CAMPAIGN, body).await;
    app
}

async fn put(app: &App<'_>, body: Value) -> Answer {
    app.admin("PUT", &format!("/campaigns/{CAMPAIGN}/bracket"), body).await
}

async fn act(app: &App<'_>, action: &str) -> Answer {
    app.admin("POST", &format!("/campaigns/{CAMPAIGN}/bracket/{action}"), Value::Null).await
}

async fn read(app: &App<'_>) -> Value {
    app.call("GET", &format!("/v1/campaigns/{CAMPAIGN}/bracket"), Value::Null).await.expect(200)
}

async fn report(app: &App<'_>, round: u8, number: u16, body: Value) -> Answer {
    app.call("POST", &format!("/v1/campaigns/{CAMPAIGN}/bracket/matches/{round}/{number}"), body).await
}

async fn win(app: &App<'_>, round: u8, number: u16, user: &str) -> Value {
    report(app, round, number, json!({"winner": user})).await.expect(200)
}

/// A started bracket of users `u1`, `u2` and so on.
async fn started<'a>(world: &'a World, players: usize, third_place: bool) -> App<'a> {
    let app = cup(world, &[[1, 1], [2, 2]]).await;
    let users: Vec<String> = (1..=players).map(|n| format!("u{n}")).collect();
    put(&app, json!({"entrants": users, "third_place": third_place})).await.expect(200);
    assert_eq!(act(&app, "start").await.expect(200)["state"], "started");
    app
}

fn users_of(of: &Value) -> Vec<Value> {
    of["players"].as_array().unwrap().iter().map(|player| player["user_id"].clone()).collect()
}

fn places(bracket: &Value) -> Vec<(String, u64, u64)> {
    let entrants = bracket["entrants"].as_array().unwrap().iter().filter(|entrant| !entrant["place"].is_null());
    let place = |entrant: &Value| {
        let rank = |name: &str| entrant["place"][name].as_u64().unwrap();
        (entrant["user_id"].as_str().unwrap_or("").to_owned(), rank("from"), rank("to"))
    };
    entrants.map(place).collect()
}

#[track_caller]
fn conflict(answer: Answer, code: &str, part: &str) {
    let body = answer.expect(409);
    assert_eq!(body["code"], code, "{body}");
    assert!(body["detail"].as_str().unwrap().contains(part), "{body}");
}

#[tokio::test]
async fn a_bracket_is_drawn_played_and_gives_its_prizes_once() {
    let world = World::new().await;
    let app = started(&world, 5, true).await;
    let drawn = read(&app).await;
    assert_eq!(drawn["rounds"][0]["matches"].as_array().unwrap().len(), 4);
    assert_eq!(drawn["rounds"][0]["matches"][0]["state"], "walkover", "the best seed has a bye");
    assert_eq!(users_of(&drawn["rounds"][0]["matches"][1]), ["u4", "u5"]);
    win(&app, 1, 2, "u5").await;
    win(&app, 2, 1, "u1").await;
    win(&app, 2, 2, "u3").await;
    conflict(act(&app, "finish").await, "state_conflict", "match 1 of round 3 is not decided yet");
    win(&app, 3, 1, "u3").await;
    win(&app, 3, 2, "u5").await;
    let finished = act(&app, "finish").await.expect(200);
    assert_eq!((&finished["state"], finished["prizes_given_at"].is_string()), (&json!("finished"), true));
    let of = |user: &str, rank| (user.to_owned(), rank, rank);
    assert_eq!(places(&finished), [of("u1", 2), of("u2", 4), of("u3", 1), of("u4", 5), of("u5", 3)]);
    assert_eq!(act(&app, "finish").await.expect(200), finished);
    conflict(report(&app, 3, 1, json!({"winner": "u1"})).await, "state_conflict", "finished");
    for (user, prizes) in [("u3", 1), ("u1", 1), ("u5", 0)] {
        let rewards = app.call("GET", &format!("/v1/users/{user}/rewards"), Value::Null).await.expect(200);
        assert_eq!(rewards["data"].as_array().unwrap().len(), prizes, "{user}");
    }
    world.settle().await;
    // Who has won nothing has the result. The clock of the tests stands still, and the claims take milliseconds.
    world.pass(SignedDuration::from_secs(1));
    for (user, kind, place) in
        [("u1", "achievement", json!({"rank": 2, "of": 5})), ("u4", "result", json!({"rank": 5, "of": 5}))]
    {
        let inbox = app.call("GET", &format!("/v1/users/{user}/notifications"), Value::Null).await.expect(200);
        let message = &inbox["data"][0];
        assert_eq!((&message["kind"], &message["place"]), (&json!(kind), &place), "{inbox}");
    }
}

#[tokio::test]
async fn a_body_that_makes_no_bracket_is_refused_by_its_field() {
    let world = World::new().await;
    let app = cup(&world, &[[1, 1]]).await;
    let before = world.items();
    let many = |n: usize| (0..n).map(|n| json!(format!("u{n}"))).collect::<Vec<Value>>();
    for (body, pointer, code) in [
        (json!({"entrants": many(1)}), "/entrants", "wrong_length"),
        (json!({"entrants": many(1_025)}), "/entrants", "wrong_length"),
        (json!({"entrants": ["ada", "bob", "ada"]}), "/entrants/2", "duplicate"),
        (json!({"entrants": ["ada", 7]}), "/entrants/1", "wrong_type"),
        (json!({}), "/entrants", "required"),
        (json!({"entrants": many(3), "third_place": true}), "/third_place", "out_of_range"),
        (json!({"entrants": many(3), "from_board": {"window": "campaign", "size": 4}}), "/entrants", "out_of_range"),
        (json!({"from_board": {"window": "monday", "size": 4}}), "/from_board/window", "invalid_window"),
        (json!({"from_board": {"window": "campaign", "size": 1}}), "/from_board/size", "out_of_range"),
    ] {
        let errors = put(&app, body).await.field_errors();
        assert_eq!(errors, [(pointer.to_owned(), code.to_owned())]);
    }
    assert_eq!(world.items(), before);
    conflict(put(&app, json!({"from_board": {"window": "campaign", "size": 4}})).await, "state_conflict", "no places");
    app.launch("spring", campaign_with(&[])).await;
    app.admin("PUT", "/campaigns/spring/bracket", json!({"entrants": many(2)})).await.expect(404);
    app.call("GET", "/v1/campaigns/cup/bracket", Value::Null).await.expect(404);
    act(&app, "start").await.expect(404);
}

#[tokio::test]
async fn players_change_until_the_start_and_no_further() {
    let world = World::new().await;
    let app = cup(&world, &[[1, 1]]).await;
    let body = json!({"entrants": ["ada", "bob"]});
    let first = put(&app, body.clone()).await.expect(200);
    assert_eq!((&first["version"], &first["state"]), (&json!(1), &json!("draft")));
    assert_eq!(put(&app, body).await.expect(200), first);
    conflict(report(&app, 1, 1, json!({"winner": "ada"})).await, "state_conflict", "has not started");
    let body = json!({"entrants": ["ada", "bob", "cleo"]});
    assert_eq!(put(&app, body.clone()).await.expect(200)["version"], 2);
    let started = act(&app, "start").await.expect(200);
    assert_eq!(act(&app, "start").await.expect(200), started);
    assert_eq!(put(&app, body).await.expect(200), started);
    conflict(put(&app, json!({"entrants": ["ada", "bob"]})).await, "state_conflict", "has started");
    assert_eq!(read(&app).await, started);
}

#[tokio::test]
async fn a_prize_that_splits_a_shared_place_is_refused_at_the_start() {
    let world = World::new().await;
    let app = cup(&world, &[[1, 2], [3, 3]]).await;
    let entrants = json!(["a", "b", "c", "d"]);
    put(&app, json!({"entrants": entrants})).await.expect(200);
    conflict(
        act(&app, "start").await,
        "state_conflict",
        "/competition/prizes/1 of the campaign must not end at rank 3",
    );
    assert_eq!(read(&app).await["state"], "draft");
    put(&app, json!({"entrants": entrants, "third_place": true})).await.expect(200);
    act(&app, "start").await.expect(200);
}

#[tokio::test]
async fn a_result_is_corrected_until_the_next_match_has_one() {
    let world = World::new().await;
    let app = started(&world, 4, false).await;
    let first = win(&app, 1, 1, "u1").await;
    assert_eq!((&first["state"], &first["winner"]), (&json!("played"), &json!(1)));
    assert_eq!(win(&app, 1, 1, "u1").await, first, "a lost answer is asked for again");
    win(&app, 1, 2, "u2").await;
    win(&app, 1, 1, "u4").await;
    assert_eq!(users_of(&read(&app).await["rounds"][1]["matches"][0]), ["u4", "u2"], "only the new winner is there");
    let last = win(&app, 2, 1, "u2").await;
    let before = world.items();
    conflict(report(&app, 1, 1, json!({"winner": "u1"})).await, "later_result", "match 1 of round 2");
    assert_eq!(world.items(), before);
    assert_eq!(win(&app, 2, 1, "u2").await, last);
    win(&app, 2, 1, "u4").await;
    assert_eq!(places(&read(&app).await)[3], ("u4".to_owned(), 1, 1));
    world.settle().await;
}

#[tokio::test]
async fn after_a_double_no_show_the_opponent_goes_on_without_playing() {
    let world = World::new().await;
    let app = started(&world, 8, false).await;
    report(&app, 1, 1, json!({"no_show": ["u1", "u8"]})).await.expect(200);
    report(&app, 1, 2, json!({"no_show": ["u5", "u4"]})).await.expect(200);
    let single = report(&app, 1, 3, json!({"no_show": ["u7"]})).await.expect(200);
    assert_eq!((&single["state"], &single["winner"], &single["no_show"]), (&json!("no_show"), &json!(2), &json!([7])));
    report(&app, 1, 4, json!({"no_show": ["u3", "u6"]})).await.expect(200);
    let bracket = read(&app).await;
    let state = |round: usize, of: usize| bracket["rounds"][round]["matches"][of]["state"].clone();
    assert_eq!([state(1, 0), state(1, 1), state(2, 0)], ["empty", "walkover", "walkover"]);
    let champion = places(&bracket).into_iter().find(|(_, from, _)| *from == 1);
    assert_eq!(champion, Some(("u2".to_owned(), 1, 1)));
    let refused = report(&app, 2, 2, json!({"winner": "u2"})).await;
    conflict(refused, "state_conflict", "does not have two players");
    act(&app, "finish").await.expect(200);
    world.settle().await;
}

#[tokio::test]
async fn a_result_that_no_player_can_have_is_refused() {
    let world = World::new().await;
    let app = started(&world, 4, false).await;
    let before = world.items();
    for (body, pointer, code) in [
        (json!({"winner": "u2"}), "/winner", "unknown_player"),
        (json!({"winner": "stranger"}), "/winner", "unknown_player"),
        (json!({"winner": 5}), "/winner", "wrong_type"),
        (json!({}), "/winner", "required"),
        (json!({"no_show": []}), "/no_show", "wrong_length"),
        (json!({"no_show": ["u1", "u1"]}), "/no_show/1", "duplicate"),
        (json!({"no_show": [null]}), "/no_show/0", "unknown_player"),
        (json!({"winner": "u1", "no_show": ["u4"]}), "/no_show", "out_of_range"),
    ] {
        let errors = report(&app, 1, 1, body).await.field_errors();
        assert_eq!(errors, [(pointer.to_owned(), code.to_owned())]);
    }
    conflict(report(&app, 2, 1, json!({"winner": "u1"})).await, "state_conflict", "does not have both players yet");
    for (round, number) in [(0, 1), (1, 3), (2, 2), (3, 1)] {
        report(&app, round, number, json!({"winner": "u1"})).await.expect(404);
    }
    let path = "/v1/campaigns/cup/bracket/matches/1/1";
    world.call(&app.test_key, "POST", path, json!({"winner": "u1"})).await.expect(403);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn of_two_results_for_one_match_at_once_one_stands() {
    let world = World::new().await;
    let app = started(&world, 4, true).await;
    let (one, other) =
        tokio::join!(report(&app, 1, 1, json!({"winner": "u1"})), report(&app, 1, 1, json!({"winner": "u4"})),);
    let statuses = [one.status, other.status];
    assert!(statuses.contains(&200) && statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    let bracket = read(&app).await;
    let (winner, last) = (&bracket["rounds"][0]["matches"][0]["winner"], &bracket["rounds"][1]["matches"]);
    assert_eq!(&last[0]["players"][0]["seed"], winner, "the winner is in the final");
    assert_eq!(last[1]["players"][0]["seed"].as_u64(), Some(5 - winner.as_u64().unwrap()), "the loser is not");
    world.settle().await;
}

#[tokio::test]
async fn neighbours_that_report_at_once_both_go_on() {
    let world = World::new().await;
    let app = started(&world, 64, false).await;
    let seeds = |n: u16| {
        let bracket = read(&app);
        async move {
            let bracket = bracket.await;
            bracket["rounds"][0]["matches"][usize::from(n) - 1]["players"][0]["user_id"].as_str().unwrap().to_owned()
        }
    };
    let calls = (1..=32).map(|n| {
        let app = &app;
        async move { report(app, 1, n, json!({"winner": seeds(n).await})).await.expect(200) }
    });
    futures_util::future::join_all(calls.collect::<Vec<_>>()).await;
    let second = read(&app).await["rounds"][1].clone();
    assert!(second["matches"].as_array().unwrap().iter().all(|of| of["state"] == "ready"), "{second}");
}

#[tokio::test]
async fn a_start_that_died_is_finished_by_the_next_one() {
    let world = World::new().await;
    let app = cup(&world, &[[1, 1]]).await;
    put(&app, json!({"entrants": ["a", "b", "c", "d", "e"]})).await.expect(200);
    let started = act(&app, "start").await.expect(200);
    win(&app, 1, 2, "d").await;
    // As if the first start had died after some of the matches, and a match had a result since.
    let mut bracket = world.items_at("BRACKET#").into_iter().find(|item| item["sk"]["S"] == "BRACKET").unwrap();
    bracket["bracket_state"] = json!({"S": "starting"});
    world.put_raw(bracket).await;
    let key = json!({"pk": {"S": "BRACKET#app#cup"}, "sk": {"S": "MATCH#03#0001"}});
    world.raw("DeleteItem", json!({"TableName": "moments", "Key": key})).await;
    assert_eq!(read(&app).await["state"], "starting");
    let again = act(&app, "start").await.expect(200);
    assert_eq!((&again["state"], &again["rounds"][2]), (&json!("started"), &started["rounds"][2]));
    assert_eq!(again["rounds"][0]["matches"][1]["winner"], 4, "a result stays");
}

#[tokio::test]
async fn an_erased_player_leaves_a_gap_and_the_opponent_goes_on() {
    let world = World::new().await;
    let app = cup(&world, &[[1, 1]]).await;
    put(&app, json!({"entrants": ["ada", "bob", "cleo"]})).await.expect(200);
    app.call("DELETE", "/v1/users/bob", Value::Null).await.expect(204);
    let draft = read(&app).await;
    assert_eq!((&draft["entrants"][1]["user_id"], &draft["version"]), (&json!("cleo"), &json!(2)), "a draft closes up");
    put(&app, json!({"entrants": ["ada", "bob", "cleo", "dan"]})).await.expect(200);
    act(&app, "start").await.expect(200);
    let export = app.call("GET", "/v1/users/cleo/export", Value::Null).await.expect(200);
    assert_eq!(export["brackets"], json!([{"campaign_id": "cup"}]));
    for user in ["cleo", "bob", "dan"] {
        app.call("DELETE", &format!("/v1/users/{user}"), Value::Null).await.expect(204);
    }
    let items = serde_json::to_string(&world.items()).unwrap();
    assert!(!["cleo", "bob", "dan"].iter().any(|user| items.contains(&format!("\"{user}\""))), "nobody is left");
    assert_eq!(users_of(&read(&app).await["rounds"][0]["matches"][1]), [Value::Null, Value::Null]);
    win(&app, 1, 1, "ada").await;
    report(&app, 1, 2, json!({"no_show": [null, null]})).await.expect(200);
    let finished = act(&app, "finish").await.expect(200);
    assert_eq!(finished["entrants"][0]["place"], json!({"from": 1, "to": 1}));
    world.settle().await;
}

#[tokio::test]
async fn the_largest_bracket_starts_in_one_call() {
    let world = World::new().await;
    let app = started(&world, 1_024, true).await;
    assert_eq!(world.items_at("BRACKET#").len(), 1_025);
    assert_eq!(win(&app, 1, 512, "u342").await["winner"], 342);
    assert_eq!(read(&app).await["rounds"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn a_board_seeds_a_bracket_which_then_gives_the_prizes() {
    let world = World::new().await;
    let app = race(&world, &[("settle", json!("by_hand"))]).await;
    for (user, score) in [("ada", 10), ("bob", 40), ("cleo", 30), ("dan", 20)] {
        run(&app, user, score).await;
    }
    let path = "/campaigns/race/bracket";
    let body = |size: usize| json!({"from_board": {"window": "campaign", "size": size}});
    conflict(app.admin("PUT", path, body(3)).await, "state_conflict", "has no places yet");
    end(&world).await;
    assert_eq!(state(&world), "counted");
    let errors = app.admin("PUT", path, body(5)).await.field_errors();
    assert_eq!(errors, [("/from_board/size".to_owned(), "out_of_range".to_owned())]);
    let bracket = app.admin("PUT", path, body(3)).await.expect(200);
    let seeds: Vec<&Value> = bracket["entrants"].as_array().unwrap().iter().map(|of| &of["user_id"]).collect();
    assert_eq!(seeds, ["bob", "cleo", "dan"]);
    app.admin("POST", &format!("{path}/start"), Value::Null).await.expect(200);
    let version = app.admin("GET", "/campaigns/race/settlement", Value::Null).await.expect(200)["version"].clone();
    let approval = app.admin("POST", "/campaigns/race/settlement/approve", json!({"version": version})).await;
    conflict(approval, "state_conflict", "has a bracket");
    for (round, number, winner) in [(1, 2, "dan"), (2, 1, "dan")] {
        let path = format!("/v1/campaigns/race/bracket/matches/{round}/{number}");
        app.call("POST", &path, json!({"winner": winner})).await.expect(200);
    }
    app.admin("POST", &format!("{path}/finish"), Value::Null).await.expect(200);
    assert_eq!((prizes(&world), state(&world)), (awarded(&["bob", "dan"]), "counted".to_owned()));
    world.settle().await;
}

#[tokio::test]
async fn a_campaign_gives_its_prizes_by_a_board_or_by_a_bracket() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    run(&app, "ada", 10).await;
    app.admin("PUT", "/campaigns/race/bracket", json!({"entrants": ["bob", "cleo"]})).await.expect(200);
    app.admin("POST", "/campaigns/race/bracket/start", Value::Null).await.expect(200);
    end(&world).await;
    assert_eq!((state(&world), prizes(&world).len()), ("counted".to_owned(), 0));
    // A draft stops no board: it has given the prizes by then, and the bracket cannot start any more.
    let other = World::new().await;
    let app = race(&other, &[]).await;
    run(&app, "ada", 10).await;
    app.admin("PUT", "/campaigns/race/bracket", json!({"entrants": ["bob", "dan"]})).await.expect(200);
    end(&other).await;
    let start = app.admin("POST", "/campaigns/race/bracket/start", Value::Null).await;
    conflict(start, "state_conflict", "gives the campaign's prizes already");
    assert_eq!(prizes(&other), awarded(&["ada"]));
    let late = app.admin("PUT", "/campaigns/race/bracket", json!({"entrants": ["bob", "cleo"]})).await;
    conflict(late, "state_conflict", "gives the campaign's prizes already");
}
