//! The messages of all queues: which comes next, which are hidden until when, and which go to the dead letters. A
//! change is written to the embedded database, one item a message, before it is visible here.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use dynoxide::Database;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::LocalError;
use crate::background::Delays;
use crate::database;
use crate::template::Queue;

/// The time for which a FIFO queue keeps a deduplication id, in milliseconds.
const DEDUPLICATION: i64 = 5 * 60 * 1000;

const MESSAGE: &str = "queue-message#";
const DEDUPLICATED: &str = "queue-deduplication#";

/// A message in a queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) queue: String,
    /// Its position: larger than that of any earlier message in any queue.
    pub(crate) sequence: u64,
    pub(crate) message_id: String,
    pub(crate) body: String,
    pub(crate) group: Option<String>,
    pub(crate) deduplication: Option<String>,
    /// Milliseconds since 1970, like all times here.
    pub(crate) sent: i64,
    pub(crate) visible: i64,
    pub(crate) receives: u32,
    pub(crate) first_received: Option<i64>,
    /// The queue that gave it up, if this is a dead letter.
    pub(crate) given_up_by: Option<String>,
}

impl Stored {
    /// The receipt handle of this receive, and no other.
    pub(crate) fn receipt(&self) -> String {
        format!("{}#{}", self.sequence, self.receives)
    }

    fn is_in_flight(&self, now: i64) -> bool {
        self.receives > 0 && self.visible > now
    }
}

/// A message before it is stored.
pub(crate) struct Draft<'a> {
    pub(crate) body: &'a str,
    pub(crate) group: Option<&'a str>,
    pub(crate) deduplication: Option<String>,
    pub(crate) delay_seconds: u32,
}

/// The meaning of a receipt handle.
pub(crate) enum Receipt {
    /// The position of a message that is in flight or visible again.
    Held(u64),
    /// The message was deleted or received again.
    Past,
    /// Not a receipt handle.
    Unknown,
}

/// All queues' messages.
pub(crate) struct MessageStore {
    queues: BTreeMap<String, Queue>,
    messages: BTreeMap<String, BTreeMap<u64, Stored>>,
    /// By queue and id: the first message with the id, and its time.
    deduplicated: HashMap<(String, String), Deduplicated>,
    /// The same entries, oldest first.
    to_forget: VecDeque<Deduplicated>,
    last: u64,
    database: Database,
}

#[derive(Clone, Serialize, Deserialize)]
struct Deduplicated {
    queue: String,
    id: String,
    message_id: String,
    sequence: u64,
    at: i64,
}

impl MessageStore {
    /// Reads the messages that an earlier process left.
    pub(crate) fn open(queues: BTreeMap<String, Queue>, database: Database) -> Result<Self, LocalError> {
        let broken = |error: serde_json::Error| LocalError::Database(format!("a message cannot be read: {error}"));
        let mut store = Self {
            queues,
            messages: BTreeMap::new(),
            deduplicated: HashMap::new(),
            to_forget: VecDeque::new(),
            last: 0,
            database,
        };
        for (_, note) in database::recall_all(&store.database, MESSAGE)? {
            let message: Stored = serde_json::from_value(note).map_err(broken)?;
            store.last = store.last.max(message.sequence);
            store.messages.entry(message.queue.clone()).or_default().insert(message.sequence, message);
        }
        let entries = database::recall_all(&store.database, DEDUPLICATED)?;
        let entries = entries.into_iter().map(|(_, note)| serde_json::from_value(note));
        let mut entries: Vec<Deduplicated> = entries.collect::<Result<_, _>>().map_err(broken)?;
        entries.sort_unstable_by_key(|entry| entry.sequence);
        for entry in entries {
            store.last = store.last.max(entry.sequence);
            store.know(entry);
        }
        Ok(store)
    }

    /// Returns a queue by its name.
    pub(crate) fn queue(&self, name: &str) -> Option<&Queue> {
        self.queues.get(name)
    }

    /// Returns the queues that this one is the dead-letter queue of.
    pub(crate) fn sources(&self, name: &str) -> Vec<&Queue> {
        let gives_up_here = |queue: &&Queue| queue.redrive.as_ref().is_some_and(|redrive| redrive.queue == name);
        self.queues.values().filter(gives_up_here).collect()
    }

    /// Returns the numbers of messages that are visible, in flight and delayed.
    pub(crate) fn level(&self, name: &str, now: i64) -> [usize; 3] {
        let mut level = [0; 3];
        for message in self.messages.get(name).into_iter().flat_map(BTreeMap::values) {
            let place = if message.visible <= now { 0 } else { 2 - usize::from(message.is_in_flight(now)) };
            level[place] += 1;
        }
        level
    }

    /// Returns all messages of a queue, in order.
    pub(crate) fn all(&self, name: &str) -> Vec<Stored> {
        self.messages.get(name).into_iter().flat_map(BTreeMap::values).cloned().collect()
    }

    /// Stores a message and returns its id and position. If a message with its deduplication id came within five
    /// minutes, returns that one's instead.
    pub(crate) fn put(&mut self, queue: &Queue, draft: Draft<'_>, now: i64) -> Result<(String, u64), LocalError> {
        let key = draft.deduplication.clone().filter(|_| queue.fifo).map(|id| (queue.name.clone(), id));
        if let Some(key) = &key {
            self.forget_deduplicated(now)?;
            if let Some(earlier) = self.deduplicated.get(key) {
                return Ok((earlier.message_id.clone(), earlier.sequence));
            }
        }
        let (sequence, message_id) = self.next(&queue.name, now);
        let delay = if draft.delay_seconds > 0 { draft.delay_seconds } else { queue.delay };
        self.write(Stored {
            queue: queue.name.clone(),
            sequence,
            message_id: message_id.clone(),
            body: draft.body.to_owned(),
            group: draft.group.map(str::to_owned),
            deduplication: draft.deduplication,
            sent: now,
            visible: now + i64::from(delay) * 1000,
            receives: 0,
            first_received: None,
            given_up_by: None,
        })?;
        if let Some((queue, id)) = key {
            let entry = Deduplicated { queue, id, message_id: message_id.clone(), sequence, at: now };
            database::remember(&self.database, &deduplicated(&entry), &json!(entry))?;
            self.know(entry);
        }
        Ok((message_id, sequence))
    }

    /// Receives up to `most` visible messages in order and hides them for `seconds`. A message that was received too
    /// often goes to the dead letters instead. A hidden message of a FIFO queue blocks its group. If delays are
    /// ignored, no message counts as hidden.
    pub(crate) fn take(
        &mut self,
        queue: &Queue,
        most: usize,
        seconds: u32,
        now: i64,
        delays: Delays,
    ) -> Result<Vec<Stored>, LocalError> {
        let (chosen, given_up) = self.choose(queue, most, now, delays);
        for message in given_up {
            let Some(redrive) = &queue.redrive else { continue };
            self.give_up(message, &redrive.queue)?;
        }
        let mut taken = Vec::new();
        for mut message in chosen {
            message.receives += 1;
            message.first_received.get_or_insert(now);
            message.visible = now + i64::from(seconds) * 1000;
            self.write(message.clone())?;
            taken.push(message);
        }
        Ok(taken)
    }

    /// Returns the messages to receive and the messages to give up.
    fn choose(&self, queue: &Queue, most: usize, now: i64, delays: Delays) -> (Vec<Stored>, Vec<Stored>) {
        let (mut chosen, mut given_up) = (Vec::new(), Vec::new());
        let messages = || self.messages.get(&queue.name).into_iter().flat_map(BTreeMap::values);
        let in_order = |message: &Stored| message.group.clone().filter(|_| queue.fifo);
        let mut held_up: HashSet<String> = if queue.fifo && delays == Delays::Respected {
            messages().filter(|message| message.is_in_flight(now)).filter_map(in_order).collect()
        } else {
            HashSet::new()
        };
        for message in messages() {
            if chosen.len() == most {
                break;
            }
            let group = in_order(message);
            if group.as_ref().is_some_and(|group| held_up.contains(group)) {
                continue;
            }
            if delays == Delays::Respected && message.visible > now {
                held_up.extend(group);
                continue;
            }
            let too_often = queue.redrive.as_ref().is_some_and(|redrive| message.receives >= redrive.receives);
            if too_often { &mut given_up } else { &mut chosen }.push(message.clone());
        }
        (chosen, given_up)
    }

    /// Looks up a receipt handle in a queue.
    pub(crate) fn receipt(&self, name: &str, handle: &str) -> Receipt {
        let parts = handle.split_once('#');
        let Some((sequence, receives)) =
            parts.and_then(|(place, time)| Some((place.parse::<u64>().ok()?, time.parse::<u32>().ok()?)))
        else {
            return Receipt::Unknown;
        };
        match self.messages.get(name).and_then(|messages| messages.get(&sequence)) {
            Some(message) if message.receives == receives => Receipt::Held(sequence),
            _ => Receipt::Past,
        }
    }

    /// True if a message was received and is still hidden.
    pub(crate) fn is_in_flight(&self, name: &str, sequence: u64, now: i64) -> bool {
        let message = self.messages.get(name).and_then(|messages| messages.get(&sequence));
        message.is_some_and(|message| message.is_in_flight(now))
    }

    /// Shows all received messages again: their receivers ended with the process.
    pub(crate) fn release(&mut self) -> Result<(), LocalError> {
        let all = self.messages.values().flat_map(BTreeMap::values);
        let handed_out: Vec<Stored> = all.filter(|message| message.receives > 0).cloned().collect();
        handed_out.into_iter().try_for_each(|message| self.write(Stored { visible: 0, ..message }))
    }

    /// Deletes a message.
    pub(crate) fn delete(&mut self, name: &str, sequence: u64) -> Result<(), LocalError> {
        database::forget(&self.database, &key(sequence))?;
        self.messages.entry(name.to_owned()).or_default().remove(&sequence);
        Ok(())
    }

    /// Hides a message until a time.
    pub(crate) fn hide(&mut self, name: &str, sequence: u64, until: i64) -> Result<(), LocalError> {
        let Some(message) = self.messages.get(name).and_then(|messages| messages.get(&sequence)) else {
            return Ok(());
        };
        self.write(Stored { visible: until, ..message.clone() })
    }

    /// Moves a dead letter to the end of a queue as a new message.
    pub(crate) fn bring_back(&mut self, dead: Stored, to: &str, now: i64) -> Result<(), LocalError> {
        let (sequence, message_id) = self.next(to, now);
        let (name, was) = (dead.queue.clone(), dead.sequence);
        let queue = to.to_owned();
        let fresh = Stored { queue, sequence, message_id, sent: now, visible: now, receives: 0, ..dead };
        // After a kill between the two writes it is in both queues: delivered twice, as SQS may, rather than never.
        self.write(Stored { first_received: None, given_up_by: None, ..fresh })?;
        self.delete(&name, was)
    }

    /// A single write: the item names its queue.
    fn give_up(&mut self, message: Stored, to: &str) -> Result<(), LocalError> {
        tracing::error!(queue.name = message.queue, queue.message = message.message_id, "message given up");
        let (from, sequence) = (message.queue.clone(), message.sequence);
        self.write(Stored { queue: to.to_owned(), given_up_by: Some(from.clone()), visible: 0, ..message })?;
        self.messages.entry(from).or_default().remove(&sequence);
        Ok(())
    }

    fn write(&mut self, message: Stored) -> Result<(), LocalError> {
        database::remember(&self.database, &key(message.sequence), &json!(message))?;
        self.messages.entry(message.queue.clone()).or_default().insert(message.sequence, message);
        Ok(())
    }

    /// Returns a position after all others, even after a restart with empty queues, and an id that looks like SQS's.
    fn next(&mut self, queue: &str, now: i64) -> (u64, String) {
        self.last = (self.last + 1).max(u64::try_from(now).unwrap_or_default() * 1000);
        let digest = format!("{:x}", md5::compute(format!("{queue}/{}", self.last)));
        let parts = [&digest[..8], &digest[8..12], &digest[12..16], &digest[16..20], &digest[20..]];
        (self.last, parts.join("-"))
    }

    fn know(&mut self, entry: Deduplicated) {
        self.to_forget.push_back(entry.clone());
        self.deduplicated.insert((entry.queue.clone(), entry.id.clone()), entry);
    }

    fn forget_deduplicated(&mut self, now: i64) -> Result<(), LocalError> {
        while let Some(entry) = self.to_forget.front()
            && entry.at + DEDUPLICATION <= now
        {
            database::forget(&self.database, &deduplicated(entry))?;
            if let Some(entry) = self.to_forget.pop_front() {
                self.deduplicated.remove(&(entry.queue, entry.id));
            }
        }
        Ok(())
    }
}

fn key(sequence: u64) -> String {
    format!("{MESSAGE}{sequence:020}")
}

fn deduplicated(entry: &Deduplicated) -> String {
    format!("{DEDUPLICATED}{}#{}", entry.queue, entry.id)
}
