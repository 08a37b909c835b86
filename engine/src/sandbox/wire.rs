//! The connection below HTTP: ordinary bytes pass through; an answer that no well-behaved server
//! could give is written past hyper, piece by piece, so that memory stays bounded.
//!
//! A handler that wants this leaves its [`Delivery`] with the connection's [`Line`] and returns any
//! response; what hyper then writes is dropped in favour of the delivery, after which the
//! connection ends as ordered: closed, reset by a real RST, or silent until the client gives up.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

use super::state_file::locked;

/// How long accepting rests after an error such as "too many open files".
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Bytes to put on the wire, and how the connection ends after them.
pub(super) struct Delivery {
    /// Made when they are needed; each at most some hundred kilobytes.
    pub(super) pieces: Box<dyn Iterator<Item = Vec<u8>> + Send>,
    /// Waited before each piece but the first.
    pub(super) pause: Duration,
    pub(super) end: End,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// FIN.
    Close,
    /// RST.
    Reset,
    /// Not at all, until the client goes.
    Silence,
}

/// A handler's hold on its connection.
#[derive(Clone, Default)]
pub(super) struct Line(Arc<Mutex<Option<Delivery>>>);

impl Line {
    /// Orders a delivery in place of the response.
    pub(super) fn deliver(&self, delivery: Delivery) {
        *locked(&self.0) = Some(delivery);
    }

    fn take(&self) -> Option<Delivery> {
        locked(&self.0).take()
    }
}

/// The listener that puts a [`Wire`] around each connection.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) listener: TcpListener,
    /// How long a connection may be idle before it is dead (the `idle-close` quirk).
    pub(super) idle_close: Option<Duration>,
}

impl Exchange {
    /// The next connection, and the hold on it.
    pub(super) async fn accept(&self) -> (Wire, Line) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    // Without it every small answer may wait for the client's delayed ACK.
                    let _ = stream.set_nodelay(true);
                    // Windows hands an accepted connection to every process that is started meanwhile, and it
                    // ends with the last of them.
                    #[cfg(windows)]
                    let _ = socket2::SockRef::from(&stream).set_no_inherit(true);
                    let wire = Wire::new(stream, self.idle_close);
                    let line = wire.line.clone();
                    return (wire, line);
                }
                Err(_) => tokio::time::sleep(ACCEPT_REST).await,
            }
        }
    }
}

/// One connection.
pub(super) struct Wire {
    stream: TcpStream,
    line: Line,
    sending: Option<Sending>,
    idle_close: Option<Duration>,
    /// When the last answer went out, until the next request comes.
    idle_since: Option<Instant>,
    /// Whether it was reset: hyper would say goodbye first.
    dead: bool,
}

/// A delivery under way.
struct Sending {
    delivery: Delivery,
    piece: Vec<u8>,
    sent: usize,
    pause: Option<Pin<Box<Sleep>>>,
    begun: bool,
}

impl Wire {
    fn new(stream: TcpStream, idle_close: Option<Duration>) -> Self {
        Self {
            stream,
            line: Line::default(),
            sending: None,
            idle_close,
            idle_since: None,
            dead: false,
        }
    }

    /// Writes what is left of a delivery; the only outcomes are "not yet" and the connection's end.
    fn deliver(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let Some(sending) = &mut self.sending else {
            return Poll::Ready(io::ErrorKind::NotConnected.into());
        };
        loop {
            if let Some(pause) = &mut sending.pause {
                ready!(pause.as_mut().poll(cx));
                sending.pause = None;
            }
            if sending.sent < sending.piece.len() {
                let rest = &sending.piece[sending.sent..];
                match ready!(Pin::new(&mut self.stream).poll_write(cx, rest)) {
                    Ok(written) => sending.sent += written,
                    Err(error) => return Poll::Ready(error),
                }
                continue;
            }
            let Some(piece) = sending.delivery.pieces.next() else {
                break;
            };
            (sending.piece, sending.sent) = (piece, 0);
            if sending.begun && !sending.delivery.pause.is_zero() {
                sending.pause = Some(Box::pin(tokio::time::sleep(sending.delivery.pause)));
            }
            sending.begun = true;
        }
        match sending.delivery.end {
            End::Close => Poll::Ready(io::ErrorKind::BrokenPipe.into()),
            End::Reset => Poll::Ready(self.reset()),
            End::Silence => self.until_gone(cx),
        }
    }

    /// Closing with a linger of zero sends RST; without it the client would see FIN.
    fn reset(&self) -> io::Error {
        let _ = self.stream.set_zero_linger();
        io::ErrorKind::ConnectionReset.into()
    }

    /// Waits until the client closes; whatever it says meanwhile is dropped.
    fn until_gone(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let mut scrap = [0; 512];
        loop {
            let mut buffer = ReadBuf::new(&mut scrap);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)) {
                Ok(()) if buffer.filled().is_empty() => {
                    return Poll::Ready(io::ErrorKind::BrokenPipe.into());
                }
                Ok(()) => {}
                Err(error) => return Poll::Ready(error),
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let (limit, since) = (self.idle_close, self.idle_since.take());
        let idle = limit.zip(since);
        self.dead = idle.is_some_and(|(limit, since)| since.elapsed() >= limit)
            && buffer.filled().len() > before;
        if self.dead {
            buffer.set_filled(before);
            return Poll::Ready(Err(self.reset()));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.sending.is_none() {
            self.sending = self.line.take().map(|delivery| Sending {
                delivery,
                piece: Vec::new(),
                sent: 0,
                pause: None,
                begun: false,
            });
        }
        if self.sending.is_some() {
            return self.deliver(cx).map(Err);
        }
        self.idle_since = Some(Instant::now());
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.dead {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
