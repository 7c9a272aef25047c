//! The rules of the house, as tests: what a reader may rely on in every file.

mod layers;
mod links;
mod manifest;
mod packs;
mod repo;
mod rust;
mod words;

use repo::{Finding, Repo};

/// Fails with every finding, one line each: where, which rule, what to do.
#[track_caller]
fn assert_tidy(findings: &[Finding]) {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{} findings\n{}", findings.len(), lines.join("\n"));
}

#[test]
fn modules_use_only_modules_above_them_in_lib_rs() {
    assert_tidy(&layers::upward_imports(&Repo::read()));
}

#[test]
fn only_io_touches_the_world() {
    assert_tidy(&layers::impurities(&Repo::read()));
}

#[test]
fn every_source_file_is_part_of_a_crate() {
    assert_tidy(&layers::dead_files(&Repo::read()));
}

#[test]
fn every_source_file_says_what_it_is_for() {
    assert_tidy(&words::missing_module_docs(&Repo::read()));
}

#[test]
fn source_is_ascii() {
    assert_tidy(&words::beyond_ascii(&Repo::read()));
}

#[test]
fn nothing_is_left_undone_or_switched_off() {
    assert_tidy(&words::unfinished(&Repo::read()));
}

#[test]
fn text_speaks_of_the_program_and_not_of_how_it_was_made() {
    assert_tidy(&words::workplace(&Repo::read()));
}

#[test]
fn every_dependency_says_what_it_is_for() {
    assert_tidy(&manifest::dependencies_without_reason(&Repo::read()));
}

#[test]
fn links_between_documents_lead_somewhere() {
    assert_tidy(&links::broken(&Repo::read()));
}

#[test]
fn every_edge_case_of_rules_names_tests_that_exist() {
    assert_tidy(&links::unknown_tests(&Repo::read()));
}

#[test]
fn documents_name_only_commands_that_exist() {
    assert_tidy(&links::unknown_commands(&Repo::read()));
}

#[test]
fn every_pack_of_rules_has_tests_that_run() {
    assert_tidy(&packs::untested(&Repo::read()));
}
