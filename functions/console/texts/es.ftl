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
field-segment-name = Nombre del segmento { $number }
field-segment-rule = Regla del segmento { $number }
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
hint-rules = Un segmento es un grupo de usuarios con una regla en CEL. Vacía ambos campos para quitarlo.
hint-segment-name = a-z, 0-9, - y _.
hint-when = En CEL. Sin regla cuenta todo evento de la acción.
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
