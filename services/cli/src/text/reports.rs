//! What is said of the committee's report.

use super::texts;

texts! { REPORTS:
    ABOUT_REPORT = "Bericht für den Ausschuss: was in einem Zeitraum war, ohne Personen und kleine Zahlen", "Report for the committee: what happened in a period, without persons and small counts";
    ARG_REPORT_AS = "Als Datei statt auf dem Bildschirm", "As a file instead of on the screen";
    OUTPUT_NEEDS_FORM = "--output braucht --as", "--output needs --as";

    REPORT_HEAD = "{0} bis {1}: {2} Meldungen, daneben der gleich lange Zeitraum davor", "{0} to {1}: {2} updates, beside the period of the same length before";
    REPORT_INCOMPLETE = "\nDer Zeitraum reicht weiter zurück, als Meldungen aufbewahrt werden; Gelöschtes ist nicht gezählt", "\nThe period reaches back further than updates are kept; what is erased is not counted";
    REPORT_FIGURES_INCOMPLETE = "\nDer Zeitraum reicht weiter zurück, als Kennzahlen aufbewahrt werden; ältere fehlen", "\nThe period reaches back further than indicators are kept; older ones are missing";
    REPORT_LEFT_OUT = "\n{0} weitere gehören nach ihrer Einstufung nicht in Berichte", "\n{0} more are kept out of reports by their handling";
    WHOLE_DAY = "ganzer Tag", "whole day";
    COLUMN_BEFORE = "Davor", "Before";
    COLUMN_NOW = "Jetzt", "Now";
    DISPLACEMENT = "Verlagerung", "Displacement";
    DISPLACEMENT_MATRIX = "Verlagerung, Veränderung nach Ort und Kategorie", "Displacement, change by place and category";
    COLUMN_FELL_AT = "Weniger", "Less";
    COLUMN_ROSE_AT = "Mehr", "More";
    SERIES = "Zeitreihen", "Series";
    COLUMN_INDICATOR = "Messgröße", "Indicator";
    COLUMN_VALUES = "Werte", "Values";
    COLUMN_SUM = "Summe", "Sum";
    TASKS_BY_MEASURE = "Aufgaben nach Maßnahme", "Tasks by measure";
    COLUMN_OPENED = "Neu", "Opened";
    COLUMN_OPEN = "Offen", "Open";
    COLUMN_OVERDUE = "Überfällig", "Overdue";
    COLUMN_DONE = "Erledigt", "Done";
    COLUMN_DECLINED = "Abgelehnt", "Declined";
    DECISIONS_BY_MEASURE = "Beschlüsse nach Maßnahme", "Decisions by measure";
}
