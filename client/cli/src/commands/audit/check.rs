//! `secureflow audit check`: whether callers have told the auditors the truth.

use super::{entries, subject, Reader};
use crate::{
    context::Context,
    error::{Failure, Result},
    names::Reference,
    network::{find_space, ChainState, Names},
    out::{table, Answer},
};
use secureflow_chain::{
    audit::{check, MadeCall, Mismatch},
    Chain,
};
use secureflow_primitives::{
    audit::{self, Details, Kind, Subject},
    BlockNumber, JobId,
};
use serde_json::{json, Value};
use std::collections::{btree_map::Entry, BTreeMap};

/// What became of an entry's details.
enum Finding {
    /// They are true.
    True,
    /// They are not for this home, or for a key that is not here.
    Closed(&'static str),
    False(Mismatch),
}

pub async fn run(
    context: &Context,
    space: Option<Reference>,
    job: Option<JobId>,
    entry: Option<u64>,
) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let reader = Reader::of(context, &state).await;
    let space = match space {
        Some(space) => Some(find_space(&state.spaces().await?, &space)?),
        None => None,
    };
    let mut found = match entry {
        Some(index) => state.audit_entries(index..index.saturating_add(1)).await?,
        None => entries(&state).await?,
    };
    if let (Some(index), true) = (entry, found.is_empty()) {
        return Err(Failure::new("no_entry", format!("the log has no entry {index}"))
            .hint("`secureflow audit list --last 20` shows the newest ones."));
    }
    found.retain(|(_, entry)| {
        let details = entry.details.as_ref();
        space.is_none_or(|space| entry.space == Some(space) || details.is_some_and(|told| told.space == space))
            && job.is_none_or(|job| entry.subject == Subject::Job(job))
    });
    report(network.chain(), &state, reader.as_ref(), &found).await
}

/// Examines entries, and says what became of each.
async fn report(
    chain: &dyn Chain,
    state: &ChainState<'_>,
    reader: Option<&Reader>,
    found: &[(u64, audit::Entry)],
) -> Result<Answer> {
    let names = Names::read(state).await?;
    let mut blocks = BTreeMap::new();
    let (mut rows, mut values) = (Vec::new(), Vec::<Value>::new());
    let (mut matching, mut closed, mut failed, mut without) = (0, 0, 0, 0);
    for (index, entry) in found {
        let Some(details) = entry.details.as_ref().filter(|_| entry.kind != Kind::Note) else {
            without += 1;
            continue;
        };
        let calls = calls(chain, &mut blocks, entry.block).await?;
        let finding = examine(state, reader, entry, details, calls).await?;
        let (mark, text) = match &finding {
            Finding::True => {
                matching += 1;
                ("✓", String::new())
            }
            Finding::Closed(why) => {
                closed += 1;
                ("·", (*why).to_string())
            }
            Finding::False(mismatch) => {
                failed += 1;
                ("✗", mismatch.to_string())
            }
        };
        values.push(json!({
            "index": index, "kind": entry.kind,
            "result": match &finding { Finding::True => "match", Finding::Closed(_) => "closed", Finding::False(_) => "mismatch" },
            "reason": (!text.is_empty()).then_some(&text),
        }));
        if !matches!(finding, Finding::True) {
            let about = subject(&entry.subject, &names);
            rows.push([mark.into(), index.to_string(), format!("{:?}", entry.kind), about, text]);
        }
    }
    let mut text = format!(
        "{} {matching} entries have details that match their calls, {failed} do not; {closed} are closed to this home, \
         {without} have none to check.\n",
        if failed == 0 { "✓" } else { "✗" }
    );
    if !rows.is_empty() {
        text.push_str(&table(["", "entry", "what", "about", "why"], &rows));
    }
    let value = json!({
        "matching": matching, "mismatching": failed, "closed": closed, "without": without, "entries": values,
        "block": state.block().number,
    });
    let mut answer = Answer::new(value, text);
    answer.ok = failed == 0;
    Ok(answer)
}

/// The calls of a block, fetched once.
async fn calls<'a>(
    chain: &dyn Chain,
    blocks: &'a mut BTreeMap<BlockNumber, Vec<MadeCall>>,
    number: BlockNumber,
) -> Result<&'a [MadeCall]> {
    match blocks.entry(number) {
        Entry::Occupied(known) => Ok(known.into_mut()),
        Entry::Vacant(place) => {
            let block = chain.hash_at(number).await?;
            Ok(place.insert(chain.calls(block).await?))
        }
    }
}

async fn examine(
    state: &ChainState<'_>,
    reader: Option<&Reader>,
    entry: &audit::Entry,
    details: &Details,
    calls: &[MadeCall],
) -> Result<Finding> {
    let key = secureflow_chain::storage::audit_roster(details.space, details.epoch);
    let roster = state.get(&key).await?.unwrap_or_default();
    let ours = reader.and_then(|reader| {
        let (_, public) = roster.iter().find(|(org, _)| *org == reader.org)?;
        Some((reader, reader.holds(public)))
    });
    match ours {
        None => Ok(Finding::Closed("encrypted to other auditors")),
        Some((_, false)) => Ok(Finding::Closed("the key of that epoch is not in this home")),
        // From here on whatever does not open is the caller's fault: the roster says for whom it had to be.
        Some((reader, true)) => match check(entry, calls, |ciphertext| reader.open(ciphertext)) {
            Ok(_) => Ok(Finding::True),
            Err(mismatch) => Ok(Finding::False(mismatch)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::OsRng;
    use secureflow_chain::{
        audit::{Description, SecretKey},
        fake::FakeChain,
        keys::AccountKey,
        At, Call, ChainExt, Wait,
    };
    use secureflow_primitives::{
        consortium::OrgKeys,
        revenue::{Agreement, Formula},
        OrgId, SpaceId,
    };

    const SPACE: SpaceId = SpaceId(0);

    fn agreement(reward: u128) -> Call {
        let agreement = Agreement {
            formula: Formula::Equal,
            reward,
            dispute_window: 0,
        };
        Call::SetAgreement {
            space: SPACE,
            agreement,
        }
    }

    /// A space of Alice's that Bob audits, whose key is this.
    async fn audited(secret: &SecretKey) -> (FakeChain, AccountKey, OrgId) {
        let chain = FakeChain::new();
        let [alice, bob] = ["Alice", "Bob"].map(|name| AccountKey::development(name).unwrap());
        let keys = OrgKeys {
            tls_fingerprint: [1; 32],
            signing: [1; 32],
            encryption: *secret.public_key().as_bytes(),
        };
        chain.add_organisation("alice", &alice.account(), None, &[]);
        let org = chain.add_organisation("bob", &bob.account(), Some(keys), &[]);
        let name = b"space".to_vec().try_into().unwrap();
        for call in [Call::CreateSpace { name }, Call::GrantAuditor { space: SPACE, org }] {
            chain.submit(&alice, call, Wait::default()).await.unwrap();
        }
        (chain, alice, org)
    }

    async fn examined(chain: &FakeChain, reader: Option<&Reader>) -> Answer {
        let chain: &dyn Chain = chain;
        let state = chain.state(At::Finalized).await.unwrap();
        let found = entries(&state).await.unwrap();
        report(chain, &state, reader, &found).await.unwrap()
    }

    #[tokio::test]
    async fn a_lie_is_named_and_fails_the_command() {
        let secret = SecretKey::generate(&mut OsRng);
        let (chain, alice, org) = audited(&secret).await;
        let reader = Reader {
            org,
            secrets: vec![SecretKey::generate(&mut OsRng), secret],
        };
        chain
            .submit_detailed(&alice, agreement(5), Wait::default())
            .await
            .unwrap();
        let honest = examined(&chain, Some(&reader)).await;
        assert!(honest.ok && honest.json["matching"] == 1, "{}", honest.text);

        let (epoch, roster) = chain
            .state(At::Best)
            .await
            .unwrap()
            .audience(SPACE)
            .await
            .unwrap()
            .unwrap();
        let hash = chain.call_hash(&agreement(7)).await.unwrap();
        let lie = Description::new(&agreement(5), hash, None)
            .unwrap()
            .seal(&roster)
            .unwrap();
        for ciphertext in [lie, vec![1; 99].try_into().unwrap()] {
            let call = Call::Detailed {
                space: SPACE,
                epoch,
                ciphertext,
                call: Box::new(agreement(7)),
            };
            chain.submit(&alice, call, Wait::default()).await.unwrap();
        }
        let found = examined(&chain, Some(&reader)).await;
        assert!(!found.ok);
        assert_eq!(
            (&found.json["matching"], &found.json["mismatching"]),
            (&1.into(), &2.into())
        );
        assert!(
            found.text.contains("agreement.reward = 5, and the call says 7"),
            "{}",
            found.text
        );
        assert!(found.text.contains("cannot be read"), "{}", found.text);

        // Whoever audits nothing, or has lost the epoch's key, can judge nothing and accuses nobody.
        let others = Reader {
            org: OrgId(0),
            secrets: vec![],
        };
        let keyless = Reader { org, secrets: vec![] };
        for (reader, why) in [
            (None, "other auditors"),
            (Some(&others), "other auditors"),
            (Some(&keyless), "the key"),
        ] {
            let closed = examined(&chain, reader).await;
            assert!(closed.ok && closed.json["closed"] == 3, "{}", closed.text);
            assert!(closed.text.contains(why), "{}", closed.text);
        }
    }
}
