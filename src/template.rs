//! Templates of annotations: what people write to say what happened.
