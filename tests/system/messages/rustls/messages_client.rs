// SPDX-License-Identifier: BSD-2-Clause

// A client over rustls, of Debian's crates: messages_client HOST PORT PATH CA-FILE(DER) SECONDS [tls12]
//
// Takes messages for so many seconds, then its leave, and what was on its way; prints how many.
// Secrets go where SSLKEYLOGFILE says; MESSAGES_OFFER is an extension to ask for.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

// Whole frames in the front of what has come: opcode, whether it ends its message.
fn next_frame(bytes: &mut Vec<u8>) -> Option<(u8, bool)> {
    let (opcode, is_last) = (*bytes.first()? & 15, bytes[0] & 128 != 0);
    let short = u64::from(*bytes.get(1)? & 127);
    let head = match short {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    let size = bytes.get(2..head)?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let end = head + if head == 2 { short } else { size } as usize;
    bytes.get(..end)?;
    bytes.drain(..end);
    Some((opcode, is_last))
}

fn connect(args: &[String]) -> Result<rustls::ClientConnection, Box<dyn Error>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(&rustls::Certificate(fs::read(&args[4])?))?;
    let versions: &[&rustls::SupportedProtocolVersion] = if args.len() > 6 {
        &[&rustls::version::TLS12]
    } else {
        rustls::ALL_VERSIONS
    };
    let mut config = rustls::ClientConfig::builder()
        .with_safe_default_cipher_suites()
        .with_safe_default_kx_groups()
        .with_protocol_versions(versions)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.key_log = Arc::new(rustls::KeyLogFile::new());
    Ok(rustls::ClientConnection::new(Arc::new(config), args[1].as_str().try_into()?)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().collect();
    let mut tls = connect(&args)?;
    let mut socket = TcpStream::connect((args[1].as_str(), args[2].parse::<u16>()?))?;
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    let mut stream = rustls::Stream::new(&mut tls, &mut socket);
    let offer = env::var("MESSAGES_OFFER")
        .map(|offer| format!("Sec-WebSocket-Extensions: {offer}\r\n"))
        .unwrap_or_default();
    write!(stream, "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\nSec-WebSocket-Version: 13\r\n{}\r\n",
        args[3], args[1], offer)?;
    let end = Instant::now() + Duration::from_secs(args[5].parse()?);
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 65536]);
    let (mut is_upgraded, mut is_leaving, mut count) = (false, false, 0);
    'all: loop {
        if !is_leaving && Instant::now() > end {
            stream.write_all(&[0x88, 0x82, 0, 0, 0, 0, 3, 0xe8])?;
            is_leaving = true;
        }
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(size) => bytes.extend_from_slice(&buffer[..size]),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
            Err(_) => break,
        }
        if !is_upgraded {
            match bytes.windows(4).position(|end| end == b"\r\n\r\n") {
                Some(at) => bytes.drain(..at + 4),
                None => continue,
            };
            is_upgraded = true;
        }
        while let Some((opcode, is_last)) = next_frame(&mut bytes) {
            if opcode == 8 {
                break 'all;
            }
            count += i32::from(opcode < 8 && is_last);
        }
    }
    println!("{count}");
    Ok(())
}
