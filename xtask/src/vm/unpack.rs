//! Packages and compressed modules, unpacked by Debian's own programs.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};

use crate::command::Invocation;

/// Unpacks a package into a folder, beside what is there.
pub(super) fn package(package: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let dpkg = Invocation::new("dpkg-deb").args(["--extract"]);
    let said = dpkg.args([package, folder]).read();
    said.map(drop).with_context(|| {
        let package = package.display();
        format!("{package} cannot be unpacked: remove it, and it is fetched again")
    })
}

/// The image of a module, which newer kernels' packages keep compressed.
pub(super) fn module(file: &Path) -> Result<Vec<u8>> {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("ko") => Ok(fs::read(file)?),
        Some("xz") => decompressed("xz", file),
        Some("zst") => decompressed("zstd", file),
        _ => bail!("{} is packed in an unknown way", file.display()),
    }
}

fn decompressed(program: &str, file: &Path) -> Result<Vec<u8>> {
    let unpack = Invocation::new(program).args(["-dc"]).args([file]);
    let output = unpack.command()?.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("cannot start `{unpack}`"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "`{unpack}` failed: {}",
        said.trim()
    );
    Ok(output.stdout)
}
