# Writing, reading and deciding on updates.

# The guard beside a text.

guard-clear = The guard finds nothing that points at a person.
guard-rejected = The text can't be sent like this. Write it without what is marked.
guard-review = This may point at a person. Write it differently, or read it once more with care.
guard-not-so = not allowed like this
guard-class-1 = Name
guard-class-2 = Contact or identifier
guard-class-3 = File number or number plate
guard-class-4 = Exact address
guard-class-5 = Age
guard-class-6 = A single person
guard-class-7 = What a single person did
guard-class-8 = A single person's health
guard-class-9 = Small number
guard-class-10 = Exact time
guard-class-11 = Hidden characters
guard-class-12 = Origin or group
guard-class-other = Note
text-left = Characters left: #

# Fields.

field-place = Place
field-category = Category
field-agency = Agency
field-when = Time
field-day = Day
field-window = Time window
field-trend = Trend
field-source = How we know
field-measure = Measure
field-urgency = Urgency
field-handling = Handling
field-audience = Recipients
field-note = Note
field-generalised-note = Note for police and prosecutor
field-readings = Figures
field-exercise = This is an exercise
nothing = nothing

# The form.

form-problems = Please correct:
form-more = More
form-more-hint = source, measure, handling, recipients, exercise
places-often = Often told of
places-elsewhere = Other places
place-whole = { $place }, whole area
place-search = Find a place
place-search-empty = No place is called so.
day-today = Today, { $day }
day-yesterday = Yesterday, { $day }
day-other = Another day
day-other-label = Which day
window-hint = A night belongs to the day on which it begins.
note-hint = Places, times, amounts, measures. Nothing that points at a person.
readings-hint = Give figures as you counted. The node stores persons and acts in bands only.
readings-again = What is stored in bands has to be typed again.
reading-what = What
reading-none = – no figure –
reading-value = Count or per cent
reading-base = Of how many (shares only)
reading-add = Another figure
measure-suggested = As goes with the category
measure-hint = Suggested is what is mostly told with this category.
handling-hint-1 = Everybody may know. Can't be called back: a second person has to confirm.
handling-hint-2 = In the community of the concept, also in the committee's report.
handling-hint-3 = In the agencies concerned, and for whoever needs to know there.
handling-hint-4 = In the agencies concerned only, not on the projector.
protected-hint = Police and prosecutor get a generalised form only, the day after: area and day, without the note.
generalised-note-hint = Goes with the generalised form the day after. Leave it empty to say nothing.
update-send = Send
send-hint = The guard checks the text before it is sent.
text-max = At most 280 characters.
correct-title = Correct an update
correct-lead = The new version goes to the same agencies: { $audience }. The history stays visible.
correct-send = Send the new version
correct-stale-link = What has changed
review-ask-title = The guard asks for a second look.
review-ask-text = Rewrite the text. Or confirm that it points at nobody; it is marked as reviewed then. Or lay it before somebody else of the coordination.
review-ask-again = Send the changed text
review-ask-confirm = I have read it, send it
review-ask-hold = Hold it for review

# An update's page.

sent-title = The update is sent.
sent-to = It goes to: { $agencies }.
sent-generalised-to = Generalised, the day after: { $agencies }. They learn area and day only.
sent-another = Another update
queued-title = The update is queued.
queued-text = The node was restored from a backup and waits until its partners have shown what they hold of it. Then the update goes out by itself; you need not send it again.
queued-until-then = Until then no other agency sees it. You can correct it only afterwards; you can withdraw it now.
update-audience = Addressed to: { $agencies }.
update-reviewed = Reviewed by the coordination.
update-actions = What you can do with it
update-make-task = Make a task of it
update-correct = Correct
update-withdraw = Withdraw
pin-title = Into the running briefing: { $meeting }
pin-item = To which item
pin = Lay before it
delivery-title = Delivery
delivery-caption = What became of each version at each agency
delivery-none = No other agency gets this update.
delivery-shown = First shown there
version = Version { $number }
history-title = History
history-made = told
history-corrected = corrected
history-withdrawn = withdrawn: { $reason }
history-becomes = now:
withdraw-title = Withdraw an update
withdraw-reason = Reason
withdraw-text = What is withdrawn stays so. The other agencies see that there was an update, and why it holds no more.
withdraw-personal-short = its text is destroyed everywhere
withdraw-personal-title = Does it tell something of a person?
withdraw-personal-text = Then choose “personal data”. The text of all versions is destroyed at all agencies within a minute, and the nodes give receipts for it. Nobody can bring it back.
withdraw-now = Withdraw
notice-update-corrected = The new version is sent.
notice-update-withdrawn = The update is withdrawn.
notice-update-held = Held for review. Nothing was sent yet.
notice-update-awaits-second = The update waits for a second person of the coordination. Nothing was sent yet.
notice-update-let-go = Let go and sent.

# What waits for a decision.

reviews-title = For review
reviews-held = Held by the guard
reviews-held-lead = These drafts may point at a person. They have not left the own node. Whoever coordinates lets them go or discards them.
reviews-none = No draft waits.
review-title = Review a draft
review-lead = Read the text with the guard's findings. Any coordinator may let it go, also whoever wrote it. The role is recorded, not the name.
review-look = Look and decide
review-held-at = Held: { $moment }
review-until = Until { $day }; then the text is destroyed.
review-to = Goes to: { $agencies }.
review-generalised-to = Generalised, the day after, to: { $agencies }.
review-corrects = Corrects this update
review-second = TLP:CLEAR: after this a second person still has to confirm.
review-rejected = The guard does not let this text pass any more. Discard it and write anew.
review-confirm = Points at nobody: let it go
review-discard = Discard and destroy the text
clear-title = Waiting for a second person
clear-lead = Everybody may know what is TLP:CLEAR, and nobody can call it back. That is why a second coordinator confirms it.
clear-none = No CLEAR update waits.
clear-mine = You sent this yourself. Another person has to confirm it.
clear-confirm = Confirm as the second person
clear-discard = Do not send, discard
clear-more = More are waiting. Decide on these first.
notice-review-discarded = Discarded. The text is destroyed.
notice-clear-discarded = Discarded. Nothing was sent.
