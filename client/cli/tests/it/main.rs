//! Tests of the program as a whole.

mod help;
mod refusals;
