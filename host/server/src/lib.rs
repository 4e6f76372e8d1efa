//! The HTTP server of Specialis: a native interface, and a reverse proxy for the interfaces of language models.
//!
//! A [`Config`] says where it listens, who may call and where requests are passed on to; a [`Server`] is bound to its address
//! and serves until the process is told to stop. [`wire`] holds the interfaces of language models as state machines, without
//! sockets.
//!
//! It is the only crate with an async runtime. It does not decide: every text goes through the library.

mod app;
mod checklist;
mod config;
mod console;
mod contracts;
mod mcp;
mod native;
mod obligations;
mod proxy;
mod recorded;
mod reviews;
mod serving;
pub mod wire;

pub use checklist::{Checklist, ChecklistItem, FactOrigin, MissingFact};
pub use config::{
    Area, Bounds, CertificateConfig, Config, ConfigError, Interfaces, JwtConfig, McpConfig, ReviewsConfig, Role, Route,
    TenantConfig, Timeouts, Tls, TokenConfig, TokenDigest, TracesConfig, Webhook,
};
pub use console::{MadeTable, TableMaker, TypedTable, level_word};
pub use contracts::{AliyunKey, Condition, Contract, Contracts, ReviewAs, Template};
pub use mcp::{Sender, StdioError, StdioServer, texts_fit_back};
pub use native::openapi;
pub use recorded::RecordedLedger;
pub use serving::{Reload, Running, ServeError, Server, log_json};
