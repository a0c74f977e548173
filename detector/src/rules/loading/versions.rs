//! What a file asks of the engine: a version, plugins.

use super::items::{self, ItemError, Object, Result};
use crate::rules::language::{
    place::{At, Place},
    text::Text,
};

/// The engine of Falco whose language this is, as `required_engine_version` counts.
const ENGINE: (u64, u64, u64) = (0, 62, 0);

/// Refuses rules for an engine newer than ours.
pub(super) fn engine(object: &Object<'_>) -> Result<()> {
    let Some(text) = object.text("required_engine_version")? else {
        return Ok(());
    };
    let required = text.as_str();
    let numbers: Option<Vec<u64>> = required.split('.').map(|part| part.parse().ok()).collect();
    let version = match numbers.as_deref() {
        Some(&[minor]) => (0, minor, 0),
        Some(&[major, minor]) => (major, minor, 0),
        Some(&[major, minor, patch]) => (major, minor, patch),
        _ => {
            let wanted = "a version such as 0.50.0";
            return Err(items::wrong(
                text.whole(),
                "required_engine_version",
                wanted,
            ));
        }
    };
    if version <= ENGINE {
        return Ok(());
    }
    let have = format!("{}.{}.{}", ENGINE.0, ENGINE.1, ENGINE.2);
    let fault = ItemError::Engine {
        required: required.to_owned(),
        have,
    };
    Err(At::new(text.whole(), fault))
}

/// Plugins do not exist here; what the container plugin supplies is built in.
pub(super) fn plugins(object: &Object<'_>) -> Result<()> {
    let plugins = object.sequence("required_plugin_versions")?;
    for plugin in plugins.unwrap_or_default() {
        let plugin = Object::part("plugin", plugin)?;
        let name = plugin.text("name")?;
        let place = name.as_ref().map_or(plugin.place, Text::whole);
        let name = name.as_ref().map_or("", Text::as_str);
        if name != "container" {
            return Err(no_plugin(place, name));
        }
    }
    Ok(())
}

fn no_plugin(place: Place, name: &str) -> At<ItemError> {
    let what = format!("the plugin '{name}'");
    At::new(
        place,
        ItemError::Unsupported {
            what,
            instead: "leave out the rules that need it",
        },
    )
}
