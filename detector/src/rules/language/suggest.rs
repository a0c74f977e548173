//! "Did you mean": the nearest known name to a misspelt one.

/// The candidate that needs the fewest edits, if so few that a slip of the finger explains them.
pub(super) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).min(3);
    candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate, limit), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The tail of an error message: `: did you mean 'x'?`, or nothing.
pub(in crate::rules) fn hint<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    nearest(name, candidates).map_or_else(String::new, |found| format!(": did you mean '{found}'?"))
}

/// Edits between two names: insertion, deletion, replacement, or swap of two neighbours.
///
/// Anything above `limit` may be reported as any number above it.
fn distance(left: &str, right: &str, limit: usize) -> usize {
    let left: Vec<char> = left.to_lowercase().chars().collect();
    let right: Vec<char> = right.to_lowercase().chars().collect();
    if left.len().abs_diff(right.len()) > limit {
        return limit + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous_left = None;
    for (row, &a) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        let mut previous_right = None;
        for (column, &b) in right.iter().enumerate() {
            let cell = |cells: &[usize], index: usize| cells.get(index).copied().unwrap_or(limit);
            let mut edits = (cell(&last, column) + usize::from(a != b))
                .min(cell(&last, column + 1) + 1)
                .min(cell(&current, column) + 1);
            if previous_left == Some(b) && previous_right == Some(a) && column > 0 {
                edits = edits.min(cell(&before, column - 1) + 1);
            }
            current.push(edits);
            previous_right = Some(b);
        }
        previous_left = Some(a);
        before = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or(limit + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_nothing_else() {
        let names = ["proc.name", "proc.pname", "fd.name"];
        assert_eq!(nearest("proc.nmae", names), Some("proc.name"));
        assert_eq!(nearest("fd.nam", names), Some("fd.name"));
        assert_eq!(nearest("container.id", names), None);
        assert_eq!(hint("PROC.NAME", names), ": did you mean 'proc.name'?");
    }

    #[test]
    fn counts_each_kind_of_edit_once() {
        for (left, right) in [("ab", "ba"), ("ab", "abc"), ("abc", "ab"), ("abc", "abd")] {
            assert_eq!(distance(left, right, 3), 1, "{left} {right}");
        }
    }
}
