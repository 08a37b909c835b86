//! What a fault makes of an answer: another response, or bytes no well-behaved server would send.
//!
//! Bodies without bound are made piece by piece while they are sent.

use std::io;
use std::time::{Duration, SystemTime};

use flate2::{Compress, Compression, Crc, FlushCompress};
use serde_json::json;

use super::exchange::Response;
use super::faults::{Action, RetryAfter};
use super::refusal::html;
use super::wire::{Delivery, End};

/// About how much of an endless body is made at once.
const PIECE: usize = 64 << 10;

/// How much of a gzip bomb one repeated block unpacks to.
const BOMB_BLOCK: usize = 1 << 20;

/// How often a slow answer gets its next bytes.
const DRIP: Duration = Duration::from_millis(50);

/// How an answer leaves.
pub(super) enum Outcome {
    /// As HTTP.
    Response(Response),
    /// Past HTTP; the status is what the client may get to see, if any.
    Delivery(Option<u16>, Delivery),
}

/// Does to an answer what the fault says; `response` is the call's own where it was carried out.
pub(super) fn distort(action: &Action, response: Response) -> Outcome {
    Outcome::Response(match action {
        Action::Status(status, retry) => refused(*status, retry.as_ref()),
        Action::Html(status) => Response::text(*status, "text/html; charset=UTF-8", html(*status)),
        Action::Empty(status) => Response::empty(*status),
        Action::Redirect(status, url) => {
            Response::text(*status, "text/html", html(*status)).with("location", url.as_str())
        }
        Action::Reply(status, body) => Response::text(*status, "application/json", body.as_str()),
        Action::Header(name, value) => response.with(name, value.as_str()),
        Action::Latency(_) | Action::LateCommit(..) => response,
        Action::InvalidJson => broken_json(response),
        Action::NonUtf8 => non_utf8(response),
        Action::Nesting(depth) => Response::text(200, "application/json", "[".repeat(*depth)),
        Action::BigHeader(bytes) => response.with("x-sandbox-filler", "a".repeat(*bytes)),
        Action::Reset => return past_http(None, std::iter::empty(), End::Reset),
        Action::Hang => return past_http(None, std::iter::empty(), End::Silence),
        Action::Truncated => return half(&response, End::Close),
        Action::Stall => return half(&response, End::Silence),
        Action::Slow(rate) => return slow(&response, *rate),
        Action::ContentLength(lie) => return lying(&response, *lie),
        Action::Huge(bytes, status) => return chunked(*status, "", rows(Some(*bytes))),
        Action::EndlessArray => return chunked(200, "", rows(None)),
        Action::GzipBomb(bytes) => {
            return match bomb(*bytes) {
                Ok(pieces) => chunked(200, "content-encoding: gzip\r\n", pieces),
                Err(error) => {
                    Outcome::Response(Response::text(500, "text/plain", error.to_string()))
                }
            };
        }
    })
}

/// A gateway's refusal in the reference's form, or the framework's for 429.
fn refused(status: u16, retry: Option<&RetryAfter>) -> Response {
    let body = match status {
        429 => json!({"message": "Too Many Attempts."}),
        401 => json!({"error": "unauthorized", "message": "The access token is invalid"}),
        403 => json!({"error": "insufficient_scope", "message": "The access token lacks a scope"}),
        404 => json!({"error": "not_found", "message": "There is no such resource"}),
        400..=499 => json!({"error": "invalid_parameters", "message": "A parameter is invalid"}),
        500..=599 => json!({"error": "server_error", "message": "The server had an error"}),
        _ => json!({}),
    };
    let response = match status {
        204 | 304 => Response::empty(status),
        _ => Response::json(status, &body),
    };
    match retry {
        None => response,
        Some(RetryAfter::Text(text)) => response.with("retry-after", text.as_str()),
        Some(RetryAfter::DateIn(seconds)) => {
            let then = SystemTime::now() + Duration::from_secs(u64::from(*seconds));
            response.with("retry-after", httpdate::fmt_http_date(then))
        }
    }
}

/// The answer with its last character exchanged, so that framing holds and JSON does not.
fn broken_json(mut response: Response) -> Response {
    match response.body.last_mut() {
        Some(last) => *last = b',',
        None => return Response::text(200, "application/json", "{"),
    }
    response
}

/// The answer with a byte that no UTF-8 has inside its first string.
fn non_utf8(mut response: Response) -> Response {
    match response.body.iter().position(|byte| *byte == b'"') {
        Some(quote) => response.body.insert(quote + 1, 0xff),
        None => return Response::text(200, "application/json", b"\"\xff\"".to_vec()),
    }
    response
}

/// The first half of the body, or of the head where there is none.
fn half(response: &Response, end: End) -> Outcome {
    let mut bytes = head(response, response.body.len());
    if response.body.is_empty() {
        bytes.truncate(bytes.len() / 2);
    } else {
        bytes.extend_from_slice(&response.body[..response.body.len() / 2]);
    }
    past_http(Some(response.status), std::iter::once(bytes), end)
}

/// The whole answer, dripped.
fn slow(response: &Response, rate: u64) -> Outcome {
    let per_drip = rate.saturating_mul(u64::try_from(DRIP.as_millis()).unwrap_or(1)) / 1000;
    let (size, pause) = match per_drip {
        0 => (1, Duration::from_secs(1) / u32::try_from(rate).unwrap_or(1)),
        size => (usize::try_from(size).unwrap_or(usize::MAX), DRIP),
    };
    let head = head(response, response.body.len());
    let mut body = response.body.clone();
    let drips = std::iter::from_fn(move || {
        let rest = body.split_off(size.min(body.len()));
        let drip = std::mem::replace(&mut body, rest);
        (!drip.is_empty()).then_some(drip)
    });
    Outcome::Delivery(
        Some(response.status),
        Delivery {
            pieces: Box::new(std::iter::once(head).chain(drips)),
            pause,
            end: End::Close,
        },
    )
}

/// The whole body under a false `Content-Length`.
fn lying(response: &Response, lie: i64) -> Outcome {
    let length = i64::try_from(response.body.len()).unwrap_or(i64::MAX);
    let told = usize::try_from(length.saturating_add(lie)).unwrap_or(0);
    let mut bytes = head(response, told);
    bytes.extend_from_slice(&response.body);
    past_http(Some(response.status), std::iter::once(bytes), End::Close)
}

/// A body of unknown length, properly framed.
fn chunked(
    status: u16,
    header: &str,
    pieces: impl Iterator<Item = Vec<u8>> + Send + 'static,
) -> Outcome {
    let head = format!(
        "HTTP/1.1 {status} Sandbox\r\ncontent-type: application/json\r\n{header}transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    );
    let chunks = pieces.map(|piece| {
        let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
        chunk.extend_from_slice(&piece);
        chunk.extend_from_slice(b"\r\n");
        chunk
    });
    let pieces = std::iter::once(head.into_bytes())
        .chain(chunks)
        .chain(std::iter::once(b"0\r\n\r\n".to_vec()));
    past_http(Some(status), pieces, End::Close)
}

fn past_http(
    status: Option<u16>,
    pieces: impl Iterator<Item = Vec<u8>> + Send + 'static,
    end: End,
) -> Outcome {
    let delivery = Delivery {
        pieces: Box::new(pieces),
        pause: Duration::ZERO,
        end,
    };
    Outcome::Delivery(status, delivery)
}

fn head(response: &Response, length: usize) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} Sandbox\r\n", response.status);
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!(
        "content-length: {length}\r\nconnection: close\r\n\r\n"
    ));
    head.into_bytes()
}

/// An array of well-formed routes, ending once it has so many bytes, or never.
fn rows(bytes: Option<u64>) -> impl Iterator<Item = Vec<u8>> + Send {
    let (mut count, mut made, mut ended) = (0_u64, 0_u64, false);
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let mut piece = String::with_capacity(PIECE + 256);
        while piece.len() < PIECE && !ended {
            piece.push(if count == 0 { '[' } else { ',' });
            piece.push_str(&row(count));
            count += 1;
            ended = bytes.is_some_and(|bytes| made + piece.len() as u64 >= bytes);
        }
        if ended {
            piece.push(']');
        }
        made += piece.len() as u64;
        Some(piece.into_bytes())
    })
}

/// One of 70,000 callers, each of the fictional 555-01xx block of its area.
fn row(count: u64) -> String {
    let number = |n: u64| format!("1{}55501{:02}", 201 + n / 100 % 700, n % 100);
    format!(
        r#"{{"ani":"{}","dnis":"{}","domain":"acme.15611.service","application":"user","destination":"u{count}"}}"#,
        number(count),
        number(count / 70_000)
    )
}

/// A gzip stream of one route whose caller has about so many digits.
///
/// Equal blocks of input, each flushed with a fresh window, are equal blocks of output: one is
/// compressed and sent again and again.
fn bomb(bytes: u64) -> io::Result<impl Iterator<Item = Vec<u8>> + Send + 'static> {
    let (front, back) = (b"[{\"ani\":\"".as_slice(), b"\"}]".as_slice());
    let digits = vec![b'0'; BOMB_BLOCK];
    let block = deflated(&digits, FlushCompress::Full)?;
    let blocks = bytes.div_ceil(BOMB_BLOCK as u64);
    let crc = |data: &[u8]| {
        let mut crc = Crc::new();
        crc.update(data);
        crc
    };
    let (mut sum, block_sum) = (crc(front), crc(&digits));
    for _ in 0..blocks {
        sum.combine(&block_sum);
    }
    sum.combine(&crc(back));
    let mut first = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    first.extend(deflated(front, FlushCompress::Full)?);
    let mut last = deflated(back, FlushCompress::Finish)?;
    last.extend(sum.sum().to_le_bytes());
    last.extend(sum.amount().to_le_bytes());
    let blocks = (0..blocks).map(move |_| block.clone());
    Ok(std::iter::once(first)
        .chain(blocks)
        .chain(std::iter::once(last)))
}

fn deflated(data: &[u8], flush: FlushCompress) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len() / 64 + 128);
    Compress::new(Compression::best(), false)
        .compress_vec(data, &mut out, flush)
        .map_err(io::Error::other)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::{bomb, row, rows};

    #[test]
    fn a_huge_body_is_a_valid_array_of_about_its_size() {
        let body: Vec<u8> = rows(Some(300_000)).flatten().collect();
        assert!((300_000..301_000).contains(&body.len()), "{}", body.len());
        let rows: Vec<crate::model::Route> = serde_json::from_slice(&body).expect("routes");
        assert!(rows.iter().all(|route| route.key().is_some()));
        assert!(row(7).contains("\"ani\":\"12015550107\""), "{}", row(7));
    }

    #[test]
    fn an_endless_array_does_not_end() {
        assert_eq!(
            rows(None)
                .take(50)
                .filter(|piece| piece.ends_with(b"]"))
                .count(),
            0
        );
    }

    #[test]
    fn a_bomb_is_a_true_gzip_stream() {
        let packed: Vec<u8> = bomb(3 << 20).expect("made").flatten().collect();
        assert!(packed.len() < 10_000, "{}", packed.len());
        let mut text = String::new();
        flate2::read::GzDecoder::new(packed.as_slice())
            .read_to_string(&mut text)
            .expect("checksum and length hold");
        assert_eq!(text.len(), (3 << 20) + 12);
        assert!(text.starts_with("[{\"ani\":\"000"));
    }
}
