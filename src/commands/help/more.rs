//! What a command's long help and its man page say beyond its arguments: examples, and the
//! behaviours of the sandbox. Every example is run by a test, in order, on a machine of its own.

use super::topics::Block;
use crate::sandbox::{Kind, behaviours};

/// The blocks of a command, named by the words after `skyswitch`; none for most.
pub(crate) fn more(path: &str) -> Vec<Block> {
    if path == "sandbox serve" {
        let mut blocks = serve();
        blocks.extend(examples(path));
        return blocks;
    }
    examples(path)
}

fn examples(path: &str) -> Vec<Block> {
    match commands(path) {
        "" => Vec::new(),
        lines => vec![
            Block::Heading("Examples"),
            Block::Commands(lines.to_owned()),
        ],
    }
}

/// No line is longer than the help is wide, so that none is broken where a shell would not have it.
/// Ready to paste: on the sandbox wherever the server would be changed or a login is needed.
fn commands(path: &str) -> &'static str {
    match path {
        "status" => "skyswitch status\nskyswitch status --check --json",
        "token" => "skyswitch --sandbox token",
        "profile list" => "skyswitch profile list\nskyswitch profile list --json",
        "profile use" => {
            "skyswitch --profile acme profile set account acme-1\nskyswitch profile use acme"
        }
        "profile set" => {
            "skyswitch profile set domain acme.15611.service\n\
             skyswitch --profile acme profile set credential_command 'pass show acme'"
        }
        "profile unset" => {
            "skyswitch profile set domain acme.15611.service\nskyswitch profile unset domain"
        }
        "profile remove" => {
            "skyswitch --profile acme profile set store file\n\
             skyswitch profile remove acme --yes"
        }
        "domains list" => {
            "skyswitch --sandbox domains list\n\
             skyswitch --sandbox domains list --refresh --json"
        }
        "accounts list" => {
            "skyswitch --sandbox accounts list\n\
             skyswitch --sandbox accounts list --json | jq -r '.[].id'"
        }
        "subscribers list" => {
            "skyswitch --sandbox subscribers list --domain acme.15611.service\n\
             skyswitch --sandbox subscribers list --domain acme.15611.service --kind queue --json"
        }
        "numbers list" => {
            "skyswitch --sandbox numbers list --domain acme.15611.service\n\
             skyswitch --sandbox numbers list --domain acme.15611.service --user route_by_ani"
        }
        "doctor" => "skyswitch doctor\nskyswitch doctor --domain acme.15611.service --json",
        "routes list" => {
            "skyswitch --sandbox routes list --ani '+1 (616) 555-0102'\n\
             skyswitch --sandbox routes list --domain acme.15611.service -o csv > routes.csv\n\
             skyswitch --sandbox routes list --json | jq -r '.[].destination'"
        }
        "routes set" => {
            "skyswitch --sandbox routes set --ani 616-555-0142 --domain acme.15611.service \\\n  \
               --destination john\n\
             skyswitch --sandbox routes set --ani 616-555-0142 --dnis 616-555-0190 \\\n  \
               --domain acme.15611.service --destination sip:desk@carrier.example --application literal\n\
             skyswitch --sandbox routes set --ani 616-555-0142 --domain acme.15611.service \\\n  \
               --destination jane --dry-run"
        }
        "routes delete" => {
            "skyswitch --sandbox routes delete --ani 616-555-0101 --domain acme.15611.service --dry-run\n\
             skyswitch --sandbox routes delete --ani 616-555-0101 --domain acme.15611.service --yes\n\
             skyswitch --sandbox routes delete --ani 616-555-0102 --domain acme.15611.service \\\n  \
               --all-dnis --yes --json"
        }
        "routes move" => {
            "skyswitch --sandbox routes move john jane -d acme.15611.service --dry-run\n\
             skyswitch --sandbox routes move john jane -d acme.15611.service --yes"
        }
        "routes copy" => {
            "skyswitch --sandbox routes copy acme.15611.service 0000.15611.service --dry-run\n\
             skyswitch --sandbox routes copy acme.15611.service 0000.15611.service \\\n  \
               --map john=john.smith --yes"
        }
        "routes plan" => {
            "skyswitch --sandbox routes list -o csv --base > routes.csv\n\
             sed -i s/frontdesk/reception/ routes.csv\n\
             skyswitch --sandbox routes plan routes.csv\n\
             skyswitch --sandbox routes plan routes.csv --save plan.json --json"
        }
        "routes apply" => {
            "skyswitch --sandbox routes list -o csv --base > routes.csv\n\
             sed -i s/frontdesk/reception/ routes.csv\n\
             skyswitch --sandbox routes plan routes.csv --save plan.json\n\
             skyswitch --sandbox routes apply --plan plan.json --yes\n\
             skyswitch --sandbox routes apply routes.csv --yes --json"
        }
        "routes explain" => {
            "skyswitch --sandbox routes explain --from 616-555-0102 --to 616-555-0190"
        }
        "routes test" => {
            "echo from,to,domain,application,destination > cases.csv\n\
             echo 6165550102,6165550190,acme.15611.service,user,200 >> cases.csv\n\
             skyswitch --sandbox routes test cases.csv"
        }
        "history" => {
            "skyswitch --sandbox routes delete --ani 6165550101 --domain acme.15611.service --yes\n\
             skyswitch --sandbox history\n\
             skyswitch --sandbox history --domain acme.15611.service --json"
        }
        "undo" => {
            "skyswitch --sandbox routes delete --ani 6165550101 --domain acme.15611.service --yes\n\
             skyswitch --sandbox undo --dry-run\n\
             skyswitch --sandbox undo --yes"
        }
        "api" => {
            "skyswitch --sandbox api pbx/domains\n\
             skyswitch --sandbox api users -q per_page=2 --paginate"
        }
        "sandbox serve" => {
            "skyswitch sandbox serve --env\n\
             skyswitch sandbox serve --port 8080 --state rehearsal.json\n\
             skyswitch sandbox serve --quirk list=object --quirk read-lag=500\n\
             skyswitch sandbox serve --fault 'PUT */route-by-ani=commit-reset@1' \\\n  \
               --fault '*=latency:200~0.1'"
        }
        "sandbox reset" => "skyswitch sandbox reset",
        "completions" => {
            "source <(skyswitch completions bash)\n\
             skyswitch completions zsh > ~/.zfunc/_skyswitch\n\
             skyswitch completions fish > ~/.config/fish/completions/skyswitch.fish"
        }
        "help" => "skyswitch help exit-codes\nskyswitch help routes set",
        _ => "",
    }
}

/// Every behaviour, and on whose word it stands.
fn serve() -> Vec<Block> {
    let words = Block::Text(
        "Each line is documented (the reference or the vendor's pages say so), observed (somebody's working client relies on it) or assumed (nobody has said; the sandbox had to do something)."
            .to_owned(),
    );
    vec![
        Block::Heading("What it always does"),
        words,
        listed(Kind::Always),
        Block::Heading("Quirks (--quirk)"),
        listed(Kind::Quirk),
        Block::Heading("Faults (--fault)"),
        Block::Text(
            "A fault is `[METHOD ]PATH=ACTION[@N|@N-M|/N|~P]`, `*` in the path standing for anything: the Nth matching request, from the Nth to the Mth, every Nth, or with a chance from 0 to 1. An action that replaces the call happens after the call instead when it is written `commit-ACTION`. A count behind a URL, a body or a header needs a space before it."
                .to_owned(),
        ),
        listed(Kind::Fault),
        Block::Heading("Control"),
        Block::Text(
            "`/__sandbox/state` (GET), `log` (GET, DELETE), `faults` (GET, PUT) and `reset` (POST) look at it and set it back to its seed; they need the header `X-Sandbox-Token` with the `control_token` of the first line."
                .to_owned(),
        ),
    ]
}

fn listed(kind: Kind) -> Block {
    let line = |behaviour: &&crate::sandbox::Behaviour| behaviour.kind == kind;
    Block::Terms(
        behaviours()
            .filter(line)
            .map(|behaviour| {
                let text = format!("{}: {}", behaviour.standing, behaviour.text);
                (behaviour.name.to_owned(), text)
            })
            .collect(),
    )
}
