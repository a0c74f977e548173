//! Which events a client wants.

/// What filters ask about an event.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The container's whole id, and its name where an engine told; `None` for the host.
    pub container: Option<(&'a str, Option<&'a str>)>,
    /// The event type.
    pub event_type: &'a str,
}

/// Which events are wanted; without anything in it, all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of the container with this name, or whose id begins with this.
    pub container: Option<String>,
    /// Only of these types, if there are any.
    pub types: Vec<String>,
}

impl Filter {
    /// Whether an event is wanted.
    #[must_use]
    pub fn fits(&self, about: &About<'_>) -> bool {
        self.fits_container(about.container) && self.fits_type(about.event_type)
    }

    fn fits_container(&self, container: Option<(&str, Option<&str>)>) -> bool {
        let Some(wanted) = &self.container else {
            return true;
        };
        container.is_some_and(|(id, name)| id.starts_with(wanted) || name == Some(wanted))
    }

    fn fits_type(&self, event_type: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|wanted| wanted == event_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about<'a>(container: Option<(&'a str, Option<&'a str>)>) -> About<'a> {
        About {
            container,
            event_type: "mount",
        }
    }

    #[test]
    fn a_container_is_meant_by_its_name_or_the_beginning_of_its_id() {
        let wanted = |text: &str| Filter {
            container: Some(text.into()),
            ..Filter::default()
        };
        let named = about(Some(("3f4e8a", Some("claw-1"))));
        let nameless = about(Some(("3f4e8a", None)));
        for (text, expected) in [
            ("claw-1", [true, false]),
            ("3f4e", [true, true]),
            ("3f4e8a", [true, true]),
            ("claw", [false, false]),
            ("4e8a", [false, false]),
        ] {
            let filter = wanted(text);
            assert_eq!([filter.fits(&named), filter.fits(&nameless)], expected);
            assert!(!filter.fits(&about(None)), "the host is no container");
        }
    }

    #[test]
    fn nothing_asked_for_is_everything_and_types_are_any_of_them() {
        assert!(Filter::default().fits(&about(None)));
        let types = |types: &[&str]| Filter {
            types: types.iter().map(ToString::to_string).collect(),
            ..Filter::default()
        };
        assert!(types(&["open", "mount"]).fits(&about(None)));
        assert!(!types(&["open"]).fits(&about(None)));
    }
}
