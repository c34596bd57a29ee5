//! Members that pay points into a space, one after the other and without pause, each through its own validator. What has
//! been reported as final is written down, and looked for in every validator's chain at the end.

use anyhow::{ensure, Context, Result};
use secureflow_chain::{
    keys::{AccountKey, OrgHome},
    storage, BlockRef, Call, Chain, ChainEvent, ChainExt, Client, Wait, H256,
};
use secureflow_primitives::{bounds::Name, hash::blake2_256, Balance, OrgId, SpaceId};
use std::{
    collections::BTreeMap,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Mutex, PoisonError,
    },
    time::Duration,
};
use tokio::{
    runtime::Runtime,
    task::{JoinHandle, JoinSet},
};
use xtask::{
    network::Network,
    rpc::{signer, Rpc},
};

/// Longer than anything that a test does to a validator.
const PATIENCE: Duration = Duration::from_secs(240);
/// Transactions that a member has under way at a time.
const LANES: usize = 2;

/// A payment that a node has reported as final.
#[derive(Clone, Copy, Debug)]
pub struct Accepted {
    pub member: usize,
    pub amount: u128,
    pub block: BlockRef,
    pub extrinsic: H256,
}

struct Member {
    key: AccountKey,
    client: Client,
}

pub struct Load {
    runtime: Runtime,
    members: Vec<Arc<Member>>,
    space: SpaceId,
    /// What each account had sent, and its points, when the load began.
    before: Vec<(u32, Balance)>,
    accepted: Arc<Mutex<Vec<Accepted>>>,
    stop: Arc<AtomicBool>,
    lanes: Vec<JoinHandle<Result<()>>>,
}

impl Load {
    /// Opens a space for all members of a network whose members all validate, and begins.
    pub fn start(network: &Network) -> Result<Self> {
        let runtime = Runtime::new()?;
        let mut members = Vec::new();
        for (at, organisation) in network.organisations.iter().enumerate() {
            let key = OrgHome::open(&organisation.home).account()?;
            let client = runtime.block_on(Client::connect(&network.rpc(at)?, PATIENCE))?;
            members.push(Arc::new(Member { key, client }));
        }
        let (space, before) = runtime.block_on(open_space(&members))?;
        let (accepted, stop) = (Arc::default(), Arc::default());
        let mut load = Self {
            runtime,
            members,
            space,
            before,
            accepted,
            stop,
            lanes: Vec::new(),
        };
        for lane in 0..load.members.len() * LANES {
            let (at, member) = (lane / LANES, load.members[lane / LANES].clone());
            let (accepted, stop) = (load.accepted.clone(), load.stop.clone());
            let paying = async move {
                // Different from one lane and payment to the next, so that a sum would show which one is missing.
                for turn in lane as u128.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let amount = 1 + 3 * turn % 11;
                    let call = Call::Fund { space, amount };
                    let done = member
                        .client
                        .submit(&member.key, call, Wait::finalized(PATIENCE))
                        .await?;
                    let one = Accepted {
                        member: at,
                        amount,
                        block: done.block,
                        extrinsic: done.extrinsic,
                    };
                    accepted.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                }
                Ok(())
            };
            load.lanes.push(load.runtime.spawn(paying));
        }
        Ok(load)
    }

    /// The newest block in which a member's own node has called a payment final; zero for none.
    pub fn final_until(&self, member: usize) -> u32 {
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        let blocks = accepted.iter().filter(|one| one.member == member);
        blocks.map(|one| one.block.number).max().unwrap_or_default()
    }

    /// Lets what is under way end, and begins nothing new. A payment that was not accepted is an error.
    pub fn finish(&mut self) -> Result<Vec<Accepted>> {
        self.stop.store(true, Ordering::Relaxed);
        for lane in self.lanes.drain(..) {
            self.runtime.block_on(lane)??;
        }
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(accepted.clone())
    }

    /// Compares what was accepted with one validator's finalised chain up to a block: each payment stands in it once and in
    /// the block that was named, nothing else does, nonces have no gap, and every point is accounted for.
    pub fn verify(&self, accepted: &[Accepted], rpc: &Rpc, until: u32) -> Result<()> {
        let mut places: BTreeMap<H256, Vec<(u32, String)>> = BTreeMap::new();
        let mut sent: BTreeMap<[u8; 32], u32> = BTreeMap::new();
        for (number, (hash, extrinsics)) in (1..).zip(rpc.blocks(1..=until)?) {
            for extrinsic in extrinsics {
                if let Some(signer) = signer(&extrinsic) {
                    *sent.entry(signer).or_default() += 1;
                    let place = (number, hash.clone());
                    places.entry(blake2_256(&extrinsic)).or_default().push(place);
                }
            }
        }
        for one in accepted {
            let place = (one.block.number, format!("{:?}", one.block.hash));
            let found = places.get(&one.extrinsic).map(Vec::as_slice).unwrap_or_default();
            ensure!(
                found == [place],
                "{one:?} was accepted, and the chain has it in {found:?}"
            );
        }
        let twice = places.values().find(|places| places.len() > 1);
        ensure!(
            twice.is_none(),
            "one transaction stands in the chain more than once: {twice:?}"
        );

        let at = rpc.hash(until)?.context("the validator has that block")?;
        let read = |key: &[u8]| rpc.storage(key, &at)?.context("there is a value");
        let mut paid = 0;
        for (at, member) in self.members.iter().enumerate() {
            let account = member.key.account();
            let key = storage::account(&account);
            let info = key.decode(&read(key.bytes())?)?;
            let of_member = accepted.iter().filter(|one| one.member == at);
            let amount: u128 = of_member.clone().map(|one| one.amount).sum();
            let count = of_member.count() as u32;
            let (nonce, points) = self.before[at];
            ensure!(
                info.nonce == nonce + count,
                "member {at}: {info:?}, {count} accepted after {nonce}"
            );
            let signer: &[u8; 32] = account.as_ref();
            let included = sent.get(signer).copied().unwrap_or_default();
            ensure!(
                info.nonce == included,
                "member {at}: nonce {}, {included} in blocks",
                info.nonce
            );
            let key = storage::points(&account);
            let left = key.decode(&read(key.bytes())?)?.balance;
            ensure!(
                left + amount == points,
                "member {at}: {left} left, {amount} paid of {points}"
            );
            paid += amount;
        }
        let key = storage::escrow(self.space);
        let held = key.decode(&read(key.bytes())?)?;
        ensure!(held == paid, "the escrow holds {held}, and {paid} were accepted");
        Ok(())
    }
}

async fn open_space(members: &[Arc<Member>]) -> Result<(SpaceId, Vec<(u32, Balance)>)> {
    let wait = Wait::finalized(PATIENCE);
    let first = &members[0];
    let name = Name::truncate_from(b"load".to_vec());
    let made = first
        .client
        .submit(&first.key, Call::CreateSpace { name }, wait)
        .await?;
    let space = made.find(|event| match event {
        ChainEvent::SpaceCreated { space, .. } => Some(*space),
        _ => None,
    });
    let space = space.context("the space was not created")?;
    let invite = |org| (first.clone(), Call::Invite { space, org });
    all((1..members.len() as u32).map(OrgId).map(invite)).await?;
    all(members[1..]
        .iter()
        .map(|member| (member.clone(), Call::Accept { space })))
    .await?;
    let state = first.client.finalized_state().await?;
    let mut before = Vec::new();
    for member in members {
        let account = member.key.account();
        before.push((state.account(&account).await?.nonce, state.points(&account).await?));
    }
    Ok((space, before))
}

/// Sends at the same time.
async fn all(calls: impl Iterator<Item = (Arc<Member>, Call)>) -> Result<()> {
    let mut sending = JoinSet::new();
    for (member, call) in calls {
        sending.spawn(async move { member.client.submit(&member.key, call, Wait::finalized(PATIENCE)).await });
    }
    while let Some(sent) = sending.join_next().await {
        sent??;
    }
    Ok(())
}
