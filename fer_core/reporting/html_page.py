"""The frame of a report that is one HTML file: style, scripts, tables, charts, pictures.

The file holds everything that it shows and fetches nothing: its content security policy
forbids the browser to.
"""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from fer_core.images import png_url
from fer_core.plots import theme

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
)
_STYLE = """
:root { color-scheme: light dark; --back: #FFFFFF; --text: #1D242B; --faint: #5B6470;
  --line: #D6DCE2; --panel: #F3F5F7; --link: #1F5A7A; }
@media (prefers-color-scheme: dark) { :root { --back: #14181C; --text: #E4E9ED;
  --faint: #A3ADB8; --line: #353D45; --panel: #1F252B; --link: #8FC6E0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .4rem; padding-top: .6rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 0; }
p, li { max-width: 46rem; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1rem; padding: 0; list-style: none; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr));
  gap: .6rem; margin: 1rem 0; padding: 0; }
.figures div { background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
  padding: .6rem .8rem; }
.figures dt { font-size: .85rem; color: var(--faint); }
.figures dd { margin: 0; font-size: 1.15rem; font-weight: 600;
  font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; margin: .6rem 0;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--faint); font-size: .85rem; padding-bottom: .2rem; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th { font-weight: 600; }
th.words, td.words { text-align: left; }
figure { margin: .4rem 0 1rem; }
.faces { display: flex; flex-wrap: wrap; gap: .8rem; }
.faces figure { margin: 0; }
.faces img { image-rendering: pixelated; border-radius: 3px; display: block; }
figcaption, .note { font-size: .85rem; color: var(--faint); }
.warning { border-left: 4px solid #C4661F; padding: .3rem .8rem; background: var(--panel); }
.js-plotly-plot .xtitle, .js-plotly-plot .ytitle,
.js-plotly-plot .xtick text, .js-plotly-plot .ytick text, .js-plotly-plot .legendtext,
.js-plotly-plot :is(.textpoint text, .annotation-text, .heatmap-label text) {
  fill: var(--text) !important; }
@media (hover: none) { .modebar-container { display: none; } }
@media print { nav { display: none; } main { max-width: none; } h2 { break-after: avoid; } }
"""


def page(title: str, body: str) -> str:
    """A whole HTML page with plotly.js inside.

    Args:
        title: of the window, plain text.
        body: HTML of the `main` element.
    """
    from plotly.offline import get_plotlyjs

    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n"
        f"<script>{get_plotlyjs()}</script>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def chart(figure: go.Figure, alt: str, name: str) -> str:
    """A figure as HTML, its title as a heading over it.

    Args:
        figure: of `fer_core.plots`.
        alt: what it shows, for those who cannot see it.
        name: its id on the page.
    """
    title, untitled = theme.without_title(figure)
    drawn = untitled.to_html(
        full_html=False, include_plotlyjs=False, config=theme.CONFIG, div_id=name
    )
    return f'<h3>{escape(title)}</h3><figure role="img" aria-label="{escape(alt)}">{drawn}</figure>'


def table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], caption: str, *, words: int = 1
) -> str:
    """A table that scrolls sideways by itself in a narrow window.

    Args:
        headings: of the columns, plain text.
        rows: plain texts.
        caption: what the table holds.
        words: so many columns at the left hold words; the others are set flush right.
    """

    def cells(kind: str, texts: Sequence[str]) -> str:
        marks = [' class="words"' if i < words else "" for i in range(len(texts))]
        return "".join(
            f"<{kind}{mark}>{escape(text)}</{kind}>"
            for mark, text in zip(marks, texts, strict=True)
        )

    lines = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{cells('th', headings)}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div>"
    )


def figures(items: Iterable[tuple[str, str]]) -> str:
    """Key figures in boxes: (what, figure)."""
    boxes = "".join(
        f"<div><dt>{escape(what)}</dt><dd>{escape(figure)}</dd></div>" for what, figure in items
    )
    return f'<dl class="figures">{boxes}</dl>'


def faces(images: NDArray[np.uint8], captions: Sequence[str]) -> str:
    """Faces uint8 (n, 48, 48, 1) as pictures inside the page, each with its caption."""
    shown = [
        f'<figure><img src="{png_url(image[..., 0])}" alt="{escape(caption)}" width="96" '
        f'height="96"><figcaption>{escape(caption)}</figcaption></figure>'
        for image, caption in zip(images, captions, strict=True)
    ]
    return f'<div class="faces">{"".join(shown)}</div>'
