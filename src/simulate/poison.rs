//! Records that nobody can use, as a forwarder with a fault writes them.

/// The next of them, by its number: compressed data that end early most often, else what is of no format or says no account.
#[must_use]
pub fn record(number: u64, gzip: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    match number % 5 {
        3 => b"<14>1 2026-11-22T02:39:31Z forwarder fluent-bit - - - output plugin has no format configured".to_vec(),
        4 => gzip(
            br#"{"messageType":"DATA_MESSAGE","owner":"n/a","logGroup":"/ecs/orders","logStream":"web","subscriptionFilters":["fanin"],"logEvents":[{"id":"0","timestamp":1795300000000,"message":"who am I?"}]}"#,
        ),
        _ => {
            let mut whole = gzip(b"{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"100200300400\",\"logEvents\":[]}");
            whole.truncate(whole.len() / 2);
            whole
        }
    }
}
