//! The JSON Schema of the configuration file, for editors.

use schemars::Schema;
use schemars::generate::SchemaSettings;

use super::file::File;

/// Name of the document, without a host: the schema travels with the program.
const ID: &str = "urn:fanin:schema:config";

/// The schema, draft 2020-12.
#[must_use]
pub fn schema() -> Schema {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<File>();
    let _ = schema.insert("$id".into(), ID.into());
    let _ = schema.insert("title".into(), "Fanin configuration".into());
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_a_word_of_rust_has_its_own_name() {
        let schema = schema();
        let keys =
            |section: &str| schema.pointer(&format!("/$defs/{section}/properties")).and_then(|it| it.as_object());
        for section in ["NotifyRoute", "Mute"] {
            assert!(keys(section).is_some_and(|keys| keys.contains_key("match")), "{section}");
        }
    }
}
