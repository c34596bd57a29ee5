//! Tests of the program as a whole.

mod evidence;
mod help;
mod privacy;
mod refusals;
