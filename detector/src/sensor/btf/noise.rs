//! Whatever the bytes are, nothing here panics, hangs or reads out of bounds.

use proptest::prelude::*;

use super::{
    Btf,
    extract::extract,
    raw,
    resolve::resolve,
    samples::{Blob, SAMPLES},
    tracepoint,
};

/// Everything that this module answers; the answers do not matter here.
fn ask_everything(bytes: &[u8]) {
    let Ok(btf) = Btf::parse(bytes, "noise") else {
        return;
    };
    let _ = resolve(&btf);
    for spec in tracepoint::TRACEPOINTS {
        let _ = tracepoint::check(&btf, spec);
    }
    let cut = extract(&btf);
    Btf::parse(&cut, "extract of noise").unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_bytes_do_no_harm(
        sample in 0..SAMPLES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
    ) {
        let mut bytes = SAMPLES[sample].1.to_owned();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        ask_everything(&bytes);
    }

    #[test]
    fn bytes_that_end_too_early_are_refused(length in any::<prop::sample::Index>()) {
        let (_, sample, _) = SAMPLES[0];
        prop_assert!(Btf::parse(&sample[..length.index(sample.len())], "noise").is_err());
    }

    #[test]
    fn noise_behind_a_header_does_no_harm(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let types = (noise.len() / 2) as u32;
        let mut bytes = [raw::MAGIC.to_le_bytes(), [1, 0]].concat();
        for word in [24, 0, types, types, noise.len() as u32 - types] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(noise);
        ask_everything(&bytes);
    }

    #[test]
    fn any_types_do_no_harm(
        types in prop::collection::vec(any::<(u8, bool, u8, [u16; 9])>(), 0..60),
    ) {
        ask_everything(&Blob::random(&types).bytes());
    }
}
