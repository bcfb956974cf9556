//! The pages behind a reward's link: the reason why it leads nowhere now, or the code that a supplier has made. Each is
//! in the user's language, without script, image or anything else from elsewhere.

use crate::http::{self, Request, Response};
use crate::preview;
use aws_lambda_events::http::HeaderValue;
use domain::locale;
use domain::secret::{GiftCode, RewardUrl};

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
    code: CodeTexts,
}

/// What the page around a code says.
struct CodeTexts {
    title: &'static str,
    /// What the code is for.
    sentence: &'static str,
    /// Leads to where it is spent.
    link: &'static str,
    /// That the page can be opened again.
    again: &'static str,
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
        code: CodeTexts {
            title: "Your reward",
            sentence: "Copy this code and enter it where you redeem it.",
            link: "Redeem the code",
            again: "You can open this page again at any time. Show the code to nobody.",
        },
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
        code: CodeTexts {
            title: "Deine Prämie",
            sentence: "Kopiere diesen Code und gib ihn beim Einlösen ein.",
            link: "Code einlösen",
            again: "Du kannst diese Seite jederzeit wieder öffnen. Zeig den Code niemandem.",
        },
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
        code: CodeTexts {
            title: "Votre récompense",
            sentence: "Copiez ce code et saisissez-le au moment de l’utiliser.",
            link: "Utiliser le code",
            again: "Vous pouvez rouvrir cette page à tout moment. Ne montrez ce code à personne.",
        },
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
            ("Su recompensa está lista", "Abra este enlace en su navegador para verla."),
            (
                "No disponible en este momento",
                "Su recompensa está a salvo. Vuelva a abrir el enlace dentro de una hora. Si no funciona, contacte con el soporte de la aplicación.",
            ),
        ],
        code: CodeTexts {
            title: "Su recompensa",
            sentence: "Copie este código e introdúzcalo al canjearlo.",
            link: "Canjear el código",
            again: "Puede volver a abrir esta página cuando quiera. No muestre el código a nadie.",
        },
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
        code: CodeTexts {
            title: "Il tuo premio",
            sentence: "Copia questo codice e inseriscilo quando lo riscatti.",
            link: "Riscatta il codice",
            again: "Puoi riaprire questa pagina in qualsiasi momento. Non mostrare il codice a nessuno.",
        },
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
            ("Sua recompensa está pronta", "Abra este link no navegador para vê-la."),
            (
                "Indisponível no momento",
                "Sua recompensa está segura. Abra o link novamente em uma hora. Se não der certo, fale com o suporte do aplicativo.",
            ),
        ],
        code: CodeTexts {
            title: "Sua recompensa",
            sentence: "Copie este código e digite-o ao resgatar.",
            link: "Resgatar o código",
            again: "Você pode abrir esta página de novo a qualquer momento. Não mostre o código a ninguém.",
        },
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
        code: CodeTexts {
            title: "Je beloning",
            sentence: "Kopieer deze code en vul hem in bij het inwisselen.",
            link: "Code inwisselen",
            again: "Je kunt deze pagina altijd opnieuw openen. Laat de code aan niemand zien.",
        },
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
        code: CodeTexts {
            title: "あなたの特典",
            sentence: "このコードをコピーして、ご利用の際に入力してください。",
            link: "コードを利用する",
            again: "このページはいつでも開き直せます。コードは誰にも見せないでください。",
        },
    },
];

/// Returns the page for a notice: in the user's language, else in the first of the browser's languages that there is,
/// else in English.
pub fn show(notice: Notice, locale: Option<&str>, request: &Request) -> Response {
    let language = language(locale, request);
    let (title, sentence) = language.texts[notice.texts()];
    let mut response = http::html(notice.status(), page(language, title, &format!("<p>{sentence}</p>")));
    if let Some(seconds) = notice.retry_after() {
        response.headers.insert("retry-after", HeaderValue::from_static(seconds));
    }
    if notice == Notice::Unopened && preview::is_ahead(request) {
        // Too Early (RFC 8470): a browser throws this away and asks again when the user taps, in place of showing it.
        response.status_code = 425;
    }
    response
}

/// Returns the page that shows a code, in the same languages. Nothing keeps it: the next visit asks the supplier again.
pub fn show_code(code: &GiftCode, redeem_at: Option<&RewardUrl>, locale: Option<&str>, request: &Request) -> Response {
    let language = language(locale, request);
    let CodeTexts { title, sentence, link, again } = language.code;
    let code = escaped(code.expose());
    let link = redeem_at.map_or_else(String::new, |url| {
        format!("<p><a rel=\"noreferrer\" href=\"{}\">{link}</a></p>", escaped(url.expose()))
    });
    let inner = format!("<p>{sentence}</p><p><code translate=\"no\">{code}</code></p>{link}<p>{again}</p>");
    http::html(200, page(language, title, &inner))
}

/// Returns a text as HTML shows it, within quotes, too.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn page(language: &Language, title: &str, inner: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><style>\
         :root{{color-scheme:light dark}}\
         body{{font:1.125rem/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.25rem}}\
         h1{{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem}}p{{margin:0 0 1rem}}\
         code{{font:1.5rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere;user-select:all;-webkit-user-select:all;\
         border:1px solid;border-radius:.5rem;padding:.25rem .75rem;display:inline-block}}\
         </style></head><body><main><h1>{title}</h1>{inner}</main></body></html>\n",
        language.tag
    )
}

fn language(locale: Option<&str>, request: &Request) -> &'static Language {
    let accepted = accept_language::parse(request.header("accept-language").unwrap_or_default());
    let wanted = locale.into_iter().chain(accepted.iter().map(String::as_str));
    wanted.filter_map(find).next().unwrap_or(&LANGUAGES[0])
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
    fn a_code_is_shown_as_it_is_whatever_it_holds() {
        let request = Request::from(aws_lambda_events::apigw::ApiGatewayV2httpRequest::default());
        let code = GiftCode::new("<script>alert('1')</script>&\"");
        let url = RewardUrl::new("https://gift.example/?a=1&b='2'");
        let page = show_code(&code, Some(&url), Some("ja"), &request);
        assert_eq!(page.headers.get("cache-control").unwrap(), "no-store");
        let body = format!("{:?}", page.body);
        assert!(body.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;"), "{body}");
        assert!(body.contains("?a=1&amp;b=&#39;2&#39;") && !body.contains("<script"), "{body}");
    }

    #[test]
    fn every_language_says_everything_and_no_text_breaks_the_page() {
        for language in LANGUAGES {
            for (title, sentence) in language.texts {
                assert!(!title.is_empty() && !sentence.is_empty(), "{}", language.tag);
                assert!(![title, sentence].iter().any(|text| text.contains(['<', '&', '"'])), "{title}");
            }
            let CodeTexts { title, sentence, link, again } = language.code;
            for text in [title, sentence, link, again] {
                assert!(!text.is_empty() && !text.contains(['<', '&', '"']), "{text}");
            }
        }
        assert_eq!(find("de-AT").map(|found| found.tag), Some("de"));
        assert_eq!(find("PT_br").map(|found| found.tag), Some("pt"));
        assert!(find("tlh").is_none() && find("").is_none());
    }
}
