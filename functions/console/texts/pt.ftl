# Os textos do console em português. Cada idioma tem os mesmos textos com os mesmos dados; um teste os compara.

# ---- Cada página
skip = Ir para o conteúdo
nav = Páginas do aplicativo
nav-campaigns = Campanhas
language = Idioma
choose = Escolher
sign-out = Sair
save = Salvar
saved = Salvo.
pages = Mais páginas
page-first = Primeira página
page-next = Próxima página
value-nothing = nada
value-yes = sim
value-no = não

# ---- Entrar
sign-in = Entrar
sign-in-key = Chave pessoal
sign-in-key-hint = Um proprietário do aplicativo a cria para você.
sign-in-refused = Esta chave é desconhecida. Confira-a ou peça uma nova a um proprietário.
sign-in-kept = Sua sessão terminou. O que você escreveu foi guardado: entre e o formulário volta.

# ---- Problemas
problem-forbidden = Você não pode fazer isto
problem-forbidden-more = Seus papéis neste aplicativo não permitem. Um proprietário do aplicativo pode mudá-los.
problem-not-found = Não há nada aqui
problem-not-found-more = O endereço está errado, ou o que havia aqui não existe mais.
problem-other-site = Este formulário veio de outro site
problem-other-site-more = Nada foi mudado. Abra o próprio console e tente lá de novo.
problem-too-many = Pedidos demais
problem-busy = O console não recebe resposta
problem-wait = { $count ->
    [one] Tente de novo em { $number } segundo.
   *[other] Tente de novo em { $number } segundos.
}
problem-broken = Algo deu errado
problem-broken-more = É um defeito nosso. Nada do que estava salvo se perdeu.
problem-says = O motivo:
problem-request = Pedido:
problem-passing = O que você escreveu ainda está no seu navegador: volte e envie outra vez.
problem-back = Voltar aos aplicativos

# ---- Aplicativos
apps-title = Escolha um aplicativo
apps-none = Você ainda não tem um aplicativo. Peça um papel a um proprietário de um aplicativo.

# ---- Campanhas
campaigns-title = Campanhas
campaigns-new = Nova campanha
campaigns-none = Ainda não há campanhas.
campaigns-none-found = Nenhuma campanha corresponde ao filtro.
filter = Filtrar as campanhas
filter-name = Nome ou identificador
filter-order = Ordem
filter-state = Estado
filter-show = Mostrar
filter-clear = Mostrar todas
order-id = Por identificador
order-name = Por nome
order-newest = Início mais tarde primeiro
order-oldest = Início mais cedo primeiro
order-end = Fim mais próximo primeiro
state-draft = Rascunho
state-pending = Aguarda aprovação
state-approved = Aprovada
state-live = Em andamento
state-suspended = Suspensa
state-finished = Encerrada
state-rejected = Recusada
kind-challenge = Desafio
kind-surprise = Surpresa
kind-competition = Competição
count-events = Número de eventos
count-quantity = Soma das quantidades
count-highest = Maior quantidade
count-streak = Dias seguidos

# ---- Uma campanha
window = De { $start } até antes de { $end }.
campaign-reason = Motivo:
campaign-under-review = Em análise: para editá-la, recuse-a primeiro.
campaign-holdout = { $count ->
    [one] { $number } % dos usuários são contados e nunca recompensados.
   *[other] { $number } % dos usuários são contados e nunca recompensados.
}
spent-of = { $spent } gastos de { $limit }.
spent-left = Restam { $left }.
spent-share = Parte do orçamento que foi gasta
task-events = { $count ->
    [one] { $action } uma vez.
   *[other] { $action } { $number } vezes.
}
task-quantity = { $count ->
    [one] Juntar { $number } com { $action }.
   *[other] Juntar { $number } com { $action }.
}
task-highest = { $count ->
    [one] Alcançar { $number } com { $action }.
   *[other] Alcançar { $number } com { $action }.
}
task-streak = { $count ->
    [one] { $action } por { $number } dia.
   *[other] { $action } por { $number } dias seguidos.
}
task-scored = { $action } faz a pontuação.
rewards-one = Recompensa: { $group }.
rewards-several = Uma recompensa entre: { $groups }.
rewards-share = { $group } (peso { $weight })
rewards-prizes = As colocações ganham os prêmios.
rewards-most = { $count ->
    [one] No máximo { $number } vez por usuário.
   *[other] No máximo { $number } vezes por usuário.
}
go-review = Análise e próximo passo
go-live = Acompanhamento
go-copy = Copiar
go-edit-basics = Editar os dados básicos
go-edit-moment = Editar o momento { $moment }
go-new-moment = Adicionar um momento
go-messages = Mensagens de toda a campanha
go-rules = Regras e segmentos
history = Histórico
history-version = versão { $version }
history-changes = { $count ->
    [one] { $number } mudança
   *[other] { $number } mudanças
}
action-created = Criada
action-edited = Editada
action-submitted = Enviada
action-approved = Aprovada
action-rejected = Recusada
action-suspended = Suspensa
action-resumed = Retomada
action-amended = Ajustada
action-raise-proposed = Orçamento maior solicitado
action-raise-approved = Orçamento maior aprovado
action-raise-rejected = Orçamento maior rejeitado
change-added = { $field }: { $after } (novo)
change-removed = { $field }: removido (antes { $before })
change-changed = { $field }: { $before } → { $after }

# ---- Campos
field-name = Nome
field-id = Identificador
field-kind = Tipo
field-state = Estado
field-starts = Início
field-ends = Fim
field-zone = Fuso horário
field-budget = Orçamento
field-currency = Moeda
field-holdout = Grupo de controle em por cento
field-moments = Momentos
field-moment-id = Identificador do momento
field-action = Ação
field-count = O que conta
field-target = Meta
field-most = Recompensas por usuário no máximo
field-when = Regra para eventos
field-when-of = Regra para eventos de { $moment }
field-rewards = Recompensa
field-reward = Recompensa { $number }
field-weight = Peso da recompensa { $number }
field-segments = Segmentos
field-segment = Segmento { $name }
field-messages = Mensagens
field-announcement = Anúncio
field-achievement = Parabéns
field-announcement-title = Título do anúncio
field-announcement-body = Texto do anúncio
field-achievement-title = Título dos parabéns
field-achievement-body = Texto dos parabéns
field-language = Idioma das mensagens
field-guards = Proteção contra fraude
field-quiet-hours = Horas de silêncio
field-caps = Limite { $place }
field-competition = Competição { $place }
field-of-moment = Momento { $number }, { $field }
field-fold = Qual das duas?
field-remove = Remover este momento
fold-first = A primeira ({ $utc })
fold-second = A segunda ({ $utc })
choose-none = nenhuma

# ---- Editar
edit-basics = Dados básicos
edit-messages = Mensagens da campanha
edit-rules = Regras e segmentos
edit-moment = Momento { $number }
edit-new-moment = Novo momento
edit-closed = No estado atual nada aqui pode mudar: foi prometido aos usuários, ou alguém está analisando.
edit-typed = O que você digitou e não foi salvo
section-what = O que é
section-window = Quando corre
section-budget = Quanto pode gastar
section-task = O que o usuário faz
section-rewards = O que ele recebe
section-language = Mensagens em { $language }
section-more-language = Mensagens em mais um idioma
section-messages = O que se diz ao usuário
section-first-moment = O primeiro momento
section-remove = Remover
section-segments = Segmentos de usuários
section-when = Eventos que contam
hint-holdout = Tantos de 100 usuários são contados e nunca recompensados, para medir o que a campanha traz.
hint-kind = Um desafio é anunciado antes. Uma surpresa não.
hint-time = Como { $example }, no horário do fuso abaixo.
hint-ends = Contam os eventos antes deste instante.
hint-end-later = No horário de { $zone }. Uma campanha aprovada só pode terminar mais tarde.
hint-zone = Pelo nome, como America/Sao_Paulo. Início e fim são no horário de lá, assim como os dias de usuários sem fuso.
hint-budget = O máximo que a campanha poderá gastar, como { $example }.
hint-currency = Três letras, como EUR.
hint-id = A-Z, a-z, 0-9, - e _. Fica para sempre.
hint-moment-id = A-Z, a-z, 0-9, - e _. Único na campanha.
hint-action = Como o aplicativo a informa, por exemplo deposit.
hint-rewards = Com várias recompensas, cada usuário recebe uma conforme os pesos.
hint-no-groups = O aplicativo ainda não tem grupos de recompensas. Um momento precisa de um.
hint-language = Como en ou pt-BR. Esvazie os textos para remover o idioma.
hint-announcement = Um desafio precisa de um anúncio.
hint-segment-name = a-z, 0-9, - e _.
form-mistakes = Há algo a corrigir
form-optional = (opcional)
form-cancel = Cancelar
form-unsaved = Você tem mudanças não salvas.
form-held = Você entrou de novo. Isto é o que você escreveu; ainda não está salvo.
mistake-missing = Preencha este campo.
mistake-whole = Escreva um número inteiro, só com algarismos.
mistake-amount = Escreva um valor, como { $example }.
mistake-decimals = { $count ->
    [0] { $currency } não tem casas decimais.
    [one] { $currency } tem no máximo { $number } casa decimal.
   *[other] { $currency } tem no máximo { $number } casas decimais.
}
mistake-too-large = É mais do que qualquer orçamento.
mistake-ambiguous-amount = Isto pode ser lido de dois modos. Escreva { $first } ou { $second }.
mistake-zone = Não é um fuso horário. Escreva um como America/Sao_Paulo.
mistake-time = Escreva data e hora, como { $example }.
mistake-skipped = Esta hora não existe em { $zone }: os relógios avançam para { $next }.
mistake-twice = Esta hora existe duas vezes em { $zone }, porque os relógios atrasam. Escolha qual delas.
mistake-taken = Já existe uma campanha com este identificador.
mistake-moment-gone = Alguém removeu este momento ou mudou o identificador dele. Nada foi salvo. O que você escreveu está abaixo: copie o que ainda precisar.
conflict = Alguém a mudou desde que você a viu
conflict-more = Nada foi salvo. O que você escreveu está abaixo. Salvar de novo o coloca por cima destas mudanças:
new-title = Nova campanha
copy-title = Cópia de { $name }
create = Criar o rascunho

# ---- Análise
review-title = Análise
review-promise = O que se promete aos usuários
review-changes = Mudanças desde a última aprovação
review-no-changes = Nada mudou.
review-never-approved = Nunca foi aprovada: tudo é novo.
review-next = Próximo passo
review-draft = O envio verifica tudo de uma vez. Depois não se pode editar até que alguém aprove ou recuse.
review-running = A suspensão a para na hora: nada conta e nada é dado até ser retomada.
review-suspended = Está parada. Quem espera é atendido quando for retomada.
review-rejected = Foi recusada. Edite-a e ela volta a ser um rascunho.
review-finished = Acabou. Não há mais nada a fazer.
review-reason = Motivo
review-reason-missing = Escreva o motivo, para que o autor saiba o que mudar.
review-refused = O passo não foi dado
review-obstacles = { $count ->
    [one] { $number } obstáculo
   *[other] { $number } obstáculos
}
role-needed = O próximo passo requer o papel { $role }, que você não tem neste aplicativo.
review-proposed = Um orçamento maior aguarda aprovação.
approve-raise = Aumentar o orçamento de { $before } para { $after }
step-submit = Enviar para aprovação
approve-now = Comprometer { $budget }, em andamento já
approve-later = Comprometer { $budget }, em andamento a partir de { $start }
step-reject = Recusar com este motivo
step-suspend = Suspender
step-resume = Retomar

# ---- Acompanhamento
live-title = Acompanhamento
live-pause = Pausar a atualização
live-resume = Retomar a atualização
live-refresh = Atualizar
live-stale = Não foi possível atualizar os números. São da hora acima.
live-as-of = Números de { $at }.
live-spending = Gastos
live-figures = Recompensas
live-awards = Dadas nas últimas 24 horas
live-none = Nada foi dado nas últimas 24 horas.
live-hours-unknown = Esta campanha foi aprovada antes da contagem por hora.
live-chart = Barras: recompensas dadas em cada hora, no máximo { $most }. A tabela abaixo tem os mesmos números.
live-table = O mesmo como tabela
live-when = Hora a partir de
live-spent = Gasto
figure-awards = Recompensas dadas
figure-redemptions = Recompensas abertas
figure-expiries = Recompensas vencidas
figure-voids = Recompensas retiradas
figure-in-review = Retidas para análise
figure-waiting = Esperando
waiting-no-stock = Esperando: sem estoque
waiting-no-budget = Esperando: sem orçamento
waiting-day-spent = Esperando: limite do dia atingido
waiting-suspended = Esperando: suspensa

# ---- Atendimento, análises, grupos de recompensas, pessoas, início
nav-groups = Grupos de recompensas
nav-support = Atendimento
nav-people = Pessoas
conflict-now = { $field } agora é: { $value }
support-find = Encontrar um usuário
support-user = Usuário
support-campaign = Campanha
support-show = Mostrar
support-wrong = O identificador de um usuário tem no máximo 256 bytes e nenhum caractere de controle.
support-why = Por que não recebi nada?
support-no-campaign = Não há campanha com este identificador.
support-nothing-runs = Nenhuma campanha está aprovada ou em andamento.
support-checks = Verificações
support-check = Verificação
support-result = Resultado
support-values = Valores que decidiram
support-passed = passou
support-not-passed = não passou
support-eligible = seria recompensado ao atingir a meta
support-failed = { $count ->
    [one] { $number } verificação falha
   *[other] { $number } verificações falham
}
support-progress = { $now } de { $target }
support-more = { $count ->
    [one] Mais { $number } momento não é mostrado. Indique a campanha dele acima.
   *[other] Mais { $number } momentos não são mostrados. Indique a campanha deles acima.
}
support-rewards = Recompensas
support-no-rewards = Este usuário não tem recompensas.
support-older-rewards = Mais recompensas
support-timeline = Linha do tempo
support-no-entries = Nada se sabe deste usuário.
support-older-entries = Entradas mais antigas
support-profile = Perfil
support-unknown = O aplicativo não informou nada sobre este usuário.
support-marketplace = Mercado
support-language = Idioma
support-devices = Aparelhos
support-no-devices = Nenhum aparelho está registrado: nenhum push chega a este usuário.
support-channel = Canal
support-seen = Visto pela última vez
support-retired = Não é mais alcançado porque
check-campaign-live = A campanha está em andamento
check-within-campaign = Dentro do tempo da campanha
check-marketplace = Uma recompensa vale no mercado
check-segment = Pertence ao segmento
check-assigned = Uma recompensa está atribuída
check-when = A regra para eventos
check-fingerprint = Não é o aparelho de outro usuário
check-not-held-out = Não está no grupo de controle
check-rewards-left = Ainda há recompensas para este usuário
check-velocity = Não rápido demais
check-one-reward-per = Nenhuma recompensa ainda com esta impressão
check-review = Retida para análise
actor-user = o usuário
actor-partner = um parceiro
actor-schedule = o relógio
reward-waiting = Esperando
reward-in-review = Retida para análise
reward-awarded = Dada
reward-redeemed = Resgatada
reward-ordered = Pedida
reward-shipped = Enviada
reward-delivered = Entregue
reward-returned = Devolvida
reward-lost = Perdida
reward-expired = Vencida
reward-voided = Retirada
reward-title = Recompensa
reward-id = Identificador
reward-show = Mostrar a recompensa
reward-campaign = Campanha
reward-group = Grupo de recompensas
reward-cost = Custo
reward-earned-at = Ganha
reward-awarded-at = Dada em
reward-expires-at = Vence
reward-redeemed-at = Resgatada em
reward-refunded = Dinheiro devolvido ao orçamento
reward-facts = O que é
reward-erased = apagado
reward-replaces = Substitui
reward-replaced-by = Substituída por
reward-seen = O usuário viu a URL: ninguém mais pode recebê-la.
reward-unseen = Ninguém viu a URL: ao retirar a recompensa ela volta ao estoque.
reward-changes = Mudanças
reward-no-changes = Ninguém a mudou.
reward-nothing-left = A recompensa foi retirada, mas não restava estoque ou dinheiro para outra. Substitua-a de novo mais tarde.
reward-release = Liberar
reward-release-effect = O usuário recebe a recompensa e um push. Só se desfaz retirando-a.
reward-void = Retirar
reward-void-effect = O usuário perde a recompensa. O dinheiro volta ao orçamento, exceto se ela foi resgatada. Não se pode desfazer.
reward-replace = Substituir
reward-replace-effect = A recompensa é retirada, e o usuário recebe outra e um push. Não se pode desfazer.
reward-error = Erro
reward-fraud = Fraude
reward-note = Observação
reward-note-hint = Para quem ler mais tarde as mudanças da recompensa.
reward-other-group = Outro grupo de recompensas
reward-other-group-hint = O identificador dele. Vazio: o mesmo grupo.
reward-sentence = Uma recompensa de { $group } para { $user } em { $campaign }: { $cost }, { $state }.
reviews-title = Recompensas retidas
reviews-none = Nenhuma recompensa está retida para análise.
reviews-hint = A mais antiga primeiro. Os usuários ainda não sabem delas.
reviews-moment = Momento
reviews-decide = Decidir
reviews-saved = Salvo. Uma recompensa decidida há pouco ainda pode estar na lista.
group-unique-url = Uma URL para cada usuário
group-catalog-credit = Crédito em um catálogo
group-physical = Mercadoria enviada
group-shared-url = Uma URL para todos
groups-new = Novo grupo de recompensas
groups-none = Ainda não há grupos de recompensas.
group-create = Criar o grupo de recompensas
group-edit = Editar
group-taken = Já existe um grupo de recompensas com este identificador.
group-facts = O que é
group-cpa = Custo por recompensa (CPA)
group-cpa-hint = Quanto uma recompensa custa ao proprietário do aplicativo.
group-marketplaces = Mercados
group-marketplaces-hint = Países como DE, ou mercados do aplicativo, com vírgulas. Vazio: em toda parte.
group-everywhere = em toda parte
group-test-url = URL para testes
group-test-url-hint = O modo de teste responde com ela em vez de uma real.
group-url = URL para todos
group-url-hint = Somente de um grupo com uma URL para todos.
group-category = Categoria
group-category-hint = Somente de crédito em um catálogo: a subcategoria para a qual vale.
group-credit = Crédito
group-weight = Peso em gramas
group-weight-hint = Somente de mercadoria enviada: o peso do pacote.
group-supplier = Fornecedor
group-threshold = Estoque baixo abaixo de
group-threshold-hint = Se restarem menos, os proprietários são avisados. Vazio: nunca.
group-expires = Dias até uma recompensa vencer
group-fallback = Grupo substituto
group-fallback-hint = O identificador dele. É dado onde este não tem estoque ou não vale.
stock-title = Estoque
stock-low = O estoque está baixo.
stock-available = Disponíveis
stock-claimed = Dadas a usuários
stock-retired = Descartadas
stock-shared = Uma URL para todos: não tem estoque e nunca acaba.
stock-supplied = Um fornecedor cria cada recompensa quando o usuário abre o link: não há estoque.
stock-still = Nada foi dado no último dia, por isso não há previsão.
stock-slow = Com menos de uma por dia, acaba em { $end }.
stock-ends = No ritmo atual, acaba em { $end }.
stock-forecast = { $count ->
    [one] Com { $number } por dia, acaba em { $end }.
   *[other] Com { $number } por dia, acaba em { $end }.
}
import-title = Importar URLs de recompensas
import-report = O que foi importado
import-accepted = Novas
import-duplicate = Já existentes
import-invalid = Linhas ruins
import-line = Linha
import-more = { $count ->
    [one] Mais { $number } linha ruim não é nomeada.
   *[other] Mais { $number } linhas ruins não são nomeadas.
}
import-what = Um arquivo, ou linhas coladas
import-again = As linhas boas são salvas mesmo que outras sejam ruins. Importar o mesmo de novo não muda nada.
import-file = Arquivo
import-file-hint = CSV com uma coluna url, como as planilhas o salvam, ou NDJSON; no máximo 1 MiB.
import-urls = URLs
import-urls-hint = Uma em cada linha. Valem se nenhum arquivo for escolhido.
import-too-large = É mais de 1 MiB ou de 100.000 linhas. Envie em partes, ou use a linha de comando.
import-nothing = Escolha um arquivo com linhas, ou cole URLs.
import-broken = O envio não chegou completo. Envie de novo.
import-both = Escolha um arquivo ou cole linhas, não os dois. Nada foi importado.
import-not-text = Isto não é um arquivo de texto. Salve a planilha como CSV.
import-no-column = Nenhuma coluna se chama url. Acrescente um cabeçalho, ou deixe só as URLs.
import-unfinished = O tempo não bastou para tudo. O que foi salvo fica: importe de novo, ou em partes menores.
import-sending = Enviando o arquivo.
import-storing = Salvando as linhas. Se fechar esta página, importe de novo o mesmo arquivo.
import-lost = A conexão caiu. Importe de novo o mesmo arquivo: nada é salvo duas vezes.
people-every-app = todos os aplicativos
people-new = Nova pessoa
people-none = Ninguém tem um papel ainda.
people-roles = Papéis
role-viewer = Leitura
role-editor = Edição
role-approver = Aprovação
role-support = Atendimento
role-owner = Proprietário
person-who = Quem é
person-id-hint = A-Z, a-z, 0-9, _ - . e @, como um endereço de e-mail. Fica para sempre.
person-roles-hint = A leitura vê tudo. A edição escreve campanhas, a aprovação as aprova. O atendimento cuida de usuários e recompensas. Um proprietário faz tudo isso e administra as pessoas.
person-taken = Já existe uma pessoa com este identificador.
person-delete = Excluir esta pessoa
person-delete-effect = { $name } perde todas as chaves e sessões em um minuto. O que a pessoa fez fica nos históricos.
person-deleted = A pessoa foi excluída.
keys-title = Chaves
keys-none = Não há chave: esta pessoa não pode entrar.
keys-not-yours = Esta pessoa tem papéis em aplicativos que não são seus: só um proprietário de todos administra as chaves dela.
keys-id = Nome da chave
keys-made = Criada
keys-mint = Criar uma chave
keys-revoke = Revogar
keys-revoke-effect = A chave { $key } e as sessões que ela abriu deixam de funcionar em um minuto.
keys-revoked = Revogada { $at }
keys-new = Nova chave
keys-once = Esta chave só é mostrada agora. Entregue-a por um meio seguro; ninguém pode lê-la de novo. Recarregar esta página cria outra.
keys-of = Chave de { $person }
keys-kept = Eu a guardei
home-nothing = Nada espera por você.
home-approvals = Aguardam aprovação
home-not-yours = Quem decide tem o papel “Aprovação”.
home-proposed = Orçamentos propostos
home-proposed-budget = de { $now } para { $proposed }
home-reviews = Recompensas retidas para análise
home-held = { $count ->
    [one] { $number } recompensa
   *[other] { $number } recompensas
}
home-ending = Terminam em 7 dias
home-ends = termina { $end }
home-budget-low = Resta menos de 10 % do orçamento
home-left = restam { $left } de { $limit }
home-stock-low = O estoque está baixo
home-waiting = { $count ->
    [one] { $number } usuário espera por estoque
   *[other] { $number } usuários esperam por estoque
}
home-in-stock = { $count ->
    [one] Resta { $number }.
   *[other] Restam { $number }.
}
home-more-groups = { $count ->
    [one] O estoque de mais { $number } grupo com limite está na página dele.
   *[other] O estoque de mais { $number } grupos com limite está nas páginas deles.
}
home-partial = Aqui só se veem as primeiras 100 campanhas e os primeiros 100 grupos de recompensas.

# ---- Results, announcement and leaders
results-title = Resultados
results-steps = Do primeiro passo à recompensa
results-step = Passo
results-number = Número
results-share = Do passo anterior
results-cost = Um momento concluído custou { $cost }.
results-moments = Por momento
results-groups = Por grupo de recompensas
results-id = Identificador
figure-participants = Usuários que começaram
figure-completions = Momentos concluídos
results-arm = Braço
results-completers = Usuários que concluíram
results-rate = Parcela
results-interval = Intervalo de 95 %
results-range = de { $low } a { $high } %
results-hold-out = Grupo de controle e os demais
results-of-moments = Momentos entre si
results-of-rewards = Recompensas do momento { $moment }
results-arm-hold-out = grupo de controle
results-arm-rewarded = recompensados
results-more = { $arm } conclui mais vezes do que { $against }: { $difference } pontos percentuais ({ $interval }). É seguro o bastante para agir.
results-fewer = { $arm } conclui menos vezes do que { $against }: { $difference } pontos percentuais ({ $interval }). É seguro o bastante para agir.
results-open = Ainda não se sabe se { $arm } ou { $against } conclui mais vezes: a diferença é de { $difference } pontos percentuais ({ $interval }).
results-too-few = Poucos usuários para comparar { $arm } com { $against }: são necessários pelo menos 30 de cada.
live-announcement = Anúncio
live-announced = Anunciada a partir de { $at }.
live-announcing = Em anúncio desde { $at }.
live-announced-users = Usuários alcançados
live-announced-later = Em horário de silêncio: mais tarde
live-announced-accepted = Notificações aceitas
live-announced-failed = Notificações com falha
live-board = Classificação
live-board-rank = Posição
live-board-user = Usuário
live-board-score = Pontuação
live-board-hidden = Oculto a pedido
live-board-counting = A classificação está sendo contada. Estará aqui em alguns segundos.
live-board-empty = Ninguém tem pontuação ainda.
live-board-players = { $count ->
    [one] { $number } jogador tem posição.
   *[other] { $number } jogadores têm posição.
}

# ---- Competições: pontuação e prêmios
edit-competition = Pontuação e prêmios
go-competition = Editar pontuação e prêmios
go-new-competition = Criar em vez disso uma competição: ela classifica os usuários e dá prêmios às colocações
new-competition-title = Nova competição
hint-kind-competition = Classifica os usuários por pontuação e no fim dá prêmios às colocações.
section-scored = O que dá a pontuação
section-scoring = Como se forma a classificação
section-prizes = Prêmios
hint-prizes = Colocações: 1, ou 2-10, ou 5 % para os melhores de todos os que têm posição. Uma porcentagem precisa de um máximo de ganhadores. Esvazie uma linha para removê-la; ao salvar há lugar para mais uma.
field-score = Pontuação
score-highest = Quantidade mais alta
score-lowest = Quantidade mais baixa: quanto menor, melhor
score-latest = Quantidade do último evento
score-sum = Soma das quantidades
score-count = Número de eventos
score-best-of = Soma das melhores quantidades
field-best-of = Quantas das melhores
hint-best-of = Só para a soma das melhores quantidades: de 1 a 20.
field-board-window = Classificação
window-campaign = Uma para toda a campanha
window-week = Uma para cada semana, a partir de segunda-feira
window-day = Uma para cada dia
hint-board-window = Cada classificação dá todos os prêmios, portanto o orçamento deve cobrir cada uma.
field-ties = Pontuações iguais
ties-earliest = Fica à frente quem alcançou a pontuação primeiro
ties-shared = Dividem a posição
field-least-score = Menor quantidade que conta
field-greatest-score = Maior quantidade que conta
hint-score-range = O que não pode ser verdade é recusado, como uma volta de um segundo.
field-grace = Minutos de tolerância
hint-grace = Por esse tempo após o fim ainda conta um evento ocorrido antes: de 15 a 1440.
field-settle = Entrega dos prêmios
settle-automatic = Automática, assim que a classificação for apurada
settle-by-hand = Assim que alguém aprovar a classificação
field-places = Colocações do prêmio { $number }
field-prize = Recompensa do prêmio { $number }
field-winners = Ganhadores do prêmio { $number } (no máximo)
mistake-places = Escreva colocações, como 1 ou 2-10, ou uma porcentagem, como 5 %.
mistake-winners = Uma porcentagem de qualquer número de jogadores precisa de um limite: escreva quantos ganham no máximo.
prize-place = Colocação { $place }
prize-places = Colocações { $from } a { $to }
prize-best = Os melhores { $percent } %
prize-at-most = { $group }, para no máximo { $number }

# ---- Regras em linhas
edit-segment = Segmento { $name }
edit-new-segment = Adicionar um segmento
edit-when = Eventos que contam para o momento { $number }
field-remove-segment = Remover este segmento
hint-segment = Um segmento é um grupo de usuários para os quais vale uma regra.
hint-every-event = Sem regra conta todo evento da ação.
section-rule = A regra
section-rows = Condições
hint-rows = Um atributo tem o nome que o app lhe dá. Uma condição sobre algo desconhecido não vale. Esvazie uma linha para removê-la; ao salvar há lugar para mais uma.
rule-to-cel = Escrevê-la em CEL
rule-to-rows = Mostrá-la em linhas
field-cel = Regra em CEL
hint-cel = É salva tal como está escrita.
field-join = Vale se
join-and = todas as condições valem
join-or = pelo menos uma condição vale
field-row-field = Campo { $number }
field-row-attribute = Atributo { $number }
field-row-comparison = Comparação { $number }
field-row-value = Valor { $number }
rule-marketplace = Usuário: mercado
rule-locale = Usuário: idioma
rule-time-zone = Usuário: fuso horário
rule-user-id = Usuário: id
rule-user-attribute = Usuário: atributo
rule-quantity = Evento: quantidade
rule-event-attribute = Evento: atributo
rule-count = Contagem antes do evento
rule-rewards = Recompensas ganhas antes
compare-is = é (texto)
compare-is-not = não é (texto)
compare-one-of = é um de (textos com vírgulas)
compare-none-of = não é nenhum de (textos com vírgulas)
compare-begins = começa com (texto)
compare-equal = é (número)
compare-not-equal = não é (número)
compare-less = é menor que
compare-at-most = é no máximo
compare-more = é maior que
compare-at-least = é no mínimo
compare-yes = é sim
compare-no = é não
compare-known = é conhecido
compare-unknown = não é conhecido
mistake-not-rows = Linhas não podem dizer exatamente esta regra. Ela fica tal como está escrita.
mistake-attribute = Escreva um nome de A-Z, a-z, 0-9 e _, sem algarismo no início. Para qualquer outro nome, escreva a regra em CEL.
mistake-not-needed = Deixe vazio: aqui nada é necessário.
mistake-comparison = Esta comparação não serve para o campo.
mistake-number = Escreva um número sem separadores de milhar, como { $example }.
mistake-segment-taken = Já há um segmento com este nome.
mistake-segment-gone = Alguém removeu este segmento ou mudou o nome dele. Nada foi salvo. Salve de novo, e o que você escreveu vira um novo segmento.
field-for-segments = Só para usuários de algum destes segmentos
hint-for-segments = Vazio para todos. Com vírgulas entre eles, de: { $segments }.
# ---- Expected rewards
forecast-title = Recompensas esperadas
forecast-of = Limite
forecast-suffices = Basta
forecast-verdict = Suficiente?
forecast-stock = Estoque
forecast-caps = Tetos
forecast-expected = { $count ->
    [one] É esperada { $number } recompensa. Custa { $cost }.
   *[other] São esperadas { $number } recompensas. Custam { $cost }.
}
forecast-between = entre { $least } e { $most }
forecast-reach = { $count ->
    [one] para { $number } recompensa
   *[other] para { $number } recompensas
}
forecast-reach-between = para { $least } a { $most } recompensas, conforme quais
forecast-reach-at-least = { $count ->
    [one] para pelo menos { $number } recompensa
   *[other] para pelo menos { $number } recompensas
}
forecast-no-bound = sem limite
forecast-yes = Suficiente
forecast-depends = Suficiente só para algumas recompensas
forecast-no = Pouco demais
forecast-unknown = Ninguém disse quantas recompensas são esperadas. Informe, e esta página compara com orçamento, estoque e tetos.
forecast-late = A previsão está demorando demais agora; a página funciona sem ela.
field-expected = Recompensas esperadas
hint-expected = Quantas recompensas você acha que serão dadas ao todo. O número só é comparado; não decide nada.
# ---- Registro, webhooks, pedidos, chaves de um aplicativo
nav-orders = Pedidos
nav-webhooks = Webhooks
nav-keys = Chaves do aplicativo
nav-audit = Registro
audit-none = Nada foi alterado ainda.
audit-hint = O mais recente primeiro. Os registros ficam 400 dias. O que muda em uma campanha está no histórico dela.
audit-when = Quando
audit-who = Quem
audit-what = O quê
audit-did = Alteração
audit-unknown = Ninguém sabe se foi feito: a solicitação terminou sem resposta.
audit-app = Configurações do aplicativo
audit-key = Chave do aplicativo
audit-token-key = Chave de tokens de usuário
audit-webhook = Webhook
audit-person = Pessoa
audit-person-key = Chave de uma pessoa
audit-identity-provider = Provedor de identidade
audit-written = Escrito
audit-deleted = Excluído
audit-minted = Criado
audit-rotated = Substituído por um novo
audit-revoked = Revogado
audit-loaded = URLs carregadas
audit-signed-in = Alterado ao iniciar sessão
webhooks-new = Novo webhook
webhooks-none = Ainda não há nenhum webhook.
webhooks-host = Destino
webhooks-events = Tipos de eventos
webhooks-every = todos os tipos
webhooks-types = { $count ->
    [one] { $number } tipo
   *[other] { $number } tipos
}
webhook-made = Criado
webhook-create = Criar o webhook
webhook-enabled = Ativo
webhook-paused = Pausado
webhook-gone = Pausado: 410 Gone
webhook-url = URL
webhook-url-hint = Os eventos são enviados para lá: https e um host que todos alcançam.
webhook-events-hint = Um por linha; * significa todos os tipos.
webhook-types = Tipos de eventos: { $types }
webhook-taken = Já existe um webhook com este identificador.
webhook-test = Enviar um teste
webhook-sent = Enviado. A lista mostra o que o destino respondeu.
webhook-slow = O destino demora a responder. Recarregue a página: a lista mostrará a resposta.
webhook-refused = Não foi enviado
webhook-pause = Pausar
webhook-pause-effect = Em pausa, não recebe nenhum evento. As entregas pendentes são abandonadas.
webhook-resume = Retomar
webhook-resume-effect = Os eventos a partir de agora voltam a ser enviados.
webhook-rotate = Novo segredo
webhook-rotate-effect = O novo segredo é mostrado uma vez. Por um dia, as chamadas são assinadas também com o anterior.
webhook-delete = Excluir
webhook-delete-effect = O webhook e o segredo terminam na hora. As entregas pendentes são abandonadas. Não dá para desfazer.
webhook-deleted = O webhook foi excluído.
webhook-previous = Até { $until }, as chamadas são assinadas também com um segredo anterior.
webhook-secret = Segredo de { $webhook }
webhook-once = Este segredo só é mostrado agora. Guarde-o onde seu servidor verifica as chamadas; ninguém pode lê-lo de novo.
deliveries = Entregas
deliveries-none = Nada foi enviado a ele ainda.
delivery-event = Evento
delivery-pending = Pendente
delivery-delivered = Entregue
delivery-failed = Falhou
delivery-attempts = Tentativas
delivery-last = Última resposta
delivery-next = Próxima tentativa
delivery-again = Enviar de novo
orders-none = Nenhum pedido está neste estado.
orders-hint = Primeiro os que estão há mais tempo neste estado. Os endereços só estão na página de um pedido.
orders-filter = Filtrar os pedidos
orders-ordered-at = Pedido em
orders-changed-at = Neste estado desde
order-title = Pedido
order-show = Mostrar o pedido
order-partner = Parceiro
order-no-partner = O aplicativo não tem esse parceiro, ou não há esse pedido.
order-partner-hint = O identificador do parceiro que o envia.
order-carrier = Transportadora
order-tracking = Código de rastreio
order-tracking-url = Endereço da página de rastreio
order-track = Rastrear o pacote
order-claimed-at = Assumido em
order-address = Endereço
order-address-until = É removido em { $at }. O log registra cada leitura.
order-address-later = É mostrado quando um parceiro assume o pedido. Até lá o usuário pode corrigi-lo.
order-address-gone = Foi removido.
order-claim = Assumir para um parceiro
order-claim-effect = O parceiro o envia. A partir daí o usuário não pode corrigir o endereço. Não dá para desfazer.
order-ship = Marcar como enviado
order-ship-effect = O pedido consta como enviado com este pacote. Não dá para desfazer.
order-deliver = Marcar como entregue
order-return = Marcar como devolvido
order-lose = Marcar como perdido
order-end-effect = Com isso o pedido termina. Não dá para desfazer.
app-keys-none = Ainda não há chave: nenhum servidor do aplicativo pode informar nada.
app-keys-scope = Para quem
app-keys-mode = Modo
app-keys-ends = Termina em { $at }.
app-keys-ended = Terminou em { $at }.
app-keys-partner-hint = Somente de uma chave para parceiro: o identificador dele.
app-keys-revoke-effect = As solicitações com a chave { $key } são recusadas em um minuto. Não dá para desfazer.
scope-app = Servidores do aplicativo
scope-admin = Administração
scope-partner = Um parceiro
mode-live = Real
mode-test = Teste: não consome nada
# ---- Entrada por um provedor de identidade
provider-sign-in = Entrar com { $name }
provider-or-key = Ou use sua chave pessoal:
provider-other-tab = Abre em outra aba. Entre lá, volte aqui e continue: o que você escreveu fica guardado.
provider-continue = Já entrei: continuar
provider-failed = Não foi possível entrar
provider-over = Esta entrada demorou demais, já foi usada ou começou em outro navegador. Comece de novo.
provider-silent = O provedor de identidade não responde. Tente de novo daqui a pouco.
provider-no-role = Nenhum dos seus grupos lá dá a você um papel aqui. Peça a quem administra sua conta que inclua você em um deles.
provider-denied = Você não terminou de entrar no provedor.
provider-broken = O provedor de identidade e o Moments não se entendem. Avise quem administra o Moments: { $code }.
person-signs-in = Entra pelo provedor de identidade. O nome e os grupos de lá decidem o que está aqui.

# ---- What the API refuses
api-range = Escreva um número de { $least } a { $most }.
api-text = Escreva um texto de no máximo { $most } bytes, sem caracteres de controle.
api-currency = Escreva a moeda com três letras, como EUR.
api-locale = Escreva um idioma como en, pt-BR ou zh-Hant-TW.
api-hs-code = Escreva de 6 a 10 dígitos do Sistema Harmonizado, sem pontos.
api-out-of-range = Este valor não é possível aqui.
api-wrong-type = Um valor deste tipo não cabe aqui.
api-wrong-length = Há entradas de menos ou demais.
api-repeated = Isto está aqui duas vezes.
api-id = Este identificador não é possível.
api-url = Escreva um endereço que comece com https.
api-address = Este endereço não é possível.
api-marketplace = Este mercado é desconhecido.
api-money = Este valor em dinheiro não é possível.
api-time = Esta hora não é possível.
api-rule = Esta regra não pode ser usada.
api-segment = Este segmento não é possível.
api-unknown-id = A campanha não tem nada com este identificador.
api-prize = Os lugares dos prêmios não combinam.
api-placeholder = Este marcador não é possível.
api-guard = Esta proteção contra fraude não é possível.
api-fallback = Este grupo não pode substituir.
api-choice = Escolha um dos valores oferecidos.
api-too-large = Isto é grande demais.
api-request = O formulário e o serviço não combinam. Recarregue a página.
api-obstacle = Isto impede.
api-state = O estado não permite isto.
api-group-conflict = O tipo e a moeda de um grupo ficam como estão.
api-budget-spent = Já foi gasto mais do que isso.
api-forbidden = Você não pode dar este passo.
api-not-allowed = Isto não pertence aqui.
api-too-many = Já existem demasiados. Elimine um primeiro.
api-identity-provider = É o provedor de identidade que decide isto.
obstacle-past = O fim está no passado. Escolha um mais tarde.
obstacle-prizes = O orçamento não cobre cada prêmio de cada período: podem custar { $cost }.
obstacle-no-competition = Não está dito como classifica e o que ganha.
obstacle-announcement = É preciso um anúncio: um desafio é anunciado.
obstacle-unknown-group = O app não tem o grupo de recompensas { $group }.
obstacle-no-stock = O grupo de recompensas { $group } não tem estoque. Carregue-o primeiro.
obstacle-currency = O grupo de recompensas { $group } custa em { $currency }, mas o orçamento está em { $budget }.
obstacle-budget = O orçamento não cobre uma recompensa do grupo { $group } ({ $cost }).
obstacle-cap = O limite não cobre uma recompensa ({ $cost }).
obstacle-marketplace = { $marketplace } não tem recompensa: nenhum grupo do momento vale lá.
obstacle-short = O grupo de recompensas { $group } tem { $available } em estoque, mas { $needed } podem ser ganhas.
obstacle-crowded = { $action } contaria para { $number } momentos ao mesmo tempo, e { $most } é o máximo. Use outra ação ou outro período.
