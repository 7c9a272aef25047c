//! What each account sent, minute by minute for three hours and quarter by quarter for two days.
