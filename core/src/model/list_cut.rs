//! At which lengths a list may have been cut without a word.

/// Lengths at which servers cut lists (`design.md` §8 "Lists").
const ROUND: [u64; 8] = [50, 100, 200, 250, 500, 1000, 2000, 5000];

/// What is known of how a server cuts its lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListCut {
    /// Nothing: any round length is suspect.
    #[default]
    Unknown,
    /// Lists were seen to end at so many rows; what else it does nobody has tried.
    Seen(u64),
    /// They end at so many rows and nowhere else, or never.
    Found(Option<u64>),
}

impl ListCut {
    /// Whether a list of so many rows may have been cut. One that is longer than the known cut shows that
    /// there is none there.
    pub fn may_end_at(self, rows: u64) -> bool {
        match self {
            Self::Found(None) => false,
            Self::Found(Some(cut)) if rows <= cut => rows == cut,
            Self::Seen(cut) if rows == cut => true,
            _ => is_round(rows),
        }
    }

    /// The longest list that may have been cut.
    pub fn longest(self) -> u64 {
        let [.., longest] = ROUND;
        match self {
            Self::Seen(cut) | Self::Found(Some(cut)) => cut.max(longest),
            Self::Unknown | Self::Found(None) => longest,
        }
    }
}

/// Whether servers cut lists at this length.
pub fn is_round(rows: u64) -> bool {
    ROUND.contains(&rows)
}

#[cfg(test)]
mod tests {
    use super::ListCut::{self, Found, Seen, Unknown};

    #[test]
    fn a_list_of_a_round_length_or_of_the_known_one_may_be_cut() {
        let cases: [(ListCut, u64, bool); 12] = [
            (Unknown, 100, true),
            (Unknown, 99, false),
            (Unknown, 0, false),
            (Seen(37), 37, true),
            (Seen(37), 100, true),
            (Found(Some(37)), 37, true),
            (Found(Some(500)), 100, false),
            (Found(Some(37)), 38, false),
            (Found(Some(37)), 100, true),
            (Found(None), 100, false),
            (Found(None), 5000, false),
            (Unknown, 5000, true),
        ];
        for (cut, rows, may_end) in cases {
            assert_eq!(cut.may_end_at(rows), may_end, "{cut:?}: {rows}");
            assert!(!may_end || cut.longest() >= rows, "{cut:?}: {rows}");
        }
    }
}
