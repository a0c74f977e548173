//! The debugger that QEMU has built in: a machine's memory, read and written from outside.
//!
//! It speaks the remote protocol of gdb: `$DATA#SUM`, each packet acknowledged by `+`. A machine
//! stands still while somebody is connected and goes on when he detaches. Addresses are virtual,
//! those of the page tables that are in force at that moment.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// How long an answer may take; an emulated machine has to come to a stop first.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest answer that is taken. QEMU's packets have 4,096 bytes at most.
const LONGEST: usize = 8192;

/// How many packets may come that are no answer: what QEMU says of the stop by itself.
const STRAYS: usize = 8;

/// A connection, during which the machine stands still.
pub(super) struct Debugger<S>(pub(super) S);

impl Debugger<UnixStream> {
    /// Connects, which stops the machine.
    pub(super) fn connect(socket: &Path) -> Result<Self> {
        let stream = UnixStream::connect(socket);
        let stream =
            stream.with_context(|| format!("no debugger listens on {}", socket.display()))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(stream))
    }
}

impl<S: Read + Write> Debugger<S> {
    /// Reads memory.
    pub(super) fn read<const N: usize>(&mut self, address: u64) -> Result<[u8; N]> {
        let answer = self.ask(&format!("m{address:x},{N:x}"))?;
        let bytes = bytes(&answer).with_context(|| {
            let said = String::from_utf8_lossy(&answer);
            format!("{N} bytes at {address:#x} cannot be read: `{said}`")
        })?;
        let length = bytes.len();
        bytes
            .try_into()
            .ok()
            .with_context(|| format!("asked for {N} bytes at {address:#x}, got {length}"))
    }

    /// Writes memory.
    pub(super) fn write(&mut self, address: u64, bytes: &[u8]) -> Result<()> {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let answer = self.ask(&format!("M{address:x},{:x}:{hex}", bytes.len()))?;
        ensure!(
            answer == b"OK",
            "{} bytes at {address:#x} cannot be written: `{}`",
            bytes.len(),
            String::from_utf8_lossy(&answer)
        );
        Ok(())
    }

    /// Lets the machine go on.
    pub(super) fn detach(mut self) -> Result<()> {
        let answer = self.ask("D")?;
        ensure!(answer == b"OK", "the machine is not let go");
        Ok(())
    }

    fn ask(&mut self, request: &str) -> Result<Vec<u8>> {
        let sum = sum(request.as_bytes());
        self.0
            .write_all(format!("${request}#{sum:02x}").as_bytes())?;
        for _ in 0..STRAYS {
            let packet = self.packet()?;
            self.0.write_all(b"+")?;
            if !matches!(packet.first(), Some(b'T' | b'S')) {
                return Ok(packet);
            }
        }
        bail!("the debugger speaks of stops alone")
    }

    /// The next packet. Acknowledgements before it are passed over; who refuses what we sent would
    /// refuse it again, since nothing gets lost on the way.
    fn packet(&mut self) -> Result<Vec<u8>> {
        loop {
            match self.byte()? {
                b'+' => {}
                b'$' => break,
                other => bail!("the debugger says {other:#04x} between packets"),
            }
        }
        let mut packet = Vec::new();
        loop {
            match self.byte()? {
                b'#' => break,
                byte => packet.push(byte),
            }
            ensure!(packet.len() <= LONGEST, "a packet without an end");
        }
        let said = bytes(&[self.byte()?, self.byte()?]);
        ensure!(
            said.as_deref() == Some(&[sum(&packet)]),
            "a packet that arrived damaged"
        );
        Ok(packet)
    }

    fn byte(&mut self) -> Result<u8> {
        let mut byte = [0];
        let read = self.0.read_exact(&mut byte);
        read.context("the debugger does not answer")?;
        let [byte] = byte;
        Ok(byte)
    }
}

fn sum(packet: &[u8]) -> u8 {
    packet.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// What pairs of hexadecimal digits say.
fn bytes(digits: &[u8]) -> Option<Vec<u8>> {
    let pairs = digits.chunks(2).map(|pair| {
        let [high, low] = pair else { return None };
        let digit = |digit: u8| char::from(digit).to_digit(16);
        u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor};

    use super::*;

    /// A debugger that has said everything already, and what it was told.
    struct Script {
        says: Cursor<Vec<u8>>,
        heard: Vec<u8>,
    }

    impl Read for Script {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.says.read(into)
        }
    }

    impl Write for Script {
        fn write(&mut self, from: &[u8]) -> io::Result<usize> {
            self.heard.write(from)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn saying(says: impl Into<Vec<u8>>) -> Debugger<Script> {
        let says = Cursor::new(says.into());
        let heard = Vec::new();
        Debugger(Script { says, heard })
    }

    #[test]
    fn memory_is_read() {
        let mut debugger = saying("+$00ff10#8d");
        assert_eq!(debugger.read(0xffff_8000_0000_1000).unwrap(), [0, 0xff, 16]);
        assert_eq!(debugger.0.heard, b"$mffff800000001000,3#ad+");
    }

    #[test]
    fn memory_is_written() {
        let mut debugger = saying("+$OK#9a");
        debugger.write(0x10, &[0xab, 1]).unwrap();
        assert_eq!(debugger.0.heard, b"$M10,2:ab01#6a+");
    }

    #[test]
    fn word_of_a_stop_is_passed_over() {
        let mut debugger = saying("$T02thread:01;#04+$07#67");
        assert_eq!(debugger.read(0).unwrap(), [7]);
        assert!(saying("$S05#b8".repeat(STRAYS)).read::<1>(0).is_err());
    }

    #[test]
    fn what_is_no_memory_is_refused() {
        for says in [
            "+$E14#aa",  // an error of the debugger's
            "+$0#30",    // half a byte
            "+$0001#c1", // more than was asked for
            "+$#00",     // nothing
            "+$zz#f4",   // no digits
            "+$00#61",   // a sum that is another's
            "+$00#6",    // cut in the sum
            "+$00",      // cut in the packet
            "-",         // refused
            "",          // gone
        ] {
            assert!(saying(says).read::<1>(0).is_err(), "{says}");
        }
        let endless = format!("+${}", "0".repeat(LONGEST + 1));
        let error = saying(endless).read::<1>(0).unwrap_err();
        assert!(error.to_string().contains("without an end"), "{error}");
    }

    #[test]
    fn a_write_or_a_farewell_that_is_not_taken_is_an_error() {
        assert!(saying("+$E14#aa").write(0, &[0]).is_err());
        assert!(saying("+$E14#aa").detach().is_err());
        assert!(saying("+$OK#9a").detach().is_ok());
    }
}
