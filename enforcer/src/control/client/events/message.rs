//! Server-sent events, as the daemon writes them.

/// What the daemon tells at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is.
    pub kind: Kind,
    /// The line, without a line break.
    pub line: String,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A drop.
    Drop,
    /// So many events are missing.
    Missed,
    /// What a later daemon may tell.
    Other,
}

/// Makes messages of what comes, in whatever pieces.
#[derive(Debug, Default)]
pub(super) struct Reader {
    bytes: Vec<u8>,
    id: Option<String>,
    kind: Option<String>,
    data: Option<String>,
    place: Option<String>,
}

impl Reader {
    /// The messages that are whole with this.
    pub(super) fn read(&mut self, piece: &[u8]) -> Vec<Message> {
        self.bytes.extend_from_slice(piece);
        let bytes = std::mem::take(&mut self.bytes);
        let mut messages = Vec::new();
        let mut lines = bytes.split_inclusive(|&byte| byte == b'\n');
        for line in &mut lines {
            let Some(line) = line.strip_suffix(b"\n") else {
                line.clone_into(&mut self.bytes);
                break;
            };
            messages.extend(self.line(&String::from_utf8_lossy(line)));
        }
        messages
    }

    /// Where who has read that is.
    pub(super) fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// A line, and the message that ends with it.
    fn line(&mut self, line: &str) -> Option<Message> {
        if line.is_empty() {
            return self.end();
        }
        let (name, value) = line.split_once(':')?;
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match name {
            "id" => self.id = Some(value),
            "event" => self.kind = Some(value),
            "data" => self.data = Some(value),
            // A comment, or what is not for us.
            _ => {}
        }
        None
    }

    fn end(&mut self) -> Option<Message> {
        if let Some(id) = self.id.take() {
            self.place = Some(id);
        }
        let kind = match self.kind.take().as_deref() {
            Some("drop") => Kind::Drop,
            Some("missed") => Kind::Missed,
            _ => Kind::Other,
        };
        let line = self.data.take()?;
        Some(Message { kind, line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_whatever_pieces_it_comes_the_messages_are_the_same() {
        let told = "id: 1-1\n\nevent: drop\nid: 1-2\ndata: {\"a\": 1}\n\n:\nid: 1-5\n\nid: 1-6\n\
                    event: missed\ndata: é\n\nevent: news\ndata: x\n\nid: 1-9\nevent: drop\ndata: cut";
        let message = |kind, line: &str| Message {
            kind,
            line: line.to_owned(),
        };
        let expected = [
            message(Kind::Drop, "{\"a\": 1}"),
            message(Kind::Missed, "é"),
            message(Kind::Other, "x"),
        ];
        for size in 1..=told.len() {
            let mut reader = Reader::default();
            let pieces = told.as_bytes().chunks(size);
            let messages: Vec<_> = pieces.flat_map(|piece| reader.read(piece)).collect();
            assert_eq!(messages, expected, "{size}");
            assert_eq!(reader.place(), Some("1-6"), "{size}");
        }
    }
}
