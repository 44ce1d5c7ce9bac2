//! Reads a folder or files with this crate and with libsystemd, entry by entry, and tells the first difference.

#[path = "../tests/it/both.rs"]
mod both;

fn main() {
    let paths: Vec<_> = std::env::args().skip(1).map(Into::into).collect();
    let native = both::native(&paths);
    let libsystemd = both::libsystemd(&paths);
    println!(
        "native {} entries, libsystemd {}",
        native.len(),
        libsystemd.len()
    );
    match both::difference(&native, &libsystemd) {
        None => println!("no difference"),
        Some(difference) => {
            println!("{difference}");
            std::process::exit(1);
        }
    }
}
