//! The texts of the page, in English and in German.

use domain::locale;
use domain::reward::RewardState;

use crate::regions::Region;

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    /// Returns the first supported language of the user's own and the browser's; else English.
    pub(crate) fn of(locale: Option<&str>, accept_language: Option<&str>) -> Self {
        let asked = accept_language::parse(accept_language.unwrap_or_default());
        let known = locale.into_iter().chain(asked.iter().map(String::as_str)).find_map(|tag| {
            let chosen = locale::choose(["en", "de"].into_iter(), tag.trim())?;
            Some(if chosen == "de" { Self::German } else { Self::English })
        });
        known.unwrap_or(Self::English)
    }

    pub(crate) fn tag(self) -> &'static str {
        self.pick("en", "de")
    }

    pub(crate) fn is_german(self) -> bool {
        self == Self::German
    }

    /// Returns the text in this language.
    pub(crate) fn pick(self, english: &'static str, german: &'static str) -> &'static str {
        if self.is_german() { german } else { english }
    }

    /// Returns the name of a field in a country.
    pub(crate) fn label(self, field: &str, region: &Region) -> &'static str {
        match field {
            "name" => self.pick("Full name", "Vor- und Nachname"),
            "organization" => self.pick("Company (optional)", "Firma (freiwillig)"),
            "line1" => self.pick("Street and house number", "Straße und Hausnummer"),
            "line2" => self.pick("Flat, floor, c/o (optional)", "Adresszusatz (freiwillig)"),
            "district" => self.pick("District", "Stadtteil"),
            "city" => self.pick("City", "Ort"),
            "postal_code" => match region.postal.as_str() {
                "zip" => self.pick("ZIP code", "Postleitzahl"),
                "eircode" => self.pick("Eircode", "Eircode"),
                "pin" => self.pick("PIN code", "PIN-Code"),
                _ => self.pick("Postal code", "Postleitzahl"),
            },
            "phone" => self.pick("Telephone, for the carrier (optional)", "Telefon, für den Paketdienst (freiwillig)"),
            "country" => self.pick("Country or region", "Land oder Region"),
            _ => match region.state.as_str() {
                "state" => self.pick("State", "Bundesstaat"),
                "county" => self.pick("County", "Grafschaft"),
                "prefecture" => self.pick("Prefecture", "Präfektur"),
                "emirate" => self.pick("Emirate", "Emirat"),
                "island" => self.pick("Island", "Insel"),
                "parish" => self.pick("Parish", "Gemeinde"),
                "department" => self.pick("Department", "Departement"),
                "oblast" => self.pick("Oblast", "Oblast"),
                "area" => self.pick("Area", "Gebiet"),
                "district" => self.pick("District", "Bezirk"),
                _ => self.pick("Province or region", "Provinz oder Region"),
            },
        }
    }

    /// Returns the text for a mistake, by its code. `example` is a valid postal code.
    pub(crate) fn mistake(self, code: &str, example: &str) -> String {
        let text = match code {
            "required" => self.pick("Please fill this in.", "Bitte ausfüllen."),
            "too_long" => self.pick("This is too long.", "Das ist zu lang."),
            "unknown_country" => self.pick("Please choose a country.", "Bitte ein Land wählen."),
            "unknown_region" => self.pick("Please choose one of the list.", "Bitte aus der Liste wählen."),
            "invalid_postal_code" => {
                let before = self
                    .pick("This is no postal code there; one looks like", "Keine Postleitzahl dort, richtig wäre etwa");
                return format!("{before} {example}.");
            }
            "wrong_region" => self.pick(
                "This postal code belongs to another state.",
                "Diese Postleitzahl gehört zu einem anderen Staat.",
            ),
            "invalid_phone" => self.pick("This is no telephone number.", "Das ist keine Telefonnummer."),
            _ => self.pick("This cannot be read.", "Das ist nicht lesbar."),
        };
        text.to_owned()
    }

    /// Returns the meaning of an order's state for its user: a headline and a sentence.
    pub(crate) fn state(self, state: RewardState) -> (&'static str, &'static str) {
        match state {
            RewardState::Shipped => (
                self.pick("It is on its way", "Unterwegs zu Ihnen"),
                self.pick("Your reward has been handed to the carrier.", "Ihre Prämie ist beim Paketdienst."),
            ),
            RewardState::Delivered => (
                self.pick("Delivered", "Zugestellt"),
                self.pick("Your reward has arrived. Enjoy it!", "Ihre Prämie ist angekommen. Viel Freude damit!"),
            ),
            RewardState::Returned => (
                self.pick("It came back", "Zurückgekommen"),
                self.pick(
                    "The carrier could not deliver your reward. Please ask whoever you have it from.",
                    "Der Paketdienst konnte Ihre Prämie nicht zustellen. Bitte fragen Sie dort, wo Sie sie bekommen haben.",
                ),
            ),
            RewardState::Lost => (
                self.pick("It went astray", "Verloren gegangen"),
                self.pick(
                    "Your reward was lost on its way. Please ask whoever you have it from.",
                    "Ihre Prämie ging unterwegs verloren. Bitte fragen Sie dort nach, wo Sie sie bekommen haben.",
                ),
            ),
            _ => (
                self.pick("Thank you, we know where to", "Danke, die Adresse ist da"),
                self.pick(
                    "Your reward will be sent to the address that you gave. This page shows how far it is.",
                    "Ihre Prämie wird an die angegebene Adresse geschickt. Diese Seite zeigt, wie weit sie ist.",
                ),
            ),
        }
    }
}
