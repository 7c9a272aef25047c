//! Tests of the reader of rule files.
