//! What a route may point to and stand for: the subscribers and numbers of a domain, and the accounts
//! below an account.

use super::record::record;
use super::text::{optional_raw, optional_text};
use super::words;

record! {
    /// One row of `pbx/subscribers`, as the server tells it (`api.md`, Neighbours).
    ///
    /// What else it tells of people is not read: mail addresses are nobody's business here.
    Subscriber {
        /// The extension, which is its name in the PBX.
        user: "optional_text",
        /// The domain it belongs to.
        domain: "optional_text",
        /// What people call it.
        name: "optional_text",
        /// Tells queues and attendants; none for a person.
        srv_code: "optional_text",
        /// The name it logs in with, which routes may name as well.
        subscriber_login: "optional_text",
    }
}

record! {
    /// One row of `subscribers list`.
    ///
    /// JSON form: `{"user","domain","name","kind"}` in this order (`design.md` §2); people see the login,
    /// too.
    SubscriberRow {
        /// The extension.
        user: "optional_text",
        /// The name it logs in with, which routes may name as well; without its host.
        login: "optional_text",
        /// The domain it belongs to.
        domain: "optional_text",
        /// What people call it.
        name: "optional_text",
        /// `user`, `queue`, `attendant`, or the server's own word for what is none of them.
        kind: "optional_text",
    } login
}

record! {
    /// One row of `numbers list`.
    ///
    /// JSON form: `{"number","domain","user"}` in this order (`design.md` §2). The server tells the bare
    /// number: domain and user are those that were asked for.
    PhoneNumber {
        /// The number as the server spells it.
        number: "optional_text" => super::number::shown,
        /// The domain it belongs to.
        domain: "optional_text",
        /// The subscriber it leads to, where that was asked for.
        user: "optional_text",
    }
}

record! {
    /// One row of `accounts list`.
    ///
    /// JSON form: `{"id","name","account_number","parent_id"}` in this order (`design.md` §2).
    Account {
        /// The UUID that stands in paths and behind `--account`.
        id: "optional_text",
        /// Its name.
        name: "optional_text",
        /// The reseller number that people know.
        account_number: "optional_text",
        /// The account above it.
        parent_id: "optional_text",
    }
}

record! {
    /// One row of `sub-accounts`, as the server tells it, with what is nested in it.
    SubAccount {
        /// Its UUID.
        id: "optional_text",
        /// Its name.
        name: "optional_text",
        /// The reseller number.
        account_number: "optional_text",
        /// The account above it.
        parent_id: "optional_text",
        /// When it was deleted; none while it is there.
        deleted_at: "optional_text",
        /// The accounts below it, as the JSON text that stands there.
        children: "optional_raw",
    }
}

words! {
    /// What subscribers can be asked for by.
    SubscriberKind "a kind of subscriber" {
        /// A person with a phone.
        User = "user",
        /// Calls wait in it.
        Queue = "queue",
        /// It answers with a menu.
        Attendant = "attendant",
    }
}

impl SubscriberKind {
    /// The word in the server's `filter`.
    pub fn as_filter(self) -> &'static str {
        match self {
            Self::User => "subscriber",
            other => other.as_str(),
        }
    }
}

impl Subscriber {
    /// What it is; none where its `srv_code` is one that nobody has told the meaning of.
    pub fn kind(&self) -> Option<SubscriberKind> {
        let code = self.srv_code.as_deref().unwrap_or_default().to_lowercase();
        let last = code.rsplit('-').next().unwrap_or_default();
        match last {
            "" => Some(SubscriberKind::User),
            "queue" | "callqueue" => Some(SubscriberKind::Queue),
            "aa" | "attendant" => Some(SubscriberKind::Attendant),
            _ => None,
        }
    }

    /// The login without its host: as routes name it.
    pub fn short_login(&self) -> Option<&str> {
        self.subscriber_login.as_deref()?.split('@').next()
    }

    /// The row that is shown of it.
    pub fn row(self) -> SubscriberRow {
        let kind = self.kind().map(|kind| kind.as_str().to_owned());
        SubscriberRow {
            login: self.short_login().map(str::to_owned),
            kind: kind.or(self.srv_code),
            user: self.user,
            domain: self.domain,
            name: self.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Subscriber, SubscriberKind};

    #[test]
    fn the_service_code_tells_what_it_is_and_a_strange_one_is_shown() {
        for (code, kind, shown) in [
            (None, Some(SubscriberKind::User), "user"),
            (Some(""), Some(SubscriberKind::User), "user"),
            (Some("system-queue"), Some(SubscriberKind::Queue), "queue"),
            (
                Some("System-AA"),
                Some(SubscriberKind::Attendant),
                "attendant",
            ),
            (Some("system-conf"), None, "system-conf"),
        ] {
            let subscriber = Subscriber {
                srv_code: code.map(str::to_owned),
                ..Subscriber::default()
            };
            assert_eq!(subscriber.kind(), kind, "{code:?}");
            assert_eq!(subscriber.row().kind.as_deref(), Some(shown));
        }
    }
}
