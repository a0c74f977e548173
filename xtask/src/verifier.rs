//! `cargo xtask verifier`: what each kernel's verifier says of each program of the sensor.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use clap::Args;

use crate::build::Build;
use crate::setup::{self, Purpose};
use crate::vm::{Kernel, Machine, Programs, Series};

/// Print how many instructions the verifier processes of each program, and the depth of its stack
///
/// Boots Debian's kernels in QEMU and loads the sensor there. The numbers are those of the kernel's
/// own log; a kernel refuses a program of which it would process more than 1,000,000 instructions, and
/// one of more than 512 bytes of stack.
#[derive(Args)]
pub(crate) struct Verifier {
    /// A series: the newest kernel of it is taken, 7 being the newest of 7.x; repeatable
    /// [default: the matrix of `vmtest --all`].
    #[arg(long = "kernel", value_name = "VERSION", num_args = 1..)]
    kernels: Vec<Series>,
}

/// What the verifier said of one program, by kernel.
type Rows = BTreeMap<String, Vec<Option<String>>>;

impl Verifier {
    /// The subcommand.
    pub(crate) fn perform(&self) -> Result<()> {
        setup::ensure(&[Purpose::Sensor, Purpose::Machines])?;
        let detector = Build::for_use().detector()?;
        let series = match self.kernels.as_slice() {
            [] => Series::ALL.as_slice(),
            named => named,
        };
        let kernels = Kernel::newest(series)?;
        let programs = Programs::gather(&detector)?;
        let mut rows = Rows::new();
        let mut unloaded = Vec::new();
        for (column, kernel) in kernels.iter().enumerate() {
            let machine = Machine::boot(kernel, &programs, "verifier")?;
            let mut ended = None;
            while let Some(said) = machine.next() {
                match said.what.as_str() {
                    "verifier" => {
                        let row = rows.entry(said.text("program").to_owned()).or_default();
                        row.resize(column + 1, None);
                        let instructions = said.line.get("instructions").and_then(|n| n.as_u64());
                        let words = format!(
                            "{} / {}",
                            instructions.unwrap_or_default(),
                            said.text("stack")
                        );
                        row.pop();
                        row.push(Some(words));
                    }
                    "failed" => ended = Some(said.text("reason").to_owned()),
                    _ => {}
                }
            }
            if let Some(reason) = ended {
                unloaded.push(format!("{}: {reason}", kernel.version()));
            }
        }
        ensure!(!rows.is_empty(), "no kernel loaded a program: {unloaded:?}");
        print!("{}", table(&kernels, &rows));
        unloaded.iter().for_each(|reason| eprintln!("{reason}"));
        ensure!(unloaded.is_empty(), "the sensor does not load everywhere");
        Ok(())
    }
}

/// A line for each program: instructions processed and bytes of stack of each kernel.
fn table(kernels: &[Kernel], rows: &Rows) -> String {
    let heads: Vec<_> = kernels
        .iter()
        .map(|kernel| kernel.short().to_owned())
        .collect();
    lines(&heads, rows)
}

fn lines(heads: &[String], rows: &Rows) -> String {
    let cell = |row: &[Option<String>], column: usize| {
        let known = row.get(column).cloned().flatten();
        known.unwrap_or_else(|| "-".to_owned())
    };
    let width = rows.keys().map(String::len).max().unwrap_or_default();
    let widths: Vec<_> = heads
        .iter()
        .enumerate()
        .map(|(column, head)| {
            let cells = rows.values().map(|row| cell(row, column).len());
            cells.chain([head.len()]).max().unwrap_or_default()
        })
        .collect();
    let line = |name: &str, cell: &dyn Fn(usize) -> String| {
        let numbered = widths.iter().enumerate();
        let cells = numbered.map(|(column, width)| format!("  {:>width$}", cell(column)));
        format!("{name:width$}{}\n", cells.collect::<String>())
    };
    let head = line("", &|column| heads.get(column).cloned().unwrap_or_default());
    let body = rows
        .iter()
        .map(|(name, row)| line(name, &|column| cell(row, column)));
    head + &body.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_a_kernel_did_not_load_has_a_dash() {
        let rows = Rows::from([
            ("exec".to_owned(), vec![Some("10 / 8".to_owned())]),
            (
                "open".to_owned(),
                vec![None, Some("2000 / 64+8".to_owned())],
            ),
        ]);
        let heads = ["6.1".to_owned(), "7.3".to_owned()];
        let expected = "         6.1          7.3\n\
                        exec  10 / 8            -\n\
                        open       -  2000 / 64+8\n";
        assert_eq!(lines(&heads, &rows), expected);
    }
}
