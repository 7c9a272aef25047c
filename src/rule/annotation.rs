//! Checks of annotations: what people are told is a template, so it can be wrong before anything happens.

use crate::template;

/// Checks the text of an annotation, by filling it in.
///
/// # Errors
/// With what is wrong, and what to write instead.
pub fn check(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("the text is empty: say what happened, or take the line out".into());
    }
    template::check(text)
}
