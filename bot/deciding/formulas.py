"""Formulas of calculations: + - * / ( ) min max round over named values, in Decimal, with currencies kept apart."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, DivisionByZero, InvalidOperation
from functools import cache

from bot.rulebook.values import Money, Period, Value

MAX_LENGTH = 300


class BadFormula(ValueError):
    """A formula that is not allowed or cannot be worked out; the message says why."""


Number = Decimal | Money
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div)


@cache
@cache
def parse_formula(formula: str) -> ast.expr:
    """The formula's tree, with everything but plain arithmetic refused."""
    if len(formula) > MAX_LENGTH:
        raise BadFormula(f"is longer than {MAX_LENGTH} characters; name the steps in between")
    try:
        tree = ast.parse(formula, mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise BadFormula("is not a formula such as 'units * label_cost'") from error
    for node in ast.walk(tree):
        _check(node)
    return tree


def _check(node: ast.AST) -> None:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            raise BadFormula(f"has {node.value!r}, which is no number")
    elif isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in ("min", "max", "round") or node.keywords:
            raise BadFormula("may call only min, max and round")
    elif not isinstance(node, (ast.BinOp, ast.UnaryOp, ast.USub, ast.Name, ast.Load, *_ARITHMETIC)):
        raise BadFormula(f"has {type(node).__name__}, which is not allowed; use + - * / ( ) min max round")


@cache
def names_in(formula: str) -> tuple[str, ...]:
    """The facts and computed values that a formula uses, in order."""
    nodes = sorted(
        (node for node in ast.walk(parse_formula(formula)) if isinstance(node, ast.Name)),
        key=lambda node: (node.lineno, node.col_offset),
    )
    return tuple(dict.fromkeys(node.id for node in nodes if node.id not in ("min", "max", "round")))


def work_out(formula: str, values: Mapping[str, Value]) -> Number:
    """The formula's value; raises `BadFormula` on missing values, mixed currencies or a division by zero."""
    try:
        return _work_out(parse_formula(formula), values)
    except (DivisionByZero, ZeroDivisionError, InvalidOperation) as error:
        raise BadFormula("divides by zero") from error


def _work_out(node: ast.expr, values: Mapping[str, Value]) -> Number:
    if isinstance(node, ast.Constant):
        return Decimal(str(node.value))
    if isinstance(node, ast.Name):
        return _named(node.id, values)
    if isinstance(node, ast.UnaryOp):
        inner = _work_out(node.operand, values)
        return Money(-inner.amount, inner.currency) if isinstance(inner, Money) else -inner
    if isinstance(node, ast.BinOp):
        return _combine(node.op, _work_out(node.left, values), _work_out(node.right, values))
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)  # noqa: S101, PT018 - parse_formula saw to it
    return _call(node.func.id, [_work_out(argument, values) for argument in node.args])


def _named(name: str, values: Mapping[str, Value]) -> Number:
    value = values.get(name)
    if isinstance(value, (Decimal, Money)):
        return value
    raise BadFormula(f"needs {name}, which is {'not known' if value is None else 'no number'}")


def _combine(operator: ast.operator, left: Number, right: Number) -> Number:
    if isinstance(operator, (ast.Add, ast.Sub)):
        currency = _common_currency(left, right)
        a, b = _amount(left), _amount(right)
        result = a + b if isinstance(operator, ast.Add) else a - b
        return Money(result, currency) if currency else result
    if isinstance(operator, ast.Mult):
        if isinstance(left, Money) and isinstance(right, Money):
            raise BadFormula("multiplies an amount by an amount")
        currency = left.currency if isinstance(left, Money) else right.currency if isinstance(right, Money) else ""
        product = _amount(left) * _amount(right)
        return Money(product, currency) if currency else product
    if isinstance(right, Money):
        if not isinstance(left, Money):
            raise BadFormula("divides a number by an amount")
        _common_currency(left, right)
        return left.amount / right.amount
    quotient = _amount(left) / right
    return Money(quotient, left.currency) if isinstance(left, Money) else quotient


def _common_currency(left: Number, right: Number) -> str:
    """The currency of both; nothing goes with any currency."""
    if isinstance(left, Money) and isinstance(right, Money):
        if not left.amount:
            return right.currency
        if left.currency != right.currency and right.amount:
            raise BadFormula(f"mixes {left.currency} and {right.currency}")
        return left.currency
    if isinstance(left, Money) or isinstance(right, Money):
        money, other = (left, right) if isinstance(left, Money) else (right, left)
        if other != 0:
            raise BadFormula("adds an amount and a plain number")
        return money.currency if isinstance(money, Money) else ""
    return ""


def _call(name: str, arguments: list[Number]) -> Number:
    if not arguments:
        raise BadFormula(f"calls {name} with nothing")
    if name == "round":
        places = int(_amount(arguments[1])) if len(arguments) > 1 else 0
        rounded = _amount(arguments[0]).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        first = arguments[0]
        return Money(rounded, first.currency) if isinstance(first, Money) else rounded
    for argument in arguments[1:]:
        _common_currency(arguments[0], argument)
    return (min if name == "min" else max)(arguments, key=_amount)


def _amount(number: Number) -> Decimal:
    return number.amount if isinstance(number, Money) else number


def as_number(value: Value) -> Decimal | None:
    """A plain number out of a fact, for counts in deadlines."""
    if isinstance(value, (Period, str)):
        return None
    return _amount(value)
