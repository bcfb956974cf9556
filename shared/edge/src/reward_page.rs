//! The page for a reward's link that leads nowhere now: two sentences in the user's language, without script, image or
//! anything else from elsewhere.

use crate::http::{self, Request, Response};
use aws_lambda_events::http::HeaderValue;
use domain::locale;

/// The reason why a link leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// No reward has that id, or its user cannot have it yet.
    Unknown,
    /// It was not redeemed in time.
    Expired,
    /// It was taken back.
    Voided,
    /// A failure on our side: the same link works a little later.
    Busy,
    /// A program looks at a link of which the first opening makes the reward.
    Unopened,
    /// The supplier may make the reward in a minute.
    Soon,
    /// The supplier may make the reward in an hour.
    Later,
}

impl Notice {
    fn status(self) -> u16 {
        match self {
            Self::Unknown => 404,
            Self::Expired | Self::Voided => 410,
            Self::Unopened => 200,
            Self::Busy => 503,
            // The opening is recorded, and the rest is for later. A 5xx would raise the alarm of our own faults.
            Self::Soon | Self::Later => 202,
        }
    }

    /// The place of its texts in a language.
    fn texts(self) -> usize {
        match self {
            Self::Unknown => 0,
            Self::Expired => 1,
            Self::Voided => 2,
            Self::Busy | Self::Soon => 3,
            Self::Unopened => 4,
            Self::Later => 5,
        }
    }

    /// The seconds after which the link may lead on, as its text says.
    fn retry_after(self) -> Option<&'static str> {
        match self {
            Self::Busy | Self::Soon => Some("60"),
            Self::Later => Some("3600"),
            _ => None,
        }
    }
}

/// The texts of a language: title and sentence, in the order of [`Notice::texts`].
struct Language {
    tag: &'static str,
    texts: [(&'static str, &'static str); 6],
}

const LANGUAGES: &[Language] = &[
    Language {
        tag: "en",
        texts: [
            (
                "Link not found",
                "This link does not lead to a reward. Check that it is complete, or open the app again.",
            ),
            ("Reward expired", "This reward was not redeemed in time and cannot be used any more."),
            (
                "Reward withdrawn",
                "This reward was withdrawn. Ask the app's support if you think that this is a mistake.",
            ),
            ("Try again in a moment", "Your reward is safe. Open the link again in a minute."),
            ("Your reward is ready", "Open this link in your browser to see it."),
            (
                "Not available at the moment",
                "Your reward is safe. Open the link again in an hour. If that does not help, ask the app's support.",
            ),
        ],
    },
    Language {
        tag: "de",
        texts: [
            (
                "Link nicht gefunden",
                "Dieser Link führt zu keiner Prämie. Ist er vollständig? Sonst öffne die App noch einmal.",
            ),
            ("Prämie abgelaufen", "Diese Prämie wurde nicht rechtzeitig eingelöst und gilt nicht mehr."),
            (
                "Prämie zurückgezogen",
                "Diese Prämie wurde zurückgezogen. Ist das ein Irrtum? Dann hilft der Support der App.",
            ),
            ("Gleich noch einmal", "Deine Prämie ist sicher. Öffne den Link in einer Minute noch einmal."),
            ("Deine Prämie liegt bereit", "Öffne diesen Link im Browser, um sie zu sehen."),
            (
                "Im Moment nicht verfügbar",
                "Deine Prämie ist sicher. Öffne den Link in einer Stunde noch einmal. Hilft das nicht, frag den Support der App.",
            ),
        ],
    },
    Language {
        tag: "fr",
        texts: [
            (
                "Lien introuvable",
                "Ce lien ne mène à aucune récompense. Vérifiez qu'il est complet ou rouvrez l'application.",
            ),
            ("Récompense expirée", "Cette récompense n'a pas été utilisée à temps et n'est plus valable."),
            (
                "Récompense retirée",
                "Cette récompense a été retirée. Si c'est une erreur, contactez l'assistance de l'application.",
            ),
            ("Réessayez dans un instant", "Votre récompense est en sûreté. Rouvrez le lien dans une minute."),
            ("Votre récompense est prête", "Ouvrez ce lien dans votre navigateur pour la voir."),
            (
                "Indisponible pour le moment",
                "Votre récompense est conservée. Rouvrez le lien dans une heure. Si cela ne suffit pas, contactez l’assistance de l’application.",
            ),
        ],
    },
    Language {
        tag: "es",
        texts: [
            (
                "Enlace no encontrado",
                "Este enlace no lleva a ninguna recompensa. Compruebe que está completo o vuelva a abrir la aplicación.",
            ),
            ("Recompensa caducada", "Esta recompensa no se canjeó a tiempo y ya no es válida."),
            (
                "Recompensa retirada",
                "Esta recompensa se ha retirado. Si es un error, contacte con el soporte de la aplicación.",
            ),
            ("Inténtelo en un momento", "Su recompensa está a salvo. Vuelva a abrir el enlace en un minuto."),
            ("Tu recompensa está lista", "Abre este enlace en tu navegador para verla."),
            (
                "No disponible en este momento",
                "Tu recompensa está a salvo. Vuelve a abrir el enlace dentro de una hora. Si no funciona, pregunta al soporte de la aplicación.",
            ),
        ],
    },
    Language {
        tag: "it",
        texts: [
            ("Link non trovato", "Questo link non porta a nessun premio. Controlla che sia completo o riapri l'app."),
            ("Premio scaduto", "Questo premio non è stato riscattato in tempo e non è più valido."),
            ("Premio ritirato", "Questo premio è stato ritirato. Se è un errore, contatta l'assistenza dell'app."),
            ("Riprova tra poco", "Il tuo premio è al sicuro. Riapri il link tra un minuto."),
            ("Il tuo premio è pronto", "Apri questo link nel browser per vederlo."),
            (
                "Al momento non disponibile",
                "Il tuo premio è al sicuro. Riapri il link tra un’ora. Se non basta, chiedi all’assistenza dell’app.",
            ),
        ],
    },
    Language {
        tag: "pt",
        texts: [
            (
                "Link não encontrado",
                "Este link não leva a nenhuma recompensa. Verifique se está completo ou abra o aplicativo de novo.",
            ),
            ("Recompensa expirada", "Esta recompensa não foi resgatada a tempo e não é mais válida."),
            (
                "Recompensa retirada",
                "Esta recompensa foi retirada. Se for um engano, fale com o suporte do aplicativo.",
            ),
            ("Tente daqui a pouco", "Sua recompensa está segura. Abra o link novamente em um minuto."),
            ("A sua recompensa está pronta", "Abra este link no navegador para a ver."),
            (
                "De momento indisponível",
                "A sua recompensa está segura. Abra o link novamente dentro de uma hora. Se não resultar, contacte o apoio da aplicação.",
            ),
        ],
    },
    Language {
        tag: "nl",
        texts: [
            (
                "Link niet gevonden",
                "Deze link leidt niet naar een beloning. Controleer of hij volledig is, of open de app opnieuw.",
            ),
            ("Beloning verlopen", "Deze beloning is niet op tijd ingewisseld en is niet meer geldig."),
            (
                "Beloning ingetrokken",
                "Deze beloning is ingetrokken. Is dat een vergissing? Vraag het de helpdesk van de app.",
            ),
            ("Probeer het zo nog eens", "Je beloning is veilig. Open de link over een minuut opnieuw."),
            ("Je beloning staat klaar", "Open deze link in je browser om haar te zien."),
            (
                "Nu even niet beschikbaar",
                "Je beloning is veilig. Open de link over een uur opnieuw. Helpt dat niet, vraag het dan de helpdesk van de app.",
            ),
        ],
    },
    Language {
        tag: "ja",
        texts: [
            (
                "リンクが見つかりません",
                "このリンクは特典につながっていません。リンク全体が正しいか確認するか、アプリをもう一度開いてください。",
            ),
            ("特典の期限切れ", "この特典は期限までに使われなかったため、もう利用できません。"),
            (
                "特典の取り消し",
                "この特典は取り消されました。お心当たりがない場合は、アプリのサポートにお問い合わせください。",
            ),
            ("しばらくしてからもう一度", "特典は保管されています。1分後にもう一度リンクを開いてください。"),
            ("特典の準備ができています", "ブラウザーでこのリンクを開くと表示されます。"),
            (
                "ただいまご利用いただけません",
                "特典は保管されています。1時間後にもう一度リンクを開いてください。それでも表示されない場合は、アプリのサポートにお問い合わせください。",
            ),
        ],
    },
];

/// Returns the page for a notice: in the user's language, else in the first of the browser's languages that there is,
/// else in English.
pub fn show(notice: Notice, locale: Option<&str>, request: &Request) -> Response {
    let accepted = accept_language::parse(request.header("accept-language").unwrap_or_default());
    let wanted = locale.into_iter().chain(accepted.iter().map(String::as_str));
    let language = wanted.filter_map(find).next().unwrap_or(&LANGUAGES[0]);
    let (title, sentence) = language.texts[notice.texts()];
    let body = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><style>\
         :root{{color-scheme:light dark}}\
         body{{font:1.125rem/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.25rem}}\
         h1{{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem}}p{{margin:0}}\
         </style></head><body><main><h1>{title}</h1><p>{sentence}</p></main></body></html>\n",
        language.tag
    );
    let mut response = http::html(notice.status(), body);
    if let Some(seconds) = notice.retry_after() {
        response.headers.insert("retry-after", HeaderValue::from_static(seconds));
    }
    response
}

/// Returns the language that fits a BCP 47 tag best.
fn find(tag: &str) -> Option<&'static Language> {
    let chosen = locale::choose(LANGUAGES.iter().map(|language| language.tag), tag)?;
    LANGUAGES.iter().find(|language| language.tag == chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_everything_and_no_text_breaks_the_page() {
        for language in LANGUAGES {
            for (title, sentence) in language.texts {
                assert!(!title.is_empty() && !sentence.is_empty(), "{}", language.tag);
                assert!(![title, sentence].iter().any(|text| text.contains(['<', '&', '"'])), "{title}");
            }
        }
        assert_eq!(find("de-AT").map(|found| found.tag), Some("de"));
        assert_eq!(find("PT_br").map(|found| found.tag), Some("pt"));
        assert!(find("tlh").is_none() && find("").is_none());
    }
}
