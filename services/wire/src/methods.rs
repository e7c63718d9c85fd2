//! The methods of the contract, for those who keep a table of them and must not miss one.

use prost::Message as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

/// Field number of `service` in a `FileDescriptorProto`; source locations name places by such numbers.
const SERVICE_FIELD: i32 = 6;
/// Field number of `method` in a `ServiceDescriptorProto`.
const METHOD_FIELD: i32 = 2;

/// One method of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// Its path, such as `/verbund.agency.v1.FeedService/ListFeed`.
    pub path: String,
    /// The comment above it in its file.
    pub comment: String,
    /// It takes a stream of requests.
    pub client_streaming: bool,
    /// It answers with a stream.
    pub server_streaming: bool,
}

/// Every method of every service in `proto/`, in the order of the files.
#[must_use]
pub fn all() -> Vec<Method> {
    let set = FileDescriptorSet::decode(crate::FILE_DESCRIPTOR_SET)
        .expect("the build wrote this descriptor set");
    set.file.iter().flat_map(methods_of).collect()
}

fn methods_of(file: &FileDescriptorProto) -> Vec<Method> {
    let mut methods = Vec::new();
    for (service_index, service) in (0_i32..).zip(&file.service) {
        for (method_index, method) in (0_i32..).zip(&service.method) {
            let place = [SERVICE_FIELD, service_index, METHOD_FIELD, method_index];
            methods.push(Method {
                path: format!("/{}.{}/{}", file.package(), service.name(), method.name()),
                comment: comment_at(file, &place),
                client_streaming: method.client_streaming(),
                server_streaming: method.server_streaming(),
            });
        }
    }
    methods
}

fn comment_at(file: &FileDescriptorProto, place: &[i32]) -> String {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    let found = locations
        .filter(|location| location.path == place)
        .find_map(|location| location.leading_comments.clone());
    found.unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_found_with_their_comments() {
        let methods = all();
        let watch = methods
            .iter()
            .find(|method| method.path == "/verbund.agency.v1.FeedService/WatchFeed")
            .expect("the feed can be watched");
        assert!(watch.server_streaming && !watch.client_streaming);
        assert!(
            watch.comment.starts_with("WatchFeed gives events"),
            "{}",
            watch.comment
        );
        let mut paths: Vec<&str> = methods.iter().map(|method| method.path.as_str()).collect();
        assert!(paths.contains(&"/verbund.federation.v1.FederationService/Exchange"));
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), methods.len());
    }
}
