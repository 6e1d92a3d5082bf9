//! Errors of the program.

/// A startup or runtime error.
pub type AppError = Box<dyn std::error::Error + Send + Sync>;
