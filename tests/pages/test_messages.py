"""Messages that hold others' words, in Markdown."""

import pytest

from pages.parts.shared.messages import as_written


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("RuntimeError: *disk* [full] _x_", r"RuntimeError: \*disk\* \[full\] \_x\_"),
        ("No answer at http://head:8265.", "No answer at `http://head:8265`."),
        ("Run `ray start --head` there.", "Run `ray start --head` there."),
        ("Use learning_rate 0.1: lower.", "Use learning_rate 0.1: lower."),
        ("Costs $3 to $4 :red[a] <b>", r"Costs \$3 to \$4 \:red\[a\] \<b\>"),
        ("'s3://bucket/folder' (as s3://b)", "'`s3://bucket/folder`' (as `s3://b`)"),
        ("An odd ` alone", r"An odd \` alone"),
    ],
)
def test_signs_show_as_they_are_and_addresses_are_no_links(written, shown):
    assert as_written(written) == shown
