# The start page.

start-title = At a glance
