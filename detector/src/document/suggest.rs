//! "Did you mean": the nearest known name to a misspelt one.

/// The candidate that needs the fewest edits, if so few that a slip of the finger explains them.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).min(3);
    candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate, limit), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The tail of an error message: `: did you mean 'x'?`, or nothing.
pub fn hint<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, candidates).map_or_else(String::new, |found| format!(": did you mean '{found}'?"))
}

/// Edits between two names: insertion, deletion, replacement, or swap of two neighbours. Anything
/// above `limit` may be reported as any number above it.
fn distance(left: &str, right: &str, limit: usize) -> usize {
    let (left, right) = (left.to_lowercase(), right.to_lowercase());
    if left.chars().count().abs_diff(right.chars().count()) > limit {
        return limit + 1;
    }
    strsim::osa_distance(&left, &right)
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
