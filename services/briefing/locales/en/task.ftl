# Tasks, and what tasks and protocols have in common.

# Fields and their parts.

choose = – please choose –
filters = Filters
filters-none = No filter
none-here = nothing
text-at-most = { $count ->
    [one] One character at most.
   *[other] { $count } characters at most.
}
cannot-be-undone = This can't be undone.
confirm-review-lead = The guard is not sure. Read the text once more: does it point at a person?
confirm-review = I have read the findings. The text points at nobody.

# Why a step was not taken.

trouble-guard = The guard found something here.
trouble-invalid-range-due = A task is due today or later, and within two years.
trouble-invalid-range = This is more than a protocol holds. Shorten it, or take items out.
trouble-note-too-long = The text is too long. Shorten it.
trouble-subject-mismatch = This does not fit: name only agencies that belong to it, and everything once.
trouble-void-not-opened = It is not there like that: whoever began it contradicted itself.
trouble-void-not-yours = This step is not your agency's to take.
trouble-void-not-now = This step is not possible now.
trouble-void-fixed = What was fixed at the beginning can't be changed.
trouble-state-proposed = The task is only proposed.
trouble-state-assigned = The task is asked.
trouble-state-accepted = The task is accepted.
trouble-state-declined = The task is declined.
trouble-state-in-progress = The task is in progress.
trouble-state-done = The task is said to be done.
trouble-state-verified = The task is verified, and so it is over.
trouble-state-withdrawn = The task is withdrawn, and so it is over.
trouble-state-draft = The protocol is a draft.
trouble-state-circulating = The protocol is circulating.
trouble-state-objected = There is an objection to the protocol.
trouble-state-released = The protocol is released.
trouble-state-released-with-reservation = The protocol is released with reservation.
trouble-state-approved = The protocol is approved.
trouble-too-early = { $count ->
    [one] It is too early: the charter's time is not over for another day.
   *[other] It is too early: the charter's time is not over for another { $count } days.
}

# The steps that were taken.

steps-title = History
steps-reviewed = reviewed by a coordinator
step-void = Counts for nothing.
step-void-not-opened = Counts for nothing: it builds on nothing.
step-void-not-yours = Counts for nothing: it was not this agency's to take.
step-void-not-now = Counts for nothing: the state that the agency knew did not allow it.
step-void-fixed = Counts for nothing: it changes what was fixed at the beginning.
step-waiting = Waits for earlier steps that are on their way.
step-made-propose = proposed
step-made-assign = asked
step-made-amend = changed
step-made-return = gave back
step-made-verify = verified
step-made-withdraw = took back
step-made-accept = accepted
step-made-decline = declined
step-made-progress = began work
step-made-finish = said that it is done
step-made-draft = drafted
step-made-revise = revised
step-made-circulate = circulated
step-made-sign-off = signed off
step-made-object = objected
step-made-release = released
step-made-reserve = released with reservation
step-made-approve = approved
step-made-correct = appended a correction
step-made-support = wants the deputy to take over
step-made-take-over = took over

# Questions and answers.

talk-title = Questions
talk-none = No question yet.
talk-asks = asks
talk-answers = answers
talk-text = Text
talk-ask = Ask something
talk-ask-send = Send the question
talk-answer = Answer
talk-answer-send = Send the answer
talk-retract = Take back
talk-retract-lead = The text is destroyed on all nodes. Take it back if it points at a person. This can't be undone.
talk-retracted = Taken back. The text is destroyed.
notice-talk-added = Sent. Everybody who sees this page can read it.
notice-talk-retracted = Taken back. The text is being deleted everywhere.

# Tasks.

tasks-parts = Whose tasks
tasks-of-us = Asked of us
tasks-by-us = Asked by us
tasks-all = All
tasks-board = Board
tasks-list = List
tasks-empty = There is no task here.
tasks-first = No task yet. With "New task" you ask another agency for something; what others ask of you appears here by itself.
tasks-count = { $count ->
    [one] One task
   *[other] { $count } tasks
}
tasks-more-in-list = { $count ->
    [one] One more in the list
   *[other] { $count } more in the list
}
tasks-only-overdue = only overdue ones
board-keys = By keyboard: arrow keys go from card to card, M opens the steps, Esc closes them.
board-moving = The task is being moved.
board-not-there = It can't go there from here.
task-new = New task
task-new-lead = You ask another agency for something. The task holds once that agency accepts it.
task-title = Title
task-description = Description
task-status = Status
task-assigner = Asked by
task-assignee = Asked of
task-measure = Measure
task-category = Category
task-place = Place
task-no-place = no particular place
task-due = Due
task-no-due = no deadline
task-due-by = Due by
task-due-on = due { $day }
task-overdue = overdue
task-changed = Last changed
task-audience = Who sees it
task-audience-all = all agencies
task-audience-some = only some
task-audience-hint = Your agency and the one that is asked always see the task. Who else does is fixed once it is made.
task-handling = Handling
task-from = It comes from
task-first = To be asked first:
task-take-agency = Choose { $agency }
task-suggest = Who is to be asked first?
task-send = Ask
task-send-proposal = Only propose
task-send-change = Send the change
task-send-hint = “Only propose” makes the task without asking anybody. You can ask later.
task-change-title = Change the task
task-change-lead = What you change is asked anew. The agency that is asked stays the same; to ask another one, make a new task.
task-assign-lead = Check what was proposed. Then the agency is asked.
task-now = What holds now
task-next = Next steps
task-more-moves = Steps
task-next-role = It is your agency's turn now. Steps are taken by whoever has the role coordinator.
task-waits-for = Whose turn it is: { $agency }.
task-you-may = You can still:
task-over = The task is over.
task-with-note = { $move } with a note
task-contradicting = contradicting
task-contradicting-by = Contradicting steps of: { $agencies }. The state before holds until this agency settles it.
task-declined-because = Declined: { $reason }
task-erase-on = Erasure
task-erase-text = On { $day } the task is erased on all nodes.
task-back = Back to the task
task-note = Note
task-reason = Reason
task-stale = The task has changed in the meantime. See what is new, and then decide again. Nothing was stored.
task-news = This is new
task-not-offered = This step is not possible now, or not for your agency.
task-step-assign = The agency is asked, just as it was proposed.
task-step-accept = Your agency takes the task on. You can still give it back later.
task-step-decline = Your agency does not take the task on, or gives it back. The asking agency learns the reason.
task-step-progress = Your agency works on it, or takes the work up again.
task-step-finish = Your agency says that it is done. The asking agency verifies it or gives it back.
task-step-return = It is not done yet: the task goes back to work. Say what is missing.
task-step-verify = Your agency agrees that it is done. The task is over then, and is erased later.
task-step-withdraw = Your agency does not need the task any more. It is over then, and is erased later.
notice-task-proposed = The task is proposed.
notice-task-assigned = The agency is asked.
notice-task-amended = The change is sent and asked anew.
notice-task-returned = The task is given back.
notice-task-verified = The task is verified.
notice-task-withdrawn = The task is taken back.
notice-task-accepted = The task is accepted.
notice-task-declined = The task is declined.
notice-task-progressed = The task is in progress.
notice-task-finished = The task is said to be done.
