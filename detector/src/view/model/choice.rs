//! Which row is chosen of a list that changes, and how far a text was scrolled.

/// A chosen row. It is remembered by its key, so that it stays chosen when others come before it;
/// the first row is chosen as such, so that whoever looks at the newest goes on to.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    key: Option<String>,
    /// Where it stood when it was chosen.
    place: usize,
}

impl Choice {
    /// Where the chosen row stands; `None` in an empty list. Where it is gone, the row that stands
    /// in its place is.
    pub(crate) fn place<'a>(
        &self,
        mut keys: impl ExactSizeIterator<Item = &'a str>,
    ) -> Option<usize> {
        let last = keys.len().checked_sub(1)?;
        let Some(key) = &self.key else {
            return Some(0);
        };
        let found = keys.position(|other| other == key);
        Some(found.unwrap_or(self.place.min(last)))
    }

    /// Chooses the row so many further on.
    pub(crate) fn step<'a>(
        &mut self,
        rows: isize,
        mut keys: impl ExactSizeIterator<Item = &'a str> + Clone,
    ) {
        let Some(place) = self.place(keys.clone()) else {
            return;
        };
        let last = keys.len().saturating_sub(1);
        self.place = place.saturating_add_signed(rows).min(last);
        self.key = match self.place {
            0 => None,
            place => keys.nth(place).map(str::to_owned),
        };
    }
}

/// How far a text was scrolled.
#[derive(Debug, Default)]
pub(crate) struct Scroll {
    rows: usize,
    /// As far as there is something to see, as drawing found.
    limit: usize,
}

impl Scroll {
    /// Scrolls by so many rows.
    pub(crate) fn step(&mut self, rows: isize) {
        self.rows = self.rows.saturating_add_signed(rows).min(self.limit);
    }

    /// Says how many rows there are and how many are shown, and learns from which on.
    pub(crate) fn fit(&mut self, rows: usize, shown: usize) -> usize {
        self.limit = rows.saturating_sub(shown);
        self.rows = self.rows.min(self.limit);
        self.rows
    }

    /// Whether there is more below what is shown.
    pub(crate) const fn has_more(&self) -> bool {
        self.rows < self.limit
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_choice_stays_with_its_row() {
        let mut choice = Choice::default();
        choice.step(1, ["c", "b", "a"].into_iter());
        assert_eq!(choice.place(["c", "b", "a"].into_iter()), Some(1));
        assert_eq!(choice.place(["e", "d", "c", "b"].into_iter()), Some(3));
        assert_eq!(choice.place(["e", "d"].into_iter()), Some(1), "b is gone");
        assert_eq!(choice.place(["e"].into_iter()), Some(0));
        assert_eq!(choice.place([].into_iter()), None);
    }

    #[test]
    fn the_first_row_is_whichever_is_first() {
        let mut choice = Choice::default();
        choice.step(2, ["c", "b", "a"].into_iter());
        choice.step(-5, ["c", "b", "a"].into_iter());
        assert_eq!(choice.place(["d", "c", "b"].into_iter()), Some(0));
    }

    #[test]
    fn scrolling_ends_with_the_text() {
        let mut scroll = Scroll::default();
        scroll.step(5);
        assert_eq!(scroll.fit(10, 4), 0, "nothing was drawn yet");
        scroll.step(100);
        assert_eq!(scroll.fit(10, 4), 6);
        assert!(!scroll.has_more());
        assert_eq!(scroll.fit(5, 4), 1, "the text has become shorter");
        scroll.step(-1);
        assert!(scroll.fit(5, 4) == 0 && scroll.has_more());
    }

    proptest! {
        #[test]
        fn no_steps_lead_out_of_the_list(
            steps in prop::collection::vec(any::<isize>(), 0..20),
            length in 1_usize..30,
        ) {
            let names: Vec<String> = (0..length).map(|n| n.to_string()).collect();
            let keys = || names.iter().map(String::as_str);
            let mut choice = Choice::default();
            for step in steps {
                choice.step(step, keys());
                prop_assert!(choice.place(keys()).unwrap() < length);
            }
        }
    }
}
