"""The one error that a user sees: which file, where in it, what value, what to do."""

import re


class SourceError(Exception):
    """A file that cannot be taken as it is; its message is French and complete."""

    def __init__(self, file: str, place: str, problem: str, remedy: str) -> None:
        self.file, self.place, self.problem, self.remedy = file, place, problem, remedy
        super().__init__(f"{file}, {place} : {problem}. Remède : {remedy}.")


def without_credentials(text: str) -> str:
    """A text whose addresses have lost the account and the password that they hold."""
    return re.sub(r"//[^/\s]*@", "//…@", text)
