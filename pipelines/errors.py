"""The one error that a user sees: which file, where in it, what value, what to do."""


class SourceError(Exception):
    """A file that cannot be taken as it is; its message is French and complete."""

    def __init__(self, file: str, place: str, problem: str, remedy: str) -> None:
        self.file, self.place, self.problem, self.remedy = file, place, problem, remedy
        super().__init__(f"{file}, {place} : {problem}. Remède : {remedy}.")
