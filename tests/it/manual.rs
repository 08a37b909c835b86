//! Man pages and completion scripts: generated, committed, and current.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::support::Rig;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const DIRECTORIES: [&str; 2] = ["man", "completions"];

/// What the program writes now, by path.
fn generated() -> BTreeMap<String, String> {
    let rig = Rig::new();
    let directory = rig.home().join("generated");
    std::fs::create_dir(&directory).expect("create");
    // The pages take their date from it.
    std::fs::copy(
        Path::new(ROOT).join("CHANGELOG.md"),
        directory.join("CHANGELOG.md"),
    )
    .expect("copy");
    rig.run(&["manual", directory.to_str().expect("a path")])
        .succeeds();
    files(&directory)
}

fn files(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for directory in DIRECTORIES {
        for entry in std::fs::read_dir(root.join(directory)).expect(directory) {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("below").to_string_lossy();
            let text = std::fs::read_to_string(&path).expect("text");
            files.insert(name.replace('\\', "/"), text);
        }
    }
    files
}

#[test]
fn pages_and_completions_are_current() {
    let generated = generated();
    let committed = files(Path::new(ROOT));
    let differs = |name: &&String| generated.get(*name) != committed.get(*name);
    let stale: Vec<&String> = generated
        .keys()
        .chain(committed.keys())
        .filter(differs)
        .collect();
    #[expect(clippy::disallowed_methods, reason = "a switch of this test alone")]
    let update = std::env::var_os("UPDATE_MANUAL").is_some_and(|value| !value.is_empty());
    if update {
        for name in stale {
            let path = Path::new(ROOT).join(name);
            match generated.get(name) {
                Some(text) => std::fs::write(path, text).expect("write"),
                None if path.exists() => std::fs::remove_file(path).expect("remove"),
                None => {}
            }
        }
        return;
    }
    assert!(
        stale.is_empty(),
        "{stale:?} are stale; `UPDATE_MANUAL=1 cargo test --test it manual` writes them anew"
    );
}

#[test]
fn every_command_and_topic_has_a_page_that_names_its_neighbours() {
    let generated = generated();
    let pages: Vec<&str> = generated
        .keys()
        .filter_map(|name| name.strip_prefix("man/"))
        .collect();
    for name in [
        "skyswitch.1",
        "skyswitch-routes-set.1",
        "skyswitch-sandbox-serve.1",
        "skyswitch-exit-codes.7",
        "skyswitch-environment.7",
        "skyswitch-files.7",
        "skyswitch-scripting.7",
        "skyswitch-output.7",
    ] {
        assert!(pages.contains(&name), "{name}");
    }
    assert!(!pages.contains(&"skyswitch-manual.1"), "it is hidden");
    for (name, text) in generated
        .iter()
        .filter(|(name, _)| name.starts_with("man/"))
    {
        for section in ["NAME", "DESCRIPTION", "SEE ALSO"] {
            assert!(
                text.contains(&format!(".SH \"{section}\""))
                    || text.contains(&format!(".SH {section}\n")),
                "{name} lacks {section}"
            );
        }
        let also = text.split("SEE ALSO").last().unwrap_or_default();
        for reference in also.split("\\fB").skip(1) {
            let page = reference.replace("\\fR(", ".").replace("\\-", "-");
            let page = page.split(')').next().unwrap_or_default();
            assert!(pages.contains(&page), "{name} names {page}");
        }
    }
    let set = &generated["man/skyswitch-routes-set.1"];
    let synopsis = set.split(".SH").nth(2).expect("a synopsis");
    assert!(
        synopsis.find("ani") < synopsis.find("global options"),
        "{synopsis}"
    );
    assert!(!synopsis.contains("profile"), "{synopsis}");
}

/// mandoc wants a date, which there is only once there is a release.
#[test]
#[ignore = "needs mandoc and groff"]
fn the_pages_are_clean() {
    let mut complaints = Vec::new();
    for entry in std::fs::read_dir(Path::new(ROOT).join("man")).expect("man") {
        let path = entry.expect("an entry").path();
        let lint = Command::new("mandoc")
            .args(["-Tlint", "-W", "warning"])
            .arg(&path)
            .output()
            .expect("mandoc");
        let text = String::from_utf8_lossy(&lint.stdout).into_owned();
        complaints.extend(
            text.lines()
                .filter(|line| !line.contains("missing date"))
                .map(str::to_owned),
        );
        let groff = Command::new("groff")
            .args(["-man", "-ww", "-z", "-Kutf8"])
            .arg(&path)
            .output()
            .expect("groff");
        complaints.extend(
            String::from_utf8_lossy(&groff.stderr)
                .lines()
                .map(str::to_owned),
        );
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
