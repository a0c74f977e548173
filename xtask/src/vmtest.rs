//! `cargo xtask vmtest`: every family of events, on every kernel.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use clap::Args;

use crate::build::Build;
use crate::progress::span;
use crate::setup::{self, Purpose};
use crate::vm::{Kernel, Machine, PLANTED, Programs, Said, Series};

/// Boot Debian's kernels in QEMU and check every family of events on them, field by field
///
/// In each machine a container made by runc, with cgroup v2, performs the acts, and what the detector
/// says of them is compared with what the container knows. In a second machine the credentials of the
/// container's processes are overwritten from outside, as an exploited kernel would do. Prints a
/// table, family by kernel; exits with 1 when a cell is red. Kernels are fetched from Debian and kept
/// in .cache; nothing is emulated but the machine, and no KVM is needed.
#[derive(Args)]
pub(crate) struct VmTest {
    /// A series: the newest kernel of it is taken, 7 being the newest of 7.x; repeatable
    /// [default: 6.1].
    #[arg(long = "kernel", value_name = "VERSION", num_args = 1.., conflicts_with = "all")]
    kernels: Vec<Series>,

    /// All of the matrix: 5.10, 6.1, 6.12, 6.18 or 6.19, and the newest 7.x.
    #[arg(long)]
    all: bool,

    /// Check the test itself: with one wrong expectation, with one wrong offset, and with nothing
    /// overwritten, it must turn red.
    #[arg(long)]
    self_check: bool,
}

/// What is to be found wrong in each machine's table, by the name of the guest's task.
const FAULTS: [&str; 3] = ["wrong-expectation", "wrong-offset", UNPLANTED];

/// As [`PLANTED`], but nothing is overwritten.
const UNPLANTED: &str = "planted-nothing";

/// What the machines of one kernel told, row by row.
#[derive(Default)]
struct Column {
    head: String,
    rows: Vec<String>,
    cells: BTreeMap<String, Cell>,
    /// How many machines told of no row at all.
    mute: usize,
    /// Why one ended early, if it did.
    failed: Option<String>,
}

struct Cell {
    verdict: String,
    reason: String,
}

impl VmTest {
    /// The subcommand.
    pub(crate) fn perform(&self) -> Result<()> {
        setup::ensure(&[Purpose::Sensor, Purpose::Machines])?;
        let detector = Build::for_use().detector()?;
        let series = self.series();
        if self.self_check {
            return self_check(&detector, &series);
        }
        test(&detector, &series)
    }

    fn series(&self) -> Vec<Series> {
        match (self.all, self.kernels.as_slice()) {
            (true, _) => Series::ALL.into(),
            (false, []) => vec![Series::DEFAULT],
            (false, named) => named.into(),
        }
    }
}

/// The table over these kernels; an error where something is red.
pub(crate) fn test(detector: &Path, series: &[Series]) -> Result<()> {
    let columns = columns(detector, series, &["table", PLANTED])?;
    print!("{}", table(&columns));
    let reasons = reasons(&columns);
    eprint!("{reasons}");
    let red = columns.iter().map(Column::red).sum::<usize>();
    ensure!(red == 0, "{red} red");
    Ok(())
}

/// Each fault must be found.
fn self_check(detector: &Path, series: &[Series]) -> Result<()> {
    for fault in FAULTS {
        for column in columns(detector, series, &[fault])? {
            let head = &column.head;
            let green = column.cells.values().any(|cell| cell.verdict == "ok");
            let red = column.red();
            if red == 0 || !green {
                eprint!("{}", reasons(std::slice::from_ref(&column)));
                bail!("{head}: with a {fault} planted, {red} cells are red; some must be, not all");
            }
            let cells = column
                .cells
                .iter()
                .filter(|(_, cell)| cell.verdict == "red");
            for (row, cell) in cells {
                println!("{head}: {fault} found by `{row}`: {}", cell.reason);
            }
        }
    }
    Ok(())
}

/// Each task in a machine of its own, all rows of a kernel's machines in one column.
fn columns(detector: &Path, series: &[Series], tasks: &[&str]) -> Result<Vec<Column>> {
    let kernels = Kernel::newest(series)?;
    let programs = Programs::gather(detector)?;
    let column = |kernel: &Kernel| {
        let mut whole = Column {
            head: kernel.short().to_owned(),
            ..Column::default()
        };
        for task in tasks {
            hear_all(kernel, &programs, task, &mut whole)?;
        }
        Ok(whole)
    };
    kernels.iter().map(column).collect()
}

/// Boots a kernel and hears its guest out.
fn hear_all(kernel: &Kernel, programs: &Programs, task: &str, column: &mut Column) -> Result<()> {
    let started = Instant::now();
    let machine = Machine::boot(kernel, programs, task)?;
    eprintln!(
        "  {}: booting, log in {}",
        kernel.version(),
        crate::workspace::shown(machine.log())
    );
    let known = column.rows.len();
    let mut behind = String::new();
    while let Some(said) = machine.next() {
        if said.what == "plant" && task != UNPLANTED {
            column.notice(machine.plant(&said));
        }
        column.hear(&said);
        behind.push_str(&format!("{}\n", said.line));
    }
    column.mute += usize::from(column.rows.len() == known);
    std::fs::write(machine.log().with_extension("jsonl"), behind)?;
    let (red, time) = (column.red(), span(started.elapsed()));
    eprintln!("  {}: {red} red, in {time}", kernel.version());
    Ok(())
}

impl Column {
    fn hear(&mut self, said: &Said) {
        match said.what.as_str() {
            "rows" => {
                let rows = said.line.get("rows").and_then(|rows| rows.as_array());
                let names = rows.into_iter().flatten().filter_map(|row| row.as_str());
                self.rows.extend(names.map(str::to_owned));
            }
            "cell" => {
                let cell = Cell {
                    verdict: said.text("verdict").to_owned(),
                    reason: said.text("reason").to_owned(),
                };
                self.cells.insert(said.text("row").to_owned(), cell);
            }
            "failed" => self.failed = Some(said.text("reason").to_owned()),
            _ => {}
        }
    }

    /// Without the act, rows of the guest turn red, and this says why.
    fn notice(&mut self, planted: Result<()>) {
        if let Err(error) = planted {
            self.failed = Some(format!("nothing could be overwritten: {error:#}"));
        }
    }

    /// A cell that nobody told of is red, and so is a machine without any.
    fn red(&self) -> usize {
        let red = self.rows.iter().filter(|row| self.verdict(row) == "red");
        self.mute + red.count()
    }

    fn verdict(&self, row: &str) -> &str {
        self.cells.get(row).map_or("red", |cell| &cell.verdict)
    }
}

/// A line for each row, a column for each kernel.
fn table(columns: &[Column]) -> String {
    let names = columns.iter().max_by_key(|column| column.rows.len());
    let names = names
        .map(|column| column.rows.as_slice())
        .unwrap_or_default();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    let line = |name: &str, cell: &dyn Fn(&Column) -> String| {
        let cells = columns.iter().map(|column| {
            let width = column.head.len().max(3);
            format!("  {:width$}", cell(column))
        });
        let line = format!("{name:width$}{}", cells.collect::<String>());
        format!("{}\n", line.trim_end())
    };
    let head = line("", &|column| column.head.clone());
    let rows = names
        .iter()
        .map(|name| line(name, &|column| column.verdict(name).to_owned()));
    head + &rows.collect::<String>()
}

/// Why cells are not green.
fn reasons(columns: &[Column]) -> String {
    let mut said = String::new();
    for column in columns {
        let head = &column.head;
        let failed = column.failed.as_deref();
        let silent = column.cells.len() < column.rows.len() || column.mute > 0;
        let silent = silent.then_some("the guest fell silent");
        if let Some(reason) = failed.or(silent) {
            said += &format!("{head}: {reason}\n");
        }
        let cells = column.cells.iter().filter(|(_, cell)| cell.verdict != "ok");
        for (row, Cell { verdict, reason }) in cells {
            said += &format!("{head}: {row} is {verdict}: {reason}\n");
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(head: &str, verdicts: &[(&str, &str)]) -> Column {
        let mut column = Column {
            head: head.to_owned(),
            rows: vec!["exec".to_owned(), "fork".to_owned()],
            ..Column::default()
        };
        for (row, verdict) in verdicts {
            let line = serde_json::json!({"row": row, "verdict": verdict, "reason": "why"});
            let what = "cell".to_owned();
            column.hear(&Said { what, line });
        }
        column
    }

    #[test]
    fn what_is_not_told_is_red() {
        let whole = column("6.1", &[("exec", "ok"), ("fork", "off")]);
        let half = column("7.3", &[("exec", "ok")]);
        assert_eq!((whole.red(), half.red()), (0, 1));
        let mute = Column {
            mute: 1,
            ..Column::default()
        };
        assert_eq!(mute.red(), 1);
        let expected = "      6.1  7.3\nexec  ok   ok\nfork  off  red\n";
        assert_eq!(table(&[whole, half]), expected);
    }

    #[test]
    fn reasons_name_kernel_and_row() {
        let half = column("6.1", &[("exec", "red")]);
        let said = reasons(&[half]);
        assert!(said.contains("6.1: the guest fell silent"), "{said}");
        assert!(said.contains("6.1: exec is red: why"), "{said}");
    }
}
