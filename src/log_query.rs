//! The words in which log records are searched: `timeout "payments failed" sev>=warn source=/aws/lambda/checkout`.
