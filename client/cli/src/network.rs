//! The chain as the commands see it: reads at one block, calls signed by the home's account.

use crate::{
    error::{Failure, Result},
    names::{shown, Reference},
    out::Out,
};
use secureflow_chain::{keys::AccountKey, At, Call, Chain, ChainExt, Client, NewSessionKeys, State, Submitted, Wait};
use secureflow_primitives::{
    consortium::{OrgStatus, Organisation},
    job::Space,
    policy::Dataset,
    AccountId, DatasetId, OrgId, SpaceId,
};
use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};

/// How long the node may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a transaction may take.
const SUBMIT: Duration = Duration::from_secs(90);

pub type ChainState<'a> = State<'a, dyn Chain>;

/// A connection to the chain.
#[derive(Clone)]
pub struct Network {
    chain: Arc<dyn Chain>,
    client: Option<Client>,
    /// Act on the newest block instead of the newest final one.
    best: bool,
}

impl Network {
    pub async fn connect(url: &str, best: bool) -> Result<Self> {
        let client = Client::connect(url, PATIENCE).await?;
        Ok(Self {
            chain: Arc::new(client.clone()),
            client: Some(client),
            best,
        })
    }

    /// A network over any chain, such as a fake.
    pub fn over(chain: Arc<dyn Chain>, best: bool) -> Self {
        Self {
            chain,
            client: None,
            best,
        }
    }

    pub fn chain(&self) -> &dyn Chain {
        &*self.chain
    }

    /// The block that commands read.
    pub fn at(&self) -> At {
        if self.best {
            At::Best
        } else {
            At::Finalized
        }
    }

    /// The state that commands read.
    pub async fn state(&self) -> Result<ChainState<'_>> {
        Ok(self.chain.state(self.at()).await?)
    }

    /// New session keys from the node that is connected.
    pub async fn rotate_session_keys(&self, owner: &AccountId) -> Result<NewSessionKeys> {
        let client = self
            .client
            .as_ref()
            .ok_or_else(|| Failure::new("no_node", "this chain has no node"))?;
        Ok(client.rotate_session_keys(owner).await?)
    }

    /// How many peers the node has; unknown where the chain is not a node.
    pub async fn peers(&self) -> Option<usize> {
        self.client.as_ref()?.peers().await.ok()
    }

    /// Signs and sends a call and waits until it is in a block that counts.
    pub async fn submit(&self, out: Out, signer: &AccountKey, call: Call) -> Result<Submitted> {
        let wait = Wait {
            finalized: !self.best,
            deadline: SUBMIT,
        };
        let what = format!("waiting for {}", call.name().1.replace('_', " "));
        Ok(out.busy(&what, self.chain.submit_detailed(signer, call, wait)).await?)
    }
}

/// The names of all organisations.
pub struct Names(BTreeMap<OrgId, Organisation>);

impl Names {
    pub async fn read(state: &ChainState<'_>) -> Result<Self> {
        Ok(Self(state.organisations().await?.into_iter().collect()))
    }

    /// Nobody, for what needs no names.
    pub fn none() -> Self {
        Self(BTreeMap::new())
    }

    pub fn get(&self, org: OrgId) -> Option<&Organisation> {
        self.0.get(&org)
    }

    /// The organisation's name, or its number.
    pub fn of(&self, org: OrgId) -> String {
        self.0
            .get(&org)
            .map_or_else(|| format!("organisation {org}"), |known| shown(&known.name))
    }

    pub fn list(&self, orgs: &[OrgId]) -> String {
        let names: Vec<String> = orgs.iter().map(|org| self.of(*org)).collect();
        if names.is_empty() {
            "-".into()
        } else {
            names.join(", ")
        }
    }

    /// The organisation that an account acts for is known to the chain only; this finds own accounts.
    pub fn by_account(&self, account: &AccountId) -> Option<OrgId> {
        self.0
            .iter()
            .filter(|(_, known)| known.account == *account)
            .min_by_key(|(_, known)| known.status == OrgStatus::Removed)
            .map(|(org, _)| *org)
    }

    pub fn find(&self, wanted: &Reference) -> Result<OrgId> {
        let found = match wanted {
            Reference::Id(id) => self.0.contains_key(&OrgId(*id)).then_some(OrgId(*id)),
            Reference::Name(name) => self
                .0
                .iter()
                .filter(|(_, known)| known.name.as_slice() == name.as_bytes())
                // A removed organisation's name may have been given anew.
                .min_by_key(|(_, known)| known.status == OrgStatus::Removed)
                .map(|(org, _)| *org),
        };
        found.ok_or_else(|| {
            Failure::new(
                "Consortium.UnknownOrganisation",
                format!("there is no organisation {wanted}"),
            )
            .hint("`secureflow network organisations` lists them.")
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = (OrgId, &Organisation)> {
        self.0.iter().map(|(org, known)| (*org, known))
    }
}

/// Finds a dataset by number or name. A name that two owners use needs the number.
pub fn find_dataset(datasets: &[(DatasetId, Dataset)], wanted: &Reference) -> Result<DatasetId> {
    match wanted {
        Reference::Id(id) if datasets.iter().any(|(known, _)| known.0 == *id) => Ok(DatasetId(*id)),
        Reference::Id(_) => Err(no_dataset(wanted)),
        Reference::Name(name) => {
            let named: Vec<_> = datasets
                .iter()
                .filter(|(_, dataset)| dataset.registration.name.as_slice() == name.as_bytes())
                .collect();
            let live: Vec<_> = named.iter().filter(|(_, dataset)| !dataset.retired).collect();
            match (live.as_slice(), named.as_slice()) {
                ([one], _) => Ok(one.0),
                ([], [one]) => Ok(one.0),
                ([], []) => Err(no_dataset(wanted)),
                _ => {
                    let ids: Vec<String> = named.iter().map(|(id, _)| id.to_string()).collect();
                    Err(Failure::new(
                        "ambiguous",
                        format!("several datasets are named {name:?}: {}", ids.join(", ")),
                    )
                    .hint("Use the number."))
                }
            }
        }
    }
}

fn no_dataset(wanted: &Reference) -> Failure {
    Failure::new("Policies.UnknownDataset", format!("there is no dataset {wanted}"))
        .hint("`secureflow dataset list` lists them.")
}

/// Finds a space by number or name.
pub fn find_space(spaces: &[(SpaceId, Space)], wanted: &Reference) -> Result<SpaceId> {
    let named: Vec<SpaceId> = spaces
        .iter()
        .filter(|(id, space)| match wanted {
            Reference::Id(number) => id.0 == *number,
            Reference::Name(name) => space.name.as_slice() == name.as_bytes(),
        })
        .map(|(id, _)| *id)
        .collect();
    match named.as_slice() {
        [one] => Ok(*one),
        [] => Err(
            Failure::new("Collaborations.UnknownSpace", format!("there is no space {wanted}"))
                .hint("`secureflow space list` lists them."),
        ),
        many => {
            let ids: Vec<String> = many.iter().map(ToString::to_string).collect();
            Err(Failure::new(
                "ambiguous",
                format!("several spaces are named {wanted}: {}", ids.join(", ")),
            )
            .hint("Use the number."))
        }
    }
}

/// Waits for reads of the chain, and says so once they take long.
pub async fn reading<T>(out: Out, work: impl Future<Output = Result<T>>) -> Result<T> {
    out.busy("reading the chain", work).await
}
