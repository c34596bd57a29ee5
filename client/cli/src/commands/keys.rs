//! `secureflow keys`

use crate::{
    context::Context,
    error::{Failure, Result},
    home::{Public, PublicKeys},
    names,
    out::{fields, Answer},
};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Make a home with all its keys: files that only you can read, never printed, never overwritten
    #[command(after_help = INIT)]
    Init {
        /// The organisation's name, as others know it [default: the home folder's name]
        #[arg(long)]
        name: Option<String>,
        /// Make a worker's home instead of an organisation's
        #[arg(long)]
        worker: bool,
        /// Where the organisation's agent serves its local API
        #[arg(
            long,
            value_name = "URL",
            default_value = "http://127.0.0.1:8080",
            conflicts_with = "worker"
        )]
        agent: String,
    },
    /// Show the public parts: accounts, fingerprints, public keys
    #[command(after_help = "Example:\n  secureflow --home ~/bank keys show")]
    Show,
    /// Make a new key for audit entries. The old one is kept: it opens what was encrypted to it
    #[command(after_help = ROTATE)]
    RotateEncryption,
}

const ROTATE: &str = "\
Example, an auditor whose key may have been read by others:
  secureflow --home ~/supervisor keys rotate-encryption
  secureflow --home ~/supervisor org register
  secureflow --home ~/supervisor audit rotate credit-risk

Keep a backup of the whole keys folder: entries of earlier epochs open with earlier keys only.";

const INIT: &str = "\
Examples:
  secureflow --home ~/bank keys init --name bank
  secureflow --home ~/worker keys init --worker
  secureflow --url ws://10.0.0.5:9944 keys init --name bank --agent http://127.0.0.1:8080

Keep a backup of the keys folder: nobody can make a lost key again.";

pub fn run(context: &Context, command: Keys) -> Result<Answer> {
    match command {
        Keys::Init { name, worker, agent } => init(context, name, worker, &agent),
        Keys::Show => Ok(show(&context.home.public()?)),
        Keys::RotateEncryption => {
            context.home.organisation().rotate_encryption()?;
            let mut answer = show(&context.home.public()?);
            answer.text.push_str(
                "\nThe chain does not know the new key yet: secureflow org register\n\
                 After that each space that you audit begins an epoch: secureflow audit rotate SPACE\n",
            );
            Ok(answer)
        }
    }
}

fn init(context: &Context, name: Option<String>, worker: bool, agent: &str) -> Result<Answer> {
    let folder = || {
        context
            .home
            .root()
            .file_name()
            .map(|name| name.to_string_lossy().trim_start_matches('.').to_string())
    };
    let name = name
        .or_else(folder)
        .ok_or_else(|| Failure::usage("name the organisation with --name NAME"))?;
    names::name("the name", &name)?;
    let url = context.url_or_default();
    if !(url.starts_with("ws://") || url.starts_with("wss://")) {
        return Err(Failure::usage(format!("{url} is no address of a node")).hint("It begins with ws:// or wss://."));
    }
    match worker {
        true => context.home.init_worker(&name, &url)?,
        false => context.home.init_organisation(&name, &url, agent)?,
    }
    let public = context.home.public()?;
    let mut answer = show(&public);
    answer.text.push_str(&match worker {
        true => format!("\nAn organisation now adds the account: secureflow org add-operator {}\n", public.account),
        false => format!(
            "\nA member of the consortium now asks the others to admit you:\n  secureflow org admit --name {:?} --account {}\n\
             After that: secureflow --home {} org register\n",
            public.name, public.account, public.home
        ),
    });
    Ok(answer)
}

fn show(public: &Public) -> Answer {
    let mut pairs = vec![
        ("home", public.home.clone()),
        ("name", public.name.clone()),
        ("account", public.account.clone()),
        ("tls fingerprint", public.tls_fingerprint.clone()),
    ];
    match &public.keys {
        PublicKeys::Organisation {
            agent_account,
            signing,
            encryption,
        } => pairs.extend([
            ("agent's account", agent_account.clone()),
            ("signing key", signing.clone()),
            ("encryption key", encryption.clone()),
        ]),
        PublicKeys::Worker {
            session,
            simulated_root,
            simulated_measurement,
        } => {
            pairs.push(("session key", session.clone()));
            if let Some(root) = simulated_root {
                pairs.push(("simulated root", root.clone()));
            }
            pairs.push(("simulated measurement", simulated_measurement.clone()));
        }
    }
    Answer::new(public, fields(&pairs))
}
