//! Lists the files of the page, so that the program carries them and a change of one builds this crate alone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What is served; tests, types and notes are not.
const SERVED: [&str; 4] = ["index.html", "css", "js", "vendor"];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets it"));
    let mut files = Vec::new();
    for name in SERVED {
        println!("cargo::rerun-if-changed={name}");
        collect(&root.join(name), &mut files);
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let path = file.strip_prefix(&root).expect("it was found below").to_string_lossy().replace('\\', "/");
        writeln!(list, "    File {{ path: {path:?}, bytes: include_bytes!({:?}) }},", file.to_string_lossy())
            .expect("memory takes it");
    }
    list += "]\n";
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets it"));
    fs::write(out.join("files.rs"), list).expect("the build folder can be written");
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("the folder can be read");
        entries.for_each(|entry| collect(&entry.expect("the folder can be read").path(), files));
    } else if path.extension().is_some_and(|ending| ending != "md" && ending != "mts") {
        files.push(path.to_owned());
    }
}
