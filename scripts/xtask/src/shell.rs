//! Commands that a person could type: shown as they run, their JSON read back.

use anyhow::{bail, Context, Result};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Runs programs and shows each command line, shortened for reading.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Whether command lines are shown.
    pub show: bool,
    /// A folder that is written as `$DIR` when shown.
    pub folder: PathBuf,
}

impl Shell {
    fn line(&self, program: &Path, args: &[&str]) -> String {
        let name = program
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        let folder = self.folder.to_string_lossy().into_owned();
        let args: Vec<String> = args
            .iter()
            .filter(|a| **a != "--json")
            .map(|a| a.replace(&folder, "$DIR"))
            .map(|a| if a.contains(' ') { format!("'{a}'") } else { a })
            .collect();
        format!("{name} {}", args.join(" "))
    }

    /// Runs to the end and returns what it printed, whether it went well or not.
    pub fn output(&self, program: &Path, args: &[&str]) -> Result<Output> {
        if self.show {
            println!("  \x1b[2m$ {}\x1b[0m", self.line(program, args));
        }
        Command::new(program)
            .args(args)
            .output()
            .with_context(|| format!("cannot run {}", program.display()))
    }

    /// Runs to the end and returns its standard output; an error tells what the program said.
    pub fn text(&self, program: &Path, args: &[&str]) -> Result<String> {
        let output = self.output(program, args)?;
        if !output.status.success() {
            bail!(
                "`{}` failed ({}):\n{}{}",
                self.line(program, args),
                output.status,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Runs with `--json` added and returns what it printed as JSON.
    pub fn json(&self, program: &Path, args: &[&str]) -> Result<Value> {
        let mut args = args.to_vec();
        args.push("--json");
        let text = self.text(program, &args)?;
        serde_json::from_str(&text).with_context(|| format!("`{}` printed no JSON:\n{text}", self.line(program, &args)))
    }
}

/// A field of a JSON answer, by path, with an error that names it.
pub fn field<'a>(value: &'a Value, path: &str) -> Result<&'a Value> {
    value
        .pointer(&format!("/{}", path.replace('.', "/")))
        .with_context(|| format!("the answer has no `{path}`: {value}"))
}

/// A text field.
pub fn text(value: &Value, path: &str) -> Result<String> {
    let found = field(value, path)?;
    Ok(found.as_str().map_or_else(|| found.to_string(), str::to_owned))
}

/// A number field.
pub fn number(value: &Value, path: &str) -> Result<f64> {
    let found = field(value, path)?;
    found
        .as_f64()
        .or_else(|| found.as_str().and_then(|s| s.parse().ok()))
        .with_context(|| format!("`{path}` is no number: {found}"))
}
