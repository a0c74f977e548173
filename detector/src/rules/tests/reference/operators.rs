//! What the operators mean for texts and bytes, each in the plainest way.

/// Operators of order and equality.
pub(super) fn ordered<T: Ord + ?Sized>(operator: &str, value: &T, constant: &T) -> bool {
    match operator {
        "=" => value == constant,
        "!=" => value != constant,
        "<" => value < constant,
        "<=" => value <= constant,
        ">" => value > constant,
        ">=" => value >= constant,
        other => panic!("no operator of order: {other}"),
    }
}

/// Operators of text.
pub(super) fn of_text(operator: &str, value: &[u8], constant: &[u8]) -> bool {
    match operator {
        "contains" => contains(value, constant),
        "icontains" => contains(&value.to_ascii_lowercase(), &constant.to_ascii_lowercase()),
        "startswith" => value.starts_with(constant),
        "endswith" => value.ends_with(constant),
        "glob" => glob(constant, value),
        "iglob" => glob(&constant.to_ascii_lowercase(), &value.to_ascii_lowercase()),
        "pmatch" => is_below(value, constant),
        other => ordered(other, value, constant),
    }
}

/// Operators of raw bytes.
pub(super) fn of_bytes(operator: &str, value: &[u8], constant: &[u8]) -> bool {
    match operator {
        "bcontains" => contains(value, &bytes_of(constant)),
        "bstartswith" => value.starts_with(&bytes_of(constant)),
        other => of_text(other, value, constant),
    }
}

fn bytes_of(digits: &[u8]) -> Vec<u8> {
    let pairs = digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn contains(value: &[u8], part: &[u8]) -> bool {
    (0..=value.len()).any(|start| value[start..].starts_with(part))
}

/// Whether the names of one path are the first ones of another.
fn is_below(value: &[u8], prefix: &[u8]) -> bool {
    let names = |path: &[u8]| -> Vec<Vec<u8>> {
        let names = path.split(|byte| *byte == b'/');
        names
            .filter(|name| !name.is_empty())
            .map(<[u8]>::to_vec)
            .collect()
    };
    let (value, prefix) = (names(value), names(prefix));
    let fits = |(name, wanted): (&Vec<u8>, &Vec<u8>)| {
        let is_pattern = wanted.iter().any(|byte| b"*?[".contains(byte));
        if is_pattern {
            glob(wanted, name)
        } else {
            name == wanted
        }
    };
    value.len() >= prefix.len() && value.iter().zip(&prefix).all(fits)
}

/// As `fnmatch` without flags: a star goes over slashes, a dot is a byte like others.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let one = |rest: &[u8], fits: &dyn Fn(u8) -> bool| match text {
        [first, behind @ ..] => fits(*first) && glob(rest, behind),
        [] => false,
    };
    match pattern {
        [] => text.is_empty(),
        [b'*', rest @ ..] => (0..=text.len()).any(|skipped| glob(rest, &text[skipped..])),
        [b'?', rest @ ..] => one(rest, &|_| true),
        [b'\\'] => false,
        [b'\\', escaped, rest @ ..] => one(rest, &|byte| byte == *escaped),
        [b'[', inner @ ..] => match set(inner) {
            Some((set, rest)) => one(rest, &|byte| set.has(byte)),
            None => one(inner, &|byte| byte == b'['),
        },
        [literal, rest @ ..] => one(rest, &|byte| byte == *literal),
    }
}

/// Bytes in brackets.
struct Set {
    negated: bool,
    ranges: Vec<(u8, u8)>,
}

impl Set {
    fn has(&self, byte: u8) -> bool {
        let within = |(first, last): &(u8, u8)| (*first..=*last).contains(&byte);
        self.ranges.iter().any(within) != self.negated
    }
}

/// A set, and what stands behind its closing bracket; nothing where there is none.
fn set(inner: &[u8]) -> Option<(Set, &[u8])> {
    let (negated, mut rest) = match inner {
        [b'!' | b'^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut ranges = Vec::new();
    let mut is_first = true;
    loop {
        if let [b']', behind @ ..] = rest
            && !is_first
        {
            return Some((Set { negated, ranges }, behind));
        }
        is_first = false;
        if let Some(behind) = rest.strip_prefix(b"[:alpha:]") {
            ranges.extend([(b'A', b'Z'), (b'a', b'z')]);
            rest = behind;
            continue;
        }
        let (first, behind) = member(rest)?;
        (rest, _) = match behind {
            [b'-', end @ ..] if !end.starts_with(b"]") => {
                let (last, behind) = member(end)?;
                ranges.push((first, last));
                (behind, ())
            }
            behind => {
                ranges.push((first, first));
                (behind, ())
            }
        };
    }
}

fn member(rest: &[u8]) -> Option<(u8, &[u8])> {
    match rest {
        [b'\\', escaped, behind @ ..] => Some((*escaped, behind)),
        [byte, behind @ ..] => Some((*byte, behind)),
        [] => None,
    }
}
