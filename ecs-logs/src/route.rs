//! Entry → log group and stream. What an entry says about its container is believed only when the container engine wrote it;
//! a route is worked out once for each combination of values and then found by comparing a few integers.

use crate::{
    entry::{Entry, FieldId, FieldTable, Kind, Symbol, field},
    hash::FastState,
    identity::ByIdentity,
    intern::Interner,
    names::{group_name, stream_name},
    template::{Template, is_field_name},
};
use std::{collections::HashMap, fmt, sync::Arc};

/// A stream the router knows; small, dense, used again after [`Router::forget`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u32);

/// A CloudWatch log group and stream: where an event goes. Both names are valid.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamKey {
    pub group: Arc<str>,
    pub stream: Arc<str>,
}

impl fmt::Display for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.group, self.stream)
    }
}

/// What becomes of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    Stream(StreamId),
    /// It claims to be a container's, and is not believed.
    Refused(Refusal),
    /// Nobody asked for it.
    Ignored,
    /// journald says that it dropped lines of a unit.
    Suppressed {
        unit: Box<str>,
        dropped: u64,
    },
}

/// Why an entry with container fields is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    tag: Symbol,
    unit: Symbol,
}

impl Refusal {
    /// For the log: who claimed what, and the way out.
    pub fn describe(&self, names: &Interner) -> String {
        let text = |symbol| String::from_utf8_lossy(names.get(symbol).unwrap_or(b"")).into_owned();
        let (tag, unit) = (text(self.tag), text(self.unit));
        if unit.is_empty() {
            return format!(
                "an entry with CONTAINER_TAG={tag:?} has no _SYSTEMD_UNIT and is not believed (--trust-container-fields believes all)"
            );
        }
        format!(
            "an entry with CONTAINER_TAG={tag:?} comes from {unit}, not from the container engine, and is not believed (--trusted-unit {unit} believes that unit, --trust-container-fields believes all)"
        )
    }
}

/// `FIELD=VALUE` in an entry. Several for one field are alternatives, different fields must all match, as in journalctl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub field: String,
    pub value: Vec<u8>,
}

impl Condition {
    /// Reads `FIELD=VALUE`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (field, value) = text
            .split_once('=')
            .ok_or_else(|| "is not FIELD=VALUE".to_owned())?;
        if !is_field_name(field) {
            return Err(format!(
                "names no field: {field:?} is not upper-case letters, digits and '_'"
            ));
        }
        Ok(Condition {
            field: field.to_owned(),
            value: value.as_bytes().to_vec(),
        })
    }
}

/// Whose container fields are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Entries whose trusted `_SYSTEMD_UNIT` is one of these.
    Units(Vec<String>),
    /// Everybody's: any process on the host can then write into any group.
    All,
}

/// Entries of a plain unit → group and stream.
#[derive(Clone, Debug)]
pub struct UnitRoute {
    pub conditions: Vec<Condition>,
    pub group: Template,
    pub stream: Option<Template>,
}

#[derive(Clone, Debug)]
pub struct RouteSettings {
    pub trust: Trust,
    /// Default: CONTAINER_TAG.
    pub group: Option<Template>,
    /// Default: `stream_field`, else CONTAINER_NAME.
    pub stream: Option<Template>,
    /// JOURNALD_STREAM_NAME: the field that names the stream, where an entry has it.
    pub stream_field: Option<String>,
    /// Entries that are wanted besides the containers'.
    pub matches: Vec<Condition>,
    pub routes: Vec<UnitRoute>,
    /// Text on standard input has a place: `group` and `stream`, which name no field.
    pub any_text: bool,
    /// The stream of what has no better one, where the entry names no host either.
    pub hostname: String,
}

impl Default for RouteSettings {
    fn default() -> Self {
        RouteSettings {
            trust: Trust::Units(vec!["docker.service".to_owned()]),
            group: None,
            stream: None,
            stream_field: None,
            matches: Vec::new(),
            routes: Vec::new(),
            any_text: false,
            hostname: String::new(),
        }
    }
}

/// journald's "Suppressed N messages from UNIT" (`SD_MESSAGE_JOURNAL_DROPPED` in sd-messages.h).
const SUPPRESSED_ID: &str = "a596d6fe7bfa4994828e72309e95d61e";
/// Only journald itself can have this in the trusted field `_TRANSPORT`.
const DRIVER: &str = "driver";

impl RouteSettings {
    /// What the journal's index is asked for: entries that meet one of the groups. Nothing means every entry.
    pub fn matches(&self) -> Option<Vec<Vec<Condition>>> {
        let condition = |field: &str, value: &str| Condition {
            field: field.to_owned(),
            value: value.as_bytes().to_vec(),
        };
        let Trust::Units(units) = &self.trust else {
            return None;
        };
        let containers = units
            .iter()
            .map(|unit| condition("_SYSTEMD_UNIT", unit))
            .collect();
        let suppressed = vec![
            condition("MESSAGE_ID", SUPPRESSED_ID),
            condition("_TRANSPORT", DRIVER),
        ];
        let mut groups = vec![containers, suppressed];
        groups.push(self.matches.clone());
        groups.extend(self.routes.iter().map(|route| route.conditions.clone()));
        groups.retain(|group| !group.is_empty());
        Some(groups)
    }
}

/// Finds an entry's stream.
#[derive(Debug)]
pub struct Router {
    settings: RouteSettings,
    streams_of_containers: Vec<FieldId>,
    matches: Conditions,
    routes: Vec<Conditions>,
    /// The fields that decide, and the values they had last.
    deciding: Vec<FieldId>,
    cacheable: bool,
    by_identity: ByIdentity<Decision>,
    tuple: Vec<Symbol>,
    last: Option<(Box<[Symbol]>, Decision)>,
    decisions: HashMap<Box<[Symbol]>, Decision, FastState>,
    generation: u32,
    /// The unit seen last, and whether it is trusted.
    last_unit: Option<(Symbol, u32, bool)>,
    streams: Streams,
}

#[derive(Clone, Copy, Debug)]
enum Decision {
    Stream(StreamId),
    Refused(Refusal),
    Ignored,
    Suppressed,
}

/// Bounds the cache where values are made up faster than symbols are retired.
const MAX_DECISIONS: usize = 1 << 16;

impl Router {
    /// The fields that routing looks at are added to `fields`.
    pub fn new(settings: RouteSettings, fields: &mut FieldTable) -> Self {
        let mut streams_of_containers = Vec::new();
        if let Some(name) = settings
            .stream_field
            .as_deref()
            .filter(|name| is_field_name(name))
        {
            streams_of_containers.push(fields.add(name, Kind::Interned));
        }
        streams_of_containers.extend([field::CONTAINER_NAME, field::CONTAINER_ID]);
        let matches = Conditions::new(&settings.matches, fields);
        let routes: Vec<_> = settings
            .routes
            .iter()
            .map(|route| Conditions::new(&route.conditions, fields))
            .collect();
        let mut deciding = vec![
            field::CONTAINER_TAG,
            field::SYSTEMD_UNIT,
            field::MESSAGE_ID,
            field::TRANSPORT,
            field::HOSTNAME,
            field::STDIN_GROUP,
            field::STDIN_STREAM,
        ];
        deciding.extend(&streams_of_containers);
        let templates = [&settings.group, &settings.stream].into_iter().flatten();
        let of_routes = settings
            .routes
            .iter()
            .flat_map(|route| std::iter::once(&route.group).chain(&route.stream));
        deciding.extend(templates.chain(of_routes).flat_map(Template::fields));
        deciding.extend(routes.iter().chain([&matches]).flat_map(Conditions::fields));
        deciding.sort_unstable_by_key(|id| id.0);
        deciding.dedup();
        let cacheable = deciding
            .iter()
            .all(|&id| fields.kind(id) == Some(Kind::Interned));
        Router {
            settings,
            streams_of_containers,
            matches,
            routes,
            deciding,
            cacheable,
            by_identity: ByIdentity::default(),
            tuple: Vec::new(),
            last: None,
            decisions: HashMap::default(),
            generation: 0,
            last_unit: None,
            streams: Streams::default(),
        }
    }

    /// Other settings for the same streams. `fields` is the table that the router was made with, or one that goes on from it.
    pub fn reconfigure(&mut self, settings: RouteSettings, fields: &mut FieldTable) {
        let streams = std::mem::take(&mut self.streams);
        *self = Router {
            streams,
            ..Router::new(settings, fields)
        };
    }

    pub fn route(&mut self, entry: &Entry, names: &Interner) -> Route {
        match self.decision(entry, names) {
            Decision::Stream(id) => Route::Stream(id),
            Decision::Refused(refusal) => Route::Refused(refusal),
            Decision::Ignored => Route::Ignored,
            Decision::Suppressed => suppressed(entry, names),
        }
    }

    #[inline]
    fn decision(&mut self, entry: &Entry, names: &Interner) -> Decision {
        if !self.cacheable {
            return self.decide(entry, names);
        }
        if self.generation != names.generation() || self.decisions.len() > MAX_DECISIONS {
            self.generation = names.generation();
            self.drop_decisions();
        }
        let identity = entry.identity();
        if let Some(decision) = identity.and_then(|identity| self.by_identity.get(identity)) {
            return *decision;
        }
        let decision = self.decision_by_fields(entry, names);
        if let Some(identity) = identity {
            self.by_identity.insert(identity, decision);
        }
        decision
    }

    fn decision_by_fields(&mut self, entry: &Entry, names: &Interner) -> Decision {
        self.tuple.clear();
        self.tuple
            .extend(self.deciding.iter().map(|&id| entry.symbol(id)));
        if let Some((tuple, decision)) = &self.last
            && **tuple == *self.tuple
        {
            return *decision;
        }
        let decision = match self.decisions.get(&*self.tuple) {
            Some(&decision) => decision,
            None => {
                let decision = self.decide(entry, names);
                self.decisions
                    .insert(self.tuple.as_slice().into(), decision);
                decision
            }
        };
        match &mut self.last {
            Some((tuple, last)) => {
                tuple.copy_from_slice(&self.tuple);
                *last = decision;
            }
            None => self.last = Some((self.tuple.as_slice().into(), decision)),
        }
        decision
    }

    fn drop_decisions(&mut self) {
        self.decisions.clear();
        self.by_identity.clear();
        self.last = None;
    }

    fn decide(&mut self, entry: &Entry, names: &Interner) -> Decision {
        if let Some(group) = filled(entry.value(field::STDIN_GROUP, names)) {
            let stream = entry.value(field::STDIN_STREAM, names).unwrap_or_default();
            return Decision::Stream(self.streams.id(group, stream));
        }
        let is = |id, value: &str| entry.value(id, names) == Some(value.as_bytes());
        if is(field::MESSAGE_ID, SUPPRESSED_ID) && is(field::TRANSPORT, DRIVER) {
            return Decision::Suppressed;
        }
        let of_container = filled(entry.value(field::CONTAINER_TAG, names)).is_some();
        let trusted = self.trusts(entry.value(field::SYSTEMD_UNIT, names).unwrap_or_default());
        let name = if of_container && trusted {
            self.container(entry, names)
        } else {
            self.plain(entry, names, trusted)
        };
        match name {
            Some((group, stream)) => Decision::Stream(self.streams.id(&group, &stream)),
            None => self
                .refusal(entry, names)
                .map_or(Decision::Ignored, Decision::Refused),
        }
    }

    /// Why an entry that claims to be a container's is not believed and goes nowhere, if that is so.
    pub fn refusal(&self, entry: &Entry, names: &Interner) -> Option<Refusal> {
        filled(entry.value(field::CONTAINER_TAG, names))?;
        let unit = entry.value(field::SYSTEMD_UNIT, names).unwrap_or_default();
        let refused = !self.trusts(unit) && self.plain(entry, names, false).is_none();
        refused.then(|| Refusal {
            tag: entry.symbol(field::CONTAINER_TAG),
            unit: entry.symbol(field::SYSTEMD_UNIT),
        })
    }

    fn container(&self, entry: &Entry, names: &Interner) -> Option<(Vec<u8>, Vec<u8>)> {
        let value = |id| filled(entry.value(id, names));
        let group = match &self.settings.group {
            Some(template) => template.fill(entry, names, |_| true)?,
            None => value(field::CONTAINER_TAG)?.to_vec(),
        };
        let stream = self
            .settings
            .stream
            .as_ref()
            .and_then(|template| template.fill(entry, names, |_| true))
            .or_else(|| {
                let named = self.streams_of_containers.iter();
                named.copied().find_map(value).map(<[u8]>::to_vec)
            });
        Some((
            group,
            stream.unwrap_or_else(|| self.host_stream(entry, names)),
        ))
    }

    /// An entry of no container, by the first route that takes it, or because it was asked for.
    fn plain(&self, entry: &Entry, names: &Interner, trusted: bool) -> Option<(Vec<u8>, Vec<u8>)> {
        let allowed = |id| trusted || !is_claim(id);
        let named = |group: Option<&Template>, stream: Option<&Template>| {
            let group = group?.fill(entry, names, allowed)?;
            let stream = stream
                .and_then(|template| template.fill(entry, names, allowed))
                .unwrap_or_else(|| self.host_stream(entry, names));
            Some((group, stream))
        };
        for (conditions, route) in self.routes.iter().zip(&self.settings.routes) {
            if conditions.meet(entry, names)
                && let Some(name) = named(Some(&route.group), route.stream.as_ref())
            {
                return Some(name);
            }
        }
        let matched = !self.matches.is_empty() && self.matches.meet(entry, names);
        if !matched && !self.settings.any_text {
            return None;
        }
        named(self.settings.group.as_ref(), self.settings.stream.as_ref()).or_else(|| {
            // Asked for by --match alone: the unit is the group, the host the stream.
            let fields = [
                field::SYSTEMD_UNIT,
                field::SYSLOG_IDENTIFIER,
                field::TRANSPORT,
            ];
            let group = fields
                .into_iter()
                .find_map(|id| filled(entry.value(id, names)))?;
            Some((group.to_vec(), self.host_stream(entry, names)))
        })
    }

    /// The stream of what has no better one.
    fn host_stream(&self, entry: &Entry, names: &Interner) -> Vec<u8> {
        let own = filled(Some(self.settings.hostname.as_bytes())).unwrap_or(b"unknown");
        filled(entry.value(field::HOSTNAME, names))
            .unwrap_or(own)
            .to_vec()
    }

    /// Whether what the unit says of containers is believed.
    pub fn trusts(&self, unit: &[u8]) -> bool {
        match &self.settings.trust {
            Trust::All => true,
            Trust::Units(units) => units.iter().any(|trusted| trusted.as_bytes() == unit),
        }
    }

    /// Whether what the entry says of its container is believed.
    #[inline]
    pub fn believes(&mut self, entry: &Entry, names: &Interner) -> bool {
        let unit = entry.symbol(field::SYSTEMD_UNIT);
        if let Some((known, generation, believed)) = self.last_unit
            && (known, generation) == (unit, names.generation())
        {
            return believed;
        }
        let believed = self.trusts(names.get(unit).unwrap_or_default());
        self.last_unit = Some((unit, names.generation(), believed));
        believed
    }

    /// Where a stream's events go. Panics for a stream that was forgotten.
    pub fn key(&self, id: StreamId) -> &StreamKey {
        self.streams.keys[id.0 as usize]
            .as_ref()
            .expect("a stream that is in use was not forgotten")
    }

    /// The id of a stream known by its key, as a checkpoint names it.
    pub fn open(&mut self, key: &StreamKey) -> StreamId {
        self.streams.id(key.group.as_bytes(), key.stream.as_bytes())
    }

    /// Ids of all streams in use.
    pub fn streams(&self) -> impl Iterator<Item = StreamId> + '_ {
        let used = self.streams.keys.iter().enumerate();
        used.filter(|(_, key)| key.is_some())
            .map(|(at, _)| StreamId(at as u32))
    }

    /// Lets a stream's id be used for another.
    pub fn forget(&mut self, id: StreamId) {
        self.streams.forget(id);
        self.drop_decisions();
    }
}

fn filled(value: Option<&[u8]>) -> Option<&[u8]> {
    value.filter(|value| !value.is_empty())
}

/// Fields that any process can set, and that would lead into a service's group.
fn is_claim(id: FieldId) -> bool {
    [
        field::CONTAINER_TAG,
        field::CONTAINER_NAME,
        field::CONTAINER_ID,
    ]
    .contains(&id)
}

fn suppressed(entry: &Entry, names: &Interner) -> Route {
    let text =
        |id| String::from_utf8_lossy(entry.value(id, names).unwrap_or_default()).into_owned();
    let message = text(field::MESSAGE);
    let unit = match text(field::OBJECT_SYSTEMD_UNIT) {
        unit if unit.is_empty() => message
            .rsplit_once(" from ")
            .map_or("", |(_, unit)| unit)
            .to_owned(),
        unit => unit,
    };
    // Old versions name the control group: /system.slice/docker.service.
    let unit = unit.rsplit('/').next().unwrap_or_default();
    Route::Suppressed {
        unit: unit.into(),
        dropped: text(field::N_DROPPED).parse().unwrap_or(1),
    }
}

/// Conditions by field: one of each field's values must match.
#[derive(Debug, Default)]
struct Conditions(Vec<(FieldId, Vec<Vec<u8>>)>);

impl Conditions {
    fn new(conditions: &[Condition], fields: &mut FieldTable) -> Self {
        let mut by_field: Vec<(FieldId, Vec<Vec<u8>>)> = Vec::new();
        for condition in conditions {
            let id = fields.add(&condition.field, Kind::Interned);
            match by_field.iter_mut().find(|(known, _)| *known == id) {
                Some((_, values)) => values.push(condition.value.clone()),
                None => by_field.push((id, vec![condition.value.clone()])),
            }
        }
        Conditions(by_field)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn fields(&self) -> impl Iterator<Item = FieldId> {
        self.0.iter().map(|(id, _)| *id)
    }

    fn meet(&self, entry: &Entry, names: &Interner) -> bool {
        self.0.iter().all(|(id, values)| {
            entry
                .value(*id, names)
                .is_some_and(|value| values.iter().any(|wanted| wanted == value))
        })
    }
}

/// Streams by id and by name.
#[derive(Debug, Default)]
struct Streams {
    keys: Vec<Option<StreamKey>>,
    ids: HashMap<StreamKey, StreamId>,
    free: Vec<StreamId>,
}

impl Streams {
    fn id(&mut self, group: &[u8], stream: &[u8]) -> StreamId {
        let key = StreamKey {
            group: group_name(group).into(),
            stream: stream_name(stream).into(),
        };
        if let Some(&id) = self.ids.get(&key) {
            return id;
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.keys.push(None);
            StreamId(self.keys.len() as u32 - 1)
        });
        self.ids.insert(key.clone(), id);
        self.keys[id.0 as usize] = Some(key);
        id
    }

    fn forget(&mut self, id: StreamId) {
        if let Some(key) = self.keys.get_mut(id.0 as usize).and_then(Option::take) {
            self.ids.remove(&key);
            self.free.push(id);
        }
    }
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
