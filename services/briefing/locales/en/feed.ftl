# The feed.

feed-title = Feed
feed-empty = No update yet. What the agencies tell each other appears here by itself.
