# The start page.

start-title = At a glance
start-new = New since the last look
start-nothing-new = Nothing new from the other agencies.
start-count = { $count ->
    [one] One update is new or changed.
   *[other] { $count } updates are new or changed.
}
start-count-more = More than { $count } updates are new or changed.
start-immediate = { $count } × now
start-soon = { $count } × today
start-routine = { $count } × routine
start-not-counted = This browser does not know yet what you have seen. These are the newest updates:
start-first = No update yet. What the agencies tell each other appears here by itself.
start-seen = Seen
start-count-from-now = Count from now on
start-all = All updates in the feed
start-asked = Asked of us
start-nothing-asked = Nobody waits for us.
start-overdue = overdue:
asked-look = Review
asked-reviews = { $count ->
    [one] One draft waits for review
   *[other] { $count } drafts wait for review
}
asked-clear = { $count ->
    [one] One CLEAR update waits for you as the second person
   *[other] { $count } CLEAR updates wait for you as the second person
}
asked-task-answer = Answer a task
asked-task-do = Do a task
asked-task-verify = Verify a result
asked-task-declined = Settle a declined task
asked-protocol = Sign off a protocol
asked-invitation = Answer an invitation
start-meetings = Next meetings
start-no-meeting = No meeting is planned.
start-join = To the running briefing: { $meeting }
start-clock = { $time }
start-chair = Chair: { $agency }
start-partners = Partners
start-alarms = { $count ->
    [one] One alarm is open
   *[other] { $count } alarms are open
}
notice-seen = The start page counts anew from now on.

# How it stands with a partner, after its name.

partner-current = up to date
partner-never = never reached yet
partner-away = not reachable, last heard of { $ago }
partner-relayed = reachable only through others
partner-behind = is { $lag } behind
partner-throttled = over its quota of the day, back tomorrow
partner-stopped = stopped, operations has to look
partners-label = How the partners are
partners-all-current = All partners are up to date.
