//! What every shape comes to, and what is no list.

use std::io::Read;

use super::{Completeness, Halt, decode_list};
use crate::api::error::{Error, TransportKind};
use crate::model::{DomainRecord, Route};

/// One block a read, as networks deliver.
struct Blocks<'a, 'b>(&'b mut std::slice::Chunks<'a, u8>);

impl Read for Blocks<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let block = self.0.next().unwrap_or_default();
        buffer[..block.len()].copy_from_slice(block);
        Ok(block.len())
    }
}

fn routes(json: &str) -> Result<(Vec<Route>, Completeness), Error> {
    let mut items = Vec::new();
    let completeness = decode_list(json.as_bytes(), &mut |route: Route| {
        items.push(route);
        Ok(())
    })?;
    Ok((items, completeness))
}

fn domains(json: &str) -> Vec<DomainRecord> {
    let mut items = Vec::new();
    decode_list(json.as_bytes(), &mut |domain: DomainRecord| {
        items.push(domain);
        Ok(())
    })
    .expect(json);
    items
}

const ONE: &str = r#"{"ani":"16165550101","domain":"acme.15611.service","application":"user","destination":"john"}"#;

#[test]
fn every_shape_gives_the_same_routes() {
    let (plain, _) = routes(&format!("[{ONE},{ONE}]")).expect("array");
    assert_eq!(plain.len(), 2);
    for json in [
        format!(r#"{{"data":[{ONE},{ONE}]}}"#),
        format!(
            r#"{{"status":200,"data":[{ONE},{ONE}],"f":-1.5,"i":-3,"ok":true,"x":[1,{{"a":2}}],"n":null}}"#
        ),
        format!(r#"{{"a":{ONE},"b":{ONE}}}"#),
        format!(r#"{{"data":{{"0":{ONE},"2":{ONE}}}}}"#),
        format!("\u{feff}[{ONE},{ONE}]"),
        format!(" \n[{ONE},{ONE}]\n "),
        format!(r#"{{"pagination":{{"count":2,"per_page":25,"page":1}},"data":[{ONE},{ONE}]}}"#),
        format!(r#"{{"current_page":1,"per_page":25,"total":2,"data":[{ONE},{ONE}]}}"#),
    ] {
        let (items, completeness) = routes(&json).expect(&json);
        assert_eq!(items, plain, "{json}");
        assert!(completeness.is_complete(), "{json}");
    }
    assert_eq!(routes(ONE).expect("single").0, plain[..1]);
}

#[test]
fn a_number_keeps_its_very_bytes() {
    for number in [
        "1.6165550142E10",
        "16165550142",
        "4.2e+1",
        "616555014200000000000000001",
    ] {
        let one = format!(r#"{{"ani":{number},"domain":"a"}}"#);
        for json in [format!("[{one}]"), format!(r#"{{"x":{one}}}"#), one] {
            let (found, _) = routes(&json).expect(&json);
            assert_eq!(found[0].ani.as_deref(), Some(number), "{json}");
        }
    }
}

#[test]
fn nothing_in_every_shape() {
    for json in [
        "[]",
        "{}",
        r#"{"data":[]}"#,
        r#"{"data":{}}"#,
        r#"{"data":[],"total":0}"#,
    ] {
        let (items, completeness) = routes(json).expect(json);
        assert!(items.is_empty() && completeness.is_complete(), "{json}");
    }
}

#[test]
fn the_key_of_a_map_fills_a_missing_name() {
    let list = domains(
        r#"{"acme.15611.service":{"reseller":15611,"description":null},"b.15611.service":{"domain":"B.15611.service"}}"#,
    );
    assert_eq!(list[0].domain.as_deref(), Some("acme.15611.service"));
    assert_eq!(list[0].reseller.as_deref(), Some("15611"));
    assert_eq!(list[1].domain.as_deref(), Some("B.15611.service"));
    let (list, _) =
        routes(r#"{"16165550101":{"destination":"john"},"0":{"destination":"x"}}"#).expect("map");
    assert_eq!(list[0].ani.as_deref(), Some("16165550101"));
    assert_eq!(list[1].ani, None, "an index is no number");
}

#[test]
fn what_is_not_a_list_is_never_an_empty_one() {
    for json in [
        "",
        " ",
        "null",
        "5",
        "\"x\"",
        "true",
        "[1]",
        "[null]",
        "[[\"1\",\"2\"]]",
        "nonsense",
        r#"{"error":"x","message":"y"}"#,
        r#"{"message":"Unauthenticated."}"#,
        r#"{"data":null}"#,
        r#"{"data":5}"#,
        r#"{"total":3}"#,
        r#"{"status":200}"#,
        r#"[{"ani":{}}]"#,
        r#"[{"ani":1,"ani":2}]"#,
        r#"{"ani":"1","ani":"2"}"#,
        "[] x",
        r#"{"data":[],"data":[]}"#,
        "[{\"ani\":\"\u{0}\"}]",
        r#"{"x":{"ani":"1","ani":"2"}}"#,
        r#"[{"ani":"1","x":1,"x":1}]"#,
        r#"[{"ani":"1","x":1,"\u0078":1}]"#,
        r#"{"k":{"ani":"1","x":1,"x":1}}"#,
        r#"{"k":{"ani":"1"},"l":{"ani":"2"},"k":{"ani":"1"}}"#,
        r#"{"x":1,"data":[],"x":1}"#,
        r#"{"ani":"1","x":1,"x":1}"#,
    ] {
        let outcome = routes(json);
        assert!(
            matches!(outcome, Err(Error::Unreadable { .. })),
            "{json}: {outcome:?}"
        );
    }
    for bytes in [
        &b"[{\"ani\":\"\xff\"}]"[..],
        b"[{\"x\":\"\xff\"}]",
        b"[\xff]",
    ] {
        assert!(decode_list(bytes, &mut |_: Route| Ok(())).is_err());
    }
}

#[test]
fn an_error_names_its_place() {
    for (text, place) in [
        ("[\n {\"ani\":\"1\"} x]", "not JSON (line 2 column 14)"),
        ("[\n {\"ani\":\n  ?}]", "not JSON (line 3 column 3)"),
        ("[{\"ani\":?}]", "not JSON (line 1 column 9)"),
        ("[{\"ani\":[]}]", "expected kind (line 1 column 11)"),
        ("[{\"ani\":1},\n7]", "expected kind (line 2 column 2)"),
        (
            "[{\"x\":1,\n\"x\":2}]",
            "a key stands there twice (line 2 column 3)",
        ),
        (
            "{\"x\":{},\"x\":{}}",
            "a key stands there twice (line 1 column 12)",
        ),
    ] {
        match routes(text) {
            Err(Error::Unreadable { found, .. }) => {
                assert!(found.ends_with(place), "{text}: {found}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    let bytes = &b"[{\"ani\":\"\xff\"}]"[..];
    let Err(Error::Unreadable { found, .. }) = decode_list(bytes, &mut |_: Route| Ok(())) else {
        panic!("not UTF-8, and taken");
    };
    assert_eq!(found, "it is not UTF-8 (line 1 column 10)");
}

#[test]
fn a_list_that_ends_early_is_truncated_wherever_it_ends() {
    let whole = format!(r#"{{"data":[{ONE},{ONE}]}}"#);
    for end in 1..whole.len() {
        let cut = &whole[..end];
        let Err(Error::Transport(transport)) = routes(cut) else {
            panic!("{cut} was taken");
        };
        assert_eq!(transport.kind, TransportKind::Truncated);
    }
}

#[test]
fn pages_that_are_missing_are_reported() {
    for (envelope, missing) in [
        (
            r#""pagination":{"count":57,"per_page":1,"page":1}"#,
            Some(57),
        ),
        (r#""current_page":1,"per_page":1,"total":57"#, Some(57)),
        (r#""total":"57""#, Some(57)),
        (r#""current_page":1,"last_page":2"#, None),
        (r#""pagination":{"page":2,"count":1}"#, None),
        (r#""next_page_url":"https://x.example/?page=2""#, None),
        (r#""links":{"next":"x"}"#, None),
        (r#""has_more":true"#, None),
    ] {
        let json = format!(r#"{{"data":[{ONE}],{envelope}}}"#);
        let (_, completeness) = routes(&json).expect(&json);
        assert_eq!(completeness.missing, Some(missing), "{json}");
    }
    for envelope in [
        r#""next_page_url":null"#,
        r#""total":1"#,
        r#""current_page":1,"last_page":1"#,
    ] {
        let json = format!(r#"{{"data":[{ONE}],{envelope}}}"#);
        assert!(routes(&json).expect(&json).1.is_complete(), "{json}");
    }
}

#[test]
fn items_are_handed_on_before_the_list_ends() {
    let mut received = 0;
    let text = format!("[{ONE},{ONE},");
    let outcome = decode_list(
        text.as_bytes().chain(std::io::repeat(b' ')),
        &mut |_: Route| {
            received += 1;
            if received == 2 { Err(Halt) } else { Ok(()) }
        },
    );
    assert!(matches!(outcome, Err(Error::Halted)));
    assert_eq!(received, 2);
}

#[test]
fn one_item_cannot_fill_the_memory() {
    let endless = b"[{\"ani\":\"".as_slice().chain(std::io::repeat(b'1'));
    let outcome = decode_list(endless, &mut |_: Route| Ok(()));
    assert!(matches!(outcome, Err(Error::Transport(t)) if t.kind == TransportKind::TooLarge));
}

#[test]
fn deep_nesting_does_no_harm() {
    for deep in [
        "[".repeat(200_000),
        format!("[{{\"x\":{}1", "[".repeat(200_000)),
        format!("{}{}", "{\"x\":".repeat(100_000), "}".repeat(100_000)),
        format!("[{{\"x\":{}{}}}]", "[".repeat(127), "]".repeat(127)),
    ] {
        let outcome = routes(&deep);
        assert!(
            matches!(outcome, Err(Error::Unreadable { .. })),
            "{outcome:?}"
        );
    }
    let deep = format!("[{{\"x\":{}{}}}]", "[".repeat(126), "]".repeat(126));
    assert_eq!(routes(&deep).expect("a list").0.len(), 1);
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "[\\[\\]{}\",:a-d0-9 ntrue.]{0,60}") {
        let _ = routes(&text);
    }

    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
        let _ = decode_list(&bytes[..], &mut |_: Route| Ok(()));
    }

    #[test]
    fn blocks_of_any_size_give_the_same_list(
        text in "[\\[{]{1,2}(\"(ani|data|[0-3])\":|[\\[\\]{},0-3é ]|null){0,24}",
        block in 1usize..9,
    ) {
        let read = |reader: &mut dyn Read| {
            let mut items = Vec::new();
            let end = decode_list(reader, &mut |route: Route| {
                items.push(route);
                Ok(())
            });
            (items, format!("{end:?}"))
        };
        if decode_list(text.as_bytes(), &mut |_: Route| Ok(())).is_ok() {
            let json = serde_json::from_str::<serde_json::Value>(&text);
            proptest::prop_assert!(json.is_ok(), "what was taken is JSON");
        }
        let mut blocks = text.as_bytes().chunks(block);
        let mut drip = Blocks(&mut blocks);
        proptest::prop_assert_eq!(read(&mut drip), read(&mut text.as_bytes()));
    }

    #[test]
    fn pieces_end_where_they_end_in_any_json(
        names in proptest::collection::vec("[a\"\\\\\\[\\]{},:\u{e9}\u{0}\n]{0,8}", 0..5),
        mark: bool,
        pretty: bool,
        block in 1usize..9,
    ) {
        let rows: Vec<serde_json::Value> = names
            .iter()
            .map(|name| serde_json::json!({"ani": name, "x": [{"y": name}, {}], name.clone(): -1}))
            .collect();
        let text = if pretty { serde_json::to_string_pretty(&rows) } else { serde_json::to_string(&rows) };
        let text = format!("{}{}", if mark { "\u{feff}" } else { "" }, text.expect("json"));
        let mut read = Vec::new();
        let mut blocks = text.as_bytes().chunks(block);
        decode_list(Blocks(&mut blocks), &mut |route: Route| {
            read.push(route.ani.expect("ani"));
            Ok(())
        })
        .expect("a list");
        proptest::prop_assert_eq!(read, names);
    }
}

#[test]
fn of_many_keys_the_one_that_comes_again_is_found() {
    for again in [0, 15, 16, 17, 39_999] {
        let keys: Vec<String> = (0..40_000).map(|i| format!(r#""k{i}":1"#)).collect();
        let text = format!("[{{{}}}]", keys.join(","));
        assert_eq!(routes(&text).expect("a list").0.len(), 1);
        let text = format!(r#"[{{{},"k{again}":1}}]"#, keys.join(","));
        assert!(
            matches!(routes(&text), Err(Error::Unreadable { .. })),
            "{again}"
        );
    }
}
