//! Which system this is, as far as packages are concerned.

use std::fs;

use crate::command::which;

/// A system as os-release describes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct System {
    name: String,
    family: Family,
}

/// Whose packages a system has.
#[derive(Debug, PartialEq, Eq)]
enum Family {
    Debian,
    Other,
}

impl System {
    /// The one that we run on.
    pub(super) fn this() -> Self {
        let places = ["/etc/os-release", "/usr/lib/os-release"];
        let release = places
            .iter()
            .find_map(|place| fs::read_to_string(place).ok());
        Self::parse(&release.unwrap_or_default())
    }

    /// Reads os-release, a file of assignments as a shell has them.
    fn parse(release: &str) -> Self {
        let value = |key: &str| {
            let mut values = release
                .lines()
                .filter_map(|line| line.trim().strip_prefix(key));
            let value = values.find_map(|rest| rest.strip_prefix('='))?;
            Some(value.trim_matches(['"', '\'']))
        };
        let name = value("PRETTY_NAME")
            .or_else(|| value("ID"))
            .unwrap_or("this system");
        let likes = value("ID_LIKE").unwrap_or_default().split_whitespace();
        let debian = value("ID")
            .into_iter()
            .chain(likes)
            .any(|id| id == "debian");
        let family = if debian {
            Family::Debian
        } else {
            Family::Other
        };
        Self {
            name: name.to_owned(),
            family,
        }
    }

    /// Its name for people.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether Debian's packages can be installed.
    pub(super) fn has_debian_packages(&self) -> bool {
        self.family == Family::Debian && which("apt-get").is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(name: &str, family: Family) -> System {
        System {
            name: name.to_owned(),
            family,
        }
    }

    #[test]
    fn debian_and_what_descends_from_it() {
        let debian =
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n";
        assert_eq!(
            System::parse(debian),
            system("Debian GNU/Linux 12 (bookworm)", Family::Debian)
        );
        let mint = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nPRETTY_NAME='Linux Mint 22'";
        assert_eq!(System::parse(mint), system("Linux Mint 22", Family::Debian));
    }

    #[test]
    fn others_keep_their_name() {
        let fedora = "ID=fedora\nPRETTY_NAME=\"Fedora Linux 43\"\n";
        assert_eq!(
            System::parse(fedora),
            system("Fedora Linux 43", Family::Other)
        );
        assert_eq!(System::parse("ID=nixos"), system("nixos", Family::Other));
        assert_eq!(System::parse(""), system("this system", Family::Other));
        // A key that merely ends or begins like ours says nothing.
        assert_eq!(
            System::parse("VARIANT_ID=debian\nIDX=debian").family,
            Family::Other
        );
    }
}
