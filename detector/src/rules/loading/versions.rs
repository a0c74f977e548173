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
        let required = Object::part("plugin", plugin)?;
        let first = plugin_name(&required)?;
        let others = required.sequence("alternatives")?.unwrap_or_default();
        let mut names = vec![first.clone()];
        for other in others {
            names.push(plugin_name(&Object::part("plugin", other)?)?);
        }
        if names.iter().all(|name| name.as_str() != "container") {
            return Err(no_plugin(first.whole(), first.as_str()));
        }
    }
    Ok(())
}

/// The name of a plugin that is asked for; its version has to be there, and is not compared.
fn plugin_name(plugin: &Object<'_>) -> Result<Text> {
    let nameless = Text::at(plugin.place);
    let name = plugin.text("name")?;
    let name = name.ok_or_else(|| plugin.required("name", &nameless))?;
    match plugin.text("version")? {
        Some(_) => Ok(name),
        None => Err(plugin.required("version", &name)),
    }
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
