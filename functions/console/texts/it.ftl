# I testi della console in italiano. Ogni lingua ha gli stessi testi con gli stessi dati; un test li confronta.

# ---- Ogni pagina
skip = Vai al contenuto
nav = Pagine dell’app
nav-campaigns = Campagne
language = Lingua
choose = Scegli
sign-out = Esci
save = Salva
saved = Salvato.
pages = Altre pagine
page-first = Prima pagina
page-next = Pagina successiva
value-nothing = niente
value-yes = sì
value-no = no

# ---- Accesso
sign-in = Accedi
sign-in-key = Chiave personale
sign-in-key-hint = La crea per te un proprietario dell’app.
sign-in-refused = Questa chiave è sconosciuta. Controllala o chiedine una nuova a un proprietario.
sign-in-kept = La sessione è finita. Ciò che hai scritto è conservato: accedi e il modulo ritorna.

# ---- Problemi
problem-forbidden = Non puoi farlo
problem-forbidden-more = I tuoi ruoli in questa app non lo permettono. Un proprietario dell’app può cambiarli.
problem-not-found = Qui non c’è niente
problem-not-found-more = L’indirizzo è sbagliato, o ciò che era qui non c’è più.
problem-other-site = Questo modulo viene da un altro sito
problem-other-site-more = Niente è stato cambiato. Apri la console stessa e riprova lì.
problem-too-many = Troppe richieste
problem-busy = La console non riceve risposta
problem-wait = { $count ->
    [one] Riprova tra { $number } secondo.
   *[other] Riprova tra { $number } secondi.
}
problem-broken = Qualcosa è andato storto
problem-broken-more = È un difetto nostro. Niente di ciò che era salvato è perduto.
problem-says = Il motivo:
problem-request = Richiesta:
problem-passing = Ciò che hai scritto è ancora nel tuo browser: torna indietro e invialo di nuovo.
problem-back = Torna alle app

# ---- App
apps-title = Scegli un’app
apps-none = Nessuna app è ancora tua. Chiedi un ruolo a un proprietario di un’app.

# ---- Campagne
campaigns-title = Campagne
campaigns-new = Nuova campagna
campaigns-none = Non ci sono ancora campagne.
campaigns-none-found = Nessuna campagna corrisponde al filtro.
filter = Filtra le campagne
filter-name = Nome o identificativo
filter-order = Ordine
filter-state = Stato
filter-show = Mostra
filter-clear = Mostra tutte
order-id = Per identificativo
order-name = Per nome
order-newest = Prima l’inizio più recente
order-oldest = Prima l’inizio più remoto
order-end = Prima la fine più vicina
state-draft = Bozza
state-pending = In attesa di approvazione
state-approved = Approvata
state-live = In corso
state-suspended = Sospesa
state-finished = Finita
state-rejected = Respinta
kind-challenge = Sfida
kind-surprise = Sorpresa
kind-competition = Gara
count-events = Numero di eventi
count-quantity = Somma delle quantità
count-highest = Quantità più alta
count-streak = Giorni di fila

# ---- Una campagna
window = Dal { $start } fino a prima del { $end }.
campaign-reason = Motivo:
campaign-under-review = In esame: per modificarla, prima respingila.
campaign-holdout = { $count ->
    [one] Il { $number } % degli utenti è contato e mai premiato.
   *[other] Il { $number } % degli utenti è contato e mai premiato.
}
spent-of = { $spent } spesi su { $limit }.
spent-left = Restano { $left }.
spent-share = Parte del budget che è spesa
task-events = { $count ->
    [one] { $action } una volta.
   *[other] { $action } { $number } volte.
}
task-quantity = { $count ->
    [one] Raccogli { $number } con { $action }.
   *[other] Raccogli { $number } con { $action }.
}
task-highest = { $count ->
    [one] Raggiungi { $number } con { $action }.
   *[other] Raggiungi { $number } con { $action }.
}
task-streak = { $count ->
    [one] { $action } per { $number } giorno.
   *[other] { $action } per { $number } giorni di fila.
}
task-scored = { $action } fa il punteggio.
rewards-one = Premio: { $group }.
rewards-several = Un premio tra: { $groups }.
rewards-share = { $group } (peso { $weight })
rewards-prizes = I posti vincono i premi.
rewards-most = { $count ->
    [one] Al massimo una volta per utente.
   *[other] Al massimo { $number } volte per utente.
}
go-review = Esame e prossimo passo
go-live = Andamento
go-copy = Copia
go-edit-basics = Modifica i dati di base
go-edit-moment = Modifica il momento { $moment }
go-new-moment = Aggiungi un momento
go-messages = Messaggi di tutta la campagna
go-rules = Regole e segmenti
history = Cronologia
history-version = versione { $version }
history-changes = { $count ->
    [one] { $number } modifica
   *[other] { $number } modifiche
}
action-created = Creata
action-edited = Modificata
action-submitted = Inviata
action-approved = Approvata
action-rejected = Respinta
action-suspended = Sospesa
action-resumed = Ripresa
action-amended = Ritoccata
action-raise-proposed = Budget più alto richiesto
action-raise-approved = Budget più alto approvato
action-raise-rejected = Budget più alto respinto
change-added = { $field }: { $after } (nuovo)
change-removed = { $field }: tolto (prima { $before })
change-changed = { $field }: { $before } → { $after }

# ---- Campi
field-name = Nome
field-id = Identificativo
field-kind = Tipo
field-state = Stato
field-starts = Inizio
field-ends = Fine
field-zone = Fuso orario
field-budget = Budget
field-currency = Valuta
field-holdout = Gruppo di controllo in percento
field-moments = Momenti
field-moment-id = Identificativo del momento
field-action = Azione
field-count = Che cosa conta
field-target = Obiettivo
field-most = Premi per utente al massimo
field-when = Regola per gli eventi
field-when-of = Regola per gli eventi di { $moment }
field-rewards = Premio
field-reward = Premio { $number }
field-weight = Peso del premio { $number }
field-segments = Segmenti
field-segment = Segmento { $name }
field-messages = Messaggi
field-announcement = Annuncio
field-achievement = Congratulazioni
field-announcement-title = Titolo dell’annuncio
field-announcement-body = Testo dell’annuncio
field-achievement-title = Titolo delle congratulazioni
field-achievement-body = Testo delle congratulazioni
field-language = Lingua dei messaggi
field-guards = Protezione dalle frodi
field-quiet-hours = Ore di silenzio
field-caps = Limite { $place }
field-competition = Gara { $place }
field-of-moment = Momento { $number }, { $field }
field-fold = Quale delle due?
field-remove = Togli questo momento
fold-first = La prima ({ $utc })
fold-second = La seconda ({ $utc })
choose-none = nessuno

# ---- Modificare
edit-basics = Dati di base
edit-messages = Messaggi della campagna
edit-rules = Regole e segmenti
edit-moment = Momento { $number }
edit-new-moment = Nuovo momento
edit-closed = Nel suo stato qui non si può cambiare niente: è promesso agli utenti, o qualcuno lo sta esaminando.
edit-typed = Che cosa hai scritto e non è salvato
section-what = Che cos’è
section-window = Quando si svolge
section-budget = Quanto può spendere
section-task = Che cosa fa l’utente
section-rewards = Che cosa riceve
section-language = Messaggi in { $language }
section-more-language = Messaggi in un’altra lingua
section-messages = Che cosa si dice all’utente
section-first-moment = Il primo momento
section-remove = Togli
section-segments = Segmenti di utenti
section-when = Eventi che contano
hint-holdout = Tanti utenti su 100 sono contati e mai premiati, per misurare che cosa porta la campagna.
hint-kind = Una sfida viene prima annunciata. Una sorpresa no.
hint-time = Come { $example }, all’ora del fuso qui sotto.
hint-ends = Contano gli eventi prima di questo istante.
hint-end-later = All’ora di { $zone }. Una campagna approvata può solo finire più tardi.
hint-zone = Per nome, come Europe/Rome. Inizio e fine sono all’ora di lì, come i giorni degli utenti senza fuso.
hint-budget = Il massimo che la campagna potrà mai spendere, come { $example }.
hint-currency = Tre lettere, come EUR.
hint-id = A-Z, a-z, 0-9, - e _. Resta per sempre.
hint-moment-id = A-Z, a-z, 0-9, - e _. Unico nella campagna.
hint-action = Come la riporta l’app, per esempio deposit.
hint-rewards = Con più premi, a ogni utente ne tocca uno secondo i pesi.
hint-no-groups = L’app non ha ancora gruppi di premi. Un momento ne richiede uno.
hint-language = Come en o pt-BR. Svuota i testi per togliere la lingua.
hint-announcement = Una sfida richiede un annuncio.
hint-segment-name = a-z, 0-9, - e _.
form-mistakes = C’è qualcosa da correggere
form-optional = (facoltativo)
form-cancel = Annulla
form-unsaved = Hai modifiche non salvate.
form-held = Hai di nuovo accesso. Questo è ciò che avevi scritto; non è ancora salvato.
mistake-missing = Compila questo campo.
mistake-whole = Scrivi un numero intero, solo con cifre.
mistake-amount = Scrivi un importo, come { $example }.
mistake-decimals = { $count ->
    [0] { $currency } non ha decimali.
    [one] { $currency } ha al massimo { $number } decimale.
   *[other] { $currency } ha al massimo { $number } decimali.
}
mistake-too-large = È più di qualsiasi budget.
mistake-ambiguous-amount = Si può leggere in due modi. Scrivi { $first } oppure { $second }.
mistake-zone = Non è un fuso orario. Scrivine uno come Europe/Rome.
mistake-time = Scrivi data e ora, come { $example }.
mistake-skipped = Quest’ora non esiste in { $zone }: gli orologi passano alle { $next }.
mistake-twice = Quest’ora c’è due volte in { $zone }, perché gli orologi tornano indietro. Scegli quale intendi.
mistake-taken = C’è già una campagna con questo identificativo.
mistake-moment-gone = Qualcuno ha tolto questo momento o ne ha cambiato l’identificativo. Niente è stato salvato. Ciò che hai scritto è qui sotto: copia ciò che ti serve ancora.
conflict = Qualcuno l’ha cambiata da quando l’hai vista
conflict-more = Niente è stato salvato. Ciò che hai scritto è qui sotto. Salvando di nuovo lo metti sopra queste modifiche:
new-title = Nuova campagna
copy-title = Copia di { $name }
create = Crea la bozza

# ---- Esame
review-title = Esame
review-promise = Che cosa si promette agli utenti
review-changes = Modifiche dall’ultima approvazione
review-no-changes = Niente è cambiato.
review-never-approved = Non è mai stata approvata: è tutto nuovo.
review-next = Prossimo passo
review-draft = L’invio controlla tutto insieme. Poi non si può modificare finché qualcuno non approva o respinge.
review-running = La sospensione la ferma subito: niente conta e niente viene dato finché non riprende.
review-suspended = È ferma. Chi aspetta viene servito quando riprende.
review-rejected = È stata respinta. Modificala e torna a essere una bozza.
review-finished = È finita. Non c’è più niente da fare.
review-reason = Motivo
review-reason-missing = Scrivi il motivo, così l’autore sa che cosa cambiare.
review-refused = Il passo non è stato fatto
review-obstacles = { $count ->
    [one] { $number } ostacolo
   *[other] { $number } ostacoli
}
role-needed = Il prossimo passo richiede il ruolo { $role }, che non hai in questa app.
review-proposed = Un budget più alto attende l’approvazione.
approve-raise = Aumenta il budget da { $before } a { $after }
step-submit = Invia per l’approvazione
approve-now = Impegna { $budget }, in corso da subito
approve-later = Impegna { $budget }, in corso dal { $start }
step-reject = Respingi con questo motivo
step-suspend = Sospendi
step-resume = Riprendi

# ---- Andamento
live-title = Andamento
live-pause = Ferma l’aggiornamento
live-resume = Riprendi l’aggiornamento
live-refresh = Aggiorna
live-stale = Non è stato possibile aggiornare i dati. Sono dell’ora indicata sopra.
live-as-of = Dati del { $at }.
live-spending = Spese
live-figures = Premi
live-awards = Dati nelle ultime 24 ore
live-none = Niente è stato dato nelle ultime 24 ore.
live-hours-unknown = Questa campagna è stata approvata prima del conteggio per ora.
live-chart = Barre: premi dati in ogni ora, al massimo { $most }. La tabella sotto ha gli stessi dati.
live-table = Lo stesso come tabella
live-when = Ora da
live-spent = Speso
figure-awards = Premi dati
figure-redemptions = Premi aperti
figure-expiries = Premi scaduti
figure-voids = Premi ritirati
figure-in-review = Trattenuti per esame
figure-waiting = In attesa
waiting-no-stock = In attesa: senza scorte
waiting-no-budget = In attesa: senza budget
waiting-day-spent = In attesa: limite del giorno raggiunto
waiting-suspended = In attesa: sospesa

# ---- Assistenza, esami, gruppi di premi, persone, inizio
nav-groups = Gruppi di premi
nav-support = Assistenza
nav-people = Persone
conflict-now = { $field } ora è: { $value }
support-find = Trova un utente
support-user = Utente
support-campaign = Campagna
support-show = Mostra
support-wrong = L’identificativo di un utente ha al massimo 256 byte e nessun carattere di controllo.
support-why = Perché non ho ricevuto niente?
support-no-campaign = Non c’è una campagna con questo identificativo.
support-nothing-runs = Nessuna campagna è approvata o in corso.
support-checks = Verifiche
support-check = Verifica
support-result = Risultato
support-values = Valori che hanno deciso
support-passed = superata
support-not-passed = non superata
support-eligible = riceverebbe un premio al traguardo
support-failed = { $count ->
    [one] { $number } verifica fallisce
   *[other] { $number } verifiche falliscono
}
support-progress = { $now } di { $target }
support-more = { $count ->
    [one] { $number } altro momento non è mostrato. Indica sopra la sua campagna.
   *[other] { $number } altri momenti non sono mostrati. Indica sopra la loro campagna.
}
support-rewards = Premi
support-no-rewards = Questo utente non ha premi.
support-older-rewards = Altri premi
support-timeline = Cronologia
support-no-entries = Di questo utente non si sa niente.
support-older-entries = Voci più vecchie
support-profile = Profilo
support-unknown = L’app non ha comunicato niente di questo utente.
support-marketplace = Mercato
support-language = Lingua
support-devices = Dispositivi
support-no-devices = Nessun dispositivo è registrato: nessun push raggiunge questo utente.
support-channel = Canale
support-seen = Visto l’ultima volta
support-retired = Non più raggiunto perché
check-campaign-live = La campagna è in corso
check-within-campaign = Nel periodo della campagna
check-marketplace = Un premio è valido nel mercato
check-segment = Appartiene al segmento
check-assigned = Un premio è assegnato
check-when = La regola per gli eventi
check-fingerprint = Non è il dispositivo di un altro utente
check-not-held-out = Non nel gruppo di controllo
check-rewards-left = Restano premi per questo utente
check-velocity = Non troppo veloce
check-one-reward-per = Ancora nessun premio con questa impronta
check-review = Trattenuto per esame
actor-user = l’utente
actor-partner = un partner
actor-schedule = l’orologio
reward-waiting = In attesa
reward-in-review = Trattenuto per esame
reward-awarded = Dato
reward-redeemed = Usato
reward-ordered = Ordinato
reward-shipped = Spedito
reward-delivered = Consegnato
reward-returned = Tornato
reward-lost = Perso
reward-expired = Scaduto
reward-voided = Ritirato
reward-title = Premio
reward-id = Identificativo
reward-show = Mostra il premio
reward-campaign = Campagna
reward-group = Gruppo di premi
reward-cost = Costo
reward-earned-at = Guadagnato
reward-awarded-at = Dato il
reward-expires-at = Scade
reward-redeemed-at = Usato il
reward-refunded = Denaro tornato nel budget
reward-facts = Che cos’è
reward-erased = cancellato
reward-replaces = Sostituisce
reward-replaced-by = Sostituito da
reward-seen = L’utente ha visto l’URL: nessun altro può riceverlo.
reward-unseen = Nessuno ha visto l’URL: ritirando il premio torna nelle scorte.
reward-changes = Modifiche
reward-no-changes = Nessuno lo ha modificato.
reward-nothing-left = Il premio è ritirato, ma per un altro non restavano scorte o denaro. Sostituiscilo di nuovo più tardi.
reward-release = Rilascia
reward-release-effect = L’utente riceve il premio e un push. Si annulla solo ritirandolo.
reward-void = Ritira
reward-void-effect = L’utente perde il premio. Il denaro torna nel budget, a meno che non sia stato usato. Non si può annullare.
reward-replace = Sostituisci
reward-replace-effect = Il premio è ritirato, e l’utente ne riceve un altro e un push. Non si può annullare.
reward-error = Errore
reward-fraud = Frode
reward-note = Nota
reward-note-hint = Per chi leggerà più tardi le modifiche del premio.
reward-other-group = Altro gruppo di premi
reward-other-group-hint = Il suo identificativo. Vuoto: lo stesso gruppo.
reward-sentence = Un premio di { $group } per { $user } in { $campaign }: { $cost }, { $state }.
reviews-title = Premi trattenuti
reviews-none = Nessun premio è trattenuto per esame.
reviews-hint = Prima il più vecchio. Gli utenti non ne sanno ancora niente.
reviews-moment = Momento
reviews-decide = Decidi
reviews-saved = Salvato. Un premio appena deciso può essere ancora nella lista.
group-unique-url = Un URL per ogni utente
group-catalog-credit = Credito in un catalogo
group-physical = Merce spedita
group-shared-url = Un URL per tutti
groups-new = Nuovo gruppo di premi
groups-none = Non ci sono ancora gruppi di premi.
group-create = Crea il gruppo di premi
group-edit = Modifica
group-taken = C’è già un gruppo di premi con questo identificativo.
group-facts = Che cos’è
group-cpa = Costo per premio (CPA)
group-cpa-hint = Quanto costa un premio al proprietario dell’app.
group-marketplaces = Mercati
group-marketplaces-hint = Paesi come DE, o mercati dell’app, con virgole. Vuoto: ovunque.
group-everywhere = ovunque
group-test-url = URL per le prove
group-test-url-hint = La modalità di prova risponde con questo invece di uno vero.
group-url = URL per tutti
group-url-hint = Solo per un gruppo con un URL per tutti.
group-category = Categoria
group-category-hint = Solo per credito in un catalogo: la sottocategoria per cui vale.
group-credit = Credito
group-weight = Peso in grammi
group-weight-hint = Solo per merce spedita: il peso del pacco.
group-supplier = Fornitore
group-threshold = Scorte basse sotto
group-threshold-hint = Se ne restano meno, i proprietari sono avvisati. Vuoto: mai.
group-expires = Giorni fino alla scadenza di un premio
group-fallback = Gruppo sostitutivo
group-fallback-hint = Il suo identificativo. È dato dove questo non ha scorte o non è valido.
stock-title = Scorte
stock-low = Le scorte sono basse.
stock-available = Disponibili
stock-claimed = Dati a utenti
stock-retired = Tolti dalle scorte
stock-shared = Un URL per tutti: non ha scorte e non finisce mai.
stock-supplied = Un fornitore crea ogni premio quando il suo utente apre il link: non ci sono scorte.
stock-still = Nell’ultimo giorno non è stato dato niente, quindi non c’è una previsione.
stock-slow = A meno di uno al giorno, finisce { $end }.
stock-ends = Al ritmo attuale finisce { $end }.
stock-forecast = { $count ->
    [one] A { $number } al giorno, finisce { $end }.
   *[other] A { $number } al giorno, finisce { $end }.
}
import-title = Importa URL di premi
import-report = Che cosa è stato importato
import-accepted = Nuovi
import-duplicate = Già presenti
import-invalid = Righe sbagliate
import-line = Riga
import-more = { $count ->
    [one] { $number } altra riga sbagliata non è nominata.
   *[other] { $number } altre righe sbagliate non sono nominate.
}
import-what = Un file, o righe incollate
import-again = Le righe buone sono salvate anche se altre sono sbagliate. Importare di nuovo lo stesso non cambia niente.
import-file = File
import-file-hint = CSV con una colonna url, come la salvano i fogli di calcolo, o NDJSON; al massimo 1 MiB.
import-urls = URL
import-urls-hint = Uno per riga. Presi se non è scelto un file.
import-too-large = È più di 1 MiB o di 100.000 righe. Invialo in parti, o usa la riga di comando.
import-nothing = Scegli un file con righe, o incolla degli URL.
import-broken = L’invio non è arrivato per intero. Invialo di nuovo.
import-both = Scegli un file oppure incolla delle righe, non entrambi. Non è stato importato niente.
import-not-text = Questo non è un file di testo. Salva il foglio come CSV.
import-no-column = Nessuna colonna si chiama url. Aggiungi un’intestazione, o lascia solo gli URL.
import-unfinished = Il tempo non è bastato per tutto. Ciò che è salvato resta: importalo di nuovo, o in parti più piccole.
import-sending = Invio del file.
import-storing = Salvataggio delle righe. Se chiudi questa pagina, importa di nuovo lo stesso file.
import-lost = La connessione si è interrotta. Importa di nuovo lo stesso file: nulla viene salvato due volte.
people-every-app = tutte le app
people-new = Nuova persona
people-none = Nessuno ha ancora un ruolo.
people-roles = Ruoli
role-viewer = Lettura
role-editor = Redazione
role-approver = Approvazione
role-support = Assistenza
role-owner = Proprietario
person-who = Chi è
person-id-hint = A-Z, a-z, 0-9, _ - . e @, come un indirizzo e-mail. Resta per sempre.
person-roles-hint = La lettura vede tutto. La redazione scrive le campagne, l’approvazione le approva. L’assistenza si occupa di utenti e premi. Un proprietario fa tutto questo e gestisce le persone.
person-taken = C’è già una persona con questo identificativo.
person-delete = Elimina questa persona
person-delete-effect = { $name } perde tutte le chiavi e le sessioni entro un minuto. Ciò che la persona ha fatto resta nelle cronologie.
person-deleted = La persona è stata eliminata.
keys-title = Chiavi
keys-none = Non c’è una chiave: questa persona non può accedere.
keys-not-yours = Questa persona ha ruoli in app che non sono tue: solo un proprietario di tutte gestisce le sue chiavi.
keys-id = Nome della chiave
keys-made = Creata
keys-mint = Crea una chiave
keys-revoke = Revoca
keys-revoke-effect = La chiave { $key } e le sessioni che ha aperto smettono di funzionare entro un minuto.
keys-revoked = Revocata { $at }
keys-new = Nuova chiave
keys-once = Questa chiave è mostrata solo ora. Consegnala per una via sicura; nessuno può rileggerla. Ricaricare questa pagina ne crea un’altra.
keys-of = Chiave di { $person }
keys-kept = L’ho conservata
home-nothing = Niente ti aspetta.
home-approvals = In attesa di approvazione
home-not-yours = Decide chi ha il ruolo «Approvazione».
home-proposed = Budget proposti
home-proposed-budget = da { $now } a { $proposed }
home-reviews = Premi trattenuti per esame
home-held = { $count ->
    [one] { $number } premio
   *[other] { $number } premi
}
home-ending = Finiscono entro 7 giorni
home-ends = finisce { $end }
home-budget-low = Meno del 10 % del budget rimasto
home-left = restano { $left } di { $limit }
home-stock-low = Le scorte sono basse
home-waiting = { $count ->
    [one] { $number } utente aspetta scorte
   *[other] { $number } utenti aspettano scorte
}
home-in-stock = { $count ->
    [one] Ne resta { $number }.
   *[other] Ne restano { $number }.
}
home-more-groups = { $count ->
    [one] Le scorte di { $number } altro gruppo con una soglia sono sulla sua pagina.
   *[other] Le scorte di { $number } altri gruppi con una soglia sono sulle loro pagine.
}
home-partial = Qui si guardano solo le prime 100 campagne e i primi 100 gruppi di premi.

# ---- Results, announcement and leaders
results-title = Risultati
results-steps = Dal primo passo al premio
results-step = Passo
results-number = Numero
results-share = Del passo precedente
results-cost = Un momento completato è costato { $cost }.
results-moments = Per momento
results-groups = Per gruppo di premi
results-id = Identificativo
figure-participants = Utenti che hanno iniziato
figure-completions = Momenti completati
results-arm = Braccio
results-completers = Utenti che hanno completato
results-rate = Quota
results-interval = Intervallo al 95 %
results-range = da { $low } a { $high } %
results-hold-out = Gruppo di controllo e gli altri
results-of-moments = Momenti a confronto
results-of-rewards = Premi del momento { $moment }
results-arm-hold-out = gruppo di controllo
results-arm-rewarded = premiati
results-more = { $arm } completa più spesso di { $against }: di { $difference } punti percentuali ({ $interval }). È abbastanza certo per agire.
results-fewer = { $arm } completa meno spesso di { $against }: di { $difference } punti percentuali ({ $interval }). È abbastanza certo per agire.
results-open = Non si sa ancora chi completa più spesso tra { $arm } e { $against }: la differenza è di { $difference } punti percentuali ({ $interval }).
results-too-few = Troppo pochi utenti per confrontare { $arm } con { $against }: ne servono almeno 30 per parte.
live-announcement = Annuncio
live-announced = Annunciata dal { $at }.
live-announcing = In corso di annuncio dal { $at }.
live-announced-users = Utenti raggiunti
live-announced-later = In ore di silenzio: più tardi
live-announced-accepted = Notifiche accettate
live-announced-failed = Notifiche fallite
live-board = Classifica
live-board-rank = Posizione
live-board-user = Utente
live-board-score = Punteggio
live-board-hidden = Nascosto su richiesta
live-board-counting = La classifica è in corso di calcolo. Sarà qui tra pochi secondi.
live-board-empty = Nessuno ha ancora un punteggio.
live-board-players = { $count ->
    [one] { $number } giocatore ha una posizione.
   *[other] { $number } giocatori hanno una posizione.
}

# ---- Gare: punteggio e premi
edit-competition = Punteggio e premi
go-competition = Modifica punteggio e premi
go-new-competition = Crea invece una gara: classifica gli utenti e dà premi ai posti
new-competition-title = Nuova gara
hint-kind-competition = Classifica gli utenti per punteggio e alla fine dà premi ai posti.
section-scored = Che cosa dà il punteggio
section-scoring = Come si forma la classifica
section-prizes = Premi
hint-prizes = Posti: 1, oppure 2-10, oppure 5 % per i migliori tra tutti quelli in classifica. Una percentuale richiede un numero massimo di vincitori. Svuota una riga per toglierla; dopo il salvataggio c’è spazio per un’altra.
field-score = Punteggio
score-highest = Quantità più alta
score-lowest = Quantità più bassa: più è bassa, meglio è
score-latest = Quantità dell’ultimo evento
score-sum = Somma delle quantità
score-count = Numero di eventi
score-best-of = Somma delle quantità migliori
field-best-of = Quante delle migliori
hint-best-of = Solo per la somma delle quantità migliori: da 1 a 20.
field-board-window = Classifica
window-campaign = Una per tutta la campagna
window-week = Una per ogni settimana, da lunedì
window-day = Una per ogni giorno
hint-board-window = Ogni classifica dà tutti i premi, quindi il budget deve bastare per ognuna.
field-ties = Punteggi uguali
ties-earliest = È davanti chi ha raggiunto prima il punteggio
ties-shared = Condividono una posizione
field-least-score = Quantità minima che conta
field-greatest-score = Quantità massima che conta
hint-score-range = Ciò che non può essere vero è rifiutato, come un giro di un secondo.
field-grace = Minuti di tolleranza
hint-grace = Per questo tempo dopo la fine conta ancora un evento avvenuto prima: da 15 a 1440.
field-settle = Consegna dei premi
settle-automatic = Automatica, appena la classifica è conteggiata
settle-by-hand = Appena qualcuno approva la classifica
field-places = Posti del premio { $number }
field-prize = Ricompensa del premio { $number }
field-winners = Vincitori del premio { $number } (al massimo)
mistake-places = Scrivi dei posti, come 1 o 2-10, o una percentuale, come 5 %.
mistake-winners = Una percentuale di un numero qualsiasi di giocatori richiede un limite: scrivi quanti vincono al massimo.
prize-place = Posto { $place }
prize-places = Posti da { $from } a { $to }
prize-best = Il migliore { $percent } %
prize-at-most = { $group }, per { $number } al massimo

# ---- Regole in righe
edit-segment = Segmento { $name }
edit-new-segment = Aggiungi un segmento
edit-when = Eventi che contano per il momento { $number }
field-remove-segment = Togli questo segmento
hint-segment = Un segmento è un gruppo di utenti per cui vale una regola.
hint-every-event = Senza regola conta ogni evento dell’azione.
section-rule = La regola
section-rows = Condizioni
hint-rows = Un attributo ha il nome che gli dà l’app. Una condizione su qualcosa di sconosciuto non vale. Svuota una riga per toglierla; dopo il salvataggio c’è spazio per un’altra.
rule-to-cel = Scrivila in CEL
rule-to-rows = Mostrala in righe
field-cel = Regola in CEL
hint-cel = Viene salvata così com’è scritta.
field-join = Vale se
join-and = valgono tutte le condizioni
join-or = vale almeno una condizione
field-row-field = Campo { $number }
field-row-attribute = Attributo { $number }
field-row-comparison = Confronto { $number }
field-row-value = Valore { $number }
rule-marketplace = Utente: mercato
rule-locale = Utente: lingua
rule-time-zone = Utente: fuso orario
rule-user-id = Utente: id
rule-user-attribute = Utente: attributo
rule-quantity = Evento: quantità
rule-event-attribute = Evento: attributo
rule-count = Conteggio prima dell’evento
rule-rewards = Premi ottenuti prima
compare-is = è (testo)
compare-is-not = non è (testo)
compare-one-of = è uno di (testi, virgole)
compare-none-of = non è nessuno di (testi, virgole)
compare-begins = inizia con (testo)
compare-equal = è (numero)
compare-not-equal = non è (numero)
compare-less = è minore di
compare-at-most = è al massimo
compare-more = è maggiore di
compare-at-least = è almeno
compare-yes = è sì
compare-no = è no
compare-known = è noto
compare-unknown = non è noto
mistake-not-rows = Le righe non possono dire esattamente questa regola. Resta così com’è scritta.
mistake-attribute = Scrivi un nome fatto di A-Z, a-z, 0-9 e _, senza cifra iniziale. Per ogni altro nome scrivi la regola in CEL.
mistake-not-needed = Lascia vuoto: qui non serve niente.
mistake-comparison = Questo confronto non è adatto al campo.
mistake-number = Scrivi un numero senza separatori delle migliaia, come { $example }.
mistake-segment-taken = C’è già un segmento con questo nome.
mistake-segment-gone = Qualcuno ha tolto o rinominato questo segmento. Niente è stato salvato. Salva di nuovo e ciò che hai scritto diventa un nuovo segmento.
field-for-segments = Solo per gli utenti in uno di questi segmenti
hint-for-segments = Vuoto per tutti. Con virgole in mezzo, tra: { $segments }.
# ---- Expected rewards
forecast-title = Premi attesi
forecast-of = Limite
forecast-suffices = Basta
forecast-verdict = Abbastanza?
forecast-stock = Scorta
forecast-caps = Tetti
forecast-expected = { $count ->
    [one] È atteso { $number } premio. Costa { $cost }.
   *[other] Sono attesi { $number } premi. Costano { $cost }.
}
forecast-between = tra { $least } e { $most }
forecast-reach = { $count ->
    [one] per { $number } premio
   *[other] per { $number } premi
}
forecast-reach-between = da { $least } a { $most } premi, secondo quali
forecast-reach-at-least = { $count ->
    [one] per almeno { $number } premio
   *[other] per almeno { $number } premi
}
forecast-no-bound = senza limite
forecast-yes = Abbastanza
forecast-depends = Abbastanza solo per alcuni premi
forecast-no = Troppo poco
forecast-unknown = Nessuno ha detto quanti premi sono attesi. Indicatelo e questa pagina lo confronta con budget, scorta e tetti.
forecast-late = La previsione ora richiede troppo tempo; la pagina funziona anche senza.
field-expected = Premi attesi
hint-expected = Quanti premi pensate saranno dati in tutto. Il numero viene solo confrontato; non decide nulla.
# ---- Registro, webhook, ordini, chiavi di un’app
nav-orders = Ordini
nav-webhooks = Webhook
nav-keys = Chiavi dell’app
nav-audit = Registro
audit-none = Non è ancora stato modificato nulla.
audit-hint = Prima le più recenti. Le voci restano 400 giorni. Ciò che cambia in una campagna sta nella sua cronologia.
audit-when = Quando
audit-who = Chi
audit-what = Che cosa
audit-did = Modifica
audit-unknown = Non si sa se è stato fatto: la richiesta è finita senza risposta.
audit-app = Impostazioni dell’app
audit-key = Chiave dell’app
audit-token-key = Chiave per i token degli utenti
audit-webhook = Webhook
audit-person = Persona
audit-person-key = Chiave di una persona
audit-identity-provider = Provider di identità
audit-written = Scritto
audit-deleted = Eliminato
audit-minted = Creato
audit-rotated = Sostituito con uno nuovo
audit-revoked = Revocato
audit-loaded = URL caricati
audit-signed-in = Cambiato accedendo
webhooks-new = Nuovo webhook
webhooks-none = Non c’è ancora nessun webhook.
webhooks-host = Destinazione
webhooks-events = Tipi di eventi
webhooks-every = tutti i tipi
webhooks-types = { $count ->
    [one] { $number } tipo
   *[other] { $number } tipi
}
webhook-made = Creato
webhook-create = Crea il webhook
webhook-enabled = Attivo
webhook-paused = In pausa
webhook-gone = In pausa: 410 Gone
webhook-url = URL
webhook-url-hint = Gli eventi sono inviati lì: https, e un host raggiungibile da tutti.
webhook-events-hint = Uno per riga; * sta per tutti i tipi.
webhook-types = Tipi di eventi: { $types }
webhook-taken = C’è già un webhook con questo identificativo.
webhook-test = Invia una prova
webhook-sent = Inviato. L’elenco mostra la risposta della destinazione.
webhook-slow = La destinazione tarda a rispondere. Ricarica la pagina: l’elenco mostrerà la risposta.
webhook-refused = Non è stato inviato
webhook-pause = Metti in pausa
webhook-pause-effect = In pausa non riceve nessun evento. Le consegne in attesa sono abbandonate.
webhook-resume = Riprendi
webhook-resume-effect = Gli eventi da ora in poi sono inviati di nuovo.
webhook-rotate = Nuovo segreto
webhook-rotate-effect = Il nuovo segreto è mostrato una volta. Per un giorno le chiamate sono firmate anche con il precedente.
webhook-delete = Elimina
webhook-delete-effect = Il webhook e il suo segreto finiscono subito. Le consegne in attesa sono abbandonate. Non si può annullare.
webhook-deleted = Il webhook è stato eliminato.
webhook-previous = Fino al { $until } le chiamate sono firmate anche con un segreto precedente.
webhook-secret = Segreto di { $webhook }
webhook-once = Questo segreto è mostrato solo ora. Conservalo dove il tuo server verifica le chiamate; nessuno può rileggerlo.
deliveries = Consegne
deliveries-none = Non gli è ancora stato inviato nulla.
delivery-event = Evento
delivery-pending = In attesa
delivery-delivered = Consegnato
delivery-failed = Fallito
delivery-attempts = Tentativi
delivery-last = Ultima risposta
delivery-next = Prossimo tentativo
delivery-again = Invia di nuovo
orders-none = Nessun ordine è in questo stato.
orders-hint = Prima quelli da più tempo in questo stato. Gli indirizzi stanno solo nella pagina di un ordine.
orders-filter = Filtra gli ordini
orders-ordered-at = Ordinato il
orders-changed-at = In questo stato dal
order-title = Ordine
order-show = Mostra l’ordine
order-partner = Partner
order-no-partner = L’app non ha questo partner, o non c’è questo ordine.
order-partner-hint = L’identificativo del partner che lo spedisce.
order-carrier = Corriere
order-tracking = Numero di tracciamento
order-tracking-url = Indirizzo della pagina di tracciamento
order-track = Segui il pacco
order-claimed-at = Preso in carico il
order-address = Indirizzo
order-address-until = È rimosso il { $at }. Il log registra ogni lettura.
order-address-later = È mostrato quando un partner ha preso in carico l’ordine. Fino ad allora l’utente può correggerlo.
order-address-gone = È stato rimosso.
order-claim = Prendi in carico per un partner
order-claim-effect = Il partner lo spedisce. Da allora l’utente non può più correggere l’indirizzo. Non si può annullare.
order-ship = Segna come spedito
order-ship-effect = L’ordine risulta spedito con questo pacco. Non si può annullare.
order-deliver = Segna come consegnato
order-return = Segna come restituito
order-lose = Segna come smarrito
order-end-effect = L’ordine finisce così. Non si può annullare.
app-keys-none = Non c’è ancora una chiave: nessun server dell’app può segnalare nulla.
app-keys-scope = Per chi
app-keys-mode = Modalità
app-keys-ends = Finisce il { $at }.
app-keys-ended = Finita il { $at }.
app-keys-partner-hint = Solo per la chiave di un partner: il suo identificativo.
app-keys-revoke-effect = Le richieste con la chiave { $key } sono rifiutate entro un minuto. Non si può annullare.
scope-app = Server dell’app
scope-admin = Amministrazione
scope-partner = Un partner
mode-live = Reale
mode-test = Prova: non consuma nulla
# ---- Accesso con un provider di identità
provider-sign-in = Accedi con { $name }
provider-or-key = Oppure usa la tua chiave personale:
provider-other-tab = Si apre in un’altra scheda. Accedi lì, torna qui e continua: quello che hai scritto resta.
provider-continue = Ho effettuato l’accesso: continua
provider-failed = L’accesso non è riuscito
provider-over = Questo accesso è durato troppo, è già stato usato o è iniziato in un altro browser. Ricomincia.
provider-silent = Il provider di identità non risponde. Riprova tra poco.
provider-no-role = Nessuno dei tuoi gruppi ti dà un ruolo qui. Chiedi a chi gestisce il tuo account di aggiungerti a uno.
provider-denied = Non hai completato l’accesso lì.
provider-broken = Il provider di identità e Moments non si capiscono. Segnala a chi gestisce Moments: { $code }.
person-signs-in = Accede tramite il provider di identità. Il nome e i gruppi di quello decidono ciò che si vede qui.

# ---- What the API refuses
api-range = Scriva un numero da { $least } a { $most }.
api-text = Scriva un testo di al massimo { $most } byte, senza caratteri di controllo.
api-currency = Scriva la valuta in tre lettere, come EUR.
api-locale = Scriva una lingua come en, pt-BR o zh-Hant-TW.
api-hs-code = Scriva da 6 a 10 cifre del Sistema armonizzato, senza punti.
api-out-of-range = Questo valore qui non è possibile.
api-wrong-type = Un valore di questo tipo non va qui.
api-wrong-length = Ci sono troppo poche o troppe voci.
api-repeated = Questo c’è due volte.
api-id = Questo identificativo non è possibile.
api-url = Scriva un indirizzo che comincia con https.
api-address = Questo indirizzo non è possibile.
api-marketplace = Questo mercato è sconosciuto.
api-money = Questo importo non è possibile.
api-time = Questa ora non è possibile.
api-rule = Questa regola non si può usare.
api-segment = Questo segmento non è possibile.
api-unknown-id = La campagna non ha nulla con questo identificativo.
api-prize = I posti dei premi non vanno insieme.
api-placeholder = Questo segnaposto non è possibile.
api-guard = Questa protezione dalle frodi non è possibile.
api-fallback = Questo gruppo non può sostituire.
api-choice = Scelga uno dei valori offerti.
api-too-large = È troppo grande.
api-request = Il modulo e il servizio non vanno insieme. Ricarichi la pagina.
api-obstacle = Questo è di ostacolo.
api-state = Lo stato non lo permette.
api-group-conflict = Tipo e valuta di un gruppo restano come sono.
api-budget-spent = È già stato speso di più.
api-forbidden = Lei non può fare questo passo.
api-not-allowed = Questo non va qui.
api-too-many = Ce ne sono già troppi. Eliminane prima uno.
api-identity-provider = Lo decide il provider di identità.
obstacle-past = La fine è nel passato. Ne scelga una più tardi.
obstacle-prizes = Il budget non copre ogni premio di ogni periodo: possono costare { $cost }.
obstacle-no-competition = Non è detto come fa la classifica e che cosa vince.
obstacle-announcement = Serve un annuncio: una sfida viene annunciata.
obstacle-unknown-group = L’app non ha un gruppo di premi { $group }.
obstacle-no-stock = Il gruppo di premi { $group } non ha scorte. Le carichi prima.
obstacle-currency = Il gruppo di premi { $group } costa in { $currency }, ma il budget è in { $budget }.
obstacle-budget = Il budget non copre un premio del gruppo { $group } ({ $cost }).
obstacle-cap = Il limite non copre un premio ({ $cost }).
obstacle-marketplace = { $marketplace } non ha premi: nessun gruppo del momento vale lì.
obstacle-short = Il gruppo di premi { $group } ha { $available } in scorta, ma se ne possono vincere { $needed }.
obstacle-crowded = { $action } conterebbe per { $number } momenti insieme, e il massimo è { $most }. Prenda un’altra azione o un altro periodo.
