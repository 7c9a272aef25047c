//! The shape of a message.

/// The message with each run of digits replaced, so that messages that differ only in numbers are one.
pub(super) fn signature(message: &str) -> String {
    let mut shape = String::with_capacity(message.len());
    let mut in_number = false;
    for c in message.chars() {
        if !c.is_ascii_digit() {
            shape.push(c);
        } else if !in_number {
            shape.push('#');
        }
        in_number = c.is_ascii_digit();
    }
    shape
}
