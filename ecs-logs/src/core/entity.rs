//! Which service a stream belongs to, for CloudWatch's "Explore related": from the labels that ECS gives its containers, which
//! Docker's journald driver writes as fields.

use super::batch::write_json_string;
use crate::entry::{Entry, FieldId, FieldTable, Kind};
use crate::intern::Interner;

/// The fields that tell.
#[derive(Clone, Copy, Debug)]
pub struct EntityFields {
    cluster: FieldId,
    family: FieldId,
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Entity.html>
const MAX_VALUE_CHARS: usize = 512;

impl EntityFields {
    /// Asks for the fields to be read.
    pub fn new(fields: &mut FieldTable) -> EntityFields {
        EntityFields {
            cluster: fields.add("COM_AMAZONAWS_ECS_CLUSTER", Kind::Interned),
            family: fields.add("COM_AMAZONAWS_ECS_TASK_DEFINITION_FAMILY", Kind::Interned),
        }
    }

    /// `{"keyAttributes":…,"attributes":…}`; nothing for what is no task of ECS.
    fn entity(&self, entry: &Entry, names: &Interner) -> Option<Box<str>> {
        let value = |id| {
            let text = std::str::from_utf8(entry.value(id, names)?).ok()?;
            (1..=MAX_VALUE_CHARS)
                .contains(&text.chars().count())
                .then_some(text)
        };
        let name = value(self.family)?;
        let mut json = Vec::new();
        json.extend_from_slice(br#"{"keyAttributes":{"Type":"Service","Name":"#);
        write_json_string(name, &mut json);
        if let Some(cluster) = value(self.cluster) {
            // A name, or an ARN that ends in it.
            let cluster = cluster.rsplit('/').next().unwrap_or(cluster);
            let cluster: String = cluster.chars().take(MAX_VALUE_CHARS - 4).collect();
            json.extend_from_slice(br#","Environment":"#);
            write_json_string(&format!("ecs:{cluster}"), &mut json);
        }
        json.extend_from_slice(br#"},"attributes":{"PlatformType":"AWS::ECS"}}"#);
        String::from_utf8(json).ok().map(String::into_boxed_str)
    }
}

/// What is known of a stream's entity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Entity {
    /// Nothing: no entry was seen.
    #[default]
    Unknown,
    /// It has none, or CloudWatch refused it.
    None,
    /// As JSON.
    Is(Box<str>),
}

impl Entity {
    pub(super) fn of(fields: Option<EntityFields>, entry: &Entry, names: &Interner) -> Entity {
        let entity = fields.and_then(|fields| fields.entity(entry, names));
        entity.map_or(Entity::None, Entity::Is)
    }

    pub(super) fn json(&self) -> Option<&str> {
        match self {
            Entity::Is(json) => Some(json),
            Entity::Unknown | Entity::None => None,
        }
    }
}
