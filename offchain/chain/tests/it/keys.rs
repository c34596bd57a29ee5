//! Key files.

use std::{fs, os::unix::fs::PermissionsExt};

use secureflow_chain::keys::{create_secret, fingerprint, read_secret, AccountKey, KeyError, OrgHome, WorkerHome};

#[test]
fn a_secret_is_written_once_and_read_by_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.key");
    create_secret(&path, &[0xab; 32]).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", "ab".repeat(32)));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(*read_secret(&path).unwrap(), [0xab; 32]);
    assert!(matches!(create_secret(&path, &[1; 32]), Err(KeyError::Exists(_))));
    assert_eq!(*read_secret(&path).unwrap(), [0xab; 32]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = read_secret(&path).unwrap_err();
    assert!(matches!(error, KeyError::Readable { .. }));
    assert!(error.to_string().contains("chmod 600"));
}

#[test]
fn what_is_no_key_is_refused_without_being_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.key");
    for content in ["", "ab\n", "not a key at all\n", &"a".repeat(20_000)] {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let error = read_secret(&path).unwrap_err();
        assert!(matches!(error, KeyError::Malformed { .. }), "{content:?}");
        assert!(content.trim().is_empty() || !error.to_string().contains(content.trim()));
    }
    assert!(matches!(
        read_secret(&folder.path().join("b.key")),
        Err(KeyError::Missing(_))
    ));
}

#[test]
fn homes_make_what_is_missing_and_keep_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("home");
    let home = OrgHome::create(&root).unwrap();
    let public = home.public().unwrap();
    assert_eq!(
        fs::metadata(root.join("keys")).unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert_eq!(OrgHome::create(&root).unwrap().public().unwrap(), public);
    assert_eq!(fingerprint(&home.tls().unwrap().certificate), public.tls_fingerprint);
    assert_ne!(home.account().unwrap().account(), home.agent().unwrap().account());
    assert_eq!(home.api_token().unwrap().len(), 64);

    let worker = WorkerHome::create(&folder.path().join("worker")).unwrap();
    assert!(worker.simulated_root().unwrap().is_none());
    worker.set_simulated_root(&[3; 32]).unwrap();
    assert_eq!(worker.simulated_root().unwrap().unwrap().to_bytes(), [3; 32]);
}

#[test]
fn nothing_secret_is_shown() {
    let key = AccountKey::from_secret(&[7; 32]);
    assert_eq!(format!("{key:?}"), format!("AccountKey({})", key.account()));
    // The SDK's well-known account.
    let alice = AccountKey::development("Alice").unwrap().account();
    assert_eq!(
        hex::encode(<secureflow_primitives::AccountId as AsRef<[u8]>>::as_ref(&alice)),
        "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
    );
}
