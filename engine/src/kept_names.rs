//! Names kept for completion: an account's domains, and the extensions and numbers of a domain, each
//! one small private file a profile (and domain).
//!
//! Written when a command has read the whole list anyway, and read by completion alone: nothing is
//! ever decided by it. A file that is old, damaged, too large or another account's counts as none.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::durable;
use crate::model::{AccountId, Domain, DomainKey, Origin};

/// Older files are not believed: 30 days.
pub const LARGEST_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Most bytes of a file, written or read.
pub const LARGEST: u64 = 1024 * 1024;
/// Room for what stands around the names.
const FRAME: u64 = 4096;
const VERSION: u32 = 2;

/// What the names are names of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names<'a> {
    /// The domains of the account.
    Domains,
    /// The extensions of a domain; nothing else is kept of people.
    Extensions(&'a DomainKey),
    /// The numbers of a domain.
    Numbers(&'a DomainKey),
}

impl Names<'_> {
    /// Whether a text can be one of them; the others go neither in nor out.
    fn check(self) -> fn(&str) -> bool {
        match self {
            Self::Domains => |name| Domain::parse(name).is_ok(),
            Self::Extensions(_) => |name| {
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
                (1..=64).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('-')
            },
            Self::Numbers(_) => |name| {
                let digits = name.strip_prefix('+').unwrap_or(name);
                (3..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
            },
        }
    }

    /// Below the state directory; a profile's name and a domain's are safe in a file name behind a word.
    fn path(self, profile: &str) -> PathBuf {
        match self {
            Self::Domains => Path::new("domains").join(format!("{profile}.json")),
            Self::Extensions(domain) => of_domain("extensions", profile, domain),
            Self::Numbers(domain) => of_domain("numbers", profile, domain),
        }
    }
}

fn of_domain(directory: &str, profile: &str, domain: &DomainKey) -> PathBuf {
    Path::new(directory)
        .join(profile)
        .join(format!("of-{domain}.json"))
}

/// Where some names of one profile's account are kept.
#[derive(Clone, Debug)]
pub struct KeptNames {
    path: PathBuf,
    origin: String,
    account: Option<AccountId>,
    is_name: fn(&str) -> bool,
}

/// The file. A name needs no escape, so each is a slice of the file's text.
#[derive(Debug, Deserialize, Serialize)]
struct Kept<'a> {
    version: u32,
    origin: String,
    account: String,
    #[serde(borrow)]
    names: Vec<&'a str>,
}

/// Names on their way into a file: as many as fit, and none that is no name.
#[derive(Debug)]
pub struct Gathered {
    names: BTreeSet<String>,
    bytes: u64,
    is_name: fn(&str) -> bool,
}

impl Gathered {
    /// None so far.
    pub fn new(what: Names<'_>) -> Self {
        Self {
            names: BTreeSet::new(),
            bytes: 0,
            is_name: what.check(),
        }
    }

    /// Takes a name of the list.
    pub fn add(&mut self, name: &str) {
        // Quotes and a comma.
        let bytes = self.bytes + name.len() as u64 + 3;
        if bytes + FRAME <= LARGEST && (self.is_name)(name) {
            self.bytes = bytes;
            self.names.insert(name.to_owned());
        }
    }
}

impl KeptNames {
    /// Names of a profile, under a state directory.
    ///
    /// Without an account any account's names are read.
    pub fn under(
        state_dir: &Path,
        profile: &str,
        origin: &Origin,
        account: Option<&AccountId>,
        what: Names<'_>,
    ) -> Self {
        Self {
            path: state_dir.join(what.path(profile)),
            origin: origin.to_string(),
            account: account.cloned(),
            is_name: what.check(),
        }
    }

    /// Keeps the names of a whole list; names already kept only become younger.
    ///
    /// # Errors
    /// The directory or the file cannot be written.
    pub fn keep(&self, account: &AccountId, names: Gathered) -> io::Result<()> {
        if names.names.is_empty() && !self.path.exists() {
            return Ok(());
        }
        let kept = Kept {
            version: VERSION,
            origin: self.origin.clone(),
            account: account.to_string(),
            names: names.names.iter().map(String::as_str).collect(),
        };
        let text = serde_json::to_string(&kept)?;
        if self
            .text()
            .is_some_and(|(old, file)| old == text && file.set_modified(SystemTime::now()).is_ok())
        {
            return Ok(());
        }
        if let Some(directory) = self.path.parent() {
            durable::create_private_dir(directory)?;
        }
        durable::replace(&self.path, text.as_bytes())
    }

    /// The names that are kept and begin so, whatever the case, sorted as they were kept; none where
    /// there is nothing to believe.
    pub fn read(&self, beginning: &str) -> Vec<String> {
        let Some((text, file)) = self.text() else {
            return Vec::new();
        };
        let young = file.metadata().and_then(|metadata| metadata.modified());
        if !young.is_ok_and(is_young) {
            return Vec::new();
        }
        let begins = |name: &str| {
            (name.as_bytes().get(..beginning.len()))
                .is_some_and(|head| head.eq_ignore_ascii_case(beginning.as_bytes()))
        };
        match serde_json::from_str::<Kept<'_>>(&text) {
            Ok(kept) if self.is_of(&kept) => (kept.names.iter())
                .filter(|name| begins(name))
                // Somebody may have edited it: what is no name does not reach a terminal.
                .filter(|name| (self.is_name)(name))
                .map(|name| (*name).to_owned())
                .collect(),
            _ => Vec::new(),
        }
    }

    fn is_of(&self, kept: &Kept<'_>) -> bool {
        kept.version == VERSION
            && kept.origin == self.origin
            && (self.account.as_ref()).is_none_or(|account| account.to_string() == kept.account)
    }

    fn text(&self) -> Option<(String, File)> {
        // Before it is opened: a pipe would be waited for.
        let metadata = fs::symlink_metadata(&self.path).ok()?;
        if !metadata.is_file() || metadata.len() > LARGEST {
            return None;
        }
        let file = File::open(&self.path).ok()?;
        let mut text = String::new();
        (&file).take(LARGEST).read_to_string(&mut text).ok()?;
        Some((text, file))
    }
}

/// Young enough; a clock that was set back a little does no harm.
fn is_young(modified: SystemTime) -> bool {
    let age = match SystemTime::now().duration_since(modified) {
        Ok(age) => age,
        Err(ahead) => ahead.duration(),
    };
    age <= LARGEST_AGE
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Gathered, KeptNames, LARGEST, LARGEST_AGE, Names};
    use crate::model::{AccountId, DomainKey, Origin};

    fn names(home: &tempfile::TempDir, account: &str) -> KeptNames {
        let account = AccountId::parse(account).expect("an account");
        KeptNames::under(
            home.path(),
            "work",
            &Origin::default(),
            Some(&account),
            Names::Domains,
        )
    }

    fn gathered(list: &[&str]) -> Gathered {
        let mut gathered = Gathered::new(Names::Domains);
        list.iter().for_each(|name| gathered.add(name));
        gathered
    }

    fn kept(list: &[&str]) -> (tempfile::TempDir, KeptNames) {
        let home = tempfile::tempdir().expect("temp");
        let names = names(&home, "a1");
        let account = AccountId::parse("a1").expect("an account");
        names.keep(&account, gathered(list)).expect("keep");
        (home, names)
    }

    #[test]
    fn what_is_kept_is_read_back_sorted_and_private() {
        let (_home, names) = kept(&["b.example", "a.example"]);
        assert!(names.read("").iter().eq(["a.example", "b.example"]));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&names.path).expect("stat").permissions();
            assert_eq!(mode.mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_beginning_chooses_whatever_the_case() {
        let (_home, names) = kept(&["acme.example", "Acme2.example", "b.example"]);
        assert_eq!(names.read("aC"), ["Acme2.example", "acme.example"]);
        assert_eq!(names.read("acme2"), ["Acme2.example"]);
        assert!(names.read("acme.example.and.more").is_empty());
        assert!(names.read("\u{e9}").is_empty());
    }

    #[test]
    fn another_account_sees_none_and_no_account_sees_all() {
        let (home, _) = kept(&["a.example"]);
        assert!(names(&home, "a2").read("").is_empty());
        let any = KeptNames::under(
            home.path(),
            "work",
            &Origin::default(),
            None,
            Names::Domains,
        );
        assert_eq!(any.read("").len(), 1);
        let elsewhere = Origin::parse("http://127.0.0.1:9").expect("an origin");
        let elsewhere = KeptNames::under(home.path(), "work", &elsewhere, None, Names::Domains);
        assert!(elsewhere.read("").is_empty());
    }

    #[test]
    fn an_old_file_is_not_believed_until_the_list_is_read_again() {
        let (_home, names) = kept(&["a.example"]);
        let old = SystemTime::now() - LARGEST_AGE - Duration::from_secs(60);
        let file = std::fs::File::open(&names.path).expect("open");
        file.set_modified(old).expect("age");
        assert!(names.read("").is_empty());
        let account = AccountId::parse("a1").expect("an account");
        names
            .keep(&account, gathered(&["a.example"]))
            .expect("keep");
        assert_eq!(names.read("").len(), 1);
    }

    #[test]
    fn hostile_names_go_neither_in_nor_out() {
        let (_home, names) = kept(&["a.example", "b\u{1b}[2J.example", "$(id)"]);
        let text = std::fs::read_to_string(&names.path).expect("text");
        assert!(!text.contains("u001b") && !text.contains("$("), "{text}");
        let edited = text.replace("a.example", "a\\u001b]0;x\\u0007");
        std::fs::write(&names.path, edited).expect("edit");
        assert!(names.read("").is_empty());
    }

    #[test]
    fn a_huge_list_is_cut_and_a_huge_file_is_not_read() {
        let list: Vec<String> = (0..60_000)
            .map(|i| format!("customer-{i:06}.test"))
            .collect();
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        let (_home, names) = kept(&list);
        assert!(names.read("").len() > 40_000);
        let mut text = std::fs::read_to_string(&names.path).expect("text");
        assert!(text.len() as u64 <= LARGEST);
        text.push_str(&" ".repeat(usize::try_from(LARGEST).expect("a size")));
        std::fs::write(&names.path, text).expect("write");
        assert!(names.read("").is_empty());
    }

    #[test]
    fn each_domain_has_extensions_and_numbers_of_its_own_and_nothing_else_is_kept() {
        let home = tempfile::tempdir().expect("temp");
        let account = AccountId::parse("a1").expect("an account");
        let domain = DomainKey::of("Con.15611.service");
        let other = DomainKey::of("aux");
        let kept = |what| {
            KeptNames::under(
                home.path(),
                "work",
                &Origin::default(),
                Some(&account),
                what,
            )
        };
        for (what, good) in [
            (Names::Extensions(&domain), "route_by_ani"),
            (Names::Numbers(&domain), "16165550190"),
        ] {
            let mut gathered = Gathered::new(what);
            for name in [
                good, "", "-x", "John Carter", "john@example.com", "a\u{1b}[2J",
            ] {
                gathered.add(name);
            }
            kept(what).keep(&account, gathered).expect("keep");
            assert_eq!(kept(what).read(""), [good]);
        }
        assert!(kept(Names::Extensions(&other)).read("").is_empty());
        assert!(kept(Names::Domains).read("").is_empty());
    }

    #[test]
    fn damage_is_as_good_as_nothing() {
        let (_home, names) = kept(&["a.example"]);
        for text in ["", "{", "[]", "{\"version\":2}", "\u{0}"] {
            std::fs::write(&names.path, text).expect("write");
            assert!(names.read("").is_empty(), "{text:?}");
        }
        std::fs::remove_file(&names.path).expect("remove");
        std::fs::create_dir(&names.path).expect("a directory");
        assert!(names.read("").is_empty());
    }
}
