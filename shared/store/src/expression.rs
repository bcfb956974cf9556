//! Every condition of the table, named after what it guarantees, with the race it closes. Attribute names that DynamoDB
//! reserves are avoided in what is written here, so that no condition needs expression attribute names.

/// The item does not exist. Closes the race of two writers creating it: exactly one succeeds, the other gets the item
/// that won.
pub(crate) const NOT_YET_WRITTEN: &str = "attribute_not_exists(pk)";

/// The item exists. Keeps an update from creating a half item after a deletion.
pub(crate) const EXISTS: &str = "attribute_exists(pk)";

/// The URL is in stock and nobody has it. Closes the race of two claims on one URL: `claimed_by` is removed only from a URL that
/// nobody has ever been shown, so
/// at most one claim passes, also after a re-import. And the race of a claim and a retirement: what is retired is in the
/// index too, elsewhere.
pub(crate) const STILL_AVAILABLE: &str =
    "attribute_exists(gsi1pk) AND attribute_not_exists(claimed_by) AND attribute_not_exists(retired_at)";

/// [`STILL_AVAILABLE`], in that group: nothing is retired out of another one by mistake.
pub(crate) const STILL_AVAILABLE_IN_GROUP: &str = "attribute_exists(gsi1pk) AND attribute_not_exists(claimed_by) AND \
     attribute_not_exists(retired_at) AND reward_group_id = :group";

/// The very reward waits. Closes the race of two readers of the line serving the same user, and of the line and an erasure,
/// also of a user who came back since and waits anew.
pub(crate) const STILL_WAITING: &str = "reward_state = :waiting AND reward_id = :reward";

/// The very reward is in the state that was read. Closes the race of an erasure and whatever else happens to the reward, and
/// of an erasure that was held up and a user who came back since: what changed is read again.
pub(crate) const STATE_UNCHANGED: &str = "reward_state = :from AND reward_id = :reward";

/// The slot is open and its escrow covers the price. Closes the race of two claims on the last cents, and stops an
/// environment that still believes in a campaign that has been suspended.
pub(crate) const BUDGET_COVERS: &str = "is_open = :true AND remaining >= :cpa";

/// The event is among those that count in this stretch of time, or there is room for one more. Closes the race of two events for
/// the last place: the second finds it taken. The same event again finds itself, and takes no other.
pub(crate) const ROOM_FOR_EVENT: &str = "attribute_not_exists(pk) OR contains(events, :event) OR size(events) < :most";

/// Nobody's reward has the device or the payment, or the very reward that this one takes the place of. Closes the race of two
/// users of one device: exactly one of their rewards is given.
pub(crate) const FREE_TO_HOLD: &str = "attribute_not_exists(pk) OR held_by IN (:reward, :replaced)";

/// What was spent on the user leaves room for the price under the cap. Closes the race of two awards to one user.
pub(crate) const ALLOWANCE_COVERS: &str = "attribute_not_exists(spent) OR spent <= :most";

/// As much was spent on the user as was read. Closes the race of an erasure and an award: what is spent on a user is forgotten
/// with the rewards that it was spent on, or not at all.
pub(crate) const SPENT_UNCHANGED: &str = "spent = :spent";

/// The budget may be leased from, as in the version that was read, and has as much left. Closes the race of two environments
/// leasing the last of it, and of a slot made just while the campaign is suspended.
pub(crate) const LEASE_COVERED: &str = "is_open = :true AND as_of = :as_of AND unleased >= :amount";

/// The budget exists and has as much unleased as is taken from its limit. Closes the race of lowering a budget and leasing from
/// it: what a slot holds can be spent, and stays in the limit.
pub(crate) const UNLEASED_COVERS: &str = "attribute_exists(pk) AND unleased >= :less";

/// The ledger item exists and no later version of the campaign has opened or closed it. Closes the race of two admins, or of
/// one who was held up for minutes and would undo what was decided since.
pub(crate) const NOT_OVERTAKEN: &str = "attribute_exists(pk) AND as_of <= :as_of";

/// The slot still holds exactly what was read. Closes the race of returning an escrow to the budget while it is spent.
pub(crate) const ESCROW_UNCHANGED: &str = "remaining = :amount";

/// The progress item is new, or of this epoch, has not seen the event and is not complete. Closes the race of the same
/// event counted twice, and stops counting (and the item's growth) once every reward is earned, or the page of events is full.
pub(crate) const EVENT_COUNTS: &str = "attribute_not_exists(pk) OR (epoch = :epoch AND size(events) < :most AND \
     NOT contains(events, :event) AND NOT contains(events_before, :event) AND remaining > :floor)";

/// As [`EVENT_COUNTS`], for the first event of a new epoch: the events of the epoch before last are forgotten. Closes
/// the race of two environments turning the page: only one does, and none loses the other's event.
pub(crate) const PAGE_TURNS: &str = "epoch = :old_epoch AND \
     NOT contains(events, :event) AND NOT contains(events_before, :event) AND remaining > :floor";

/// The quantity is higher than any seen, of an event that was not the last to raise it, and the moment not complete. Two writers
/// of different heights: the higher one wins in either order. The same event with another quantity does not count again.
pub(crate) const HIGHER_THAN_SEEN: &str =
    "attribute_not_exists(pk) OR (counted < :quantity AND remaining > :floor AND NOT contains(events, :event))";

/// The progress is the very one that was read. Closes the race of two events of one user that both count on top of the same
/// state; and of an erasure, because no two writes have the same revision.
pub(crate) const REVISION_IS: &str = "revision = :before";

/// As [`REVISION_IS`], where nothing was counted that way before.
pub(crate) const NO_REVISION: &str = "attribute_exists(pk) AND attribute_not_exists(revision)";

/// The very reward is in the state that a transition leaves, and has not expired. Closes the race of two transitions: the
/// second finds another state, or the reward of a user who was erased and came back. DynamoDB deletes expired items days
/// late, so the time is compared here too.
pub(crate) const REWARD_IS: &str =
    "reward_state = :from AND reward_id = :reward AND (attribute_not_exists(expires_at) OR expires_at > :now)";

/// The very reward is in the state that was read, and its time is over. Closes the race of expiry and a visit at the last
/// instant: one of them finds the other's state.
pub(crate) const OVERDUE: &str = "reward_state = :from AND reward_id = :reward AND expires_at <= :now";

/// Nobody has been shown the URL. Closes the race of taking an unseen URL back to stock and of showing it: whoever is second
/// finds it shown, or gone.
pub(crate) const SEALED: &str = "sealed = :true";

/// The URL has been shown, or is nobody's secret. Closes the race of an erasure and of showing the URL: what was shown stays so.
pub(crate) const UNSEALED: &str = "attribute_not_exists(sealed)";

/// As much has become of the reward as was read. Closes the race of two changes that leave it in the same state, as two words of
/// a merchant on what was redeemed, and of such a change and an erasure.
pub(crate) const CHANGES_UNCHANGED: &str = "size(changes) = :changes";

/// As [`CHANGES_UNCHANGED`], where nothing had become of it.
pub(crate) const NO_CHANGES: &str = "attribute_not_exists(changes)";

/// The very reward has the URL. Closes the race of two who take it back to stock, and of one who was held up while the URL
/// was given to somebody else.
pub(crate) const CLAIMED_BY: &str = "claimed_by = :reward";

/// Nobody has the URL in its normal form, and it was not retired; it may not be stored so yet. Closes the race of two claims on two
/// spellings of one URL, of which an earlier version stored one by its spelling.
pub(crate) const NOT_GONE: &str = "attribute_not_exists(claimed_by) AND attribute_not_exists(retired_at)";

/// The very reward has the URL, or nobody has. Closes the same race as [`CLAIMED_BY`] where the URL may be stored by its spelling, in
/// its normal form, or both.
pub(crate) const CLAIMED_BY_OR_FREE: &str = "attribute_not_exists(claimed_by) OR claimed_by = :reward";

/// The slot has paid as much. Nothing is taken back that was not spent.
pub(crate) const SPENT_COVERS: &str = "spent >= :cpa";

/// The budget was neither raised nor refunded to since it was read. Closes the race of noting that nothing is left with an admin
/// who adds something, and with a refund into a slot that had been looked at before: whoever refunds says so in the budget
/// afterwards, which removes the note, or comes before it and refuses it.
pub(crate) const NOTHING_ADDED: &str = "budget_limit = :limit AND refunds = :refunds";

/// As [`NOTHING_ADDED`], where nothing was ever refunded before.
pub(crate) const NOTHING_ADDED_YET: &str =
    "budget_limit = :limit AND (attribute_not_exists(refunds) OR refunds = :refunds)";

/// The campaign is new, or a draft or rejected in the version that was read. Closes the race of an edit with another
/// edit or a submission: what was validated is what is approved.
pub(crate) const EDITABLE: &str =
    "attribute_not_exists(pk) OR (campaign_state IN (:draft, :rejected) AND version = :before)";

/// The campaign is in the state and the version that were read. Closes the race of two admins: the second finds another
/// state, or another version, than the one it judged.
pub(crate) const CAMPAIGN_IS: &str = "campaign_state = :from AND version = :version";

/// The reward group is new, or in the version that was read, and keeps its kind and currency: rewards and budgets already
/// count on both. Closes the race of two admins: the second finds another version than the one it judged.
pub(crate) const GROUP_IS: &str =
    "attribute_not_exists(pk) OR (version = :before AND kind = :kind AND cpa.currency = :currency)";

/// The item is new, or in the version that was read. Closes the race of two admins who edit it: the second finds another one.
pub(crate) const VERSION_IS: &str = "attribute_not_exists(pk) OR version = :before";

/// The key exists and ends no sooner than it is to end now. Closes the race of two rotations: neither lets it live longer.
pub(crate) const ENDS_NO_SOONER: &str =
    "attribute_exists(pk) AND (attribute_not_exists(expires_at) OR expires_at >= :until)";

/// The device has the address that was read, and was not registered since. Closes the race of a registration with another one, whose
/// address it would not give back; and with what a push made known of the address, which must not undo what the app has told since.
pub(crate) const DEVICE_IS: &str = "address = :address AND (attribute_not_exists(seen_at) OR seen_at = :seen)";

/// The device has the address that was read, or is gone already. Closes the race of taking an address from a device that has just
/// given it up itself.
pub(crate) const ADDRESS_IS_OR_GONE: &str = "attribute_not_exists(pk) OR address = :address";

/// The address is nobody's, or that device's. Closes the race of two users registering one address: the device of whoever is
/// second takes it from the device of whoever was first.
pub(crate) const OWNER_IS: &str = "attribute_not_exists(pk) OR (user_id = :user AND device_id = :device)";

/// The message was not read since it was told. Closes the race of two readers: the first time counts.
pub(crate) const NOT_READ_SINCE: &str = "attribute_not_exists(read_at) OR read_at < :told_at";

/// What was put off still is, until the time that was read. Closes the race of pushing it and of putting it off anew.
pub(crate) const PUT_OFF_UNTIL: &str = "gsi1sk = :place";

/// The part of the audience is where it was read to be. Closes the race of two who go through it: whoever is second has told nobody
/// whom the first has not, and leaves the rest to the first.
pub(crate) const PART_UNCHANGED: &str = "revision = :before";

/// So many attempts were begun at the delivery, and no more. Closes the race of two schedulers, or of one and a replay, that
/// would both make the same attempt; and of a sender that was held up, which would overwrite what became of a later one.
pub(crate) const ATTEMPTS_ARE: &str = "attempts = :attempts";

/// The item exists in the version that was read. Closes the race of two rotations of a secret, and of disabling a webhook whose
/// endpoint says that it is gone with an admin who has just led it elsewhere.
pub(crate) const IS_THAT_VERSION: &str = "attribute_exists(pk) AND version = :version";

/// The order is in the state that was read. Closes the race of two who take it on at once: the second finds another state.
pub(crate) const ORDER_IS: &str = "order_state = :from";

/// The order waits for somebody to ship it, and nobody has claimed it. Closes the race of a user who corrects the address and
/// a partner who is just about to write it on the parcel: the correction comes before the claim, or is refused. And the race of two partners: one of them
/// has it.
pub(crate) const UNCLAIMED: &str = "order_state = :ordered AND attribute_not_exists(partner)";

/// The address is to be removed by now. Closes the race of the schedule, which the index shows an older time, and of an order's
/// end; and it compares the time itself, because DynamoDB deletes expired items days late.
pub(crate) const REMOVAL_DUE: &str = "remove_at <= :now";

/// The address is to be removed when it was read to be. Closes the race of an order's end with the removal or the erasure of
/// its address: neither leaves half an item.
pub(crate) const REMOVAL_UNCHANGED: &str = "remove_at = :before";
/// The report holds of the reward exactly what was believed. Closes the race of two who count it, of a record that comes twice, and of one
/// that comes late: whoever is second finds something else, and adds only what is missing, or nothing.
pub(crate) const COUNTED_SO_FAR: &str = "revision = :revision AND cell = :cell AND figures = :figures";

/// As many cells have a number as were read. Closes the race of two who number one each: the second finds one more, and looks again.
pub(crate) const CELLS_ARE: &str = "size(cells) = :count OR (attribute_not_exists(cells) AND :count = :zero)";
