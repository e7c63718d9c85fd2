use verbund_ledger::SystemEntropy;

use super::*;

/// Made by another implementation (`age` 1.1.1).
const THEIR_SECRET: &str =
    "AGE-SECRET-KEY-1SWPA9MF54LTX24R55ME3M5G9MAVJANPHY9UAL0XJ3R5DRGN35QWQ89PUN8";
const THEIR_PUBLIC: &str = "age1pmnhpr67a8a57nl8shnexgkyvdg6rl84xvc5tafm0x2y45e0ypxqlw0ed7";
const THEIR_FILE: &str = "\
YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSA2OXFRa3FoNGxSVS9CcXp2Y2lFRXhjZjM4MGlsSVNVeWpacEpTZEpQeHpNCllTcHlDaUlFeVBOdFFMK3\
NFb1J3SVV4clZRWWVna0dVUjkvZXdjMGlEUDAKLS0tIGwwR2ZDdWwrMmFrdmsyUTBvRW8zeXZ1UUw0d1dGOVhtYlYybWVIRlNmNFkKjoKhiX60KjKe+56AElj2\
zRPklGlvAHrNF+hqLHIJohj8F5Qohtphwv4JnK3GYP4=";

/// The same, for a key of another kind besides.
const FOR_TWO_KINDS: &str = "\
YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBQQ1hMQ1oxcnBzdDNSc3A2VzdyUGw3STJlOW9Mem4wbUpJbzlacG1teWhvCnczNzVES0ZoeXllZXVr\
ZFRxNXErNGplVmU3cXRGRDU2RndVaDJTU1RwYUEKLT4gc3NoLWVkMjU1MTkgN1Zsc3FRIFZKZ3FaRno2SkNTVGJUU0RXSWFUOFJXSnJlMHpKbjVLbnpmbWc1\
bTR3UTgKVXNXRWtFK1FqV2ttamlVWlRKSFFiLzNxZjBBSmtsb28zWGFLQmFxTExrOAotLS0gNTM5V0xjL3JiTHB5REw5Q01UMUtndXNCK3dRckNmNkRTSHBR\
aXE4T0Fxdwq+4Kz4ufOGRDzFPWlJlMAmpqcJ7+9S2rAvZC/a+tKGcRbdZtflkNP1Pu1TWgYrMA==";

fn secret() -> Secret {
    Secret::generate(&SystemEntropy)
}

fn sealed(recipients: &[Recipient], content: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    encrypt(recipients, &SystemEntropy, &mut &*content, &mut file).unwrap();
    file
}

fn opened(secret: &Secret, file: &[u8]) -> Result<Vec<u8>, Error> {
    let mut content = Vec::new();
    decrypt(secret, &mut &*file, &mut content)?;
    Ok(content)
}

#[test]
fn reads_what_another_implementation_wrote() {
    let secret: Secret = THEIR_SECRET.parse().unwrap();
    assert_eq!(secret.recipient().unwrap().to_string(), THEIR_PUBLIC);
    assert_eq!(&*secret.reveal(), THEIR_SECRET);
    for file in [THEIR_FILE, FOR_TWO_KINDS] {
        let file = base64::engine::general_purpose::STANDARD
            .decode(file)
            .unwrap();
        assert_eq!(opened(&secret, &file).unwrap(), b"eine Sicherung\n");
    }
}

#[test]
fn content_of_every_length_comes_back() {
    let (one, other) = (secret(), secret());
    let recipients = [one.recipient().unwrap(), other.recipient().unwrap()];
    for length in [
        0,
        1,
        CHUNK_BYTES - 1,
        CHUNK_BYTES,
        CHUNK_BYTES + 1,
        3 * CHUNK_BYTES,
    ] {
        let content: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let file = sealed(&recipients, &content);
        assert!(opened(&one, &file).unwrap() == content, "{length}");
        assert!(opened(&other, &file).unwrap() == content, "{length}");
    }
}

#[test]
fn another_key_does_not_open_it() {
    let file = sealed(&[secret().recipient().unwrap()], b"text");
    assert!(matches!(opened(&secret(), &file), Err(Error::WrongKey)));
}

#[test]
fn what_was_cut_off_or_changed_does_not_open() {
    let secret = secret();
    let content = vec![7; 2 * CHUNK_BYTES];
    let file = sealed(&[secret.recipient().unwrap()], &content);
    let header = file.len() - 16 - 2 * (CHUNK_BYTES + TAG_BYTES);
    // At the end of a chunk, too, where only the mark of the last one tells.
    for length in [
        header - 1,
        header + 15,
        header + 16,
        header + 16 + CHUNK_BYTES + TAG_BYTES,
        file.len() - 1,
    ] {
        assert!(opened(&secret, &file[..length]).is_err(), "{length}");
    }
    for at in [header - 10, header + 3, header + 100, file.len() - 1] {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(opened(&secret, &changed).is_err(), "byte {at}");
    }
    let more = [&*file, b"x"].concat();
    assert!(matches!(opened(&secret, &more), Err(Error::Damaged)));

    // Chunks in another order, of which neither is the last.
    let file = sealed(&[secret.recipient().unwrap()], &vec![7; 3 * CHUNK_BYTES]);
    let (begin, chunk) = (header + 16, CHUNK_BYTES + TAG_BYTES);
    let (first, second) = (&file[begin..begin + chunk], &file[begin + chunk..][..chunk]);
    let swapped = [&file[..begin], second, first, &file[begin + 2 * chunk..]].concat();
    assert!(matches!(opened(&secret, &swapped), Err(Error::Damaged)));
}

#[test]
fn nobody_adds_a_recipient() {
    let (own, other) = (secret(), secret());
    let file = sealed(&[own.recipient().unwrap()], b"text");
    let line = format!("{VERSION_LINE}\n");
    let more = stanza(&other.recipient().unwrap(), &[1; FILE_KEY_BYTES]).unwrap();
    let changed = [line.as_bytes(), more.as_bytes(), &file[line.len()..]].concat();
    assert!(matches!(opened(&own, &changed), Err(Error::Damaged)));
}

#[test]
fn an_empty_chunk_is_no_end() {
    let secret = secret();
    let file_key = [3; FILE_KEY_BYTES];
    let header = stanza(&secret.recipient().unwrap(), &file_key).unwrap();
    let header = format!("{VERSION_LINE}\n{header}---");
    let mac = hmac::sign(&mac_key(&file_key).unwrap(), header.as_bytes());
    let mut file = format!("{header} {}\n", BASE64.encode(mac)).into_bytes();
    file.extend([5; 16]);
    let mut chunks = Chunks::new(&file_key, &[5; 16]).unwrap();
    for (length, last) in [(CHUNK_BYTES, false), (0, true)] {
        let (nonce, mut chunk) = (chunks.next(last), vec![7; length]);
        let key = &chunks.key;
        key.seal_in_place_append_tag(nonce, Aad::empty(), &mut chunk)
            .unwrap();
        file.extend(chunk);
    }
    assert!(matches!(opened(&secret, &file), Err(Error::Damaged)));
}

#[test]
fn a_header_without_end_is_given_up() {
    let endless = io::repeat(b'a').take(16 * HEADER_BYTES_MAX as u64);
    let mut file = format!("{VERSION_LINE}\n-> ").into_bytes();
    let mut read = io::Cursor::new(&mut file).chain(endless);
    let mut content = Vec::new();
    let failed = decrypt(&secret(), &mut read, &mut content);
    assert!(matches!(failed, Err(Error::NotEncrypted)));
    let left = read.into_inner().1.limit();
    assert!(left > 14 * HEADER_BYTES_MAX as u64, "{left} were not read");
}

#[test]
fn other_files_and_keys_are_told_apart() {
    let secret = secret();
    for text in [&b""[..], b"SQLite format 3\0", b"age-encryption.org/v1"] {
        assert!(matches!(opened(&secret, text), Err(Error::NotEncrypted)));
    }
    let public = secret.recipient().unwrap().to_string();
    assert_eq!(public.parse::<Recipient>().unwrap().to_string(), public);
    assert!(public.parse::<Secret>().is_err());
    assert!(secret.reveal().parse::<Recipient>().is_err());
    let mut typo = public.into_bytes();
    typo[20] = if typo[20] == b'q' { b'p' } else { b'q' };
    assert!(
        String::from_utf8(typo)
            .unwrap()
            .parse::<Recipient>()
            .is_err()
    );
    let nobody = bech32::encode(RECIPIENT_PREFIX, &[0; KEY_BYTES]);
    assert!(
        nobody.parse::<Recipient>().is_err(),
        "a point that agrees with everybody"
    );
}
