use super::*;
use secureflow_chain::{fake::FakeChain, keys::AccountKey, storage, At, Chain, ChainExt};
use secureflow_primitives::{
    audit::{Entry, Kind, Subject},
    job::{FailReason, Job, JobPhase, JobSpec, PinnedPolicy, RoundCommitment},
    policy::{Dataset, DatasetRegistration, RowBand},
    BlockNumber, DatasetId, JobId, OrgId, PolicyVersion, Round, SpaceId, H256,
};

const DATASET: DatasetId = DatasetId(1);
const VERSION: PolicyVersion = PolicyVersion(1);
const POLICY: &str = r#"
purposes = ["churn"]
[budget]
epsilon = 4.0
delta = 1e-5
min_noise = 3.0
[columns]
left = "label"
age = "feature"
"#;
const TEMPLATE: &str = r#"
name = "churn"
purpose = "churn"
label = { column = "left", positive = "yes" }
model = { kind = "logistic" }
training = { rounds = 10 }
privacy = { epsilon = 3.0, delta = 1e-5, clip = 1.0 }
feature = [{ name = "age", kind = "numeric" }]
"#;

fn spec(template: &str) -> JobSpec {
    let template = crate::proposal::parse(template).unwrap();
    let proposal = crate::proposal::Proposal::new(&template, vec![DatasetId(0), DATASET]);
    proposal.unwrap().spec
}

/// A chain with two datasets of one owner, of which the second is told about.
struct World {
    chain: FakeChain,
    entries: u64,
}

impl World {
    fn new(policy: &str) -> Self {
        let chain = FakeChain::new();
        let owner = AccountKey::development("Alice").unwrap();
        let owner = chain.add_organisation("bank", &owner.account(), None, &[]);
        for (id, name) in [(DatasetId(0), "other"), (DATASET, "loans")] {
            let registration = DatasetRegistration {
                name: crate::names::name("a name", name).unwrap(),
                schema: H256::zero(),
                rows: RowBand::Under1K,
                content_root: H256::zero(),
            };
            let dataset = Dataset {
                owner,
                registration,
                policy: VERSION,
                retired: false,
                revoked: false,
            };
            chain.set(&storage::dataset(id), &dataset);
            let policy = crate::policy_file::PolicyFile::parse(policy).unwrap();
            let policy = policy.policy(&Names::none(), 0).unwrap();
            chain.set(&storage::policy(id, VERSION), &policy);
        }
        Self { chain, entries: 0 }
    }

    /// A job with so many steps in, and the entry of its end where it has ended.
    fn job(&mut self, id: u32, spec: &JobSpec, phase: JobPhase, steps: u32, ended: Option<(Kind, BlockNumber)>) {
        let id = JobId(id);
        let pin = |dataset: &DatasetId| PinnedPolicy {
            dataset: *dataset,
            owner: OrgId(0),
            version: VERSION,
        };
        let approved = phase != JobPhase::Proposed;
        let pins: Vec<PinnedPolicy> = spec.datasets.iter().filter(|_| approved).map(pin).collect();
        let job = Job {
            space: SpaceId(0),
            proposer: OrgId(0),
            spec_hash: spec.hash(),
            phase,
            approvals: Default::default(),
            policies: pins.try_into().unwrap(),
            requirement: Default::default(),
            worker: None,
            simulated: false,
            proposed_at: 1,
            deadline: 0,
        };
        self.chain.set(&storage::job(id), &job);
        self.chain.set(&storage::spec(id), spec);
        for round in (0..steps).map(Round) {
            let commitment = RoundCommitment {
                round,
                output: H256::zero(),
                participants: vec![OrgId(0)].try_into().unwrap(),
            };
            self.chain.set(&storage::round(id, round), &(commitment, [0u8; 64]));
        }
        if let Some((kind, block)) = ended {
            let entry = Entry {
                block,
                actor: None,
                space: Some(SpaceId(0)),
                subject: Subject::Job(id),
                kind,
                policy: None,
                details: None,
            };
            self.chain.set(&storage::audit_entry(self.entries), &entry);
            self.entries += 1;
            self.chain.set(&storage::audit_count(), &self.entries);
        }
    }

    fn ledger(&self, ledger: Ledger) {
        self.chain.set(&storage::ledger(DATASET), &ledger);
    }

    async fn explain(&self, args: &[&str]) -> Result<Answer> {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            explain: Explain,
        }
        let line = [&["explain", "loans"][..], args].concat();
        let line = <Line as clap::Parser>::try_parse_from(line).unwrap();
        let chain: &dyn Chain = &self.chain;
        answer(&chain.state(At::Finalized).await.unwrap(), &line.explain).await
    }
}

fn cost_of_round(spec: &JobSpec) -> RdpCost {
    match spec.privacy {
        PrivacyCost::PerRound { cost, .. } => cost,
        PrivacyCost::Unbounded => panic!("it has a privacy section"),
    }
}

/// One job has run to its end, one has failed in its second round, one is under way, one waits for approvals.
fn busy() -> (World, JobSpec) {
    let mut world = World::new(&POLICY.replace("4.0", "8.0"));
    let spec = spec(TEMPLATE);
    let failed = JobPhase::Failed {
        reason: FailReason::Deadline,
        party: None,
    };
    world.job(0, &spec, JobPhase::Running { round: Round(4) }, 5, None);
    world.job(1, &spec, failed, 3, Some((Kind::JobFailed, 90)));
    world.job(2, &spec, JobPhase::Completed, 13, Some((Kind::JobCompleted, 70)));
    world.job(3, &spec, JobPhase::Proposed, 0, None);
    let round = cost_of_round(&spec);
    world.ledger(Ledger {
        spent: round.times(12),
        reserved: round.times(10),
        uses: 3,
        unbounded_uses: 0,
    });
    (world, spec)
}

#[tokio::test]
async fn a_ledger_is_told_as_its_jobs() {
    let (world, spec) = busy();
    let told = world.explain(&[]).await.unwrap();
    assert!(told.ok && told.json["explained"] == true, "{}", told.text);
    let releases = told.json["releases"].as_array().unwrap();
    // In the order in which they ended; the one under way is last, and the proposal holds nothing back.
    let shown: Vec<_> = releases
        .iter()
        .map(|release| {
            (
                release["job"].as_u64(),
                release["block"].as_u64(),
                release["rounds"].as_u64(),
            )
        })
        .collect();
    let expected = [(2, Some(70), 10), (1, Some(90), 2), (0, None, 4)];
    assert_eq!(
        shown,
        expected.map(|(job, block, rounds)| (Some(job), block, Some(rounds)))
    );

    let round = cost_of_round(&spec);
    let epsilon = |rounds| Some(units(round.times(rounds).epsilon_micro(5)));
    let alone: Vec<_> = releases.iter().map(|release| release["epsilon"].as_f64()).collect();
    assert_eq!(alone, [epsilon(10), epsilon(2), epsilon(10)]);
    let so_far: Vec<_> = releases
        .iter()
        .map(|release| release["epsilon_so_far"].as_f64())
        .collect();
    assert_eq!(so_far, [epsilon(10), epsilon(12), epsilon(22)]);
    assert_eq!(releases[1]["divergence_micro"], json!(round.times(2).0));
    assert_eq!(told.json["planned"], Value::Null);
    for words in ["held back", "2 of 10", "failed, a deadline passed", "room"] {
        assert!(told.text.contains(words), "{words} in {}", told.text);
    }
}

#[tokio::test]
async fn a_ledger_that_its_jobs_do_not_add_up_to_is_named() {
    let (world, spec) = busy();
    let round = cost_of_round(&spec);
    world.ledger(Ledger {
        spent: round.times(11),
        reserved: round.times(10),
        uses: 3,
        unbounded_uses: 0,
    });
    let told = world.explain(&[]).await.unwrap();
    assert!(!told.ok && told.json["explained"] == false, "{}", told.text);
    assert!(told.text.contains("not what these jobs add up to"), "{}", told.text);
}

#[tokio::test]
async fn a_planned_job_is_judged_before_it_is_proposed() {
    let mut world = World::new(POLICY);
    let spec = spec(TEMPLATE);
    world.job(0, &spec, JobPhase::Completed, 13, Some((Kind::JobCompleted, 70)));
    let spent = cost_of_round(&spec).times(10);
    world.ledger(Ledger {
        spent,
        uses: 1,
        ..Ledger::default()
    });
    let folder = tempfile::tempdir().unwrap();
    let file = |text: &str| {
        let path = folder.path().join("job.toml");
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };

    let again = world.explain(&["--template", &file(TEMPLATE)]).await.unwrap();
    assert!(!again.ok, "{}", again.text);
    let planned = &again.json["planned"];
    assert_eq!(planned["refused_by"]["rule"], "PolicyBudgetExceeded");
    assert_eq!(planned["epsilon_after"], json!(units(spent.times(2).epsilon_micro(5))));
    // Some of its rounds fit, and one more does not.
    let fit = planned["rounds_that_fit"].as_u64().unwrap() as u32;
    let round = cost_of_round(&spec);
    let after = |rounds| spent.plus(round.times(rounds)).epsilon_micro(5);
    assert!(
        (1..10).contains(&fit) && after(fit) <= 4_000_000 && after(fit + 1) > 4_000_000,
        "{fit}"
    );

    // The room is more than the budget less what is spent; a job that fills it is allowed, and no larger one.
    let room = again.json["room"].as_f64().unwrap();
    assert!(room > 4.0 - units(spent.epsilon_micro(5)) + 0.5, "{room}");
    for (epsilon, allowed) in [(room - 0.001, true), (room + 0.001, false)] {
        let told = world
            .explain(&["--epsilon", &epsilon.to_string(), "--rounds", "50"])
            .await
            .unwrap();
        assert_eq!(
            (told.ok, &told.json["planned"]["allowed"]),
            (allowed, &json!(allowed)),
            "{}",
            told.text
        );
    }

    // Rules beside the budget: little noise per round, and none.
    let told = world.explain(&["--epsilon", "2", "--rounds", "1"]).await.unwrap();
    let (rule, noise) = (
        &told.json["planned"]["refused_by"]["rule"],
        &told.json["planned"]["noise"],
    );
    assert_eq!(
        (rule, noise.as_f64() < Some(3.0)),
        (&json!("PolicyNoiseTooLow"), true),
        "{}",
        told.text
    );
    let plain = TEMPLATE.replace("privacy = {", "# privacy = {");
    let told = world.explain(&["--template", &file(&plain)]).await.unwrap();
    assert_eq!(told.json["planned"]["refused_by"]["rule"], "PolicyNoPrivacy");
    assert_eq!(told.json["planned"]["epsilon"], Value::Null);
}

#[tokio::test]
async fn a_job_without_noise_leaves_no_bound() {
    let mut world = World::new(&POLICY.replace("[budget]\nepsilon = 4.0\ndelta = 1e-5\nmin_noise = 3.0\n", ""));
    let plain = spec(&TEMPLATE.replace("privacy = {", "# privacy = {"));
    world.job(0, &plain, JobPhase::Completed, 13, Some((Kind::JobCompleted, 70)));
    world.job(
        1,
        &spec(TEMPLATE),
        JobPhase::Completed,
        13,
        Some((Kind::JobCompleted, 80)),
    );
    world.ledger(Ledger {
        spent: cost_of_round(&spec(TEMPLATE)).times(10),
        uses: 2,
        unbounded_uses: 1,
        ..Ledger::default()
    });
    let told = world.explain(&["--epsilon", "1", "--rounds", "10"]).await.unwrap();
    assert!(told.ok, "{}", told.text);
    let releases = &told.json["releases"];
    assert_eq!(
        (&releases[0]["epsilon"], &releases[1]["epsilon_so_far"]),
        (&Value::Null, &Value::Null)
    );
    assert!(releases[1]["epsilon"].as_f64() > Some(2.9), "{releases}");
    assert_eq!(
        (&told.json["room"], &told.json["planned"]["epsilon_after"]),
        (&Value::Null, &Value::Null)
    );
    assert!(told.text.contains("no bound"), "{}", told.text);
}

#[tokio::test]
async fn without_a_policy_nothing_can_be_planned() {
    let world = World::new(POLICY);
    world.chain.remove(&storage::policy(DATASET, VERSION));
    assert!(world.explain(&[]).await.unwrap().ok);
    let refused = world.explain(&["--epsilon", "1", "--rounds", "10"]).await.unwrap_err();
    assert_eq!(refused.code, "Collaborations.PolicyNoPolicy");
}
