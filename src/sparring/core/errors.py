"""Errors whose messages are written for the user."""


class BadInput(Exception):
    """The user's input cannot be used.

    The message is one line that says what is wrong and what to give instead.  The command line prints only
    this line and exits with status 2.
    """


class Diverged(Exception):
    """A loss or a gradient is not finite: training stopped, the last good checkpoint is kept."""


class Damaged(BadInput):
    """A file of a run does not match its checksum."""
