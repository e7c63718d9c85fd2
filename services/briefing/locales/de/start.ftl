# The start page.

start-title = Auf einen Blick
