# Die Texte der Konsole auf Deutsch. Jede Sprache hat dieselben Texte mit denselben Angaben; ein Test vergleicht sie.

# ---- Jede Seite
skip = Zum Inhalt
nav = Seiten der App
nav-campaigns = Kampagnen
language = Sprache
choose = Wählen
sign-out = Abmelden
save = Speichern
saved = Gespeichert.
pages = Weitere Seiten
page-first = Erste Seite
page-next = Nächste Seite
value-nothing = nichts
value-yes = ja
value-no = nein

# ---- Anmelden
sign-in = Anmelden
sign-in-key = Persönlicher Schlüssel
sign-in-key-hint = Wem die App gehört, stellt ihn für Sie aus.
sign-in-refused = Dieser Schlüssel ist unbekannt. Prüfen Sie ihn oder lassen Sie sich einen neuen geben.
sign-in-kept = Ihre Sitzung ist zu Ende. Was Sie geschrieben haben, bleibt: Melden Sie sich an, dann ist das Formular wieder da.

# ---- Hindernisse
problem-forbidden = Das dürfen Sie nicht
problem-forbidden-more = Ihre Rollen in dieser App erlauben es nicht. Wem die App gehört, kann sie ändern.
problem-not-found = Hier ist nichts
problem-not-found-more = Die Adresse stimmt nicht, oder was hier war, gibt es nicht mehr.
problem-other-site = Dieses Formular kam von einer anderen Website
problem-other-site-more = Nichts wurde geändert. Öffnen Sie die Konsole selbst und versuchen Sie es dort noch einmal.
problem-too-many = Zu viele Anfragen
problem-busy = Die Konsole bekommt keine Antwort
problem-wait = { $count ->
    [one] Versuchen Sie es in { $number } Sekunde noch einmal.
   *[other] Versuchen Sie es in { $number } Sekunden noch einmal.
}
problem-broken = Etwas ist schiefgegangen
problem-broken-more = Das ist ein Fehler bei uns. Was gespeichert war, ist noch da.
problem-says = Der Grund:
problem-request = Anfrage:
problem-passing = Was Sie geschrieben haben, ist noch in Ihrem Browser: Gehen Sie zurück und senden Sie es noch einmal.
problem-back = Zurück zu den Apps

# ---- Apps
apps-title = App wählen
apps-none = Sie haben noch keine App. Bitten Sie jemanden, dem eine App gehört, um eine Rolle.

# ---- Kampagnen
campaigns-title = Kampagnen
campaigns-new = Neue Kampagne
campaigns-none = Es gibt noch keine Kampagnen.
campaigns-none-found = Keine Kampagne passt zum Filter.
filter = Kampagnen filtern
filter-name = Name oder Kennung
filter-order = Reihenfolge
filter-state = Zustand
filter-show = Anzeigen
filter-clear = Alle anzeigen
order-id = Nach Kennung
order-name = Nach Name
order-newest = Spätester Beginn zuerst
order-oldest = Frühester Beginn zuerst
order-end = Frühestes Ende zuerst
state-draft = Entwurf
state-pending = Wartet auf Freigabe
state-approved = Freigegeben
state-live = Läuft
state-suspended = Angehalten
state-finished = Beendet
state-rejected = Abgelehnt
kind-challenge = Aufgabe
kind-surprise = Überraschung
kind-competition = Wettbewerb
count-events = Anzahl der Ereignisse
count-quantity = Summe der Mengen
count-highest = Größte Menge
count-streak = Tage in Folge

# ---- Eine Kampagne
window = Von { $start } bis vor { $end }.
campaign-reason = Grund:
campaign-under-review = Wird geprüft: Lehnen Sie sie ab, um sie zu bearbeiten.
campaign-holdout = { $count ->
    [one] { $number } % der Nutzer werden gezählt und nie belohnt.
   *[other] { $number } % der Nutzer werden gezählt und nie belohnt.
}
spent-of = { $spent } von { $limit } ausgegeben.
spent-left = { $left } übrig.
spent-share = Ausgegebener Anteil des Budgets
task-events = { $count ->
    [one] { $action } einmal.
   *[other] { $action } { $number }-mal.
}
task-quantity = { $count ->
    [one] Mit { $action } { $number } sammeln.
   *[other] Mit { $action } { $number } sammeln.
}
task-highest = { $count ->
    [one] Mit { $action } { $number } erreichen.
   *[other] Mit { $action } { $number } erreichen.
}
task-streak = { $count ->
    [one] { $action } an { $number } Tag.
   *[other] { $action } an { $number } Tagen in Folge.
}
task-scored = { $action } ergibt die Punkte.
rewards-one = Prämie: { $group }.
rewards-several = Eine Prämie aus: { $groups }.
rewards-share = { $group } (Gewicht { $weight })
rewards-prizes = Plätze gewinnen die Preise.
rewards-most = { $count ->
    [one] Höchstens einmal je Nutzer.
   *[other] Höchstens { $number }-mal je Nutzer.
}
go-review = Prüfung und nächster Schritt
go-live = Verlauf
go-copy = Kopieren
go-edit-basics = Grundlagen bearbeiten
go-edit-moment = Moment { $moment } bearbeiten
go-new-moment = Moment hinzufügen
go-messages = Nachrichten der ganzen Kampagne
go-rules = Regeln und Segmente
history = Änderungen
history-version = Version { $version }
history-changes = { $count ->
    [one] { $number } Änderung
   *[other] { $number } Änderungen
}
action-created = Angelegt
action-edited = Bearbeitet
action-submitted = Eingereicht
action-approved = Freigegeben
action-rejected = Abgelehnt
action-suspended = Angehalten
action-resumed = Fortgesetzt
action-amended = Nachträglich geändert
change-added = { $field }: { $after } (neu)
change-removed = { $field }: entfernt (vorher { $before })
change-changed = { $field }: { $before } → { $after }

# ---- Felder
field-name = Name
field-id = Kennung
field-kind = Art
field-state = Zustand
field-starts = Beginn
field-ends = Ende
field-zone = Zeitzone
field-budget = Budget
field-currency = Währung
field-holdout = Kontrollgruppe in Prozent
field-moments = Momente
field-moment-id = Kennung des Moments
field-action = Aktion
field-count = Was zählt
field-target = Ziel
field-most = Prämien je Nutzer höchstens
field-when = Regel für Ereignisse
field-when-of = Regel für Ereignisse von { $moment }
field-rewards = Prämie
field-reward = Prämie { $number }
field-weight = Gewicht von Prämie { $number }
field-segments = Segmente
field-segment = Segment { $name }
field-segment-name = Name von Segment { $number }
field-segment-rule = Regel von Segment { $number }
field-messages = Nachrichten
field-announcement = Ankündigung
field-achievement = Glückwunsch
field-announcement-title = Titel der Ankündigung
field-announcement-body = Text der Ankündigung
field-achievement-title = Titel des Glückwunschs
field-achievement-body = Text des Glückwunschs
field-language = Sprache der Nachrichten
field-guards = Schutz vor Betrug
field-quiet-hours = Ruhezeiten
field-caps = Grenze { $place }
field-competition = Wettbewerb { $place }
field-of-moment = Moment { $number }, { $field }
field-fold = Welche meinen Sie?
field-remove = Diesen Moment entfernen
fold-first = Die erste ({ $utc })
fold-second = Die zweite ({ $utc })
choose-none = keine

# ---- Bearbeiten
edit-basics = Grundlagen
edit-messages = Nachrichten der Kampagne
edit-rules = Regeln und Segmente
edit-moment = Moment { $number }
edit-new-moment = Neuer Moment
edit-closed = In ihrem Zustand lässt sich hier nichts ändern: Es ist den Nutzern versprochen, oder jemand prüft es.
section-what = Was sie ist
section-window = Wann sie läuft
section-budget = Was sie ausgeben darf
section-task = Was Nutzer tun
section-rewards = Was es dafür gibt
section-language = Nachrichten auf { $language }
section-more-language = Nachrichten in einer weiteren Sprache
section-messages = Was Nutzer erfahren
section-first-moment = Der erste Moment
section-remove = Entfernen
section-segments = Segmente von Nutzern
section-when = Ereignisse, die zählen
hint-holdout = So viele von 100 Nutzern werden gezählt und nie belohnt, um zu messen, was die Kampagne bringt.
hint-kind = Eine Aufgabe wird angekündigt, eine Überraschung nicht.
hint-time = Wie { $example }, nach den Uhren der Zeitzone unten.
hint-ends = Ereignisse vor diesem Zeitpunkt zählen.
hint-end-later = In { $zone }. Eine freigegebene Kampagne kann nur später enden.
hint-zone = Mit Namen, wie Europe/Berlin. Beginn und Ende sind die Uhrzeit dort, ebenso die Tage von Nutzern ohne Zeitzone.
hint-budget = So viel darf die Kampagne höchstens ausgeben, wie { $example }.
hint-currency = Drei Buchstaben, wie EUR.
hint-id = A-Z, a-z, 0-9, - und _. Sie bleibt für immer.
hint-moment-id = A-Z, a-z, 0-9, - und _. In der Kampagne nur einmal.
hint-action = Wie die App sie meldet, zum Beispiel deposit.
hint-rewards = Bei mehreren Prämien wird jedem Nutzer eine zugeteilt, nach Gewicht.
hint-no-groups = Die App hat noch keine Prämiengruppen. Ein Moment braucht eine.
hint-language = Wie en oder pt-BR. Leeren Sie die Texte, um die Sprache zu entfernen.
hint-announcement = Eine Aufgabe braucht eine Ankündigung.
hint-rules = Ein Segment ist eine Gruppe von Nutzern mit einer Regel in CEL. Leeren Sie beide Felder, um es zu entfernen.
hint-segment-name = a-z, 0-9, - und _.
hint-when = In CEL. Ohne Regel zählt jedes Ereignis der Aktion.
form-mistakes = Etwas ist zu berichtigen
form-optional = (freiwillig)
form-cancel = Abbrechen
form-unsaved = Sie haben Änderungen, die nicht gespeichert sind.
form-held = Sie sind wieder angemeldet. Das haben Sie geschrieben; es ist noch nicht gespeichert.
mistake-missing = Füllen Sie dies aus.
mistake-whole = Schreiben Sie eine ganze Zahl, nur mit Ziffern.
mistake-amount = Schreiben Sie einen Betrag, wie { $example }.
mistake-decimals = { $count ->
    [0] { $currency } hat keine Nachkommastellen.
    [one] { $currency } hat höchstens { $number } Nachkommastelle.
   *[other] { $currency } hat höchstens { $number } Nachkommastellen.
}
mistake-too-large = Das ist mehr als jedes Budget.
mistake-ambiguous-amount = Das lässt sich auf zwei Arten lesen. Schreiben Sie { $first } oder { $second }.
mistake-zone = Das ist keine Zeitzone. Schreiben Sie eine wie Europe/Berlin.
mistake-time = Schreiben Sie Datum und Uhrzeit, wie { $example }.
mistake-skipped = Diese Uhrzeit gibt es in { $zone } nicht: Die Uhren springen auf { $next }.
mistake-twice = Diese Uhrzeit gibt es in { $zone } zweimal, weil die Uhren zurückgehen. Wählen Sie, welche Sie meinen.
mistake-taken = Eine Kampagne mit dieser Kennung gibt es schon.
conflict = Jemand hat sie geändert, seit Sie sie gesehen haben
conflict-more = Nichts wurde gespeichert. Was Sie geschrieben haben, steht unten. Noch einmal speichern setzt es über diese Änderungen:
new-title = Neue Kampagne
copy-title = Kopie von { $name }
create = Entwurf anlegen

# ---- Prüfung
review-title = Prüfung
review-promise = Was Nutzern versprochen wird
review-changes = Änderungen seit der letzten Freigabe
review-no-changes = Nichts hat sich geändert.
review-never-approved = Sie wurde noch nie freigegeben: Alles ist neu.
review-next = Nächster Schritt
review-draft = Beim Einreichen wird alles auf einmal geprüft. Danach lässt sie sich erst wieder bearbeiten, wenn jemand sie freigibt oder ablehnt.
review-running = Anhalten wirkt sofort: Nichts zählt und nichts wird vergeben, bis sie fortgesetzt wird.
review-suspended = Sie ist angehalten. Wer wartet, ist dran, wenn sie fortgesetzt wird.
review-rejected = Sie wurde abgelehnt. Bearbeiten Sie sie, dann ist sie wieder ein Entwurf.
review-finished = Sie ist vorbei. Hier ist nichts mehr zu tun.
review-reason = Grund
review-reason-missing = Schreiben Sie den Grund, damit klar ist, was zu ändern ist.
review-refused = Der Schritt wurde nicht getan
review-obstacles = { $count ->
    [one] { $number } Hindernis
   *[other] { $number } Hindernisse
}
role-needed = Der nächste Schritt braucht die Rolle { $role }, die Sie in dieser App nicht haben.
review-proposed = Ein höheres Budget wartet auf Freigabe.
approve-raise = Budget von { $before } auf { $after } erhöhen
step-submit = Zur Freigabe einreichen
approve-now = { $budget } freigeben, läuft sofort
approve-later = { $budget } freigeben, läuft ab { $start }
step-reject = Mit diesem Grund ablehnen
step-suspend = Anhalten
step-resume = Fortsetzen

# ---- Verlauf
live-title = Verlauf
live-pause = Nicht mehr aktualisieren
live-resume = Wieder aktualisieren
live-refresh = Aktualisieren
live-stale = Die Zahlen ließen sich nicht aktualisieren. Sie sind vom Zeitpunkt oben.
live-as-of = Zahlen vom { $at }.
live-spending = Ausgaben
live-figures = Prämien
live-awards = Vergeben in den letzten 24 Stunden
live-none = In den letzten 24 Stunden wurde nichts vergeben.
live-hours-unknown = Diese Kampagne wurde freigegeben, bevor Stunden gezählt wurden.
live-chart = Balken: vergebene Prämien je Stunde, höchstens { $most }. Die Tabelle darunter hat dieselben Zahlen.
live-table = Dasselbe als Tabelle
live-when = Stunde ab
live-spent = Ausgegeben
figure-awards = Prämien vergeben
figure-redemptions = Prämien geöffnet
figure-expiries = Prämien verfallen
figure-voids = Prämien zurückgenommen
figure-in-review = Zur Prüfung angehalten
figure-waiting = Warten
waiting-no-stock = Warten: kein Bestand
waiting-no-budget = Warten: kein Budget
waiting-day-spent = Warten: Grenze des Tages erreicht
waiting-suspended = Warten: angehalten
