//! The `$default` route: a path that no other route has. HTTP APIs answer it without a body and never with 405, so this
//! does, from the one list of routes there is: `template.yaml`, as it was when this was built.

use domain::Error;
use edge::http::Request;

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
/// (`/orders/import` and `/orders/{reward_id}`), it is no path of the latter. In the template a path is a line `/v1/moments:`, and
/// each of its methods a line `post: {` below it.
fn methods(template: &str, path: &str) -> Vec<String> {
    let (mut routes, mut parameters) = (Vec::new(), None);
    for line in template.lines().map(str::trim) {
        if let Some(pattern) = line.strip_suffix(':') {
            let is_of_path = pattern.starts_with('/') && matches(pattern, path);
            parameters = is_of_path.then(|| pattern.matches('{').count());
        } else if let (Some((method, _)), Some(parameters)) = (line.split_once(": {"), parameters) {
            routes.push((parameters, method.to_uppercase()));
        }
    }
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
