# The committee's report.

report-title = Report for the committee
report-lead = What happened in a period, in figures: without persons, without small counts. Nothing leaves your agency until you hand on the file.
report-last-month = Last month
report-last-quarter = Last quarter
report-last-year = Last year
report-file = Download { $format }
report-left-out = { $count ->
    [one] more update is kept out of reports by its handling (AMBER or AMBER+STRICT) and is not counted
   *[other] more updates are kept out of reports by their handling (AMBER or AMBER+STRICT) and are not counted
}
report-how-to-read = Updates are counted, not persons; exercises and what was withdrawn do not count. What protected agencies tell is counted by district only. The report knows what is addressed to your agency: two agencies' reports may differ.
report-empty = There is no update in this period that belongs into reports.
report-most = Most: { $name } ({ $count }).
report-by-category = Updates by category
report-by-place = Updates by place
report-by-measure = Updates by measure
report-by-window = Updates by time window
report-series = Figures
report-series-help = Each figure stands as it was told: in bands, rounded, or exact for things. The light part of a bar shows how much more it may be within its band.
report-no-series = No figure was told in this period.
report-indicator = Indicator
report-values = Values
report-latest = Last value
report-last-value = Last value: { $value }, { $day }.
report-sum = Sum
report-time = Time
report-month = Month { $month }/{ $year }
report-tasks = Tasks by measure
report-tasks-help = “New” were opened in the period. The other columns show where the tasks stand today that were opened by its end.
report-no-tasks = There is no task up to the end of the period that belongs into reports.
report-opened = New
report-open = Open
report-overdue = Overdue
report-done = Done
report-declined = Declined
report-decisions = Decisions by measure
report-no-decisions = Nothing was decided in this period and before.
report-no-measure = no measure
