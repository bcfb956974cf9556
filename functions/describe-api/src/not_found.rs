//! Refuses paths and methods that are no route (`$default`). API Gateway would answer without a body and never with
//! 405. The routes come from `template.yaml`, as it was when this was built.

use domain::Error;
use edge::http::Request;

const TEMPLATE: &str = include_str!("../../../template.yaml");

const METHODS: [&str; 5] = ["delete", "get", "head", "post", "put"];

/// Returns 405 with the methods of the path, or 404 if it has none.
pub(crate) fn refuse(request: &Request) -> Error {
    let methods = methods(TEMPLATE, request.raw_path());
    if methods.is_empty() {
        Error::not_found("route", request.raw_path().chars().take(256).collect::<String>())
    } else {
        Error::MethodNotAllowed(methods.join(", "))
    }
}

/// Returns the methods of the routes that match the path. A route that names a part of the path wins over one with a
/// parameter there: `/orders/import` is no path of `/orders/{reward_id}`. In the template a path begins a line
/// (`/v1/moments:`). Its method stands behind it (`{ post: {`), or each method on a line of its own below.
fn methods(template: &str, path: &str) -> Vec<String> {
    let (mut routes, mut parameters) = (Vec::new(), None);
    for line in template.lines().map(str::trim) {
        let operation = match line.split_once(':') {
            Some((pattern, rest)) if pattern.starts_with('/') => {
                parameters = matches(pattern, path).then(|| pattern.matches('{').count());
                rest.trim_start_matches([' ', '{'])
            }
            _ => line,
        };
        let method = operation.split_once(": {").map(|(method, _)| method).filter(|method| METHODS.contains(method));
        if let (Some(method), Some(parameters)) = (method, parameters) {
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
        assert_eq!(methods(TEMPLATE, "/openapi.json"), ["GET"]);
        assert_eq!(methods(TEMPLATE, "/"), ["GET"]);
        assert_eq!(methods(TEMPLATE, "/v1/apps/shop/campaigns/x/reviews"), ["GET"]);
        assert!(methods(TEMPLATE, "/v1/nothing").is_empty());
        assert!(methods(TEMPLATE, "/v1/users/").is_empty());
    }
}
