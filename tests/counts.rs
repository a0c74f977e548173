//! What became of the acts of one kind, as `status` tells it.

use serde_json::Value;

/// Acts of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Which.
    pub kind: String,
    /// Done or tried.
    pub made: u64,
    /// Looked at by the detector.
    pub seen: u64,
    /// Kept back, because nobody is interested.
    pub filtered: u64,
    /// Held back by budgets.
    pub suppressed: u64,
    /// Lost.
    pub dropped: u64,
}

impl Counts {
    pub(crate) fn read(kind: &str, counts: &Value) -> Option<Self> {
        let count = |name| counts.get(name).and_then(Value::as_u64);
        Some(Self {
            kind: kind.to_owned(),
            made: count("made")?,
            seen: count("seen")?,
            filtered: count("filtered")?,
            suppressed: count("suppressed")?,
            dropped: count("dropped")?,
        })
    }

    /// Whether every act is accounted for, once.
    #[must_use]
    pub fn is_even(&self) -> bool {
        self.made == self.seen + self.filtered + self.suppressed + self.dropped
    }
}
