//! What workers reply to a poll, to and from the wire.

use super::*;

impl From<PollReply> for proto::PollResponse {
    fn from(reply: PollReply) -> Self {
        use poll_response::Reply;
        let reply = match reply {
            PollReply::Nothing => Reply::Nothing(proto::Nothing {}),
            PollReply::Start(start) => Reply::Start((*start).into()),
            PollReply::Message { at, message } => Reply::Message(proto::StepMessage {
                at: Some(at.into()),
                message: Some(message.into()),
            }),
            PollReply::Done(artefacts) => Reply::Done(proto::JobDone {
                artefacts: artefacts.into_iter().map(Into::into).collect(),
            }),
            PollReply::Failed { reason, party } => Reply::Failed(proto::JobFailed {
                reason: cut(reason),
                party: party.map(|party| party.0),
            }),
            PollReply::Refused(refusal) => Reply::Refusal(refusal.into()),
        };
        Self {
            version: VERSION,
            reply: Some(reply),
        }
    }
}

impl PollReply {
    /// Reads a reply and checks it against the limits.
    pub fn from_proto(response: proto::PollResponse, limits: &Limits) -> Result<Self, Malformed> {
        use poll_response::Reply;
        version(response.version)?;
        Ok(match response.reply.ok_or(Malformed::Missing("reply"))? {
            Reply::Nothing(_) => Self::Nothing,
            Reply::Start(start) => Self::Start(Box::new(StepStart::from_proto(start, limits)?)),
            Reply::Message(message) => Self::Message {
                at: message.at.ok_or(Malformed::Missing("at"))?.into(),
                message: secagg::server_message(message.message.ok_or(Malformed::Missing("message"))?, limits)?,
            },
            Reply::Done(done) => {
                at_most("artefacts", done.artefacts.len(), MAX_ARTEFACTS)?;
                Self::Done(
                    done.artefacts
                        .into_iter()
                        .map(TryInto::try_into)
                        .collect::<Result<_, _>>()?,
                )
            }
            Reply::Failed(failed) => Self::Failed {
                reason: cut(failed.reason),
                party: failed.party.map(OrgId),
            },
            Reply::Refusal(refusal) => Self::Refused(refusal.into()),
        })
    }
}

impl From<StepStart> for proto::StepStart {
    fn from(start: StepStart) -> Self {
        Self {
            at: Some(start.at.into()),
            parties: start.parties.into_iter().map(|party| party.0).collect(),
            threshold: start.threshold,
            length: start.length,
            session: Bytes::copy_from_slice(&start.session.0),
            deadline_unix_ms: start.deadline_unix_ms,
            input: Some(proto::StepInput {
                survey: start.input.survey.as_deref().map(pack),
                moments: start.input.moments.as_deref().map(pack),
                model: start.input.model,
            }),
        }
    }
}

impl StepStart {
    fn from_proto(start: proto::StepStart, limits: &Limits) -> Result<Self, Malformed> {
        let input = start.input.ok_or(Malformed::Missing("input"))?;
        let sum = |field, bytes: Option<Bytes>| bytes.map(|bytes| unpack(field, &bytes, MAX_MESSAGE / 8)).transpose();
        at_most(
            "length",
            usize::try_from(start.length).unwrap_or(usize::MAX),
            limits.length,
        )?;
        Ok(Self {
            at: start.at.ok_or(Malformed::Missing("at"))?.into(),
            parties: secagg::ascending("parties", start.parties, limits)?
                .into_iter()
                .map(OrgId)
                .collect(),
            threshold: start.threshold,
            length: start.length,
            session: SessionId(array("session", &start.session)?),
            deadline_unix_ms: start.deadline_unix_ms,
            input: StepInput {
                survey: sum("survey", input.survey)?,
                moments: sum("moments", input.moments)?,
                model: input.model,
            },
        })
    }
}

impl From<Artefact> for proto::Artefact {
    fn from(artefact: Artefact) -> Self {
        Self {
            name: artefact.name,
            size: artefact.size,
            hash: Bytes::copy_from_slice(&artefact.hash),
        }
    }
}

impl TryFrom<proto::Artefact> for Artefact {
    type Error = Malformed;

    fn try_from(artefact: proto::Artefact) -> Result<Self, Malformed> {
        Ok(Self {
            name: file_name(artefact.name)?,
            size: artefact.size,
            hash: array("hash", &artefact.hash)?,
        })
    }
}
