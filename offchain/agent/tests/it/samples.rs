//! The samples in the documentation are what the programs read.

use std::path::PathBuf;

fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/samples")
        .join(name)
}

#[test]
fn the_samples_are_read() {
    let agent = secureflow_agent::config::Config::read(&sample("agent.toml")).unwrap();
    assert!(agent.address().unwrap().ip().is_loopback());
    let worker = secureflow_worker::config::Config::read(&sample("worker.toml")).unwrap();
    assert_eq!(worker.advertise.as_deref(), Some("https://worker.example.org:4433"));
    assert_eq!(worker.limits.max_attempts, 3);
}

#[test]
fn what_is_commented_out_is_what_holds() {
    for name in ["agent.toml", "worker.toml"] {
        let text = std::fs::read_to_string(sample(name)).unwrap();
        // `# key = value` lines become settings; sentences stay comments.
        let all: String = text
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.starts_with('[') || rest.split_once(" = ").is_some_and(|(key, _)| plain(key)) => {
                    rest
                }
                _ => line,
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, all).unwrap();
        if name == "agent.toml" {
            let all = secureflow_agent::config::Config::read(&path).unwrap();
            let least = secureflow_agent::config::LimitsConfig::default();
            assert_eq!(format!("{:?}", all.limits), format!("{least:?}"));
            assert!(!all.allow_remote_api);
        } else {
            let all = secureflow_worker::config::Config::read(&path).unwrap();
            let least = secureflow_worker::config::LimitsConfig::default();
            assert_eq!(format!("{:?}", all.limits), format!("{least:?}"));
        }
    }
}

fn plain(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[test]
fn unknown_keys_and_remote_addresses_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("agent.toml");
    let read = |text: &str| {
        std::fs::write(&path, text).unwrap();
        secureflow_agent::config::Config::read(&path)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    let chain = "[chain]\nurl = \"ws://x\"\n";
    assert!(read(chain).is_ok());
    assert!(read(&format!("colour = 1\n{chain}")).unwrap_err().contains("colour"));
    assert!(read(&format!("listen = \"0.0.0.0:1\"\n{chain}"))
        .unwrap_err()
        .contains("other machines"));
    assert!(read(&format!("listen = \"0.0.0.0:1\"\nallow_remote_api = true\n{chain}")).is_ok());
    assert!(read(&format!("listen = \"localhost\"\n{chain}")).is_err());
}
