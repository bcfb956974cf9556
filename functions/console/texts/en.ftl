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
field-segment-name = Name of segment { $number }
field-segment-rule = Rule of segment { $number }
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
hint-rules = A segment is a group of users with a rule in CEL. Empty both fields to remove it.
hint-segment-name = a-z, 0-9, - and _.
hint-when = In CEL. Without a rule every event of the action counts.
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
