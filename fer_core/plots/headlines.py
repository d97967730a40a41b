"""Titles that state what a figure shows."""

from collections.abc import Callable, Mapping


def highest_and_lowest(
    measure: str, values: Mapping[str, float], written: Callable[[float], str]
) -> str:
    """`F1 is highest for happy (88.5 %), lowest for fearful (53.8 %)`.

    Values that read alike tie: two are both named, more are counted.

    Args:
        measure: what the values are.
        values: by class; NaN where a class has none.
        written: a value in words.
    """
    known = {name: value for name, value in values.items() if value == value}
    if not known:
        return f"{measure} is not known for any class"
    high, low = written(max(known.values())), written(min(known.values()))
    if len(known) == 1:
        return f"{measure} is {high} for {next(iter(known))}"
    if high == low:
        return f"{measure} is {high} for every class"

    def named(text: str) -> str:
        names = [name for name, value in known.items() if written(value) == text]
        return " and ".join(names) if len(names) < 3 else f"{len(names)} classes"

    return f"{measure} is highest for {named(high)} ({high}), lowest for {named(low)} ({low})"
