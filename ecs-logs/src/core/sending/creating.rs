//! Groups and streams are made when an answer says that they are missing: never asked for before, never described.

use super::*;

impl State {
    /// Where it is the group that is missing, asking for the stream first would only cost a round trip.
    pub(super) fn queue_creation(&mut self, id: StreamId, group_is_missing: bool) {
        if self.streams.get(id).creation.is_some() {
            return;
        }
        if group_is_missing && self.settings.create_groups {
            return self.wait_for_group(id);
        }
        self.streams.get(id).creation = Some(Creation::Queued);
        self.sending.to_create.push_back(id);
    }

    fn wait_for_group(&mut self, id: StreamId) {
        self.streams.get(id).creation = Some(Creation::Group);
        let group = self.streams.key(id).group;
        let group = self.sending.groups.entry(group).or_default();
        group.waiting.push(id);
    }

    pub(super) fn create(&mut self, now: Now, actions: &mut Vec<Action>) {
        if self
            .sending
            .create_pause
            .is_some_and(|until| now.mono < until)
        {
            return;
        }
        self.sending.create_pause = None;
        let due: Vec<Arc<str>> = self
            .sending
            .groups
            .iter()
            .filter(|(_, group)| {
                !group.asked && group.wait_until.is_none_or(|until| until <= now.mono)
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in due {
            if self.sending.creating >= CREATIONS_AT_ONCE {
                return;
            }
            self.sending.creating += 1;
            if let Some(group) = self.sending.groups.get_mut(&name) {
                group.asked = true;
                group.wait_until = None;
            }
            actions.push(Action::CreateGroup { group: name });
        }
        while self.sending.creating < CREATIONS_AT_ONCE {
            let Some(id) = self.sending.to_create.pop_front() else {
                return;
            };
            let stream = self.streams.get(id);
            if stream.creation != Some(Creation::Queued) {
                continue;
            }
            let key = self.streams.key(id);
            if self.sending.groups.contains_key(&key.group) {
                // Another stream has found out that the group is missing.
                self.wait_for_group(id);
                continue;
            }
            self.streams.get(id).creation = Some(Creation::Asked);
            self.sending.creating += 1;
            actions.push(Action::CreateStream { stream: id, key });
        }
    }

    pub(in crate::core) fn stream_created(
        &mut self,
        id: StreamId,
        answer: Answer,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        self.sending.creating -= 1;
        let key = self.streams.key(id);
        match answer {
            Answer::Accepted(_) => {
                self.sending.create_failures = 0;
                self.counters.add(Metric::StreamsCreated, 1);
                self.streams.get(id).creation = None;
                self.release(id);
            }
            Answer::Failed(failure)
                if failure.class == Class::Missing && self.settings.create_groups =>
            {
                self.wait_for_group(id);
            }
            Answer::Failed(failure) if failure.class == Class::Missing => {
                let message = format!(
                    "log group {} does not exist, and groups are not to be created (make it, or allow --create-groups)",
                    key.group
                );
                self.creation_faulty(id, message, now, actions);
            }
            Answer::Failed(failure) => self.creation_failed(&[id], failure, now, actions),
        }
    }

    pub(in crate::core) fn group_created(
        &mut self,
        name: &Arc<str>,
        answer: Answer,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        self.sending.creating -= 1;
        let Some(mut group) = self.sending.groups.remove(name) else {
            return;
        };
        match answer {
            Answer::Accepted(_) => {
                self.sending.create_failures = 0;
                self.counters.add(Metric::GroupsCreated, 1);
                actions.push(Action::Tell(Notice::Created {
                    what: format!("log group {name}"),
                }));
                for id in group.waiting {
                    self.streams.get(id).creation = Some(Creation::Queued);
                    self.sending.to_create.push_back(id);
                }
            }
            Answer::Failed(failure)
                if matches!(
                    failure.class,
                    Class::Faulty | Class::Refused | Class::Missing
                ) =>
            {
                for &id in &group.waiting {
                    self.creation_faulty(id, failure.message.clone(), now, actions);
                }
            }
            Answer::Failed(failure) => {
                group.asked = false;
                group.failures += 1;
                group.wait_until =
                    Some(now.mono.after(REQUEST.wait(group.failures, &mut self.rng)));
                self.trouble_creating(&failure, now, actions);
                self.sending.groups.insert(name.clone(), group);
            }
        }
    }

    fn creation_failed(
        &mut self,
        ids: &[StreamId],
        failure: Failure,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        for &id in ids {
            match failure.class {
                Class::Faulty | Class::Refused | Class::Missing => {
                    self.creation_faulty(id, failure.message.clone(), now, actions)
                }
                _ => {
                    self.streams.get(id).creation = Some(Creation::Queued);
                    self.sending.to_create.push_back(id);
                    self.trouble_creating(&failure, now, actions);
                }
            }
        }
    }

    /// The stream tries the whole way again later: put, create, put.
    fn creation_faulty(
        &mut self,
        id: StreamId,
        message: String,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        let stream = self.streams.get(id);
        stream.creation = None;
        if stream.outstanding.is_empty() {
            return; // parked meanwhile
        }
        self.fault(id, message, now, actions);
        let wait = REQUEST.wait(6, &mut self.rng);
        self.stream_waits(id, now.mono.after(wait));
    }

    fn trouble_creating(&mut self, failure: &Failure, now: Now, actions: &mut Vec<Action>) {
        self.sending.create_failures += 1;
        let wait = REQUEST
            .wait(self.sending.create_failures, &mut self.rng)
            .max(failure.retry_after.unwrap_or_default());
        self.sending.create_pause = Some(now.mono.after(wait));
        // CreateLogStream has a quota of its own: being throttled there says nothing of puts.
        if failure.class != Class::Throttled {
            self.trouble(failure, now.mono, now, actions);
        }
    }
}
