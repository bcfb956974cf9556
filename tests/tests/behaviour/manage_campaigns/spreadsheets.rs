//! Files that spreadsheets save: read by byte-order mark and separator, or refused with the cause.

use serde_json::{Value, json};
use tests::{Answer, World};

use crate::fulfil_orders::orders;

fn utf16(text: &str) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

async fn send(world: &World, path: &str, body: &[u8]) -> Answer {
    let headers = [("x-api-key", world.local.admin_key.expose()), ("content-type", "text/csv")];
    world.send("POST", path, &headers, body).await
}

const STOCK: &str = "/v1/apps/app/reward-groups/gift/stock";

/// Source: question 98 of the field's list: each of these got "names no column url".
#[tokio::test]
async fn stock_out_of_a_spreadsheet_is_loaded_and_retired() {
    let world = World::new().await;
    let _app = world.shop(1).await;
    let files = [
        utf16("note\turl\r\nü\thttps://gift.example/a\r\n"),
        b"sep=;\r\nnote;url\r\na,b;https://gift.example/b\r\n".to_vec(),
        b"\xef\xbb\xbfsep=|\nurl|note\nhttps://gift.example/c|x\n".to_vec(),
    ];
    for file in &files {
        assert_eq!(send(&world, STOCK, file).await.expect(200)["accepted"], 1);
        assert_eq!(send(&world, STOCK, file).await.expect(200)["duplicate"], 1);
    }
    for file in &files {
        assert_eq!(send(&world, &format!("{STOCK}/retire"), file).await.expect(200)["retired"], 1);
    }
    world.settle().await;
}

#[tokio::test]
async fn what_is_no_text_is_named_and_nothing_is_stored() {
    let world = World::new().await;
    let _app = world.shop(1).await;
    let before = world.items();
    for path in [STOCK.to_owned(), format!("{STOCK}/retire"), "/v1/apps/app/orders/import".to_owned()] {
        for (body, says) in [
            (b"PK\x03\x04\x14\x00\x06\x00".as_slice(), "(.xlsx)"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "(.xls)"),
            (b"u\x00r\x00l\x00\n\x00", "byte-order mark"),
        ] {
            let answer = send(&world, &path, body).await;
            let detail = answer.body["detail"].as_str().unwrap_or_default().to_owned();
            assert!(detail.contains(says), "{path}: {detail}");
            assert_eq!(answer.field_errors(), [(String::new(), "not_text".to_owned())], "{path}");
        }
        // As on every route, a compressed body has its own error.
        send(&world, &path, b"\x1f\x8b\x08\x00").await.expect(415);
    }
    let twice = send(&world, STOCK, b"url,URL\nhttps://a.example/1,https://a.example/2\n").await;
    assert_eq!(twice.field_errors(), [(String::new(), "no_url_column".to_owned())]);
    assert_eq!(world.items(), before);
}

/// Source: a spreadsheet turned a tracking number into `1.23457E+21`, which was stored.
#[tokio::test]
async fn orders_out_of_a_spreadsheet_are_taken_and_rounded_numbers_are_not() {
    let world = World::new().await;
    let app = orders::mugs(&world).await;
    let reward = orders::award(&app, "ada").await;
    let address = json!({"country": "DE", "name": "Ada", "line1": "Ring 1", "postal_code": "10115", "city": "Berlin"});
    app.call("PUT", &format!("/v1/rewards/{reward}/address"), address).await.expect(200);
    let import = async |file: &[u8]| send(&world, "/v1/apps/app/orders/import", file).await;
    let claim = utf16(&format!("reward_id\tstate\tpartner\r\n{reward}\tordered\tacme\r\n"));
    assert_eq!(import(&claim).await.expect(200)["changed"], 1);
    for rounded in ["1.23457E+21", "1,23457E+21", "3E+20"] {
        let file = format!("sep=;\nreward_id;state;carrier;tracking\n{reward};shipped;DHL;{rounded}\n");
        let imported = import(file.as_bytes()).await.expect(200);
        assert_eq!((&imported["changed"], &imported["invalid"][0]["line"]), (&json!(0), &json!(3)), "{rounded}");
        let reason = imported["invalid"][0]["reason"].as_str().unwrap();
        assert!(reason.starts_with("tracking is what a spreadsheet made of a long number"), "{reason}");
        let ship = json!({"carrier": "DHL", "tracking": rounded});
        let refused = app.admin("POST", &format!("/orders/{reward}/ship"), ship).await.field_errors();
        assert_eq!(refused, [("/tracking".to_owned(), "rounded_number".to_owned())]);
    }
    let order = app.admin("GET", &format!("/orders/{reward}"), Value::Null).await.expect(200);
    assert_eq!(order["state"], "ordered");
    let file = format!("sep=;\nreward_id;state;carrier;tracking\n{reward};shipped;DHL;1E5-00340434\n");
    assert_eq!(import(file.as_bytes()).await.expect(200)["changed"], 1);
    world.settle().await;
}
