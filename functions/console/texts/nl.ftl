# De teksten van de console in het Nederlands. Elke taal heeft dezelfde teksten met dezelfde gegevens; een test vergelijkt ze.

# ---- Elke pagina
skip = Naar de inhoud
nav = Pagina’s van de app
nav-campaigns = Campagnes
language = Taal
choose = Kiezen
sign-out = Uitloggen
save = Opslaan
saved = Opgeslagen.
pages = Meer pagina’s
page-first = Eerste pagina
page-next = Volgende pagina
value-nothing = niets
value-yes = ja
value-no = nee

# ---- Inloggen
sign-in = Inloggen
sign-in-key = Persoonlijke sleutel
sign-in-key-hint = Een eigenaar van de app maakt hem voor u.
sign-in-refused = Deze sleutel is onbekend. Controleer hem of vraag een eigenaar om een nieuwe.
sign-in-kept = Uw sessie is voorbij. Wat u typte is bewaard: log in en het formulier komt terug.

# ---- Problemen
problem-forbidden = Dit mag u niet
problem-forbidden-more = Uw rollen in deze app staan het niet toe. Een eigenaar van de app kan ze wijzigen.
problem-not-found = Hier is niets
problem-not-found-more = Het adres klopt niet, of wat hier stond is er niet meer.
problem-other-site = Dit formulier kwam van een andere site
problem-other-site-more = Er is niets gewijzigd. Open de console zelf en probeer het daar opnieuw.
problem-too-many = Te veel verzoeken
problem-busy = De console krijgt geen antwoord
problem-wait = { $count ->
    [one] Probeer het over { $number } seconde opnieuw.
   *[other] Probeer het over { $number } seconden opnieuw.
}
problem-broken = Er ging iets mis
problem-broken-more = Dit is een fout bij ons. Wat opgeslagen was, is er nog.
problem-says = De reden:
problem-request = Verzoek:
problem-passing = Wat u typte staat nog in uw browser: ga terug en verstuur het opnieuw.
problem-back = Terug naar de apps

# ---- Apps
apps-title = Kies een app
apps-none = U hebt nog geen app. Vraag een eigenaar van een app om een rol.

# ---- Campagnes
campaigns-title = Campagnes
campaigns-new = Nieuwe campagne
campaigns-none = Er zijn nog geen campagnes.
campaigns-none-found = Geen campagne past bij het filter.
filter = Campagnes filteren
filter-name = Naam of id
filter-order = Volgorde
filter-state = Toestand
filter-show = Tonen
filter-clear = Alles tonen
order-id = Op id
order-name = Op naam
order-newest = Laatste begin eerst
order-oldest = Vroegste begin eerst
order-end = Vroegste einde eerst
state-draft = Concept
state-pending = Wacht op goedkeuring
state-approved = Goedgekeurd
state-live = Loopt
state-suspended = Stilgezet
state-finished = Afgelopen
state-rejected = Afgekeurd
kind-challenge = Uitdaging
kind-surprise = Verrassing
kind-competition = Wedstrijd
count-events = Aantal gebeurtenissen
count-quantity = Som van de hoeveelheden
count-highest = Grootste hoeveelheid
count-streak = Dagen achter elkaar

# ---- Een campagne
window = Van { $start } tot vóór { $end }.
campaign-reason = Reden:
campaign-under-review = Wordt beoordeeld: keur haar eerst af om haar te bewerken.
campaign-holdout = { $count ->
    [one] { $number } % van de gebruikers wordt geteld en nooit beloond.
   *[other] { $number } % van de gebruikers wordt geteld en nooit beloond.
}
spent-of = { $spent } van { $limit } uitgegeven.
spent-left = { $left } over.
spent-share = Uitgegeven deel van het budget
task-events = { $count ->
    [one] { $action } één keer.
   *[other] { $action } { $number } keer.
}
task-quantity = { $count ->
    [one] Verzamel { $number } met { $action }.
   *[other] Verzamel { $number } met { $action }.
}
task-highest = { $count ->
    [one] Bereik { $number } met { $action }.
   *[other] Bereik { $number } met { $action }.
}
task-streak = { $count ->
    [one] { $action } op { $number } dag.
   *[other] { $action } op { $number } dagen achter elkaar.
}
task-scored = { $action } maakt de score.
rewards-one = Beloning: { $group }.
rewards-several = Eén beloning uit: { $groups }.
rewards-share = { $group } (gewicht { $weight })
rewards-prizes = Plaatsen winnen de prijzen.
rewards-most = { $count ->
    [one] Hoogstens één keer per gebruiker.
   *[other] Hoogstens { $number } keer per gebruiker.
}
go-review = Beoordeling en volgende stap
go-live = Verloop
go-copy = Kopiëren
go-edit-basics = Basisgegevens bewerken
go-edit-moment = Moment { $moment } bewerken
go-new-moment = Moment toevoegen
go-messages = Berichten van de hele campagne
go-rules = Regels en segmenten
history = Geschiedenis
history-version = versie { $version }
history-changes = { $count ->
    [one] { $number } wijziging
   *[other] { $number } wijzigingen
}
action-created = Gemaakt
action-edited = Bewerkt
action-submitted = Ingediend
action-approved = Goedgekeurd
action-rejected = Afgekeurd
action-suspended = Stilgezet
action-resumed = Hervat
action-amended = Aangepast
change-added = { $field }: { $after } (nieuw)
change-removed = { $field }: verwijderd (eerst { $before })
change-changed = { $field }: { $before } → { $after }

# ---- Velden
field-name = Naam
field-id = Id
field-kind = Soort
field-state = Toestand
field-starts = Begin
field-ends = Einde
field-zone = Tijdzone
field-budget = Budget
field-currency = Valuta
field-holdout = Controlegroep in procent
field-moments = Momenten
field-moment-id = Id van het moment
field-action = Actie
field-count = Wat telt
field-target = Doel
field-most = Beloningen per gebruiker hoogstens
field-when = Regel voor gebeurtenissen
field-when-of = Regel voor gebeurtenissen van { $moment }
field-rewards = Beloning
field-reward = Beloning { $number }
field-weight = Gewicht van beloning { $number }
field-segments = Segmenten
field-segment = Segment { $name }
field-segment-name = Naam van segment { $number }
field-segment-rule = Regel van segment { $number }
field-messages = Berichten
field-announcement = Aankondiging
field-achievement = Felicitatie
field-announcement-title = Titel van de aankondiging
field-announcement-body = Tekst van de aankondiging
field-achievement-title = Titel van de felicitatie
field-achievement-body = Tekst van de felicitatie
field-language = Taal van de berichten
field-guards = Bescherming tegen fraude
field-quiet-hours = Stille uren
field-caps = Grens { $place }
field-competition = Wedstrijd { $place }
field-of-moment = Moment { $number }, { $field }
field-fold = Welke bedoelt u?
field-remove = Dit moment verwijderen
fold-first = De eerste ({ $utc })
fold-second = De tweede ({ $utc })
choose-none = geen

# ---- Bewerken
edit-basics = Basisgegevens
edit-messages = Berichten van de campagne
edit-rules = Regels en segmenten
edit-moment = Moment { $number }
edit-new-moment = Nieuw moment
edit-closed = In haar toestand kan hier niets veranderen: het is aan gebruikers beloofd, of iemand beoordeelt het.
section-what = Wat het is
section-window = Wanneer zij loopt
section-budget = Wat zij mag uitgeven
section-task = Wat een gebruiker doet
section-rewards = Wat hij krijgt
section-language = Berichten in het { $language }
section-more-language = Berichten in nog een taal
section-messages = Wat een gebruiker hoort
section-first-moment = Het eerste moment
section-remove = Verwijderen
section-segments = Segmenten van gebruikers
section-when = Gebeurtenissen die tellen
hint-holdout = Zoveel van 100 gebruikers worden geteld en nooit beloond, om te meten wat de campagne oplevert.
hint-kind = Een uitdaging wordt eerst aangekondigd. Een verrassing niet.
hint-time = Zoals { $example }, op de klokken van de tijdzone hieronder.
hint-ends = Gebeurtenissen vóór dit tijdstip tellen.
hint-end-later = In { $zone }. Een goedgekeurde campagne kan alleen later eindigen.
hint-zone = Met zijn naam, zoals Europe/Amsterdam. Begin en einde zijn de tijd daar, net als de dagen van gebruikers zonder tijdzone.
hint-budget = Het meeste dat de campagne ooit mag uitgeven, zoals { $example }.
hint-currency = Drie letters, zoals EUR.
hint-id = A-Z, a-z, 0-9, - en _. Hij blijft voor altijd.
hint-moment-id = A-Z, a-z, 0-9, - en _. Eén keer in de campagne.
hint-action = Zoals de app haar meldt, bijvoorbeeld deposit.
hint-rewards = Bij meer beloningen krijgt elke gebruiker er één toegewezen, naar gewicht.
hint-no-groups = De app heeft nog geen beloningsgroepen. Een moment heeft er een nodig.
hint-language = Zoals en of pt-BR. Maak de teksten leeg om de taal te verwijderen.
hint-announcement = Een uitdaging heeft een aankondiging nodig.
hint-rules = Een segment is een groep gebruikers met een regel in CEL. Maak beide velden leeg om het te verwijderen.
hint-segment-name = a-z, 0-9, - en _.
hint-when = In CEL. Zonder regel telt elke gebeurtenis van de actie.
form-mistakes = Er is iets te verbeteren
form-optional = (niet verplicht)
form-cancel = Annuleren
form-unsaved = U hebt wijzigingen die niet zijn opgeslagen.
form-held = U bent weer ingelogd. Dit is wat u typte; het is nog niet opgeslagen.
mistake-missing = Vul dit in.
mistake-whole = Schrijf een heel getal, alleen met cijfers.
mistake-amount = Schrijf een bedrag, zoals { $example }.
mistake-decimals = { $count ->
    [0] { $currency } heeft geen decimalen.
    [one] { $currency } heeft hoogstens { $number } decimaal.
   *[other] { $currency } heeft hoogstens { $number } decimalen.
}
mistake-too-large = Dit is meer dan elk budget.
mistake-ambiguous-amount = Dit is op twee manieren te lezen. Schrijf { $first } of { $second }.
mistake-zone = Dit is geen tijdzone. Schrijf er een zoals Europe/Amsterdam.
mistake-time = Schrijf een datum en een tijd, zoals { $example }.
mistake-skipped = Deze tijd bestaat niet in { $zone }: de klokken gaan vooruit naar { $next }.
mistake-twice = Deze tijd is er twee keer in { $zone }, omdat de klokken teruggaan. Kies welke u bedoelt.
mistake-taken = Er is al een campagne met deze id.
conflict = Iemand heeft haar gewijzigd sinds u keek
conflict-more = Er is niets opgeslagen. Wat u typte staat hieronder. Opnieuw opslaan zet het over deze wijzigingen heen:
new-title = Nieuwe campagne
copy-title = Kopie van { $name }
create = Concept maken

# ---- Beoordeling
review-title = Beoordeling
review-promise = Wat gebruikers wordt beloofd
review-changes = Wijzigingen sinds de laatste goedkeuring
review-no-changes = Er is niets gewijzigd.
review-never-approved = Zij is nog nooit goedgekeurd: alles is nieuw.
review-next = Volgende stap
review-draft = Indienen controleert alles tegelijk. Daarna is zij niet te bewerken tot iemand haar goedkeurt of afkeurt.
review-running = Stilzetten werkt meteen: niets telt en niets wordt gegeven tot zij wordt hervat.
review-suspended = Zij staat stil. Wie wacht is aan de beurt als zij wordt hervat.
review-rejected = Zij is afgekeurd. Bewerk haar en zij is weer een concept.
review-finished = Zij is voorbij. Er is niets meer te doen.
review-reason = Reden
review-reason-missing = Schrijf de reden, zodat de maker weet wat te wijzigen.
review-refused = De stap is niet gezet
review-obstacles = { $count ->
    [one] { $number } obstakel
   *[other] { $number } obstakels
}
role-needed = De volgende stap vraagt de rol { $role }, die u in deze app niet hebt.
review-proposed = Een hoger budget wacht op goedkeuring.
approve-raise = Budget verhogen van { $before } naar { $after }
step-submit = Indienen voor goedkeuring
approve-now = { $budget } vastleggen, loopt meteen
approve-later = { $budget } vastleggen, loopt vanaf { $start }
step-reject = Afkeuren met deze reden
step-suspend = Stilzetten
step-resume = Hervatten

# ---- Verloop
live-title = Verloop
live-pause = Vernieuwen stilzetten
live-resume = Vernieuwen hervatten
live-refresh = Vernieuwen
live-stale = De cijfers konden niet worden vernieuwd. Ze zijn van de tijd hierboven.
live-as-of = Cijfers van { $at }.
live-spending = Uitgaven
live-figures = Beloningen
live-awards = Gegeven in de laatste 24 uur
live-none = In de laatste 24 uur is niets gegeven.
live-hours-unknown = Deze campagne is goedgekeurd voordat uren werden geteld.
live-chart = Balken: gegeven beloningen per uur, hoogstens { $most }. De tabel eronder heeft dezelfde cijfers.
live-table = Hetzelfde als tabel
live-when = Uur vanaf
live-spent = Uitgegeven
figure-awards = Beloningen gegeven
figure-redemptions = Beloningen geopend
figure-expiries = Beloningen verlopen
figure-voids = Beloningen teruggenomen
figure-in-review = Vastgehouden voor beoordeling
figure-waiting = Wachtend
waiting-no-stock = Wachtend: geen voorraad
waiting-no-budget = Wachtend: geen budget
waiting-day-spent = Wachtend: grens van de dag bereikt
waiting-suspended = Wachtend: stilgezet
