//! JSON-RPC over WebSocket (RFC 6455), as much of it as a subscription needs.

use serde_json::{json, Value};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

/// How long the node may take to push something.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct WebSocket {
    stream: BufReader<TcpStream>,
}

impl WebSocket {
    pub fn connect(address: &str) -> Self {
        let mut stream = TcpStream::connect(address).expect("the node listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        write!(
            stream,
            "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        .expect("it takes the request");
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).expect("an answer");
        assert!(line.contains(" 101 "), "{line}");
        while line.trim_end() != "" {
            line.clear();
            stream.read_line(&mut line).expect("a header");
        }
        Self { stream }
    }

    /// Sends a request as one masked text frame; the mask is zero, which hides nothing and is allowed.
    pub fn send(&mut self, request: &Value) {
        let text = request.to_string().into_bytes();
        let mut frame = vec![0x81];
        match text.len() {
            length @ 0..=125 => frame.push(0x80 | length as u8),
            length => {
                frame.push(0x80 | 126);
                frame.extend((length as u16).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text);
        self.stream.get_mut().write_all(&frame).expect("it takes the frame");
    }

    /// The next message.
    pub fn receive(&mut self) -> Value {
        let mut message = Vec::new();
        loop {
            let [first, second] = self.bytes();
            let length = match second & 0x7f {
                126 => u64::from(u16::from_be_bytes(self.bytes())),
                127 => u64::from_be_bytes(self.bytes()),
                short => u64::from(short),
            };
            let mut payload = vec![0; length as usize];
            self.stream.read_exact(&mut payload).expect("a payload");
            match first & 0x0f {
                0 | 1 => message.extend(payload),
                // A ping needs no answer for the minute that a test takes.
                9 | 10 => continue,
                other => panic!("the node sent a frame of kind {other}"),
            }
            if first & 0x80 != 0 {
                return serde_json::from_slice(&message).expect("JSON");
            }
        }
    }

    /// Calls a method and gives the whole answer.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.send(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}));
        self.receive()
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).expect("a frame");
        bytes
    }
}
