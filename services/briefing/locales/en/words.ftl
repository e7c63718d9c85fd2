# The contract's enums, by the names that the contract gives their values.

word-trend-falling = falling
word-trend-steady = steady
word-trend-rising = rising
word-trend-unknown = unknown

word-source-own-observation = own observation
word-source-third-party = told by a third party
word-source-unverified = unverified
word-source-planned = planned

word-urgency-routine = routine
word-urgency-soon = today
word-urgency-immediate = now

word-handling-clear = TLP:CLEAR
word-handling-green = TLP:GREEN
word-handling-amber = TLP:AMBER
word-handling-amber-strict = TLP:AMBER+STRICT

word-period-window = time window
word-period-day = day
word-period-month = month

word-band-zero = 0
word-band-under-5 = under 5
word-band-5-to-9 = 5–9
word-band-10-to-19 = 10–19
word-band-20-to-49 = 20–49
word-band-50-to-99 = 50–99
word-band-100-and-more = 100 and more

word-withdrawal-error = error
word-withdrawal-obsolete = obsolete
word-withdrawal-duplicate = duplicate
word-withdrawal-personal-data = personal data

word-decline-not-ours = not ours
word-decline-no-capacity = no capacity
word-decline-not-permitted = legally not permitted

word-answer-coming = is coming
word-answer-declining = is not coming
word-answer-undecided = can't tell yet

word-attendance-chair = chair
word-attendance-deputy = deputy
word-attendance-participant = took part
word-attendance-absent = absent

word-part-title = title
word-part-affairs = state of affairs
word-part-assessment = assessment
word-part-decision = decision

word-situation-current = holds
word-situation-withdrawn = withdrawn
word-situation-erased = erased

word-delivery-pending = no receipt yet
word-delivery-stored = stored
word-delivery-held = held
word-delivery-refused = refused
word-delivery-not-understood = not understood
word-delivery-erased = erased

word-link-connected = connected
word-link-away = away
word-link-relayed = relayed
word-link-elsewhere = through another replica

word-audit-review-held = draft held for review
word-audit-review-confirmed = draft confirmed
word-audit-review-discarded = draft discarded
word-audit-review-expired = draft expired
word-audit-review-refused = draft refused by the guard
word-audit-clear-confirmed = CLEAR let go by a second person
word-audit-personal-data-withdrawn = withdrawn for personal data

word-task-proposed = proposed
word-task-assigned = asked
word-task-accepted = accepted
word-task-declined = declined
word-task-in-progress = in progress
word-task-done = done
word-task-verified = verified
word-task-withdrawn = withdrawn

word-move-propose = Propose
word-move-assign = Ask
word-move-amend = Change
word-move-return = Give back
word-move-verify = Verify
word-move-withdraw = Take back
word-move-accept = Take on
word-move-decline = Decline
word-move-progress = Start work
word-move-finish = Say that it is done

word-meeting-planned = planned
word-meeting-cancelled = cancelled
word-meeting-running = running
word-meeting-closed = over

word-rhythm-weekly = every week
word-rhythm-fortnightly = every second week
word-rhythm-monthly = every month
word-rhythm-two-monthly = every second month

word-protocol-draft = draft
word-protocol-circulating = circulating
word-protocol-objected = objected to
word-protocol-released = released
word-protocol-reserved = released with reservation
word-protocol-approved = approved

word-protocol-word-signed-off = signed off
word-protocol-word-objected = objects
word-protocol-word-objected-late = objects, after the release

word-format-markdown = text (Markdown)
word-format-json = JSON
word-format-pdf = PDF
word-format-csv = CSV
word-format-icalendar = calendar (iCalendar)
