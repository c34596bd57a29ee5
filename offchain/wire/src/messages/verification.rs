//! Messages of steps whose contributions are proven to be bounded.

use std::{collections::BTreeSet, fmt};

use prost::{bytes::Bytes, Message};
use secureflow_primitives::{
    bounds::{MAX_PARTIES, MAX_ROUND_UTILITY},
    JobId, OrgId,
};
use zeroize::Zeroizing;

use super::{array, at_most, version, StepRef};
use crate::{
    proto::{self, finish_response, verify_response},
    Malformed, Refusal, MAX_MESSAGE, VERSION,
};

/// The longest part that both workers get alike: two commitments.
const MAX_PUBLIC: usize = 1024;

/// A party's share of its vector, for one of the two workers.
#[derive(Clone, PartialEq, Eq)]
pub struct ContributeRequest {
    pub job: JobId,
    pub at: StepRef,
    /// The same for both workers.
    pub public: Bytes,
    pub share: Bytes,
    /// Rows used; for the receipt.
    pub rows: u64,
    pub compute_ms: u64,
    /// As in [`super::SubmitRequest`].
    pub utility: u64,
}

// A share is half of what nobody may know.
impl fmt::Debug for ContributeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContributeRequest")
            .field("job", &self.job)
            .field("at", &self.at)
            .field("bytes", &self.share.len())
            .finish_non_exhaustive()
    }
}

/// The first worker tells the second its share of what a party's proof says.
#[derive(Clone)]
pub struct VerifyRequest {
    pub job: JobId,
    pub at: StepRef,
    /// Entries of the vector.
    pub length: u64,
    pub key: Zeroizing<[u8; 32]>,
    pub party: OrgId,
    pub message: Vec<u8>,
}

impl fmt::Debug for VerifyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyRequest")
            .field("job", &self.job)
            .field("at", &self.at)
            .field("party", &self.party)
            .finish_non_exhaustive()
    }
}

/// The first worker asks for the second's share of the sum over these parties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishRequest {
    pub job: JobId,
    pub at: StepRef,
    pub parties: BTreeSet<OrgId>,
}

impl From<ContributeRequest> for proto::ContributeRequest {
    fn from(request: ContributeRequest) -> Self {
        Self {
            version: VERSION,
            job: request.job.0,
            at: Some(request.at.into()),
            public: request.public,
            share: request.share,
            rows: request.rows,
            compute_ms: request.compute_ms,
            utility: request.utility,
        }
    }
}

impl TryFrom<proto::ContributeRequest> for ContributeRequest {
    type Error = Malformed;

    fn try_from(request: proto::ContributeRequest) -> Result<Self, Malformed> {
        version(request.version)?;
        at_most("public", request.public.len(), MAX_PUBLIC)?;
        if request.utility > MAX_ROUND_UTILITY {
            return Err(Malformed::Value("utility"));
        }
        Ok(Self {
            job: JobId(request.job),
            at: request.at.ok_or(Malformed::Missing("at"))?.into(),
            public: request.public,
            share: request.share,
            rows: request.rows,
            compute_ms: request.compute_ms,
            utility: request.utility,
        })
    }
}

impl ContributeRequest {
    /// The request's length as it travels, before encryption.
    pub fn wire_bytes(&self) -> u64 {
        proto::ContributeRequest::from(self.clone()).encoded_len() as u64
    }
}

impl From<VerifyRequest> for proto::VerifyRequest {
    fn from(request: VerifyRequest) -> Self {
        Self {
            version: VERSION,
            job: request.job.0,
            at: Some(request.at.into()),
            length: request.length,
            key: Bytes::copy_from_slice(&*request.key),
            party: request.party.0,
            message: request.message.into(),
        }
    }
}

impl TryFrom<proto::VerifyRequest> for VerifyRequest {
    type Error = Malformed;

    fn try_from(request: proto::VerifyRequest) -> Result<Self, Malformed> {
        version(request.version)?;
        Ok(Self {
            job: JobId(request.job),
            at: request.at.ok_or(Malformed::Missing("at"))?.into(),
            length: request.length,
            key: Zeroizing::new(array("key", &request.key)?),
            party: OrgId(request.party),
            message: request.message.into(),
        })
    }
}

impl From<Result<Vec<u8>, Refusal>> for proto::VerifyResponse {
    fn from(reply: Result<Vec<u8>, Refusal>) -> Self {
        use verify_response::Reply;
        let reply = match reply {
            Ok(message) => Reply::Verified(proto::Verified {
                message: message.into(),
            }),
            Err(refusal) => Reply::Refusal(refusal.into()),
        };
        Self {
            version: VERSION,
            reply: Some(reply),
        }
    }
}

/// Reads a reply to a [`VerifyRequest`].
pub(crate) fn verified(response: proto::VerifyResponse) -> Result<Result<Vec<u8>, Refusal>, Malformed> {
    use verify_response::Reply;
    version(response.version)?;
    Ok(match response.reply.ok_or(Malformed::Missing("reply"))? {
        Reply::Verified(verified) => Ok(verified.message.into()),
        Reply::Refusal(refusal) => Err(refusal.into()),
    })
}

impl From<FinishRequest> for proto::FinishRequest {
    fn from(request: FinishRequest) -> Self {
        Self {
            version: VERSION,
            job: request.job.0,
            at: Some(request.at.into()),
            parties: request.parties.into_iter().map(|party| party.0).collect(),
        }
    }
}

impl TryFrom<proto::FinishRequest> for FinishRequest {
    type Error = Malformed;

    fn try_from(request: proto::FinishRequest) -> Result<Self, Malformed> {
        version(request.version)?;
        at_most("parties", request.parties.len(), MAX_PARTIES as usize)?;
        if !request.parties.is_sorted_by(|before, after| before < after) {
            return Err(Malformed::Value("parties"));
        }
        Ok(Self {
            job: JobId(request.job),
            at: request.at.ok_or(Malformed::Missing("at"))?.into(),
            parties: request.parties.into_iter().map(OrgId).collect(),
        })
    }
}

impl From<Result<Vec<u8>, Refusal>> for proto::FinishResponse {
    fn from(reply: Result<Vec<u8>, Refusal>) -> Self {
        use finish_response::Reply;
        let reply = match reply {
            Ok(values) => Reply::Share(proto::SumShare { values: values.into() }),
            Err(refusal) => Reply::Refusal(refusal.into()),
        };
        Self {
            version: VERSION,
            reply: Some(reply),
        }
    }
}

/// Reads a reply to a [`FinishRequest`].
pub(crate) fn share(response: proto::FinishResponse) -> Result<Result<Vec<u8>, Refusal>, Malformed> {
    use finish_response::Reply;
    version(response.version)?;
    Ok(match response.reply.ok_or(Malformed::Missing("reply"))? {
        Reply::Share(share) => {
            at_most("values", share.values.len(), MAX_MESSAGE)?;
            Ok(share.values.into())
        }
        Reply::Refusal(refusal) => Err(refusal.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: StepRef = StepRef { step: 2, attempt: 1 };

    fn contribute() -> ContributeRequest {
        ContributeRequest {
            job: JobId(7),
            at: AT,
            public: Bytes::from_static(&[1; 64]),
            share: Bytes::from_static(&[2; 100]),
            rows: 10,
            compute_ms: 20,
            utility: 30,
        }
    }

    #[test]
    fn requests_come_back() {
        let request = contribute();
        let proto = proto::ContributeRequest::from(request.clone());
        assert_eq!(request.wire_bytes(), proto.encoded_len() as u64);
        assert_eq!(ContributeRequest::try_from(proto).unwrap(), request);

        let verify = VerifyRequest {
            job: JobId(7),
            at: AT,
            length: 12,
            key: Zeroizing::new([9; 32]),
            party: OrgId(3),
            message: vec![4; 50],
        };
        let back = VerifyRequest::try_from(proto::VerifyRequest::from(verify.clone())).unwrap();
        assert_eq!(
            (back.job, back.at, back.key, back.party),
            (JobId(7), AT, verify.key, OrgId(3))
        );
        assert_eq!((back.length, back.message), (12, verify.message));

        let finish = FinishRequest {
            job: JobId(7),
            at: AT,
            parties: [OrgId(1), OrgId(4)].into(),
        };
        assert_eq!(
            FinishRequest::try_from(proto::FinishRequest::from(finish.clone())).unwrap(),
            finish
        );
        assert_eq!(verified(Ok(vec![5]).into()).unwrap(), Ok(vec![5]));
        let refusal = Refusal::new(crate::RefusalCode::Stale, "over");
        assert_eq!(share(Err(refusal.clone()).into()).unwrap(), Err(refusal));
    }

    #[test]
    fn malformed_requests_are_refused() {
        let wrong = |change: fn(&mut proto::ContributeRequest)| {
            let mut request = contribute().into();
            change(&mut request);
            ContributeRequest::try_from(request).unwrap_err()
        };
        wrong(|request| request.version = 9);
        wrong(|request| request.at = None);
        wrong(|request| request.utility = MAX_ROUND_UTILITY + 1);
        wrong(|request| request.public = Bytes::from_static(&[0; MAX_PUBLIC + 1]));
        let finish = |parties: Vec<u32>| proto::FinishRequest {
            version: VERSION,
            job: 1,
            at: Some(AT.into()),
            parties,
        };
        assert!(FinishRequest::try_from(finish(vec![2, 1])).is_err());
        assert!(FinishRequest::try_from(finish(vec![1, 1])).is_err());
        assert!(FinishRequest::try_from(finish((0..=MAX_PARTIES).collect())).is_err());
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", contribute());
        assert!(!shown.contains("2, 2") && !shown.contains("\\x02"), "{shown}");
    }
}
