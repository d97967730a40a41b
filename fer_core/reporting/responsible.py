"""What the project began from, what it may be used for, what it cannot know, privacy and law.

The words stand in `texts/`; cards, reports and the About page take them from here.
"""

from typing import Final
from urllib.parse import urlsplit

from fer_core.inference.live import web_runtime
from fer_core.reference import student_report
from fer_core.reference.images import published_copies
from fer_core.reference.published import people
from fer_core.reporting.templates import render

PUBLIC_STUN: Final = "stun:stun.l.google.com:19302"
"""The public STUN server that live video asks where no other is set."""


def uses() -> str:
    """What it is made for, a Markdown list."""
    return render("uses.md")


def misuses() -> str:
    """What it must not be used for, a Markdown list of plain sentences."""
    return render("misuses.md")


def limits() -> str:
    """What reading emotion from a face cannot do, a Markdown list."""
    return render("limits.md.j2", people=people())


def law() -> str:
    """The law of the European Union in plain words, Markdown."""
    return render("law.md.j2")


def the_report() -> str:
    """The student report that the project began from, Markdown."""
    return render(
        "student_report.md.j2",
        epochs=len(student_report.history()),
        accuracy=student_report.ACCURACY,
        images=student_report.TEST_IMAGES,
        copied=published_copies().leaked_validation_images,
    )


def privacy() -> str:
    """What happens to what a visitor gives, a Markdown list."""
    return render("privacy.md.j2", public_stun=PUBLIC_STUN, cdn=urlsplit(web_runtime.CDN).hostname)
