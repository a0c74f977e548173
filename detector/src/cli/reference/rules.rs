//! The page of shipped rules.

use super::cell;
use crate::rules::{RuleSet, shipped};

pub(super) fn page() -> anyhow::Result<String> {
    let rules = RuleSet::load(&shipped())?;
    let mut text = String::from(
        "# Shipped rules\n\nWhat the detector looks for where it is given no rules of yours. The \
         second priority is that of an act which the kernel refused.\n\n\
         | rule | priority | refused | tags |\n|---|---|---|---|\n",
    );
    for rule in rules.rules() {
        text += &format!(
            "| [{}](#{}) | {} | {} | {} |\n",
            cell(&rule.name),
            anchor(&rule.name),
            rule.priority,
            rule.priority_when(true),
            cell(&rule.tags.join(", "))
        );
    }
    for rule in rules.rules() {
        text += &format!("\n## {}\n\n{}\n", rule.name, rule.description.trim());
    }
    Ok(text)
}

/// As renderers of Markdown name headings.
fn anchor(name: &str) -> String {
    let kept = name
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    #[test]
    fn anchors_have_no_punctuation() {
        let anchor = super::anchor("Detector's state directory touched");
        assert_eq!(anchor, "detectors-state-directory-touched");
    }
}
