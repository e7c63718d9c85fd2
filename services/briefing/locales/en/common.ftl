# What every page has.

nav-start = Start
nav-feed = Feed
nav-picture = Situation
nav-meetings = Briefing
nav-protocols = Protocols
nav-tasks = Tasks
nav-concept = Concept
nav-report = Report
nav-operations = Operations
nav-accounts = Accounts
nav-label = Main areas
nav-menu = Menu
skip-link = Skip to content
new-update = New update
settings-label = Display
settings-label-person = Account
settings-lang = Deutsch
settings-theme-system = Colours as the device has them
settings-theme-light = Light
settings-theme-dark = Dark
account-link = My account
sign-out = Sign out
sign-in = Sign in

live-on = Live
live-off = Connection lost. The page reconnects by itself.
live-away = The own node does not answer. You see the last state; what is new follows by itself.
live-changed = The page was updated.

back = Back
save = Save
cancel = Cancel
more = More
show = Show
all = All
none = none
none-it = none
yes = Yes
no = No
and-more = and { $count ->
    [one] one more
   *[other] { $count } more
}
required = required
optional = optional
table-behind = Figures as a table
exercise = EXERCISE
next-page = Older
previous-page = Newer

window = { $from }:00–{ $to }:00
window-whole-day = all day
duration-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
duration-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
duration-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
duration-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
ago-seconds = { $count ->
    [one] { $count } second ago
   *[other] { $count } seconds ago
}
ago-minutes = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}

failure-sign-in-title = Please sign in
failure-sign-in-text = You have to be signed in for this.
failure-forbidden-title = Your roles do not allow this
failure-forbidden-text = What you asked for is not part of your roles. If that is wrong, ask the person who made your account.
failure-not-found-title = There is nothing here
failure-not-found-text = There is no such address, or what was here is erased or not addressed to your agency.
failure-foreign-form-title = The form has expired
failure-foreign-form-text = Nothing was stored. Open the page once more and send the form from there.
failure-session-ended-title = You are not signed in any more
failure-session-ended-text = Nothing was stored or sent. Sign in in a new window and send it there once more.
failure-written = What you have written, to be copied
failure-sign-in-there = Sign in in a new window
failure-too-many-title = Please wait a moment
failure-too-many-text = There were too many attempts, or too much is going on. Try again in { $wait }. Nothing is locked.
failure-too-large-title = That is too much at once
failure-too-large-text = Nothing was stored. Shorten the text and send it again.
failure-malformed-title = The application can't make sense of this
failure-malformed-text = Nothing was stored. Go back and reload the page.
failure-refused-title = The node did not accept this
failure-away-title = The own node does not answer
failure-again = Try once more
failure-internal-title = Something went wrong
failure-internal-text = It is not your fault. Operations finds the cause in the application's log.
failure-details = For operations
failure-home = To the start page

kept-updates-gone = The period reaches back further than updates are kept. What is erased already is not counted here.
kept-updates = { $count ->
    [one] Updates are kept for one day.
   *[other] Updates are kept for { $count } days.
}
kept-figures-gone = The period reaches back further than indicators are kept. Older ones are erased and missing here.
kept-figures = { $count ->
    [one] Indicators are kept for one day.
   *[other] Indicators are kept for { $count } days.
}
kept-tasks = { $count ->
    [one] Tasks are kept for one day after they are closed.
   *[other] Tasks are kept for { $count } days after they are closed.
}
kept-protocols = { $count ->
    [one] Protocols are kept for one day.
   *[other] Protocols are kept for { $count } days.
}
