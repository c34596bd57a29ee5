//! Validators that reach each other through [`Links`] only, so that they can be cut off, and the twin of one of them.

use super::*;
use std::net::SocketAddr;

/// Links of a network and who stands at their ends: the validators in their order, then the twin.
pub(super) struct Linked {
    links: Links,
    /// Peer ids, which the nodes' keys decide.
    peers: Vec<String>,
}

impl Network {
    /// Makes a network like [`Network::create`] whose validators know each other's proxies and no other address.
    pub fn create_linked(dir: &Path, data_owners: &[String], shell: Shell) -> Result<Self> {
        let mut network = Self::prepare(dir, data_owners, shell, VALIDATORS)?;
        network.keep_addresses_private()?;
        let names = network.validator_names();
        let known = names.iter().map(|name| network.node_identity(name));
        let mut peers = known.collect::<Result<Vec<_>>>()?;
        peers.push(network.make_node_key(&twin_of(&names[0]))?);
        let links = Links::among(peers.len())?;
        network.linked = Some(Linked { links, peers });
        // At the same time: most of a start is the runtime's compilation.
        for (at, name) in names.iter().enumerate() {
            let process = network.launch_linked(at, name, "0", "0")?;
            network.validators.push(process);
        }
        for at in 0..names.len() {
            let info = network.validators[at].ready(START)?;
            network.lead_to(at, &info)?;
            network.validator_info.push(info);
        }
        network.write_configs()?;
        network.describe()?;
        Ok(network)
    }

    /// The links of a network that was made with some.
    pub fn links(&self) -> Result<&Links> {
        self.linked
            .as_ref()
            .map(|l| &l.links)
            .context("this network has no links")
    }

    /// Starts a second node with the session keys of the first validator, as an operator does who brings up a new machine
    /// and forgets the old one. It reaches all others, and not the first.
    pub fn start_twin(&mut self) -> Result<(Process, RunInfo)> {
        let names = self.validator_names();
        let twin = twin_of(&names[0]);
        copy_keystore(&self.base(&names[0]), &self.base(&twin))?;
        self.links()?.part(0, names.len());
        let mut process = self.launch_linked(names.len(), &twin, "0", "0")?;
        let info = process.ready(START)?;
        self.lead_to(names.len(), &info)?;
        Ok((process, info))
    }

    pub(super) fn restart_linked(&mut self, at: usize, rpc: &str, p2p: &str) -> Result<()> {
        let args = self.linked_args(at, &self.validator_names()[at], rpc, p2p)?;
        self.validators[at].restart(Some(args))?;
        self.validators[at].ready(START).map(|_| ())
    }

    fn launch_linked(&self, at: usize, name: &str, rpc: &str, p2p: &str) -> Result<Process> {
        let args = self.linked_args(at, name, rpc, p2p)?;
        let run = self.base(name).join("run.json");
        let log = self.logs(&format!("validator-{name}"));
        Process::start(name, &self.binaries.node, args, run, log)
    }

    fn linked_args(&self, at: usize, name: &str, rpc: &str, p2p: &str) -> Result<Vec<String>> {
        let Linked { links, peers } = self.linked.as_ref().context("this network has no links")?;
        let mut args = self.validator_args(name, rpc, p2p, None);
        args.retain(|arg| arg != "--allow-private-ip");
        // Its peers are those of the links, whatever the chain names: the twin is a node that no member has named. Of the two
        // implementations of the network, litep2p dials whatever addresses other nodes tell it, around the links.
        let network = ["--network-backend", "libp2p", "--no-private-ip"];
        args.extend(
            [&network[..], &["--reserved-only", "--peers", "any"]]
                .concat()
                .into_iter()
                .map(str::to_owned),
        );
        for (to, peer) in peers.iter().enumerate().filter(|(to, _)| *to != at) {
            let port = links.port(at, to)?;
            args.push("--reserved-nodes".to_owned());
            args.push(format!("/ip4/127.0.0.1/tcp/{port}/p2p/{peer}"));
        }
        Ok(args)
    }

    fn lead_to(&self, at: usize, info: &RunInfo) -> Result<()> {
        let port = p2p_port(info)?.parse()?;
        self.links()?.lead_to(at, SocketAddr::from(([127, 0, 0, 1], port)));
        Ok(())
    }

    /// Nodes of a local chain tell each other at which private addresses they listen, which would go around the links.
    fn keep_addresses_private(&self) -> Result<()> {
        let mut spec: Value = serde_json::from_slice(&fs::read(self.spec())?)?;
        spec["chainType"] = json!("Live");
        fs::write(self.spec(), spec.to_string())?;
        Ok(())
    }
}

fn twin_of(name: &str) -> String {
    format!("{name}-twin")
}

/// Copies the session keys, and nothing of the chain, from one base path to another.
fn copy_keystore(from: &Path, to: &Path) -> Result<()> {
    for chain in fs::read_dir(from.join("chains"))? {
        let chain = chain?;
        let keys = to.join("chains").join(chain.file_name()).join("keystore");
        private_folder(&keys)?;
        for key in fs::read_dir(chain.path().join("keystore"))? {
            let key = key?;
            fs::copy(key.path(), keys.join(key.file_name()))?;
        }
    }
    Ok(())
}
