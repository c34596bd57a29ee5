//! One line per error of the pallets. A test compares it with the pallets' sources.

use super::Explanation;

macro_rules! table {
    ($($pallet:ident { $($error:ident: $says:literal => $hint:literal;)* })*) => {
        /// Every error that a pallet of this project can give, and those of the SDK's pallets that members meet.
        pub const TABLE: &[Explanation] = &[
            $($(Explanation {
                pallet: stringify!($pallet),
                error: stringify!($error),
                says: $says,
                hint: $hint,
            },)*)*
        ];
    };
}

table! {
    Consortium {
        NotOwner: "only an active organisation's own account may do this" => "Use the home of the organisation (`secureflow keys show` prints whose it is); an operator's account is not enough.";
        UnknownOrganisation: "there is no such organisation" => "`secureflow network organisations` lists them.";
        InvalidName: "the name is not text, is empty, holds control characters, or begins or ends with a space" => "Choose another name, 1 to 64 bytes of plain text.";
        NameTaken: "another organisation has this name" => "Choose another name; `secureflow network organisations` lists those in use.";
        AccountTaken: "the account belongs to an organisation already" => "`secureflow org show` lists an organisation's accounts; remove an operator before adding it elsewhere.";
        TooManyOrganisations: "the consortium has as many organisations as it may have" => "Nobody can be admitted until the limit is raised by an upgrade.";
        AlreadySuspended: "the organisation is suspended already" => "Nothing needs to be done.";
        NotSuspended: "the organisation is not suspended" => "Nothing needs to be done.";
        EmptyKey: "a key consists of zeros only" => "Make keys with `secureflow keys init`.";
        FingerprintTaken: "another organisation has registered this TLS certificate" => "Every organisation needs its own home: make one with `secureflow keys init`, and never copy keys.";
        SigningKeyTaken: "another organisation has registered this signing key" => "Every organisation needs its own home: make one with `secureflow keys init`, and never copy keys.";
        TooManyOperators: "the organisation has as many operator accounts as it may have" => "Remove one that is no longer used.";
        UnknownOperator: "the account is no operator of your organisation" => "`secureflow org show` lists your operators.";
        ForeignValidator: "an account is neither your organisation's own nor one of its operators" => "Add it first: `secureflow org add-operator ACCOUNT`.";
        DuplicateValidator: "an account is named twice" => "Name each account once.";
        TooManyValidators: "your organisation names more validators than it may have" => "Name fewer: `secureflow org validators` lists those that you have.";
        NoSessionKeys: "an account has no session keys" => "Run `secureflow org session-keys` in that account's home, connected to its validator.";
        LastValidator: "nobody would be left to validate" => "Another organisation names a validator first: `secureflow org validators ACCOUNT`.";
        NodeInvalid: "a node's identity is not that of an Ed25519 key" => "`secureflow-node key inspect-node-key --file FILE` prints a node's identity, 12D3Koo….";
        DuplicateNode: "a node is named twice" => "Name each node once.";
        NodeTaken: "another organisation has named this node" => "Every node needs a key of its own: `secureflow-node key generate-node-key --file FILE`.";
        AlreadyRemoved: "the organisation has left for good" => "It can be admitted anew: `secureflow org admit --name NAME --account ACCOUNT`.";
        LastMember: "nobody would be left to vote" => "Admit or reinstate another organisation first.";
    }
    Policies {
        NotOwner: "only the own account of the organisation that owns the dataset may do this" => "`secureflow dataset show ID` says whose it is; use that organisation's home.";
        UnknownDataset: "there is no such dataset" => "`secureflow dataset list` lists them.";
        DatasetRetired: "the dataset is retired" => "Register the data again under another name.";
        InvalidName: "a name, purpose or column is not text, is empty, or begins or ends with a space" => "Correct it in the file, or rename the column in the data.";
        NameTaken: "your organisation has a dataset of this name already" => "Choose another --name, or retire the old one first: `secureflow dataset retire ID`.";
        DuplicateRule: "the policy has a rule twice: for the same column, role, operations and purposes" => "Leave one of them out.";
        UnknownPurpose: "a column's rule is about a purpose that the policy does not allow" => "Add it to `purposes`, or correct the rule.";
        MinPartiesTooSmall: "a sum over fewer than two parties is a party's own data" => "Set min_parties to 2 or more.";
        InvalidBudget: "the budget's delta must be smaller than one" => "Use a power of ten such as 1e-5.";
        UnknownCounterparty: "a counterparty is no organisation of the consortium" => "`secureflow network organisations` lists them.";
        TooManyDatasets: "all dataset numbers are used up" => "Nothing more can be registered on this chain: report it.";
        TooManyVersions: "the dataset's policy has been changed as often as it can be" => "Register the data again under another name.";
        NoPolicyInForce: "the dataset has no policy in force" => "Nothing needs to be revoked: without a policy nobody may use it.";
    }
    Collaborations {
        NotMember: "this account speaks for no active organisation" => "`secureflow network organisations` lists the members.";
        NotOwnAccount: "only the organisation's own account decides this, not its operators" => "Use the organisation's home, not the worker's or the agent's account.";
        NameInvalid: "the name is not text, is empty, holds control characters, or begins or ends with a space" => "Choose another name, 1 to 64 bytes of plain text.";
        IdsExhausted: "all ids are used up" => "Nothing more can be made on this chain: report it.";
        UnknownSpace: "there is no such space" => "`secureflow space list` lists them.";
        NotSpaceCreator: "only the organisation that created the space invites" => "`secureflow space show SPACE` says who that is.";
        NotSpaceMember: "your organisation is no member of the space" => "Ask its creator for an invitation, then `secureflow space accept SPACE`.";
        UnknownOrganisation: "there is no such active organisation" => "`secureflow network organisations` lists them.";
        AlreadyMember: "the organisation is in the space already" => "Nothing needs to be done.";
        AlreadyInvited: "the organisation is invited already" => "It answers with `secureflow space accept SPACE`.";
        NotInvited: "your organisation is not invited to this space" => "Ask its creator for an invitation: `secureflow space invite SPACE ORG`.";
        SpaceFull: "the space has as many members and invitations as it may have" => "Create another space.";
        RoundsOutOfRange: "the number of training rounds is not between 1 and 1,000" => "Correct `rounds` under [training] in the job.";
        NoDatasets: "the job names no dataset" => "Name one per party: `datasets = [\"bank-credit\", 4]` in the job.";
        DuplicateDataset: "the job names a dataset twice" => "Name each dataset once.";
        TooFewDatasets: "the job names fewer datasets than it needs parties" => "Name more datasets, or lower min_parties.";
        MinPartiesTooSmall: "a job must sum over at least two parties" => "Set min_parties to 2 or more.";
        UnknownDataset: "the job names a dataset that does not exist or was retired" => "`secureflow dataset list` lists them.";
        OwnerNotActive: "the owner of a dataset is suspended" => "Leave that dataset out, or wait until its owner is reinstated.";
        OwnerNotSpaceMember: "the owner of a dataset is not in the space" => "Invite it: `secureflow space invite SPACE ORG`.";
        TwoDatasetsOfOneOwner: "two datasets of the job have the same owner" => "Name one dataset per organisation.";
        NoColumns: "the job names no column" => "Add a label and at least one [[feature]].";
        ColumnNameInvalid: "a column's name is not text, is empty, or begins or ends with a space" => "Rename the column in the data and in the job.";
        DuplicateColumn: "the job names a column twice" => "Name each column once.";
        NotExactlyOneLabel: "training needs exactly one label" => "Set [label] in the job and list no feature as a label.";
        DeadlineOutOfRange: "a deadline is not between 1 and 100,000 blocks" => "Correct [deadlines] in the job.";
        PlanEmpty: "the job has no plan" => "Propose it with `secureflow job propose SPACE FILE.toml`.";
        TooManyJobs: "your organisation has as many unfinished jobs as it may have" => "Cancel one (`secureflow job cancel ID`), or wait until one ends.";
        DeadlinesFull: "too many jobs end at that time" => "Try again, or choose other deadlines.";
        DatasetBusy: "as many jobs as may wait for one of the datasets" => "Cancel one that waits (`secureflow job cancel ID`), or wait until one begins or ends.";
        ConsentRevoked: "an owner has revoked its policy, so the job ends in one of the next blocks" => "`secureflow job show ID` says whose; ask for another policy, then propose the job again.";
        UnknownJob: "there is no such job" => "`secureflow job list` lists them.";
        JobEnded: "the job has ended" => "`secureflow job show ID` says how; propose a new one.";
        NotProposed: "the job is approved by all already" => "`secureflow job show ID` says where it stands.";
        NotAParty: "your organisation has no dataset in this job" => "Only the owners of its datasets approve it; `secureflow job show ID` lists them.";
        AlreadyApproved: "your organisation has approved this job already" => "`secureflow job show ID` says whose approval is missing.";
        NotApproved: "the job is not approved by all yet" => "`secureflow job show ID` says whose approval is missing.";
        AlreadyAssigned: "the job has a worker that may compute" => "Nothing needs to be done.";
        NoWorker: "no attested worker is registered" => "Start one with `secureflow-worker --config HOME/worker.toml`; `secureflow worker list` lists them.";
        NotAssigned: "the job has no worker yet" => "`secureflow worker list` says whether one is active.";
        NotAssignedWorker: "the job is assigned to another worker" => "`secureflow job show ID` says to which.";
        WorkerNotActive: "the worker is revoked, or its registration has expired" => "Let it register again; `secureflow worker show ACCOUNT` says which.";
        WorkerChanged: "the worker has renewed as something that the job's label or the datasets' policies do not allow" => "Propose the job again.";
        RoundAlreadySubmitted: "the commitment to this step is in already" => "Nothing was changed; the worker goes on with the next step.";
        RoundOutOfOrder: "the commitment to an earlier step is missing" => "The worker has to submit the steps in order.";
        NoRoundLeft: "the commitments to all steps are in" => "The worker has to complete the job.";
        DuplicateParticipant: "a commitment names a participant twice" => "This is a fault of the worker: report it to its operator.";
        ParticipantNotInJob: "a commitment names a participant that is not in the job" => "This is a fault of the worker: report it to its operator.";
        TooFewParticipants: "a commitment is over fewer parties than the job demands" => "Enough agents have to run; `secureflow job show ID` lists the parties.";
        BadSignature: "the worker's session key did not sign this" => "This is a fault of the worker: report it to its operator.";
        StepsMissing: "the commitments to some steps are missing" => "The worker has to submit them before it completes the job.";
        SpecHashMismatch: "the result is for another specification" => "This is a fault of the worker: report it to its operator.";
        ModelMismatch: "the result's model is not that of the last training step" => "This is a fault of the worker: report it to its operator.";
        EncodingMismatch: "the result's encoding is not the one committed to" => "This is a fault of the worker: report it to its operator.";
        EvaluationMismatch: "the result's evaluation is not the one committed to" => "This is a fault of the worker: report it to its operator.";
        MeasurementMismatch: "the result names another measurement than the worker's" => "This is a fault of the worker: report it to its operator.";
        SimulatedMismatch: "the result does not say truly whether the evidence is simulated" => "This is a fault of the worker: report it to its operator.";
        NoContributions: "the result names no contribution" => "This is a fault of the worker: report it to its operator.";
        DuplicateContribution: "the result names a party twice" => "This is a fault of the worker: report it to its operator.";
        ContributionNotInJob: "the result names a party that is not in the job" => "This is a fault of the worker: report it to its operator.";
        ContributionStepsOutOfRange: "a contribution counts more steps than the job has" => "This is a fault of the worker: report it to its operator.";
        PartyNotInJob: "the party that the worker names is not in the job" => "This is a fault of the worker: report it to its operator.";
        NotProposer: "only the organisation that proposed the job cancels it" => "`secureflow job show ID` says who that is.";
        AlreadyRunning: "a running job cannot be cancelled" => "It ends by itself at its deadline at the latest.";
        ContributionUtilityOutOfRange: "a contribution claims more utility than one per training round" => "This is a fault of the worker: report it to its operator.";
        ReasonReserved: "a passed deadline and a revoked policy are the chain's own reasons, not a worker's" => "Give the reason that the worker has: TooFewParties, DataMismatch, Protocol or WorkerRevoked.";
        PolicyUnknownDataset: "the job names a dataset that does not exist" => "`secureflow dataset list` lists them.";
        PolicyDatasetRetired: "the job names a dataset that was retired" => "Ask its owner for another dataset; a retired one does not come back.";
        PolicyNoPolicy: "a dataset of the job has no policy, and without one nothing is allowed" => "Its owner sets one: `secureflow policy template`, then `secureflow policy set DATASET FILE`.";
        PolicyPurpose: "a dataset's policy does not allow this purpose" => "Use a purpose that all policies name word for word (`secureflow policy show DATASET`), or ask the owner to add it.";
        PolicyOperation: "a dataset's policy does not allow this operation" => "`secureflow policy show DATASET` lists what is allowed; the owner can allow horizontal-training.";
        PolicyColumnHidden: "the job uses a column that a dataset's policy hides" => "Run `secureflow policy check JOB.toml DATASET` to see which; leave the column out, or ask the owner to list it.";
        PolicyColumnRole: "the job uses a column in a role that a dataset's policy does not give it" => "Run `secureflow policy check JOB.toml DATASET` to see which column; a label must be allowed as a label, a feature as a feature.";
        PolicyColumnOperation: "a dataset's policy does not allow a column in this role for this operation" => "Run `secureflow policy check JOB.toml DATASET` to see which; leave the column out, or ask the owner for a rule about the operation.";
        PolicyColumnPurpose: "a dataset's policy does not allow a column in this role for this purpose" => "Run `secureflow policy check JOB.toml DATASET` to see which; leave the column out, or ask the owner for a rule about the purpose.";
        PolicyTooFewParties: "a dataset's policy asks for more parties than the job guarantees" => "Raise min_parties in the job, and bring in as many datasets.";
        PolicyGroupTooSmall: "a dataset's policy asks for larger groups than the job keeps to" => "Raise min_group_size in the job; `secureflow policy show DATASET` says how far.";
        PolicyWorkerKind: "the datasets' policies take no worker of one and the same kind of hardware, or none that is active" => "Compare the workers under `secureflow policy show DATASET` with `secureflow worker list`; ask an owner to list another kind, or register such a worker.";
        PolicyWorkerMeasurement: "the datasets' policies take no worker of one and the same build, or none that is active" => "Compare the builds under `secureflow policy show DATASET` with `secureflow measurement list`; ask an owner to list another, or register such a worker.";
        PolicySimulatedWorker: "a dataset's policy takes no worker with simulated evidence, and no other is active" => "Register a worker on real hardware, or ask the owner to list \"simulated\" among the kinds under [worker] (fit for tests only).";
        PolicyNoPrivacy: "a dataset has a privacy budget, and the job runs without differential privacy" => "Add a [privacy] section with epsilon, delta and clip to the job.";
        PolicyNoiseTooLow: "a dataset's policy asks for more noise than the job adds" => "Lower epsilon in the job's [privacy] section, or train more rounds for the same epsilon; `secureflow policy show DATASET` says how much is asked.";
        PolicyBudgetExceeded: "the job would spend more privacy budget than a dataset has left" => "`secureflow privacy explain DATASET --template JOB` says what took it and how much there is room for; lower epsilon, or train fewer rounds.";
        PolicyUsesExhausted: "a dataset has been used as often as its policy allows" => "Ask the owner for a new policy with a higher max_uses.";
        PolicyExpired: "a dataset's policy has expired" => "Ask the owner to set a new one: `secureflow policy set DATASET FILE`.";
        PolicyCounterparty: "a dataset's policy does not allow one of the parties" => "`secureflow policy show DATASET` lists whom it allows.";
        PolicyPrice: "the prices that the datasets' policies ask for are more than the space's agreement promises, or than its escrow holds" => "Raise the reward (`secureflow space agreement`) and pay in (`secureflow space fund`) at least the sum of the prices (`secureflow policy show DATASET`), or ask an owner to lower its price.";
    }
    Attestations {
        NotMember: "this account speaks for no active organisation" => "An organisation adds a worker's account with `secureflow org add-operator ACCOUNT`.";
        NotOperator: "only the organisation that operates the worker, or a vote of the members, may revoke it" => "`secureflow worker show ACCOUNT` says who operates it.";
        UnknownWorker: "there is no such worker" => "`secureflow worker list` lists them.";
        AlreadyRevoked: "the worker is revoked" => "It may register again with new evidence once its old registration has expired and was removed.";
        NotExpired: "the worker's registration still holds" => "Wait until it expires, or revoke it.";
        TooManyWorkers: "as many workers are registered as there may be" => "Expired ones can be removed by anyone.";
        EndpointInvalid: "the worker's address is not https://host:port" => "Correct `advertise` in worker.toml.";
        SessionKeyTaken: "another worker has registered this session key" => "Every worker needs its own home: `secureflow keys init --worker`.";
        TlsFingerprintTaken: "another worker has registered this certificate" => "Every worker needs its own home: `secureflow keys init --worker`.";
        AnchorUnknown: "the evidence was made for a block that this chain does not know" => "Check that the worker talks to this chain, and let it register again.";
        AnchorTooOld: "the evidence was made for a block that is too old" => "Let the worker make new evidence: restart it.";
        EvidenceReplayed: "the worker is registered with this very evidence already" => "Let the worker make new evidence: restart it.";
        EvidenceKindMismatch: "the evidence is of another kind than it says" => "Let the worker make new evidence: restart it.";
        CollateralMissing: "the chain has no collateral of Intel's for this family of platforms" => "Bring it: `secureflow evidence submit-collateral COLLATERAL.json`.";
        CollateralNotNewer: "the chain holds what is as new or newer" => "Nothing needs to be done.";
        TooManyFamilies: "the chain keeps collateral for as many families of platforms as it may" => "Nothing more can be kept until the limit is raised by an upgrade.";
        EvidenceTooLarge: "a part of the evidence is longer than it may be" => "`secureflow evidence check` says which part, with the same files.";
        EvidenceMalformed: "a part of the evidence cannot be decoded" => "`secureflow evidence check` says which part, with the same files.";
        EvidenceTrailingBytes: "bytes follow a part of the evidence" => "`secureflow evidence check` says which part, with the same files.";
        EvidenceVersion: "a part of the evidence has a version that this chain does not know" => "`secureflow evidence check` says which part; a newer runtime may know it.";
        EvidenceNotYetValid: "a certificate or list in the evidence is not valid yet" => "`secureflow evidence check` says which; look at the host's clock.";
        EvidenceExpired: "a certificate, list or collateral that the evidence rests on has expired" => "`secureflow worker tcb-status` says which; fetch a new one from the vendor.";
        EvidenceUnknownIssuer: "a certificate of the evidence does not descend from a vendor's root" => "`secureflow evidence check` says which; send the one that the vendor issued for this chip.";
        EvidenceSignature: "a signature in the evidence is wrong" => "`secureflow evidence check` says which; let the worker make new evidence.";
        EvidenceRevoked: "a certificate of the evidence is revoked by its vendor" => "The platform's keys are not to be trusted any more: use another host.";
        EvidenceMismatch: "two parts of the evidence do not belong together" => "`secureflow evidence check` says which; most often the certificate is not this chip's.";
        EvidenceRule: "the evidence is genuine, and breaks a rule" => "`secureflow evidence check` says which rule, and how to launch the guest.";
        TcbTooLow: "a component of the worker's platform is older than the members ask" => "`secureflow worker tcb-status` says which and by how much; update the host.";
        TcbNotAccepted: "Intel does not call the worker's platform up to date, and the members accept no other status" => "`secureflow worker tcb-status` says what is short; update the host.";
        CollateralTooOld: "the collateral is older than the members ask" => "Bring a newer one: `secureflow evidence submit-collateral COLLATERAL.json`.";
        QuoteRefused: "the quote does not verify" => "Let the worker make new evidence: restart it.";
        SimulatedEvidenceRefused: "this chain takes no simulated evidence" => "Use a worker on real hardware: only development networks take simulated evidence.";
        LeafSignature: "the evidence is not signed by the development root that the genesis names" => "Use the worker's home that was made with this network.";
        ReportSignature: "the evidence's report carries a wrong signature" => "Let the worker make new evidence: restart it.";
        DebugEnabled: "the worker's memory can be read by a debugger" => "Start the guest without its debug flag.";
        ReportDataMismatch: "the evidence was made for another chain, worker, key or block" => "Let the worker make new evidence: restart it.";
        MeasurementNotAccepted: "the members have not accepted the software that the worker runs" => "Run an accepted build, or have the members vote for this measurement.";
        MeasurementReplaced: "the members have voted a successor to what the worker runs, and its time is over" => "Run the new build: `secureflow measurement list` names its source.";
        UnknownFamily: "the chain has no collateral of Intel's for this family of platforms" => "Nothing needs to be removed.";
        MeasurementKnown: "the members have accepted this measurement already" => "Nothing needs to be done.";
        MeasurementUnknown: "this measurement is not accepted, so it cannot be dropped" => "Nothing needs to be done.";
    }
    Revenue {
        NotMember: "this account speaks for no active organisation" => "`secureflow network organisations` lists the members.";
        UnknownSpace: "there is no such space" => "`secureflow space list` lists them.";
        NotSpaceCreator: "only the organisation that created the space sets its agreement" => "`secureflow space show SPACE` says who that is.";
        NotSpaceMember: "your organisation is no member of the space" => "Ask for an invitation, then `secureflow space accept SPACE`.";
        MixtureInvalid: "the parts of a mixture do not add up to one million, or shares stand there without a fixed part" => "For example: --formula mixture=equal:200000,rows:500000,utility:300000.";
        SharesEmpty: "the fixed shares name nobody" => "Name at least one organisation.";
        DuplicateShare: "the fixed shares name an organisation twice" => "Name each organisation once.";
        ShareOutsideSpace: "the fixed shares name an organisation that is not in the space" => "Invite it first: `secureflow space invite SPACE ORG`.";
        SharesAllZero: "the fixed shares are all zero" => "Give at least one organisation a share.";
        ZeroAmount: "nothing is no payment" => "Give an amount of at least one point.";
        NotCompleted: "the job is unknown or has not completed" => "`secureflow job show ID` says where it stands; only completed jobs are settled.";
        AlreadySettled: "the job was settled before" => "`secureflow job show ID` lists the payouts.";
        NoAgreement: "the space has no agreement on how to share a reward" => "Its creator sets one: `secureflow space agreement SPACE --formula rows --reward N`.";
        InsufficientEscrow: "the space's escrow holds less than the reward" => "Pay in with `secureflow space fund SPACE AMOUNT`; `secureflow space show SPACE` says what it holds.";
        NobodyToPay: "the agreement pays nobody who took part in the job" => "Set another agreement: `secureflow space agreement SPACE --formula rows --reward N`.";
        PayoutsDoNotAddUp: "the settlement's payouts do not add up to the reward" => "Nothing was paid. This is a fault of the settlement engine: report it.";
        UnknownPayee: "a payout is for an organisation that does not exist" => "Nothing was paid. This is a fault of the settlement engine: report it.";
        WindowTooLong: "the dispute window is longer than this chain allows" => "Give a shorter --dispute-window; 90 days are 7776000 blocks.";
        NotSettled: "the job was not settled" => "Settle it first: `secureflow job settle ID`.";
        AlreadyClaimed: "the job was paid before" => "`secureflow job show ID` lists the payouts.";
        WindowOpen: "the settlement can still be disputed" => "Wait for the window to end: `secureflow job claim ID --wait 600`.";
        WindowClosed: "the settlement can no longer be disputed" => "The agreement's dispute window is over: `secureflow job show ID` says since when. Agree on a longer one for the next job.";
        DisputeOpen: "the members have yet to decide on a dispute over this job" => "`secureflow job show ID` names it; the members decide with `secureflow job resolve`.";
        NotParty: "your organisation took no part in the job" => "Only a job's parties dispute it.";
        ReceiptOfAnother: "the receipt is of another job or of another party" => "Name a step of which your organisation has a receipt.";
        ReceiptNotProven: "the receipt is not in the job's result" => "Use the receipts.json of this very job, as your agent fetched it.";
        NothingClaimed: "what you claim is what the worker says already" => "Give the figures that your organisation put in over the whole job.";
        AlreadyDisputed: "your organisation has disputed this job before" => "`secureflow job show ID` says what came of it. A party disputes a job once.";
        NotDisputed: "the party has not disputed this job" => "`secureflow job show ID` lists the disputes.";
        AlreadyResolved: "the members have decided on this dispute before" => "`secureflow job show ID` says how.";
        DisputeFallen: "the dispute has fallen, since nobody decided in time" => "The payouts stand; claim them: `secureflow job claim ID`.";
        NotActive: "the organisation does not exist, is suspended, or has left" => "`secureflow network organisations` lists the active ones.";
        NoContracts: "this chain runs no contracts" => "Agree on a built-in formula: `secureflow space agreement SPACE --formula rows --reward N`.";
        UnknownContract: "there is no contract at this account" => "`secureflow contract show ADDRESS` says what is there; the members bring one with `secureflow contract upload` and `secureflow contract instantiate`.";
        ContractAnswerInvalid: "the contract does not answer as a settlement contract does" => "Nothing was paid or agreed. Agree on another contract, or on a built-in formula: `secureflow space agreement SPACE --formula rows --reward N`.";
        ContractRefused: "the contract refuses to settle this job" => "Nothing was paid. Ask who wrote it why; the space can agree on another formula, `secureflow space agreement SPACE --formula rows --reward N`, and settle by that.";
        PayeeTookNoPart: "the contract pays an organisation that took no part in the job, or one twice" => "Nothing was paid. Agree on another formula: `secureflow space agreement SPACE --formula rows --reward N`.";
    }
    Contracts {
        ContractTrapped: "the contract broke off" => "Nothing was changed. Agree on another contract, or on a built-in formula: `secureflow space agreement SPACE --formula rows --reward N`.";
        OutOfGas: "the contract needs more computation than the chain gives it" => "Nothing was changed. Agree on another contract, or on a built-in formula: `secureflow space agreement SPACE --formula rows --reward N`.";
        ContractReverted: "the contract refuses" => "At instantiation: its terms make no sense to it; see its documentation. Nothing was changed.";
        CodeRejected: "the code is no contract that this chain runs" => "Build it with `cargo xtask contract build`, which checks it.";
        CodeTooLarge: "the contract's code is too large" => "At most 64 kB; build it with `cargo xtask contract build`.";
        CodeNotFound: "no such code was uploaded" => "The members upload it first: `secureflow contract upload FILE`.";
        DuplicateContract: "there is such a contract already, with the same code, terms and salt" => "Use it, or give another --salt.";
    }
    Audit {
        NotMember: "this account speaks for no active organisation" => "`secureflow network organisations` lists the members.";
        UnknownSpace: "there is no such space" => "`secureflow space list` lists them.";
        NotCreator: "only the organisation that created the space names its auditors" => "`secureflow space show SPACE` says who that is.";
        EmptyCiphertext: "a note must say something" => "Give the note's text.";
        InactiveAuditor: "the auditor is no active organisation" => "`secureflow network organisations` lists the active ones.";
        AuditorWithoutKeys: "the auditor has registered no keys, so nothing can be encrypted to it" => "It runs `secureflow org register` first.";
        AlreadyAuditor: "the organisation is an auditor of this space already" => "Nothing needs to be done.";
        TooManyAuditors: "the space has as many auditors as it may have" => "No further auditor can be named.";
        NotAuditor: "the organisation is no auditor of the space" => "`secureflow space show SPACE` lists them.";
        NoAuditors: "the space has no auditors" => "Its creator names one: `secureflow space auditor SPACE ORG`.";
        StaleEpoch: "the space's auditors have changed while this was on its way" => "Run the command again: it encrypts to the auditors of today.";
        DetailsMissing: "the space has auditors, and this came without details for them" => "Run the command again with this release of secureflow, which sends them by itself.";
        DetailsForAnotherSpace: "the details are for the auditors of another space" => "Report it with the command that you typed.";
        NothingRecorded: "this leaves no entry in the audit log that could carry details" => "Send it without details.";
        NotDetailed: "calls of this kind carry no details" => "Send it without details.";
        EpochsExhausted: "the space has begun as many epochs as there can be" => "Open another space.";
        ReadersJustChanged: "a reader of this space was cut off a moment ago, and callers have to notice that first" => "Try again in a minute; a dismissal does not wait.";
        NothingToRenew: "all auditors are active and have registered no other keys" => "An auditor makes a key with `secureflow keys rotate-encryption` and registers it with `secureflow org register` first.";
        LogFull: "the audit log is full" => "Nothing more can be written on this chain: report it.";
    }
    Council {
        NotMember: "this account has no seat in the council" => "Use the home of an organisation with a seat.";
        DuplicateProposal: "the same motion is open already" => "Vote for it: `secureflow org vote HASH INDEX --yes`.";
        ProposalMissing: "there is no such motion, or it is closed" => "Check the hash; a motion that passed is closed at once.";
        WrongIndex: "the motion has another index" => "Use the index that was printed with the hash.";
        DuplicateVote: "your organisation has voted so already" => "Nothing needs to be done; the others have to vote.";
        AlreadyInitialized: "the council exists already" => "Nothing needs to be done.";
        TooEarly: "the votes do not suffice yet, and the time for voting has not passed" => "Wait for the other members' votes.";
        TooManyProposals: "too many motions are open" => "Vote on the open ones first.";
        WrongProposalWeight: "the motion needs more computation than was reserved for it" => "Report it with the command that you typed.";
        WrongProposalLength: "the motion is longer than was said" => "Report it with the command that you typed.";
        PrimeAccountNotMember: "the account has no seat in the council" => "Use the home of an organisation with a seat.";
        ProposalActive: "the motion is still open" => "Wait until it is closed.";
    }
    Session {
        InvalidProof: "the keys' proof is not made out to this account" => "Run `secureflow org session-keys` in the home of the account that is to validate.";
        NoAssociatedValidatorId: "this account cannot validate" => "Use your organisation's own account, or an operator's.";
        DuplicatedKey: "another account has registered one of these session keys" => "Make new ones: `secureflow org session-keys`.";
        NoKeys: "the account has no session keys" => "Make some: `secureflow org session-keys`.";
        NoAccount: "the account does not exist on chain" => "Its organisation adds it: `secureflow org add-operator ACCOUNT`.";
    }
    Token {
        FundsUnavailable: "the account has too few points" => "`secureflow org points` shows how many it has.";
        BelowMinimum: "nothing is no payment" => "Give an amount of at least one point.";
    }
    Assets {
        BalanceLow: "the account has too few points" => "`secureflow org points` shows how many it has.";
        NoAccount: "the account has no points" => "`secureflow org points` shows how many it has.";
    }
    System {
        BadOrigin: "this account may not do that" => "It takes another role: an organisation's own account, or a vote of the members.";
        CallFiltered: "the chain does not take this call" => "Points cannot be sent unless `secureflow org points` says so. Session keys go with the operator who leaves: `secureflow org remove-operator ACCOUNT`.";
        NothingAuthorized: "the members have authorised no new runtime" => "Put it to the vote: `secureflow org upgrade-runtime FILE`.";
        Unauthorized: "the members have authorised another runtime" => "Use the file that was voted on; its hash is in the audit log.";
    }
}
