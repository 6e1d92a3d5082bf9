//! Why the program cannot start or go on.

/// A startup or runtime error.
pub type AppError = Box<dyn std::error::Error + Send + Sync>;
