# The feed.

feed-title = Feed
feed-empty = Noch keine Meldung. Was die Stellen einander mitteilen, erscheint hier von selbst.
