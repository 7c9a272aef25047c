//! Sketches that can be merged in any order: percentiles and distinct counts in little memory.
