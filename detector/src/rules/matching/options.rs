//! `getopt`: the options of a command line, as getopt(3) reads those of one letter.
//!
//! It ends at `--` and at the first argument that is no option; long options are passed over, since
//! a letter cannot name them.

/// What a command line may contain: the letters, and which of them take a value.
struct Options {
    known: [bool; 256],
    valued: [bool; 256],
}

/// One option that was found.
enum Found<'a> {
    Unknown,
    Flag(u8),
    Value(u8, &'a [u8]),
    /// It takes a value, and the command line ends.
    Lacking(u8),
}

/// All options one after the other, each letter before its value: `?` for an unknown one, nothing
/// but an empty text for one that lacks its value.
pub(super) fn all(arguments: &[&[u8]], options: &[u8]) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    for found in read(arguments, &Options::new(options)) {
        match found {
            Found::Unknown => texts.push(b"?".to_vec()),
            Found::Flag(letter) => texts.push(vec![letter]),
            Found::Value(letter, value) => texts.extend([vec![letter], value.to_vec()]),
            Found::Lacking(_) => texts.push(Vec::new()),
        }
    }
    texts
}

/// What the last option of this letter says: its value, or the letter where it takes none.
pub(super) fn last(arguments: &[&[u8]], options: &[u8], letter: u8) -> Option<Vec<u8>> {
    let found = read(arguments, &Options::new(options)).into_iter().rev();
    found
        .filter_map(|found| match found {
            Found::Flag(flag) if flag == letter => Some(vec![letter]),
            Found::Value(valued, value) if valued == letter => Some(value.to_vec()),
            Found::Lacking(lacking) if lacking == letter => Some(Vec::new()),
            _ => None,
        })
        .next()
}

impl Options {
    /// Reads `ab:c`: a colon says that the letter before it takes a value.
    fn new(text: &[u8]) -> Self {
        let (mut known, mut valued) = ([false; 256], [false; 256]);
        let followed = text.iter().skip(1).map(Some).chain([None]);
        for (letter, next) in text.iter().zip(followed) {
            if *letter != b':' {
                set(&mut known, *letter);
                if next == Some(&b':') {
                    set(&mut valued, *letter);
                }
            }
        }
        Self { known, valued }
    }
}

fn set(flags: &mut [bool; 256], letter: u8) {
    if let Some(flag) = flags.get_mut(usize::from(letter)) {
        *flag = true;
    }
}

fn has(flags: &[bool; 256], letter: u8) -> bool {
    flags.get(usize::from(letter)).copied().unwrap_or_default()
}

fn read<'a>(arguments: &[&'a [u8]], options: &Options) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    let mut rest = arguments.iter().copied();
    while let Some(argument) = rest.next() {
        match argument {
            b"--" => break,
            [b'-', b'-', ..] => {}
            [b'-', letters @ ..] if !letters.is_empty() => {
                cluster(letters, options, &mut rest, &mut found);
            }
            _ => break,
        }
    }
    found
}

/// Letters behind one dash, the last of which may have its value behind it or in what follows.
fn cluster<'a>(
    mut letters: &'a [u8],
    options: &Options,
    rest: &mut impl Iterator<Item = &'a [u8]>,
    found: &mut Vec<Found<'a>>,
) {
    while let Some((&letter, behind)) = letters.split_first() {
        letters = behind;
        if letter == b':' || !has(&options.known, letter) {
            found.push(Found::Unknown);
        } else if !has(&options.valued, letter) {
            found.push(Found::Flag(letter));
        } else {
            let value = if behind.is_empty() {
                rest.next()
            } else {
                Some(behind)
            };
            found.push(value.map_or(Found::Lacking(letter), |value| Found::Value(letter, value)));
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Vec<&[u8]> {
        text.split(' ').map(str::as_bytes).collect()
    }

    #[test]
    fn options_are_read_as_getopt_reads_them() {
        for (arguments, options, expected) in [
            ("-n", "n", &["n"][..]),
            ("-nt hello", "nt:", &["n", "t", "hello"]),
            ("-thello", "t:", &["t", "hello"]),
            ("-t -123", "t:", &["t", "-123"]),
            ("-n -- -t", "nt:", &["n"]),
            ("-x -n", "n", &["?", "n"]),
            ("-lpe /bin/sh", "lp:e:", &["l", "p", "e"]),
            ("-lpe /bin/sh", "lpe:", &["l", "p", "e", "/bin/sh"]),
            ("-nat hello", "na:t", &["n", "a", "t"]),
            ("-t", "t:", &[""]),
            ("-t", ":t:", &[""]),
            ("-:", ":t:", &["?"]),
            ("--exec -n", "n", &["n"]),
            ("file -n", "n", &[]),
            ("- -n", "n", &[]),
            (" -n", "n", &[]),
            ("-n file -t", "nt", &["n"]),
            ("-@ -+", "@+", &["@", "+"]),
            ("-n", "", &["?"]),
        ] {
            let found = all(&line(arguments), options.as_bytes());
            let found: Vec<_> = found
                .iter()
                .map(|text| str::from_utf8(text).unwrap())
                .collect();
            assert_eq!(found, expected, "{arguments} {options}");
        }
    }

    #[test]
    fn the_last_of_a_letter_counts() {
        for (arguments, options, letter, expected) in [
            ("-n -t hello", "nt:", b't', Some("hello")),
            ("-n -t hello", "nt:", b'n', Some("n")),
            ("-t v1 -t v2", "t:", b't', Some("v2")),
            ("-t v1 -t", "t:", b't', Some("")),
            ("-t?", "t:", b't', Some("?")),
            ("-n", "nt:", b't', None),
            ("-x", "nt:", b'x', None),
        ] {
            let found = last(&line(arguments), options.as_bytes(), letter);
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{arguments}");
        }
    }
}
