use crate::{network, Folder};
use std::{fs, path::Path};
use xtask::{
    demo,
    network::{Network, SUPERVISOR},
};

/// A command that must be refused: whose home, the arguments, the exit code, and words that the error must hold.
struct Refusal<'a> {
    home: &'a Path,
    args: Vec<String>,
    code: i32,
    says: &'a [&'a str],
}

fn check(network: &Network, refusal: &Refusal) {
    let home = refusal.home.to_string_lossy().into_owned();
    let mut args = vec!["--home", home.as_str()];
    args.extend(refusal.args.iter().map(String::as_str));
    let output = network.shell.output(&network.binaries.cli, &args).expect("runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(refusal.code),
        "{:?} said:\n{text}",
        refusal.args
    );
    let lower = text.to_lowercase();
    for word in refusal.says {
        assert!(
            lower.contains(word),
            "{:?} does not say `{word}`:\n{text}",
            refusal.args
        );
    }
    assert!(!text.contains("panicked"), "{text}");
}

/// Writes a changed copy of the good template under a name; returns its path.
type TemplateMaker<'a> = dyn Fn(&str, &dyn Fn(&mut toml::Table)) -> String + 'a;

fn args(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

/// What the chain holds, told by counts: a refused command changes none of it.
fn counts(network: &Network) -> String {
    let jobs = network.as_org("bank", &["job", "list"]).expect("jobs");
    let datasets = network.as_org("bank", &["dataset", "list"]).expect("datasets");
    let spaces = network.as_org("bank", &["space", "list"]).expect("spaces");
    format!("{jobs}{datasets}{spaces}")
}

#[test]
fn bad_input_is_refused_in_words_and_changes_nothing() {
    let folder = Folder::new("refusals");
    let network = network(&folder);
    let prepared = demo::prepare(&network, 1).expect("data, policies and a space");
    let bank = network.organisation("bank").expect("there").home.clone();
    let supervisor = network.organisation(SUPERVISOR).expect("there").home.clone();
    let space = prepared.space.to_string();
    let good: toml::Table = fs::read_to_string(&prepared.template)
        .expect("readable")
        .parse()
        .expect("TOML");
    let before = counts(&network);

    let file = |name: &str, bytes: &[u8]| {
        let path = folder.0.join(name);
        fs::write(&path, bytes).expect("writable");
        path.to_string_lossy().into_owned()
    };
    let register = |file: String| args(&["dataset", "register", &file, "--name", "bad"]);
    let job = |name: &str, change: &dyn Fn(&mut toml::Table)| {
        let mut template = good.clone();
        change(&mut template);
        file(name, toml::to_string(&template).expect("TOML").as_bytes())
    };
    let propose = |file: String| args(&["job", "propose", &space, &file]);
    let rounds = |n: i64| {
        move |t: &mut toml::Table| {
            let training = t
                .get_mut("training")
                .and_then(toml::Value::as_table_mut)
                .expect("a table");
            training.insert("rounds".to_owned(), n.into());
        }
    };

    let outsider = folder.0.join("outsider");
    network
        .cli(&outsider, &["keys", "init", "--name", "outsider"])
        .expect("keys");
    fs::copy(bank.join("config.toml"), outsider.join("config.toml")).expect("copied");

    let refusals = [
        Refusal {
            home: &bank,
            args: register(file("ragged.csv", b"a,b\n1,2\n3\n")),
            code: 1,
            says: &["row"],
        },
        Refusal {
            home: &bank,
            args: register(file("latin.csv", b"a,b\n1,\xe9\n")),
            code: 1,
            says: &["utf-8"],
        },
        Refusal {
            home: &bank,
            args: register(file("empty.csv", b"")),
            code: 1,
            says: &["empty"],
        },
        Refusal {
            home: &bank,
            args: register("/nowhere/at/all.csv".into()),
            code: 1,
            says: &["/nowhere/at/all.csv"],
        },
        Refusal {
            home: &bank,
            args: propose(job("zero.toml", &rounds(0))),
            code: 1,
            says: &["rounds"],
        },
        Refusal {
            home: &bank,
            args: propose(job("million.toml", &rounds(1_000_000))),
            code: 1,
            says: &["rounds"],
        },
        Refusal {
            home: &bank,
            args: propose(job("unknown.toml", &|t| {
                t.insert(
                    "datasets".into(),
                    toml::Value::Array(vec!["nobodys".into(), "bank-credit".into()]),
                );
            })),
            code: 1,
            says: &["nobodys"],
        },
        Refusal {
            home: &bank,
            args: propose(job("typo.toml", &|t| {
                t.insert("purpos".into(), "typo".into());
            })),
            code: 1,
            says: &["purpos"],
        },
        Refusal {
            home: &supervisor,
            args: args(&["job", "propose", &space, &good_path(&prepared)]),
            code: 1,
            says: &["member"],
        },
        Refusal {
            home: &outsider,
            args: args(&["space", "create", "mine"]),
            code: 1,
            says: &["member"],
        },
        Refusal {
            home: &bank,
            args: args(&["job", "approve", "99"]),
            code: 1,
            says: &["job"],
        },
        Refusal {
            home: &bank,
            args: args(&["worker", "show", &format!("0x{}", "11".repeat(32))]),
            code: 1,
            says: &["worker"],
        },
        Refusal {
            home: &bank,
            args: args(&["job", "frobnicate"]),
            code: 64,
            says: &["frobnicate"],
        },
        Refusal {
            home: &bank,
            args: args(&["verify", "job", "0", "--artefacts", "/nowhere"]),
            code: 1,
            says: &["/nowhere"],
        },
    ];
    for refusal in &refusals {
        check(&network, refusal);
    }
    assert_eq!(counts(&network), before, "a refused command changed the chain");

    policies_refuse_by_name(&network, &prepared, &job, &space, &bank);
}

fn good_path(prepared: &demo::Prepared) -> String {
    prepared.template.to_string_lossy().into_owned()
}

/// Jobs that the templates' syntax allows and an owner's policy does not: the refusal names the rule.
fn policies_refuse_by_name(
    network: &Network,
    prepared: &demo::Prepared,
    job: &TemplateMaker,
    space: &str,
    bank: &Path,
) {
    let propose = |file: String| {
        let proposed = network
            .as_org("bank", &["job", "propose", space, &file])
            .expect("proposed");
        proposed["job"].to_string()
    };
    let other_purpose = job("purpose.toml", &|t| {
        t.insert("purpose".into(), "marketing".into());
    });
    let id = propose(other_purpose);
    check(
        network,
        &Refusal {
            home: bank,
            args: args(&["job", "approve", &id]),
            code: 1,
            says: &["purpose"],
        },
    );
    network.as_org("bank", &["job", "cancel", &id]).expect("cancelled");

    // The bank hides a column that the template uses.
    let policy = fs::read_to_string(&prepared.policy).expect("readable");
    let hidden: String = policy
        .lines()
        .filter(|l| !l.contains("purpose =") && !l.starts_with("\"purpose\""))
        .collect::<Vec<_>>()
        .join("\n");
    let file = network.dir.join("hidden.toml");
    let mut table: toml::Table = hidden.parse().expect("TOML");
    let columns = table
        .get_mut("columns")
        .and_then(toml::Value::as_table_mut)
        .expect("columns");
    let first = columns.keys().next().expect("a column").clone();
    columns.insert(first.clone(), "hidden".into());
    fs::write(&file, toml::to_string(&table).expect("TOML")).expect("writable");
    let dataset = prepared.datasets["bank"].to_string();
    network
        .as_org("bank", &["policy", "set", &dataset, &file.to_string_lossy()])
        .expect("a policy");
    let id = propose(good_path(prepared));
    check(
        network,
        &Refusal {
            home: bank,
            args: args(&["job", "approve", &id]),
            code: 1,
            says: &["column"],
        },
    );
    network.as_org("bank", &["job", "cancel", &id]).expect("cancelled");
}
