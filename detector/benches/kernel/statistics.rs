//! Medians and quartiles.

use serde::Serialize;

/// What a handful of numbers says: the middle one, and between what the middle half lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// Of these numbers; `None` where there are none.
    pub(crate) fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut numbers: Vec<_> = numbers.into_iter().filter(|n| n.is_finite()).collect();
        numbers.sort_by(f64::total_cmp);
        let at = |part: usize| {
            let index = numbers.len().checked_sub(1)? * part / 4;
            numbers.get(index).copied()
        };
        Some(Self {
            median: at(2)?,
            low: at(1)?,
            high: at(3)?,
        })
    }
}
