// What the component says, in eight languages, and how it writes numbers and dates. Texts of campaigns are not here: the API
// sends them in the user's language.

const LANGUAGES = ["en", "de", "fr", "it", "es", "pt", "nl", "ja"];

/** Each phrase in the order of `LANGUAGES`. `{0}` and `{1}` are filled in. */
const PHRASES = {
  rewards: "Rewards|Prämien|Récompenses|Premi|Recompensas|Recompensas|Beloningen|特典",
  progress:
    "Your progress|Ihr Fortschritt|Votre progression|I tuoi progressi|Tu progreso|Seu progresso|Je voortgang|達成状況",
  notifications: "Messages|Nachrichten|Messages|Messaggi|Mensajes|Mensagens|Berichten|お知らせ",
  leaderboard: "Leaderboard|Rangliste|Classement|Classifica|Clasificación|Classificação|Ranglijst|ランキング",
  loading: "Loading…|Wird geladen …|Chargement…|Caricamento…|Cargando…|Carregando…|Laden…|読み込み中…",
  empty:
    "Nothing here yet.|Noch ist nichts da.|Rien pour le moment.|Ancora nulla.|Todavía no hay nada.|Nada por aqui ainda.|Nog niets te zien.|まだ何もありません。",
  failed:
    "That did not work.|Das hat nicht geklappt.|Une erreur s’est produite.|Qualcosa è andato storto.|Algo salió mal.|Algo deu errado.|Er ging iets mis.|エラーが発生しました。",
  offline:
    "You are offline.|Sie sind offline.|Vous êtes hors ligne.|Sei offline.|Estás sin conexión.|Você está offline.|Je bent offline.|オフラインです。",
  retry: "Try again|Erneut versuchen|Réessayer|Riprova|Reintentar|Tentar de novo|Opnieuw proberen|再試行",
  more: "Show more|Mehr anzeigen|Afficher plus|Mostra altro|Ver más|Mostrar mais|Meer tonen|もっと見る",
  open: "Open|Öffnen|Ouvrir|Apri|Abrir|Abrir|Openen|開く",
  valid:
    "Valid until {0}|Gültig bis {0}|Valable jusqu’au {0}|Valido fino al {0}|Válido hasta el {0}|Válido até {0}|Geldig tot {0}|{0}まで有効",
  count: "{0} of {1}|{0} von {1}|{0} sur {1}|{0} di {1}|{0} de {1}|{0} de {1}|{0} van {1}|{0} / {1}",
  unread_one:
    "{0} unread message|{0} ungelesene Nachricht|{0} message non lu|{0} messaggio non letto|{0} mensaje sin leer|{0} mensagem não lida|{0} ongelezen bericht|未読{0}件",
  unread_other:
    "{0} unread messages|{0} ungelesene Nachrichten|{0} messages non lus|{0} messaggi non letti|{0} mensajes sin leer|{0} mensagens não lidas|{0} ongelezen berichten|未読{0}件",
  new: "New|Neu|Nouveau|Nuovo|Nuevo|Nova|Nieuw|新着",
  place:
    "Place {0} of {1}|Platz {0} von {1}|Rang {0} sur {1}|Posizione {0} di {1}|Puesto {0} de {1}|Posição {0} de {1}|Plaats {0} van {1}|{1}人中{0}位",
  final: "Final result|Endergebnis|Résultat final|Risultato finale|Resultado final|Resultado final|Eindstand|最終結果",
  rank: "Place|Platz|Rang|Posizione|Puesto|Posição|Plaats|順位",
  name: "Name|Name|Nom|Nome|Nombre|Nome|Naam|名前",
  score: "Score|Ergebnis|Score|Punteggio|Puntuación|Pontuação|Score|スコア",
  you: "You|Sie|Vous|Tu|Tú|Você|Jij|あなた",
  hidden: "Anonymous|Anonym|Anonyme|Anonimo|Anónimo|Anônimo|Anoniem|匿名",
  waiting: "Waiting|Wartet|En attente|In attesa|En espera|Em espera|In afwachting|待機中",
  in_review:
    "In review|Wird geprüft|En cours de vérification|In verifica|En revisión|Em análise|Wordt gecontroleerd|確認中",
  redeemed: "Opened|Geöffnet|Ouverte|Aperto|Abierta|Aberta|Geopend|開封済み",
  ordered: "Ordered|Bestellt|Commandée|Ordinato|Pedida|Pedida|Besteld|注文済み",
  shipped: "Shipped|Versandt|Expédiée|Spedito|Enviada|Enviada|Verzonden|発送済み",
  delivered: "Delivered|Zugestellt|Livrée|Consegnato|Entregada|Entregue|Bezorgd|配達済み",
  returned: "Returned|Zurückgesandt|Retournée|Reso|Devuelta|Devolvida|Teruggestuurd|返送",
  lost: "Lost|Verloren|Perdue|Smarrito|Perdida|Extraviada|Zoekgeraakt|紛失",
  expired: "Expired|Abgelaufen|Expirée|Scaduto|Caducada|Expirada|Verlopen|期限切れ",
  voided: "Withdrawn|Zurückgezogen|Retirée|Ritirato|Retirada|Retirada|Ingetrokken|取り消し",
};

export type Phrase = keyof typeof PHRASES;

export interface Language {
  /** The tag of the texts: one of the eight. */
  tag: string;
  /** The tag of numbers and dates, with its country. */
  locale: string;
  say(phrase: Phrase, ...values: string[]): string;
  number(value: number): string;
  /** Such as "Valid until 3 Dec 2026 (in 3 days)"; the days only in the last week. */
  valid(until: string, now: number): string;
  date(time: string): string;
  money(amount: { currency: string; amount_minor: number }): string;
  unread(count: number): string;
}

/** Returns the language of a tag such as `de-AT`: English if it is none of the eight. */
export function languageOf(wanted: string): Language {
  let locale = "en";
  try {
    const [canonical] = Intl.getCanonicalLocales(wanted);
    if (canonical && LANGUAGES.includes(canonical.slice(0, 2)) && !/^\w{3}/.test(canonical)) locale = canonical;
  } catch {
    // No tag at all.
  }
  const tag = locale.slice(0, 2);
  const column = LANGUAGES.indexOf(tag);
  const say = (phrase: Phrase, ...values: string[]) =>
    (PHRASES[phrase].split("|")[column] ?? "").replace(/\{(\d)\}/g, (_, n: string) => values[Number(n)] ?? "");
  const number = (value: number) => new Intl.NumberFormat(locale).format(value);
  const date = (time: string) => new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(new Date(time));
  return {
    tag,
    locale,
    say,
    number,
    date,
    valid(until, now) {
      const days = Math.round((Date.parse(until) - now) / 86_400_000);
      const near = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day");
      return say("valid", date(until)) + (days <= 7 ? ` (${near})` : "");
    },
    money({ currency, amount_minor }) {
      const format = new Intl.NumberFormat(locale, { style: "currency", currency });
      return format.format(amount_minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
    },
    unread: (count) =>
      say(new Intl.PluralRules(locale).select(count) === "one" ? "unread_one" : "unread_other", number(count)),
  };
}
