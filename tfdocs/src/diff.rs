//! A unified diff of two texts, for `--output-check --diff`.

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// Texts with more lines to compare than this are shown as replaced as a whole.
const MAX_CELLS: usize = 50_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edit {
    Keep,
    Remove,
    Add,
}

/// The difference of a file's text and what it should be, empty when they are equal.
pub(crate) fn unified(path: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (
        old.split_inclusive('\n').collect(),
        new.split_inclusive('\n').collect(),
    );
    let mut out = format!("--- {path}\n+++ {path}\n");
    let edits = edits(&a, &b);
    for (start, end) in hunks(&edits) {
        hunk(
            &mut out,
            edits.get(..start).unwrap_or_default(),
            edits.get(start..end).unwrap_or_default(),
            &a,
            &b,
        );
    }
    out
}

/// The steps from one to the other by the longest common subsequence of what is between equal ends.
fn edits(a: &[&str], b: &[&str]) -> Vec<Edit> {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (
        a.get(head..).unwrap_or_default(),
        b.get(head..).unwrap_or_default(),
    );
    let tail = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (a, b) = (
        a.get(..a.len() - tail).unwrap_or_default(),
        b.get(..b.len() - tail).unwrap_or_default(),
    );
    let mut out = vec![Edit::Keep; head];
    if a.len().saturating_mul(b.len()) > MAX_CELLS {
        out.extend(std::iter::repeat_n(Edit::Remove, a.len()));
        out.extend(std::iter::repeat_n(Edit::Add, b.len()));
    } else {
        middle(a, b, &mut out);
    }
    out.extend(std::iter::repeat_n(Edit::Keep, tail));
    out
}

fn middle(a: &[&str], b: &[&str], out: &mut Vec<Edit>) {
    let width = b.len() + 1;
    let mut table = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i * width + j] = if a[i] == b[j] {
                table[(i + 1) * width + j + 1] + 1
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push(Edit::Keep);
            (i, j) = (i + 1, j + 1);
        } else if j == b.len()
            || (i < a.len() && table[(i + 1) * width + j] >= table[i * width + j + 1])
        {
            out.push(Edit::Remove);
            i += 1;
        } else {
            out.push(Edit::Add);
            j += 1;
        }
    }
}

/// Ranges of steps that are shown together.
fn hunks(edits: &[Edit]) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (at, _) in edits
        .iter()
        .enumerate()
        .filter(|(_, edit)| **edit != Edit::Keep)
    {
        let (start, end) = (
            at.saturating_sub(CONTEXT),
            (at + 1 + CONTEXT).min(edits.len()),
        );
        match out.last_mut() {
            Some(last) if start <= last.1 => last.1 = end,
            _ => out.push((start, end)),
        }
    }
    out
}

fn hunk(out: &mut String, before: &[Edit], shown: &[Edit], a: &[&str], b: &[&str]) {
    let count = |edits: &[Edit], but: Edit| edits.iter().filter(|edit| **edit != but).count();
    let (mut i, mut j) = (count(before, Edit::Add), count(before, Edit::Remove));
    let (removed, added) = (count(shown, Edit::Add), count(shown, Edit::Remove));
    let start = |at: usize, length: usize| if length == 0 { at } else { at + 1 };
    out.push_str(&format!(
        "@@ -{},{removed} +{},{added} @@\n",
        start(i, removed),
        start(j, added)
    ));
    for edit in shown {
        let (mark, line) = match edit {
            Edit::Keep => (' ', a.get(i)),
            Edit::Remove => ('-', a.get(i)),
            Edit::Add => ('+', b.get(j)),
        };
        i += usize::from(*edit != Edit::Add);
        j += usize::from(*edit != Edit::Remove);
        let line = line.copied().unwrap_or_default();
        out.push(mark);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_with_three_lines_around_it() {
        let diff = unified("R.md", "1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nx\n6\n7\n8");
        let expected = "--- R.md\n+++ R.md\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n-8\n+8\n\\ No newline at end of file\n";
        assert_eq!(diff, expected);
    }
}
