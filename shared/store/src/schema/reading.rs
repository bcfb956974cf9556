//! Reads the keys of items back, as `Key::pair` writes them.

use domain::audit::EntryId;
use domain::campaign::guards::FingerprintKind;
use domain::competition::WindowId;
use domain::event::Threshold;
use domain::message::NoticeId;
use domain::person::RoleScope;

use super::Key;
use super::partitions::{cap, part, unescape, window};

impl Key {
    /// Reads a key back. Returns `None` for text that [`Key::pair`] does not write.
    pub fn parse(pk: &str, sk: &str) -> Option<Self> {
        let pk: Vec<&str> = pk.split('#').collect();
        let sk: Vec<&str> = sk.split('#').collect();
        Some(match (&pk[..], &sk[..]) {
            (["APP", app], ["APP"]) => Self::App((*app).try_into().ok()?),
            (["KEY", hash], ["KEY"]) => Self::ApiKey((*hash).to_owned()),
            (["APP", app], ["KEY", key]) => Self::AppKey((*app).try_into().ok()?, (*key).try_into().ok()?),
            (["APP", app], ["TOKENKEY", key]) => Self::TokenKey((*app).try_into().ok()?, (*key).try_into().ok()?),
            (["PEOPLE"], ["PERSON", person]) => Self::Person((*person).try_into().ok()?),
            (["PERSON", person], ["KEY", key]) => Self::PersonKey((*person).try_into().ok()?, (*key).try_into().ok()?),
            (["SESSION", hash], ["SESSION"]) => Self::Session((*hash).to_owned()),
            (["AUDIT", scope], ["ENTRY", at, number]) => {
                let entry = EntryId { at: at.parse().ok()?, number: number.parse().ok()? };
                Self::Audit(RoleScope::try_from((*scope).to_owned()).ok()?, entry)
            }
            (["IDENTITY"], ["PROVIDER"]) => Self::IdentityProvider,
            (["IDENTITY", hash], ["IDENTITY"]) => Self::Identity((*hash).to_owned()),
            (["SIGNIN", hash], ["SIGNIN"]) => Self::SignIn((*hash).to_owned()),
            (["APP", app], ["CAMPAIGN", campaign]) => {
                Self::Campaign((*app).try_into().ok()?, (*campaign).try_into().ok()?)
            }
            (["HISTORY", app, campaign], ["CHANGE", version]) => {
                Self::Change((*app).try_into().ok()?, (*campaign).try_into().ok()?, version.parse().ok()?)
            }
            (["APP", app], ["WEBHOOK", webhook]) => Self::Webhook((*app).try_into().ok()?, (*webhook).try_into().ok()?),
            (["APP", app], ["PARTNER", partner]) => Self::Partner((*app).try_into().ok()?, (*partner).try_into().ok()?),
            (["APP", app], ["SUPPLIER", supplier]) => {
                Self::Supplier((*app).try_into().ok()?, (*supplier).try_into().ok()?)
            }
            (["PACE", app, supplier], ["PACE"]) => {
                Self::SupplierPace((*app).try_into().ok()?, (*supplier).try_into().ok()?)
            }
            (["DELIVERY", app, webhook, _], ["DELIVERY", event]) => {
                Self::Delivery((*app).try_into().ok()?, (*webhook).try_into().ok()?, (*event).try_into().ok()?)
            }
            (["SIGNAL", app], [name, of]) => Self::Threshold((*app).try_into().ok()?, Threshold::parse(name, of)?),
            (["APP", app], ["GROUP", group]) => Self::RewardGroup((*app).try_into().ok()?, (*group).try_into().ok()?),
            (["USER", app, user], ["PROFILE"]) => Self::User((*app).try_into().ok()?, unescape(user)?),
            (["USER", app, user], ["DEVICE", device]) => {
                Self::Device((*app).try_into().ok()?, unescape(user)?, unescape(device)?)
            }
            (["USER", app, user], ["PROGRESS", campaign, moment]) => Self::Progress(
                (*app).try_into().ok()?,
                unescape(user)?,
                (*campaign).try_into().ok()?,
                (*moment).try_into().ok()?,
            ),
            (["TEST", "USER", app, user], ["PROGRESS", campaign, moment]) => Self::TestProgress(
                (*app).try_into().ok()?,
                unescape(user)?,
                (*campaign).try_into().ok()?,
                (*moment).try_into().ok()?,
            ),
            (["USER", app, user], ["REWARD", campaign, moment, occurrence]) => Self::Reward(
                (*app).try_into().ok()?,
                unescape(user)?,
                (*campaign).try_into().ok()?,
                (*moment).try_into().ok()?,
                occurrence.parse().ok()?,
            ),
            (["USER", app, user], ["REPLACED", campaign, moment, occurrence, reward]) => Self::Replaced(
                (*app).try_into().ok()?,
                unescape(user)?,
                (*campaign).try_into().ok()?,
                (*moment).try_into().ok()?,
                occurrence.parse().ok()?,
                (*reward).try_into().ok()?,
            ),
            (["USER", app, user], ["BRACKET", campaign]) => {
                Self::Entrant((*app).try_into().ok()?, unescape(user)?, (*campaign).try_into().ok()?)
            }
            (["USER", app, user], [kind @ ("NOTICE" | "LATER"), notice @ ..]) => {
                let variant = if *kind == "NOTICE" { Self::Notice } else { Self::Later };
                variant((*app).try_into().ok()?, unescape(user)?, NoticeId::from_parts(notice)?)
            }
            (["ANNOUNCE", app, campaign], ["ANNOUNCEMENT", number]) => {
                Self::Announcement((*app).try_into().ok()?, (*campaign).try_into().ok()?, number.parse().ok()?)
            }
            (["ANNOUNCE", app, campaign], ["PART", number, shard]) => Self::AnnouncementPart(
                (*app).try_into().ok()?,
                (*campaign).try_into().ok()?,
                number.parse().ok()?,
                shard.parse().ok()?,
            ),
            (["ADDRESS", app, hash], ["ADDRESS"]) => Self::Address((*app).try_into().ok()?, (*hash).to_owned()),
            (["EXPIRY", reward], ["EXPIRY"]) => Self::Expiry((*reward).try_into().ok()?),
            (["ERASED", reward], ["REWARD"]) => Self::ErasedReward((*reward).try_into().ok()?),
            (["ORDER", reward], ["ORDER"]) => Self::Order((*reward).try_into().ok()?),
            (["SHIPPING", reward], ["SHIPPING"]) => Self::ShippingAddress((*reward).try_into().ok()?),
            (["CODE", app, hash], ["CODE"]) => Self::Code((*app).try_into().ok()?, (*hash).to_owned()),
            (["USER", app, user], ["ALLOWANCE", campaign]) => {
                Self::Allowance((*app).try_into().ok()?, unescape(user)?, (*campaign).try_into().ok()?)
            }
            (["VELOCITY", app, campaign, hash], ["STRETCH", minutes, stretch]) => Self::Velocity(
                (*app).try_into().ok()?,
                (*campaign).try_into().ok()?,
                (*hash).to_owned(),
                minutes.parse().ok()?,
                stretch.parse().ok()?,
            ),
            (["FINGERPRINT", app, campaign, kind, hash], ["FINGERPRINT"]) => {
                let kind = match *kind {
                    "device" => FingerprintKind::Device,
                    "payment" => FingerprintKind::Payment,
                    _ => return None,
                };
                Self::Fingerprint((*app).try_into().ok()?, (*campaign).try_into().ok()?, kind, (*hash).to_owned())
            }
            (["USER", app, user], ["TURNED_AWAY", campaign, moment]) => Self::Refusal(
                (*app).try_into().ok()?,
                unescape(user)?,
                (*campaign).try_into().ok()?,
                (*moment).try_into().ok()?,
            ),
            (["USER", app, user], ["SCORE", campaign, moment, of]) => Self::Score(
                (*app).try_into().ok()?,
                unescape(user)?,
                (*campaign).try_into().ok()?,
                (*moment).try_into().ok()?,
                WindowId::parse(of)?,
            ),
            (["TEST", "USER", app, user], ["SCORE", campaign, moment, of]) => Self::TestScore(
                (*app).try_into().ok()?,
                unescape(user)?,
                (*campaign).try_into().ok()?,
                (*moment).try_into().ok()?,
                WindowId::parse(of)?,
            ),
            (["ENTRIES", app, campaign, of, _], ["ENTRY", user]) => {
                let (app, campaign, of) = window(app, campaign, of)?;
                Self::Entry(app, campaign, of, unescape(user)?)
            }
            (["BOARDS", app, campaign], ["WINDOW", of]) => {
                let (app, campaign, of) = window(app, campaign, of)?;
                Self::Board(app, campaign, of)
            }
            (["BOARD", app, campaign, of], sk) => {
                let (app, campaign, of) = window(app, campaign, of)?;
                match sk {
                    ["LADDER"] => Self::Ladder(app, campaign, of),
                    ["RUN", shard, number] => Self::Run(app, campaign, of, shard.parse().ok()?, number.parse().ok()?),
                    ["PLACES", number] => Self::Places(app, campaign, of, number.parse().ok()?),
                    _ => return None,
                }
            }
            (["COMPETITORS", app, campaign], ["COMPETITOR", user]) => {
                Self::Competitor((*app).try_into().ok()?, (*campaign).try_into().ok()?, unescape(user)?)
            }
            (["BRACKET", app, campaign], ["BRACKET"]) => {
                Self::Bracket((*app).try_into().ok()?, (*campaign).try_into().ok()?)
            }
            (["BRACKET", app, campaign], ["MATCH", round, number]) => Self::Match(
                (*app).try_into().ok()?,
                (*campaign).try_into().ok()?,
                round.parse().ok()?,
                number.parse().ok()?,
            ),
            (["CAP", app, campaign, kind, of], ["CAP"]) => {
                Self::CapBudget((*app).try_into().ok()?, (*campaign).try_into().ok()?, cap(kind, of)?)
            }
            (["CAP", app, campaign, kind, of, slot], ["CAPSLOT"]) => {
                Self::CapSlot((*app).try_into().ok()?, (*campaign).try_into().ok()?, cap(kind, of)?, slot.parse().ok()?)
            }
            (["LEDGER", app, campaign], ["BUDGET"]) => {
                Self::Budget((*app).try_into().ok()?, (*campaign).try_into().ok()?)
            }
            (["LEDGER", app, campaign, slot], [kind @ ("SLOT" | "REDEEMED")]) => {
                let variant = if *kind == "SLOT" { Self::Slot } else { Self::Redemptions };
                variant((*app).try_into().ok()?, (*campaign).try_into().ok()?, slot.parse().ok()?)
            }
            (["COUNTED", reward], ["COUNTED"]) => Self::Counted((*reward).try_into().ok()?),
            (["REPORT", app, campaign], ["CELLS", page @ ..]) => {
                Self::ReportCells((*app).try_into().ok()?, (*campaign).try_into().ok()?, part(page)?)
            }
            (["REPORT", app, campaign, shard], ["TOTALS"]) => {
                Self::Totals((*app).try_into().ok()?, (*campaign).try_into().ok()?, shard.parse().ok()?)
            }
            (["REPORT", app, campaign, shard], ["HOURS", day]) => Self::Hours(
                (*app).try_into().ok()?,
                (*campaign).try_into().ok()?,
                shard.parse().ok()?,
                day.parse().ok()?,
            ),
            (["REPORT", app, campaign, shard], ["DAY", day, kind @ ("REWARDS" | "FUNNEL"), of @ ..]) => {
                let variant = if *kind == "REWARDS" { Self::ReportDay } else { Self::Funnel };
                let (app, campaign) = ((*app).try_into().ok()?, (*campaign).try_into().ok()?);
                variant(app, campaign, shard.parse().ok()?, day.parse().ok()?, part(of)?)
            }
            _ => return None,
        })
    }
}
