//! The OpenAPI document, and the types of the page that are made from it.

#![cfg(test)]

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use fanin::io::web::openapi;

use crate::support::{rig, typescript};

const VALIDATE: &str = "
import json, sys
from openapi_spec_validator import validate, OpenAPIV31SpecValidator
validate(json.load(sys.stdin), cls=OpenAPIV31SpecValidator)
";

/// Guarantees: the document is OpenAPI 3.1, as a validator of others sees it.
#[test]
fn the_document_is_openapi() {
    if !rig::has(&["python"]) {
        return;
    }
    let mut child = rig::python_command(VALIDATE, &[])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the rig's python starts");
    child.stdin.take().unwrap().write_all(openapi().to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Guarantees: the page's modules are checked against the types that the API answers with.
#[test]
fn the_types_of_the_page_are_fresh() {
    let made = typescript::types(&openapi());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("page/types/api.d.ts");
    if std::env::var_os("FANIN_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(made == committed, "page/types/api.d.ts is stale: run make bless and read the diff");
}
