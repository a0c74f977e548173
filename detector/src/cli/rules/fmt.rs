//! `escape-detector rules fmt`: rule files in the one layout.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::super::terminal;
use crate::rules::{Formatted, LoadErrors, is_test, rules_in};
use crate::sinks::escape::escape;

pub(super) const EXAMPLES: &str = "\
Examples:
  escape-detector rules fmt my.yaml
  escape-detector rules fmt --check /etc/escape-detector/rules      for a CI

Items stand at the left edge with an empty line between them, keys below each other, values of
several lines four columns in, and a condition beside its key if it fits there, else with a clause
on each line. Comments, the order of items and keys, lists, quotes of values and the words of
descriptions and outputs stay.

What is loaded stays the same: the new text is read again and compared with the old one before the
file is replaced, at once and as a whole. What cannot be laid out is left as it is and named, such as
a condition with a comment in it. Names the files that changed; with --check those that would, and
exit code 1 if there are any.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct FmtOptions {
    /// Rule files, or directories of them
    #[arg(value_name = "FILES", required = true)]
    files: Vec<PathBuf>,
    /// Change nothing, and say what would change
    #[arg(long)]
    check: bool,
}

pub(super) fn fmt(options: &FmtOptions) -> anyhow::Result<()> {
    let paths = expand(&options.files)?;
    let mut problems = Vec::new();
    let mut changed = Vec::new();
    for path in &paths {
        match Formatted::open(path) {
            Ok(formatted) => {
                for left in &formatted.left {
                    terminal::tell(&left.to_string());
                }
                if formatted.document.text != formatted.text {
                    changed.push((path, formatted));
                }
            }
            Err(errors) => problems.extend(errors.problems),
        }
    }
    // One file that is wrong keeps all from being touched.
    if !problems.is_empty() {
        return Err(LoadErrors { problems }.into());
    }
    let mut text = String::new();
    for (path, formatted) in &changed {
        if !options.check {
            replace(path, formatted)?;
        }
        text += &format!("{}\n", escape(&formatted.document.name));
    }
    terminal::answer(&text)?;
    if options.check && !changed.is_empty() {
        bail!("{} of {} files would change", changed.len(), paths.len());
    }
    Ok(())
}

fn expand(files: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for path in files {
        if is_test(path) {
            bail!("{} holds tests: only rules have a layout", path.display());
        }
        if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
            let found = rules_in(path).with_context(|| path.display().to_string())?;
            if found.is_empty() {
                bail!("{} has no rule files in it", path.display());
            }
            paths.extend(found);
        } else {
            paths.push(path.clone());
        }
    }
    Ok(paths)
}

/// Puts a text in the place of a file: all of it or nothing. A link stays a link.
fn replace(path: &Path, formatted: &Formatted) -> anyhow::Result<()> {
    let name = path.display();
    let target = fs::canonicalize(path).with_context(|| name.to_string())?;
    let file = target.file_name().unwrap_or_default().to_string_lossy();
    let beside = target.with_file_name(format!(".{file}.{}.new", std::process::id()));
    let written = write(&beside, &target, &formatted.text)
        .with_context(|| format!("{name} cannot be replaced"))
        .and_then(|()| match fs::read_to_string(&target) {
            Ok(now) if now == formatted.document.text => Ok(fs::rename(&beside, &target)?),
            _ => bail!("{name} was changed meanwhile: try again"),
        });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Writes a new file with the owner and the mode of another.
fn write(path: &Path, like: &Path, text: &str) -> anyhow::Result<()> {
    let old = fs::metadata(like)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        fchown(&file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(old.permissions())?;
    file.write_all(text.as_bytes())?;
    Ok(file.sync_all()?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    const BEFORE: &str = "-  macro: m\n   condition: a   and b\n";
    const AFTER: &str = "- macro: m\n  condition: a and b\n";

    fn run(files: &[&Path], check: bool) -> anyhow::Result<()> {
        let files = files.iter().map(|path| path.to_path_buf()).collect();
        fmt(&FmtOptions { files, check })
    }

    #[test]
    fn files_are_replaced_and_keep_what_is_theirs() {
        let directory = tempfile::tempdir().unwrap();
        let (path, link) = (
            directory.path().join("a.yaml"),
            directory.path().join("l.yaml"),
        );
        fs::write(&path, BEFORE).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a.yaml", &link).unwrap();
        let error = run(&[&link], true).unwrap_err().to_string();
        assert_eq!(error, "1 of 1 files would change");
        assert_eq!(fs::read_to_string(&path).unwrap(), BEFORE);
        run(&[&link], false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), AFTER);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
        run(&[directory.path()], true).unwrap();
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            2,
            "nothing is left over"
        );
    }

    #[test]
    fn one_wrong_file_keeps_all_as_they_are() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("a.yaml"), BEFORE).unwrap();
        fs::write(path("b.yaml"), b"- a: \xff\n").unwrap();
        fs::write(path("c.yaml"), "- [\n").unwrap();
        let error = run(&[directory.path()], false).unwrap_err().to_string();
        assert!(error.contains("b.yaml:1:6: is not UTF-8"), "{error}");
        assert!(error.contains("c.yaml:"), "{error}");
        assert_eq!(fs::read_to_string(path("a.yaml")).unwrap(), BEFORE);
        fs::write(path("a.test.yaml"), "").unwrap();
        fs::create_dir(path("none")).unwrap();
        for odd in ["a.test.yaml", "gone.yaml", "none"] {
            assert!(run(&[&path(odd)], false).is_err(), "{odd}");
        }
        assert!(run(&[Path::new("/dev/zero")], false).is_err());
    }
}
