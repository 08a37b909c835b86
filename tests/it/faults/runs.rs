//! Plans, runs of many writes, their undo, and calls through `api`.

use super::row::{After, Do, Row, Shown, row};

pub(crate) fn rows() -> Vec<Row> {
    [reads(), runs(), undo(), api()].concat()
}

/// What fails before anything is sent changes nothing, and a plan is only ever of a whole list.
fn reads() -> Vec<Row> {
    let mut rows = vec![
        row(&[], Do::Plan),
        row(&[], Do::ApplyInOrder),
        row(&[], Do::Apply),
    ];
    for command in [Do::Plan, Do::ApplyInOrder, Do::Undo] {
        let fails = |fault, exit, code| row(&[fault], command).fails(exit, code);
        rows.extend([
            fails("GET *=html", 1, "unreadable_answer").sends("TG"),
            fails("GET *=nesting", 1, "unreadable_answer").sends("TG"),
            fails("GET *=status:403", 6, "forbidden").sends("TGG"),
            fails("GET *=status:503", 7, "server_error").sends("TGGG"),
            fails("GET *=reset", 7, "network").sends("TGGG"),
            fails("GET *=truncated", 7, "truncated").sends("TGGG"),
        ]);
    }
    rows.extend([
        row(&["GET *=truncated@1"], Do::Plan).sends("TGGG"),
        row(&["GET *=status:503@1"], Do::ApplyInOrder).sends("TGGGGPPGDG"),
        row(&["GET *=endless-array"], Do::Plan)
            .fails(1, "incomplete_list")
            .says("SKYSWITCH_MAX_MEMORY=")
            .sends("TG"),
        row(&["GET *=hang"], Do::Plan)
            .within(1)
            .fails(7, "timeout")
            .sends("TGGG"),
    ]);
    rows
}

fn runs() -> Vec<Row> {
    let run = |words: &[&'static str]| row(words, Do::ApplyInOrder).sends("TGGG…");
    let mut rows = Vec::new();
    // A lost answer is settled by reading, and what is missing is sent again.
    for fault in [
        "PUT *=reset@1",
        "PUT *=commit-reset@1",
        "PUT *=status:503@1-2",
        "PUT *=commit-status:502@2",
        "PUT *=commit-html",
        "PUT *=status:429@1",
        "PUT *=status:401@1",
        "DELETE *=reset@1",
        "DELETE *=commit-reset@1",
        "DELETE *=commit-status:404",
        "put=text",
        "read-lag=500",
    ] {
        rows.push(run(&[fault]));
    }
    rows.extend([
        // Nothing was done: the first refusal's own code, and nothing is deleted.
        run(&["PUT *=status:422"])
            .fails(2, "rejected")
            .shows(Shown::Summary),
        run(&["PUT *=status:403"])
            .fails(6, "forbidden")
            .shows(Shown::Summary),
        // Something was done, and something not: the summary tells, and the deletes wait.
        run(&["PUT *=status:422@2"])
            .fails(8, "partial")
            .shows(Shown::Summary)
            .leaves(After::Between),
        run(&["DELETE *=status:400"])
            .fails(8, "partial")
            .shows(Shown::Summary)
            .leaves(After::Between),
        run(&["PUT *=reset"])
            .fails(8, "outcome_unknown")
            .shows(Shown::Summary),
        // Done, and nobody can look whether it holds: nothing is deleted on that.
        run(&["GET */route-by-ani=reset@3-99"])
            .fails(8, "unverified")
            .shows(Shown::Summary)
            .leaves(After::Between),
    ]);
    rows
}

fn undo() -> Vec<Row> {
    let undo = |words: &[&'static str]| row(words, Do::Undo).sends("TGGP…");
    vec![
        row(&[], Do::Undo),
        undo(&["PUT *=reset@1"]),
        undo(&["PUT *=commit-reset@1"]),
        undo(&["PUT *=commit-status:503@1"]),
        undo(&["PUT *=status:403"])
            .fails(6, "forbidden")
            .shows(Shown::Summary),
        undo(&["PUT *=reset"])
            .fails(8, "outcome_unknown")
            .shows(Shown::Summary),
        undo(&["GET *=reset@3-99"])
            .fails(8, "unverified")
            .shows(Shown::Summary)
            .leaves(After::Done),
    ]
}

fn api() -> Vec<Row> {
    let get = |fault| row(&[fault], Do::Api);
    // The sandbox has no such write: the answer is the fault's.
    let post = |fault| row(&[fault], Do::ApiPost);
    vec![
        row(&[], Do::Api),
        get("GET *=status:503@1").sends("TGG"),
        get("GET *=status:404").fails(3, "not_found"),
        get("GET *=status:403").fails(6, "forbidden"),
        get("GET *=reset").fails(7, "network").sends("TGGG"),
        // What was printed is not printed twice.
        get("GET *=truncated")
            .fails(7, "truncated")
            .shows(Shown::Raw),
        get("GET *=redirect:/login").fails(7, "redirect"),
        post("POST */users=reply:201:{\"id\":1}"),
        post("POST */users=status:422").fails(2, "rejected"),
        // Nobody can look whether it was done, so it is never sent twice.
        post("POST */users=reset").fails(8, "outcome_unknown"),
        post("POST */users=status:503").fails(8, "outcome_unknown"),
        post("POST */users=hang")
            .within(1)
            .fails(8, "outcome_unknown"),
    ]
}
