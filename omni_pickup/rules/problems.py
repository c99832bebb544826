"""The one error of the rules."""

from __future__ import annotations


class RuleProblem(ValueError):
    """Something that a person or a channel sent breaks a rule.

    ``code`` is stable and meant for programs, the message is meant for the person who has to correct the
    value, and ``pointer`` (RFC 6901) names the place in the sent document when it is known.
    """

    def __init__(self, message: str, *, code: str, pointer: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.pointer = pointer

    def below(self, prefix: str) -> RuleProblem:
        """Return the same problem with ``prefix`` before its pointer, for a value nested in a larger
        document.
        """
        return RuleProblem(self.message, code=self.code, pointer=prefix + (self.pointer or ""))
