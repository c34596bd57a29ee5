//! Who may connect to whom.

use std::{sync::Arc, time::Duration};

use rustls::{
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime},
    ClientConfig, DigitallySignedStruct, SignatureScheme,
};
use secureflow_primitives::{JobId, OrgId};
use secureflow_secagg::{ClientMessage, MaskedInput};
use secureflow_wire::{
    serve,
    tls::{self, ConnectionLimits, Identity, Peer},
    AgentClient, AggregationService, Bytes, CallError, Chunk, ContributeRequest, FetchRequest, FinishRequest,
    FirstWorkerClient, Limits, PollReply, PollRequest, Refusal, RefusalCode, StepRef, SubmitOutcome, SubmitRequest,
    VerificationService, VerifyRequest,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsConnector;

fn identity() -> Identity {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["secureflow".into()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    Identity {
        certificate: certificate.der().clone(),
        key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    }
}

fn fingerprint(identity: &Identity) -> [u8; 32] {
    tls::fingerprint(&identity.certificate)
}

const FILE: &[u8] = b"a file in pieces";

/// Tells every caller its own fingerprint.
struct Mirror;

#[tonic::async_trait]
impl AggregationService for Mirror {
    async fn poll(&self, peer: &Peer, _request: PollRequest) -> PollReply {
        PollReply::Failed {
            reason: hex::encode(peer.fingerprint),
            party: None,
        }
    }

    async fn submit(&self, _peer: &Peer, request: SubmitRequest, wire_bytes: u64) -> SubmitOutcome {
        let ClientMessage::MaskedInput(input) = request.message else {
            return SubmitOutcome::Repeated;
        };
        assert!(wire_bytes as usize > input.values.len() * 8);
        SubmitOutcome::Accepted
    }

    async fn contribute(&self, _peer: &Peer, request: ContributeRequest, wire_bytes: u64) -> SubmitOutcome {
        assert!(wire_bytes as usize > request.share.len());
        SubmitOutcome::Accepted
    }

    async fn fetch(&self, _peer: &Peer, request: FetchRequest) -> Result<Chunk, Refusal> {
        let rest = FILE.get(request.offset as usize..);
        let rest = rest.ok_or_else(|| Refusal::new(RefusalCode::UnknownFile, "past the end"))?;
        Ok(Chunk {
            content: Bytes::from_static(&rest[..rest.len().min(5)]),
            size: FILE.len() as u64,
        })
    }
}

/// Gives back what it is asked with.
#[tonic::async_trait]
impl VerificationService for Mirror {
    async fn verify(&self, _peer: &Peer, request: VerifyRequest) -> Result<Vec<u8>, Refusal> {
        Ok(request.message)
    }

    async fn finish(&self, _peer: &Peer, request: FinishRequest) -> Result<Vec<u8>, Refusal> {
        match request.parties.len() {
            0 => Err(Refusal::new(RefusalCode::Protocol, "nobody")),
            count => Ok(vec![count as u8]),
        }
    }
}

struct Worker {
    url: String,
    address: std::net::SocketAddr,
    fingerprint: [u8; 32],
}

/// A worker that admits one client.
async fn worker(admitted: [u8; 32]) -> Worker {
    worker_with(admitted, ConnectionLimits::default()).await
}

async fn worker_with(admitted: [u8; 32], limits: ConnectionLimits) -> Worker {
    let own = identity();
    let config = tls::server_config(&own, Arc::new(move |found| *found == admitted)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(
        Arc::new(Mirror),
        listener,
        config,
        limits,
        std::future::pending(),
    ));
    Worker {
        url: format!("https://{address}"),
        address,
        fingerprint: fingerprint(&own),
    }
}

async fn poll(worker: &Worker, pin: [u8; 32], agent: &Identity) -> Result<PollReply, CallError> {
    let client = AgentClient::new(tls::channel(&worker.url, pin, agent).unwrap());
    let request = PollRequest {
        job: JobId(0),
        begun: None,
        answered: 0,
        computing: false,
        wait: Duration::from_millis(1),
    };
    client.poll(request, &Limits::default()).await
}

#[tokio::test]
async fn the_right_pins_connect_and_the_server_knows_its_client() {
    let agent = identity();
    let worker = worker(fingerprint(&agent)).await;
    let reply = poll(&worker, worker.fingerprint, &agent).await.unwrap();
    assert_eq!(
        reply,
        PollReply::Failed {
            reason: hex::encode(fingerprint(&agent)),
            party: None
        }
    );
}

#[tokio::test]
async fn messages_and_files_travel() {
    let agent = identity();
    let worker = worker(fingerprint(&agent)).await;
    let client = AgentClient::new(tls::channel(&worker.url, worker.fingerprint, &agent).unwrap());
    let message = ClientMessage::MaskedInput(MaskedInput {
        transcript: [0; 32],
        values: vec![7; 1_000_000],
        signature: None,
    });
    let at = StepRef { step: 0, attempt: 0 };
    let outcome = client
        .submit(SubmitRequest {
            job: JobId(0),
            at,
            message,
            rows: 1,
            compute_ms: 1,
            utility: 0,
        })
        .await
        .unwrap();
    assert_eq!(outcome, SubmitOutcome::Accepted);

    let request = FetchRequest {
        job: JobId(0),
        name: "a.txt".into(),
        offset: 0,
    };
    assert_eq!(client.fetch_all(request.clone(), 100).await.unwrap(), FILE);
    assert!(matches!(
        client.fetch_all(request.clone(), 10).await,
        Err(CallError::Malformed(_))
    ));
    let past = FetchRequest { offset: 100, ..request };
    assert!(matches!(client.fetch(past).await, Err(CallError::Refused(_))));
}

/// Between an agent and each of two workers, and between the two.
#[tokio::test]
async fn parts_and_proofs_travel() {
    let agent = identity();
    let worker = worker(fingerprint(&agent)).await;
    let channel = || tls::channel(&worker.url, worker.fingerprint, &agent).unwrap();
    let at = StepRef { step: 0, attempt: 0 };
    let part = ContributeRequest {
        job: JobId(0),
        at,
        public: Bytes::from_static(&[1; 64]),
        share: vec![2; 1_000_000].into(),
        rows: 1,
        compute_ms: 1,
        utility: 0,
    };
    let outcome = AgentClient::new(channel()).contribute(part).await.unwrap();
    assert_eq!(outcome, SubmitOutcome::Accepted);

    let first = FirstWorkerClient::new(channel());
    let verify = VerifyRequest {
        job: JobId(0),
        at,
        length: 3,
        key: [4; 32].into(),
        party: OrgId(1),
        message: vec![5; 100],
    };
    assert_eq!(first.verify(verify).await.unwrap(), [5; 100]);
    let finish = |parties: &[OrgId]| FinishRequest {
        job: JobId(0),
        at,
        parties: parties.iter().copied().collect(),
    };
    assert_eq!(first.finish(finish(&[OrgId(1), OrgId(2)])).await.unwrap(), [2]);
    assert!(matches!(first.finish(finish(&[])).await, Err(CallError::Refused(_))));
}

#[tokio::test]
async fn another_servers_certificate_is_refused() {
    let agent = identity();
    let worker = worker(fingerprint(&agent)).await;
    let error = poll(&worker, [0; 32], &agent).await.unwrap_err();
    assert!(matches!(error, CallError::Transport(_)), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn an_unknown_client_is_refused() {
    let worker = worker([0; 32]).await;
    let error = poll(&worker, worker.fingerprint, &identity()).await.unwrap_err();
    assert!(matches!(error, CallError::Transport(_)), "{error}");
}

/// Believes everything: only for looking at what a server lets in.
#[derive(Debug)]
struct Gullible;

impl ServerCertVerifier for Gullible {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::ED25519]
    }
}

/// Shakes hands with the given configuration, then reads; `Err` when the server ends it.
async fn raw(worker: &Worker, config: ClientConfig) -> std::io::Result<Vec<u8>> {
    let stream = TcpStream::connect(worker.address).await?;
    let name = ServerName::try_from("secureflow").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await?;
    let mut first = vec![0; 9];
    stream.read_exact(&mut first).await?;
    Ok(first)
}

fn client(versions: &[&'static rustls::SupportedProtocolVersion], agent: Option<&Identity>) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Gullible));
    let mut config = match agent {
        Some(agent) => builder
            .with_client_auth_cert(vec![agent.certificate.clone()], agent.key.clone_key())
            .unwrap(),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

#[tokio::test]
async fn a_client_without_a_certificate_or_with_an_old_protocol_is_refused() {
    let agent = identity();
    let worker = worker(fingerprint(&agent)).await;
    // The same configuration with a certificate and TLS 1.3 gets the server's first frame.
    raw(&worker, client(&[&rustls::version::TLS13], Some(&agent)))
        .await
        .unwrap();
    raw(&worker, client(&[&rustls::version::TLS13], None))
        .await
        .unwrap_err();
    raw(&worker, client(&[&rustls::version::TLS12], Some(&agent)))
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_certificate_without_its_key_is_refused() {
    let agent = identity();
    let worker = worker(fingerprint(&agent)).await;
    let thief = Identity {
        certificate: agent.certificate.clone(),
        key: identity().key,
    };
    // rustls will not even configure a pair that does not fit, so the check is made by a resolver of our own.
    #[derive(Debug)]
    struct Pair(Arc<rustls::sign::CertifiedKey>);
    impl rustls::client::ResolvesClientCert for Pair {
        fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<rustls::sign::CertifiedKey>> {
            Some(self.0.clone())
        }
        fn has_certs(&self) -> bool {
            true
        }
    }
    let key = rustls::crypto::ring::sign::any_supported_type(&thief.key).unwrap();
    let pair = Pair(Arc::new(rustls::sign::CertifiedKey::new(
        vec![thief.certificate.clone()],
        key,
    )));
    let mut config = client(&[&rustls::version::TLS13], None);
    config.client_auth_cert_resolver = Arc::new(pair);
    raw(&worker, config).await.unwrap_err();
}

#[tokio::test]
async fn a_silent_connection_is_closed_and_holds_up_nobody() {
    let agent = identity();
    let limits = ConnectionLimits {
        connections: 2,
        handshakes: 1,
        handshake: Duration::from_millis(200),
    };
    let worker = worker_with(fingerprint(&agent), limits).await;
    let mut silent = TcpStream::connect(worker.address).await.unwrap();
    poll(&worker, worker.fingerprint, &agent).await.unwrap();
    assert_eq!(silent.read(&mut [0; 1]).await.unwrap(), 0);
}

#[tokio::test]
async fn addresses_are_checked_before_anything_is_sent() {
    let agent = identity();
    for address in [
        "",
        "127.0.0.1:1",
        "http://127.0.0.1:1",
        "https://127.0.0.1",
        "https://127.0.0.1:1/path",
        "https://:1",
    ] {
        assert!(tls::channel(address, [0; 32], &agent).is_err(), "{address}");
    }
}
