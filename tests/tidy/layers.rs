//! The shape of the code: modules look up, only `io` touches the world, and no file stands outside.

use crate::repo::{File, Finding, Repo};
use crate::rust;

/// Crates and modules that touch the world, by the first parts of their paths.
const WORLDLY: [&[&str]; 12] = [
    &["axum"],
    &["ferrokinesis"],
    &["hyper"],
    &["object_store"],
    &["reqwest"],
    &["std", "env"],
    &["std", "fs"],
    &["std", "process"],
    &["std", "thread"],
    &["tokio"],
    &["tokio_util"],
    &["tonic"],
];

/// Types that touch the world, wherever they come from. Addresses are only data, so `std::net` is not banned whole.
const WORLDLY_NAMES: [&str; 7] =
    ["Instant", "SystemTime", "TcpListener", "TcpStream", "ToSocketAddrs", "UdpSocket", "UnixStream"];

/// Imports of a module that `lib.rs` declares further down.
pub(crate) fn upward_imports(repo: &Repo) -> Vec<Finding> {
    let order = repo.file("src/lib.rs").map(declared).unwrap_or_default();
    let place = |module: &str| order.iter().position(|name| name == module);
    let mut findings = Vec::new();
    for file in repo.ending(".rs") {
        let Some(module) = module_of(&file.path).filter(|module| place(module).is_some()) else { continue };
        for path in rust::paths(&rust::code(&file.text)) {
            let [first, used, ..] = &path.segments[..] else { continue };
            if first == "crate" && place(used) > place(&module) {
                findings.push(file.finding(
                    path.line,
                    format!(
                        "`{module}` uses `{used}`, which src/lib.rs declares further down: \
                         move what both need up, or move `{module}` down"
                    ),
                ));
            }
        }
    }
    findings
}

/// Uses of sockets, files, clocks, tasks and the environment outside of `src/io` and the command line.
/// A unit test may read a file of expected output.
pub(crate) fn impurities(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repo.ending(".rs").filter(|file| must_be_pure(&file.path)) {
        for path in rust::paths(rust::without_tests(&rust::code(&file.text))) {
            if let Some(worldly) = worldly(&path.segments) {
                findings.push(file.finding(
                    path.line,
                    format!(
                        "`{worldly}` outside of src/io: take what it gives as an argument, or move the code to src/io"
                    ),
                ));
            }
        }
    }
    findings
}

fn must_be_pure(path: &str) -> bool {
    let Some(module) = module_of(path) else { return path == "forwarder/src/lib.rs" };
    !["io", "main", "cli"].contains(&module.as_str())
}

/// The first part of a path that touches the world.
fn worldly(segments: &[String]) -> Option<String> {
    if let Some(known) =
        WORLDLY.iter().find(|known| segments.iter().map(String::as_str).take(known.len()).eq(known.iter().copied()))
    {
        return Some(known.join("::"));
    }
    if segments[0].starts_with("aws_") {
        return Some(segments[0].clone());
    }
    segments.iter().find(|segment| WORLDLY_NAMES.contains(&segment.as_str())).cloned()
}

/// Rust files that no `mod` leads to.
pub(crate) fn dead_files(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repo.ending(".rs") {
        if file.path.ends_with("/mod.rs") {
            findings.push(
                file.finding(1, "a module's file stands beside its folder: name it after the module, not mod.rs"),
            );
            continue;
        }
        let Some(parents) = parents(&file.path) else { continue };
        let name = module_name(&file.path);
        if !parents.iter().filter_map(|parent| repo.file(parent)).any(|parent| declared(parent).contains(&name)) {
            findings.push(
                file.finding(1, format!("no file compiles this: declare `mod {name};` in {}", parents.join(" or "))),
            );
        }
    }
    findings
}

/// Files that may declare the module at `path`; `None` for the root of a crate.
fn parents(path: &str) -> Option<Vec<String>> {
    let (folder, file) = path.rsplit_once('/')?;
    let is_root = |folder: &str| {
        matches!(
            folder,
            "src" | "src/bin" | "forwarder/src" | "forwarder/src/bin" | "tests" | "forwarder/tests" | "benches"
        )
    };
    let roots = |folder: &str| vec![format!("{folder}/lib.rs"), format!("{folder}/main.rs")];
    if matches!(file, "lib.rs" | "main.rs" | "build.rs") {
        return None;
    }
    if folder.ends_with("src") {
        return Some(roots(folder));
    }
    if is_root(folder) {
        return None;
    }
    // A folder of tests or benches with a main.rs is a crate; any other folder belongs to the file of its name.
    let (above, _) = folder.rsplit_once('/')?;
    if is_root(above) && !above.ends_with("src") { Some(roots(folder)) } else { Some(vec![format!("{folder}.rs")]) }
}

/// The modules that a file declares, in order.
fn declared(file: &File) -> Vec<String> {
    let code = rust::code(&file.text);
    let declarations = code.lines().filter_map(|line| line.trim().strip_suffix(';'));
    declarations
        .filter_map(|line| line.split_once("mod ").filter(|(before, _)| before.is_empty() || before.starts_with("pub")))
        .map(|(_, name)| name.trim().to_owned())
        .collect()
}

/// The module of `lib.rs` that a file of `src/` belongs to.
fn module_of(path: &str) -> Option<String> {
    let inside = path.strip_prefix("src/")?;
    let first = inside.split('/').next()?;
    let module = first.strip_suffix(".rs").unwrap_or(first);
    (module != "lib").then(|| module.to_owned())
}

fn module_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: (&str, &str) = ("src/lib.rs", "pub mod time;\npub mod record;\n#[cfg(x)]\npub mod io;");

    fn lines(findings: &[Finding]) -> Vec<(&str, usize)> {
        findings.iter().map(|finding| (finding.path.as_str(), finding.line)).collect()
    }

    #[test]
    fn a_use_of_a_lower_module_is_found_and_one_of_a_higher_is_not() {
        let up = ("src/record/log.rs", "use crate::time::Timestamp;\nuse crate::record::Log;\n// crate::io\nfn a() {}");
        let down = ("src/time.rs", "use crate::{\n    record::Log,\n    time,\n};\nfn a() { crate::io::clock::now() }");
        assert_eq!(lines(&upward_imports(&Repo::of(&[LIB, up, down]))), [("src/time.rs", 2), ("src/time.rs", 5)]);
    }

    #[test]
    fn worldly_paths_are_found_outside_of_io_only() {
        let pure = "use std::net::SocketAddr;\nuse opentelemetry_proto::tonic::logs;\nuse std::{fmt, fs};\nuse aws_config::load;\n\
                    use std::time::{Duration, Instant};\nfn a() { tokio::spawn(b) }\n\
                    #[cfg(test)]\nmod tests { use std::fs; }";
        let repo = Repo::of(&[LIB, ("src/time.rs", pure), ("src/io/clock.rs", pure), ("src/main.rs", pure)]);
        let found = [3, 4, 5, 6].map(|line| ("src/time.rs", line));
        assert_eq!(lines(&impurities(&repo)), found);
    }

    #[test]
    fn a_file_without_a_declaration_is_found_in_every_kind_of_crate() {
        let repo = Repo::of(&[
            LIB,
            ("src/main.rs", "mod cli;"),
            ("src/cli.rs", ""),
            ("src/time.rs", "mod zone;"),
            ("src/time/zone.rs", ""),
            ("src/time/lost.rs", ""),
            ("src/lost.rs", ""),
            ("src/io/mod.rs", ""),
            ("tests/it/main.rs", "mod support;"),
            ("tests/it/support.rs", "pub(crate) mod rig;"),
            ("tests/it/support/rig.rs", ""),
            ("tests/it/support/lost.rs", ""),
            ("tests/it/lost.rs", ""),
            ("tests/alone.rs", ""),
            ("benches/alone.rs", ""),
        ]);
        let lost = ["src/time/lost.rs", "src/lost.rs", "src/io/mod.rs", "tests/it/support/lost.rs", "tests/it/lost.rs"];
        assert_eq!(lines(&dead_files(&repo)), lost.map(|path| (path, 1)));
    }
}
