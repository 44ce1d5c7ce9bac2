//! Reads systemd journal files natively.
