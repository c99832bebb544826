"""The one error of the rules."""

from __future__ import annotations

from omni_pickup.rules.problems import RuleProblem


def test_a_problem_is_a_value_error_with_words_a_code_and_a_place() -> None:
    problem = RuleProblem("Too many.", code="too_many", pointer="/lines/0/quantity")
    assert isinstance(problem, ValueError)
    assert (str(problem), problem.message) == ("Too many.", "Too many.")
    assert (problem.code, problem.pointer) == ("too_many", "/lines/0/quantity")


def test_a_problem_of_a_part_can_be_placed_in_the_whole() -> None:
    problem = RuleProblem("Wrong.", code="wrong", pointer="/hours/mon/0").below("/stores/3")
    assert (problem.message, problem.code, problem.pointer) == ("Wrong.", "wrong", "/stores/3/hours/mon/0")
    assert RuleProblem("Wrong.", code="wrong").below("/stores/3").pointer == "/stores/3"
