"""CEL expressions mean what the language definition says."""

from __future__ import annotations

import pytest

from aegis.verify.cel.program import UnsupportedRuleError, program, uses
from aegis.verify.cel.values import NOTHING, CelError

SELF = {
    "a": 1,
    "b": "text",
    "list": [1, 2, 3],
    "names": [{"name": "x", "port": 1}, {"name": "y", "port": 2}],
    "map": {"k": "v"},
    "foo-bar": 1,
    "namespace": "n",
    "flag": True,
    "ratio": 0.5,
}


def run(text: str) -> object:
    return program(text)({"self": SELF, "oldSelf": NOTHING})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("7.0 / 2.0", 3.5),
        ("1 == 1.0", True),
        ("true == 1", False),
        ("'a' + \"b\"", "ab"),
        (r"r'\d' == '\\d'", True),
        (r"'\u00e9'", "é"),
        ("[1, 2] + [3] == self.list", True),
        ("self.a in self.list", True),
        ("'k' in self.map", True),
        ("1 in [true]", False),
        ("has(self.a) && !has(self.z)", True),
        ("has(self.z) ? self.z : 5", 5),
        ("self.list.all(x, x > 0)", True),
        ("self.list.exists(x, x > 2)", True),
        ("self.list.exists_one(x, x > 1)", False),
        ("self.list.filter(x, x > 1)", [2, 3]),
        ("self.list.map(x, x * 2)", [2, 4, 6]),
        ("self.list.map(x, x > 1, x * 2)", [4, 6]),
        ("self.map.all(k, k == 'k')", True),
        ("self.names.all(n1, self.names.exists_one(n2, n1.name == n2.name))", True),
        ("self.list.all(i, v, v == i + 1)", True),
        ("size(self.b) + self.list.size()", 7),
        ("self.b.startsWith('te') && self.b.endsWith('xt') && self.b.contains('ex')", True),
        ("self.b.matches('^t.*t$')", True),
        ("'a,b,c'.split(',')", ["a", "b", "c"]),
        ("'a,b,c'.split(',', 2)", ["a", "b,c"]),
        ("'AbC'.lowerAscii() + 'x'.upperAscii()", "abcX"),
        ("' a '.trim()", "a"),
        ("'banana'.replace('a', 'o', 2)", "bonona"),
        ("['a', 'b'].join('-')", "a-b"),
        ("'hello'.substring(1, 3)", "el"),
        ("'hello'.indexOf('l')", 2),
        ("[3, 1, 2].max() + [3, 1, 2].min()", 4),
        ("[1, 2, 2].isSorted()", True),
        ("duration('90s') == duration('1m30s')", True),
        ("duration('1h') > duration('59m')", True),
        ("timestamp('2026-01-01T00:00:00Z') < timestamp('2026-01-02T00:00:00Z')", True),
        ("int('12') + int(2.9)", 14),
        ("string(12) + string(true)", "12true"),
        ("quantity('1Gi').isGreaterThan(quantity('1G'))", True),
        ("isQuantity('1x')", False),
        ("isURL('https://a/b') && !isURL('a b:')", True),
        ("isIP('10.0.0.1') && isCIDR('10.0.0.0/8')", True),
        ("self.foo__dash__bar", 1),
        ("self.__namespace__", "n"),
        ("self.?z.hasValue()", False),
        ("self.?a.orValue(9) + self.?z.orValue(9)", 10),
        ("self.?map.?k.orValue('none')", "v"),
        ("self.list[?9].orValue(0)", 0),
        ("self.map['k']", "v"),
        ("self.?a.optMap(v, v + 1).orValue(0)", 2),
        ("cel.bind(x, self.a + 1, x * x)", 4),
        ("oldSelf.hasValue()", False),
        ("type(self.a) == int", True),
        ("{'a': 1}.a", 1),
        ("1 > 2 || self.z == 1 || true", True),
        ("false && self.z == 1", False),
        ("self.z == 1 && false", False),
        ("[1, 2].exists(x, x / (x - 1) == 2)", True),
        ("// a comment\n1 + 1", 2),
    ],
)
def test_an_expression_has_the_value_of_the_language(text: str, value: object) -> None:
    found = run(text)

    assert found == value
    assert isinstance(found, bool) is isinstance(value, bool)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("self.z", id="no-such-key"),
        pytest.param("self.a.b", id="field-of-a-number"),
        pytest.param("1 / 0", id="division-by-zero"),
        pytest.param("9223372036854775807 + 1", id="overflow"),
        pytest.param("1 + 'a'", id="mixed-types"),
        pytest.param("1 + 1.0", id="int-and-double"),
        pytest.param("'a' < 1", id="order-of-mixed-types"),
        pytest.param("self.list[3]", id="index-out-of-range"),
        pytest.param("!self.a", id="not-of-a-number"),
        pytest.param("self.a && true", id="and-of-a-number"),
        pytest.param("self.z == 1 || false", id="or-keeps-the-error"),
        pytest.param("duration('10')", id="duration-without-a-unit"),
        pytest.param("self.list.all(x, x.y)", id="error-in-a-body"),
        pytest.param("int('x')", id="no-integer"),
    ],
)
def test_an_error_is_an_error_and_no_value(text: str) -> None:
    """The server refuses an object whose rule has no value."""
    with pytest.raises(CelError):
        run(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("self.a +", id="ends-too-early"),
        pytest.param("self.a b", id="left-over"),
        pytest.param("'a", id="open-quote"),
        pytest.param("authorizer.path('/').check('get').allowed()", id="unknown-function"),
        pytest.param("(" * 500 + "1" + ")" * 500, id="nested-too-deeply"),
    ],
)
def test_what_is_not_understood_is_said_and_not_guessed(text: str) -> None:
    """Such a rule is listed as unchecked."""
    with pytest.raises(UnsupportedRuleError):
        program(text)


def test_a_rule_that_reads_the_old_object_is_recognised() -> None:
    assert uses("self.a == oldSelf.a", "oldSelf")
    assert not uses("self.a == 'oldSelf'", "oldSelf")
