//! Bech32 (BIP 173) without its bound on length, as the age format uses it.

const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [
    0x3b6a_57b2,
    0x2650_8e6d,
    0x1ea1_19fa,
    0x3d42_33dd,
    0x2a14_62b3,
];
/// Letters of the checksum.
const CHECKSUM: usize = 6;

/// Bytes behind a prefix, in small letters.
pub(super) fn encode(prefix: &str, bytes: &[u8]) -> String {
    let mut values = regroup(bytes.iter().copied(), 8, 5);
    values.extend(checksum(prefix, &values));
    let letters = values.iter().map(|it| LETTERS[usize::from(*it)] as char);
    format!("{prefix}1{}", letters.collect::<String>())
}

/// The bytes behind a prefix; all letters are small, or all are capitals.
pub(super) fn decode(prefix: &str, text: &str) -> Option<Vec<u8>> {
    if text.chars().any(|it| it.is_ascii_lowercase())
        && text.chars().any(|it| it.is_ascii_uppercase())
    {
        return None;
    }
    let text = text.to_ascii_lowercase();
    let letters = text.strip_prefix(prefix)?.strip_prefix('1')?;
    let value = |letter| LETTERS.iter().position(|it| *it == letter);
    let values: Option<Vec<u8>> = letters
        .bytes()
        .map(|letter| value(letter).and_then(|it| u8::try_from(it).ok()))
        .collect();
    let values = values?;
    let (data, sum) = values.split_at_checked(values.len().checked_sub(CHECKSUM)?)?;
    if checksum(prefix, data) != *sum {
        return None;
    }
    let bytes = regroup(data.iter().copied(), 5, 8);
    // What does not fill a byte must be nothing.
    let whole = data.len() * 5 / 8;
    let rest = bytes.get(whole).copied().unwrap_or(0);
    (rest == 0 && data.len() * 5 % 8 < 5).then(|| bytes[..whole].to_vec())
}

/// The same bits in groups of another size, the last filled up with noughts.
fn regroup(values: impl Iterator<Item = u8>, from: u32, to: u32) -> Vec<u8> {
    let (mut held, mut bits) = (0_u32, 0);
    let mut groups = Vec::new();
    let mask = (1 << to) - 1;
    let group = |held: u32| u8::try_from(held & mask).expect("a group has at most 8 bits");
    for value in values {
        held = (held << from) | u32::from(value);
        bits += from;
        while bits >= to {
            bits -= to;
            groups.push(group(held >> bits));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        groups.push(group(held << (to - bits)));
    }
    groups
}

fn checksum(prefix: &str, values: &[u8]) -> [u8; CHECKSUM] {
    let high = prefix.bytes().map(|it| it >> 5);
    let low = prefix.bytes().map(|it| it & 31);
    let all = high.chain([0]).chain(low).chain(values.iter().copied());
    let sum = all.chain([0; CHECKSUM]).fold(1_u32, |sum, value| {
        let top = sum >> 25;
        let shifted = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        (0..)
            .zip(GENERATOR)
            .filter(|(bit, _)| top >> bit & 1 == 1)
            .fold(shifted, |sum, (_, generator)| sum ^ generator)
    }) ^ 1;
    std::array::from_fn(|at| {
        let shift = 5 * (CHECKSUM - 1 - at);
        u8::try_from(sum >> shift & 31).expect("five bits")
    })
}
