//! HTTP by hand: incomplete requests, and responses that are not read.

use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

const TIMEOUT: Duration = Duration::from_secs(10);

pub struct Raw {
    stream: TcpStream,
    /// Received bytes that were not read yet.
    received: Vec<u8>,
}

impl Raw {
    pub async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap())
    }

    /// A client that buffers little.
    pub async fn with_small_buffer(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Self::over(socket.connect(address).await.unwrap())
    }

    fn over(stream: TcpStream) -> Self {
        Self {
            stream,
            received: Vec::new(),
        }
    }

    /// Ignores errors: the server may have closed the connection.
    pub async fn send(&mut self, text: &str) {
        let _ = self.stream.write_all(text.as_bytes()).await;
    }

    async fn receive(&mut self) {
        let mut more = [0; 4096];
        let read = timeout(TIMEOUT, self.stream.read(&mut more));
        let read = read.await.expect("an answer in time").unwrap();
        assert!(
            read > 0,
            "closed: {}",
            String::from_utf8_lossy(&self.received)
        );
        self.received.extend_from_slice(&more[..read]);
    }

    /// The length of the next response's head.
    async fn head_end(&mut self) -> usize {
        loop {
            match find(&self.received, b"\r\n\r\n") {
                Some(end) => return end + 4,
                None => self.receive().await,
            }
        }
    }

    /// The head of the next response, in lower case. Its body can be read later.
    pub async fn head(&mut self) -> String {
        let end = self.head_end().await;
        String::from_utf8_lossy(&self.received[..end]).to_lowercase()
    }

    /// The head, in lower case, and the body of the next response.
    pub async fn answer(&mut self) -> (String, String) {
        let end = self.head_end().await;
        let head = String::from_utf8_lossy(&self.received[..end]).to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
            .unwrap_or(0);
        while self.received.len() < end + length {
            self.receive().await;
        }
        let answer: Vec<u8> = self.received.drain(..end + length).collect();
        (head, String::from_utf8_lossy(&answer[end..]).into_owned())
    }

    pub async fn closed(&mut self) {
        let mut rest = [0; 4096];
        let reading =
            async { while self.stream.read(&mut rest).await.is_ok_and(|read| read > 0) {} };
        timeout(TIMEOUT, reading)
            .await
            .expect("a closed connection");
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
