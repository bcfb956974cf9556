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
action-raise-proposed = Hoger budget gevraagd
action-raise-approved = Hoger budget goedgekeurd
action-raise-rejected = Hoger budget afgewezen
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
edit-typed = Wat u hebt getypt en niet is opgeslagen
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
hint-segment-name = a-z, 0-9, - en _.
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
mistake-moment-gone = Iemand heeft dit moment verwijderd of zijn id gewijzigd. Er is niets opgeslagen. Wat u typte staat hieronder: kopieer wat u nog nodig hebt.
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

# ---- Ondersteuning, beoordelingen, beloningsgroepen, personen, overzicht
nav-groups = Beloningsgroepen
nav-support = Ondersteuning
nav-people = Personen
conflict-now = { $field } is nu: { $value }
support-find = Een gebruiker zoeken
support-user = Gebruiker
support-campaign = Campagne
support-show = Tonen
support-wrong = De id van een gebruiker heeft hoogstens 256 bytes en geen stuurtekens.
support-why = Waarom heb ik niets gekregen?
support-no-campaign = Er is geen campagne met deze id.
support-nothing-runs = Geen campagne is goedgekeurd of loopt.
support-checks = Controles
support-check = Controle
support-result = Uitkomst
support-values = Waarden die beslisten
support-passed = geslaagd
support-not-passed = niet geslaagd
support-eligible = zou bij het doel beloond worden
support-failed = { $count ->
    [one] { $number } controle slaagt niet
   *[other] { $number } controles slagen niet
}
support-progress = { $now } van { $target }
support-more = { $count ->
    [one] Nog { $number } moment is niet getoond. Noem hierboven zijn campagne.
   *[other] Nog { $number } momenten zijn niet getoond. Noem hierboven hun campagne.
}
support-rewards = Beloningen
support-no-rewards = Deze gebruiker heeft geen beloningen.
support-older-rewards = Meer beloningen
support-timeline = Tijdlijn
support-no-entries = Over deze gebruiker is niets bekend.
support-older-entries = Oudere regels
support-profile = Profiel
support-unknown = De app heeft niets over deze gebruiker verteld.
support-marketplace = Marktplaats
support-language = Taal
support-devices = Apparaten
support-no-devices = Er is geen apparaat aangemeld: geen push bereikt deze gebruiker.
support-channel = Kanaal
support-seen = Laatst gezien
support-retired = Niet meer bereikt omdat
check-campaign-live = De campagne loopt
check-within-campaign = Binnen de tijd van de campagne
check-marketplace = Een beloning geldt op de marktplaats
check-segment = Hoort bij het segment
check-assigned = Er is een beloning toegewezen
check-when = De regel voor gebeurtenissen
check-fingerprint = Niet het apparaat van een andere gebruiker
check-not-held-out = Niet in de controlegroep
check-rewards-left = Niet alle beloningen zijn gebruikt
check-velocity = Niet te snel
check-one-reward-per = Nog geen beloning met deze vingerafdruk
check-review = Vastgehouden voor beoordeling
actor-user = de gebruiker
actor-partner = een partner
actor-schedule = de klok
reward-waiting = Wachtend
reward-in-review = Vastgehouden voor beoordeling
reward-awarded = Gegeven
reward-redeemed = Ingewisseld
reward-ordered = Besteld
reward-shipped = Verzonden
reward-delivered = Bezorgd
reward-returned = Teruggekomen
reward-lost = Verloren
reward-expired = Verlopen
reward-voided = Teruggenomen
reward-title = Beloning
reward-id = Id
reward-show = Beloning tonen
reward-campaign = Campagne
reward-group = Beloningsgroep
reward-cost = Kosten
reward-earned-at = Verdiend
reward-awarded-at = Gegeven op
reward-expires-at = Verloopt
reward-redeemed-at = Ingewisseld op
reward-refunded = Geld terug in het budget
reward-facts = Wat het is
reward-erased = gewist
reward-replaces = Vervangt
reward-replaced-by = Vervangen door
reward-seen = De gebruiker heeft de URL gezien: niemand anders kan hem krijgen.
reward-unseen = Niemand heeft de URL gezien: bij terugnemen gaat hij terug naar de voorraad.
reward-changes = Wijzigingen
reward-no-changes = Niemand heeft haar gewijzigd.
reward-nothing-left = De beloning is teruggenomen, maar er was geen voorraad of geld voor een andere. Vervang haar later nog eens.
reward-release = Vrijgeven
reward-release-effect = De gebruiker krijgt de beloning en een push. Alleen terugnemen maakt dit ongedaan.
reward-void = Terugnemen
reward-void-effect = De gebruiker verliest de beloning. Het geld gaat terug naar het budget, behalve als ze is ingewisseld. Dit kan niet ongedaan worden gemaakt.
reward-replace = Vervangen
reward-replace-effect = De beloning wordt teruggenomen, en de gebruiker krijgt een andere en een push. Dit kan niet ongedaan worden gemaakt.
reward-error = Fout
reward-fraud = Fraude
reward-note = Notitie
reward-note-hint = Voor wie later de wijzigingen van de beloning leest.
reward-other-group = Andere beloningsgroep
reward-other-group-hint = Haar id. Leeg: dezelfde groep.
reward-sentence = Een beloning uit { $group } voor { $user } in { $campaign }: { $cost }, { $state }.
reviews-title = Vastgehouden beloningen
reviews-none = Er is geen beloning vastgehouden voor beoordeling.
reviews-hint = De oudste eerst. De gebruikers weten er nog niets van.
reviews-moment = Moment
reviews-decide = Beslissen
reviews-saved = Opgeslagen. Een beloning waarover net is beslist, kan nog in de lijst staan.
group-unique-url = Eén URL per gebruiker
group-catalog-credit = Tegoed in een catalogus
group-physical = Verzonden goederen
group-shared-url = Eén URL voor allen
groups-new = Nieuwe beloningsgroep
groups-none = Er zijn nog geen beloningsgroepen.
group-create = Beloningsgroep maken
group-edit = Bewerken
group-taken = Er is al een beloningsgroep met deze id.
group-facts = Wat het is
group-cpa = Kosten per beloning (CPA)
group-cpa-hint = Wat één beloning de eigenaar van de app kost.
group-marketplaces = Marktplaatsen
group-marketplaces-hint = Landen zoals DE, of marktplaatsen van de app, met komma’s. Leeg: overal.
group-everywhere = overal
group-test-url = URL voor tests
group-test-url-hint = De testmodus antwoordt hiermee in plaats van met een echte.
group-url = URL voor allen
group-url-hint = Alleen bij een groep met één URL voor allen.
group-category = Categorie
group-category-hint = Alleen bij tegoed in een catalogus: de subcategorie waarvoor het geldt.
group-credit = Tegoed
group-weight = Gewicht in gram
group-weight-hint = Alleen bij verzonden goederen: het gewicht van het pakket.
group-supplier = Leverancier
group-threshold = Voorraad laag onder
group-threshold-hint = Als er minder zijn, worden eigenaren gewaarschuwd. Leeg: nooit.
group-expires = Dagen tot een beloning verloopt
group-fallback = Vervangende groep
group-fallback-hint = Haar id. Ze wordt gegeven waar deze geen voorraad heeft of niet geldt.
stock-title = Voorraad
stock-low = De voorraad is laag.
stock-available = Beschikbaar
stock-claimed = Aan gebruikers gegeven
stock-retired = Uit de voorraad genomen
stock-shared = Eén URL voor allen: die heeft geen voorraad en raakt nooit op.
stock-supplied = Een leverancier maakt elke beloning als de gebruiker de link opent: er is geen voorraad.
stock-still = De laatste dag is er niets gegeven, dus er is geen voorspelling.
stock-slow = Bij minder dan één per dag is het op { $end } op.
stock-ends = In dit tempo is het op { $end } op.
stock-forecast = { $count ->
    [one] Bij { $number } per dag is het op { $end } op.
   *[other] Bij { $number } per dag is het op { $end } op.
}
import-title = Belonings-URL’s importeren
import-report = Wat er is geïmporteerd
import-accepted = Nieuw
import-duplicate = Al aanwezig
import-invalid = Foute rijen
import-line = Regel
import-more = { $count ->
    [one] Nog { $number } foute rij is niet genoemd.
   *[other] Nog { $number } foute rijen zijn niet genoemd.
}
import-what = Een bestand, of geplakte regels
import-again = Goede rijen worden opgeslagen, ook als andere fout zijn. Hetzelfde nog eens importeren verandert niets.
import-file = Bestand
import-file-hint = CSV met een kolom url, zoals rekenbladen het opslaan, of NDJSON; hoogstens 1 MiB.
import-urls = URL’s
import-urls-hint = Eén per regel. Ze gelden als er geen bestand is gekozen.
import-too-large = Het is meer dan 1 MiB of 100.000 rijen. Stuur het in delen, of gebruik de opdrachtregel.
import-nothing = Kies een bestand met rijen, of plak URL’s.
import-broken = De upload is niet volledig aangekomen. Verstuur hem opnieuw.
import-both = Kies één bestand of plak regels, niet allebei. Er is niets geïmporteerd.
import-not-text = Dit is geen tekstbestand. Sla het rekenblad op als CSV.
import-no-column = Geen kolom heet url. Voeg een kop toe, of laat alleen de URL’s staan.
import-unfinished = De tijd was te kort voor alles. Wat is opgeslagen blijft: importeer het nog eens, of in kleinere delen.
import-sending = Het bestand wordt verstuurd.
import-storing = De rijen worden opgeslagen. Sluit u deze pagina, importeer dan hetzelfde bestand opnieuw.
import-lost = De verbinding viel weg. Importeer hetzelfde bestand opnieuw: niets wordt dubbel opgeslagen.
people-every-app = elke app
people-new = Nieuwe persoon
people-none = Niemand heeft nog een rol.
people-roles = Rollen
role-viewer = Lezen
role-editor = Bewerken
role-approver = Goedkeuren
role-support = Ondersteuning
role-owner = Eigenaar
person-who = Wie het is
person-id-hint = A-Z, a-z, 0-9, _ - . en @, zoals een e-mailadres. Ze blijft voor altijd.
person-roles-hint = Lezen ziet alles. Bewerken schrijft campagnes, goedkeuren keurt ze goed. Ondersteuning zorgt voor gebruikers en beloningen. Een eigenaar doet dit alles en beheert personen.
person-taken = Er is al een persoon met deze id.
person-delete = Deze persoon verwijderen
person-delete-effect = { $name } verliest binnen een minuut alle sleutels en sessies. Wat de persoon deed, blijft in de geschiedenis.
person-deleted = De persoon is verwijderd.
keys-title = Sleutels
keys-none = Er is geen sleutel: deze persoon kan niet inloggen.
keys-not-yours = Deze persoon heeft rollen in apps die niet van u zijn: alleen een eigenaar van alle beheert de sleutels.
keys-id = Naam van de sleutel
keys-made = Gemaakt
keys-mint = Een sleutel maken
keys-revoke = Intrekken
keys-revoke-effect = De sleutel { $key } en de sessies die hij opende, werken binnen een minuut niet meer.
keys-revoked = Ingetrokken { $at }
keys-new = Nieuwe sleutel
keys-once = Deze sleutel wordt alleen nu getoond. Geef hem langs een veilige weg door; niemand kan hem nog eens lezen. Deze pagina opnieuw laden maakt er nog een.
keys-of = Sleutel van { $person }
keys-kept = Ik heb hem bewaard
home-nothing = Er wacht niets op u.
home-approvals = Wachten op goedkeuring
home-not-yours = Iemand met de rol ‘Goedkeuren’ beslist.
home-proposed = Voorgestelde budgetten
home-proposed-budget = van { $now } naar { $proposed }
home-reviews = Beloningen vastgehouden voor beoordeling
home-held = { $count ->
    [one] { $number } beloning
   *[other] { $number } beloningen
}
home-ending = Eindigen binnen 7 dagen
home-ends = eindigt { $end }
home-budget-low = Minder dan 10 % van het budget over
home-left = nog { $left } van { $limit }
home-stock-low = De voorraad is laag
home-waiting = { $count ->
    [one] { $number } gebruiker wacht op voorraad
   *[other] { $number } gebruikers wachten op voorraad
}
home-in-stock = { $count ->
    [one] Nog { $number }.
   *[other] Nog { $number }.
}
home-more-groups = { $count ->
    [one] De voorraad van nog { $number } groep met een grens staat op haar pagina.
   *[other] De voorraad van nog { $number } groepen met een grens staat op hun pagina’s.
}
home-partial = Hier worden alleen de eerste 100 campagnes en beloningsgroepen bekeken.

# ---- Results, announcement and leaders
results-title = Resultaten
results-steps = Van de eerste stap tot de beloning
results-step = Stap
results-number = Aantal
results-share = Van de stap ervoor
results-cost = Een voltooid moment heeft { $cost } gekost.
results-moments = Per moment
results-groups = Per beloningsgroep
results-id = Id
figure-participants = Gebruikers die begonnen
figure-completions = Voltooide momenten
results-arm = Arm
results-completers = Gebruikers die voltooiden
results-rate = Aandeel
results-interval = 95%-interval
results-range = { $low } tot { $high } %
results-hold-out = Controlegroep tegenover de anderen
results-of-moments = Momenten onderling
results-of-rewards = Beloningen van het moment { $moment }
results-arm-hold-out = controlegroep
results-arm-rewarded = beloond
results-more = { $arm } voltooit vaker dan { $against }: { $difference } procentpunt ({ $interval }). Dat is zeker genoeg om naar te handelen.
results-fewer = { $arm } voltooit minder vaak dan { $against }: { $difference } procentpunt ({ $interval }). Dat is zeker genoeg om naar te handelen.
results-open = Het is nog open of { $arm } of { $against } vaker voltooit: het verschil is { $difference } procentpunt ({ $interval }).
results-too-few = Te weinig gebruikers om { $arm } met { $against } te vergelijken: van elk minstens 30 nodig.
live-announcement = Aankondiging
live-announced = Aangekondigd vanaf { $at }.
live-announcing = Wordt aangekondigd sinds { $at }.
live-announced-users = Bereikte gebruikers
live-announced-later = In stille uren: later
live-announced-accepted = Geaccepteerde pushes
live-announced-failed = Mislukte pushes
live-board = Ranglijst
live-board-rank = Plaats
live-board-user = Gebruiker
live-board-score = Score
live-board-hidden = Verborgen op verzoek
live-board-counting = De ranglijst wordt geteld. Over een paar seconden staat die hier.
live-board-empty = Nog niemand heeft een score.
live-board-players = { $count ->
    [one] { $number } speler heeft een plaats.
   *[other] { $number } spelers hebben een plaats.
}

# ---- Wedstrijden: score en prijzen
edit-competition = Score en prijzen
go-competition = Score en prijzen bewerken
go-new-competition = Maak in plaats daarvan een wedstrijd: die rangschikt gebruikers en geeft plaatsen prijzen
new-competition-title = Nieuwe wedstrijd
hint-kind-competition = Die rangschikt gebruikers op score en geeft plaatsen aan het einde prijzen.
section-scored = Wat de score maakt
section-scoring = Hoe de plaatsen ontstaan
section-prizes = Prijzen
hint-prizes = Plaatsen: 1, of 2-10, of 5 % voor de besten van allen die een plaats hebben. Een percentage heeft een maximum aantal winnaars nodig. Maak een rij leeg om die te verwijderen; na het opslaan is er ruimte voor nog een.
field-score = Score
score-highest = Hoogste hoeveelheid
score-lowest = Laagste hoeveelheid: hoe lager, hoe beter
score-latest = Hoeveelheid van de laatste gebeurtenis
score-sum = Som van de hoeveelheden
score-count = Aantal gebeurtenissen
score-best-of = Som van de beste hoeveelheden
field-best-of = Hoeveel van de beste
hint-best-of = Alleen voor de som van de beste hoeveelheden: 1 tot 20.
field-board-window = Ranglijst
window-campaign = Eén voor de hele campagne
window-week = Eén voor elke week, vanaf maandag
window-day = Eén voor elke dag
hint-board-window = Elke ranglijst geeft alle prijzen, dus het budget moet voor elk genoeg zijn.
field-ties = Gelijke scores
ties-earliest = Wie de score het eerst bereikte, staat voor
ties-shared = Zij delen een plaats
field-least-score = Laagste hoeveelheid die telt
field-greatest-score = Hoogste hoeveelheid die telt
hint-score-range = Wat niet waar kan zijn, wordt geweigerd, zoals een ronde van één seconde.
field-grace = Minuten uitstel
hint-grace = Zo lang na het einde telt een gebeurtenis van ervoor nog mee: 15 tot 1440.
field-settle = Uitreiken van de prijzen
settle-automatic = Vanzelf, zodra de ranglijst geteld is
settle-by-hand = Zodra iemand de ranglijst goedkeurt
field-places = Plaatsen van prijs { $number }
field-prize = Beloning van prijs { $number }
field-winners = Winnaars van prijs { $number } (hoogstens)
mistake-places = Schrijf plaatsen, zoals 1 of 2-10, of een percentage, zoals 5 %.
mistake-winners = Een percentage van een willekeurig aantal spelers heeft een grens nodig: schrijf hoeveel er hoogstens winnen.
prize-place = Plaats { $place }
prize-places = Plaatsen { $from } tot en met { $to }
prize-best = De beste { $percent } %
prize-at-most = { $group }, voor hoogstens { $number }

# ---- Regels als rijen
edit-segment = Segment { $name }
edit-new-segment = Segment toevoegen
edit-when = Gebeurtenissen die tellen voor moment { $number }
field-remove-segment = Dit segment verwijderen
hint-segment = Een segment is een groep gebruikers voor wie een regel geldt.
hint-every-event = Zonder regel telt elke gebeurtenis van de actie.
section-rule = De regel
section-rows = Voorwaarden
hint-rows = Een kenmerk heeft de naam die de app eraan geeft. Een voorwaarde over iets onbekends geldt niet. Maak een rij leeg om die te verwijderen; na het opslaan is er ruimte voor nog een.
rule-to-cel = In CEL schrijven
rule-to-rows = Als rijen tonen
field-cel = Regel in CEL
hint-cel = Die wordt opgeslagen zoals die er staat.
field-join = Die geldt als
join-and = alle voorwaarden gelden
join-or = minstens één voorwaarde geldt
field-row-field = Veld { $number }
field-row-attribute = Kenmerk { $number }
field-row-comparison = Vergelijking { $number }
field-row-value = Waarde { $number }
rule-marketplace = Gebruiker: marktplaats
rule-locale = Gebruiker: taal
rule-time-zone = Gebruiker: tijdzone
rule-user-id = Gebruiker: id
rule-user-attribute = Gebruiker: kenmerk
rule-quantity = Gebeurtenis: hoeveelheid
rule-event-attribute = Gebeurtenis: kenmerk
rule-count = Stand voor de gebeurtenis
rule-rewards = Eerder verdiende beloningen
compare-is = is (tekst)
compare-is-not = is niet (tekst)
compare-one-of = is een van (teksten met komma’s)
compare-none-of = is geen van (teksten met komma’s)
compare-begins = begint met (tekst)
compare-equal = is (getal)
compare-not-equal = is niet (getal)
compare-less = is kleiner dan
compare-at-most = is hoogstens
compare-more = is groter dan
compare-at-least = is minstens
compare-yes = is ja
compare-no = is nee
compare-known = is bekend
compare-unknown = is niet bekend
mistake-not-rows = Rijen kunnen niet precies deze regel zeggen. Die blijft zoals die er staat.
mistake-attribute = Schrijf een naam van A-Z, a-z, 0-9 en _, zonder cijfer vooraan. Schrijf de regel voor elke andere naam in CEL.
mistake-not-needed = Laat dit leeg: hier is niets nodig.
mistake-comparison = Deze vergelijking past niet bij het veld.
mistake-number = Schrijf een getal zonder scheidingstekens tussen duizendtallen, zoals { $example }.
mistake-segment-taken = Er is al een segment met deze naam.
mistake-segment-gone = Iemand heeft dit segment verwijderd of hernoemd. Er is niets opgeslagen. Sla opnieuw op, dan wordt wat u typte een nieuw segment.
field-for-segments = Alleen voor gebruikers in een van deze segmenten
hint-for-segments = Leeg voor iedereen. Met komma’s ertussen, uit: { $segments }.
# ---- Expected rewards
forecast-title = Verwachte beloningen
forecast-of = Grens
forecast-suffices = Volstaat
forecast-verdict = Genoeg?
forecast-stock = Voorraad
forecast-caps = Plafonds
forecast-expected = { $count ->
    [one] Er wordt { $number } beloning verwacht. Die kost { $cost }.
   *[other] Er worden { $number } beloningen verwacht. Die kosten { $cost }.
}
forecast-between = tussen { $least } en { $most }
forecast-reach = { $count ->
    [one] voor { $number } beloning
   *[other] voor { $number } beloningen
}
forecast-reach-between = voor { $least } tot { $most } beloningen, afhankelijk van welke
forecast-reach-at-least = { $count ->
    [one] voor minstens { $number } beloning
   *[other] voor minstens { $number } beloningen
}
forecast-no-bound = zonder grens
forecast-yes = Genoeg
forecast-depends = Alleen genoeg voor sommige beloningen
forecast-no = Te weinig
forecast-unknown = Niemand heeft gezegd hoeveel beloningen worden verwacht. Vul het in, dan vergelijkt deze pagina het met budget, voorraad en plafonds.
forecast-late = De prognose duurt nu te lang; de pagina werkt ook zonder.
field-expected = Verwachte beloningen
hint-expected = Hoeveel beloningen er volgens u in totaal worden gegeven. Het getal wordt alleen vergeleken; het beslist niets.
# ---- Logboek, webhooks, bestellingen, sleutels van een app
nav-orders = Bestellingen
nav-webhooks = Webhooks
nav-keys = App-sleutels
nav-audit = Logboek
audit-none = Er is nog niets gewijzigd.
audit-hint = De nieuwste eerst. Vermeldingen blijven 400 dagen. Wat er in een campagne verschilt, staat in haar geschiedenis.
audit-when = Wanneer
audit-who = Wie
audit-what = Wat
audit-did = Wijziging
audit-unknown = Niemand weet of het gedaan is: het verzoek eindigde zonder antwoord.
audit-app = Instellingen van de app
audit-key = App-sleutel
audit-token-key = Sleutel voor gebruikerstokens
audit-webhook = Webhook
audit-person = Persoon
audit-person-key = Sleutel van een persoon
audit-identity-provider = Identiteitsprovider
audit-written = Geschreven
audit-deleted = Verwijderd
audit-minted = Gemaakt
audit-rotated = Vervangen door een nieuwe
audit-revoked = Ingetrokken
audit-loaded = URL’s geladen
audit-signed-in = Gewijzigd door inloggen
webhooks-new = Nieuwe webhook
webhooks-none = Er is nog geen webhook.
webhooks-host = Eindpunt
webhooks-events = Soorten gebeurtenissen
webhooks-every = alle soorten
webhooks-types = { $count ->
    [one] { $number } soort
   *[other] { $number } soorten
}
webhook-made = Aangemaakt
webhook-create = De webhook aanmaken
webhook-enabled = Actief
webhook-paused = Gepauzeerd
webhook-gone = Gepauzeerd: 410 Gone
webhook-url = URL
webhook-url-hint = Gebeurtenissen gaan daarheen: https, en een host die iedereen bereikt.
webhook-events-hint = Eén per regel; * staat voor alle soorten.
webhook-types = Soorten gebeurtenissen: { $types }
webhook-taken = Er is al een webhook met deze id.
webhook-test = Een test sturen
webhook-sent = Verzonden. De lijst toont wat het eindpunt antwoordde.
webhook-slow = Het eindpunt antwoordt traag. Laad deze pagina opnieuw: dan toont de lijst het antwoord.
webhook-refused = Het is niet verzonden
webhook-pause = Pauzeren
webhook-pause-effect = Tijdens de pauze krijgt hij geen gebeurtenissen. Leveringen die nog moeten, worden opgegeven.
webhook-resume = Hervatten
webhook-resume-effect = Gebeurtenissen vanaf nu worden weer verzonden.
webhook-rotate = Nieuw geheim
webhook-rotate-effect = Het nieuwe geheim wordt één keer getoond. Een dag lang zijn aanroepen ook met het vorige ondertekend.
webhook-delete = Verwijderen
webhook-delete-effect = De webhook en zijn geheim eindigen meteen. Leveringen die nog moeten, worden opgegeven. Dit kan niet ongedaan worden gemaakt.
webhook-deleted = De webhook is verwijderd.
webhook-previous = Tot { $until } zijn aanroepen ook met een vorig geheim ondertekend.
webhook-secret = Geheim van { $webhook }
webhook-once = Dit geheim wordt alleen nu getoond. Bewaar het waar uw server aanroepen controleert; niemand kan het nog eens lezen.
deliveries = Leveringen
deliveries-none = Er is nog niets naar verzonden.
delivery-event = Gebeurtenis
delivery-pending = In afwachting
delivery-delivered = Geleverd
delivery-failed = Mislukt
delivery-attempts = Pogingen
delivery-last = Laatste antwoord
delivery-next = Volgende poging
delivery-again = Opnieuw sturen
orders-none = Geen bestelling heeft deze status.
orders-hint = Eerst die het langst deze status hebben. Adressen staan alleen op de pagina van een bestelling.
orders-filter = Bestellingen filteren
orders-ordered-at = Besteld op
orders-changed-at = In deze status sinds
order-title = Bestelling
order-show = De bestelling tonen
order-partner = Partner
order-no-partner = De app heeft deze partner niet, of er is geen zulke bestelling.
order-partner-hint = De id van de partner die haar verstuurt.
order-carrier = Vervoerder
order-tracking = Volgnummer
order-tracking-url = Adres van de volgpagina
order-track = Het pakket volgen
order-claimed-at = Overgenomen op
order-address = Adres
order-address-until = Het wordt verwijderd op { $at }. Het log legt elke lezing vast.
order-address-later = Het wordt getoond zodra een partner de bestelling heeft overgenomen. Tot dan kan de gebruiker het verbeteren.
order-address-gone = Het is verwijderd.
order-claim = Overnemen voor een partner
order-claim-effect = De partner verstuurt haar. Vanaf dan kan de gebruiker het adres niet meer verbeteren. Dit kan niet ongedaan worden gemaakt.
order-ship = Als verzonden melden
order-ship-effect = De bestelling geldt als verzonden met dit pakket. Dit kan niet ongedaan worden gemaakt.
order-deliver = Als bezorgd melden
order-return = Als geretourneerd melden
order-lose = Als verloren melden
order-end-effect = Daarmee eindigt de bestelling. Dit kan niet ongedaan worden gemaakt.
app-keys-none = Er is nog geen sleutel: geen server van de app kan iets melden.
app-keys-scope = Voor wie
app-keys-mode = Modus
app-keys-ends = Eindigt op { $at }.
app-keys-ended = Geëindigd op { $at }.
app-keys-partner-hint = Alleen bij een sleutel voor een partner: diens id.
app-keys-revoke-effect = Verzoeken met de sleutel { $key } worden binnen een minuut geweigerd. Dit kan niet ongedaan worden gemaakt.
scope-app = Servers van de app
scope-admin = Beheer
scope-partner = Een partner
mode-live = Echt
mode-test = Test: verbruikt niets
# ---- Inloggen via een identiteitsprovider
provider-sign-in = Inloggen met { $name }
provider-or-key = Of gebruik uw persoonlijke sleutel:
provider-other-tab = Dit opent in een ander tabblad. Log daar in, kom hier terug en ga verder: wat u hebt getypt blijft bewaard.
provider-continue = Ik ben ingelogd: verder
provider-failed = Inloggen is niet gelukt
provider-over = Deze aanmelding duurde te lang, is al gebruikt of is in een andere browser begonnen. Begin opnieuw.
provider-silent = De identiteitsprovider antwoordt niet. Probeer het zo meteen nog eens.
provider-no-role = Geen van uw groepen daar geeft u hier een rol. Vraag degene die uw account beheert om u aan een groep toe te voegen.
provider-denied = U hebt het inloggen daar niet afgerond.
provider-broken = De identiteitsprovider en Moments begrijpen elkaar niet. Meld aan wie Moments beheert: { $code }.
person-signs-in = Logt in via de identiteitsprovider. De naam en de groepen daar bepalen wat hier staat.

# ---- What the API refuses
api-range = Schrijf een getal van { $least } tot { $most }.
api-text = Schrijf een tekst van hoogstens { $most } bytes, zonder stuurtekens.
api-currency = Schrijf de valuta met drie letters, zoals EUR.
api-locale = Schrijf een taal zoals en, pt-BR of zh-Hant-TW.
api-hs-code = Schrijf 6 tot 10 cijfers van het Geharmoniseerd Systeem, zonder punten.
api-out-of-range = Deze waarde is hier niet mogelijk.
api-wrong-type = Een waarde van deze soort hoort hier niet.
api-wrong-length = Er zijn te weinig of te veel items.
api-repeated = Dit staat er twee keer.
api-id = Dit id is niet mogelijk.
api-url = Schrijf een adres dat met https begint.
api-address = Dit adres is niet mogelijk.
api-marketplace = Deze marktplaats is onbekend.
api-money = Dit bedrag is niet mogelijk.
api-time = Deze tijd is niet mogelijk.
api-rule = Deze regel kan niet worden gebruikt.
api-segment = Dit segment is niet mogelijk.
api-unknown-id = De campagne heeft niets met dit id.
api-prize = De plaatsen van de prijzen passen niet bij elkaar.
api-placeholder = Deze plaatshouder is niet mogelijk.
api-guard = Deze bescherming tegen fraude is niet mogelijk.
api-fallback = Deze groep kan niet vervangen.
api-choice = Kies een van de aangeboden waarden.
api-too-large = Dit is te groot.
api-request = Het formulier en de dienst passen niet bij elkaar. Laad de pagina opnieuw.
api-obstacle = Dit staat in de weg.
api-state = De toestand laat dit niet toe.
api-group-conflict = Soort en valuta van een groep blijven zoals ze zijn.
api-budget-spent = Er is al meer dan dat uitgegeven.
api-forbidden = U mag deze stap niet zetten.
api-not-allowed = Dit hoort hier niet.
api-too-many = Er zijn er al te veel. Verwijder er eerst een.
api-identity-provider = Dit bepaalt de identiteitsprovider.
obstacle-past = Het einde ligt in het verleden. Kies een later einde.
obstacle-prizes = Het budget dekt niet elke prijs in elke periode: ze kunnen { $cost } kosten.
obstacle-no-competition = Er is niet gezegd hoe ze rangschikt en wat wint.
obstacle-announcement = Er is een aankondiging nodig: een uitdaging wordt aangekondigd.
obstacle-unknown-group = De app heeft geen beloningsgroep { $group }.
obstacle-no-stock = Beloningsgroep { $group } heeft niets op voorraad. Laad eerst voorraad.
obstacle-currency = Beloningsgroep { $group } kost { $currency }, maar het budget is in { $budget }.
obstacle-budget = Het budget dekt niet één beloning van groep { $group } ({ $cost }).
obstacle-cap = De grens dekt niet één beloning ({ $cost }).
obstacle-marketplace = { $marketplace } heeft geen beloning: geen groep van het moment geldt daar.
obstacle-short = Beloningsgroep { $group } heeft { $available } op voorraad, maar { $needed } kunnen worden gewonnen.
obstacle-crowded = { $action } zou voor { $number } momenten tegelijk tellen, en { $most } is het meeste. Neem een andere actie of een andere tijd.
