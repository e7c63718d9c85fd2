# The concept: its measures and the vocabulary.

concept-title = Concept
concept-measures = Measures
concept-figures-help = Figures of the last 28 days, as the report has them: only what belongs into reports by its handling.
concept-no-figures = The figures are not there just now. Load the page again in a moment.
concept-updates = { $count ->
    [one] { $count } update
   *[other] { $count } updates
}
concept-open = { $count ->
    [one] { $count } open task
   *[other] { $count } open tasks
}
concept-overdue = { $count } overdue
concept-done = { $count } done
concept-decisions = { $count ->
    [one] { $count } decision
   *[other] { $count } decisions
}
concept-members = Members
concept-own = your agency
concept-protected = protected agency
concept-bound = bound to prosecute
concept-protected-help = What a protected agency tells reaches police and prosecutor in general terms only, by district and day, and a day later.
concept-handlings = What a handling allows
concept-handlings-help = Whoever tells something chooses its handling. There is no TLP:RED here: say it in the room.
concept-handling = Handling
concept-relay = Relayed by a third member
concept-report = In the committee's report
concept-export = In files that leave the node
concept-projector = On the screen of the meeting room
concept-bulletin = In a notice to the public
concept-second = Takes a second person
concept-categories = Categories and who is asked first
concept-first = Asked first
concept-first-help = Who is asked first still has to accept a task: no agency can order another.
concept-places = Places by district
concept-indicators = Indicators
concept-indicators-help = Persons and acts are told in bands only, shares in steps of ten per cent, things exactly.
concept-counts = What is counted
concept-counts-persons = persons (in bands)
concept-counts-acts = acts (in bands)
concept-counts-share = shares (in steps of ten)
concept-counts-things = things (exactly)
concept-periods = For
concept-period-zeitfenster = a time window
concept-period-tag = a day
concept-period-monat = a month
concept-rules = Rules
concept-windows = Time windows
concept-meeting-types = Types of meetings
concept-silence = Protocols without an answer
concept-silence-days = { $count ->
    [one] After one day of circulating a protocol may be released with reservation; who was silent is not bound.
   *[other] After { $count } days of circulating a protocol may be released with reservation; who was silent is not bound.
}
concept-kept = Kept for
concept-charter = Charter
concept-charter-version = Version { $version }
concept-back = All measures
concept-open-tasks = Open tasks
concept-no-tasks = No task is open on this measure.
concept-all-tasks = All tasks on this measure
concept-due = until { $day }
concept-latest-decisions = Decisions
concept-no-decisions = The protocols hold no decision on this measure.
concept-dissent = did not agree: { $agencies }
concept-latest-updates = Latest updates
concept-no-updates = There is no update on this measure.
concept-all-updates = All updates on this measure
concept-figures = Last 28 days
