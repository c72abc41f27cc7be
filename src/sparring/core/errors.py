"""The errors that a person is meant to read."""


class BadInput(Exception):
    """What was given cannot be used.

    The message is one line that names what is wrong and what would be right; the command line prints it
    alone and exits with status 2.
    """


class Diverged(Exception):
    """A loss or a gradient is no longer finite: training stopped, the last good checkpoint stays."""


class Damaged(BadInput):
    """A file of a run does not hold what its checksum promises."""
