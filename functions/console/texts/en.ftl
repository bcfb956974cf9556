# The texts of the console in English. Every language has the same messages with the same arguments; a test compares them.

# ---- Every page
skip = Skip to the content
nav = Pages of the app
nav-campaigns = Campaigns
language = Language
choose = Choose
sign-out = Sign out
save = Save
saved = Saved.
pages = Further pages
page-first = First page
page-next = Next page
value-nothing = nothing
value-yes = yes
value-no = no

# ---- Signing in
sign-in = Sign in
sign-in-key = Personal key
sign-in-key-hint = An owner of the app makes it for you.
sign-in-refused = This key is not known. Check it, or ask an owner for a new one.
sign-in-kept = Your session has ended. What you typed is kept: sign in, and the form comes back.

# ---- Problems
problem-forbidden = You may not do this
problem-forbidden-more = Your roles in this app do not allow it. An owner of the app can change them.
problem-not-found = Nothing is here
problem-not-found-more = The address is wrong, or what stood here is gone.
problem-other-site = This form came from another site
problem-other-site-more = Nothing was changed. Open the console itself and try again there.
problem-too-many = Too many requests
problem-busy = The console does not get an answer
problem-wait = { $count ->
    [one] Try again in { $number } second.
   *[other] Try again in { $number } seconds.
}
problem-broken = Something went wrong
problem-broken-more = This is a defect on our side. Nothing that was saved is lost.
problem-says = The reason:
problem-request = Request:
problem-passing = What you typed is still in your browser: go back and send it again.
problem-back = Back to the apps

# ---- Apps
apps-title = Choose an app
apps-none = No app is yours yet. Ask an owner of an app for a role.

# ---- Campaigns
campaigns-title = Campaigns
campaigns-new = New campaign
campaigns-none = There are no campaigns yet.
campaigns-none-found = No campaign fits the filter.
filter = Filter the campaigns
filter-name = Name or id
filter-order = Order
filter-state = State
filter-show = Show
filter-clear = Show all
order-id = By id
order-name = By name
order-newest = Latest start first
order-oldest = Earliest start first
order-end = Earliest end first
state-draft = Draft
state-pending = Waits for approval
state-approved = Approved
state-live = Live
state-suspended = Suspended
state-finished = Finished
state-rejected = Rejected
kind-challenge = Challenge
kind-surprise = Surprise
kind-competition = Competition
count-events = How many events
count-quantity = Sum of the quantities
count-highest = Highest quantity
count-streak = Days in a row

# ---- A campaign
window = From { $start } until before { $end }.
campaign-reason = Reason:
campaign-under-review = Under review: to edit it, reject it first.
campaign-holdout = { $count ->
    [one] { $number } % of the users are counted and never rewarded.
   *[other] { $number } % of the users are counted and never rewarded.
}
spent-of = { $spent } of { $limit } spent.
spent-left = { $left } left.
spent-share = Share of the budget that is spent
task-events = { $count ->
    [one] { $action } once.
   *[other] { $action } { $number } times.
}
task-quantity = { $count ->
    [one] Collect { $number } with { $action }.
   *[other] Collect { $number } with { $action }.
}
task-highest = { $count ->
    [one] Reach { $number } with { $action }.
   *[other] Reach { $number } with { $action }.
}
task-streak = { $count ->
    [one] { $action } on { $number } day.
   *[other] { $action } on { $number } days in a row.
}
task-scored = { $action } makes the score.
rewards-one = Reward: { $group }.
rewards-several = One reward out of: { $groups }.
rewards-share = { $group } (weight { $weight })
rewards-prizes = Places win the prizes.
rewards-most = { $count ->
    [one] At most once for each user.
   *[other] At most { $number } times for each user.
}
go-review = Review and next step
go-live = Live view
go-copy = Copy
go-edit-basics = Edit the basics
go-edit-moment = Edit the moment { $moment }
go-new-moment = Add a moment
go-messages = Messages of the whole campaign
go-rules = Rules and segments
history = History
history-version = version { $version }
history-changes = { $count ->
    [one] { $number } change
   *[other] { $number } changes
}
action-created = Created
action-edited = Edited
action-submitted = Submitted
action-approved = Approved
action-rejected = Rejected
action-suspended = Suspended
action-resumed = Resumed
action-amended = Amended
action-raise-proposed = Higher budget asked for
action-raise-approved = Higher budget approved
action-raise-rejected = Higher budget rejected
change-added = { $field }: { $after } (new)
change-removed = { $field }: removed ({ $before } before)
change-changed = { $field }: { $before } → { $after }

# ---- Fields
field-name = Name
field-id = Id
field-kind = Kind
field-state = State
field-starts = Start
field-ends = End
field-zone = Time zone
field-budget = Budget
field-currency = Currency
field-holdout = Hold-out in percent
field-moments = Moments
field-moment-id = Id of the moment
field-action = Action
field-count = What counts
field-target = Target
field-most = Rewards for each user at most
field-when = Rule for events
field-when-of = Rule for events of { $moment }
field-rewards = Reward
field-reward = Reward { $number }
field-weight = Weight of reward { $number }
field-segments = Segments
field-segment = Segment { $name }
field-messages = Messages
field-announcement = Announcement
field-achievement = Congratulation
field-announcement-title = Title of the announcement
field-announcement-body = Text of the announcement
field-achievement-title = Title of the congratulation
field-achievement-body = Text of the congratulation
field-language = Language of the messages
field-guards = Protection against fraud
field-quiet-hours = Quiet hours
field-caps = Limit { $place }
field-competition = Competition { $place }
field-of-moment = Moment { $number }, { $field }
field-fold = Which one?
field-remove = Remove this moment
fold-first = The first one ({ $utc })
fold-second = The second one ({ $utc })
choose-none = none

# ---- Editing
edit-basics = Basics
edit-messages = Messages of the campaign
edit-rules = Rules and segments
edit-moment = Moment { $number }
edit-new-moment = New moment
edit-closed = In its state, nothing of this can change. Users were promised it, or somebody is reviewing it.
edit-typed = What you typed and is not saved
section-what = What it is
section-window = When it runs
section-budget = What it may spend
section-task = What a user does
section-rewards = What it gives
section-language = Messages in { $language }
section-more-language = Messages in one more language
section-messages = What a user is told
section-first-moment = The first moment
section-remove = Remove
section-segments = Segments of users
section-when = Events that count
hint-holdout = So many of 100 users are counted and never rewarded, to measure what the campaign brings.
hint-kind = A challenge is announced first. A surprise is not.
hint-time = Like { $example }, on the clocks of the time zone below.
hint-ends = Events before this instant count.
hint-end-later = In { $zone }. An approved campaign can only end later.
hint-zone = By its name, like Europe/Berlin. Start and end are on the clocks there, as are the days of users without a time zone.
hint-budget = The most that the campaign may ever spend, like { $example }.
hint-currency = Three letters, like EUR.
hint-id = A-Z, a-z, 0-9, - and _. It stays for ever.
hint-moment-id = A-Z, a-z, 0-9, - and _. Unique in the campaign.
hint-action = As the app reports it, like deposit.
hint-rewards = Several rewards: each user is assigned one, by the weights.
hint-no-groups = The app has no reward groups yet. A moment needs one.
hint-language = Like en or pt-BR. Empty the texts to remove the language.
hint-announcement = A challenge needs an announcement.
hint-segment-name = a-z, 0-9, - and _.
form-mistakes = Something is to be corrected
form-optional = (optional)
form-cancel = Cancel
form-unsaved = You have changes that are not saved.
form-held = You are signed in again. This is what you typed; it is not saved yet.
mistake-missing = Fill this in.
mistake-whole = Write a whole number, in digits alone.
mistake-amount = Write an amount, like { $example }.
mistake-decimals = { $count ->
    [0] { $currency } has no decimals.
    [one] { $currency } has at most { $number } decimal.
   *[other] { $currency } has at most { $number } decimals.
}
mistake-too-large = This is more than any budget.
mistake-ambiguous-amount = This can be read in two ways. Write { $first } or { $second }.
mistake-zone = This is no time zone. Write one like Europe/Berlin.
mistake-time = Write a date and a time, like { $example }.
mistake-skipped = This time does not exist in { $zone }: the clocks go forward to { $next }.
mistake-twice = This time is there twice in { $zone }, because the clocks go back. Choose which one you mean.
mistake-taken = There is a campaign of this id already.
mistake-moment-gone = Somebody removed this moment or changed its id. Nothing was saved. What you typed is below: copy what you still need.
conflict = Somebody changed it since you looked
conflict-more = Nothing was saved. What you typed is below. Saving again puts it over these changes:
new-title = New campaign
copy-title = Copy of { $name }
create = Create the draft

# ---- Review
review-title = Review
review-promise = What users are promised
review-changes = Changes since the last approval
review-no-changes = Nothing has changed.
review-never-approved = It was never approved: all of it is new.
review-next = Next step
review-draft = Submitting checks everything at once. After that, it cannot be edited until somebody approves or rejects it.
review-running = Suspending stops it at once: nothing counts and nothing is given until it resumes.
review-suspended = It is stopped. Users who wait are served when it resumes.
review-rejected = It was rejected. Edit it, and it is a draft again.
review-finished = It is over. Nothing can be done any more.
review-reason = Reason
review-reason-missing = Write the reason, so that the author knows what to change.
review-refused = The step was not taken
review-obstacles = { $count ->
    [one] { $number } thing stands in the way
   *[other] { $number } things stand in the way
}
role-needed = The next step needs the role { $role }, which you do not have in this app.
review-proposed = A higher budget waits for approval.
approve-raise = Raise the budget from { $before } to { $after }
step-submit = Submit for approval
approve-now = Commit { $budget }, live now
approve-later = Commit { $budget }, live from { $start }
step-reject = Reject with this reason
step-suspend = Suspend
step-resume = Resume

# ---- Live view
live-title = Live view
live-pause = Pause refreshing
live-resume = Go on refreshing
live-refresh = Refresh
live-stale = The figures could not be refreshed. They are of the time above.
live-as-of = Figures of { $at }.
live-spending = Spending
live-figures = Users and rewards
live-awards = Awards in the last 24 hours
live-none = Nothing was given in the last 24 hours.
live-chart = Bars: awards in each hour, at most { $most }. The table below has the same figures.
live-table = The same as a table
live-when = Hour from
live-spent = Spent
live-hours-unknown = This campaign was approved before awards were counted by the hour.
figure-awards = Rewards given
figure-redemptions = Rewards opened
figure-expiries = Rewards expired
figure-voids = Rewards taken back
figure-in-review = Held for review
figure-waiting = Waiting
waiting-no-stock = Waiting: no stock
waiting-no-budget = Waiting: no budget
waiting-day-spent = Waiting: the limit of the day is reached
waiting-suspended = Waiting: suspended

# ---- Support, reviews, reward groups, people, home
nav-groups = Reward groups
nav-support = Support
nav-people = People
conflict-now = { $field } is now: { $value }
support-find = Find a user
support-user = User
support-campaign = Campaign
support-show = Show
support-wrong = A user's id has at most 256 bytes and no control characters.
support-why = Why did I get nothing?
support-no-campaign = There is no campaign of this id.
support-nothing-runs = No campaign is approved or live.
support-checks = Checks
support-check = Check
support-result = Result
support-values = Values that decided
support-passed = passed
support-not-passed = not passed
support-eligible = would be rewarded on reaching the target
support-failed = { $count ->
    [one] { $number } check fails
   *[other] { $number } checks fail
}
support-progress = { $now } of { $target }
support-more = { $count ->
    [one] { $number } more moment is not shown. Name its campaign above.
   *[other] { $number } more moments are not shown. Name their campaign above.
}
support-rewards = Rewards
support-no-rewards = This user has no rewards.
support-older-rewards = Further rewards
support-timeline = Timeline
support-no-entries = Nothing is known of this user.
support-older-entries = Older entries
support-profile = Profile
support-unknown = The app has not told of this user.
support-marketplace = Marketplace
support-language = Language
support-devices = Devices
support-no-devices = No device is registered: no push reaches this user.
support-channel = Channel
support-seen = Last seen
support-retired = No longer reached because
check-campaign-live = The campaign is live
check-within-campaign = Within the campaign's time
check-marketplace = A reward is valid in the marketplace
check-segment = Belongs to the segment
check-assigned = A reward is assigned
check-when = The rule for events
check-fingerprint = Not the device of another user
check-not-held-out = Not held out
check-rewards-left = Not all rewards are used up
check-velocity = Not too fast
check-one-reward-per = No reward by this fingerprint before
check-review = Held for review
actor-user = the user
actor-partner = a partner
actor-schedule = the clock
reward-waiting = Waiting
reward-in-review = Held for review
reward-awarded = Awarded
reward-redeemed = Redeemed
reward-ordered = Ordered
reward-shipped = Shipped
reward-delivered = Delivered
reward-returned = Returned
reward-lost = Lost
reward-expired = Expired
reward-voided = Voided
reward-title = Reward
reward-id = Id
reward-show = Show the reward
reward-campaign = Campaign
reward-group = Reward group
reward-cost = Cost
reward-earned-at = Earned
reward-awarded-at = Awarded at
reward-expires-at = Expires
reward-redeemed-at = Redeemed at
reward-refunded = Money returned to the budget
reward-facts = What it is
reward-erased = erased
reward-replaces = Replaces
reward-replaced-by = Replaced by
reward-seen = The user has seen the URL: it cannot go to anybody else.
reward-unseen = Nobody has seen the URL: voiding returns it to stock.
reward-changes = Changes
reward-no-changes = Nobody has changed it.
reward-nothing-left = The reward is voided, and neither stock nor money was left for another one. Replace it again later.
reward-release = Release
reward-release-effect = The user gets the reward and a push. This cannot be undone, except by voiding.
reward-void = Void
reward-void-effect = The user loses the reward. Its money returns to the budget unless it was redeemed. This cannot be undone.
reward-replace = Replace
reward-replace-effect = The reward is voided, and the user gets another one and a push. This cannot be undone.
reward-error = Error
reward-fraud = Fraud
reward-note = Note
reward-note-hint = For those who read the changes of the reward later.
reward-other-group = Other reward group
reward-other-group-hint = Its id. Empty: the same group.
reward-sentence = A reward of { $group } for { $user } in { $campaign }: { $cost }, { $state }.
reviews-title = Held rewards
reviews-none = No reward is held for review.
reviews-hint = The oldest first. The users do not know of them yet.
reviews-moment = Moment
reviews-decide = Decide
reviews-saved = Saved. A reward that was decided a moment ago may still be in the list.
group-unique-url = One URL for each user
group-catalog-credit = Credit in a catalogue
group-physical = Shipped goods
group-shared-url = One URL for all
groups-new = New reward group
groups-none = There are no reward groups yet.
group-create = Create the reward group
group-edit = Edit
group-taken = There is a reward group of this id already.
group-facts = What it is
group-cpa = Cost per reward (CPA)
group-cpa-hint = What one reward costs the app's owner.
group-marketplaces = Marketplaces
group-marketplaces-hint = Countries like DE, or marketplaces of the app, with commas. Empty: everywhere.
group-everywhere = everywhere
group-test-url = URL for tests
group-test-url-hint = Test mode answers with it instead of a real one.
group-url = URL for all
group-url-hint = Only of a group with one URL for all.
group-category = Category
group-category-hint = Only of credit in a catalogue: the sub-category that it is for.
group-credit = Credit
group-weight = Weight in grams
group-weight-hint = Only of shipped goods: the weight of the parcel.
group-supplier = Supplier
group-threshold = Stock is low below
group-threshold-hint = With fewer left, owners are warned. Empty: never.
group-expires = Days until a reward expires
group-fallback = Group to award instead
group-fallback-hint = Its id. It is awarded where this one has no stock or is not valid.
stock-title = Stock
stock-low = Stock is low.
stock-available = Available
stock-claimed = Given to users
stock-retired = Retired
stock-shared = One URL for all: it has no stock and never runs out.
stock-supplied = A supplier makes each reward when its user opens the link: there is no stock.
stock-still = Nothing was given in the last day, so there is no forecast.
stock-slow = At fewer than one a day, it runs out on { $end }.
stock-ends = It runs out on { $end } at the present rate.
stock-forecast = { $count ->
    [one] At { $number } a day, it runs out on { $end }.
   *[other] At { $number } a day, it runs out on { $end }.
}
import-title = Import reward URLs
import-report = What was imported
import-accepted = New
import-duplicate = There already
import-invalid = Bad rows
import-line = Line
import-more = { $count ->
    [one] { $number } more bad row is not named.
   *[other] { $number } more bad rows are not named.
}
import-what = A file, or pasted lines
import-again = Good rows are stored even if others are bad. Importing the same again changes nothing.
import-file = File
import-file-hint = CSV with a column url, as spreadsheets save it, or NDJSON; at most 1 MiB.
import-urls = URLs
import-urls-hint = One on each line. Taken if no file is chosen.
import-too-large = It is larger than 1 MiB or 100,000 rows. Send it in parts, or use the command line.
import-nothing = Choose a file with rows, or paste URLs.
import-broken = The upload did not arrive whole. Send it again.
import-both = Choose one file, or paste lines: not both. Nothing was imported.
import-not-text = This is no text file. Save the spreadsheet as CSV.
import-no-column = No column is called url. Add a header, or leave nothing but URLs.
import-unfinished = Time ran out before all was stored. What was stored stays: import it again, or in smaller parts.
import-sending = Sending the file.
import-storing = Storing the rows. If you close this page, import the same file again.
import-lost = The connection was lost. Import the same file again: nothing is stored twice.
people-every-app = every app
people-new = New person
people-none = Nobody has a role yet.
people-roles = Roles
role-viewer = Viewer
role-editor = Editor
role-approver = Approver
role-support = Support
role-owner = Owner
person-who = Who it is
person-id-hint = A-Z, a-z, 0-9, _ - . and @, like an e-mail address. It stays for ever.
person-roles-hint = Viewers read. Editors write campaigns, approvers approve them. Support handles users and rewards. Owners do all of it and manage people.
person-taken = There is a person of this id already.
person-delete = Delete this person
person-delete-effect = { $name } loses all keys and sessions, within a minute. What the person did stays in the histories.
person-deleted = The person was deleted.
keys-title = Keys
keys-none = There is no key: this person cannot sign in.
keys-not-yours = This person has roles in apps that you do not own: only an owner of all of them manages the keys.
keys-id = Name of the key
keys-made = Made
keys-mint = Make a key
keys-revoke = Revoke
keys-revoke-effect = The key { $key } and the sessions that it opened stop working within a minute.
keys-revoked = Revoked { $at }
keys-new = New key
keys-once = This key is shown only now. Hand it over on a safe way; nobody can read it again. Loading this page again makes another one.
keys-of = Key of { $person }
keys-kept = I have kept it
home-nothing = Nothing waits for you.
home-approvals = Wait for approval
home-not-yours = Somebody with the role approver decides.
home-proposed = Proposed budgets
home-proposed-budget = from { $now } to { $proposed }
home-reviews = Rewards held for review
home-held = { $count ->
    [one] { $number } reward
   *[other] { $number } rewards
}
home-ending = End within 7 days
home-ends = ends { $end }
home-budget-low = Less than 10 % of the budget left
home-left = { $left } of { $limit } left
home-stock-low = Stock is low
home-waiting = { $count ->
    [one] { $number } user waits for stock
   *[other] { $number } users wait for stock
}
home-in-stock = { $count ->
    [one] { $number } left.
   *[other] { $number } left.
}
home-more-groups = { $count ->
    [one] The stock of { $number } more reward group with a threshold is on its own page.
   *[other] The stock of { $number } more reward groups with a threshold is on their own pages.
}
home-partial = Only the first 100 campaigns and reward groups are looked at here.

# ---- Results, announcement and leaders
results-title = Results
results-steps = From the first step to the reward
results-step = Step
results-number = Number
results-share = Of the step before
results-cost = A completed moment has cost { $cost }.
results-moments = By moment
results-groups = By reward group
results-id = Id
figure-participants = Users who began
figure-completions = Moments completed
results-arm = Arm
results-completers = Users who completed
results-rate = Share
results-interval = 95 % interval
results-range = { $low } to { $high } %
results-hold-out = Hold-out against the others
results-of-moments = Moments against each other
results-of-rewards = Rewards of the moment { $moment }
results-arm-hold-out = hold-out
results-arm-rewarded = rewarded
results-more = { $arm } completes more often than { $against }: by { $difference } percentage points ({ $interval }). This is certain enough to act on.
results-fewer = { $arm } completes less often than { $against }: by { $difference } percentage points ({ $interval }). This is certain enough to act on.
results-open = It is still open whether { $arm } or { $against } completes more often: the difference is { $difference } percentage points ({ $interval }).
results-too-few = Too few users to compare { $arm } with { $against }: each needs at least 30.
live-announcement = Announcement
live-announced = Announced from { $at } on.
live-announcing = Being announced since { $at }.
live-announced-users = Users reached
live-announced-later = In their quiet hours: later
live-announced-accepted = Pushes accepted
live-announced-failed = Pushes failed
live-board = Leaderboard
live-board-rank = Rank
live-board-user = User
live-board-score = Score
live-board-hidden = Hidden on request
live-board-counting = The board is being counted. It is here in a few seconds.
live-board-empty = Nobody has a score yet.
live-board-players = { $count ->
    [one] { $number } player has a rank.
   *[other] { $number } players have a rank.
}

# ---- Competitions: scoring and prizes
edit-competition = Scoring and prizes
go-competition = Edit scoring and prizes
go-new-competition = Make a competition instead: it ranks users and gives prizes to places
new-competition-title = New competition
hint-kind-competition = It ranks users by a score and gives prizes to places at the end.
section-scored = What makes the score
section-scoring = How it ranks
section-prizes = Prizes
hint-prizes = Places: 1, or 2-10, or 5 % for the best of all who have a rank. A percentage needs a limit of winners. Empty a row to remove it; saving makes room for one more.
field-score = Score
score-highest = Highest quantity
score-lowest = Lowest quantity: the lower, the better
score-latest = Quantity of the latest event
score-sum = Sum of the quantities
score-count = Number of events
score-best-of = Sum of the best quantities
field-best-of = How many of the best
hint-best-of = Only for the sum of the best quantities: 1 to 20.
field-board-window = Leaderboard
window-campaign = One for the whole campaign
window-week = One for each week, from Monday
window-day = One for each day
hint-board-window = Each leaderboard gives all prizes, so the budget must cover every one.
field-ties = Equal scores
ties-earliest = Whoever reached the score first leads
ties-shared = They share a rank
field-least-score = Lowest quantity that counts
field-greatest-score = Highest quantity that counts
hint-score-range = What cannot be true is refused, such as a lap of one second.
field-grace = Minutes of grace
hint-grace = For so long after its end, an event that happened before still counts: 15 to 1440.
field-settle = Giving the prizes
settle-automatic = By itself, once the leaderboard is counted
settle-by-hand = Once somebody approves the leaderboard
field-places = Places of prize { $number }
field-prize = Reward of prize { $number }
field-winners = Most winners of prize { $number }
mistake-places = Write places, like 1 or 2-10, or a percentage, like 5 %.
mistake-winners = A percentage of any number of players needs a limit: write how many win at most.
prize-place = Place { $place }
prize-places = Places { $from } to { $to }
prize-best = The best { $percent } %
prize-at-most = { $group }, for at most { $number }

# ---- Rules as rows
edit-segment = Segment { $name }
edit-new-segment = Add a segment
edit-when = Events that count for moment { $number }
field-remove-segment = Remove this segment
hint-segment = A segment is a group of users for whom a rule holds.
hint-every-event = Without a rule every event of the action counts.
section-rule = The rule
section-rows = Conditions
hint-rows = An attribute has the name that the app gives it. A condition about something unknown does not hold. Empty a row to remove it; saving makes room for one more.
rule-to-cel = Write it in CEL
rule-to-rows = Show it as rows
field-cel = Rule in CEL
hint-cel = It is saved as it is written.
field-join = It holds if
join-and = all conditions hold
join-or = at least one condition holds
field-row-field = Field { $number }
field-row-attribute = Attribute { $number }
field-row-comparison = Comparison { $number }
field-row-value = Value { $number }
rule-marketplace = User: marketplace
rule-locale = User: language
rule-time-zone = User: time zone
rule-user-id = User: id
rule-user-attribute = User: attribute
rule-quantity = Event: quantity
rule-event-attribute = Event: attribute
rule-count = Count before the event
rule-rewards = Rewards earned before
compare-is = is (text)
compare-is-not = is not (text)
compare-one-of = is one of (texts with commas)
compare-none-of = is none of (texts with commas)
compare-begins = begins with (text)
compare-equal = is (number)
compare-not-equal = is not (number)
compare-less = is less than
compare-at-most = is at most
compare-more = is more than
compare-at-least = is at least
compare-yes = is yes
compare-no = is no
compare-known = is known
compare-unknown = is not known
mistake-not-rows = Rows cannot say exactly this rule. It stays as it is written.
mistake-attribute = Write a name of A-Z, a-z, 0-9 and _, with no digit first. For any other name, write the rule in CEL.
mistake-not-needed = Leave this empty: nothing is needed here.
mistake-comparison = This comparison does not fit the field.
mistake-number = Write a number without signs between thousands, like { $example }.
mistake-segment-taken = There is a segment of this name already.
mistake-segment-gone = Somebody removed or renamed this segment. Nothing was saved. Save again, and what you typed becomes a new segment.
field-for-segments = Only for users in any of these segments
hint-for-segments = Empty for everybody. With commas between them, out of: { $segments }.
# ---- Expected rewards
forecast-title = Expected rewards
forecast-of = Limit
forecast-suffices = Suffices
forecast-verdict = Enough?
forecast-stock = Stock
forecast-caps = Caps
forecast-expected = { $count ->
    [one] { $number } reward is expected. It costs { $cost }.
   *[other] { $number } rewards are expected. They cost { $cost }.
}
forecast-between = between { $least } and { $most }
forecast-reach = { $count ->
    [one] for { $number } reward
   *[other] for { $number } rewards
}
forecast-reach-between = for { $least } to { $most } rewards, depending on which
forecast-reach-at-least = { $count ->
    [one] for { $number } reward at least
   *[other] for { $number } rewards at least
}
forecast-no-bound = without a limit
forecast-yes = Enough
forecast-depends = Enough for some rewards only
forecast-no = Too little
forecast-unknown = Nobody has said how many rewards are expected. Say it, and this page compares it with budget, stock and caps.
forecast-late = The forecast takes too long now; the page works without it.
field-expected = Expected rewards
hint-expected = How many rewards you think will be given in all. It is only compared; it decides nothing.
# ---- Audit, webhooks, orders, keys of an app
nav-orders = Orders
nav-webhooks = Webhooks
nav-keys = App keys
nav-audit = Audit
audit-none = Nothing was changed yet.
audit-hint = The newest first. Entries are kept for 400 days. What differs in a campaign stands in its history.
audit-when = When
audit-who = Who
audit-what = What
audit-did = Change
audit-unknown = Nobody knows whether it was done: the request ended without an answer.
audit-app = Settings of the app
audit-key = App key
audit-token-key = Key for user tokens
audit-webhook = Webhook
audit-person = Person
audit-person-key = Key of a person
audit-identity-provider = Identity provider
audit-written = Written
audit-deleted = Deleted
audit-minted = Made
audit-rotated = Replaced by a new one
audit-revoked = Revoked
audit-loaded = URLs loaded
audit-signed-in = Changed by signing in
webhooks-new = New webhook
webhooks-none = There is no webhook yet.
webhooks-host = Endpoint
webhooks-events = Types of events
webhooks-every = all types
webhooks-types = { $count ->
    [one] { $number } type
   *[other] { $number } types
}
webhook-made = Created
webhook-create = Create the webhook
webhook-enabled = Active
webhook-paused = Paused
webhook-gone = Paused: 410 Gone
webhook-url = URL
webhook-url-hint = Events are sent to it: https, and a host that anybody can reach.
webhook-events-hint = One on each line; * stands for all types.
webhook-types = Types of events: { $types }
webhook-taken = There is a webhook of this id already.
webhook-test = Send a test
webhook-sent = It was sent. The list shows what the endpoint answered.
webhook-slow = The endpoint takes long to answer. Load this page again: the list shows the answer then.
webhook-refused = It was not sent
webhook-pause = Pause
webhook-pause-effect = While it is paused, no event is sent to it. Deliveries that are due are given up.
webhook-resume = Resume
webhook-resume-effect = Events from now on are sent again.
webhook-rotate = New secret
webhook-rotate-effect = The new secret is shown once. For a day, calls are signed with the earlier one, too.
webhook-delete = Delete
webhook-delete-effect = The webhook and its secret end at once. Deliveries that are due are given up. This cannot be undone.
webhook-deleted = The webhook was deleted.
webhook-previous = Until { $until }, calls are also signed with an earlier secret.
webhook-secret = Secret of { $webhook }
webhook-once = This secret is shown only now. Keep it where your server verifies calls; nobody can read it again.
deliveries = Deliveries
deliveries-none = Nothing was sent to it yet.
delivery-event = Event
delivery-pending = Pending
delivery-delivered = Delivered
delivery-failed = Failed
delivery-attempts = Attempts
delivery-last = Last answer
delivery-next = Next attempt
delivery-again = Send again
orders-none = No order is in this state.
orders-hint = The longest in this state first. Addresses are only on the page of an order.
orders-filter = Filter the orders
orders-ordered-at = Ordered at
orders-changed-at = In this state since
order-title = Order
order-show = Show the order
order-partner = Partner
order-no-partner = There is no such partner of the app, or no such order.
order-partner-hint = The id of the partner who ships it.
order-carrier = Carrier
order-tracking = Tracking number
order-tracking-url = Address of the tracking page
order-track = Track the parcel
order-claimed-at = Claimed at
order-address = Address
order-address-until = It is removed on { $at }. The log records every reading of it.
order-address-later = It is shown once a partner has claimed the order. Until then the user may correct it.
order-address-gone = It was removed.
order-claim = Claim for a partner
order-claim-effect = The partner ships it. From then on the user cannot correct the address. This cannot be undone.
order-ship = Mark as shipped
order-ship-effect = The order counts as shipped with this parcel. This cannot be undone.
order-deliver = Mark as delivered
order-return = Mark as returned
order-lose = Mark as lost
order-end-effect = The order ends with it. This cannot be undone.
app-keys-none = There is no key yet: no server of the app can report anything.
app-keys-scope = For whom
app-keys-mode = Mode
app-keys-ends = Ends on { $at }.
app-keys-ended = Ended on { $at }.
app-keys-partner-hint = Only of a key for a partner: the partner’s id.
app-keys-revoke-effect = Requests with the key { $key } are refused within a minute. This cannot be undone.
scope-app = The app’s servers
scope-admin = Administration
scope-partner = A partner
mode-live = Live
mode-test = Test: consumes nothing
# ---- Signing in through an identity provider
provider-sign-in = Sign in with { $name }
provider-or-key = Or use your personal key:
provider-other-tab = This opens in another tab. Sign in there, come back here and continue: what you typed is kept.
provider-continue = I have signed in: continue
provider-failed = Signing in did not work
provider-over = This sign-in took too long, was used already, or was begun in another browser. Begin again.
provider-silent = The identity provider does not answer. Try again in a moment.
provider-no-role = None of your groups there gives you a role here. Ask whoever looks after your account to add you to one.
provider-denied = You did not finish signing in there.
provider-broken = The identity provider and Moments do not understand each other. Tell whoever runs Moments: { $code }.
person-signs-in = Signs in at the identity provider. The name and the groups there decide what stands here.

# ---- What the API refuses
api-range = Write a number from { $least } to { $most }.
api-text = Write a text of at most { $most } bytes, without control characters.
api-currency = Write the currency in three letters, like EUR.
api-locale = Write a language like en, pt-BR or zh-Hant-TW.
api-hs-code = Write 6 to 10 digits of the Harmonized System, without dots.
api-out-of-range = This value is not possible here.
api-wrong-type = A value of this kind does not belong here.
api-wrong-length = There are too few or too many entries.
api-repeated = This is there twice.
api-id = This id is not possible.
api-url = Write an address that begins with https.
api-address = This address is not possible.
api-marketplace = This marketplace is unknown.
api-money = This amount is not possible.
api-time = This time is not possible.
api-rule = This rule cannot be used.
api-segment = This segment is not possible.
api-unknown-id = The campaign has nothing of this id.
api-prize = The places of the prizes do not fit together.
api-placeholder = This placeholder is not possible.
api-guard = This protection against fraud is not possible.
api-fallback = This group cannot be awarded instead.
api-choice = Choose one of the values that are offered.
api-too-large = This is too large.
api-request = The form and the service do not fit together. Load the page again.
api-obstacle = This stands in the way.
api-state = The state does not allow this.
api-group-conflict = Kind and currency of a group stay as they are.
api-budget-spent = More than that is spent already.
api-forbidden = You may not take this step.
api-not-allowed = This does not belong here.
api-too-many = There are too many already. Delete one first.
api-identity-provider = The identity provider decides this.
obstacle-past = The end is in the past. Choose a later one.
obstacle-prizes = The budget does not cover every prize in every window: they can cost { $cost }.
obstacle-no-competition = It is not said how it ranks and what wins.
obstacle-announcement = An announcement is needed: a challenge is announced.
obstacle-unknown-group = The app has no reward group { $group }.
obstacle-no-stock = Reward group { $group } has nothing in stock. Load it first.
obstacle-currency = Reward group { $group } costs { $currency }, but the budget is in { $budget }.
obstacle-budget = The budget does not cover one reward of group { $group } ({ $cost }).
obstacle-cap = The limit does not cover one reward ({ $cost }).
obstacle-marketplace = { $marketplace } has no reward: no reward group of the moment is valid there.
obstacle-short = Reward group { $group } has { $available } in stock, but { $needed } can be won.
obstacle-crowded = { $action } would count towards { $number } moments at the same time, and { $most } are the most. Take another action, or another time.
