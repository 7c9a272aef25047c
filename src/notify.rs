//! From a notification to the requests of each kind of receiver, and what their answers mean. Pure: `io::receivers` sends.
