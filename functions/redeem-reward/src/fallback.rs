//! The `$default` route: a path that no other route has. HTTP APIs answer it without a body and never with 405, so this
//! does, from the one list of routes there is: `template.yaml`, as it was when this was built.

use shared::Error;
use shared::http::Request;

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// 405 with the methods of the path if it has any, 404 otherwise.
pub(crate) fn refuse(request: &Request) -> Error {
    let methods = methods(TEMPLATE, request.raw_path());
    if methods.is_empty() {
        Error::not_found("route", request.raw_path().chars().take(256).collect::<String>())
    } else {
        Error::MethodNotAllowed(methods.join(", "))
    }
}

/// The methods of the routes that the path is one of. Where a route names it and another one only has a parameter in its place
/// (`/orders/import` and `/orders/{reward_id}`), it is no path of the latter. Routes stand in the template as a line `Path: …` followed by a line
/// `Method: …`.
fn methods(template: &str, path: &str) -> Vec<String> {
    let value = |line: &str, name: &str| line.trim().strip_prefix(name).map(|value| value.trim().to_owned());
    let lines: Vec<&str> = template.lines().collect();
    let pairs = lines.windows(2).filter_map(|pair| Some((value(pair[0], "Path:")?, value(pair[1], "Method:")?)));
    let routes: Vec<(usize, String)> = pairs
        .filter(|(pattern, _)| matches(pattern, path))
        .map(|(pattern, method)| (pattern.matches('{').count(), method.to_uppercase()))
        .collect();
    let fewest = routes.iter().map(|(parameters, _)| *parameters).min();
    let named = routes.into_iter().filter(|(parameters, _)| Some(*parameters) == fewest);
    let mut methods: Vec<String> = named.map(|(_, method)| method).collect();
    methods.sort_unstable();
    methods.dedup();
    methods
}

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    let part = |(pattern, path): (&&str, &&str)| pattern == path || (pattern.starts_with('{') && !path.is_empty());
    pattern.len() == path.len() && pattern.iter().zip(&path).all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_tells_which_methods_a_path_has() {
        assert_eq!(methods(TEMPLATE, "/v1/moments"), ["POST"]);
        assert_eq!(methods(TEMPLATE, "/v1/users/u-1"), ["DELETE", "GET", "PUT"]);
        assert_eq!(methods(TEMPLATE, "/v1/apps/shop/orders/import"), ["POST"]);
        assert_eq!(methods(TEMPLATE, "/v1/apps/shop/orders/x"), ["GET"]);
        assert!(methods(TEMPLATE, "/v1/nothing").is_empty());
        assert!(methods(TEMPLATE, "/v1/users/").is_empty());
    }
}
