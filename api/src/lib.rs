//! SmoothOperator
