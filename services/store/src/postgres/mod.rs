//! stub
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::{Migrated, OpenOptions, Store};

pub(crate) async fn open(url: &str, _options: OpenOptions) -> Result<Arc<dyn Store>> {
    Err(Error::BadUrl {
        url: url.to_owned(),
        reason: "soon".to_owned(),
    })
}
pub(crate) async fn migrate(url: &str) -> Result<Migrated> {
    Err(Error::BadUrl {
        url: url.to_owned(),
        reason: "soon".to_owned(),
    })
}
