//! Generates the messages and services of `proto/` without `protoc`, and the descriptor set that server reflection serves.

use std::path::{Path, PathBuf};
use std::{env, error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    println!("cargo::rerun-if-changed={}", root.display());

    let mut sources = Vec::new();
    collect(&root, &mut sources)?;
    // A directory lists its files in any order; the generated code must not depend on it.
    sources.sort();

    let descriptors = protox::Compiler::new([&root])?
        // Comments become the documentation of the generated code, and of what reflection shows.
        .include_source_info(true)
        .include_imports(true)
        .open_files(&sources)?
        .file_descriptor_set();

    let out = PathBuf::from(env::var("OUT_DIR")?);
    tonic_prost_build::configure()
        // `Bytes` shares the buffer that a message came in, so forwarding an entry does not copy it.
        .bytes(".")
        .build_client(true)
        .build_server(true)
        .compile_fds(descriptors.clone())?;
    fs::write(
        out.join("verbund.bin"),
        prost::Message::encode_to_vec(&descriptors),
    )?;
    Ok(())
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for item in fs::read_dir(folder)? {
        let path = item?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|it| it == "proto") {
            found.push(path);
        }
    }
    Ok(())
}
