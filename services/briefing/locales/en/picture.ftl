# The picture of the situation, and what charts and spans of days have in common.

chart-place = Place
chart-district = District
chart-category = Category
chart-measure = Measure
chart-window = Time window
chart-day = Day
chart-updates = Updates
chart-value = Value
chart-total = total
chart-now = now
chart-before = before
chart-change = Change

span-from = First day
span-to = Last day
span-no-day = Give both days, such as 1 Nov 2026. Until then the usual period is shown.
span-backwards = The last day is before the first. Until then the usual period is shown.
span-too-long = A period has at most 366 days. Until then the usual period is shown.

picture-title = Situation
picture-lead = Where, when and what the agencies have told. Updates are counted, not persons: the same observation may have been told more than once.
picture-periods = Period
picture-days-back = { $count ->
    [one] Today
   *[other] { $count } days
}
picture-filter = Choose agencies and measures
picture-agencies = Only updates of these agencies
picture-measures = Only updates on these measures
picture-period = { $from } to { $to }
picture-updates = { $count ->
    [one] update
   *[other] updates
}
picture-compared = against the period of the same length before
picture-not-compared = Not compared with the period before: updates of that time may have been erased already.
picture-exercises = { $count ->
    [one] exercise, counted nowhere else
   *[other] exercises, counted nowhere else
}
picture-empty = There is no update for this period and choice.
picture-where = Where and when
picture-map = Schematic map: updates by district and place
picture-map-peak = Most was told of { $place } ({ $count }). A circle is larger where more was told; arrows show possible displacement.
picture-spot = { $place }: { $count ->
    [one] { $count } update
   *[other] { $count } updates
}
picture-whole = { $place } as a whole
picture-elsewhere = Places that the charter no longer lists
picture-windows = Places and time windows
picture-categories = Places and categories
picture-peak = Most: { $place }, { $column } ({ $count }).
picture-days = Updates by day
picture-day-peak = Most: { $day } ({ $count }).
picture-whither = Where it is going
picture-trends = Development by place
picture-told-trend = Judged as
picture-rising = { $count } rising
picture-steady = { $count } steady
picture-falling = { $count } falling
picture-unclear = { $count } unclear
picture-latest = Latest
picture-shifts = Possible displacement
picture-shifts-help = Less at one place and more at others, in the same category. Whether the one follows from the other is yours to judge: who is on patrol elsewhere sees less here.
picture-shift-text = Less was told of { $from }. More was told of { $to }.
picture-no-shift = Nothing points at displacement.
picture-more-shifts = { $count ->
    [one] One more, smaller, is not drawn.
   *[other] { $count } more, smaller, are not drawn.
}
