//! Networks that need a proxy or a private certificate authority.

use super::*;

/// A proxy that accepts one connection and reports the request.
async fn http_proxy(answer: Vec<u8>) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let (report, mut seen) = mpsc::unbounded_channel();
        read_request(&mut socket, &report).await;
        socket.write_all(&answer).await.unwrap();
        match seen.recv().await {
            Some(Seen::Request { head, .. }) => head,
            other => panic!("{other:?}"),
        }
    });
    (address, asked)
}

/// A SOCKS5 proxy (RFC 1928) that answers itself and reports the name it should resolve.
async fn socks_proxy() -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut greeting = [0; 2];
        socket.read_exact(&mut greeting).await.unwrap();
        let mut methods = vec![0; usize::from(greeting[1])];
        socket.read_exact(&mut methods).await.unwrap();
        socket.write_all(&[5, 0]).await.unwrap();
        let mut request = [0; 5];
        socket.read_exact(&mut request).await.unwrap();
        assert_eq!(&request[..4], [5, 1, 0, 3], "a connection to a name");
        let mut name = vec![0; usize::from(request[4]) + 2];
        socket.read_exact(&mut name).await.unwrap();
        name.truncate(name.len() - 2);
        socket
            .write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80])
            .await
            .unwrap();
        let (report, _seen) = mpsc::unbounded_channel();
        read_request(&mut socket, &report).await;
        socket.write_all(&sse(HI)).await.unwrap();
        String::from_utf8(name).unwrap()
    });
    (address, asked)
}

fn provider(base_url: &str, proxy: String) -> Provider {
    let mut options = ProviderOptions::new(base_url);
    options.proxy = Some(proxy);
    Provider::new(options).unwrap()
}

#[tokio::test]
async fn uses_the_http_proxy_for_local_addresses_too() {
    for base_url in [
        "http://llm.invalid/v1",
        "http://127.0.0.1:9/v1",
        "http://localhost:9/v1",
    ] {
        let (address, asked) = http_proxy(sse(HI)).await;
        let provider = provider(base_url, format!("http://{address}"));
        assert_eq!(summary(provider.stream(&key(), request())).await, "Hi Stop");
        let head = asked.await.unwrap();
        assert!(
            head.starts_with(&format!("POST {base_url}/chat/completions ")),
            "{head}"
        );
    }
}

#[tokio::test]
async fn a_socks_proxy_resolves_the_name() {
    for scheme in ["socks5", "socks5h"] {
        let (address, asked) = socks_proxy().await;
        let provider = provider("http://llm.invalid/v1", format!("{scheme}://{address}"));
        assert_eq!(
            summary(provider.stream(&key(), request())).await,
            "Hi Stop",
            "{scheme}"
        );
        assert_eq!(asked.await.unwrap(), "llm.invalid", "{scheme}");
    }
}

#[tokio::test]
async fn refuses_invalid_proxies_and_certificates() {
    let mut options = ProviderOptions::new("http://localhost/v1");
    options.proxy = Some("gopher://x".to_owned());
    assert_eq!(Provider::new(options).unwrap_err(), InvalidProvider::Proxy);
    for pem in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let mut options = ProviderOptions::new("https://localhost/v1");
        options.ca_pem = Some(pem.as_bytes().to_vec());
        assert_eq!(
            Provider::new(options).unwrap_err(),
            InvalidProvider::CaFile,
            "{pem}"
        );
    }
}
