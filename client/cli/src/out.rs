//! Where everything that a command says goes: people's text or one JSON value on standard output, progress on standard
//! error.

use crate::error::Failure;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{json, Value};
use std::{
    future::Future,
    io::{IsTerminal, Write},
    time::Duration,
};

/// How long a command may be silent before it says what it waits for.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a command answers, in both forms.
#[derive(Debug, Clone)]
pub struct Answer {
    pub json: Value,
    pub text: String,
    /// Whether the exit code is zero. A command that ran well and found something wrong, such as `verify`, says no.
    pub ok: bool,
}

impl Answer {
    /// An answer whose JSON is the serialised value.
    pub fn new(value: impl Serialize, text: impl Into<String>) -> Self {
        let json = serde_json::to_value(value).unwrap_or_else(|error| json!({ "unserialisable": error.to_string() }));
        Self {
            json,
            text: text.into(),
            ok: true,
        }
    }
}

/// Human or machine output.
#[derive(Debug, Clone, Copy)]
pub struct Out {
    json: bool,
}

impl Out {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether standard output carries JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether bars can be drawn.
    pub fn is_live(&self) -> bool {
        !self.json && std::io::stderr().is_terminal()
    }

    /// Prints the answer.
    pub fn answer(&self, answer: &Answer) {
        if self.json {
            print_line(&pretty(&answer.json));
        } else if !answer.text.is_empty() {
            print_line(answer.text.trim_end());
        }
    }

    /// Prints the failure: as JSON on standard output, in words on standard error.
    pub fn failure(&self, failure: &Failure) {
        if self.json {
            let error = json!({ "code": failure.code, "message": failure.message, "hint": failure.hint });
            print_line(&pretty(&json!({ "error": error })));
        } else {
            eprintln!("error: {failure}");
        }
    }

    /// A line on the way, on standard error.
    pub fn note(&self, line: &str) {
        eprintln!("{line}");
    }

    /// Waits for the work; says what it is about once it takes longer than two seconds.
    pub async fn busy<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
            return done;
        }
        if !std::io::stderr().is_terminal() {
            eprintln!("{what} …");
            return work.await;
        }
        let style =
            ProgressStyle::with_template("{spinner} {msg} {elapsed}").unwrap_or(ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner()
            .with_style(style)
            .with_message(what.to_string());
        bar.enable_steady_tick(Duration::from_millis(120));
        let done = work.await;
        bar.finish_and_clear();
        done
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// Prints, and does not mind a reader that has gone (`secureflow … | head`).
fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Points as JSON: a number where every reader can hold it, else text.
pub fn amount(points: u128) -> Value {
    u64::try_from(points).map_or_else(|_| Value::String(points.to_string()), Value::from)
}

/// Text in columns: the widths follow the widest cell.
pub fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    if rows.is_empty() {
        return "(none)\n".into();
    }
    let widths: [usize; N] = std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    });
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count().min(width)));
        }
        format!("{}\n", line.trim_end())
    };
    let mut text = line(head);
    for row in rows {
        text.push_str(&line(std::array::from_fn(|column| row[column].as_str())));
    }
    text
}

/// `label: value` lines with the values under each other.
pub fn fields(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    pairs
        .iter()
        .map(|(label, value)| format!("{label:width$}  {value}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [["1".into(), "Bank of Examples".into()], ["12".into(), "b".into()]];
        assert_eq!(table(["id", "name"], &rows), "id  name\n1   Bank of Examples\n12  b\n");
        assert_eq!(table(["id"], &[]), "(none)\n");
    }
}
