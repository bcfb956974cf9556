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
/// (`/v1/moments:`), and each of its methods begins an object (`post: {`), on that line or below.
fn methods(template: &str, path: &str) -> Vec<String> {
    let (mut routes, mut parameters) = (Vec::new(), None);
    for line in template.lines().map(str::trim) {
        if let Some((pattern, _)) = line.split_once(':').filter(|(pattern, _)| pattern.starts_with('/')) {
            parameters = matches(pattern, path).then(|| pattern.matches('{').count());
        }
        let Some(parameters) = parameters else { continue };
        let words: Vec<&str> = line.split_whitespace().collect();
        let keys = words.windows(2).filter(|pair| pair[1] == "{").filter_map(|pair| pair[0].strip_suffix(':'));
        routes.extend(keys.filter(|key| METHODS.contains(key)).map(|method| (parameters, method.to_uppercase())));
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
        assert_eq!(methods(TEMPLATE, "/v1/apps/shop/campaigns/x/competitors/ada"), ["DELETE", "GET", "PUT"]);
        assert!(methods(TEMPLATE, "/v1/nothing").is_empty());
        assert!(methods(TEMPLATE, "/v1/users/").is_empty());
    }
}
