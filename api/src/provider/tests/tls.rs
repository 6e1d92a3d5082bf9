//! A provider with a certificate by a private authority.

use super::*;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::{net::SocketAddr, sync::Arc};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
};

/// Its certificate as PEM, and an issuer of others.
fn authority() -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    (pem, Issuer::new(params, key))
}

fn acceptor(issuer: &Issuer<'_, KeyPair>, name: &str) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// A server called `name` that answers every request over TLS with "Hi".
async fn serve(issuer: &Issuer<'_, KeyPair>, name: &str) -> SocketAddr {
    let acceptor = acceptor(issuer, name);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust the certificate aborts the handshake.
                let Ok(mut socket) = acceptor.accept(socket).await else {
                    return;
                };
                let (report, _seen) = mpsc::unbounded_channel();
                if read_request(&mut socket, &report).await {
                    socket.write_all(&sse(HI)).await.unwrap();
                    socket.shutdown().await.unwrap();
                }
            });
        }
    });
    address
}

fn options(address: SocketAddr, ca_pem: Option<&str>) -> ProviderOptions {
    let mut options = ProviderOptions::new(format!("https://localhost:{}/v1", address.port()));
    options.ca_pem = ca_pem.map(|pem| pem.as_bytes().to_vec());
    options
}

async fn ask(options: ProviderOptions) -> Result<String, ProviderError> {
    let mut stream = Provider::new(options).unwrap().stream(&key(), request());
    let mut said = String::new();
    while let Some(events) = stream.next().await {
        for event in events? {
            if let ModelEvent::Text(text) = event {
                said.push_str(&text);
            }
        }
    }
    Ok(said)
}

#[tokio::test]
async fn trusts_the_authorities_of_the_file() {
    let (pem, issuer) = authority();
    let (other_pem, _) = authority();
    let address = serve(&issuer, "localhost").await;
    assert_eq!(ask(options(address, Some(&pem))).await.unwrap(), "Hi");
    let both = format!("{other_pem}{pem}");
    assert_eq!(ask(options(address, Some(&both))).await.unwrap(), "Hi");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_unavailable() {
    let (pem, issuer) = authority();
    let (other_pem, _) = authority();
    let address = serve(&issuer, "localhost").await;
    let elsewhere = serve(&issuer, "other.example").await;
    for (what, options) in [
        ("no file", options(address, None)),
        ("another authority", options(address, Some(&other_pem))),
        ("another name", options(elsewhere, Some(&pem))),
    ] {
        let error = ask(options).await.unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::Unavailable, "{what}");
        assert!(error.detail.contains("certificate"), "{what}: {error:?}");
    }
}

#[tokio::test]
async fn a_proxy_passes_tls_through() {
    let (pem, issuer) = authority();
    let address = serve(&issuer, "localhost").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = listener.local_addr().unwrap();
    let asked = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let (report, mut seen) = mpsc::unbounded_channel();
        read_request(&mut client, &report).await;
        client
            .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            .await
            .unwrap();
        let mut server = TcpStream::connect(address).await.unwrap();
        // Either side may end first.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        match seen.recv().await {
            Some(Seen::Request { head, .. }) => head,
            other => panic!("{other:?}"),
        }
    });
    let mut options = options(address, Some(&pem));
    options.proxy = Some(format!("http://{proxy}"));
    assert_eq!(ask(options).await.unwrap(), "Hi");
    let head = asked.await.unwrap();
    let connect = format!("CONNECT localhost:{} ", address.port());
    assert!(head.starts_with(&connect), "{head}");
    assert!(!head.contains("sk-test-7"), "the proxy sees no key: {head}");
}
