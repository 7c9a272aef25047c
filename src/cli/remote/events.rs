//! Server-sent events, as they come in pieces.
//! Source: HTML Living Standard, "Server-sent events", section "Interpreting an event stream".

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) data: String,
}

/// What of a stream of events was not complete yet.
#[derive(Debug, Default)]
pub(super) struct Events {
    rest: Vec<u8>,
    event: Event,
}

impl Events {
    /// Takes the next piece: the events that it completes.
    pub(super) fn take(&mut self, piece: &[u8]) -> Vec<Event> {
        self.rest.extend_from_slice(piece);
        let mut events = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            events.extend(self.line(line.trim_end_matches(['\r', '\n'])));
        }
        events
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return (!event.data.is_empty()).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.event.name = value.to_owned(),
            "data" if self.event.data.is_empty() => self.event.data = value.to_owned(),
            "data" => {
                self.event.data.push('\n');
                self.event.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_wherever_the_stream_is_cut() {
        let stream = ": alive\n\nevent: hello\ndata: {\"v\":1}\nid: 7\n\nevent: logs\r\ndata: a\r\ndata: b\r\n\r\nevent: bye\n\n";
        let event = |name: &str, data: &str| Event { name: name.into(), data: data.into() };
        for cut in 1..stream.len() {
            let mut events = Events::default();
            let read: Vec<_> = stream.as_bytes().chunks(cut).flat_map(|piece| events.take(piece)).collect();
            assert_eq!(read, [event("hello", "{\"v\":1}"), event("logs", "a\nb")], "{cut}");
        }
    }
}
