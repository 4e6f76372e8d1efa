//! Whatever a gateway sends, it is read or refused. The first byte chooses the contract.
#![no_main]

use specialis_server::Contract;

const CONTRACTS: [(Contract, &str); 10] = [
    (Contract::Litellm, "/beta/litellm_basic_guardrail_api"),
    (Contract::Moderations, "/v1/moderations"),
    (Contract::Dify, ""),
    (Contract::Lakera, "/v2/guard"),
    (Contract::Agentgateway, "/request"),
    (Contract::Agentgateway, "/response"),
    (Contract::Portkey, ""),
    (Contract::Aliyun, ""),
    (Contract::ExtProc, ""),
    (Contract::ExtMcp, ""),
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [first, body @ ..] = data else { return };
    let (contract, path) = CONTRACTS[usize::from(*first) % CONTRACTS.len()];
    let _ = contract.texts(path, body);
});
