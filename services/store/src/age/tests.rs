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
    let file = base64::engine::general_purpose::STANDARD
        .decode(THEIR_FILE)
        .unwrap();
    assert_eq!(opened(&secret, &file).unwrap(), b"eine Sicherung\n");
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
