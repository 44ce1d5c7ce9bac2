//! Writes made-up Docker entries in the journal export format: `export COUNT | systemd-journal-remote -o FILE.journal -`.

#[path = "../tests/it/export.rs"]
mod export;

fn main() -> std::io::Result<()> {
    let entries = std::env::args().nth(1).and_then(|n| n.parse().ok());
    let plan = export::Plan {
        entries: entries.unwrap_or(1_000_000),
        ..export::Plan::default()
    };
    export::write(plan, &mut std::io::stdout().lock())
}
