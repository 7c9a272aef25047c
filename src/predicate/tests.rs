use super::*;

#[test]
fn smoke() {
    assert!(Predicate::parse("level == \"ERROR\"", Subject::Log).is_ok());
}
