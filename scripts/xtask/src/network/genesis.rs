//! Who belongs to a network from its start: keys, and the chain specification that names them.

use super::*;

impl Network {
    pub(super) fn make_identities(&mut self, data_owners: &[String]) -> Result<()> {
        private_folder(&self.dir.join("logs"))?;
        private_folder(&self.dir.join("orgs"))?;
        let names = data_owners.iter().cloned().chain([SUPERVISOR.to_owned()]);
        for (id, name) in names.enumerate() {
            let home = self.dir.join("orgs").join(&name);
            let keys = self.cli(&home, &["keys", "init", "--name", &name])?;
            let account = shell::text(&keys, "account")?;
            self.organisations.push(Organisation {
                name,
                id: id as u32,
                account,
                home,
            });
        }
        let keys = self.cli(&self.worker_home(), &["keys", "init", "--worker"])?;
        self.worker_account = shell::text(&keys, "account")?;
        Ok(())
    }

    /// Session keys go from the generator into each validator's keystore; their public halves into the genesis.
    pub(super) fn make_chain_spec(&mut self) -> Result<()> {
        let node = &self.binaries.node;
        let worker = self.cli(&self.worker_home(), &["keys", "show"])?;
        let validators = self.validator_names();
        let mut secrets = Vec::new();
        let mut organisations = Vec::new();
        for organisation in &self.organisations {
            let mut entry = json!({
                "name": organisation.name, "account": organisation.account, "points": 10_000,
            });
            if validators.contains(&organisation.name) {
                let quiet = Shell {
                    show: false,
                    ..self.shell.clone()
                };
                let generate = |scheme| -> Result<Value> {
                    let text = quiet.text(node, &["key", "generate", "--scheme", scheme, "--output-type", "json"])?;
                    Ok(serde_json::from_str(&text)?)
                };
                let (aura, grandpa) = (generate("sr25519")?, generate("ed25519")?);
                entry["validator"] =
                    json!({"aura": shell::text(&aura, "publicKey")?, "grandpa": shell::text(&grandpa, "publicKey")?});
                entry["nodes"] = json!([self.make_node_key(&organisation.name)?]);
                secrets.push((organisation.name.clone(), aura, grandpa));
            }
            organisations.push(entry);
        }
        let consortium = json!({
            "name": "secureflow devnet",
            "id": format!("secureflow-devnet-{}", &self.organisations[0].account[4..12].to_lowercase()),
            "organisations": organisations,
            "simulated_root": shell::text(&worker, "simulated_root")?,
            "measurements": [shell::text(&worker, "simulated_measurement")?],
        });
        let file = self.dir.join("consortium.json");
        fs::write(&file, serde_json::to_string_pretty(&consortium)?)?;
        let spec = self
            .shell
            .text(node, &["build-spec", "--consortium", &file.to_string_lossy()])?;
        fs::write(self.spec(), spec)?;
        for (name, aura, grandpa) in secrets {
            for (kind, scheme, key) in [("aura", "sr25519", aura), ("gran", "ed25519", grandpa)] {
                self.insert_key(&name, kind, scheme, &shell::text(&key, "secretSeed")?)?;
            }
        }
        Ok(())
    }

    /// Makes a node's key in the peer-to-peer network and returns the identity that peers know it by.
    pub(super) fn make_node_key(&self, name: &str) -> Result<String> {
        private_folder(&self.base(name))?;
        let file = text(&self.base(name).join("node.key"));
        Self::quiet(&self.shell).text(&self.binaries.node, &["key", "generate-node-key", "--file", &file])?;
        self.node_identity(name)
    }

    /// The identity that follows from a node's key.
    pub(super) fn node_identity(&self, name: &str) -> Result<String> {
        let file = text(&self.base(name).join("node.key"));
        let peer = Self::quiet(&self.shell).text(&self.binaries.node, &["key", "inspect-node-key", "--file", &file])?;
        Ok(peer.trim().to_owned())
    }

    fn insert_key(&self, validator: &str, kind: &str, scheme: &str, seed: &str) -> Result<()> {
        let base = self.base(validator);
        private_folder(&base)?;
        // By file, so that the secret never stands in a process list.
        let secret = base.join("seed");
        fs::write(&secret, seed)?;
        let (base, spec, secret) = (text(&base), text(&self.spec()), text(&secret));
        let quiet = Shell {
            show: false,
            ..self.shell.clone()
        };
        let done = quiet.text(
            &self.binaries.node,
            &[
                "key",
                "insert",
                "--base-path",
                &base,
                "--chain",
                &spec,
                "--key-type",
                kind,
                "--scheme",
                scheme,
                "--suri",
                &secret,
            ],
        );
        fs::remove_file(&secret)?;
        done.map(|_| ())
    }
}
