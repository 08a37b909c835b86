//! The token endpoint failing: classified by endpoint, never asked twice for a password.

use super::row::{Do, Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    // Any refusal is about the credentials, whatever its status.
    for quirk in ["token-errors=mixed", "token-errors=400", "token-errors=401"] {
        rows.push(
            row(&[quirk], Do::Token)
                .asking_for("nonsense")
                .fails(4, "session_dead")
                .says("--scope"),
        );
    }
    rows.extend(
        [
            "POST *=status:400",
            "POST *=status:401",
            "POST *=status:422",
            "POST *=empty:401",
            "POST *=html:400",
            "POST *=reply:400:{\"error\":\"invalid_grant\",\"message\":\"sbx_password and sbx_secret\"}",
        ]
        .map(|fault| row(&[fault], Do::List).fails(4, "session_dead").sends("T")),
    );
    // What stands before it has no say about them, and may be over soon.
    rows.extend(
        ["POST *=status:403", "POST *=html:404", "POST *=status:502"].map(|fault| {
            row(&[fault], Do::List)
                .fails(7, "server_error")
                .sends("TTT")
        }),
    );
    rows.extend([
        row(&["POST *=html:403@1-2"], Do::List).sends("TTTG"),
        row(&["POST *=status:500"], Do::Token)
            .fails(7, "server_error")
            .sends("TTT"),
        row(&["POST *=status:503:retry-after=1@1"], Do::List)
            .sends("TTG")
            .takes(1000),
        row(&["POST *=status:503:retry-after=99"], Do::List)
            .fails(7, "server_error")
            .sends("T"),
        row(&["POST *=status:429:retry-after=1@1"], Do::Token)
            .sends("TT")
            .takes(1000),
        row(&["POST *=reset@1-2"], Do::Token).sends("TTT"),
        row(&["POST *=reset"], Do::Token)
            .fails(7, "network")
            .sends("TTT"),
        row(&["POST *=commit-reset"], Do::Create)
            .fails(7, "network")
            .sends("TTT"),
        row(&["POST *=hang"], Do::Token)
            .within(1)
            .fails(7, "timeout"),
        row(&["POST *=stall"], Do::Token)
            .within(1)
            .fails(7, "timeout"),
        row(&["POST *=slow:20"], Do::Token)
            .within(1)
            .fails(7, "timeout"),
        row(&["POST *=slow:4k"], Do::Token),
        row(&["POST *=truncated"], Do::Token)
            .fails(7, "truncated")
            .sends("TTT"),
        row(&["POST *=content-length:+9"], Do::Token)
            .fails(7, "truncated")
            .sends("TTT"),
        row(&["POST *=content-length:-9"], Do::Token).fails(1, "unreadable_answer"),
        row(&["POST *=html"], Do::Token).fails(1, "unreadable_answer"),
        row(&["POST *=empty"], Do::Token).fails(1, "unreadable_answer"),
        row(&["POST *=invalid-json"], Do::Token).fails(1, "unreadable_answer"),
        row(&["POST *=non-utf8"], Do::Token).fails(1, "unreadable_answer"),
        row(&["POST *=nesting"], Do::Token).fails(1, "unreadable_answer"),
        row(&["POST *=reply:200:{}"], Do::Token).fails(1, "unreadable_answer"),
        row(
            &["POST *=reply:200:{\"access_token\":\"a\\nb\"}"],
            Do::Token,
        )
        .fails(1, "unreadable_answer"),
        row(&["POST *=huge:20m"], Do::Token).fails(7, "truncated"),
        row(&["POST *=endless-array"], Do::Token).fails(7, "truncated"),
        row(&["POST *=gzip-bomb"], Do::Token).fails(7, "truncated"),
        row(&["POST *=big-header"], Do::Token)
            .fails(7, "network")
            .sends("TTT"),
        row(&["POST *=header:x-note:hello"], Do::Token),
        row(&["POST *=header:content-type:text/html"], Do::Token).fails(1, "unreadable_answer"),
        row(&["POST *=latency:200"], Do::Token).takes(200),
        // The form with the client secret goes to no other address.
        row(&["POST *=redirect:307:/elsewhere"], Do::Token).fails(7, "redirect"),
        row(&["POST *=redirect:308:http://127.0.0.1:9/x"], Do::List)
            .fails(7, "redirect")
            .sends("T"),
        // A refused token is renewed once; the password is not asked for again.
        row(&["GET *=status:401@1", "POST *=status:400@2"], Do::List)
            .fails(4, "session_dead")
            .sends("TGT"),
        row(&["GET *=status:401@1", "POST *=reset@2"], Do::List).sends("TGTTG"),
        // A refresh token is presented twice at most to a server that may have seen it.
        row(&["GET *=status:401@1", "POST *=reset@2-9"], Do::List)
            .fails(7, "network")
            .sends("TGTT"),
        row(&["GET *=status:401@1", "POST *=status:504@2"], Do::List)
            .fails(7, "server_error")
            .sends("TGT"),
        row(&["PUT *=status:401", "POST *=status:503@2-9"], Do::Create)
            .fails(7, "server_error")
            .sends("TGPTTT"),
    ]);
    rows
}
