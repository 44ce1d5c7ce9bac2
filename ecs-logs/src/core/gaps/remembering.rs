//! What a restart is told of losses, and what it makes of that.

use super::*;

impl State {
    pub(in crate::core) fn ledger(&self, clean: bool) -> Ledger {
        let names = |key: &StreamKey| (key.group.to_string(), key.stream.to_string());
        let gaps = self.ordinals.open.iter().filter_map(|open| {
            let (group, stream) = names(self.streams.peek(open.stream)?.key.as_ref()?);
            let gap = &open.gap;
            Some(OpenGap {
                group,
                stream,
                epoch: gap.epoch,
                from: gap.from,
                to: gap.to,
                unit: gap.unit.to_string(),
                at_usec: gap.at_usec,
            })
        });
        let owing = self
            .streams
            .iter()
            .filter(|(_, stream)| !stream.owed.is_empty());
        let marks = owing.flat_map(|(_, stream)| {
            let key = stream.key.as_ref().map(names);
            let evidence = stream.evidence;
            stream.owed.iter().filter_map(move |owed| {
                let (group, stream) = key.clone()?;
                let cause = match owed.stage {
                    Stage::Tentative(id) => Some(id),
                    Stage::Due | Stage::Written => None,
                };
                let known = |id| self.losses.causes.iter().find(|known| known.id == id);
                let tells = |id| known(id).is_some_and(|known| evidence.tells_of(known));
                if cause.is_some_and(tells) {
                    return None;
                }
                Some(OwedMark {
                    group,
                    stream,
                    loss: owed.loss.name().to_owned(),
                    lines: owed.lines,
                    up_to: owed.up_to,
                    at_usec: owed.at_usec,
                    cause,
                })
            })
        });
        let causes = self.losses.causes.iter().map(|cause| KnownCause {
            id: cause.id,
            loss: cause.loss.name().to_owned(),
            unit: cause.unit.as_deref().map(str::to_owned),
            lines: cause.left,
            unmarked: cause.unmarked,
            at_usec: cause.usec,
        });
        Ledger {
            clean,
            ordinals: self.ordinals.state(),
            gaps: gaps.collect(),
            marks: marks.collect(),
            causes: causes.collect(),
            told: self.losses.told.iter().copied().collect(),
            heard: self.heard(),
        }
    }

    fn heard(&self) -> Vec<Heard> {
        let causes = &self.losses.causes;
        let heard = self.streams.iter().filter_map(|(_, stream)| {
            let key = stream.key.as_ref()?;
            let evidence = &stream.evidence;
            let suspected =
                |cause: &Cause| cause.loss == Loss::Vacuumed && !evidence.tells_of(cause);
            let suspect = causes.iter().any(suspected);
            let waits = stream.buffer.is_some() || !stream.outstanding.is_empty();
            let active = waits || self.live.read_at.since(stream.last_used) <= ACTIVE_WITHIN;
            (active || suspect).then(|| Heard {
                group: key.group.to_string(),
                stream: key.stream.to_string(),
                units: stream.units.iter().map(|unit| unit.to_string()).collect(),
                numbered: evidence.has_numbers(),
                suspect,
            })
        });
        heard.collect()
    }

    /// What an earlier run knew. Its marks and gaps are this one's to write; entries that both read are not counted again.
    pub(in crate::core) fn restore_ledger(
        &mut self,
        ledger: Ledger,
        router: &mut Router,
        now: Now,
    ) {
        let mut open = |state: &mut State, group: String, stream: String| {
            let key = StreamKey {
                group: group.into(),
                stream: stream.into(),
            };
            let id = router.open(&key);
            state.streams.open(id, &key).last_used = now.mono;
            id
        };
        let known: Vec<u64> = ledger.causes.iter().map(|cause| cause.id).collect();
        self.ordinals.restore(&ledger.ordinals, now.mono);
        for gap in ledger.gaps {
            let stream = open(self, gap.group, gap.stream);
            if gap.from < gap.to {
                self.ordinals.open.push(Open {
                    gap: Gap {
                        epoch: gap.epoch,
                        from: gap.from,
                        to: gap.to,
                        unit: gap.unit.into(),
                        at_usec: gap.at_usec,
                    },
                    stream,
                    after: 0,
                    at: AT_START,
                    over_restart: false,
                    found: now.mono,
                });
            }
        }
        for heard in ledger.heard {
            let id = open(self, heard.group, heard.stream);
            let stream = self.streams.get(id);
            stream.units = heard.units.into_iter().map(Into::into).collect();
            stream.evidence.numbered_before = heard.numbered;
            if !heard.suspect {
                stream.evidence.cleared_to = known.iter().copied().max().unwrap_or_default();
            }
        }
        for mark in ledger.marks {
            let id = open(self, mark.group, mark.stream);
            if let Some(loss) = Loss::of_name(&mark.loss) {
                let cause = mark.cause.filter(|id| known.contains(id));
                let stage = cause.map_or(Stage::Due, Stage::Tentative);
                self.owe(id, loss, mark.lines, mark.up_to, mark.at_usec, stage);
            }
        }
        for cause in ledger.causes {
            if let Some(loss) = Loss::of_name(&cause.loss) {
                // Before the first entry of this run.
                let unit = cause.unit.map(Into::into);
                self.losses.last_cause = cause.id.saturating_sub(1);
                self.add_cause(loss, unit, cause.lines, AT_START, cause.at_usec, now);
                if let Some(last) = self.losses.causes.last_mut() {
                    last.unmarked = cause.unmarked;
                }
            }
        }
        self.losses.told = ledger.told.into();
        self.losses.clean = ledger.clean;
    }
}
