# Los textos de la consola en español. Cada idioma tiene los mismos textos con los mismos datos; una prueba los compara.

# ---- Cada página
skip = Ir al contenido
nav = Páginas de la aplicación
nav-campaigns = Campañas
language = Idioma
choose = Elegir
sign-out = Salir
save = Guardar
saved = Guardado.
pages = Más páginas
page-first = Primera página
page-next = Página siguiente
value-nothing = nada
value-yes = sí
value-no = no

# ---- Entrar
sign-in = Entrar
sign-in-key = Clave personal
sign-in-key-hint = Te la crea un propietario de la aplicación.
sign-in-refused = Esta clave no se conoce. Revísala o pide una nueva a un propietario.
sign-in-kept = Tu sesión terminó. Lo que escribiste se conserva: entra y el formulario vuelve.

# ---- Problemas
problem-forbidden = No puedes hacer esto
problem-forbidden-more = Tus roles en esta aplicación no lo permiten. Un propietario de la aplicación puede cambiarlos.
problem-not-found = Aquí no hay nada
problem-not-found-more = La dirección es incorrecta, o lo que había aquí ya no existe.
problem-other-site = Este formulario vino de otro sitio
problem-other-site-more = No se cambió nada. Abre la propia consola e inténtalo allí.
problem-too-many = Demasiadas peticiones
problem-busy = La consola no recibe respuesta
problem-wait = { $count ->
    [one] Inténtalo de nuevo en { $number } segundo.
   *[other] Inténtalo de nuevo en { $number } segundos.
}
problem-broken = Algo salió mal
problem-broken-more = Es un defecto nuestro. Nada de lo guardado se ha perdido.
problem-says = El motivo:
problem-request = Petición:
problem-passing = Lo que escribiste sigue en tu navegador: vuelve atrás y envíalo otra vez.
problem-back = Volver a las aplicaciones

# ---- Aplicaciones
apps-title = Elige una aplicación
apps-none = Aún no tienes ninguna aplicación. Pide un rol a un propietario de una aplicación.

# ---- Campañas
campaigns-title = Campañas
campaigns-new = Nueva campaña
campaigns-none = Todavía no hay campañas.
campaigns-none-found = Ninguna campaña cumple el filtro.
filter = Filtrar las campañas
filter-name = Nombre o identificador
filter-order = Orden
filter-state = Estado
filter-show = Mostrar
filter-clear = Mostrar todas
order-id = Por identificador
order-name = Por nombre
order-newest = Primero el inicio más tardío
order-oldest = Primero el inicio más temprano
order-end = Primero el fin más cercano
state-draft = Borrador
state-pending = Espera aprobación
state-approved = Aprobada
state-live = En curso
state-suspended = Suspendida
state-finished = Terminada
state-rejected = Rechazada
kind-challenge = Reto
kind-surprise = Sorpresa
kind-competition = Competición
count-events = Número de eventos
count-quantity = Suma de las cantidades
count-highest = Cantidad más alta
count-streak = Días seguidos

# ---- Una campaña
window = Desde { $start } hasta antes de { $end }.
campaign-reason = Motivo:
campaign-under-review = En revisión: para editarla, recházala primero.
campaign-holdout = { $count ->
    [one] El { $number } % de los usuarios se cuenta y nunca recibe recompensas.
   *[other] El { $number } % de los usuarios se cuenta y nunca recibe recompensas.
}
spent-of = { $spent } gastados de { $limit }.
spent-left = Quedan { $left }.
spent-share = Parte del presupuesto que está gastada
task-events = { $count ->
    [one] { $action } una vez.
   *[other] { $action } { $number } veces.
}
task-quantity = { $count ->
    [one] Reunir { $number } con { $action }.
   *[other] Reunir { $number } con { $action }.
}
task-highest = { $count ->
    [one] Alcanzar { $number } con { $action }.
   *[other] Alcanzar { $number } con { $action }.
}
task-streak = { $count ->
    [one] { $action } durante { $number } día.
   *[other] { $action } durante { $number } días seguidos.
}
task-scored = { $action } da la puntuación.
rewards-one = Recompensa: { $group }.
rewards-several = Una recompensa entre: { $groups }.
rewards-share = { $group } (peso { $weight })
rewards-prizes = Los puestos ganan los premios.
rewards-most = { $count ->
    [one] Como mucho una vez por usuario.
   *[other] Como mucho { $number } veces por usuario.
}
go-review = Revisión y siguiente paso
go-live = Seguimiento
go-copy = Copiar
go-edit-basics = Editar los datos básicos
go-edit-moment = Editar el momento { $moment }
go-new-moment = Añadir un momento
go-messages = Mensajes de toda la campaña
go-rules = Reglas y segmentos
history = Historial
history-version = versión { $version }
history-changes = { $count ->
    [one] { $number } cambio
   *[other] { $number } cambios
}
action-created = Creada
action-edited = Editada
action-submitted = Enviada
action-approved = Aprobada
action-rejected = Rechazada
action-suspended = Suspendida
action-resumed = Reanudada
action-amended = Ajustada
action-raise-proposed = Presupuesto mayor solicitado
action-raise-approved = Presupuesto mayor aprobado
action-raise-rejected = Presupuesto mayor rechazado
change-added = { $field }: { $after } (nuevo)
change-removed = { $field }: quitado (antes { $before })
change-changed = { $field }: { $before } → { $after }

# ---- Campos
field-name = Nombre
field-id = Identificador
field-kind = Tipo
field-state = Estado
field-starts = Inicio
field-ends = Fin
field-zone = Zona horaria
field-budget = Presupuesto
field-currency = Moneda
field-holdout = Grupo de control en por ciento
field-moments = Momentos
field-moment-id = Identificador del momento
field-action = Acción
field-count = Qué cuenta
field-target = Objetivo
field-most = Recompensas por usuario como mucho
field-when = Regla para eventos
field-when-of = Regla para eventos de { $moment }
field-rewards = Recompensa
field-reward = Recompensa { $number }
field-weight = Peso de la recompensa { $number }
field-segments = Segmentos
field-segment = Segmento { $name }
field-messages = Mensajes
field-announcement = Anuncio
field-achievement = Felicitación
field-announcement-title = Título del anuncio
field-announcement-body = Texto del anuncio
field-achievement-title = Título de la felicitación
field-achievement-body = Texto de la felicitación
field-language = Idioma de los mensajes
field-guards = Protección contra el fraude
field-quiet-hours = Horas de silencio
field-caps = Límite { $place }
field-competition = Competición { $place }
field-of-moment = Momento { $number }, { $field }
field-fold = ¿Cuál de las dos?
field-remove = Quitar este momento
fold-first = La primera ({ $utc })
fold-second = La segunda ({ $utc })
choose-none = ninguna

# ---- Editar
edit-basics = Datos básicos
edit-messages = Mensajes de la campaña
edit-rules = Reglas y segmentos
edit-moment = Momento { $number }
edit-new-moment = Nuevo momento
edit-closed = En su estado no se puede cambiar nada aquí: está prometido a los usuarios, o alguien lo revisa.
edit-typed = Lo que escribió y no se ha guardado
section-what = Qué es
section-window = Cuándo corre
section-budget = Qué puede gastar
section-task = Qué hace el usuario
section-rewards = Qué recibe
section-language = Mensajes en { $language }
section-more-language = Mensajes en un idioma más
section-messages = Qué se le dice al usuario
section-first-moment = El primer momento
section-remove = Quitar
section-segments = Segmentos de usuarios
section-when = Eventos que cuentan
hint-holdout = Tantos de 100 usuarios se cuentan y nunca reciben recompensas, para medir qué aporta la campaña.
hint-kind = Un reto se anuncia primero. Una sorpresa no.
hint-time = Como { $example }, a la hora de la zona de abajo.
hint-ends = Cuentan los eventos antes de este instante.
hint-end-later = A la hora de { $zone }. Una campaña aprobada solo puede terminar más tarde.
hint-zone = Por su nombre, como Europe/Madrid. Inicio y fin son a la hora de allí, igual que los días de usuarios sin zona.
hint-budget = Lo máximo que la campaña podrá gastar nunca, como { $example }.
hint-currency = Tres letras, como EUR.
hint-id = A-Z, a-z, 0-9, - y _. Se queda para siempre.
hint-moment-id = A-Z, a-z, 0-9, - y _. Único en la campaña.
hint-action = Como la comunica la aplicación, por ejemplo deposit.
hint-rewards = Con varias recompensas, a cada usuario le toca una según los pesos.
hint-no-groups = La aplicación aún no tiene grupos de recompensas. Un momento necesita uno.
hint-language = Como en o pt-BR. Vacía los textos para quitar el idioma.
hint-announcement = Un reto necesita un anuncio.
hint-segment-name = a-z, 0-9, - y _.
form-mistakes = Hay algo que corregir
form-optional = (opcional)
form-cancel = Cancelar
form-unsaved = Tienes cambios sin guardar.
form-held = Has vuelto a entrar. Esto es lo que escribiste; aún no está guardado.
mistake-missing = Rellena este campo.
mistake-whole = Escribe un número entero, solo con cifras.
mistake-amount = Escribe un importe, como { $example }.
mistake-decimals = { $count ->
    [0] { $currency } no tiene decimales.
    [one] { $currency } tiene como mucho { $number } decimal.
   *[other] { $currency } tiene como mucho { $number } decimales.
}
mistake-too-large = Es más que cualquier presupuesto.
mistake-ambiguous-amount = Esto se puede leer de dos maneras. Escribe { $first } o { $second }.
mistake-zone = No es una zona horaria. Escribe una como Europe/Madrid.
mistake-time = Escribe fecha y hora, como { $example }.
mistake-skipped = Esta hora no existe en { $zone }: los relojes pasan a las { $next }.
mistake-twice = Esta hora existe dos veces en { $zone }, porque los relojes se atrasan. Elige cuál es.
mistake-taken = Ya hay una campaña con este identificador.
mistake-moment-gone = Alguien quitó este momento o cambió su identificador. No se guardó nada. Lo que escribiste está abajo: copia lo que aún necesites.
conflict = Alguien la cambió desde que la viste
conflict-more = No se guardó nada. Lo que escribiste está abajo. Si guardas otra vez, queda por encima de estos cambios:
new-title = Nueva campaña
copy-title = Copia de { $name }
create = Crear el borrador

# ---- Revisión
review-title = Revisión
review-promise = Qué se promete a los usuarios
review-changes = Cambios desde la última aprobación
review-no-changes = No ha cambiado nada.
review-never-approved = Nunca se aprobó: todo es nuevo.
review-next = Siguiente paso
review-draft = El envío comprueba todo a la vez. Después no se puede editar hasta que alguien apruebe o rechace.
review-running = La suspensión la detiene al instante: nada cuenta y nada se da hasta que se reanude.
review-suspended = Está detenida. A quienes esperan se les atiende al reanudarla.
review-rejected = Fue rechazada. Edítala y vuelve a ser un borrador.
review-finished = Ha terminado. Ya no hay nada que hacer.
review-reason = Motivo
review-reason-missing = Escribe el motivo, para que el autor sepa qué cambiar.
review-refused = El paso no se dio
review-obstacles = { $count ->
    [one] { $number } obstáculo
   *[other] { $number } obstáculos
}
role-needed = El siguiente paso requiere el rol { $role }, que no tienes en esta aplicación.
review-proposed = Un presupuesto mayor espera aprobación.
approve-raise = Subir el presupuesto de { $before } a { $after }
step-submit = Enviar para aprobación
approve-now = Comprometer { $budget }, en curso desde ya
approve-later = Comprometer { $budget }, en curso desde { $start }
step-reject = Rechazar con este motivo
step-suspend = Suspender
step-resume = Reanudar

# ---- Seguimiento
live-title = Seguimiento
live-pause = Pausar la actualización
live-resume = Reanudar la actualización
live-refresh = Actualizar
live-stale = No se pudieron actualizar las cifras. Son de la hora de arriba.
live-as-of = Cifras de { $at }.
live-spending = Gasto
live-figures = Recompensas
live-awards = Dadas en las últimas 24 horas
live-none = No se dio nada en las últimas 24 horas.
live-hours-unknown = Esta campaña se aprobó antes de que se contaran las horas.
live-chart = Barras: recompensas dadas en cada hora, como mucho { $most }. La tabla de abajo tiene las mismas cifras.
live-table = Lo mismo como tabla
live-when = Hora desde
live-spent = Gastado
figure-awards = Recompensas dadas
figure-redemptions = Recompensas abiertas
figure-expiries = Recompensas caducadas
figure-voids = Recompensas retiradas
figure-in-review = Retenidas para revisión
figure-waiting = En espera
waiting-no-stock = En espera: sin existencias
waiting-no-budget = En espera: sin presupuesto
waiting-day-spent = En espera: límite del día alcanzado
waiting-suspended = En espera: suspendida

# ---- Atención, revisiones, grupos de recompensas, personas, inicio
nav-groups = Grupos de recompensas
nav-support = Atención
nav-people = Personas
conflict-now = { $field } es ahora: { $value }
support-find = Buscar un usuario
support-user = Usuario
support-campaign = Campaña
support-show = Mostrar
support-wrong = El identificador de un usuario tiene como máximo 256 bytes y ningún carácter de control.
support-why = ¿Por qué no recibí nada?
support-no-campaign = No hay ninguna campaña con este identificador.
support-nothing-runs = Ninguna campaña está aprobada o en curso.
support-checks = Comprobaciones
support-check = Comprobación
support-result = Resultado
support-values = Valores que decidieron
support-passed = superada
support-not-passed = no superada
support-eligible = recibiría una recompensa al llegar a la meta
support-failed = { $count ->
    [one] { $number } comprobación falla
   *[other] { $number } comprobaciones fallan
}
support-progress = { $now } de { $target }
support-more = { $count ->
    [one] { $number } momento más no se muestra. Indica arriba su campaña.
   *[other] { $number } momentos más no se muestran. Indica arriba su campaña.
}
support-rewards = Recompensas
support-no-rewards = Este usuario no tiene recompensas.
support-older-rewards = Más recompensas
support-timeline = Cronología
support-no-entries = No se sabe nada de este usuario.
support-older-entries = Entradas anteriores
support-profile = Perfil
support-unknown = La aplicación no ha dicho nada de este usuario.
support-marketplace = Mercado
support-language = Idioma
support-devices = Dispositivos
support-no-devices = No hay ningún dispositivo registrado: ningún push llega a este usuario.
support-channel = Canal
support-seen = Visto por última vez
support-retired = Ya no se alcanza porque
check-campaign-live = La campaña está en curso
check-within-campaign = Dentro del tiempo de la campaña
check-marketplace = Una recompensa vale en el mercado
check-segment = Pertenece al segmento
check-assigned = Hay una recompensa asignada
check-when = La regla para eventos
check-fingerprint = No es el dispositivo de otro usuario
check-not-held-out = No está en el grupo de control
check-rewards-left = Le quedan recompensas a este usuario
check-velocity = No demasiado rápido
check-one-reward-per = Aún ninguna recompensa con esta huella
check-review = Retenida para revisión
actor-user = el usuario
actor-partner = un socio
actor-schedule = el reloj
reward-waiting = En espera
reward-in-review = Retenida para revisión
reward-awarded = Dada
reward-redeemed = Canjeada
reward-ordered = Pedida
reward-shipped = Enviada
reward-delivered = Entregada
reward-returned = Devuelta
reward-lost = Perdida
reward-expired = Caducada
reward-voided = Retirada
reward-title = Recompensa
reward-id = Identificador
reward-show = Mostrar la recompensa
reward-campaign = Campaña
reward-group = Grupo de recompensas
reward-cost = Coste
reward-earned-at = Ganada
reward-awarded-at = Dada el
reward-expires-at = Caduca
reward-redeemed-at = Canjeada el
reward-refunded = Dinero devuelto al presupuesto
reward-facts = Qué es
reward-erased = borrado
reward-replaces = Sustituye a
reward-replaced-by = Sustituida por
reward-seen = El usuario ha visto la URL: nadie más puede recibirla.
reward-unseen = Nadie ha visto la URL: al retirar la recompensa vuelve a las existencias.
reward-changes = Cambios
reward-no-changes = Nadie la ha cambiado.
reward-nothing-left = La recompensa está retirada, pero no quedaban existencias o dinero para otra. Sustitúyela otra vez más tarde.
reward-release = Liberar
reward-release-effect = El usuario recibe la recompensa y un push. Solo se deshace retirándola.
reward-void = Retirar
reward-void-effect = El usuario pierde la recompensa. Su dinero vuelve al presupuesto, salvo si fue canjeada. No se puede deshacer.
reward-replace = Sustituir
reward-replace-effect = La recompensa se retira, y el usuario recibe otra y un push. No se puede deshacer.
reward-error = Error
reward-fraud = Fraude
reward-note = Nota
reward-note-hint = Para quienes lean más tarde los cambios de la recompensa.
reward-other-group = Otro grupo de recompensas
reward-other-group-hint = Su identificador. Vacío: el mismo grupo.
reward-sentence = Una recompensa de { $group } para { $user } en { $campaign }: { $cost }, { $state }.
reviews-title = Recompensas retenidas
reviews-none = Ninguna recompensa está retenida para revisión.
reviews-hint = Primero la más antigua. Los usuarios aún no saben nada de ellas.
reviews-moment = Momento
reviews-decide = Decidir
reviews-saved = Guardado. Una recompensa decidida hace un momento puede seguir en la lista.
group-unique-url = Una URL para cada usuario
group-catalog-credit = Crédito en un catálogo
group-physical = Mercancía enviada
group-shared-url = Una URL para todos
groups-new = Nuevo grupo de recompensas
groups-none = Aún no hay grupos de recompensas.
group-create = Crear el grupo de recompensas
group-edit = Editar
group-taken = Ya hay un grupo de recompensas con este identificador.
group-facts = Qué es
group-cpa = Coste por recompensa (CPA)
group-cpa-hint = Lo que una recompensa cuesta al propietario de la aplicación.
group-marketplaces = Mercados
group-marketplaces-hint = Países como DE, o mercados de la aplicación, con comas. Vacío: en todas partes.
group-everywhere = en todas partes
group-test-url = URL para pruebas
group-test-url-hint = El modo de prueba responde con ella en lugar de una real.
group-url = URL para todos
group-url-hint = Solo para un grupo con una URL para todos.
group-category = Categoría
group-category-hint = Solo para crédito en un catálogo: la subcategoría para la que vale.
group-credit = Crédito
group-weight = Peso en gramos
group-weight-hint = Solo para mercancía enviada: el peso del paquete.
group-supplier = Proveedor
group-threshold = Existencias bajas por debajo de
group-threshold-hint = Si quedan menos, se avisa a los propietarios. Vacío: nunca.
group-expires = Días hasta que caduca una recompensa
group-fallback = Grupo de sustitución
group-fallback-hint = Su identificador. Se da donde este no tiene existencias o no vale.
stock-title = Existencias
stock-low = Las existencias son bajas.
stock-available = Disponibles
stock-claimed = Dadas a usuarios
stock-retired = Apartadas
stock-shared = Una URL para todos: no tiene existencias y nunca se agota.
stock-supplied = Un proveedor crea cada recompensa cuando su usuario abre el enlace: no hay existencias.
stock-still = En el último día no se dio nada, así que no hay previsión.
stock-slow = A menos de una al día, se agota el { $end }.
stock-ends = Al ritmo actual se agota el { $end }.
stock-forecast = { $count ->
    [one] A { $number } al día, se agota el { $end }.
   *[other] A { $number } al día, se agota el { $end }.
}
import-title = Importar URL de recompensas
import-report = Qué se importó
import-accepted = Nuevas
import-duplicate = Ya estaban
import-invalid = Filas incorrectas
import-line = Línea
import-more = { $count ->
    [one] { $number } fila incorrecta más no se nombra.
   *[other] { $number } filas incorrectas más no se nombran.
}
import-what = Un archivo, o líneas pegadas
import-again = Las filas correctas se guardan aunque otras sean incorrectas. Importar lo mismo otra vez no cambia nada.
import-file = Archivo
import-file-hint = CSV con una columna url, como la guardan las hojas de cálculo, o NDJSON; como máximo 1 MiB.
import-urls = URL
import-urls-hint = Una en cada línea. Se toman si no se elige un archivo.
import-too-large = Es más de 1 MiB o de 100.000 filas. Envíalo por partes, o usa la línea de comandos.
import-nothing = Elige un archivo con filas, o pega URL.
import-broken = El envío no llegó completo. Envíelo de nuevo.
import-both = Elija un archivo o pegue líneas, pero no ambas cosas. No se ha importado nada.
import-not-text = Esto no es un archivo de texto. Guarda la hoja de cálculo como CSV.
import-no-column = Ninguna columna se llama url. Añade un encabezado, o deja solo las URL.
import-unfinished = El tiempo no bastó para todo. Lo guardado queda: impórtalo otra vez, o en partes más pequeñas.
import-sending = Enviando el archivo.
import-storing = Guardando las filas. Si cierra esta página, importe de nuevo el mismo archivo.
import-lost = Se perdió la conexión. Importe de nuevo el mismo archivo: nada se guarda dos veces.
people-every-app = todas las aplicaciones
people-new = Nueva persona
people-none = Nadie tiene aún un rol.
people-roles = Roles
role-viewer = Lectura
role-editor = Edición
role-approver = Aprobación
role-support = Atención
role-owner = Propietario
person-who = Quién es
person-id-hint = A-Z, a-z, 0-9, _ - . y @, como una dirección de correo. Queda para siempre.
person-roles-hint = La lectura lo ve todo. La edición escribe campañas, la aprobación las aprueba. La atención se ocupa de usuarios y recompensas. Un propietario hace todo eso y administra las personas.
person-taken = Ya hay una persona con este identificador.
person-delete = Borrar a esta persona
person-delete-effect = { $name } pierde todas sus claves y sesiones en un minuto. Lo que hizo la persona queda en los historiales.
person-deleted = La persona fue borrada.
keys-title = Claves
keys-none = No hay ninguna clave: esta persona no puede entrar.
keys-not-yours = Esta persona tiene roles en aplicaciones que no son tuyas: solo un propietario de todas administra sus claves.
keys-id = Nombre de la clave
keys-made = Creada
keys-mint = Crear una clave
keys-revoke = Revocar
keys-revoke-effect = La clave { $key } y las sesiones que abrió dejan de funcionar en un minuto.
keys-revoked = Revocada { $at }
keys-new = Nueva clave
keys-once = Esta clave solo se muestra ahora. Entrégala por una vía segura; nadie puede volver a leerla. Recargar esta página crea otra.
keys-of = Clave de { $person }
keys-kept = La he guardado
home-nothing = Nada te espera.
home-approvals = Esperan aprobación
home-not-yours = Decide alguien con el rol «Aprobación».
home-proposed = Presupuestos propuestos
home-proposed-budget = de { $now } a { $proposed }
home-reviews = Recompensas retenidas para revisión
home-held = { $count ->
    [one] { $number } recompensa
   *[other] { $number } recompensas
}
home-ending = Terminan en 7 días
home-ends = termina { $end }
home-budget-low = Queda menos del 10 % del presupuesto
home-left = quedan { $left } de { $limit }
home-stock-low = Las existencias son bajas
home-waiting = { $count ->
    [one] { $number } usuario espera existencias
   *[other] { $number } usuarios esperan existencias
}
home-in-stock = { $count ->
    [one] Queda { $number }.
   *[other] Quedan { $number }.
}
home-more-groups = { $count ->
    [one] Las existencias de { $number } grupo más con umbral están en su página.
   *[other] Las existencias de { $number } grupos más con umbral están en sus páginas.
}
home-partial = Aquí solo se miran las primeras 100 campañas y los primeros 100 grupos de recompensas.

# ---- Results, announcement and leaders
results-title = Resultados
results-steps = Del primer paso a la recompensa
results-step = Paso
results-number = Número
results-share = Del paso anterior
results-cost = Un momento completado ha costado { $cost }.
results-moments = Por momento
results-groups = Por grupo de recompensas
results-id = Identificador
figure-participants = Usuarios que empezaron
figure-completions = Momentos completados
results-arm = Brazo
results-completers = Usuarios que completaron
results-rate = Proporción
results-interval = Intervalo del 95 %
results-range = de { $low } a { $high } %
results-hold-out = Grupo de control frente a los demás
results-of-moments = Momentos entre sí
results-of-rewards = Recompensas del momento { $moment }
results-arm-hold-out = grupo de control
results-arm-rewarded = recompensados
results-more = { $arm } completa más a menudo que { $against }: { $difference } puntos porcentuales ({ $interval }). Es lo bastante seguro para actuar.
results-fewer = { $arm } completa menos a menudo que { $against }: { $difference } puntos porcentuales ({ $interval }). Es lo bastante seguro para actuar.
results-open = Aún no se sabe si { $arm } o { $against } completa más a menudo: la diferencia es de { $difference } puntos porcentuales ({ $interval }).
results-too-few = Muy pocos usuarios para comparar { $arm } con { $against }: hacen falta al menos 30 de cada uno.
live-announcement = Anuncio
live-announced = Anunciada desde { $at }.
live-announcing = Anunciándose desde { $at }.
live-announced-users = Usuarios alcanzados
live-announced-later = En horas de silencio: más tarde
live-announced-accepted = Notificaciones aceptadas
live-announced-failed = Notificaciones fallidas
live-board = Clasificación
live-board-rank = Puesto
live-board-user = Usuario
live-board-score = Puntuación
live-board-hidden = Oculto a petición
live-board-counting = La clasificación se está contando. Estará aquí en unos segundos.
live-board-empty = Nadie tiene puntuación todavía.
live-board-players = { $count ->
    [one] { $number } jugador tiene puesto.
   *[other] { $number } jugadores tienen puesto.
}

# ---- Competiciones: puntuación y premios
edit-competition = Puntuación y premios
go-competition = Editar puntuación y premios
go-new-competition = Crear en su lugar una competición: ordena a los usuarios y da premios a los puestos
new-competition-title = Nueva competición
hint-kind-competition = Ordena a los usuarios por puntuación y al final da premios a los puestos.
section-scored = Qué da la puntuación
section-scoring = Cómo se forma la clasificación
section-prizes = Premios
hint-prizes = Puestos: 1, o 2-10, o 5 % para los mejores de todos los que tienen puesto. Un porcentaje necesita un máximo de ganadores. Vacía una fila para quitarla; al guardar hay sitio para otra.
field-score = Puntuación
score-highest = Cantidad más alta
score-lowest = Cantidad más baja: cuanto más baja, mejor
score-latest = Cantidad del último evento
score-sum = Suma de las cantidades
score-count = Número de eventos
score-best-of = Suma de las mejores cantidades
field-best-of = Cuántas de las mejores
hint-best-of = Solo para la suma de las mejores cantidades: de 1 a 20.
field-board-window = Clasificación
window-campaign = Una para toda la campaña
window-week = Una para cada semana, desde el lunes
window-day = Una para cada día
hint-board-window = Cada clasificación da todos los premios, así que el presupuesto debe alcanzar para cada una.
field-ties = Puntuaciones iguales
ties-earliest = Va delante quien alcanzó antes la puntuación
ties-shared = Comparten el puesto
field-least-score = Cantidad mínima que cuenta
field-greatest-score = Cantidad máxima que cuenta
hint-score-range = Se rechaza lo que no puede ser cierto, como una vuelta de un segundo.
field-grace = Minutos de gracia
hint-grace = Durante ese tiempo tras el final aún cuenta un evento ocurrido antes: de 15 a 1440.
field-settle = Entrega de los premios
settle-automatic = Automática, en cuanto se cuenta la clasificación
settle-by-hand = En cuanto alguien aprueba la clasificación
field-places = Puestos del premio { $number }
field-prize = Recompensa del premio { $number }
field-winners = Ganadores del premio { $number } (como máximo)
mistake-places = Escribe puestos, como 1 o 2-10, o un porcentaje, como 5 %.
mistake-winners = Un porcentaje de cualquier número de jugadores necesita un límite: escribe cuántos ganan como máximo.
prize-place = Puesto { $place }
prize-places = Puestos { $from } a { $to }
prize-best = El mejor { $percent } %
prize-at-most = { $group }, para { $number } como máximo

# ---- Reglas en filas
edit-segment = Segmento { $name }
edit-new-segment = Añadir un segmento
edit-when = Eventos que cuentan para el momento { $number }
field-remove-segment = Quitar este segmento
hint-segment = Un segmento es un grupo de usuarios para los que se cumple una regla.
hint-every-event = Sin regla cuenta todo evento de la acción.
section-rule = La regla
section-rows = Condiciones
hint-rows = Un atributo tiene el nombre que le da la app. Una condición sobre algo desconocido no se cumple. Vacía una fila para quitarla; al guardar hay sitio para otra.
rule-to-cel = Escribirla en CEL
rule-to-rows = Mostrarla en filas
field-cel = Regla en CEL
hint-cel = Se guarda tal como está escrita.
field-join = Se cumple si
join-and = se cumplen todas las condiciones
join-or = se cumple al menos una condición
field-row-field = Campo { $number }
field-row-attribute = Atributo { $number }
field-row-comparison = Comparación { $number }
field-row-value = Valor { $number }
rule-marketplace = Usuario: mercado
rule-locale = Usuario: idioma
rule-time-zone = Usuario: zona horaria
rule-user-id = Usuario: id
rule-user-attribute = Usuario: atributo
rule-quantity = Evento: cantidad
rule-event-attribute = Evento: atributo
rule-count = Cuenta antes del evento
rule-rewards = Recompensas ganadas antes
compare-is = es (texto)
compare-is-not = no es (texto)
compare-one-of = es uno de (textos con comas)
compare-none-of = no es ninguno de (textos con comas)
compare-begins = empieza por (texto)
compare-equal = es (número)
compare-not-equal = no es (número)
compare-less = es menor que
compare-at-most = es como máximo
compare-more = es mayor que
compare-at-least = es como mínimo
compare-yes = es sí
compare-no = es no
compare-known = es conocido
compare-unknown = no es conocido
mistake-not-rows = Las filas no pueden decir exactamente esta regla. Queda tal como está escrita.
mistake-attribute = Escribe un nombre de A-Z, a-z, 0-9 y _, sin cifra al principio. Para cualquier otro nombre, escribe la regla en CEL.
mistake-not-needed = Déjalo vacío: aquí no hace falta nada.
mistake-comparison = Esta comparación no sirve para el campo.
mistake-number = Escribe un número sin separadores de millares, como { $example }.
mistake-segment-taken = Ya hay un segmento con este nombre.
mistake-segment-gone = Alguien quitó este segmento o le cambió el nombre. No se guardó nada. Si guardas otra vez, lo que escribiste será un segmento nuevo.
field-for-segments = Solo para usuarios de alguno de estos segmentos
hint-for-segments = Vacío para todos. Con comas entre ellos, de: { $segments }.
# ---- Expected rewards
forecast-title = Recompensas esperadas
forecast-of = Límite
forecast-suffices = Alcanza
forecast-verdict = ¿Suficiente?
forecast-stock = Existencias
forecast-caps = Topes
forecast-expected = { $count ->
    [one] Se espera { $number } recompensa. Cuesta { $cost }.
   *[other] Se esperan { $number } recompensas. Cuestan { $cost }.
}
forecast-between = entre { $least } y { $most }
forecast-reach = { $count ->
    [one] para { $number } recompensa
   *[other] para { $number } recompensas
}
forecast-reach-between = para { $least } a { $most } recompensas, según cuáles
forecast-reach-at-least = { $count ->
    [one] para al menos { $number } recompensa
   *[other] para al menos { $number } recompensas
}
forecast-no-bound = sin límite
forecast-yes = Suficiente
forecast-depends = Suficiente solo para algunas recompensas
forecast-no = Demasiado poco
forecast-unknown = Nadie ha dicho cuántas recompensas se esperan. Indíquelo y esta página lo compara con presupuesto, existencias y topes.
forecast-late = La previsión tarda demasiado ahora; la página funciona sin ella.
field-expected = Recompensas esperadas
hint-expected = Cuántas recompensas cree que se darán en total. El número solo se compara; no decide nada.
# ---- Registro, webhooks, pedidos, claves de una aplicación
nav-orders = Pedidos
nav-webhooks = Webhooks
nav-keys = Claves de la aplicación
nav-audit = Registro
audit-none = Todavía no se ha cambiado nada.
audit-hint = Lo más reciente primero. Las entradas se guardan 400 días. Lo que cambia en una campaña está en su historial.
audit-when = Cuándo
audit-who = Quién
audit-what = Qué
audit-did = Cambio
audit-unknown = Nadie sabe si se hizo: la petición terminó sin respuesta.
audit-app = Ajustes de la aplicación
audit-key = Clave de la aplicación
audit-token-key = Clave de tokens de usuario
audit-webhook = Webhook
audit-person = Persona
audit-person-key = Clave de una persona
audit-identity-provider = Proveedor de identidad
audit-written = Escrito
audit-deleted = Eliminado
audit-minted = Creado
audit-rotated = Sustituido por uno nuevo
audit-revoked = Revocado
audit-loaded = URL cargadas
audit-signed-in = Cambiado al iniciar sesión
webhooks-new = Nuevo webhook
webhooks-none = Todavía no hay ningún webhook.
webhooks-host = Destino
webhooks-events = Tipos de eventos
webhooks-every = todos los tipos
webhooks-types = { $count ->
    [one] { $number } tipo
   *[other] { $number } tipos
}
webhook-made = Creado
webhook-create = Crear el webhook
webhook-enabled = Activo
webhook-paused = En pausa
webhook-gone = En pausa: 410 Gone
webhook-url = URL
webhook-url-hint = Los eventos se envían allí: https y un servidor que cualquiera alcanza.
webhook-events-hint = Uno en cada línea; * son todos los tipos.
webhook-types = Tipos de eventos: { $types }
webhook-taken = Ya hay un webhook con este identificador.
webhook-test = Enviar una prueba
webhook-sent = Enviado. La lista muestra lo que respondió el destino.
webhook-slow = El destino tarda en responder. Vuelve a cargar la página: la lista mostrará la respuesta.
webhook-refused = No se envió
webhook-pause = Pausar
webhook-pause-effect = En pausa no recibe ningún evento. Las entregas pendientes se abandonan.
webhook-resume = Reanudar
webhook-resume-effect = Los eventos a partir de ahora se envían de nuevo.
webhook-rotate = Nuevo secreto
webhook-rotate-effect = El nuevo secreto se muestra una vez. Durante un día, las llamadas se firman también con el anterior.
webhook-delete = Eliminar
webhook-delete-effect = El webhook y su secreto terminan al momento. Las entregas pendientes se abandonan. No se puede deshacer.
webhook-deleted = El webhook se ha eliminado.
webhook-previous = Hasta el { $until }, las llamadas se firman también con un secreto anterior.
webhook-secret = Secreto de { $webhook }
webhook-once = Este secreto solo se muestra ahora. Guárdalo donde tu servidor comprueba las llamadas; nadie puede volver a leerlo.
deliveries = Entregas
deliveries-none = Todavía no se le ha enviado nada.
delivery-event = Evento
delivery-pending = Pendiente
delivery-delivered = Entregado
delivery-failed = Fallido
delivery-attempts = Intentos
delivery-last = Última respuesta
delivery-next = Próximo intento
delivery-again = Enviar de nuevo
orders-none = Ningún pedido está en este estado.
orders-hint = Primero los que llevan más tiempo en este estado. Las direcciones solo están en la página de un pedido.
orders-filter = Filtrar los pedidos
orders-ordered-at = Pedido el
orders-changed-at = En este estado desde
order-title = Pedido
order-show = Mostrar el pedido
order-partner = Socio
order-no-partner = La aplicación no tiene ese socio, o no hay ese pedido.
order-partner-hint = El identificador del socio que lo envía.
order-carrier = Transportista
order-tracking = Número de seguimiento
order-tracking-url = Dirección de la página de seguimiento
order-track = Seguir el paquete
order-claimed-at = Asumido el
order-address = Dirección
order-address-until = Se elimina el { $at }. El registro anota cada lectura.
order-address-later = Se muestra cuando un socio ha asumido el pedido. Hasta entonces el usuario puede corregirla.
order-address-gone = Se ha eliminado.
order-claim = Asumir para un socio
order-claim-effect = El socio lo envía. Desde entonces el usuario no puede corregir la dirección. No se puede deshacer.
order-ship = Marcar como enviado
order-ship-effect = El pedido consta como enviado con este paquete. No se puede deshacer.
order-deliver = Marcar como entregado
order-return = Marcar como devuelto
order-lose = Marcar como perdido
order-end-effect = Con ello termina el pedido. No se puede deshacer.
app-keys-none = Todavía no hay clave: ningún servidor de la aplicación puede comunicar nada.
app-keys-scope = Para quién
app-keys-mode = Modo
app-keys-ends = Termina el { $at }.
app-keys-ended = Terminó el { $at }.
app-keys-partner-hint = Solo de una clave para un socio: su identificador.
app-keys-revoke-effect = Las peticiones con la clave { $key } se rechazan en un minuto. No se puede deshacer.
scope-app = Servidores de la aplicación
scope-admin = Administración
scope-partner = Un socio
mode-live = Real
mode-test = Prueba: no consume nada
# ---- Inicio de sesión con un proveedor de identidad
provider-sign-in = Iniciar sesión con { $name }
provider-or-key = O use su clave personal:
provider-other-tab = Se abre en otra pestaña. Inicie sesión allí, vuelva aquí y continúe: lo que escribió se conserva.
provider-continue = Ya he iniciado sesión: continuar
provider-failed = No se pudo iniciar la sesión
provider-over = Este inicio de sesión tardó demasiado, ya se usó o se empezó en otro navegador. Empiece de nuevo.
provider-silent = El proveedor de identidad no responde. Inténtelo de nuevo en un momento.
provider-no-role = Ninguno de sus grupos le da un rol aquí. Pida a quien administra su cuenta que le añada a uno.
provider-denied = No terminó de iniciar la sesión allí.
provider-broken = El proveedor de identidad y Moments no se entienden. Avise a quien administra Moments: { $code }.
person-signs-in = Inicia sesión con el proveedor de identidad. El nombre y los grupos de allí deciden lo que figura aquí.

# ---- What the API refuses
api-range = Escriba un número de { $least } a { $most }.
api-text = Escriba un texto de { $most } bytes como máximo, sin caracteres de control.
api-currency = Escriba la moneda con tres letras, como EUR.
api-locale = Escriba un idioma como en, pt-BR o zh-Hant-TW.
api-hs-code = Escriba de 6 a 10 cifras del Sistema Armonizado, sin puntos.
api-out-of-range = Este valor no es posible aquí.
api-wrong-type = Un valor de este tipo no va aquí.
api-wrong-length = Hay muy pocas o demasiadas entradas.
api-repeated = Esto está dos veces.
api-id = Este identificador no es posible.
api-url = Escriba una dirección que empiece por https.
api-address = Esta dirección no es posible.
api-marketplace = Este mercado se desconoce.
api-money = Este importe no es posible.
api-time = Esta hora no es posible.
api-rule = Esta regla no se puede usar.
api-segment = Este segmento no es posible.
api-unknown-id = La campaña no tiene nada con este identificador.
api-prize = Los puestos de los premios no encajan.
api-placeholder = Este marcador no es posible.
api-guard = Esta protección contra el fraude no es posible.
api-fallback = Este grupo no puede sustituir.
api-choice = Elija uno de los valores que se ofrecen.
api-too-large = Esto es demasiado grande.
api-request = El formulario y el servicio no encajan. Vuelva a cargar la página.
api-obstacle = Esto lo impide.
api-state = El estado no lo permite.
api-group-conflict = El tipo y la moneda de un grupo quedan como están.
api-budget-spent = Ya se ha gastado más que eso.
api-forbidden = Usted no puede dar este paso.
api-not-allowed = Esto no corresponde aquí.
api-too-many = Ya hay demasiados. Elimine uno primero.
api-identity-provider = Esto lo decide el proveedor de identidad.
obstacle-past = El final está en el pasado. Elija uno más tarde.
obstacle-prizes = El presupuesto no cubre cada premio de cada periodo: pueden costar { $cost }.
obstacle-no-competition = No se ha dicho cómo clasifica ni qué gana.
obstacle-announcement = Hace falta un anuncio: un reto se anuncia.
obstacle-unknown-group = La app no tiene el grupo de recompensas { $group }.
obstacle-no-stock = El grupo de recompensas { $group } no tiene existencias. Cárguelas primero.
obstacle-currency = El grupo de recompensas { $group } cuesta en { $currency }, pero el presupuesto está en { $budget }.
obstacle-budget = El presupuesto no cubre una recompensa del grupo { $group } ({ $cost }).
obstacle-cap = El límite no cubre una recompensa ({ $cost }).
obstacle-marketplace = { $marketplace } no tiene recompensa: ningún grupo del momento vale allí.
obstacle-short = El grupo de recompensas { $group } tiene { $available } en existencias, pero se pueden ganar { $needed }.
obstacle-crowded = { $action } contaría para { $number } momentos a la vez, y { $most } es el máximo. Tome otra acción u otro periodo.
