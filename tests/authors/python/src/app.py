"""The policy `kitchen` in Python."""

from specialis_policy import Case, Finding, Rule, add_days, may_be, policy, said

K1 = Rule("K1", "kitchen.allergens", "KITCHEN", "1")
K2 = Rule("K2", "kitchen.method", "KITCHEN", "2")
K3 = Rule("K3", "im.art4.violence.screen", "KITCHEN", "3")
K4 = Rule("K4", "kitchen.filing", "KITCHEN", "4")
K5 = Rule("K5", "kitchen.repeats", "KITCHEN", "5")
K6 = Rule("K6", "kitchen.records", "KITCHEN", "6")


def judge(it: Case) -> list[Finding]:
    return [found for answer in RULES.get(it.kind, []) for found in answer(it)]


def allergens(it: Case) -> list[Finding]:
    least = it.settings.number("least-weight")
    heavy = [hit.at for hit in it.hits_in("kitchen.allergen") if hit.weight >= least]
    return [K1.require("mark", "allergen").append("allergen-note").at(*heavy)] if heavy else []


def unsafe_method(it: Case) -> list[Finding]:
    spans = [hit.at for hit in it.hits_in("kitchen.unsafe-method")]
    found: list[Finding] = []
    if not spans:
        return found
    if may_be(it.age, "under-14", "14-17"):
        found.append(K2.require("stop", "unsafe-for-minors").stop().at(*spans))
    if may_be(it.age, "adult"):
        found.append(K2.require("redact", "unsafe-for-adults").redact(*spans).measure("remind", kind="verify").at(*spans))
    return found


def kitchen_word(it: Case) -> list[Finding]:
    violence = [hit.at for hit in it.hits_in("a1.violence")]
    if not violence or not it.hits_in("kitchen.word"):
        return []
    return [K3.instead_of("pass", "kitchen-word").at(*violence)]


def filing(it: Case) -> list[Finding]:
    facts = it.facts
    if facts.fiction:
        return [K4.not_applicable("fiction")]
    is_recent = facts.changed_on is not None and facts.changed_on >= add_days(it.as_of, -365)
    return [K4.met() if said(facts.filing_number) and is_recent else K4.require("review", "not-filed")]


def repeats(it: Case) -> list[Finding]:
    spans = [hit.at for hit in it.hits_in("kitchen.unsafe-method")]
    if not spans:
        return []
    before = it.memory.get("asked", 0)
    # What is found at one point of an event is found again at its end: it counts once.
    if it.is_end:
        it.memory["asked"] = before + 1
    if before >= 2:
        return [K5.require("warn", "asked-again").measure("remind", kind="verify").at(*spans)]
    return [K5.require("mark", "asked-once").at(*spans)]


def records(it: Case) -> list[Finding]:
    operation, days = it.facts.operation, it.facts.retained_days
    found: list[Finding] = []
    if operation not in (None, "retain"):
        return found
    if days is None or days > it.settings.number("keep-days"):
        found.append(K6.require("warn", "kept-too-long").measure("delete", within_days=30))
    if days is None:
        found.append(K6.unknown("days-unknown"))
    return found


RULES = {
    "output": [allergens, unsafe_method, kitchen_word],
    "publication": [filing],
    "prompt": [repeats],
    "data-handling": [records],
}

WitWorld = policy(judge)
