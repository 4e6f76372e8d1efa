//! A model of the control plane, explored to its end, against the real code.
//!
//! States: which edition is live, under which list of approvers, what was revoked, and which editions were live before. From
//! each state every next statement is tried that any set of keys can sign, and every old chain that a writer can put into the
//! folder; on a host that runs, on one that is started again, on one that starts for the first time, and after a crash. What
//! the real host does is held against the rules as they are written down here, and against what must never happen.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use specialis::Host;
use specialis::signed::{Applied, files as names};
use specialis_core::{Context, FaultKind};
use specialis_tests::{events, hosts};

use super::small::{Says, Small, Which, copy, live, look, start};

/// What the rules know of a chain that counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    edition: Which,
    list: u64,
    is_revoked: bool,
    were_live: BTreeSet<Which>,
}

/// One way to get to a state: the chain and who signed it.
#[derive(Clone)]
struct Node {
    state: State,
    chain: Vec<Vec<u8>>,
    /// The files of the state folder of a host that is there.
    remembered: PathBuf,
}

/// Who is on a list.
fn approvers(list: u64) -> &'static [&'static str] {
    if list == 1 { &["alice", "bob"] } else { &["alice", "carol"] }
}

/// The rules: what a statement leads to, if it counts.
fn next(before: Option<&State>, says: &Says) -> Option<State> {
    let list = before.map_or(says.list, |before| before.list);
    let n_signed = says.signers.iter().filter(|name| approvers(list).contains(name)).count();
    let by_root = says.signers.contains(&"root");
    let is_new = before.is_none_or(|before| !before.were_live.contains(&says.edition));
    let highest = before.and_then(|before| before.were_live.iter().max()).map_or(0, |which| which.number());
    let was_revoked = before.is_some_and(|before| before.is_revoked);
    let counts = (n_signed > 0 || by_root)
        && says.list >= list
        && (says.revokes || !was_revoked)
        && (!is_new || says.edition.number() > highest)
        // A new edition with a revoked policy is refused; one that was live comes back without it.
        && !(is_new && says.revokes)
        && (!loosens(before.map(|before| before.edition), says.edition) || may_loosen(n_signed, by_root, says));
    let mut were_live = before.map(|before| before.were_live.clone()).unwrap_or_default();
    were_live.insert(says.edition);
    counts.then_some(State { edition: says.edition, list: says.list, is_revoked: says.revokes, were_live })
}

/// With nothing to compare it with, the first edition loosens.
fn loosens(before: Option<Which>, after: Which) -> bool {
    before.is_none_or(|before| before != Which::Lenient && after == Which::Lenient)
}

fn may_loosen(n_signed: usize, by_root: bool, says: &Says) -> bool {
    says.has_reason && (n_signed >= 2 || by_root)
}

/// Every statement that somebody could make next.
fn moves() -> Vec<Says> {
    let sets: [&[&str]; 5] = [&["alice"], &["bob"], &["alice", "bob"], &["alice", "carol"], &["root"]];
    let mut all = Vec::new();
    for edition in Which::ALL {
        for signers in sets {
            for list in [1, 2] {
                all.push(Says::new(edition, list, signers));
                all.push(Says { revokes: true, ..Says::new(edition, list, signers) });
            }
        }
        all.push(Says { has_reason: false, ..Says::new(edition, 2, &["alice", "bob", "carol"]) });
    }
    all.push(Says::new(Which::Worded, 1, &["stranger"]));
    all
}

/// The real code, and what it did.
struct World {
    small: Small,
    home: tempfile::TempDir,
    n_states: usize,
    n_tried: usize,
}

impl World {
    fn fresh(&mut self, name: &str) -> PathBuf {
        let path = self.home.path().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        path
    }

    /// The folder, with a chain in it.
    fn folder(&self, chain: &[Vec<u8>]) -> PathBuf {
        let folder = self.home.path().join("live");
        self.small.write(&folder, chain);
        folder
    }

    /// A host at a node.
    fn host(&mut self, node: &Node) -> Host {
        let state = self.fresh("state");
        copy(&node.remembered, &state);
        start(&self.folder(&node.chain), Some(&state)).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)))
    }

    /// A host at a node that is started again where a chain stands in the folder.
    fn again(&mut self, node: &Node, chain: &[Vec<u8>]) -> Host {
        self.n_tried += 1;
        let state = self.fresh("again");
        copy(&node.remembered, &state);
        start(&self.folder(chain), Some(&state)).unwrap_or_else(|e| panic!("a host starts: {}", hosts::chain(&e)))
    }

    /// A running host looks at a folder with a chain.
    fn look(&mut self, host: &Host, chain: &[Vec<u8>]) {
        self.n_tried += 1;
        let compiled = host.status().code.n_compiled;
        let applied = look(host, &self.folder(chain));
        if matches!(applied, Ok(Applied::RolledBack(_) | Applied::Amended(_))) {
            assert_eq!(host.status().code.n_compiled, compiled, "going back compiles nothing");
        }
    }

    /// Holds a host against the state that the rules say it is in.
    fn assert_is(&self, host: &Host, number: usize, state: &State, what: &dyn Fn() -> String) {
        assert_eq!(live(host), u64::try_from(number).unwrap(), "{}", what());
        let edition = host.edition();
        assert_eq!(edition.record().manifest.as_deref(), Some(self.small.edition(state.edition)), "{}", what());
        // What a user sends changes nothing, and what was revoked does not judge.
        let decision = hosts::decide(host, "s", &Context::default(), &events::ordinary(0));
        let fault = decision.evaluations["witness"].fault.as_ref().map(|fault| fault.kind);
        assert_eq!(fault, state.is_revoked.then_some(FaultKind::Revoked), "{}", what());
        assert_eq!(live(host), u64::try_from(number).unwrap(), "{}", what());
    }

    /// Tries every move from a node. Returns where each leads that counts.
    fn try_moves(&mut self, node: Option<&Node>, is_thorough: bool) -> Vec<(State, Vec<Vec<u8>>)> {
        let before = node.map(|node| &node.state);
        let mut running = node.map(|node| self.host(node));
        let mut reached = Vec::new();
        for says in moves() {
            let expected = next(before, &says);
            assert_invariants(before, &says, expected.as_ref());
            let mut chain = node.map(|node| node.chain.clone()).unwrap_or_default();
            chain.push(self.small.statement(chain.last().map(Vec::as_slice), &says));
            let what = |way: &str| format!("{way}: {before:?}, then {says:?}");
            if let (Some(node), Some(host)) = (node, &running) {
                let (number, state) =
                    expected.as_ref().map_or((node.chain.len(), &node.state), |state| (chain.len(), state));
                self.look(host, &chain);
                self.assert_is(host, number, state, &|| what("running"));
                if is_thorough || expected.is_some() {
                    let again = self.again(node, &chain);
                    self.assert_is(&again, number, state, &|| what("started again"));
                }
            }
            if is_thorough || expected.is_some() {
                match (self.first(&chain), &expected) {
                    (Some(host), Some(state)) => self.assert_is(&host, chain.len(), state, &|| what("started first")),
                    (first, expected) => assert_eq!(first.is_some(), expected.is_some(), "{}", what("started first")),
                }
            }
            if let Some(state) = expected {
                // The host went on; the next move begins where this one did.
                running = node.map(|node| self.host(node));
                reached.push((state, chain));
            }
        }
        reached
    }

    fn first(&mut self, chain: &[Vec<u8>]) -> Option<Host> {
        self.n_tried += 1;
        start(&self.folder(chain), None).ok()
    }

    /// The state folder of a host that went from a node to a chain, after a crash at every step in between.
    fn remember(&mut self, node: Option<&Node>, chain: &[Vec<u8>]) -> PathBuf {
        self.n_states += 1;
        let name = format!("remembered-{}", self.n_states);
        let after = self.fresh(&name);
        if let Some(node) = node {
            copy(&node.remembered, &after);
        }
        let folder = self.folder(chain);
        drop(start(&folder, Some(&after)).unwrap_or_else(|e| panic!("{}", hosts::chain(&e))));
        if let Some(node) = node {
            self.crash(node, chain, &after);
        }
        after
    }

    /// A crash before the state was written leaves the old one; after it, the new one.
    fn crash(&mut self, node: &Node, chain: &[Vec<u8>], after: &Path) {
        let crashed = self.fresh("crashed");
        copy(after, &crashed);
        fs::copy(node.remembered.join("state.json"), crashed.join("state.json")).unwrap();
        copy(&node.remembered.join(names::OBJECTS), &crashed.join(names::OBJECTS));
        fs::write(crashed.join("state.json.0.part"), "half a sta").unwrap();
        let at = |world: &Self, state: &Path, chain: &[Vec<u8>]| {
            start(&world.folder(chain), Some(state))
                .map(|host| live(&host))
                .unwrap_or_else(|e| panic!("{}", hosts::chain(&e)))
        };
        let (old, new) = (u64::try_from(node.chain.len()).unwrap(), u64::try_from(chain.len()).unwrap());
        assert_eq!(at(self, &crashed, &node.chain), old, "before it was written");
        let written = self.fresh("written");
        copy(after, &written);
        assert_eq!(at(self, &written, &node.chain), new, "after it was written");
        assert_eq!(at(self, &crashed, chain), new, "the host goes on from the old state");
    }
}

/// What must never be, whatever the rules say: held against the rules, which are held against the real code.
fn assert_invariants(before: Option<&State>, says: &Says, after: Option<&State>) {
    let Some(after) = after else { return };
    let list = before.map_or(says.list, |before| before.list);
    let signed: Vec<_> = says.signers.iter().filter(|name| approvers(list).contains(name)).collect();
    let by_root = says.signers.contains(&"root");
    if loosens(before.map(|before| before.edition), after.edition) {
        assert!(says.has_reason && (signed.len() >= 2 || by_root), "it loosens: {says:?}");
    }
    assert!(!signed.is_empty() || by_root, "somebody signed who may: {says:?}");
    if let Some(before) = before {
        assert!(after.list >= before.list, "no list comes back: {says:?}");
        assert!(after.is_revoked >= before.is_revoked, "what was revoked stays so: {says:?}");
        assert!(!(before.list == 2 && says.signers == ["bob"]), "bob was removed: {says:?}");
    }
}

/// How many states are tried in every way; from the others, what is refused is tried on a running host alone.
const THOROUGH: usize = 8;

/// Every state that can be reached, each by one chain.
fn explore(world: &mut World) -> BTreeMap<State, Node> {
    let mut found: BTreeMap<State, Node> = BTreeMap::new();
    let mut to_do: VecDeque<Option<Node>> = VecDeque::from([None]);
    let mut n_tried = 0;
    while let Some(node) = to_do.pop_front() {
        let reached = world.try_moves(node.as_ref(), n_tried < THOROUGH);
        n_tried += 1;
        for (state, chain) in reached {
            if let Entry::Vacant(new) = found.entry(state) {
                let remembered = world.remember(node.as_ref(), &chain);
                let node = Node { state: new.key().clone(), chain, remembered };
                to_do.push_back(Some(new.insert(node).clone()));
            }
        }
    }
    found
}

#[test]
fn every_state_that_keys_writers_restarts_and_crashes_lead_to_is_one_that_the_rules_allow() {
    let small = Small::new();
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("live")).unwrap();
    let mut world = World { small, home, n_states: 0, n_tried: 0 };
    let found = explore(&mut world);
    // A writer puts any chain that ever counted into the folder of any host.
    for node in found.values() {
        let mut running = world.host(node);
        for other in found.values() {
            let is_later = other.chain.starts_with(&node.chain);
            let (number, state) =
                if is_later { (other.chain.len(), &other.state) } else { (node.chain.len(), &node.state) };
            let what = || format!("{:?}, meets {:?}", node.state, other.state);
            let again = world.again(node, &other.chain);
            world.assert_is(&again, number, state, &what);
            world.look(&running, &other.chain);
            world.assert_is(&running, number, state, &what);
            if is_later {
                running = world.host(node);
            }
        }
    }
    assert!(found.len() >= 20, "{} states", found.len());
    assert!(world.n_tried > 1_000, "{} tried", world.n_tried);
}
