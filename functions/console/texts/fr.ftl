# Les textes de la console en français. Chaque langue a les mêmes textes avec les mêmes données ; un test les compare.

# ---- Chaque page
skip = Aller au contenu
nav = Pages de l’application
nav-campaigns = Campagnes
language = Langue
choose = Choisir
sign-out = Se déconnecter
save = Enregistrer
saved = Enregistré.
pages = Autres pages
page-first = Première page
page-next = Page suivante
value-nothing = rien
value-yes = oui
value-no = non

# ---- Connexion
sign-in = Se connecter
sign-in-key = Clé personnelle
sign-in-key-hint = Un propriétaire de l’application la crée pour vous.
sign-in-refused = Cette clé est inconnue. Vérifiez-la ou demandez-en une nouvelle à un propriétaire.
sign-in-kept = Votre session est terminée. Ce que vous avez saisi est gardé : connectez-vous et le formulaire revient.

# ---- Problèmes
problem-forbidden = Vous n’avez pas ce droit
problem-forbidden-more = Vos rôles dans cette application ne le permettent pas. Un propriétaire de l’application peut les changer.
problem-not-found = Il n’y a rien ici
problem-not-found-more = L’adresse est fausse, ou ce qui était ici n’existe plus.
problem-other-site = Ce formulaire vient d’un autre site
problem-other-site-more = Rien n’a été changé. Ouvrez la console elle-même et réessayez là.
problem-too-many = Trop de requêtes
problem-busy = La console ne reçoit pas de réponse
problem-wait = { $count ->
    [one] Réessayez dans { $number } seconde.
   *[other] Réessayez dans { $number } secondes.
}
problem-broken = Une erreur s’est produite
problem-broken-more = C’est un défaut chez nous. Rien de ce qui était enregistré n’est perdu.
problem-says = La raison :
problem-request = Requête :
problem-passing = Ce que vous avez saisi est encore dans votre navigateur : revenez en arrière et renvoyez-le.
problem-back = Retour aux applications

# ---- Applications
apps-title = Choisir une application
apps-none = Aucune application n’est encore la vôtre. Demandez un rôle à un propriétaire d’une application.

# ---- Campagnes
campaigns-title = Campagnes
campaigns-new = Nouvelle campagne
campaigns-none = Il n’y a pas encore de campagnes.
campaigns-none-found = Aucune campagne ne correspond au filtre.
filter = Filtrer les campagnes
filter-name = Nom ou identifiant
filter-order = Ordre
filter-state = État
filter-show = Afficher
filter-clear = Tout afficher
order-id = Par identifiant
order-name = Par nom
order-newest = Début le plus tardif d’abord
order-oldest = Début le plus ancien d’abord
order-end = Fin la plus proche d’abord
state-draft = Brouillon
state-pending = En attente d’approbation
state-approved = Approuvée
state-live = En cours
state-suspended = Suspendue
state-finished = Terminée
state-rejected = Refusée
kind-challenge = Défi
kind-surprise = Surprise
kind-competition = Compétition
count-events = Nombre d’événements
count-quantity = Somme des quantités
count-highest = Plus grande quantité
count-streak = Jours de suite

# ---- Une campagne
window = Du { $start } jusqu’avant { $end }.
campaign-reason = Raison :
campaign-under-review = En cours d’examen : refusez-la d’abord pour la modifier.
campaign-holdout = { $count ->
    [one] { $number } % des utilisateurs sont comptés et jamais récompensés.
   *[other] { $number } % des utilisateurs sont comptés et jamais récompensés.
}
spent-of = { $spent } dépensés sur { $limit }.
spent-left = Reste { $left }.
spent-share = Part du budget qui est dépensée
task-events = { $count ->
    [one] { $action } une fois.
   *[other] { $action } { $number } fois.
}
task-quantity = { $count ->
    [one] Réunir { $number } avec { $action }.
   *[other] Réunir { $number } avec { $action }.
}
task-highest = { $count ->
    [one] Atteindre { $number } avec { $action }.
   *[other] Atteindre { $number } avec { $action }.
}
task-streak = { $count ->
    [one] { $action } pendant { $number } jour.
   *[other] { $action } pendant { $number } jours de suite.
}
task-scored = { $action } fait le score.
rewards-one = Récompense : { $group }.
rewards-several = Une récompense parmi : { $groups }.
rewards-share = { $group } (poids { $weight })
rewards-prizes = Les places gagnent les prix.
rewards-most = { $count ->
    [one] Au plus { $number } fois par utilisateur.
   *[other] Au plus { $number } fois par utilisateur.
}
go-review = Examen et étape suivante
go-live = Suivi
go-copy = Copier
go-edit-basics = Modifier l’essentiel
go-edit-moment = Modifier le moment { $moment }
go-new-moment = Ajouter un moment
go-messages = Messages de toute la campagne
go-rules = Règles et segments
history = Historique
history-version = version { $version }
history-changes = { $count ->
    [one] { $number } changement
   *[other] { $number } changements
}
action-created = Créée
action-edited = Modifiée
action-submitted = Soumise
action-approved = Approuvée
action-rejected = Refusée
action-suspended = Suspendue
action-resumed = Reprise
action-amended = Ajustée
action-raise-proposed = Budget plus élevé demandé
action-raise-approved = Budget plus élevé approuvé
action-raise-rejected = Budget plus élevé refusé
change-added = { $field } : { $after } (nouveau)
change-removed = { $field } : supprimé ({ $before } avant)
change-changed = { $field } : { $before } → { $after }

# ---- Champs
field-name = Nom
field-id = Identifiant
field-kind = Type
field-state = État
field-starts = Début
field-ends = Fin
field-zone = Fuseau horaire
field-budget = Budget
field-currency = Devise
field-holdout = Groupe témoin en pour cent
field-moments = Moments
field-moment-id = Identifiant du moment
field-action = Action
field-count = Ce qui compte
field-target = Objectif
field-most = Récompenses par utilisateur au plus
field-when = Règle pour les événements
field-when-of = Règle pour les événements de { $moment }
field-rewards = Récompense
field-reward = Récompense { $number }
field-weight = Poids de la récompense { $number }
field-segments = Segments
field-segment = Segment { $name }
field-messages = Messages
field-announcement = Annonce
field-achievement = Félicitations
field-announcement-title = Titre de l’annonce
field-announcement-body = Texte de l’annonce
field-achievement-title = Titre des félicitations
field-achievement-body = Texte des félicitations
field-language = Langue des messages
field-guards = Protection contre la fraude
field-quiet-hours = Heures calmes
field-caps = Limite { $place }
field-competition = Compétition { $place }
field-of-moment = Moment { $number }, { $field }
field-fold = Laquelle ?
field-remove = Supprimer ce moment
fold-first = La première ({ $utc })
fold-second = La seconde ({ $utc })
choose-none = aucune

# ---- Modifier
edit-basics = L’essentiel
edit-messages = Messages de la campagne
edit-rules = Règles et segments
edit-moment = Moment { $number }
edit-new-moment = Nouveau moment
edit-closed = Dans son état, rien ne peut changer ici : c’est promis aux utilisateurs, ou quelqu’un l’examine.
edit-typed = Ce que vous avez saisi et qui n’est pas enregistré
section-what = Ce que c’est
section-window = Quand elle a lieu
section-budget = Ce qu’elle peut dépenser
section-task = Ce que fait l’utilisateur
section-rewards = Ce qu’il reçoit
section-language = Messages en { $language }
section-more-language = Messages dans une autre langue
section-messages = Ce qui est dit à l’utilisateur
section-first-moment = Le premier moment
section-remove = Supprimer
section-segments = Segments d’utilisateurs
section-when = Événements qui comptent
hint-holdout = Sur 100 utilisateurs, autant sont comptés et jamais récompensés, pour mesurer ce que la campagne apporte.
hint-kind = Un défi est annoncé d’abord. Une surprise ne l’est pas.
hint-time = Comme { $example }, à l’heure du fuseau ci-dessous.
hint-ends = Les événements avant cet instant comptent.
hint-end-later = À l’heure de { $zone }. Une campagne approuvée ne peut que finir plus tard.
hint-zone = Par son nom, comme Europe/Paris. Début et fin sont à l’heure de là-bas, comme les jours des utilisateurs sans fuseau.
hint-budget = Le plus que la campagne pourra jamais dépenser, comme { $example }.
hint-currency = Trois lettres, comme EUR.
hint-id = A-Z, a-z, 0-9, - et _. Il reste pour toujours.
hint-moment-id = A-Z, a-z, 0-9, - et _. Unique dans la campagne.
hint-action = Comme l’application la signale, par exemple deposit.
hint-rewards = Avec plusieurs récompenses, chaque utilisateur en reçoit une selon les poids.
hint-no-groups = L’application n’a pas encore de groupe de récompenses. Un moment en demande un.
hint-language = Comme en ou pt-BR. Videz les textes pour supprimer la langue.
hint-announcement = Un défi demande une annonce.
hint-segment-name = a-z, 0-9, - et _.
form-mistakes = Il y a quelque chose à corriger
form-optional = (facultatif)
form-cancel = Annuler
form-unsaved = Vous avez des changements non enregistrés.
form-held = Vous êtes de nouveau connecté. Voici ce que vous aviez saisi ; ce n’est pas encore enregistré.
mistake-missing = Remplissez ce champ.
mistake-whole = Écrivez un nombre entier, en chiffres seulement.
mistake-amount = Écrivez un montant, comme { $example }.
mistake-decimals = { $count ->
    [0] { $currency } n’a pas de décimales.
    [one] { $currency } a au plus { $number } décimale.
   *[other] { $currency } a au plus { $number } décimales.
}
mistake-too-large = C’est plus que tout budget.
mistake-ambiguous-amount = Cela peut se lire de deux façons. Écrivez { $first } ou { $second }.
mistake-zone = Ce n’est pas un fuseau horaire. Écrivez-en un comme Europe/Paris.
mistake-time = Écrivez une date et une heure, comme { $example }.
mistake-skipped = Cette heure n’existe pas à { $zone } : les horloges avancent à { $next }.
mistake-twice = Cette heure existe deux fois à { $zone }, car les horloges reculent. Choisissez laquelle.
mistake-taken = Il y a déjà une campagne avec cet identifiant.
mistake-moment-gone = Quelqu’un a supprimé ce moment ou changé son identifiant. Rien n’a été enregistré. Ce que vous avez saisi est ci-dessous : copiez ce dont vous avez encore besoin.
conflict = Quelqu’un l’a changée depuis que vous l’avez vue
conflict-more = Rien n’a été enregistré. Ce que vous avez saisi est ci-dessous. Enregistrer de nouveau le met par-dessus ces changements :
new-title = Nouvelle campagne
copy-title = Copie de { $name }
create = Créer le brouillon

# ---- Examen
review-title = Examen
review-promise = Ce qui est promis aux utilisateurs
review-changes = Changements depuis la dernière approbation
review-no-changes = Rien n’a changé.
review-never-approved = Elle n’a jamais été approuvée : tout est nouveau.
review-next = Étape suivante
review-draft = La soumission vérifie tout à la fois. Ensuite, elle ne peut être modifiée qu’une fois approuvée ou refusée.
review-running = La suspension l’arrête aussitôt : rien ne compte et rien n’est donné jusqu’à la reprise.
review-suspended = Elle est arrêtée. Ceux qui attendent sont servis à la reprise.
review-rejected = Elle a été refusée. Modifiez-la et elle redevient un brouillon.
review-finished = Elle est finie. Il n’y a plus rien à faire.
review-reason = Raison
review-reason-missing = Écrivez la raison, pour que l’auteur sache quoi changer.
review-refused = L’étape n’a pas eu lieu
review-obstacles = { $count ->
    [one] { $number } obstacle
   *[other] { $number } obstacles
}
role-needed = L’étape suivante demande le rôle { $role }, que vous n’avez pas dans cette application.
review-proposed = Un budget plus élevé attend l’approbation.
approve-raise = Augmenter le budget de { $before } à { $after }
step-submit = Soumettre à l’approbation
approve-now = Engager { $budget }, en cours dès maintenant
approve-later = Engager { $budget }, en cours à partir du { $start }
step-reject = Refuser avec cette raison
step-suspend = Suspendre
step-resume = Reprendre

# ---- Suivi
live-title = Suivi
live-pause = Suspendre l’actualisation
live-resume = Reprendre l’actualisation
live-refresh = Actualiser
live-stale = Les chiffres n’ont pas pu être actualisés. Ils sont de l’heure ci-dessus.
live-as-of = Chiffres du { $at }.
live-spending = Dépenses
live-figures = Récompenses
live-awards = Données dans les 24 dernières heures
live-none = Rien n’a été donné dans les 24 dernières heures.
live-hours-unknown = Cette campagne a été approuvée avant le comptage par heure.
live-chart = Barres : récompenses données par heure, au plus { $most }. Le tableau ci-dessous a les mêmes chiffres.
live-table = La même chose en tableau
live-when = Heure à partir de
live-spent = Dépensé
figure-awards = Récompenses données
figure-redemptions = Récompenses ouvertes
figure-expiries = Récompenses expirées
figure-voids = Récompenses reprises
figure-in-review = Retenues pour examen
figure-waiting = En attente
waiting-no-stock = En attente : pas de stock
waiting-no-budget = En attente : pas de budget
waiting-day-spent = En attente : limite du jour atteinte
waiting-suspended = En attente : suspendue

# ---- Assistance, examens, groupes de récompenses, personnes, accueil
nav-groups = Groupes de récompenses
nav-support = Assistance
nav-people = Personnes
conflict-now = { $field } est maintenant : { $value }
support-find = Trouver un utilisateur
support-user = Utilisateur
support-campaign = Campagne
support-show = Afficher
support-wrong = L’identifiant d’un utilisateur a au plus 256 octets et aucun caractère de contrôle.
support-why = Pourquoi n’ai-je rien reçu ?
support-no-campaign = Il n’y a pas de campagne avec cet identifiant.
support-nothing-runs = Aucune campagne n’est approuvée ou en cours.
support-checks = Vérifications
support-check = Vérification
support-result = Résultat
support-values = Valeurs qui ont décidé
support-passed = réussie
support-not-passed = non réussie
support-eligible = serait récompensé en atteignant l’objectif
support-failed = { $count ->
    [one] { $number } vérification échoue
   *[other] { $number } vérifications échouent
}
support-progress = { $now } sur { $target }
support-more = { $count ->
    [one] { $number } autre moment n’est pas affiché. Indiquez sa campagne ci-dessus.
   *[other] { $number } autres moments ne sont pas affichés. Indiquez leur campagne ci-dessus.
}
support-rewards = Récompenses
support-no-rewards = Cet utilisateur n’a pas de récompenses.
support-older-rewards = Autres récompenses
support-timeline = Chronologie
support-no-entries = On ne sait rien de cet utilisateur.
support-older-entries = Entrées plus anciennes
support-profile = Profil
support-unknown = L’application n’a rien dit de cet utilisateur.
support-marketplace = Place de marché
support-language = Langue
support-devices = Appareils
support-no-devices = Aucun appareil n’est enregistré : aucun push n’atteint cet utilisateur.
support-channel = Canal
support-seen = Vu pour la dernière fois
support-retired = N’est plus atteint parce que
check-campaign-live = La campagne est en cours
check-within-campaign = Pendant la campagne
check-marketplace = Une récompense est valable sur la place de marché
check-segment = Appartient au segment
check-assigned = Une récompense est attribuée
check-when = La règle des événements
check-fingerprint = Pas l’appareil d’un autre utilisateur
check-not-held-out = Pas dans le groupe témoin
check-rewards-left = Il reste des récompenses à cet utilisateur
check-velocity = Pas trop rapide
check-one-reward-per = Pas encore de récompense avec cette empreinte
check-review = Retenue pour examen
actor-user = l’utilisateur
actor-partner = un partenaire
actor-schedule = l’horloge
reward-waiting = En attente
reward-in-review = Retenue pour examen
reward-awarded = Donnée
reward-redeemed = Utilisée
reward-ordered = Commandée
reward-shipped = Expédiée
reward-delivered = Livrée
reward-returned = Retournée
reward-lost = Perdue
reward-expired = Expirée
reward-voided = Reprise
reward-title = Récompense
reward-id = Identifiant
reward-show = Afficher la récompense
reward-campaign = Campagne
reward-group = Groupe de récompenses
reward-cost = Coût
reward-earned-at = Gagnée
reward-awarded-at = Donnée le
reward-expires-at = Expire
reward-redeemed-at = Utilisée le
reward-refunded = Argent revenu au budget
reward-facts = Ce que c’est
reward-erased = effacé
reward-replaces = Remplace
reward-replaced-by = Remplacée par
reward-seen = L’utilisateur a vu l’URL : personne d’autre ne peut la recevoir.
reward-unseen = Personne n’a vu l’URL : en reprenant la récompense, elle revient au stock.
reward-changes = Changements
reward-no-changes = Personne ne l’a changée.
reward-nothing-left = La récompense est reprise, mais il ne restait ni stock ni argent pour une autre. Remplacez-la de nouveau plus tard.
reward-release = Libérer
reward-release-effect = L’utilisateur reçoit la récompense et un push. On ne peut l’annuler qu’en la reprenant.
reward-void = Reprendre
reward-void-effect = L’utilisateur perd la récompense. Son argent revient au budget, sauf si elle a été utilisée. On ne peut pas l’annuler.
reward-replace = Remplacer
reward-replace-effect = La récompense est reprise, et l’utilisateur en reçoit une autre et un push. On ne peut pas l’annuler.
reward-error = Erreur
reward-fraud = Fraude
reward-note = Remarque
reward-note-hint = Pour ceux qui liront plus tard les changements de la récompense.
reward-other-group = Autre groupe de récompenses
reward-other-group-hint = Son identifiant. Vide : le même groupe.
reward-sentence = Une récompense de { $group } pour { $user } dans { $campaign } : { $cost }, { $state }.
reviews-title = Récompenses retenues
reviews-none = Aucune récompense n’est retenue pour examen.
reviews-hint = La plus ancienne d’abord. Les utilisateurs n’en savent encore rien.
reviews-moment = Moment
reviews-decide = Décider
reviews-saved = Enregistré. Une récompense décidée à l’instant peut encore être dans la liste.
group-unique-url = Une URL par utilisateur
group-catalog-credit = Crédit dans un catalogue
group-physical = Marchandise expédiée
group-shared-url = Une URL pour tous
groups-new = Nouveau groupe de récompenses
groups-none = Il n’y a pas encore de groupes de récompenses.
group-create = Créer le groupe de récompenses
group-edit = Modifier
group-taken = Il y a déjà un groupe de récompenses avec cet identifiant.
group-facts = Ce que c’est
group-cpa = Coût par récompense (CPA)
group-cpa-hint = Ce qu’une récompense coûte au propriétaire de l’application.
group-marketplaces = Places de marché
group-marketplaces-hint = Des pays comme DE, ou des places de marché de l’application, avec des virgules. Vide : partout.
group-everywhere = partout
group-test-url = URL pour les tests
group-test-url-hint = Le mode de test répond avec elle au lieu d’une vraie.
group-url = URL pour tous
group-url-hint = Seulement pour un groupe avec une URL pour tous.
group-category = Catégorie
group-category-hint = Seulement pour un crédit dans un catalogue : sa sous-catégorie.
group-credit = Crédit
group-weight = Poids en grammes
group-weight-hint = Seulement pour une marchandise expédiée : le poids du colis.
group-supplier = Fournisseur
group-threshold = Stock bas au-dessous de
group-threshold-hint = S’il en reste moins, les propriétaires sont avertis. Vide : jamais.
group-expires = Jours avant l’expiration d’une récompense
group-fallback = Groupe de remplacement
group-fallback-hint = Son identifiant. Il est donné là où celui-ci n’a pas de stock ou n’est pas valable.
stock-title = Stock
stock-low = Le stock est bas.
stock-available = Disponibles
stock-claimed = Données à des utilisateurs
stock-retired = Retirées du stock
stock-shared = Une URL pour tous : elle n’a pas de stock et ne s’épuise jamais.
stock-supplied = Un fournisseur crée chaque récompense quand son utilisateur ouvre le lien : il n’y a pas de stock.
stock-still = Rien n’a été donné le dernier jour, il n’y a donc pas de prévision.
stock-slow = À moins d’une par jour, il sera épuisé le { $end }.
stock-ends = Au rythme actuel, il sera épuisé le { $end }.
stock-forecast = { $count ->
    [one] À { $number } par jour, il sera épuisé le { $end }.
   *[other] À { $number } par jour, il sera épuisé le { $end }.
}
import-title = Importer des URL de récompenses
import-report = Ce qui a été importé
import-accepted = Nouvelles
import-duplicate = Déjà présentes
import-invalid = Mauvaises lignes
import-line = Ligne
import-more = { $count ->
    [one] { $number } autre mauvaise ligne n’est pas nommée.
   *[other] { $number } autres mauvaises lignes ne sont pas nommées.
}
import-what = Un fichier, ou des lignes collées
import-again = Les bonnes lignes sont enregistrées même si d’autres sont mauvaises. Importer la même chose de nouveau ne change rien.
import-file = Fichier
import-file-hint = CSV avec une colonne url, comme les tableurs l’enregistrent, ou NDJSON ; au plus 1 Mio.
import-urls = URL
import-urls-hint = Une par ligne. Prises si aucun fichier n’est choisi.
import-too-large = C’est plus de 1 Mio ou de 100 000 lignes. Envoyez-le en parties, ou utilisez la ligne de commande.
import-nothing = Choisissez un fichier avec des lignes, ou collez des URL.
import-broken = L’envoi n’est pas arrivé en entier. Envoyez-le de nouveau.
import-both = Choisissez un fichier ou collez des lignes, mais pas les deux. Rien n’a été importé.
import-not-text = Ce n’est pas un fichier de texte. Enregistrez le tableau en CSV.
import-no-column = Aucune colonne ne s’appelle url. Ajoutez un en-tête, ou ne laissez que les URL.
import-unfinished = Le temps n’a pas suffi pour tout. Ce qui est enregistré reste : importez-le de nouveau, ou en plus petites parties.
import-sending = Envoi du fichier.
import-storing = Enregistrement des lignes. Si vous fermez cette page, importez de nouveau le même fichier.
import-lost = La connexion a été perdue. Importez de nouveau le même fichier : rien n’est enregistré deux fois.
people-every-app = toutes les applications
people-new = Nouvelle personne
people-none = Personne n’a encore de rôle.
people-roles = Rôles
role-viewer = Lecture
role-editor = Rédaction
role-approver = Approbation
role-support = Assistance
role-owner = Propriétaire
person-who = Qui c’est
person-id-hint = A-Z, a-z, 0-9, _ - . et @, comme une adresse e-mail. Il reste pour toujours.
person-roles-hint = La lecture voit tout. La rédaction écrit les campagnes, l’approbation les approuve. L’assistance s’occupe des utilisateurs et des récompenses. Un propriétaire fait tout cela et gère les personnes.
person-taken = Il y a déjà une personne avec cet identifiant.
person-delete = Supprimer cette personne
person-delete-effect = { $name } perd toutes ses clés et sessions en une minute. Ce que la personne a fait reste dans les historiques.
person-deleted = La personne a été supprimée.
keys-title = Clés
keys-none = Il n’y a pas de clé : cette personne ne peut pas se connecter.
keys-not-yours = Cette personne a des rôles dans des applications qui ne sont pas à vous : seul un propriétaire de toutes gère ses clés.
keys-id = Nom de la clé
keys-made = Créée
keys-mint = Créer une clé
keys-revoke = Révoquer
keys-revoke-effect = La clé { $key } et les sessions qu’elle a ouvertes cessent de fonctionner en une minute.
keys-revoked = Révoquée { $at }
keys-new = Nouvelle clé
keys-once = Cette clé n’est montrée que maintenant. Transmettez-la par une voie sûre ; personne ne peut la relire. Recharger cette page en crée une autre.
keys-of = Clé de { $person }
keys-kept = Je l’ai gardée
home-nothing = Rien ne vous attend.
home-approvals = En attente d’approbation
home-not-yours = Une personne avec le rôle « Approbation » décide.
home-proposed = Budgets proposés
home-proposed-budget = de { $now } à { $proposed }
home-reviews = Récompenses retenues pour examen
home-held = { $count ->
    [one] { $number } récompense
   *[other] { $number } récompenses
}
home-ending = Finissent dans les 7 jours
home-ends = finit { $end }
home-budget-low = Moins de 10 % du budget restant
home-left = il reste { $left } de { $limit }
home-stock-low = Le stock est bas
home-waiting = { $count ->
    [one] { $number } utilisateur attend du stock
   *[other] { $number } utilisateurs attendent du stock
}
home-in-stock = { $count ->
    [one] Il en reste { $number }.
   *[other] Il en reste { $number }.
}
home-more-groups = { $count ->
    [one] Le stock de { $number } autre groupe avec un seuil est sur sa page.
   *[other] Le stock de { $number } autres groupes avec un seuil est sur leurs pages.
}
home-partial = Seuls les 100 premiers groupes et campagnes sont regardés ici.

# ---- Results, announcement and leaders
results-title = Résultats
results-steps = Du premier pas à la récompense
results-step = Étape
results-number = Nombre
results-share = De l’étape précédente
results-cost = Un moment accompli a coûté { $cost }.
results-moments = Par moment
results-groups = Par groupe de récompenses
results-id = Identifiant
figure-participants = Utilisateurs qui ont commencé
figure-completions = Moments accomplis
results-arm = Bras
results-completers = Utilisateurs qui ont accompli
results-rate = Part
results-interval = Intervalle à 95 %
results-range = { $low } à { $high } %
results-hold-out = Groupe témoin face aux autres
results-of-moments = Moments entre eux
results-of-rewards = Récompenses du moment { $moment }
results-arm-hold-out = groupe témoin
results-arm-rewarded = récompensés
results-more = { $arm } accomplit plus souvent que { $against } : { $difference } points de pourcentage ({ $interval }). C’est assez sûr pour agir.
results-fewer = { $arm } accomplit moins souvent que { $against } : { $difference } points de pourcentage ({ $interval }). C’est assez sûr pour agir.
results-open = On ne sait pas encore qui de { $arm } ou { $against } accomplit plus souvent : la différence est de { $difference } points de pourcentage ({ $interval }).
results-too-few = Trop peu d’utilisateurs pour comparer { $arm } et { $against } : il en faut au moins 30 de chaque côté.
live-announcement = Annonce
live-announced = Annoncée à partir du { $at }.
live-announcing = En cours d’annonce depuis le { $at }.
live-announced-users = Utilisateurs atteints
live-announced-later = En heures calmes : plus tard
live-announced-accepted = Notifications acceptées
live-announced-failed = Notifications échouées
live-board = Classement
live-board-rank = Rang
live-board-user = Utilisateur
live-board-score = Score
live-board-hidden = Masqué à sa demande
live-board-counting = Le classement est en cours de calcul. Il sera là dans quelques secondes.
live-board-empty = Personne n’a encore de score.
live-board-players = { $count ->
    [one] { $number } joueur a un rang.
   *[other] { $number } joueurs ont un rang.
}

# ---- Compétitions : score et prix
edit-competition = Score et prix
go-competition = Modifier le score et les prix
go-new-competition = Créer plutôt une compétition : elle classe les utilisateurs et donne des prix aux places
new-competition-title = Nouvelle compétition
hint-kind-competition = Elle classe les utilisateurs par score et donne à la fin des prix aux places.
section-scored = Ce qui fait le score
section-scoring = Comment se fait le classement
section-prizes = Prix
hint-prizes = Places : 1, ou 2-10, ou 5 % pour les meilleurs de tous ceux qui ont un rang. Un pourcentage exige un nombre maximal de gagnants. Videz une ligne pour la supprimer ; après l’enregistrement, il y a de la place pour une autre.
field-score = Score
score-highest = Quantité la plus élevée
score-lowest = Quantité la plus basse : plus elle est basse, mieux c’est
score-latest = Quantité du dernier événement
score-sum = Somme des quantités
score-count = Nombre d’événements
score-best-of = Somme des meilleures quantités
field-best-of = Combien des meilleures
hint-best-of = Seulement pour la somme des meilleures quantités : de 1 à 20.
field-board-window = Classement
window-campaign = Un seul pour toute la campagne
window-week = Un par semaine, à partir du lundi
window-day = Un par jour
hint-board-window = Chaque classement donne tous les prix : le budget doit donc suffire pour chacun.
field-ties = Scores égaux
ties-earliest = Celui qui a atteint le score en premier est devant
ties-shared = Ils partagent un rang
field-least-score = Plus petite quantité qui compte
field-greatest-score = Plus grande quantité qui compte
hint-score-range = Ce qui ne peut pas être vrai est refusé, comme un tour en une seconde.
field-grace = Minutes de délai
hint-grace = Pendant ce délai après la fin, un événement survenu avant compte encore : de 15 à 1440.
field-settle = Remise des prix
settle-automatic = Automatique, dès que le classement est établi
settle-by-hand = Dès que quelqu’un approuve le classement
field-places = Places du prix { $number }
field-prize = Récompense du prix { $number }
field-winners = Gagnants du prix { $number } (au plus)
mistake-places = Écrivez des places, comme 1 ou 2-10, ou un pourcentage, comme 5 %.
mistake-winners = Un pourcentage d’un nombre quelconque de joueurs exige une limite : écrivez combien gagnent au plus.
prize-place = Place { $place }
prize-places = Places { $from } à { $to }
prize-best = Les { $percent } % meilleurs
prize-at-most = { $group }, pour { $number } au plus

# ---- Règles en lignes
edit-segment = Segment { $name }
edit-new-segment = Ajouter un segment
edit-when = Événements qui comptent pour le moment { $number }
field-remove-segment = Supprimer ce segment
hint-segment = Un segment est un groupe d’utilisateurs pour lesquels une règle est vraie.
hint-every-event = Sans règle, chaque événement de l’action compte.
section-rule = La règle
section-rows = Conditions
hint-rows = Un attribut porte le nom que l’application lui donne. Une condition sur quelque chose d’inconnu n’est pas vraie. Videz une ligne pour la supprimer ; après l’enregistrement, il y a de la place pour une autre.
rule-to-cel = L’écrire en CEL
rule-to-rows = L’afficher en lignes
field-cel = Règle en CEL
hint-cel = Elle est enregistrée telle quelle.
field-join = Elle est vraie si
join-and = toutes les conditions sont vraies
join-or = au moins une condition est vraie
field-row-field = Champ { $number }
field-row-attribute = Attribut { $number }
field-row-comparison = Comparaison { $number }
field-row-value = Valeur { $number }
rule-marketplace = Utilisateur : place de marché
rule-locale = Utilisateur : langue
rule-time-zone = Utilisateur : fuseau horaire
rule-user-id = Utilisateur : identifiant
rule-user-attribute = Utilisateur : attribut
rule-quantity = Événement : quantité
rule-event-attribute = Événement : attribut
rule-count = Compte avant l’événement
rule-rewards = Récompenses gagnées avant
compare-is = est (texte)
compare-is-not = n’est pas (texte)
compare-one-of = est l’un de (textes, virgules)
compare-none-of = n’est aucun de (textes, virgules)
compare-begins = commence par (texte)
compare-equal = est (nombre)
compare-not-equal = n’est pas (nombre)
compare-less = est inférieur à
compare-at-most = est au plus
compare-more = est supérieur à
compare-at-least = est au moins
compare-yes = est oui
compare-no = est non
compare-known = est connu
compare-unknown = n’est pas connu
mistake-not-rows = Des lignes ne peuvent pas dire exactement cette règle. Elle reste telle quelle.
mistake-attribute = Écrivez un nom fait de A-Z, a-z, 0-9 et _, sans chiffre au début. Pour tout autre nom, écrivez la règle en CEL.
mistake-not-needed = Laissez ce champ vide : rien n’est nécessaire ici.
mistake-comparison = Cette comparaison ne convient pas au champ.
mistake-number = Écrivez un nombre sans séparateur de milliers, comme { $example }.
mistake-segment-taken = Il y a déjà un segment de ce nom.
mistake-segment-gone = Quelqu’un a supprimé ou renommé ce segment. Rien n’a été enregistré. Enregistrez de nouveau, et ce que vous avez saisi devient un nouveau segment.
field-for-segments = Seulement pour les utilisateurs de l’un de ces segments
hint-for-segments = Vide pour tout le monde. Avec des virgules entre eux, parmi : { $segments }.
# ---- Expected rewards
forecast-title = Récompenses attendues
forecast-of = Limite
forecast-suffices = Suffit
forecast-verdict = Assez ?
forecast-stock = Stock
forecast-caps = Plafonds
forecast-expected = { $count ->
    [one] { $number } récompense est attendue. Elle coûte { $cost }.
   *[other] { $number } récompenses sont attendues. Elles coûtent { $cost }.
}
forecast-between = entre { $least } et { $most }
forecast-reach = { $count ->
    [one] pour { $number } récompense
   *[other] pour { $number } récompenses
}
forecast-reach-between = pour { $least } à { $most } récompenses, selon lesquelles
forecast-reach-at-least = { $count ->
    [one] pour au moins { $number } récompense
   *[other] pour au moins { $number } récompenses
}
forecast-no-bound = sans limite
forecast-yes = Assez
forecast-depends = Assez pour certaines récompenses seulement
forecast-no = Trop peu
forecast-unknown = Personne n’a dit combien de récompenses sont attendues. Indiquez-le, et cette page le compare au budget, au stock et aux plafonds.
forecast-late = La prévision prend trop de temps en ce moment ; la page fonctionne sans elle.
field-expected = Récompenses attendues
hint-expected = Combien de récompenses seront données en tout, selon vous. Ce nombre est seulement comparé ; il ne décide de rien.
# ---- Journal, webhooks, commandes, clés d’une application
nav-orders = Commandes
nav-webhooks = Webhooks
nav-keys = Clés de l’application
nav-audit = Journal
audit-none = Rien n’a encore été modifié.
audit-hint = Le plus récent d’abord. Les entrées sont gardées 400 jours. Ce qui change dans une campagne figure dans son historique.
audit-when = Quand
audit-who = Qui
audit-what = Quoi
audit-did = Modification
audit-unknown = Nul ne sait si ce fut fait : la requête s’est terminée sans réponse.
audit-app = Réglages de l’application
audit-key = Clé de l’application
audit-token-key = Clé des jetons d’utilisateur
audit-webhook = Webhook
audit-person = Personne
audit-person-key = Clé d’une personne
audit-identity-provider = Fournisseur d’identité
audit-written = Écrit
audit-deleted = Supprimé
audit-minted = Créé
audit-rotated = Remplacé par un nouveau
audit-revoked = Révoqué
audit-loaded = URL chargées
audit-signed-in = Changé en se connectant
webhooks-new = Nouveau webhook
webhooks-none = Il n’y a pas encore de webhook.
webhooks-host = Destination
webhooks-events = Types d’événements
webhooks-every = tous les types
webhooks-types = { $count ->
    [one] { $number } type
   *[other] { $number } types
}
webhook-made = Créé
webhook-create = Créer le webhook
webhook-enabled = Actif
webhook-paused = En pause
webhook-gone = En pause : 410 Gone
webhook-url = URL
webhook-url-hint = Les événements y sont envoyés : https, et un hôte que tous atteignent.
webhook-events-hint = Un par ligne ; * représente tous les types.
webhook-types = Types d’événements : { $types }
webhook-taken = Il y a déjà un webhook avec cet identifiant.
webhook-test = Envoyer un test
webhook-sent = C’est envoyé. La liste montre la réponse de la destination.
webhook-slow = La destination tarde à répondre. Rechargez cette page : la liste montrera la réponse.
webhook-refused = Rien n’a été envoyé
webhook-pause = Mettre en pause
webhook-pause-effect = Pendant la pause, aucun événement ne lui est envoyé. Les envois en attente sont abandonnés.
webhook-resume = Reprendre
webhook-resume-effect = Les événements à partir de maintenant sont de nouveau envoyés.
webhook-rotate = Nouveau secret
webhook-rotate-effect = Le nouveau secret est montré une fois. Pendant un jour, les appels sont aussi signés avec l’ancien.
webhook-delete = Supprimer
webhook-delete-effect = Le webhook et son secret prennent fin aussitôt. Les envois en attente sont abandonnés. C’est irréversible.
webhook-deleted = Le webhook a été supprimé.
webhook-previous = Jusqu’au { $until }, les appels sont aussi signés avec un ancien secret.
webhook-secret = Secret de { $webhook }
webhook-once = Ce secret n’est montré que maintenant. Gardez-le là où votre serveur vérifie les appels ; personne ne peut le relire.
deliveries = Envois
deliveries-none = Rien ne lui a encore été envoyé.
delivery-event = Événement
delivery-pending = En attente
delivery-delivered = Reçu
delivery-failed = Échoué
delivery-attempts = Essais
delivery-last = Dernière réponse
delivery-next = Prochain essai
delivery-again = Renvoyer
orders-none = Aucune commande n’est dans cet état.
orders-hint = Les plus anciennes dans cet état d’abord. Les adresses ne figurent que sur la page d’une commande.
orders-filter = Filtrer les commandes
orders-ordered-at = Commandé le
orders-changed-at = Dans cet état depuis
order-title = Commande
order-show = Afficher la commande
order-partner = Partenaire
order-no-partner = L’application n’a pas ce partenaire, ou il n’y a pas cette commande.
order-partner-hint = L’identifiant du partenaire qui l’expédie.
order-carrier = Transporteur
order-tracking = Numéro de suivi
order-tracking-url = Adresse de la page de suivi
order-track = Suivre le colis
order-claimed-at = Prise en charge le
order-address = Adresse
order-address-until = Elle est supprimée le { $at }. Le journal consigne chaque lecture.
order-address-later = Elle est montrée dès qu’un partenaire a pris la commande en charge. D’ici là, l’utilisateur peut la corriger.
order-address-gone = Elle a été supprimée.
order-claim = Prendre en charge pour un partenaire
order-claim-effect = Le partenaire l’expédie. Dès lors, l’utilisateur ne peut plus corriger l’adresse. C’est irréversible.
order-ship = Marquer comme expédiée
order-ship-effect = La commande est considérée comme expédiée avec ce colis. C’est irréversible.
order-deliver = Marquer comme livrée
order-return = Marquer comme retournée
order-lose = Marquer comme perdue
order-end-effect = La commande prend ainsi fin. C’est irréversible.
app-keys-none = Il n’y a pas encore de clé : aucun serveur de l’application ne peut rien signaler.
app-keys-scope = Pour qui
app-keys-mode = Mode
app-keys-ends = Prend fin le { $at }.
app-keys-ended = Terminée le { $at }.
app-keys-partner-hint = Seulement pour la clé d’un partenaire : son identifiant.
app-keys-revoke-effect = Les requêtes avec la clé { $key } sont refusées en une minute. C’est irréversible.
scope-app = Serveurs de l’application
scope-admin = Administration
scope-partner = Un partenaire
mode-live = Réel
mode-test = Test : ne consomme rien
# ---- Connexion par un fournisseur d’identité
provider-sign-in = Se connecter avec { $name }
provider-or-key = Ou utilisez votre clé personnelle :
provider-other-tab = La connexion s’ouvre dans un autre onglet. Connectez-vous, revenez ici et continuez : votre saisie est conservée.
provider-continue = Je suis connecté : continuer
provider-failed = La connexion n’a pas abouti
provider-over = Cette connexion a pris trop de temps, a déjà servi ou a été commencée dans un autre navigateur. Recommencez.
provider-silent = Le fournisseur d’identité ne répond pas. Réessayez dans un instant.
provider-no-role = Aucun de vos groupes ne vous donne de rôle ici. Demandez à la personne qui gère votre compte de vous ajouter à l’un d’eux.
provider-denied = Vous n’avez pas terminé la connexion là-bas.
provider-broken = Le fournisseur d’identité et Moments ne se comprennent pas. Signalez aux responsables de Moments : { $code }.
person-signs-in = Se connecte par le fournisseur d’identité. Le nom et les groupes de celui-ci déterminent ce qui figure ici.

# ---- What the API refuses
api-range = Écrivez un nombre de { $least } à { $most }.
api-text = Écrivez un texte d’au plus { $most } octets, sans caractères de contrôle.
api-currency = Écrivez la devise en trois lettres, comme EUR.
api-locale = Écrivez une langue comme en, pt-BR ou zh-Hant-TW.
api-hs-code = Écrivez 6 à 10 chiffres du Système harmonisé, sans points.
api-out-of-range = Cette valeur n’est pas possible ici.
api-wrong-type = Une valeur de cette sorte n’a pas sa place ici.
api-wrong-length = Il y a trop peu ou trop d’entrées.
api-repeated = Ceci est là deux fois.
api-id = Cet identifiant n’est pas possible.
api-url = Écrivez une adresse qui commence par https.
api-address = Cette adresse n’est pas possible.
api-marketplace = Cette place de marché est inconnue.
api-money = Ce montant n’est pas possible.
api-time = Cette heure n’est pas possible.
api-rule = Cette règle ne peut pas être utilisée.
api-segment = Ce segment n’est pas possible.
api-unknown-id = La campagne n’a rien de cet identifiant.
api-prize = Les places des prix ne vont pas ensemble.
api-placeholder = Ce champ à remplacer n’est pas possible.
api-guard = Cette protection contre la fraude n’est pas possible.
api-fallback = Ce groupe ne peut pas remplacer.
api-choice = Choisissez une des valeurs proposées.
api-too-large = C’est trop grand.
api-request = Le formulaire et le service ne vont pas ensemble. Rechargez la page.
api-obstacle = Ceci fait obstacle.
api-state = L’état ne le permet pas.
api-group-conflict = Le type et la devise d’un groupe restent les mêmes.
api-budget-spent = Plus que cela est déjà dépensé.
api-forbidden = Vous ne pouvez pas faire ce pas.
api-not-allowed = Ceci n’a pas sa place ici.
api-too-many = Il y en a déjà trop. Supprimez-en un d’abord.
api-identity-provider = C’est le fournisseur d’identité qui en décide.
obstacle-past = La fin est passée. Choisissez-en une plus tard.
obstacle-prizes = Le budget ne couvre pas chaque prix de chaque période : ils peuvent coûter { $cost }.
obstacle-no-competition = Il n’est pas dit comment elle classe et ce qui gagne.
obstacle-announcement = Il faut une annonce : un défi est annoncé.
obstacle-unknown-group = L’application n’a pas de groupe de récompenses { $group }.
obstacle-no-stock = Le groupe de récompenses { $group } n’a pas de stock. Chargez-le d’abord.
obstacle-currency = Le groupe de récompenses { $group } coûte en { $currency }, mais le budget est en { $budget }.
obstacle-budget = Le budget ne couvre pas une récompense du groupe { $group } ({ $cost }).
obstacle-cap = La limite ne couvre pas une récompense ({ $cost }).
obstacle-marketplace = { $marketplace } n’a pas de récompense : aucun groupe du moment n’y est valable.
obstacle-short = Le groupe de récompenses { $group } a { $available } en stock, mais { $needed } peuvent être gagnées.
obstacle-crowded = { $action } compterait pour { $number } moments à la fois, et { $most } est le maximum. Prenez une autre action ou une autre période.
