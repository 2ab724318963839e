//! Following the daemon's events, and coming back to them when it was started anew.

mod message;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Error, Result, anyhow};
use clap::ValueEnum as _;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming, header};
use tokio::time::{sleep, timeout};

pub use message::{Kind, Message};

use self::message::Reader;
use super::{HOST, SOON, broken, get, refused, send};
use crate::{control::answer, directories::Directories, events::Format};

/// The daemon says something at least every 15 seconds.
const SILENCE: Duration = Duration::from_mins(1);

/// How often one who waits for the daemon looks for it.
const RETRY: Duration = Duration::from_millis(500);

/// Which events, and how.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of these cameras; none: of whoever.
    pub cameras: Vec<String>,
    /// For these reasons; none: for any.
    pub reasons: Vec<String>,
    /// To these prefixes; none: to anywhere.
    pub to: Vec<String>,
    /// How they are written.
    pub format: Format,
    /// Text comes in colour.
    pub color: bool,
    /// With the first bytes of each frame, which EVE alone has a place for.
    pub packet: bool,
    /// How many of those that are kept; none: all, or if others follow, none.
    pub last: Option<usize>,
}

/// One who follows.
#[derive(Debug)]
pub struct Follower {
    socket: PathBuf,
    path: String,
    answer: Response<Incoming>,
    reader: Reader,
    /// Where they are.
    place: Option<String>,
}

impl Wanted {
    /// The events that are kept, as lines.
    pub fn kept(&self, directories: &Directories) -> Result<Vec<u8>> {
        let kept = get(directories, &self.path(false))?;
        Ok(kept.into())
    }

    fn path(&self, follow: bool) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, values) in [
            ("camera", &self.cameras),
            ("reason", &self.reasons),
            ("to", &self.to),
        ] {
            query.extend_pairs(values.iter().map(|value| (name, value)));
        }
        if let Some(format) = self.format.to_possible_value() {
            query.append_pair("format", format.get_name());
        }
        if let Some(last) = self.last {
            query.append_pair("last", &last.to_string());
        }
        query.append_pair("color", if self.color { "true" } else { "false" });
        if self.packet {
            query.append_pair("packet", "true");
        }
        query.append_pair("follow", if follow { "true" } else { "false" });
        format!("/v1/events?{}", query.finish())
    }
}

impl Follower {
    /// Begins to follow, in a runtime.
    pub async fn begin(directories: &Directories, wanted: &Wanted) -> Result<Self> {
        let (socket, path) = (directories.control(), wanted.path(true));
        let answer = timeout(SOON, open(&socket, &path, None)).await;
        let answer = answer.unwrap_or_else(|_| Err(Trouble::Other(silent())))?;
        Ok(Self {
            socket,
            path,
            answer,
            reader: Reader::default(),
            place: None,
        })
    }

    /// Some of what comes next, in order. An error says why none comes any more: then [`Self::come_back`].
    pub async fn next(&mut self) -> Result<Vec<Message>> {
        loop {
            let piece = timeout(SILENCE, self.answer.body_mut().frame()).await;
            let piece = piece.map_err(|_elapsed| silent())?;
            let Some(piece) = piece else {
                return Err(anyhow!("the daemon has ended"));
            };
            let piece = piece.map_err(|error| broken(&error))?;
            let Some(bytes) = piece.data_ref() else {
                continue;
            };
            let messages = self.reader.read(bytes);
            if let Some(place) = self.reader.place() {
                self.place = Some(place.to_owned());
            }
            if !messages.is_empty() {
                return Ok(messages);
            }
        }
    }

    /// Follows on where they were, once there is a daemon again; an error if there is none for too long.
    pub async fn come_back(&mut self, patience: Duration) -> Result<()> {
        let begun = Instant::now();
        loop {
            let place = self.place.as_deref();
            let opened = timeout(SOON, open(&self.socket, &self.path, place)).await;
            match opened.unwrap_or_else(|_| Err(Trouble::Other(silent()))) {
                Ok(answer) => {
                    self.answer = answer;
                    self.reader = Reader::default();
                    return Ok(());
                }
                // Another policy is in force, which has no such camera.
                Err(Trouble::Wrong(error)) => return Err(error),
                Err(Trouble::Other(error)) if begun.elapsed() >= patience => return Err(error),
                Err(Trouble::Other(_)) => sleep(RETRY).await,
            }
        }
    }
}

/// Why there is no answer.
enum Trouble {
    /// It is asked for what cannot be meant.
    Wrong(Error),
    /// It may be another time.
    Other(Error),
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Wrong(error) | Trouble::Other(error) => error,
        }
    }
}

async fn open(
    socket: &Path,
    path: &str,
    place: Option<&str>,
) -> Result<Response<Incoming>, Trouble> {
    let request = Request::get(path)
        .header(header::HOST, HOST)
        .header(header::ACCEPT, "text/event-stream");
    let request = place.into_iter().fold(request, |request, place| {
        request.header("Last-Event-ID", place)
    });
    let request = request.body(Full::default());
    let request = request.map_err(|error| Trouble::Wrong(error.into()))?;
    match send(socket, request).await.map_err(Trouble::Other)? {
        Ok(answer) => Ok(answer),
        Err(refusal) if refusal.kind == answer::Kind::BadRequest => {
            Err(Trouble::Wrong(refused(&refusal)))
        }
        Err(refusal) => Err(Trouble::Other(refused(&refusal))),
    }
}

fn silent() -> Error {
    anyhow!("the daemon does not answer; its log says why")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        control::client::run,
        exit::{Exit, exit_of},
    };

    #[test]
    fn what_is_wanted_is_asked_for_as_the_daemon_reads_it() {
        let wanted = Wanted {
            cameras: vec!["front gate & co".to_owned(), "b".to_owned()],
            to: vec!["2001:db8::/32".to_owned()],
            format: Format::Text,
            last: Some(5),
            ..Wanted::default()
        };
        assert_eq!(
            wanted.path(true),
            "/v1/events?camera=front+gate+%26+co&camera=b&to=2001%3Adb8%3A%3A%2F32&format=text\
             &last=5&color=false&follow=true"
        );
    }

    #[test]
    fn who_comes_back_waits_for_the_daemon_and_not_for_ever() {
        let root = tempfile::tempdir().unwrap();
        let directories = Directories {
            run: root.path().to_owned(),
            state: root.path().to_owned(),
            bpffs: root.path().to_owned(),
        };
        let listener = std::os::unix::net::UnixListener::bind(directories.control()).unwrap();
        // A daemon that says one thing and ends.
        let daemon = std::thread::spawn(move || {
            use std::io::{Read as _, Write as _};
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 1024];
            assert!(stream.read(&mut asked).unwrap() > 0);
            let said = "HTTP/1.0 200 OK\r\n\r\nid: 1-2\nevent: drop\ndata: {}\n\n";
            stream.write_all(said.as_bytes()).unwrap();
        });
        run().unwrap().block_on(async {
            let mut follower = Follower::begin(&directories, &Wanted::default())
                .await
                .unwrap();
            let messages = follower.next().await.unwrap();
            assert_eq!(messages.len(), 1);
            assert_eq!(messages[0].line, "{}");
            assert_eq!(follower.place.as_deref(), Some("1-2"));
            let error = follower.next().await.unwrap_err();
            assert_eq!(error.to_string(), "the daemon has ended");
            daemon.join().unwrap();
            let begun = Instant::now();
            let patience = Duration::from_millis(700);
            let error = follower.come_back(patience).await.unwrap_err();
            assert_eq!(exit_of(&error), Exit::NotRunning);
            assert!(begun.elapsed() >= patience);
        });
    }
}
