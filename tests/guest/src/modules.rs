//! Kernel modules that the stage needs, in the order in which the host has put them.

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, Result};
use rustix::io::Errno;

/// Loads what lies in a folder, in the order of the names.
pub(crate) fn load_all(folder: &Path) -> Result<()> {
    let mut modules: Vec<_> = fs::read_dir(folder)
        .with_context(|| format!("no {}", folder.display()))?
        .collect::<Result<_, _>>()?;
    modules.sort_by_key(fs::DirEntry::file_name);
    for module in modules {
        let file = File::open(module.path())?;
        match rustix::system::finit_module(&file, c"", 0) {
            // Some kernels have built in what others load.
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => {
                let path = module.path();
                return Err(error).with_context(|| format!("{}", path.display()));
            }
        }
    }
    Ok(())
}
