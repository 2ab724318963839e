//! Messages that are sent together, and how far that came.

/// How many bytes are sent together.
const ROOM: usize = 64 * 1024;

/// Messages in a row. Bytes go out from the front; a message is gone when its last byte is.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    /// Where each message ends.
    ends: Vec<usize>,
    /// How many messages are gone.
    gone: usize,
    /// How many bytes are gone.
    sent: usize,
}

impl Batch {
    /// Adds what is written as one message.
    pub(super) fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// There is no room for another message.
    pub(super) const fn is_full(&self) -> bool {
        self.bytes.len() >= ROOM
    }

    /// How many messages are not gone.
    pub(super) const fn left(&self) -> usize {
        self.ends.len() - self.gone
    }

    /// What is left of the first message.
    pub(super) fn message(&self) -> &[u8] {
        let end = self.ends.get(self.gone).copied();
        let message = end.and_then(|end| self.bytes.get(self.sent..end));
        message.unwrap_or_default()
    }

    /// What is left of all.
    pub(super) fn all(&self) -> &[u8] {
        self.bytes.get(self.sent..).unwrap_or_default()
    }

    /// Some bytes went out.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.sent += bytes;
        let rest = self.ends.get(self.gone..).unwrap_or_default();
        self.gone += rest.iter().take_while(|&&end| end <= self.sent).count();
        if self.left() == 0 {
            *self = Self {
                bytes: std::mem::take(&mut self.bytes),
                ends: std::mem::take(&mut self.ends),
                ..Self::default()
            };
            self.bytes.clear();
            self.ends.clear();
        }
    }

    /// Leaves the first message out.
    pub(super) fn skip(&mut self) {
        self.advance(self.message().len());
    }

    /// Whoever comes next gets a message from its beginning, though its first bytes are gone elsewhere.
    pub(super) fn rewind(&mut self) {
        let before = self.gone.checked_sub(1);
        let end = before.and_then(|index| self.ends.get(index));
        self.sent = end.copied().unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        let mut batch = Batch::default();
        for message in ["one\n", "two\n", "three\n"] {
            batch.add(|bytes| bytes.extend_from_slice(message.as_bytes()));
        }
        batch
    }

    #[test]
    fn a_message_is_gone_with_its_last_byte() {
        let mut batch = batch();
        batch.advance(3);
        assert_eq!((batch.left(), batch.message()), (3, &b"\n"[..]));
        batch.advance(1);
        assert_eq!((batch.left(), batch.message()), (2, &b"two\n"[..]));
        batch.advance(6);
        assert_eq!((batch.left(), batch.all()), (1, &b"ree\n"[..]));
        batch.advance(4);
        assert_eq!((batch.left(), batch.all()), (0, &b""[..]));
        batch.add(|bytes| bytes.extend_from_slice(b"four"));
        assert_eq!((batch.left(), batch.all()), (1, &b"four"[..]));
    }

    #[test]
    fn another_reader_gets_messages_from_their_beginning() {
        let mut batch = batch();
        batch.advance(2);
        batch.rewind();
        assert_eq!(batch.message(), b"one\n");
        batch.advance(5);
        batch.rewind();
        assert_eq!(batch.all(), b"two\nthree\n");
        batch.advance(1);
        batch.skip();
        assert_eq!((batch.left(), batch.all()), (1, &b"three\n"[..]));
    }
}
