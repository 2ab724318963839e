//! What stands behind an option, read.

use std::time::Duration;

use jiff::SignedDuration;

use crate::policy::{PortError, PortRange, Transport};

/// A port of the camera's own, and of which protocol if that is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FromPort {
    /// Of which protocol.
    pub protocol: Option<Transport>,
    /// The port.
    pub port: u16,
}

/// The bytes of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameBytes(pub Vec<u8>);

/// `tcp/443`
pub(super) fn port(text: &str) -> Result<PortRange, String> {
    let range: PortRange = text.parse().map_err(|error| match error {
        PortError::NoProtocol(meant)
        | PortError::Reversed(meant)
        | PortError::Malformed(Some(meant)) => format!("did you mean {meant}?"),
        PortError::Malformed(None) => "a port is written as tcp/443 or udp/53".to_owned(),
    })?;
    if range.first == range.last {
        Ok(range)
    } else {
        Err("one port, not a range".to_owned())
    }
}

/// `554` or `udp/8000`
pub(super) fn from_port(text: &str) -> Result<FromPort, String> {
    if let Some(port) = text.parse().ok().filter(|&port| port != 0) {
        return Ok(FromPort {
            protocol: None,
            port,
        });
    }
    let range = port(text)?;
    Ok(FromPort {
        protocol: Some(range.protocol),
        port: range.first,
    })
}

/// The longest time that a policy may wait to be confirmed.
const LONGEST: Duration = Duration::from_hours(24);

/// `60s`, `5m`, `1h 30m`
pub(super) fn patience(text: &str) -> Result<Duration, String> {
    let read = text.parse().ok();
    let patience = read.and_then(|read: SignedDuration| Duration::try_from(read).ok());
    let patience = patience.ok_or("a time is written as 60s, 5m or 1h")?;
    if patience.subsec_nanos() == 0 && (Duration::from_secs(1)..=LONGEST).contains(&patience) {
        return Ok(patience);
    }
    Err("from one second to a day, in whole seconds".to_owned())
}

/// `ffff ffff ffff`, `ff:ff:ff`, `0xffff`
pub(super) fn frame(text: &str) -> Result<FrameBytes, String> {
    let text = text.trim();
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let is_separator = |letter: char| letter.is_whitespace() || matches!(letter, ':' | '-' | '.');
    let digits: Vec<char> = digits
        .chars()
        .filter(|&letter| !is_separator(letter))
        .collect();
    let bytes = digits.chunks(2).map(|pair| {
        let (Some(high), Some(low)) = (pair.first(), pair.get(1)) else {
            return Err("an odd number of digits".to_owned());
        };
        let value = |digit: &char| digit.to_digit(16).ok_or(format!("{digit:?} is no digit"));
        u8::try_from(value(high)? * 16 + value(low)?).map_err(|error| error.to_string())
    });
    bytes.collect::<Result<_, _>>().map(FrameBytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_with_and_without_separators() {
        let expected = FrameBytes(vec![0xff, 0, 0x1a]);
        for text in [
            "ff001a",
            "ff:00:1A",
            "ff-00-1a",
            "ff00.1a",
            " ff 00 1a\n",
            "0xff001a",
        ] {
            assert_eq!(frame(text), Ok(expected.clone()), "{text:?}");
        }
        assert_eq!(frame("fff"), Err("an odd number of digits".to_owned()));
        assert_eq!(frame("fg"), Err("'g' is no digit".to_owned()));
    }

    #[test]
    fn a_time_has_a_unit_and_is_whole_seconds_up_to_a_day() {
        let seconds = |seconds| Ok(Duration::from_secs(seconds));
        assert_eq!(patience("60s"), seconds(60));
        assert_eq!(patience("5m"), seconds(300));
        assert_eq!(patience("1h 30m"), seconds(5400));
        assert_eq!(patience("PT2M"), seconds(120));
        assert_eq!(patience("24h"), seconds(86_400));
        for text in ["", "60", "soon", "5 parsecs", "-5m"] {
            assert_eq!(
                patience(text),
                Err("a time is written as 60s, 5m or 1h".to_owned()),
                "{text}"
            );
        }
        for text in ["0s", "100ms", "1.5s", "25h"] {
            assert!(patience(text).is_err_and(|words| words.starts_with("from one second")));
        }
    }

    #[test]
    fn a_port_is_one_and_has_a_protocol_where_it_must() {
        assert_eq!(port("tcp/443").map(|range| range.first), Ok(443));
        assert_eq!(port("443"), Err("did you mean tcp/443?".to_owned()));
        assert_eq!(port("tcp/1-2"), Err("one port, not a range".to_owned()));
        let from = |protocol, port| Ok(FromPort { protocol, port });
        assert_eq!(from_port("554"), from(None, 554));
        assert_eq!(from_port("udp/8000"), from(Some(Transport::Udp), 8000));
        assert!(from_port("0").is_err());
    }
}
