"""Errors of a policy file: the line that is wrong carries the mark `# here`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from moderation.policy import Budget, Policy, PolicyError, Profile
from moderation.policy_file import parse_policy, signal_names
from moderation.scoring import EncoderUse, Escalation
from moderation.signals import Signal
from moderation.taxonomy import CategoryId, category
from moderation.verdict import Action, CategoryScore

from .stub import SITE_POLICY, policy_with

SHIPPED = SITE_POLICY.read_text("utf-8")
MINIMAL = 'version = "1"\n' + "".join(f"thresholds.{name} = {{ review = 0.5 }}\n" for name in CategoryId)
NO_PROFILE = Profile(frozenset(), {})

RULE = """
[[rules]]
id = "r"
category = "explicit"
action = "review"
message_zh = "一"
message_en = "one"
"""
MARKED_RULE = RULE.replace("[[rules]]", "[[rules]]  # here")
ALWAYS = 'all = [{ category = "fraud", at_least = 0 }]'
SECOND = 'all = [{ signal = "link_blocks.placeholder", at_least = 0.5 }]'
EXEMPT = 'exempt = ["terms.explicit", "headings.explicit"]'
DENY = '[[terms.deny]]\nterm = "甲乙"\ncategory = "fraud"\n'

# name: what to replace in the shipped policy ("" adds at its end), by what, and a part of the message
BROKEN = {
    "unknown key": ('version = "', 'colour = 1  # here\nversion = "', "colour: unknown; use one of version, "),
    "unknown table": ("", "[treshold]  # here", "treshold: unknown"),
    "version of a wrong type": ('version = "2026.11.1"', "version = 3  # here", "version: a text is needed"),
    "empty version": ('version = "2026.11.1"', 'version = ""  # here', "version: a text is needed"),
    "limit of zero": ("bytes = 10_000_000", "bytes = 0  # here", "limits.bytes: a whole number above 0"),
    "limit true": ("depth = 2_000", "depth = true  # here", "limits.depth: a whole number"),
    "limit as text": ("blocks = 200_000", 'blocks = "many"  # here', "limits.blocks: a whole number"),
    "encoder used otherwise": ("", '[encoder]\nuse = "often"  # here', "encoder.use: 'often' is not one of never, uncertain"),
    "encoder's share above 1": ("", "[encoder]\nshare = 25  # here", "encoder.share: a number from 0 to 1"),
    "encoder's least of zero": ("", "[encoder]\nleast = 0  # here", "encoder.least: a whole number above 0"),
    "encoder's least true": ("", "[encoder]\nleast = true  # here", "encoder.least: a whole number above 0"),
    "unknown key of the encoder": ("", "[encoder]\nband = 1  # here", "encoder.band: unknown; use one of use, share, least"),
    "budget of nothing": ("", "[budget]\nwrong_reviews = 0  # here", "budget.wrong_reviews: a number above 0"),
    "budget of everything": ("", "[budget]\nwrong_rejections = 10_000  # here", "a number above 0 and below 10000"),
    "certain budget": ("", "[budget]\nconfidence = 1.0  # here", "budget.confidence: a number above 0 and below 1"),
    "budget as text": ("", '[budget]\ndifficult_reviews = "few"  # here', "budget.difficult_reviews: a number above 0"),
    "unknown budget": ("", "[budget]\nmisses = 3  # here", "budget.misses: unknown; use one of wrong_reviews"),
    "unknown limit": ("[limits]", "[limits]\ntime = 3  # here", "limits.time: unknown; use one of bytes"),
    "threshold above 1": (
        "[thresholds.gambling]\nreview = 0.50",
        "[thresholds.gambling]\nreview = 50  # here",
        "thresholds.gambling.review: a number from 0 to 1",
    ),
    "threshold below 0": (
        "[thresholds.clickbait]\nreview = 0.60",
        "[thresholds.clickbait]\nreview = -0.1  # here",
        "thresholds.clickbait.review: a number from 0 to 1",
    ),
    "threshold not a number": (
        "[thresholds.explicit]\nreview = 0.50",
        "[thresholds.explicit]\nreview = nan  # here",
        "thresholds.explicit.review: a number from 0 to 1",
    ),
    "threshold as text": ("reject = 0.95", 'reject = "high"  # here', "keyword_stuffing.reject: a number"),
    "review above reject": (
        "[thresholds.doorway]\nreview = 0.60",
        "[thresholds.doorway]\nreview = 0.99  # here",
        "thresholds.doorway.review: review lies above reject",
    ),
    "unknown threshold": ("reject = 0.93", "reject = 0.93\nblock = 1  # here", "thresholds.doorway.block: unknown"),
    "unknown category of thresholds": ("[thresholds.cloaking]", "[thresholds.cloking]  # here", "cloking: unknown"),
    "rule without id": ('[[rules]]\nid = "farm_page"', "[[rules]]  # here", "rules.0.id: a text is needed"),
    "rule with an unknown key": ('id = "farm_page"', 'id = "a"\nwhen = 1  # here', "rules.0.when: unknown"),
    "rule of an unknown category": (
        'category = "link_spam"\naction',
        'category = "links"  # here\naction',
        "rules.1.category: 'links' is no category; use one of explicit",
    ),
    "rule without category": (
        "", MARKED_RULE.replace('category = "explicit"\n', "") + ALWAYS, "rules.2.category: None is no category"
    ),
    "rule with an unknown action": ("", RULE.replace('"review"', '"block"  # here'), "no action 'block'; choose allow"),
    "rule without message": (
        "", MARKED_RULE.replace('message_zh = "一"\n', "") + ALWAYS, "rules.2.message_zh: a text is needed"
    ),
    "rule without conditions": ("", MARKED_RULE, "conditions in all or any"),
    "rule with exceptions alone": (
        "",
        MARKED_RULE + 'none = [{ category = "fraud", at_least = 0.5 }]',
        "conditions in all or any",
    ),
    "conditions that are no list": (SECOND, "all = 3  # here", "rules.1.all: a list of conditions"),
    "condition that is no table": (SECOND, "all = [3]  # here", "rules.1.all: a table is needed"),
    "condition on an unknown signal": (
        SECOND,
        'all = [{ signal = "link_blocks.placeholders", at_least = 0.5 }]  # here',
        "rules.1.all: no detector emits the signal 'link_blocks.placeholders'",
    ),
    "condition on an unknown category": (
        SECOND, 'all = [{ category = "links", at_least = 0.5 }]  # here', "rules.1.all: 'links' is no category"
    ),
    "condition on two things": (
        SECOND,
        'all = [{ signal = "link_blocks.placeholder", category = "fraud", at_least = 0.5 }]  # here',
        "rules.1.all: a condition is {signal or category",
    ),
    "condition without level": (
        SECOND, 'all = [{ category = "fraud" }]  # here', "rules.1.all: a condition is {signal or category"
    ),
    "condition with a level above 1": (
        SECOND, 'all = [{ category = "fraud", at_least = 2 }]  # here', "rules.1.all.at_least: a number from 0 to 1"
    ),
    "condition with an unknown key": (
        SECOND, 'all = [{ category = "fraud", above = 0.5 }]  # here', "rules.1.all.above: unknown"
    ),
    "terms of an unknown kind": ("allow = []", "block = []  # here", "terms.block: unknown; use one of allow, deny"),
    "allow as text": ("allow = []", 'allow = "甲"  # here', "terms.allow: a list of texts"),
    "allow a number": ("allow = []", "allow = [1]  # here", "terms.allow: a list of texts"),
    "allow what normalises to nothing": ("allow = []", 'allow = ["\\u200b"]  # here', "terms.allow: the term "),
    "deny a number": ("allow = []", "deny = 3  # here", "terms.deny: a list of tables"),
    "deny a text": ("allow = []", 'deny = ["甲乙"]  # here', "terms.deny.0: a table is needed"),
    "deny term of an unknown category": (
        "", DENY + DENY.replace('"fraud"', '"bad"  # here'), "terms.deny.1.category: 'bad' is no category"
    ),
    "deny term above 1": ("", DENY + DENY + "weight = 9  # here", "terms.deny.1.weight: a number from 0 to 1"),
    "deny term without text": ("", DENY.replace("deny]]\nterm", "deny]]  # here\n#"), "terms.deny.0.term: a text"),
    "empty deny term": ("", DENY.replace('"甲乙"', '""  # here'), "terms.deny.0.term: a text is needed"),
    "blank deny term": ("", DENY.replace('"甲乙"', '" \\u200b"  # here'), "terms.deny.0.term: the term"),
    "deny term over two lines": ("", DENY.replace('"甲乙"', '"甲\\n乙"  # here'), "terms.deny.0.term: the term"),
    "unknown key of a deny term": ("", DENY + "note = 1  # here", "terms.deny.0.note: unknown"),
    "profile with an unknown key": (EXEMPT, f"{EXEMPT}\ncolour = 1  # here", "profiles.hospital.colour: unknown"),
    "profile that exempts an unknown signal": (
        EXEMPT, 'exempt = ["terms.medicine"]  # here', "profiles.hospital.exempt: no detector emits the signal"
    ),
    "profile that exempts no list": (EXEMPT, 'exempt = "terms.fraud"  # here', "hospital.exempt: a list of texts"),
    "profile with a threshold above 1": (
        "[profiles.hospital.thresholds.explicit]\nreview = 0.75",
        "[profiles.hospital.thresholds.explicit]\nreview = 7.5  # here",
        "profiles.hospital.thresholds.explicit.review: a number from 0 to 1",
    ),
    "profile with review above reject": (
        "[profiles.hospital.thresholds.explicit]\nreview = 0.75",
        "[profiles.hospital.thresholds.explicit]\nreview = 0.98  # here",
        "profiles.hospital.thresholds.explicit.review: review lies above reject",
    ),
    "profile with thresholds of an unknown category": (
        "[profiles.shop.thresholds.keyword_stuffing]",
        "[profiles.shop.thresholds.keywords]  # here",
        "profiles.shop.thresholds.keywords: unknown",
    ),
    "profile that is no table": ("[profiles.shop]", "[profiles]\nblog = 3  # here\n[profiles.shop]", "blog: a table"),
    "no TOML: open header": ("[thresholds.fraud]", "[thresholds.fraud  # here", "no TOML"),
    "no TOML: a table twice": ("", "[limits]  # here", "no TOML"),
    "no TOML: open string at the end": ("", 'x = """  # here', "no TOML"),
}  # fmt: skip


def error_of(text: str) -> str:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "site.toml")
    return str(caught.value)


def marked_line(text: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if "# here" in line)


@pytest.mark.parametrize(("old", "new", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_an_error_points_at_its_line(old: str, new: str, message: str) -> None:
    assert old in SHIPPED
    text = SHIPPED.replace(old, new, 1) if old else f"{SHIPPED}\n{new}"
    error = error_of(text)
    assert error.startswith(f"site.toml:{marked_line(text)}: ")
    assert message in error


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ("rules = 3  # here", "rules: a list of tables"),
        ("rules = [3]  # here", "rules.0: a table"),
        ("profiles = 3  # here", "profiles: a table"),
        ("profiles.a = 3  # here", "profiles.a: a table"),
        ("terms = []  # here", "terms: a table"),
        ("limits = 1  # here", "limits: a table"),
        ("limits.bytes = 0  # here", "limits.bytes: a whole number"),
        ('limits."depth" = 0  # here', "limits.depth: a whole number"),
        ('terms.deny = [{ term = "甲", category = "x" }]  # here', "terms.deny.0.category: 'x' is no category"),
    ],
)
def test_an_error_in_a_terse_policy_points_at_its_line(addition: str, message: str) -> None:
    text = f"{MINIMAL}{addition}"
    error = error_of(text)
    assert error.startswith(f"site.toml:{marked_line(text)}: {message}")


def test_every_category_needs_thresholds() -> None:
    short = MINIMAL.replace("thresholds.cloaking = { review = 0.5 }\n", "").replace("thresholds.fraud", "# ")
    assert "no thresholds for fraud" in error_of(short)
    assert "no thresholds for explicit" in error_of('version = "1"')


def test_a_missing_version_is_said() -> None:
    assert error_of(MINIMAL.replace("version", "# ")) == "site.toml:1: version: a text is needed here"


def test_a_file_is_named_when_it_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"missing\.toml"):
        Policy.load(tmp_path / "missing.toml")
    (tmp_path / "gbk.toml").write_bytes("# 策略".encode("gb18030"))
    with pytest.raises(PolicyError, match=r"gbk\.toml"):
        Policy.load(tmp_path / "gbk.toml")
    (tmp_path / "bad.toml").write_text("colour = 1", "utf-8")
    with pytest.raises(PolicyError, match=r"bad\.toml:1: colour: unknown"):
        Policy.load(tmp_path / "bad.toml")


def test_the_shipped_policy_is_whole() -> None:
    policy = Policy.default()
    assert set(policy.thresholds) == set(CategoryId)
    assert set(policy.profiles) == {"hospital", "news", "shop"}
    assert all(profile.exempt <= signal_names() for profile in policy.profiles.values())
    assert len({rule.id for rule in policy.rules}) == len(policy.rules)


def test_a_copy_of_the_shipped_policy_is_the_same(tmp_path: Path) -> None:
    shipped = files("moderation.resources").joinpath("policy.toml").read_text("utf-8")
    (tmp_path / "copy.toml").write_text(shipped, "utf-8")
    assert Policy.load(str(tmp_path / "copy.toml")) == Policy.default()


def test_a_minimal_policy_has_the_default_limits_and_nothing_else() -> None:
    policy = parse_policy(MINIMAL, "site.toml")
    assert policy.limits == Policy.default().limits
    assert (policy.rules, policy.allow, policy.deny, policy.profiles) == ((), (), (), {})


def test_the_encoder_and_the_budget_are_read_and_have_defaults() -> None:
    policy = parse_policy(MINIMAL, "site.toml")
    assert (policy.escalation, policy.budget) == (Escalation(), Budget())
    text = '[encoder]\nuse = "always"\nshare = 0.5\nleast = 60\n[budget]\nwrong_reviews = 50\nconfidence = 0.9\n'
    policy = policy_with(text)
    assert policy.escalation == Escalation(EncoderUse.ALWAYS, 0.5, 60)
    assert policy.budget == Budget(wrong_reviews=50, confidence=0.9)
    assert policy_with("[encoder]\nshare = 0\n").escalation.share == 0.0


def test_terms_are_read_with_their_weight() -> None:
    policy = policy_with(DENY + DENY.replace("甲乙", "丙丁") + "weight = 0.25")
    assert policy.deny == (("甲乙", CategoryId.FRAUD, 0.9), ("丙丁", CategoryId.FRAUD, 0.25))


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(PolicyError, match="no profile 'bank' in the policy; it has: hospital, news, shop"):
        Policy.default().for_profile("bank")
    with pytest.raises(PolicyError, match="it has: none"):
        parse_policy(MINIMAL, "site.toml").for_profile("bank")
    assert Policy.default().for_profile(None) == NO_PROFILE


def scores(**probabilities: float) -> list[CategoryScore]:
    return [CategoryScore(name, probabilities.get(name, 0.0)) for name in CategoryId]


def signal(name: str, strength: float) -> Signal:
    return Signal(name, CategoryId.FRAUD, strength)


@pytest.mark.parametrize(
    ("probability", "action"),
    [(0.0, Action.ALLOW), (0.4999, Action.ALLOW), (0.5, Action.REVIEW), (0.8999, Action.REVIEW), (0.9, Action.REJECT)],
)
def test_a_threshold_is_reached_at_its_value(probability: float, action: Action) -> None:
    found, reasons = policy_with("").decide(scores(explicit=probability), [], NO_PROFILE)
    assert found is action
    assert [reason.rule for reason in reasons] == ([f"threshold.explicit.{action}"] if action else [])
    for reason in reasons:
        assert reason.clauses == category(CategoryId.EXPLICIT).clauses
        assert f"{probability:.2f}" in reason.message_zh
        assert f"{probability:.2f}" in reason.message_en


def test_a_category_without_reject_is_never_rejected() -> None:
    assert policy_with("").decide(scores(clickbait=1.0), [], NO_PROFILE)[0] is Action.REVIEW


def test_the_strongest_action_wins_and_leads_the_reasons() -> None:
    action, reasons = policy_with("").decide(scores(explicit=0.6, fraud=0.99, gambling=0.7), [], NO_PROFILE)
    assert action is Action.REJECT
    assert [(reason.category, reason.action) for reason in reasons] == [
        (CategoryId.FRAUD, Action.REJECT),
        (CategoryId.EXPLICIT, Action.REVIEW),
        (CategoryId.GAMBLING, Action.REVIEW),
    ]


CONDITIONS = """
all = [{ category = "fraud", at_least = 0.3 }, { signal = "terms.fraud", at_least = 0.2 }]
any = [{ signal = "contacts.by_hand", at_least = 0.5 }, { signal = "contacts.deformed", at_least = 0.5 }]
none = [{ signal = "terms.gambling", at_least = 0.5 }]
"""


@pytest.mark.parametrize(
    ("fraud", "strengths", "fires"),
    [
        (0.3, {"terms.fraud": 0.2, "contacts.by_hand": 0.5}, True),
        (0.3, {"terms.fraud": 0.2, "contacts.deformed": 1.0}, True),
        (0.3, {"terms.fraud": 0.2, "contacts.deformed": 1.0, "terms.gambling": 0.4}, True),
        (0.3, {"terms.fraud": 0.2, "contacts.deformed": 1.0, "terms.gambling": 0.5}, False),
        (0.3, {"terms.fraud": 0.2}, False),
        (0.3, {"contacts.deformed": 1.0}, False),
        (0.2, {"terms.fraud": 0.2, "contacts.deformed": 1.0}, False),
    ],
)
def test_a_rule_needs_all_and_any_and_none(fraud: float, strengths: dict[str, float], fires: bool) -> None:
    policy = policy_with(RULE + CONDITIONS)
    signals = [signal(name, strength) for name, strength in strengths.items()]
    action, reasons = policy.decide(scores(fraud=fraud), signals, NO_PROFILE)
    assert action is (Action.REVIEW if fires else Action.ALLOW)
    if fires:
        (reason,) = reasons
        assert (reason.rule, reason.category, reason.message_en) == ("r", CategoryId.EXPLICIT, "one")
        assert reason.clauses == category(CategoryId.EXPLICIT).clauses


def test_a_rule_of_any_alone_fires_and_takes_the_strongest_signal() -> None:
    policy = policy_with(RULE + 'any = [{ signal = "terms.fraud", at_least = 0.5 }]')
    weak, strong = signal("terms.fraud", 0.1), signal("terms.fraud", 0.6)
    assert policy.decide(scores(), [strong, weak], NO_PROFILE)[0] is Action.REVIEW
    assert policy.decide(scores(), [weak], NO_PROFILE)[0] is Action.ALLOW


def test_an_allow_rule_does_not_weaken_a_threshold() -> None:
    policy = policy_with(RULE.replace('"review"', '"allow"') + 'any = [{ category = "fraud", at_least = 0.5 }]')
    assert policy.decide(scores(fraud=0.6), [], NO_PROFILE)[0] is Action.REVIEW


def test_a_profile_has_thresholds_of_its_own() -> None:
    policy = policy_with("")
    hospital = policy.for_profile("hospital")
    assert policy.decide(scores(explicit=0.7), [], NO_PROFILE)[0] is Action.REVIEW
    assert policy.decide(scores(explicit=0.7), [], hospital)[0] is Action.ALLOW
    assert policy.decide(scores(explicit=0.98), [], hospital)[0] is Action.REJECT
    assert policy.decide(scores(fraud=0.7), [], hospital)[0] is Action.REVIEW


@pytest.mark.parametrize("name", ["allow", "Review", "REJECT"])
def test_actions_are_parsed_by_name(name: str) -> None:
    assert str(Action.parse(name)) == name.lower()


def test_actions_are_ordered() -> None:
    assert Action.ALLOW < Action.REVIEW < Action.REJECT


def test_a_foreign_title_over_a_mass_produced_page_is_a_doorway() -> None:
    mismatch = Signal("doorway.title_mismatch", CategoryId.DOORWAY, 0.6)
    fragments = Signal("injection.cyclic_fragments", CategoryId.INJECTED_CONTENT, 0.8)
    for signals, expected in (([mismatch], Action.ALLOW), ([mismatch, fragments], Action.REVIEW)):
        assert Policy.default().decide((), signals, NO_PROFILE)[0] is expected
