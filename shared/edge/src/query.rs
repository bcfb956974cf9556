//! The query of a request: the parameters that each route takes, and those sent. Refuses unknown parameters: a misspelt
//! `dry_run` would otherwise award for real. The functions check the values.

use std::collections::BTreeMap;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use domain::error::{FieldError, Mistakes};

use crate::fields;

/// The parameters of every list.
const LIST: &[&str] = &["limit", "cursor"];

/// The parameters that a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// The parameters that the route reads.
    pub known: &'static [&'static str],
    /// True if others are ignored: messengers and advertisements append `utm_source`, `fbclid` and the like to links.
    pub open: bool,
}

impl Parameters {
    /// Returns the parameters of a route, by its key in `template.yaml`. A route that is not listed takes none.
    pub fn of(route: &str) -> Self {
        let known: &[&str] = match route {
            "POST /v1/moments" | "POST /v1/moments/batch" | "POST /v1/rewards" => &["dry_run", "rehearse"],
            "POST /v1/rewards/{reward_id}/redeem" => &["dry_run"],
            "POST /v1/eligibility" | "POST /v1/apps/{app}/eligibility" => &["rehearse"],
            "GET /v1/users/{user_id}/export" | "GET /v1/apps/{app}/me/export" => &["cursor"],
            "GET /v1/users/{user_id}/timeline" | "GET /v1/apps/{app}/users/{user_id}/timeline" => {
                &["limit", "cursor", "order"]
            }
            "GET /v1/campaigns/{campaign}/leaderboard"
            | "GET /v1/apps/{app}/campaigns/{campaign}/leaderboard"
            | "GET /v1/apps/{app}/me/campaigns/{campaign}/leaderboard" => &["window", "limit", "cursor", "around"],
            "GET /v1/apps/{app}/orders" => &["state", "limit", "cursor"],
            "GET /v1/apps/{app}/campaigns/{campaign}/settlement" => &["window", "limit", "cursor"],
            "GET /v1/apps/{app}/campaigns/{campaign}/report"
            | "GET /v1/apps/{app}/campaigns/{campaign}/activity"
            | "GET /v1/apps/{app}/campaigns/{campaign}/diff" => &["from", "to"],
            "GET /v1/apps/{app}/campaigns" | "GET /v1/apps/{app}/campaign-summaries" => {
                &["state", "name", "order", "limit", "cursor"]
            }
            "GET /r/{reward_id}/address" => &["country", "correct"],
            "GET /v1/users/{user_id}/rewards"
            | "GET /v1/apps/{app}/users/{user_id}/rewards"
            | "GET /v1/users/{user_id}/notifications"
            | "GET /v1/users/{user_id}/competitions"
            | "GET /v1/apps/{app}/me/rewards"
            | "GET /v1/apps/{app}/me/notifications"
            | "GET /v1/apps/{app}/me/competitions"
            | "GET /v1/apps"
            | "GET /v1/apps/{app}/audit"
            | "GET /v1/apps/{app}/keys"
            | "GET /v1/people"
            | "GET /v1/people/{person}/keys"
            | "GET /v1/apps/{app}/token-keys"
            | "GET /v1/apps/{app}/suppliers"
            | "GET /v1/apps/{app}/webhooks"
            | "GET /v1/apps/{app}/webhooks/{webhook}/deliveries"
            | "GET /v1/apps/{app}/partners"
            | "GET /v1/apps/{app}/campaigns/{campaign}/history"
            | "GET /v1/apps/{app}/campaigns/{campaign}/rewards"
            | "GET /v1/apps/{app}/campaigns/{campaign}/reviews"
            | "GET /v1/apps/{app}/campaigns/{campaign}/announcements"
            | "GET /v1/apps/{app}/reward-groups" => LIST,
            _ => &[],
        };
        let path = route.split_once(' ').map_or(route, |(_, path)| path);
        // The console asks the API, which refuses what it does not know. `$default` answers 404 or 405, whatever the
        // query. Monitors add a query that no cache knows. A preflight has the query of the request that follows.
        let open = path.starts_with("/r/")
            || path.starts_with("/console")
            || route.starts_with("OPTIONS ")
            || matches!(path, "$default" | "/" | "/docs" | "/health");
        Self { known, open }
    }

    fn refusal(self, name: &str) -> String {
        match (fields::nearest(name, self.known), self.known) {
            (Some(meant), _) => format!("is no query parameter of this route; did you mean {meant}?"),
            (None, []) => "is no query parameter of this route; it takes none".to_owned(),
            (None, known) => format!("is no query parameter of this route; it takes {}", known.join(", ")),
        }
    }
}

/// The parameters of a request, decoded and in their order.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the raw query: in the parsed one, payload 2.0 joins repeated parameters with a comma.
    pub(crate) fn of(event: &ApiGatewayV2httpRequest) -> Self {
        match event.raw_query_string.as_deref() {
            Some(raw) if !raw.is_empty() => Self(form_urlencoded::parse(raw.as_bytes()).into_owned().collect()),
            // A hand-made event may have no raw query. Its parameters count all the same.
            _ => {
                let parsed = event.query_string_parameters.iter();
                Self(parsed.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
            }
        }
    }

    /// Returns the first value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Fails with every unknown and every repeated parameter.
    pub(crate) fn check(&self, route: &str) -> Result<(), Error> {
        let parameters = Parameters::of(route);
        if parameters.open {
            return Ok(());
        }
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, _) in &self.0 {
            *times.entry(name).or_default() += 1;
        }
        let mut errors = Mistakes::default();
        for (name, times) in times {
            let pointer = format!("/{}", fields::escape(name));
            if !parameters.known.contains(&name) {
                errors.push(FieldError::new(pointer, "unknown_parameter", parameters.refusal(name)));
            } else if times > 1 {
                let detail = format!("is given {times} times; give it once");
                errors.push(FieldError::new(pointer, "repeated_parameter", detail));
            }
        }
        if errors.count() == 0 { Ok(()) } else { Err(Error::Invalid(errors)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(raw: &str) -> Query {
        let mut event = ApiGatewayV2httpRequest::default();
        event.raw_query_string = Some(raw.to_owned());
        Query::of(&event)
    }

    fn errors(route: &str, raw: &str) -> Vec<(String, &'static str, String)> {
        match query(raw).check(route) {
            Err(Error::Invalid(mistakes)) => {
                let listed = mistakes.listed().iter().cloned();
                listed.map(|error| (error.pointer, error.code, error.detail)).collect()
            }
            Err(other) => panic!("{other:?}"),
            Ok(()) => Vec::new(),
        }
    }

    #[test]
    fn a_misspelt_parameter_is_refused_and_names_what_was_probably_meant() {
        for misspelt in ["dryRun=true", "dry-run=true", "DRY_RUN=true", "dryrun", "dry_rum=1", "%64ryRun=true"] {
            let found = errors("POST /v1/rewards", misspelt);
            assert_eq!(found.len(), 1, "{misspelt}");
            assert_eq!(found[0].1, "unknown_parameter", "{misspelt}");
            assert_eq!(found[0].2, "is no query parameter of this route; did you mean dry_run?", "{misspelt}");
        }
        let detail = |route, query| errors(route, query)[0].2.clone();
        assert_eq!(detail("GET /v1/apps", "page=2"), "is no query parameter of this route; it takes limit, cursor");
        assert_eq!(detail("GET /v1/apps", "limt=2"), "is no query parameter of this route; did you mean limit?");
        assert_eq!(detail("GET /v1/apps/{app}", "x=1"), "is no query parameter of this route; it takes none");
        assert_eq!(detail("GET /v1/apps/{app}/campaigns/{campaign}/report", "x"), {
            "is no query parameter of this route; it takes from, to"
        });
    }

    #[test]
    fn every_wrong_parameter_is_named_at_once() {
        let found = errors("POST /v1/rewards", "b/~=1&dry_run=true&dry_run=false&=3&dry_run");
        let found: Vec<(&str, &str)> = found.iter().map(|(pointer, code, _)| (pointer.as_str(), *code)).collect();
        let expected =
            [("/", "unknown_parameter"), ("/b~1~0", "unknown_parameter"), ("/dry_run", "repeated_parameter")];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_right_passes_and_links_that_people_open_pass_over_the_rest() {
        for (route, query) in [
            ("POST /v1/rewards", ""),
            ("POST /v1/rewards", "&&"),
            ("POST /v1/rewards", "dry_run=true"),
            ("GET /v1/users/{user_id}/timeline", "order=desc&limit=1&cursor=a%2Cb"),
            ("GET /r/{reward_id}", "utm_source=mail&fbclid=1&fbclid=2"),
            ("GET /r/{reward_id}/address", "country=DE&utm_source=mail"),
            ("GET /docs", "utm_source=mail"),
            ("GET /health", "t=1"),
        ] {
            assert_eq!(errors(route, query), [], "{route} {query}");
        }
    }

    #[test]
    fn values_are_read_as_they_were_sent() {
        let query = query("cursor=a%2Cb+c%2B&limit=1,2");
        assert_eq!((query.get("cursor"), query.get("limit"), query.get("x")), (Some("a,b c+"), Some("1,2"), None));
    }
}
