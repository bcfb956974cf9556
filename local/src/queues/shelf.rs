//! What stands in the queues: which message comes next, which is hidden until when, and where one goes that was handed out
//! too often. Everything is written to the embedded database before it is true here, a message an item.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use dynoxide::Database;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::LocalError;
use crate::database;
use crate::template::Queue;

/// How long a FIFO queue remembers a deduplication id, in milliseconds.
const DEDUPLICATION: i64 = 5 * 60 * 1000;

const MESSAGE: &str = "queue-message#";
const DEDUPLICATED: &str = "queue-deduplication#";

/// A message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) queue: String,
    /// Its place: larger than of any that came before it, in whatever queue.
    pub(crate) sequence: u64,
    pub(crate) message_id: String,
    pub(crate) body: String,
    pub(crate) group: Option<String>,
    pub(crate) deduplication: Option<String>,
    /// Milliseconds since 1970, as all times here.
    pub(crate) sent: i64,
    pub(crate) visible: i64,
    pub(crate) receives: u32,
    pub(crate) first_received: Option<i64>,
    /// The queue that gave it up, if this is one for dead letters.
    pub(crate) given_up_by: Option<String>,
}

impl Stored {
    /// Names this handing out, and no other.
    pub(crate) fn receipt(&self) -> String {
        format!("{}#{}", self.sequence, self.receives)
    }

    fn is_in_flight(&self, now: i64) -> bool {
        self.receives > 0 && self.visible > now
    }
}

/// A message to be.
pub(crate) struct Draft<'a> {
    pub(crate) body: &'a str,
    pub(crate) group: Option<&'a str>,
    pub(crate) deduplication: Option<String>,
    pub(crate) delay_seconds: u32,
}

/// What a receipt handle stands for.
pub(crate) enum Receipt {
    /// The message's place.
    Held(u64),
    /// It was deleted, or handed out again.
    Past,
    /// It never was one.
    Unknown,
}

/// All queues' messages.
pub(crate) struct Shelf {
    queues: BTreeMap<String, Queue>,
    messages: BTreeMap<String, BTreeMap<u64, Stored>>,
    /// By queue and id: the message that had it first, and when.
    deduplicated: HashMap<(String, String), Deduplicated>,
    /// The same, oldest first.
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

impl Shelf {
    /// As it was left.
    pub(crate) fn open(queues: BTreeMap<String, Queue>, database: Database) -> Result<Self, LocalError> {
        let broken = |error: serde_json::Error| LocalError::Database(format!("a message cannot be read: {error}"));
        let mut shelf = Self {
            queues,
            messages: BTreeMap::new(),
            deduplicated: HashMap::new(),
            to_forget: VecDeque::new(),
            last: 0,
            database,
        };
        for (_, note) in database::recall_all(&shelf.database, MESSAGE)? {
            let message: Stored = serde_json::from_value(note).map_err(broken)?;
            shelf.last = shelf.last.max(message.sequence);
            shelf.messages.entry(message.queue.clone()).or_default().insert(message.sequence, message);
        }
        let entries = database::recall_all(&shelf.database, DEDUPLICATED)?;
        let entries = entries.into_iter().map(|(_, note)| serde_json::from_value(note));
        let mut entries: Vec<Deduplicated> = entries.collect::<Result<_, _>>().map_err(broken)?;
        entries.sort_unstable_by_key(|entry| entry.sequence);
        for entry in entries {
            shelf.last = shelf.last.max(entry.sequence);
            shelf.know(entry);
        }
        Ok(shelf)
    }

    /// A queue by its name.
    pub(crate) fn queue(&self, name: &str) -> Option<&Queue> {
        self.queues.get(name)
    }

    /// Every queue that gives up its messages to this one.
    pub(crate) fn sources(&self, name: &str) -> Vec<&Queue> {
        let gives_up_here = |queue: &&Queue| queue.redrive.as_ref().is_some_and(|redrive| redrive.queue == name);
        self.queues.values().filter(gives_up_here).collect()
    }

    /// How many messages can be received, are in flight, and are delayed.
    pub(crate) fn level(&self, name: &str, now: i64) -> [usize; 3] {
        let mut level = [0; 3];
        for message in self.messages.get(name).into_iter().flat_map(BTreeMap::values) {
            let place = if message.visible <= now { 0 } else { 2 - usize::from(message.is_in_flight(now)) };
            level[place] += 1;
        }
        level
    }

    /// Everything in a queue, first to last.
    pub(crate) fn all(&self, name: &str) -> Vec<Stored> {
        self.messages.get(name).into_iter().flat_map(BTreeMap::values).cloned().collect()
    }

    /// Puts a message in, unless one with its deduplication id came within five minutes, whose id and place are then
    /// returned.
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

    /// Hands out up to `most` messages that are visible, first to last, and hides them for so many seconds; a message that
    /// was handed out too often goes to the dead letters instead. Of a FIFO queue's group nothing is handed out while
    /// any of it is hidden. Without `patience` nothing counts as hidden.
    pub(crate) fn take(
        &mut self,
        queue: &Queue,
        most: usize,
        seconds: u32,
        now: i64,
        patience: bool,
    ) -> Result<Vec<Stored>, LocalError> {
        let (chosen, given_up) = self.choose(queue, most, now, patience);
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

    /// What is to be handed out, and what to be given up.
    fn choose(&self, queue: &Queue, most: usize, now: i64, patience: bool) -> (Vec<Stored>, Vec<Stored>) {
        let (mut chosen, mut given_up) = (Vec::new(), Vec::new());
        let messages = || self.messages.get(&queue.name).into_iter().flat_map(BTreeMap::values);
        let in_order = |message: &Stored| message.group.clone().filter(|_| queue.fifo);
        let mut held_up: HashSet<String> = if queue.fifo && patience {
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
            if patience && message.visible > now {
                held_up.extend(group);
                continue;
            }
            let too_often = queue.redrive.as_ref().is_some_and(|redrive| message.receives >= redrive.receives);
            if too_often { &mut given_up } else { &mut chosen }.push(message.clone());
        }
        (chosen, given_up)
    }

    /// What the handle stands for, in this queue.
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

    /// Whether a message is hidden because it was handed out.
    pub(crate) fn is_in_flight(&self, name: &str, sequence: u64, now: i64) -> bool {
        let message = self.messages.get(name).and_then(|messages| messages.get(&sequence));
        message.is_some_and(|message| message.is_in_flight(now))
    }

    /// Shows every message again that is hidden because it was handed out: who had it ended with the process.
    pub(crate) fn release(&mut self) -> Result<(), LocalError> {
        let all = self.messages.values().flat_map(BTreeMap::values);
        let handed_out: Vec<Stored> = all.filter(|message| message.receives > 0).cloned().collect();
        handed_out.into_iter().try_for_each(|message| self.write(Stored { visible: 0, ..message }))
    }

    /// Takes a message away for good.
    pub(crate) fn delete(&mut self, name: &str, sequence: u64) -> Result<(), LocalError> {
        database::forget(&self.database, &key(sequence))?;
        self.messages.entry(name.to_owned()).or_default().remove(&sequence);
        Ok(())
    }

    /// Hides a message until then.
    pub(crate) fn hide(&mut self, name: &str, sequence: u64, until: i64) -> Result<(), LocalError> {
        let Some(message) = self.messages.get(name).and_then(|messages| messages.get(&sequence)) else {
            return Ok(());
        };
        self.write(Stored { visible: until, ..message.clone() })
    }

    /// Moves a dead letter to a queue as a new message: at the end of it, and never handed out so far.
    pub(crate) fn bring_back(&mut self, dead: Stored, to: &str, now: i64) -> Result<(), LocalError> {
        let (sequence, message_id) = self.next(to, now);
        let (name, was) = (dead.queue.clone(), dead.sequence);
        let queue = to.to_owned();
        let fresh = Stored { queue, sequence, message_id, sent: now, visible: now, receives: 0, ..dead };
        // Killed in between, it is in both: delivered twice, as SQS may, rather than never.
        self.write(Stored { first_received: None, given_up_by: None, ..fresh })?;
        self.delete(&name, was)
    }

    /// One item, which names its queue: this cannot be cut in half.
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

    /// A place after every other, also after a restart with nothing left to count on, and an id that looks like SQS's.
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
