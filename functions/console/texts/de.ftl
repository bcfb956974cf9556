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
action-raise-proposed = Höheres Budget beantragt
action-raise-approved = Höheres Budget freigegeben
action-raise-rejected = Höheres Budget abgelehnt
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
edit-typed = Was Sie eingegeben haben und nicht gespeichert ist
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
hint-segment-name = a-z, 0-9, - und _.
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
mistake-moment-gone = Jemand hat diesen Moment entfernt oder seine Kennung geändert. Nichts wurde gespeichert. Was Sie geschrieben haben, steht unten: Kopieren Sie, was Sie noch brauchen.
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

# ---- Support, Prüfungen, Prämiengruppen, Personen, Übersicht
nav-groups = Prämiengruppen
nav-support = Support
nav-people = Personen
conflict-now = { $field } ist jetzt: { $value }
support-find = Nutzer finden
support-user = Nutzer
support-campaign = Kampagne
support-show = Anzeigen
support-wrong = Die Kennung eines Nutzers hat höchstens 256 Bytes und keine Steuerzeichen.
support-why = Warum habe ich nichts bekommen?
support-no-campaign = Es gibt keine Kampagne mit dieser Kennung.
support-nothing-runs = Keine Kampagne ist freigegeben oder läuft.
support-checks = Prüfungen
support-check = Prüfung
support-result = Ergebnis
support-values = Werte, die entschieden haben
support-passed = bestanden
support-not-passed = nicht bestanden
support-eligible = bekäme am Ziel eine Prämie
support-failed = { $count ->
    [one] { $number } Prüfung schlägt fehl
   *[other] { $number } Prüfungen schlagen fehl
}
support-progress = { $now } von { $target }
support-more = { $count ->
    [one] { $number } weiterer Moment ist nicht gezeigt. Nennen Sie oben seine Kampagne.
   *[other] { $number } weitere Momente sind nicht gezeigt. Nennen Sie oben ihre Kampagne.
}
support-rewards = Prämien
support-no-rewards = Dieser Nutzer hat keine Prämien.
support-older-rewards = Weitere Prämien
support-timeline = Zeitleiste
support-no-entries = Über diesen Nutzer ist nichts bekannt.
support-older-entries = Ältere Einträge
support-profile = Profil
support-unknown = Die App hat von diesem Nutzer nichts mitgeteilt.
support-marketplace = Marktplatz
support-language = Sprache
support-devices = Geräte
support-no-devices = Kein Gerät ist angemeldet: Kein Push erreicht diesen Nutzer.
support-channel = Kanal
support-seen = Zuletzt gesehen
support-retired = Nicht mehr erreicht, weil
check-campaign-live = Die Kampagne läuft
check-within-campaign = In der Zeit der Kampagne
check-marketplace = Eine Prämie gilt auf dem Marktplatz
check-segment = Gehört zum Segment
check-assigned = Eine Prämie ist zugewiesen
check-when = Die Regel für Ereignisse
check-fingerprint = Nicht das Gerät eines anderen Nutzers
check-not-held-out = Nicht in der Vergleichsgruppe
check-rewards-left = Nicht alle Prämien sind verbraucht
check-velocity = Nicht zu schnell
check-one-reward-per = Noch keine Prämie mit diesem Fingerabdruck
check-review = Zur Prüfung zurückgehalten
actor-user = der Nutzer
actor-partner = ein Partner
actor-schedule = die Uhr
reward-waiting = Wartet
reward-in-review = Zur Prüfung zurückgehalten
reward-awarded = Vergeben
reward-redeemed = Eingelöst
reward-ordered = Bestellt
reward-shipped = Verschickt
reward-delivered = Zugestellt
reward-returned = Zurückgekommen
reward-lost = Verloren
reward-expired = Abgelaufen
reward-voided = Entzogen
reward-title = Prämie
reward-id = Kennung
reward-show = Prämie anzeigen
reward-campaign = Kampagne
reward-group = Prämiengruppe
reward-cost = Kosten
reward-earned-at = Verdient
reward-awarded-at = Vergeben am
reward-expires-at = Läuft ab
reward-redeemed-at = Eingelöst am
reward-refunded = Geld ging ins Budget zurück
reward-facts = Was es ist
reward-erased = gelöscht
reward-replaces = Ersetzt
reward-replaced-by = Ersetzt durch
reward-seen = Der Nutzer hat die URL gesehen: Niemand sonst kann sie bekommen.
reward-unseen = Niemand hat die URL gesehen: Beim Entziehen geht sie in den Bestand zurück.
reward-changes = Änderungen
reward-no-changes = Niemand hat sie geändert.
reward-nothing-left = Die Prämie ist entzogen, aber für eine andere fehlten Bestand oder Geld. Ersetzen Sie sie später noch einmal.
reward-release = Aushändigen
reward-release-effect = Der Nutzer bekommt die Prämie und einen Push. Rückgängig macht das nur das Entziehen.
reward-void = Entziehen
reward-void-effect = Der Nutzer verliert die Prämie. Ihr Geld geht ins Budget zurück, außer sie wurde eingelöst. Das lässt sich nicht rückgängig machen.
reward-replace = Ersetzen
reward-replace-effect = Die Prämie wird entzogen, und der Nutzer bekommt eine andere und einen Push. Das lässt sich nicht rückgängig machen.
reward-error = Fehler
reward-fraud = Betrug
reward-note = Notiz
reward-note-hint = Für alle, die später die Änderungen der Prämie lesen.
reward-other-group = Andere Prämiengruppe
reward-other-group-hint = Ihre Kennung. Leer: dieselbe Gruppe.
reward-sentence = Eine Prämie aus { $group } für { $user } in { $campaign }: { $cost }, { $state }.
reviews-title = Zurückgehaltene Prämien
reviews-none = Keine Prämie ist zur Prüfung zurückgehalten.
reviews-hint = Die älteste zuerst. Die Nutzer wissen noch nichts davon.
reviews-moment = Moment
reviews-decide = Entscheiden
reviews-saved = Gespeichert. Eine gerade entschiedene Prämie kann noch in der Liste stehen.
group-unique-url = Eine URL für jeden Nutzer
group-catalog-credit = Guthaben in einem Katalog
group-physical = Verschickte Ware
group-shared-url = Eine URL für alle
groups-new = Neue Prämiengruppe
groups-none = Es gibt noch keine Prämiengruppen.
group-create = Prämiengruppe anlegen
group-edit = Bearbeiten
group-taken = Es gibt schon eine Prämiengruppe mit dieser Kennung.
group-facts = Was es ist
group-cpa = Kosten je Prämie (CPA)
group-cpa-hint = Was eine Prämie den Eigentümer der App kostet.
group-marketplaces = Marktplätze
group-marketplaces-hint = Länder wie DE oder Marktplätze der App, mit Kommas. Leer: überall.
group-everywhere = überall
group-test-url = URL für Tests
group-test-url-hint = Der Testmodus antwortet damit statt mit einer echten.
group-url = URL für alle
group-url-hint = Nur bei einer Gruppe mit einer URL für alle.
group-category = Kategorie
group-category-hint = Nur bei Guthaben in einem Katalog: die Unterkategorie, für die es gilt.
group-credit = Guthaben
group-weight = Gewicht in Gramm
group-weight-hint = Nur bei verschickter Ware: das Gewicht des Pakets.
group-supplier = Lieferant
group-threshold = Bestand ist niedrig unter
group-threshold-hint = Sind weniger da, werden die Eigentümer gewarnt. Leer: nie.
group-expires = Tage, bis eine Prämie abläuft
group-fallback = Ersatzgruppe
group-fallback-hint = Ihre Kennung. Sie wird vergeben, wo diese keinen Bestand hat oder nicht gilt.
stock-title = Bestand
stock-low = Der Bestand ist niedrig.
stock-available = Verfügbar
stock-claimed = An Nutzer vergeben
stock-retired = Ausgemustert
stock-shared = Eine URL für alle: Sie hat keinen Bestand und geht nie aus.
stock-supplied = Ein Lieferant stellt jede Prämie her, wenn ihr Nutzer den Link öffnet: Es gibt keinen Bestand.
stock-still = Am letzten Tag wurde nichts vergeben, also gibt es keine Vorhersage.
stock-slow = Bei weniger als einer am Tag ist { $end } nichts mehr da.
stock-ends = So wie jetzt ist { $end } nichts mehr da.
stock-forecast = { $count ->
    [one] Bei { $number } am Tag ist { $end } nichts mehr da.
   *[other] Bei { $number } am Tag ist { $end } nichts mehr da.
}
import-title = Prämien-URLs importieren
import-report = Was importiert wurde
import-accepted = Neu
import-duplicate = Schon vorhanden
import-invalid = Falsche Zeilen
import-line = Zeile
import-more = { $count ->
    [one] { $number } weitere falsche Zeile ist nicht genannt.
   *[other] { $number } weitere falsche Zeilen sind nicht genannt.
}
import-what = Eine Datei oder eingefügte Zeilen
import-again = Richtige Zeilen werden gespeichert, auch wenn andere falsch sind. Dasselbe noch einmal zu importieren ändert nichts.
import-file = Datei
import-file-hint = CSV mit einer Spalte url, wie Tabellenprogramme sie speichern, oder NDJSON; höchstens 1 MiB.
import-urls = URLs
import-urls-hint = Eine in jeder Zeile. Sie gelten, wenn keine Datei gewählt ist.
import-too-large = Das ist mehr als 1 MiB oder 100.000 Zeilen. Senden Sie es in Teilen, oder nehmen Sie die Kommandozeile.
import-nothing = Wählen Sie eine Datei mit Zeilen, oder fügen Sie URLs ein.
import-broken = Die Übertragung kam nicht vollständig an. Senden Sie sie noch einmal.
import-both = Wählen Sie eine Datei, oder fügen Sie Zeilen ein: nicht beides. Nichts wurde importiert.
import-not-text = Das ist keine Textdatei. Speichern Sie die Tabelle als CSV.
import-no-column = Keine Spalte heißt url. Fügen Sie eine Kopfzeile hinzu, oder lassen Sie nur die URLs stehen.
import-unfinished = Die Zeit reichte nicht für alles. Was gespeichert ist, bleibt: Importieren Sie es noch einmal oder in kleineren Teilen.
import-sending = Die Datei wird gesendet.
import-storing = Die Zeilen werden gespeichert. Wenn Sie diese Seite schließen, importieren Sie dieselbe Datei noch einmal.
import-lost = Die Verbindung ging verloren. Importieren Sie dieselbe Datei noch einmal: nichts wird doppelt gespeichert.
people-every-app = jede App
people-new = Neue Person
people-none = Noch niemand hat eine Rolle.
people-roles = Rollen
role-viewer = Lesen
role-editor = Bearbeiten
role-approver = Freigeben
role-support = Support
role-owner = Eigentum
person-who = Wer es ist
person-id-hint = A-Z, a-z, 0-9, _ - . und @, etwa eine E-Mail-Adresse. Sie bleibt für immer.
person-roles-hint = „Lesen“ sieht alles an. „Bearbeiten“ schreibt Kampagnen, „Freigeben“ gibt sie frei. „Support“ kümmert sich um Nutzer und Prämien. „Eigentum“ darf das alles und verwaltet Personen.
person-taken = Es gibt schon eine Person mit dieser Kennung.
person-delete = Diese Person löschen
person-delete-effect = { $name } verliert innerhalb einer Minute alle Schlüssel und Sitzungen. Was die Person getan hat, bleibt in den Verläufen.
person-deleted = Die Person wurde gelöscht.
keys-title = Schlüssel
keys-none = Es gibt keinen Schlüssel: Diese Person kann sich nicht anmelden.
keys-not-yours = Diese Person hat Rollen in Apps, die Ihnen nicht gehören: Ihre Schlüssel verwaltet nur, wem alle diese Apps gehören.
keys-id = Name des Schlüssels
keys-made = Ausgestellt
keys-mint = Schlüssel ausstellen
keys-revoke = Widerrufen
keys-revoke-effect = Der Schlüssel { $key } und die Sitzungen, die er eröffnet hat, gelten binnen einer Minute nicht mehr.
keys-revoked = Widerrufen { $at }
keys-new = Neuer Schlüssel
keys-once = Dieser Schlüssel wird nur jetzt gezeigt. Geben Sie ihn auf sicherem Weg weiter; niemand kann ihn noch einmal lesen. Wer diese Seite neu lädt, stellt einen weiteren aus.
keys-of = Schlüssel von { $person }
keys-kept = Ich habe ihn aufbewahrt
home-nothing = Nichts wartet auf Sie.
home-approvals = Warten auf Freigabe
home-not-yours = Es entscheidet, wer die Rolle „Freigeben“ hat.
home-proposed = Vorgeschlagene Budgets
home-proposed-budget = von { $now } auf { $proposed }
home-reviews = Zur Prüfung zurückgehaltene Prämien
home-held = { $count ->
    [one] { $number } Prämie
   *[other] { $number } Prämien
}
home-ending = Enden in 7 Tagen
home-ends = endet { $end }
home-budget-low = Weniger als 10 % des Budgets übrig
home-left = noch { $left } von { $limit }
home-stock-low = Bestand ist niedrig
home-waiting = { $count ->
    [one] { $number } Nutzer wartet auf Bestand
   *[other] { $number } Nutzer warten auf Bestand
}
home-in-stock = { $count ->
    [one] Noch { $number }.
   *[other] Noch { $number }.
}
home-more-groups = { $count ->
    [one] Der Bestand von { $number } weiteren Prämiengruppe mit Grenze steht auf ihrer Seite.
   *[other] Der Bestand von { $number } weiteren Prämiengruppen mit Grenze steht auf ihren Seiten.
}
home-partial = Hier werden nur die ersten 100 Kampagnen und Prämiengruppen betrachtet.

# ---- Results, announcement and leaders
results-title = Ergebnisse
results-steps = Vom ersten Schritt zur Prämie
results-step = Schritt
results-number = Anzahl
results-share = Vom Schritt davor
results-cost = Ein erfüllter Moment hat { $cost } gekostet.
results-moments = Nach Moment
results-groups = Nach Prämiengruppe
results-id = Kennung
figure-participants = Nutzer, die begonnen haben
figure-completions = Erfüllte Momente
results-arm = Arm
results-completers = Nutzer, die erfüllt haben
results-rate = Anteil
results-interval = 95-%-Intervall
results-range = { $low } bis { $high } %
results-hold-out = Kontrollgruppe gegen die anderen
results-of-moments = Momente gegeneinander
results-of-rewards = Prämien des Moments { $moment }
results-arm-hold-out = Kontrollgruppe
results-arm-rewarded = belohnt
results-more = { $arm } erfüllt häufiger als { $against }: um { $difference } Prozentpunkte ({ $interval }). Das ist sicher genug, um danach zu handeln.
results-fewer = { $arm } erfüllt seltener als { $against }: um { $difference } Prozentpunkte ({ $interval }). Das ist sicher genug, um danach zu handeln.
results-open = Ob { $arm } oder { $against } häufiger erfüllt, ist noch offen: der Unterschied beträgt { $difference } Prozentpunkte ({ $interval }).
results-too-few = Zu wenige Nutzer, um { $arm } mit { $against } zu vergleichen: je mindestens 30.
live-announcement = Ankündigung
live-announced = Angekündigt ab { $at }.
live-announcing = Wird seit { $at } angekündigt.
live-announced-users = Erreichte Nutzer
live-announced-later = In Ruhezeit: später
live-announced-accepted = Angenommene Pushes
live-announced-failed = Fehlgeschlagene Pushes
live-board = Rangliste
live-board-rank = Rang
live-board-user = Nutzer
live-board-score = Punkte
live-board-hidden = Auf Wunsch verborgen
live-board-counting = Die Rangliste wird gezählt. In ein paar Sekunden ist sie da.
live-board-empty = Noch niemand hat Punkte.
live-board-players = { $count ->
    [one] { $number } Spieler hat einen Rang.
   *[other] { $number } Spieler haben einen Rang.
}

# ---- Wettbewerbe: Wertung und Preise
edit-competition = Wertung und Preise
go-competition = Wertung und Preise bearbeiten
go-new-competition = Stattdessen einen Wettbewerb anlegen: er ordnet Nutzer nach Punkten und gibt den Plätzen Preise
new-competition-title = Neuer Wettbewerb
hint-kind-competition = Er ordnet Nutzer nach Punkten und gibt am Ende den Plätzen Preise.
section-scored = Was Punkte bringt
section-scoring = Wie die Plätze entstehen
section-prizes = Preise
hint-prizes = Plätze: 1 oder 2-10, oder 5 % für die Besten aller, die einen Rang haben. Ein Prozentsatz braucht eine Höchstzahl von Gewinnern. Leeren Sie eine Zeile, um sie zu entfernen; nach dem Speichern ist Platz für eine weitere.
field-score = Punkte
score-highest = Höchste Menge
score-lowest = Niedrigste Menge: je niedriger, desto besser
score-latest = Menge des letzten Ereignisses
score-sum = Summe der Mengen
score-count = Anzahl der Ereignisse
score-best-of = Summe der besten Mengen
field-best-of = Wie viele der besten
hint-best-of = Nur für die Summe der besten Mengen: 1 bis 20.
field-board-window = Rangliste
window-campaign = Eine für die ganze Kampagne
window-week = Eine für jede Woche, ab Montag
window-day = Eine für jeden Tag
hint-board-window = Jede Rangliste gibt alle Preise, also muss das Budget für jede reichen.
field-ties = Gleiche Punkte
ties-earliest = Wer die Punkte zuerst erreicht hat, liegt vorn
ties-shared = Sie teilen sich einen Rang
field-least-score = Niedrigste Menge, die zählt
field-greatest-score = Höchste Menge, die zählt
hint-score-range = Was nicht wahr sein kann, wird abgewiesen, etwa eine Runde von einer Sekunde.
field-grace = Nachfrist in Minuten
hint-grace = So lange nach dem Ende zählt noch ein Ereignis, das vorher geschehen ist: 15 bis 1440.
field-settle = Vergabe der Preise
settle-automatic = Von selbst, sobald die Rangliste ausgezählt ist
settle-by-hand = Sobald jemand die Rangliste genehmigt
field-places = Plätze von Preis { $number }
field-prize = Prämie von Preis { $number }
field-winners = Gewinner von Preis { $number } (höchstens)
mistake-places = Schreiben Sie Plätze wie 1 oder 2-10, oder einen Prozentsatz wie 5 %.
mistake-winners = Ein Prozentsatz von beliebig vielen Spielern braucht eine Grenze: schreiben Sie, wie viele höchstens gewinnen.
prize-place = Platz { $place }
prize-places = Plätze { $from } bis { $to }
prize-best = Die besten { $percent } %
prize-at-most = { $group }, für höchstens { $number }

# ---- Regeln als Zeilen
edit-segment = Segment { $name }
edit-new-segment = Segment hinzufügen
edit-when = Ereignisse, die für Moment { $number } zählen
field-remove-segment = Dieses Segment entfernen
hint-segment = Ein Segment ist eine Gruppe von Nutzern, auf die eine Regel zutrifft.
hint-every-event = Ohne Regel zählt jedes Ereignis der Aktion.
section-rule = Die Regel
section-rows = Bedingungen
hint-rows = Ein Merkmal hat den Namen, den ihm die App gibt. Eine Bedingung über etwas Unbekanntes trifft nicht zu. Leeren Sie eine Zeile, um sie zu entfernen; nach dem Speichern ist Platz für eine weitere.
rule-to-cel = In CEL schreiben
rule-to-rows = Als Zeilen zeigen
field-cel = Regel in CEL
hint-cel = Sie wird gespeichert, wie sie dasteht.
field-join = Sie trifft zu, wenn
join-and = alle Bedingungen zutreffen
join-or = mindestens eine Bedingung zutrifft
field-row-field = Feld { $number }
field-row-attribute = Merkmal { $number }
field-row-comparison = Vergleich { $number }
field-row-value = Wert { $number }
rule-marketplace = Nutzer: Marktplatz
rule-locale = Nutzer: Sprache
rule-time-zone = Nutzer: Zeitzone
rule-user-id = Nutzer: Kennung
rule-user-attribute = Nutzer: Merkmal
rule-quantity = Ereignis: Menge
rule-event-attribute = Ereignis: Merkmal
rule-count = Stand vor dem Ereignis
rule-rewards = Bisher verdiente Prämien
compare-is = ist (Text)
compare-is-not = ist nicht (Text)
compare-one-of = ist eines von (Texte mit Kommas)
compare-none-of = ist keines von (Texte mit Kommas)
compare-begins = beginnt mit (Text)
compare-equal = ist (Zahl)
compare-not-equal = ist nicht (Zahl)
compare-less = ist kleiner als
compare-at-most = ist höchstens
compare-more = ist größer als
compare-at-least = ist mindestens
compare-yes = ist ja
compare-no = ist nein
compare-known = ist bekannt
compare-unknown = ist nicht bekannt
mistake-not-rows = Zeilen können nicht genau diese Regel sagen. Sie bleibt, wie sie dasteht.
mistake-attribute = Schreiben Sie einen Namen aus A-Z, a-z, 0-9 und _, ohne Ziffer am Anfang. Mit jedem anderen Namen schreiben Sie die Regel in CEL.
mistake-not-needed = Lassen Sie das leer: hier wird nichts gebraucht.
mistake-comparison = Dieser Vergleich passt nicht zum Feld.
mistake-number = Schreiben Sie eine Zahl ohne Tausendertrennzeichen, wie { $example }.
mistake-segment-taken = Ein Segment mit diesem Namen gibt es schon.
mistake-segment-gone = Jemand hat dieses Segment entfernt oder umbenannt. Nichts wurde gespeichert. Speichern Sie noch einmal, dann wird aus dem, was Sie geschrieben haben, ein neues Segment.
field-for-segments = Nur für Nutzer in einem dieser Segmente
hint-for-segments = Leer für alle. Mit Kommas dazwischen, aus: { $segments }.
# ---- Expected rewards
forecast-title = Erwartete Prämien
forecast-of = Grenze
forecast-suffices = Reicht
forecast-verdict = Genug?
forecast-stock = Vorrat
forecast-caps = Obergrenzen
forecast-expected = { $count ->
    [one] { $number } Prämie wird erwartet. Sie kostet { $cost }.
   *[other] { $number } Prämien werden erwartet. Sie kosten { $cost }.
}
forecast-between = zwischen { $least } und { $most }
forecast-reach = { $count ->
    [one] für { $number } Prämie
   *[other] für { $number } Prämien
}
forecast-reach-between = für { $least } bis { $most } Prämien, je nachdem welche
forecast-reach-at-least = { $count ->
    [one] für mindestens { $number } Prämie
   *[other] für mindestens { $number } Prämien
}
forecast-no-bound = ohne Grenze
forecast-yes = Genug
forecast-depends = Nur für manche Prämien genug
forecast-no = Zu wenig
forecast-unknown = Niemand hat gesagt, wie viele Prämien erwartet werden. Tragen Sie es ein, dann vergleicht diese Seite es mit Budget, Vorrat und Obergrenzen.
forecast-late = Die Vorhersage dauert gerade zu lange; die Seite funktioniert auch ohne sie.
field-expected = Erwartete Prämien
hint-expected = Wie viele Prämien Ihrer Meinung nach insgesamt vergeben werden. Die Zahl wird nur verglichen; sie entscheidet nichts.
# ---- Protokoll, Webhooks, Bestellungen, Schlüssel einer App
nav-orders = Bestellungen
nav-webhooks = Webhooks
nav-keys = App-Schlüssel
nav-audit = Protokoll
audit-none = Noch wurde nichts geändert.
audit-hint = Das Neueste zuerst. Einträge bleiben 400 Tage. Was sich an einer Kampagne geändert hat, steht in ihrem Verlauf.
audit-when = Wann
audit-who = Wer
audit-what = Was
audit-did = Änderung
audit-unknown = Ob es geschah, weiß niemand: Die Anfrage endete ohne Antwort.
audit-app = Einstellungen der App
audit-key = App-Schlüssel
audit-token-key = Schlüssel für Nutzer-Token
audit-webhook = Webhook
audit-person = Person
audit-person-key = Schlüssel einer Person
audit-identity-provider = Identitätsanbieter
audit-written = Geschrieben
audit-deleted = Gelöscht
audit-minted = Ausgestellt
audit-rotated = Durch ein neues ersetzt
audit-revoked = Widerrufen
audit-loaded = URLs geladen
audit-signed-in = Durch Anmeldung geändert
webhooks-new = Neuer Webhook
webhooks-none = Es gibt noch keinen Webhook.
webhooks-host = Ziel
webhooks-events = Arten von Ereignissen
webhooks-every = alle Arten
webhooks-types = { $count ->
    [one] { $number } Art
   *[other] { $number } Arten
}
webhook-made = Angelegt
webhook-create = Webhook anlegen
webhook-enabled = Aktiv
webhook-paused = Angehalten
webhook-gone = Angehalten: 410 Gone
webhook-url = URL
webhook-url-hint = Dorthin gehen die Ereignisse: https und ein Rechner, den jeder erreicht.
webhook-events-hint = Eine je Zeile; * steht für alle Arten.
webhook-types = Arten von Ereignissen: { $types }
webhook-taken = Es gibt schon einen Webhook mit dieser Kennung.
webhook-test = Einen Test senden
webhook-sent = Gesendet. Die Liste zeigt, was das Ziel geantwortet hat.
webhook-slow = Das Ziel antwortet langsam. Laden Sie die Seite neu: Dann zeigt die Liste die Antwort.
webhook-refused = Es wurde nicht gesendet
webhook-pause = Anhalten
webhook-pause-effect = Solange er angehalten ist, geht kein Ereignis an ihn. Fällige Zustellungen werden aufgegeben.
webhook-resume = Fortsetzen
webhook-resume-effect = Ereignisse ab jetzt werden wieder gesendet.
webhook-rotate = Neues Geheimnis
webhook-rotate-effect = Das neue Geheimnis wird einmal gezeigt. Einen Tag lang sind Aufrufe auch mit dem früheren signiert.
webhook-delete = Löschen
webhook-delete-effect = Der Webhook und sein Geheimnis enden sofort. Fällige Zustellungen werden aufgegeben. Das lässt sich nicht rückgängig machen.
webhook-deleted = Der Webhook wurde gelöscht.
webhook-previous = Bis { $until } sind Aufrufe auch mit einem früheren Geheimnis signiert.
webhook-secret = Geheimnis von { $webhook }
webhook-once = Dieses Geheimnis wird nur jetzt gezeigt. Verwahren Sie es dort, wo Ihr Server Aufrufe prüft; niemand kann es noch einmal lesen.
deliveries = Zustellungen
deliveries-none = Noch wurde nichts an ihn gesendet.
delivery-event = Ereignis
delivery-pending = Ausstehend
delivery-delivered = Zugestellt
delivery-failed = Gescheitert
delivery-attempts = Versuche
delivery-last = Letzte Antwort
delivery-next = Nächster Versuch
delivery-again = Erneut senden
orders-none = Keine Bestellung ist in diesem Zustand.
orders-hint = Die am längsten in diesem Zustand sind, zuerst. Adressen stehen nur auf der Seite einer Bestellung.
orders-filter = Bestellungen filtern
orders-ordered-at = Bestellt am
orders-changed-at = In diesem Zustand seit
order-title = Bestellung
order-show = Bestellung anzeigen
order-partner = Partner
order-no-partner = Die App hat keinen solchen Partner, oder es gibt keine solche Bestellung.
order-partner-hint = Die Kennung des Partners, der sie verschickt.
order-carrier = Paketdienst
order-tracking = Sendungsnummer
order-tracking-url = Adresse der Sendungsverfolgung
order-track = Sendung verfolgen
order-claimed-at = Übernommen am
order-address = Adresse
order-address-until = Sie wird am { $at } entfernt. Das Log vermerkt jedes Lesen.
order-address-later = Sie wird gezeigt, sobald ein Partner die Bestellung übernommen hat. Bis dahin kann der Nutzer sie berichtigen.
order-address-gone = Sie wurde entfernt.
order-claim = Für einen Partner übernehmen
order-claim-effect = Der Partner verschickt sie. Von da an kann der Nutzer die Adresse nicht mehr berichtigen. Das lässt sich nicht rückgängig machen.
order-ship = Als verschickt melden
order-ship-effect = Die Bestellung gilt als mit dieser Sendung verschickt. Das lässt sich nicht rückgängig machen.
order-deliver = Als zugestellt melden
order-return = Als zurückgekommen melden
order-lose = Als verloren melden
order-end-effect = Damit endet die Bestellung. Das lässt sich nicht rückgängig machen.
app-keys-none = Es gibt noch keinen Schlüssel: Kein Server der App kann etwas melden.
app-keys-scope = Für wen
app-keys-mode = Modus
app-keys-ends = Endet am { $at }.
app-keys-ended = Beendet am { $at }.
app-keys-partner-hint = Nur bei einem Schlüssel für einen Partner: dessen Kennung.
app-keys-revoke-effect = Anfragen mit dem Schlüssel { $key } werden binnen einer Minute abgewiesen. Das lässt sich nicht rückgängig machen.
scope-app = Server der App
scope-admin = Verwaltung
scope-partner = Ein Partner
mode-live = Echt
mode-test = Test: verbraucht nichts
# ---- Anmeldung bei einem Anmeldedienst
provider-sign-in = Mit { $name } anmelden
provider-or-key = Oder nehmen Sie Ihren persönlichen Schlüssel:
provider-other-tab = Das öffnet sich in einem anderen Tab. Melden Sie sich dort an, kommen Sie hierher zurück und fahren Sie fort: Ihre Eingaben bleiben erhalten.
provider-continue = Ich bin angemeldet: weiter
provider-failed = Die Anmeldung hat nicht geklappt
provider-over = Diese Anmeldung hat zu lange gedauert, wurde schon benutzt oder in einem anderen Browser begonnen. Beginnen Sie noch einmal.
provider-silent = Der Anmeldedienst antwortet nicht. Versuchen Sie es gleich noch einmal.
provider-no-role = Keine Ihrer Gruppen dort gibt Ihnen hier eine Rolle. Bitten Sie die Stelle, die Ihr Konto verwaltet, Sie in eine aufzunehmen.
provider-denied = Sie haben die Anmeldung dort nicht abgeschlossen.
provider-broken = Der Anmeldedienst und Moments verstehen einander nicht. Melden Sie denen, die Moments betreiben: { $code }.
person-signs-in = Meldet sich beim Anmeldedienst an. Der Name und die Gruppen dort bestimmen, was hier steht.

# ---- What the API refuses
api-range = Schreiben Sie eine Zahl von { $least } bis { $most }.
api-text = Schreiben Sie einen Text von höchstens { $most } Bytes, ohne Steuerzeichen.
api-currency = Schreiben Sie die Währung mit drei Buchstaben, wie EUR.
api-locale = Schreiben Sie eine Sprache wie en, pt-BR oder zh-Hant-TW.
api-hs-code = Schreiben Sie 6 bis 10 Ziffern des Harmonisierten Systems, ohne Punkte.
api-out-of-range = Dieser Wert ist hier nicht möglich.
api-wrong-type = Ein solcher Wert gehört nicht hierher.
api-wrong-length = Es sind zu wenige oder zu viele Einträge.
api-repeated = Das steht zweimal da.
api-id = Diese Kennung ist nicht möglich.
api-url = Schreiben Sie eine Adresse, die mit https beginnt.
api-address = Diese Adresse ist nicht möglich.
api-marketplace = Dieser Marktplatz ist unbekannt.
api-money = Dieser Betrag ist nicht möglich.
api-time = Diese Zeit ist nicht möglich.
api-rule = Diese Regel lässt sich nicht verwenden.
api-segment = Dieses Segment ist nicht möglich.
api-unknown-id = Die Kampagne hat nichts mit dieser Kennung.
api-prize = Die Plätze der Preise passen nicht zusammen.
api-placeholder = Dieser Platzhalter ist nicht möglich.
api-guard = Dieser Schutz vor Betrug ist nicht möglich.
api-fallback = Diese Gruppe kann kein Ersatz sein.
api-choice = Wählen Sie einen der angebotenen Werte.
api-too-large = Das ist zu groß.
api-request = Formular und Dienst passen nicht zusammen. Laden Sie die Seite neu.
api-obstacle = Das steht im Weg.
api-state = Der Zustand erlaubt das nicht.
api-group-conflict = Art und Währung einer Gruppe bleiben, wie sie sind.
api-budget-spent = Es ist schon mehr als das ausgegeben.
api-forbidden = Diesen Schritt dürfen Sie nicht tun.
api-not-allowed = Das gehört nicht hierher.
api-too-many = Es gibt schon zu viele. Löschen Sie zuerst etwas.
api-identity-provider = Darüber entscheidet der Identitätsanbieter.
obstacle-past = Das Ende liegt in der Vergangenheit. Wählen Sie ein späteres.
obstacle-prizes = Das Budget reicht nicht für jeden Preis in jedem Zeitraum: Sie können { $cost } kosten.
obstacle-no-competition = Es ist nicht gesagt, wie gewertet wird und was gewinnt.
obstacle-announcement = Eine Ankündigung fehlt: Eine Aufgabe wird angekündigt.
obstacle-unknown-group = Die App hat keine Prämiengruppe { $group }.
obstacle-no-stock = Prämiengruppe { $group } hat keinen Bestand. Laden Sie ihn zuerst.
obstacle-currency = Prämiengruppe { $group } kostet { $currency }, aber das Budget ist in { $budget }.
obstacle-budget = Das Budget reicht nicht für eine Prämie der Gruppe { $group } ({ $cost }).
obstacle-cap = Die Grenze reicht nicht für eine Prämie ({ $cost }).
obstacle-marketplace = Für { $marketplace } gibt es keine Prämie: Keine Prämiengruppe des Moments gilt dort.
obstacle-short = Prämiengruppe { $group } hat { $available } im Bestand, aber { $needed } können gewonnen werden.
obstacle-crowded = { $action } würde für { $number } Momente zugleich zählen, höchstens { $most } sind möglich. Nehmen Sie eine andere Aktion oder eine andere Zeit.
