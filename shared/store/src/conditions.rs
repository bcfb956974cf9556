//! Every condition of the table, named after its guarantee, with the race that it closes. No condition uses an
//! attribute name that DynamoDB reserves, so none needs expression attribute names.

/// The item does not exist. Race: of two writers, one creates it and the other gets the item that won.
pub(crate) const NOT_YET_WRITTEN: &str = "attribute_not_exists(pk)";

/// The item exists. An update after a deletion creates no half item.
pub(crate) const EXISTS: &str = "attribute_exists(pk)";

/// The URL is in stock and unclaimed. Race: of two claims on one URL, at most one passes, also after a re-import,
/// because `claimed_by` is removed only from a URL that nobody has seen. Race of a claim and a retirement: a retired
/// URL is in the index too, elsewhere.
pub(crate) const STILL_AVAILABLE: &str =
    "attribute_exists(gsi1pk) AND attribute_not_exists(claimed_by) AND attribute_not_exists(retired_at)";

/// [`STILL_AVAILABLE`], in that group: a retirement cannot hit another group's URL by mistake.
pub(crate) const STILL_AVAILABLE_IN_GROUP: &str = "attribute_exists(gsi1pk) AND attribute_not_exists(claimed_by) AND \
     attribute_not_exists(retired_at) AND reward_group_id = :group";

/// This reward still waits. Race: two readers of the line serve the same user. Race of the line and an erasure: the
/// user may have come back and wait anew.
pub(crate) const STILL_WAITING: &str = "reward_state = :waiting AND reward_id = :reward";

/// This reward is in the state that was read. Race of an erasure and any other change, also of a late erasure and a
/// user who came back: the loser reads again.
pub(crate) const STATE_UNCHANGED: &str = "reward_state = :from AND reward_id = :reward";

/// The slot is open and its escrow covers the price. Race: two claims on the last cents. Also stops an environment
/// that still believes in a suspended campaign.
pub(crate) const BUDGET_COVERS: &str = "is_open = :true AND remaining >= :cpa";

/// The event already counts in this stretch of time, or the stretch has room for one more. Race: of two events for the
/// last place, the second is refused. A repeated event finds itself and takes no second place.
pub(crate) const ROOM_FOR_EVENT: &str = "attribute_not_exists(pk) OR contains(events, :event) OR size(events) < :most";

/// No reward holds the device or the payment, except this reward or the one that it replaces. Race: of two users of
/// one device, exactly one gets a reward.
pub(crate) const FREE_TO_HOLD: &str = "attribute_not_exists(pk) OR held_by IN (:reward, :replaced)";

/// The cap on the user leaves room for the price. Race: two awards to one user.
pub(crate) const ALLOWANCE_COVERS: &str = "attribute_not_exists(spent) OR spent <= :most";

/// The amount spent on the user is the one that was read. Race of an erasure and an award: the amount is forgotten
/// only together with its rewards.
pub(crate) const SPENT_UNCHANGED: &str = "spent = :spent";

/// The budget is open, in the version that was read, and has enough unleased. Race: two environments lease the last of
/// it. Race: a slot is made while the campaign is being suspended.
pub(crate) const LEASE_COVERED: &str = "is_open = :true AND as_of = :as_of AND unleased >= :amount";

/// The budget exists, and the amount taken from its limit is unleased. Race of lowering a budget and leasing from it:
/// money in a slot can be spent, and stays in the limit.
pub(crate) const UNLEASED_COVERS: &str = "attribute_exists(pk) AND unleased >= :less";

/// The ledger item exists and no later version of the campaign has opened or closed it. Race: of two admins, a late
/// one cannot undo a newer decision.
pub(crate) const NOT_OVERTAKEN: &str = "attribute_exists(pk) AND as_of <= :as_of";

/// The slot holds exactly what was read. Race of giving escrow back and spending it.
pub(crate) const ESCROW_UNCHANGED: &str = "remaining = :amount";

/// The progress item is new; or it is of this epoch, has not seen the event, has room and is not complete. Race: the
/// same event counts twice. Also stops the item's growth once every reward is earned or the page of events is full.
pub(crate) const EVENT_COUNTS: &str = "attribute_not_exists(pk) OR (epoch = :epoch AND size(events) < :most AND \
     NOT contains(events, :event) AND NOT contains(events_before, :event) AND remaining > :floor)";

/// As [`EVENT_COUNTS`], for the first event of a new epoch, which forgets the events of the epoch before last. Race:
/// of two environments that turn the page, only one does, and neither loses the other's event.
pub(crate) const PAGE_TURNS: &str = "epoch = :old_epoch AND \
     NOT contains(events, :event) AND NOT contains(events_before, :event) AND remaining > :floor";

/// The quantity is higher than any seen, the event was not the last to raise it, and the moment is not complete. Race:
/// of two writers, the higher quantity wins in either order. The same event with another quantity does not count
/// again.
pub(crate) const HIGHER_THAN_SEEN: &str =
    "attribute_not_exists(pk) OR (counted < :quantity AND remaining > :floor AND NOT contains(events, :event))";

/// Nobody has written the progress since it was read. Race: two events of one user count on top of the same state.
/// Race with an erasure: no two writes have the same revision.
pub(crate) const REVISION_IS: &str = "revision = :before";

/// As [`REVISION_IS`], where no event was counted by revision before.
pub(crate) const NO_REVISION: &str = "attribute_exists(pk) AND attribute_not_exists(revision)";

/// This reward is in the state that the transition leaves, and has not expired. Race: of two transitions, the second
/// finds another state, or the reward of a user who was erased and came back. Compares the time because DynamoDB
/// deletes expired items days late.
pub(crate) const REWARD_IS: &str =
    "reward_state = :from AND reward_id = :reward AND (attribute_not_exists(expires_at) OR expires_at > :now)";

/// This reward is in the state that was read, and has expired. Race of expiry and a visit at the last instant: the
/// second finds the other's state.
pub(crate) const OVERDUE: &str = "reward_state = :from AND reward_id = :reward AND expires_at <= :now";

/// Nobody has seen the URL. Race of returning the URL to stock and showing it: the second is refused.
pub(crate) const SEALED: &str = "sealed = :true";

/// The URL has been shown, or is no secret. Race of an erasure and showing the URL: a shown URL stays shown.
pub(crate) const UNSEALED: &str = "attribute_not_exists(sealed)";

/// The reward has as many changes as were read. Race: two changes keep the same state, such as two confirmations by a
/// merchant. Race of such a change and an erasure.
pub(crate) const CHANGES_UNCHANGED: &str = "size(changes) = :changes";

/// As [`CHANGES_UNCHANGED`], for a reward without changes.
pub(crate) const NO_CHANGES: &str = "attribute_not_exists(changes)";

/// This reward has the URL. Race: two writers return it to stock. Race: a late writer returns it after another reward
/// got it.
pub(crate) const CLAIMED_BY: &str = "claimed_by = :reward";

/// The URL in its normal form is neither claimed nor retired, and may be missing. Race: two claims on two spellings of
/// one URL, one of which an earlier version stored by its spelling.
pub(crate) const NOT_GONE: &str = "attribute_not_exists(claimed_by) AND attribute_not_exists(retired_at)";

/// This reward has the URL, or none has. As [`CLAIMED_BY`], for a URL that may be stored by its spelling, in its
/// normal form, or both.
pub(crate) const CLAIMED_BY_OR_FREE: &str = "attribute_not_exists(claimed_by) OR claimed_by = :reward";

/// The slot has spent at least the price. A refund returns only spent money.
pub(crate) const SPENT_COVERS: &str = "spent >= :cpa";

/// The budget was neither raised nor refunded to since it was read. Race of noting a short budget and an admin who
/// raises it. Race with a refund into a slot that was read before: the refund then updates the budget, which removes
/// the note or refuses it.
pub(crate) const NOTHING_ADDED: &str = "budget_limit = :limit AND refunds = :refunds";

/// As [`NOTHING_ADDED`], for a budget without refunds.
pub(crate) const NOTHING_ADDED_YET: &str =
    "budget_limit = :limit AND (attribute_not_exists(refunds) OR refunds = :refunds)";

/// The campaign is new, or a draft or rejected in the version that was read. Race of an edit with another edit or a
/// submission: the approved version is the validated one.
pub(crate) const EDITABLE: &str =
    "attribute_not_exists(pk) OR (campaign_state IN (:draft, :rejected) AND version = :before)";

/// The campaign is in the state and the version that were read. Race: of two admins, the second finds another state or
/// version.
pub(crate) const CAMPAIGN_IS: &str = "campaign_state = :from AND version = :version";

/// The reward group is new, or in the version that was read with the same kind and currency, on which rewards and
/// budgets rely. Race: of two admins, the second finds another version.
pub(crate) const GROUP_IS: &str =
    "attribute_not_exists(pk) OR (version = :before AND kind = :kind AND cpa.currency = :currency)";

/// The identity is nobody's, or that person's already, or of the one who was read as its holder. Race: two people get
/// one identity.
pub(crate) const NOBODY_ELSES: &str = "attribute_not_exists(pk) OR person_id IN (:person, :holder)";

/// The item is new, or in the version that was read. Race: of two admins, the second finds another version.
pub(crate) const VERSION_IS: &str = "attribute_not_exists(pk) OR version = :before";

/// The key exists and does not end before its new end. Race: neither of two rotations lets the key live longer.
pub(crate) const ENDS_NO_SOONER: &str =
    "attribute_exists(pk) AND (attribute_not_exists(expires_at) OR expires_at >= :until)";

/// The device has the address that was read, and was not registered since. Race: two registrations; the second would
/// lose the first one's address. Race with a push result, which must not undo a newer registration.
pub(crate) const DEVICE_IS: &str = "address = :address AND (attribute_not_exists(seen_at) OR seen_at = :seen)";

/// The device has the address that was read, or is gone. Race of taking the address from a device that gives it up.
pub(crate) const ADDRESS_IS_OR_GONE: &str = "attribute_not_exists(pk) OR address = :address";

/// The address belongs to nobody, or to that device. Race: two users register one address; the second device takes it
/// from the first.
pub(crate) const OWNER_IS: &str = "attribute_not_exists(pk) OR (user_id = :user AND device_id = :device)";

/// The user has not read the message since it was made. Race: of two readers, the first one's time counts.
pub(crate) const NOT_READ_SINCE: &str = "attribute_not_exists(read_at) OR read_at < :made_at";

/// The message is still put off until the time that was read. Race of pushing it and putting it off anew.
pub(crate) const PUT_OFF_UNTIL: &str = "gsi1sk = :place";

/// The shard of the audience is at the page that was read. Race: of two workers on it, the second stops and leaves the
/// rest to the first. It has announced to nobody new.
pub(crate) const PART_UNCHANGED: &str = "revision = :before";

/// The delivery has exactly that many attempts. Race: two schedulers, or one and a replay, make the same attempt.
/// Race: a late sender overwrites the result of a later attempt.
pub(crate) const ATTEMPTS_ARE: &str = "attempts = :attempts";

/// The item exists in the version that was read. Race: two rotations of a secret. Race: an endpoint answers 410 Gone
/// while an admin changes its URL.
pub(crate) const IS_THAT_VERSION: &str = "attribute_exists(pk) AND version = :version";

/// The order is in the state that was read. Race: of two changes, the second finds another state.
pub(crate) const ORDER_IS: &str = "order_state = :from";

/// The order is not shipped and no partner has claimed it. Race of a user who corrects the address and a partner who
/// copies it onto the parcel: the correction comes before the claim, or is refused. Race of two partners: one claims
/// it.
pub(crate) const UNCLAIMED: &str = "order_state = :ordered AND attribute_not_exists(partner)";

/// The address is due for removal. Race of the schedule, which reads an older time from the index, and an order's end.
/// Compares the time because DynamoDB deletes expired items days late.
pub(crate) const REMOVAL_DUE: &str = "remove_at <= :now";

/// The address has the removal time that was read. Race of an order's end with a removal or an erasure: no half item
/// remains.
pub(crate) const REMOVAL_UNCHANGED: &str = "remove_at = :before";
/// The report has counted of the reward exactly what the writer believes. Race: two writers count it, or a record
/// comes twice or late. The loser reads what is counted and adds only the rest.
pub(crate) const COUNTED_SO_FAR: &str = "revision = :revision AND cell = :cell AND figures = :figures";

/// As many cells have a number as were read. Race: of two writers that number a cell each, the second reads again.
pub(crate) const CELLS_ARE: &str = "size(cells) = :count OR (attribute_not_exists(cells) AND :count = :zero)";

/// The results of the message are the ones that were read. Race: an environment is frozen between reading them and
/// sending, and another one sends meanwhile. The late one sends nothing.
pub(crate) const RESULTS_UNCHANGED: &str = "devices = :before";

/// The user has a score, and this one is higher; an admin has not disqualified the user. Race: of two events, the
/// better score stays in either order.
pub(crate) const HIGHER_SCORE: &str = "attribute_exists(pk) AND score < :score AND attribute_not_exists(disqualified)";

/// As [`HIGHER_SCORE`], where the lowest score wins.
pub(crate) const LOWER_SCORE: &str = "attribute_exists(pk) AND score > :score AND attribute_not_exists(disqualified)";

/// As [`HIGHER_SCORE`], where the latest score counts.
pub(crate) const LATER_SCORE: &str = "attribute_exists(pk) AND reached_at < :at AND attribute_not_exists(disqualified)";

/// Nobody has written the score since it was read. Race: two events of one user add to the same sum. Race with a
/// disqualification, which removes the revision.
pub(crate) const SCORE_UNCHANGED: &str = "revision = :before";

/// The score is still off its board. Race of taking a disqualification back and an erasure.
pub(crate) const STILL_DISQUALIFIED: &str = "disqualified = :true";

/// Nobody has ordered a recount of the board since. Race: of all who find a ladder old, one orders its recount.
pub(crate) const NOT_ORDERED_SINCE: &str = "attribute_not_exists(ordered_at) OR ordered_at <= :since";

/// Nobody has written the board since it was read. Race: two workers count or pay it; the second stops. Race of an
/// admin's approval with a disqualification, which begins a new count: only places that were seen are approved. Race
/// of an erasure with the count: a score goes only while the board is as the erasure has found it.
pub(crate) const BOARD_UNCHANGED: &str = "revision = :before";

/// The chunk of places has as many changes as were read. Race: a prize is closed while a winner is erased.
pub(crate) const PLACES_UNCHANGED: &str = "changes = :before";

/// No bracket gives the campaign's prizes. Race of an approval of a board and the start of a bracket: the start first
/// writes that it begins and then looks for approved boards, so one of the two sees the other.
pub(crate) const NO_BRACKET_BEGUN: &str = "attribute_not_exists(pk) OR bracket_state = :draft";

/// The match is in the version that was read. Race: two results for one match; the second reads again. Race of a
/// correction and a result of the next match: the correction is refused, or the next match has other players.
pub(crate) const MATCH_UNCHANGED: &str = "version = :before";

/// Nobody waits to call the supplier. Race: of two callers, one has the turn and the other queues behind it.
pub(crate) const IS_IDLE: &str = "(attribute_not_exists(next_at) OR next_at <= :now)";

/// Some wait to call the supplier, and not too many. Race: each of many callers adds its turn behind all others.
pub(crate) const IS_QUEUED: &str = "next_at > :now AND next_at <= :latest";

/// The calls of this version of the supplier are not paused. A later version may have mended what was wrong.
pub(crate) const NOT_PAUSED: &str =
    "(attribute_not_exists(paused_until) OR paused_until <= :now OR paused_version < :version)";

/// The reward is redeemed and has no time of its supply. Of several first openings, the first is noted.
pub(crate) const NOT_YET_SUPPLIED: &str =
    "reward_id = :reward AND reward_state = :from AND attribute_not_exists(supplied_at)";

/// No pause of a later version of the supplier is noted, and none of this version that ends later. Race: a call of an
/// old version fails while a later one mends what was wrong. Race: a call that was throttled ends after one that found
/// the account empty.
pub(crate) const NO_LONGER_PAUSE: &str = "attribute_not_exists(paused_until) OR paused_version < :version OR (paused_version = :version AND paused_until <= :until)";
