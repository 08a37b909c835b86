//! Routing as code, the pure half: what can be read of a file.

mod columns;
mod csv;
pub mod files;
mod json;
pub mod problems;

pub use files::File;
