//! A strict, fast, in-memory CloudWatch Logs.
