# Meetings, the joint briefing and the calendar.

# The list.

meeting-list-title = Meetings
meeting-plan = Plan a meeting
meeting-running-heading = Running now
meeting-join = Join the running briefing
meeting-screen = View for the projector
meeting-coming-heading = Planned
meeting-unanswered = { $count ->
    [one] One invitation waits for your answer.
   *[other] { $count } invitations wait for your answer.
}
meeting-none-coming = No meeting is planned at the moment.
meeting-none-chosen = No meeting is planned in this selection.
meeting-none-past = There is no past meeting here yet.
meeting-past-heading = Past
meeting-filter = Choose meetings
meeting-from = From
meeting-to = To
meeting-clock = { $time }
meeting-place-other = another place
meeting-chaired-by = Chair: { $agency }
meeting-deputy-is = Deputy: { $agency }
meeting-lasts = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
meeting-late = should have begun already
meeting-own-answer = Your answer: { $answer }
meeting-no-answer = no answer from you yet
meeting-coming-count = { $count } of { $all } are coming
meeting-series-all = all of the series
meeting-come = We are coming
meeting-decline = We are not coming
meeting-undecided = Can't tell yet
meeting-come-to = We are coming: { $title }
meeting-decline-to = We are not coming: { $title }
meeting-undecided-to = Can't tell yet: { $title }
meeting-chair = Chair
meeting-deputy-short = Deputy
meeting-status = Status
meeting-back = To the meetings

# Planning and changing.

meeting-plan-title = Plan a meeting
meeting-amend-title = Change the meeting
meeting-amend = Change
meeting-choose = Please choose
meeting-type = Type of meeting
meeting-day = Day
meeting-start = Begins at
meeting-minutes = Length in minutes
meeting-place = Place
meeting-title = Title
meeting-title-hint = Optional. Without a title the meeting is called as its type.
meeting-invited = Invited
meeting-invited-hint = Who is invited is fixed from then on: these agencies read all that is said in the meeting.
meeting-deputy = Deputy of the chair
meeting-deputy-hint = This agency can take over when your node fails during the meeting.
meeting-rhythm = How often
meeting-once = once
meeting-count = Number of meetings
meeting-count-hint = Only for a series: 2 to 60. Each of them is a meeting of its own from then on.
meeting-fixed-hint = Type, deputy and invited agencies are fixed since the invitation. When day, time or place change, all are asked anew.
meeting-agenda = Agenda
meeting-agenda-hint = Up to 24 items, nothing about a person. Empty items are left out. The Enter key adds an item.
meeting-item = Item { $place }
meeting-item-measure = Measure
meeting-item-approves = Approves a protocol
meeting-item-approves-this = the protocol chosen before
meeting-item-up = Move up
meeting-item-down = Move down
meeting-item-remove = Remove
meeting-item-add = Add an item
meeting-approval-item = Approval of the protocol
meeting-plan-send = Invite
meeting-amend-send = Send the changes
meeting-wrong-type = Choose a type from the list.
meeting-wrong-day = Choose a day from today on, at most two years ahead.
meeting-wrong-start = Give a time of day, such as 14:30.
meeting-wrong-minutes = Between 5 and 1440 minutes.
meeting-wrong-place = Choose a place from the list.
meeting-wrong-invited = Invite at least one other agency.
meeting-wrong-deputy = The deputy is another agency than yours, and invited itself.
meeting-wrong-count = A series has 2 to 60 meetings.
meeting-wrong-agenda = The agenda needs at least one item and has at most 24.
notice-meeting-planned = The meeting is planned, the invitations are on their way.
notice-meeting-series = The series is planned. This is the first meeting of it.
notice-meeting-amended = The changes are sent.

# One meeting.

meeting-head-label = When, where and who
meeting-not-taken = This was not accepted. To the form
meeting-to-protocol = To the protocol of this meeting
meeting-protocol-away = The protocol of this meeting is not here yet, or is erased already.
meeting-erase-on = Everything of this meeting is erased on { $day }. The protocol stays longer.
meeting-only-looking = Your agency does not take part in this briefing. You see it and can't contribute.
meeting-participants = Taking part
meeting-silent = no answer yet
meeting-behind = does not see all of it yet
meeting-supports = wants the deputy to take over
meeting-answer-heading = Your agency's answer
meeting-answer-none = Your agency has not answered yet.
meeting-open-heading = Begin the briefing
meeting-open-text = From then on it is fixed who takes part, and all see the same state of the situation.
meeting-who-is-there = Who is there?
meeting-open = Begin now
meeting-cancel = Call the meeting off
meeting-cancel-sure = The meeting does not take place. This can't be undone.
meeting-close-heading = End the briefing
meeting-close-text = The draft of the protocol is then made of all that is recorded. What comes later is not in it.
meeting-close-sure = Everything is recorded; the briefing can end.
meeting-close = End it and draft the protocol
meeting-takeover-heading = { $agency } does not respond?
meeting-takeover-text = When more than half of those who take part want it, { $agency } can take the chair. This holds until the briefing ends.
meeting-support = { $agency } should take over
meeting-take-over = Take the chair

# What is said to an item.

meeting-pins = Updates on the table
meeting-findings = Findings
meeting-proposals = Proposed decisions
meeting-proposed-tasks = Proposed tasks
meeting-decisions = Decisions
meeting-pinned-by = laid on the table by { $agency }
meeting-proposed-by = proposed by { $agency }
meeting-recorded-by = recorded by { $agency }
meeting-late-step = came after the end and is not in the protocol
meeting-update-gone = This update can't be read here, or not any more.
meeting-update-erased = Erased update
meeting-task-for = for { $agency }
meeting-until = until { $day }
meeting-proposal-decided = decided
meeting-agree = Decide so
meeting-agree-changed = Change the wording
meeting-decision-text = Wording of the decision
meeting-make-task = Make a task of it
meeting-dissent = Record a dissent
meeting-dissent-of = Did not agree: { $agencies }
meeting-dissent-who = Who does not agree?
meeting-dissent-own = It is recorded that your agency does not agree.
meeting-dissent-text = Reason (optional)
meeting-dissent-send = Record
meeting-focus = Contribute to item { $place }
meeting-screen-item = On the projector
meeting-note-label = Record to item { $place }
meeting-note-hint = Nothing about a person: places, times, amounts and measures are enough.
meeting-text = Text
meeting-find = Note as a finding
meeting-propose = Propose as a decision
meeting-decide = Record as a decision
meeting-propose-task = Propose a task
meeting-task-title = The task in a line
meeting-task-category = Category
meeting-task-assignee = Who should do it?
meeting-task-assignee-hint = This is a proposal: a task holds only once the agency takes it on.
meeting-asked-first = ask first: { $agency }
meeting-task-measure = Measure
meeting-task-place = Place
meeting-task-due = Until when
meeting-task-description = What is to be done?
notice-meeting-answered = Your answer is on its way.
notice-meeting-cancelled = The meeting is called off.
notice-meeting-opened = The briefing is running.
notice-meeting-pinned = The update is on the table.
notice-meeting-found = The finding is noted.
notice-meeting-proposed = The decision is proposed.
notice-meeting-task-proposed = The task is proposed.
notice-meeting-decided = The decision is recorded.
notice-meeting-dissented = The dissent is recorded.
notice-meeting-supported = Your agency wants the deputy to take over.
notice-meeting-taken-over = Your agency has the chair.
notice-meeting-closed = The briefing is over. This is the draft of the protocol.

# The panel of updates.

meeting-situation = Situation
meeting-since-meeting = Since the last meeting of this type on { $day }
meeting-since-day = Since { $day }
meeting-situation-filter = Choose updates
meeting-situation-empty = There is no update in this selection.
meeting-situation-more = There are older updates. Choose a place, a category or a later day to see all of them.
meeting-on-items = on the table of item { $items }
meeting-after-cut = Came after the beginning: others may not see it yet.
meeting-narrow = For a narrower circle only. It can be laid on the table once { $agency } addresses it to all who are invited.
meeting-pin-to = Lay on the table of item { $place }

# The projector.

meeting-not-for-screen = not for the projector
meeting-update-not-for-screen = Update of { $agency }: not for the projector
meeting-earlier = { $count ->
    [one] and one before
   *[other] and { $count } before
}
meeting-decision-count = { $count ->
    [one] one decision
   *[other] { $count } decisions
}
meeting-item-bare = Nothing recorded yet.

# Steps and states.

meeting-history = { $count ->
    [one] History: one step
   *[other] History: { $count } steps
}
meeting-void-steps = { $count ->
    [one] one counts for nothing
   *[other] { $count } count for nothing
}
step-made-plan = planned
step-made-cancel = called off
step-made-answer = answered the invitation
step-made-open = begun
step-made-pin = update laid on the table
step-made-find = finding noted
step-made-propose-decision = decision proposed
step-made-propose-task = task proposed
step-made-decide = decision recorded
step-made-dissent = dissent recorded
step-made-close = ended
trouble-state-planned = The meeting is only planned.
trouble-state-cancelled = The meeting is called off.
trouble-state-running = The briefing is running.
trouble-state-closed = The meeting is over.

# The calendar.

calendar-link = Calendar
calendar-title = Calendar
calendar-lead = Your agency's meetings and due tasks in your own calendar.
calendar-file = Calendar file
calendar-subscribe-heading = Subscribe
calendar-subscribe-text = A secret address at which your calendar program looks by itself. Whoever knows it can read along, and change nothing. When it is read is not recorded.
calendar-has-none = You have no address yet.
calendar-has-address = You have an address. It is shown only once; a new one replaces the old one.
calendar-make = Make an address
calendar-replace = Make a new address
calendar-take-back = Make the address invalid
calendar-new-heading = Your new address
calendar-new-text = Enter it in your calendar program now (“subscribe to a calendar from the internet”). It is not shown again. Don't pass it on.
calendar-address = Address of the calendar
calendar-file-heading = Download once
calendar-file-text = A file with the state of now. Later changes don't follow by themselves.
calendar-file-all = All dates as a file
notice-calendar-taken-back = The address is no longer valid.
