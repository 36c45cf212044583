//! The fields of a connection on the command line. A secret is no argument: arguments stand in the shell's history, and every process of
//! the machine can read them.
use anyhow::Context;
use clap::Args;
use providers::{Field, Values};
use secrecy::zeroize::Zeroizing;
use std::io::{BufRead, IsTerminal};

/// What is said of a provider's fields.
#[derive(Debug, Args)]
pub struct Fields {
    /// A field that is no secret; an empty value takes it away.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// A secret field: asked for, or read from standard input, one line for each in the order given.
    #[arg(long, value_name = "FIELD")]
    secret: Vec<String>,
    /// A secret field from a file.
    #[arg(long, value_name = "FIELD=FILE", value_parser = pair)]
    secret_file: Vec<(String, String)>,
    /// A secret field from an environment variable.
    #[arg(long, value_name = "FIELD=VARIABLE", value_parser = pair)]
    secret_env: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "it should be a field's name, an equals sign and a value".to_owned())
}

impl Fields {
    /// The values for these fields of a provider, once every secret was read.
    pub fn values(self, fields: &[Field]) -> anyhow::Result<Values> {
        if let Some((name, _)) = self.set.iter().find(|(name, value)| {
            let is_secret = fields.iter().any(|field| field.name == name && field.is_secret);
            is_secret && !value.is_empty()
        }) {
            anyhow::bail!(
                "{name}: it is a secret, and arguments can be read by others: give it by --secret {name}, --secret-file or --secret-env"
            );
        }
        let mut values = Values::default();
        let mut put = |name: &str, value: &str| {
            anyhow::ensure!(
                values.iter().all(|(known, _)| known != name),
                "{name}: it is given twice"
            );
            values.set(name, value);
            Ok(())
        };
        for (name, value) in &self.set {
            put(name, value)?;
        }
        for (name, file) in &self.secret_file {
            let text = Zeroizing::new(
                std::fs::read_to_string(file).with_context(|| format!("{name}: {file} can't be read"))?,
            );
            put(name, text.trim_end_matches(['\r', '\n']))?;
        }
        for (name, variable) in &self.secret_env {
            put(name, &from_environment(name, variable)?)?;
        }
        for name in &self.secret {
            put(name, &asked(name)?)?;
        }
        Ok(values)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the variable is one that the operator names, not a setting"
)]
fn from_environment(name: &str, variable: &str) -> anyhow::Result<Zeroizing<String>> {
    let value = std::env::var(variable)
        .with_context(|| format!("{name}: there is no environment variable {variable}"))?;
    Ok(Zeroizing::new(value))
}

/// A line that nobody sees typed, or the next line of standard input.
fn asked(name: &str) -> anyhow::Result<Zeroizing<String>> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let terminal = console::Term::stderr();
        terminal.write_str(&format!("{name}: "))?;
        return Ok(Zeroizing::new(terminal.read_secure_line()?));
    }
    let mut line = Zeroizing::new(String::new());
    let read = stdin
        .lock()
        .read_line(&mut line)
        .with_context(|| format!("{name}: standard input can't be read"))?;
    anyhow::ensure!(read > 0, "{name}: standard input has no line for it");
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_a_name_and_a_value_may_hold_equals_signs() {
        assert_eq!(pair("token=a=b"), Ok(("token".to_owned(), "a=b".to_owned())));
        assert!(pair("=x").is_err() && pair("token").is_err());
    }

    const TOKEN: Field = Field {
        name: "token",
        help: "the account's",
        example: "s3cret",
        is_secret: true,
        is_required: true,
    };

    #[test]
    fn a_secret_is_no_argument_but_can_be_taken_away_by_one() {
        let set = |value: &str| Fields {
            set: vec![("token".to_owned(), value.to_owned())],
            secret: Vec::new(),
            secret_file: Vec::new(),
            secret_env: Vec::new(),
        };
        let said = set("s3cret").values(&[TOKEN]).unwrap_err().to_string();
        assert!(
            said.starts_with("token: it is a secret") && !said.contains("s3cret"),
            "{said}"
        );
        assert_eq!(set("").values(&[TOKEN]).unwrap().optional("token"), None);
        let plain = Field {
            is_secret: false,
            ..TOKEN
        };
        assert_eq!(set("x").values(&[plain]).unwrap().required("token"), Ok("x"));
    }

    #[test]
    fn secrets_come_from_files_without_the_line_s_end_and_no_field_twice() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "s3cret\n").unwrap();
        let fields = |set: Vec<(String, String)>| Fields {
            set,
            secret: Vec::new(),
            secret_file: vec![("token".to_owned(), file.display().to_string())],
            secret_env: Vec::new(),
        };
        let values = fields(Vec::new()).values(&[TOKEN]).unwrap();
        assert_eq!(values.required("token"), Ok("s3cret"));
        let twice = fields(vec![("token".to_owned(), "x".to_owned())]).values(&[]);
        assert_eq!(twice.unwrap_err().to_string(), "token: it is given twice");
        let missing = Fields {
            set: Vec::new(),
            secret: Vec::new(),
            secret_file: Vec::new(),
            secret_env: vec![("token".to_owned(), "COURTESY_TEST_IS_NOT_THERE".to_owned())],
        };
        let said = missing.values(&[]).unwrap_err().to_string();
        assert!(
            said.contains("no environment variable COURTESY_TEST_IS_NOT_THERE"),
            "{said}"
        );
    }
}
