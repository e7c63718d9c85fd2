# The feed, and an update in a list.

feed-title = Feed
feed-label = Updates
feed-empty = No update yet. What the agencies tell each other appears here by itself.
feed-none-fits = No update fits this filter.
feed-newest = Newest
pages-label = More updates
filter-title = Filter
filter-on = on
filter-from = From day
filter-to = To day
filter-reset = Clear filter
filter-exercise = Exercises
filter-exercise-none = without exercises
filter-exercise-only = only exercises
legend-title = What the signs mean
legend-pending = No receipt yet: the update is on its way, or the agency is not reachable.
legend-stored = Stored: the agency's node has checked it and keeps it safely.
legend-acknowledged = Noted: the agency's coordination has confirmed that.
legend-trouble = Did not arrive as it is: held, not understood or refused. The reason stands beside it.
update-corrected = corrected, version { $version }
update-generalised = generalised
update-erased-title = Erased update
update-erased-text = Its text is destroyed at all agencies.
acknowledge = Take note
notice-acknowledged = Noted. The other agencies see that.
figure-about = about { $count }
figure-share = about { $percent } %
figure-share-under = under 10 %
figure-share-over = over 90 %

# What became of an update at an agency.

delivery-label = State at the agencies
delivery-acknowledged = noted
delivery-reason-guard-rejected = the guard there rejects the text
delivery-reason-vocabulary-unknown = the charter there does not know all of it
delivery-reason-policy-violated = it breaks a rule of the charter there
delivery-reason-transition-illegal = the step was not possible any more
delivery-reason-subject-audience-mismatch = the recipients do not fit the update
delivery-reason-oversize = it is too large
delivery-reason-charter-unknown = waits there for a newer charter
delivery-reason-content-missing = waits there for its content
delivery-reason-other = operations knows the reason
