//! The reader against libsystemd, on files that systemd's own programs make here.

mod agree;
mod both;
mod damage;
mod export;
mod live;
mod make;
mod seek;
