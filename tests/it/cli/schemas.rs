//! The schemas in `schemas/` are those of the program.

use std::path::Path;

use super::Fanin;

const NAMES: [&str; 5] = ["config", "rules", "rule-tests", "directory", "letter"];

#[test]
fn the_committed_schemas_are_fresh() {
    for name in NAMES.into_iter().chain(["api"]) {
        let printed = Fanin::new().run(&["schema", name]).stdout;
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(format!("{name}.schema.json"));
        if std::env::var_os("FANIN_BLESS").is_some() {
            std::fs::write(&path, &printed).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(printed == committed, "schemas/{name}.schema.json is stale: run make bless and read the diff");
    }
}

#[test]
fn each_schema_says_what_it_is_without_a_host() {
    for name in NAMES {
        let schema = Fanin::new().run(&["schema", name]).json();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["$id"], format!("urn:fanin:schema:{name}"));
        assert!(schema["title"].as_str().is_some_and(|title| title.starts_with("Fanin ")));
    }
}
