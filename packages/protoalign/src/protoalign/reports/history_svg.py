"""The alignment score over a subject's commits as one SVG that needs nothing beside itself, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from protoalign.reports.wording import counted, cut, impact_counts, one_line, percent

if TYPE_CHECKING:
    from protoalign.upstream.model import History, HistoryPoint

__all__ = ["render_history_svg"]

WIDTH, HEIGHT = 860, 380
LEFT, RIGHT, TOP, BOTTOM = 60, 830, 70, 310
MANY = 80
STYLE = """\
  :root { color-scheme: light dark; }
  svg { --paper: #ffffff; --ink: #1f2328; --faint: #59636e; --grid: #d1d9e0; --line: #0969da; --mark: #cf222e; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0d1117; --ink: #f0f6fc; --faint: #9198a1; --grid: #3d444d; --line: #4493f8; --mark: #f85149; }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--faint); }
  .paper { fill: var(--paper); }
  .title { font-size: 16px; font-weight: 600; fill: var(--ink); }
  .last { font-weight: 600; fill: var(--ink); }
  .grid { stroke: var(--grid); }
  .score { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; }
  .point { fill: var(--line); stroke: var(--paper); stroke-width: 1.5; }
  .gap { stroke: var(--mark); stroke-width: 2; stroke-dasharray: 2 5; }"""


def render_history_svg(history: History) -> str:
    """The plot, one step a commit, oldest first; a dotted line for a commit that could not be compared."""
    return "\n".join(_lines(history)) + "\n"


def _lines(history: History) -> Iterator[str]:
    points = history.points
    xs = _positions(len(points))
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' aria-labelledby="title desc">'
    )
    yield f'<title id="title">{_text(f"Alignment of {history.subject} with {history.reference}")}</title>'
    yield f'<desc id="desc">{_text(_description(history))}</desc>'
    yield f"<style>\n{STYLE}\n</style>"
    yield f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>'
    heading = _text(cut(f"{history.subject} aligned with {history.reference}", 90))
    yield f'<text class="title" x="{LEFT}" y="30">{heading}</text>'
    yield f'<text x="{LEFT}" y="50">{_text(cut(_description(history), 120))}</text>'
    for step in (0, 25, 50, 75, 100):
        y = _y(step / 100)
        yield f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y:g}" y2="{y:g}"/>'
        yield f'<text x="{LEFT - 10}" y="{y + 4:g}" text-anchor="end">{step}%</text>'
    yield from _dates(points, xs)
    for run in _runs(points, xs):
        path = " ".join(f"{x:.1f},{_y(score):.1f}" for x, score in run)
        yield f'<polyline class="score" points="{path}"/>'
    radius = 4 if len(points) <= MANY else 2
    for point, x in zip(points, xs, strict=True):
        yield _mark(point, x, radius)
    last = next(((point, x) for point, x in zip(reversed(points), reversed(xs), strict=True) if _scored(point)), None)
    if last is not None and last[0].score is not None:
        y = _y(last[0].score)
        label = percent(last[0].score)
        yield f'<text class="last" x="{last[1]:.1f}" y="{y - 10:.1f}" text-anchor="end">{label}</text>'
    yield "</svg>"


def _positions(number: int) -> list[float]:
    if number == 1:
        return [(LEFT + RIGHT) / 2]
    inset = 10
    width = RIGHT - LEFT - 2 * inset
    return [LEFT + inset + width * index / (number - 1) for index in range(number)]


def _y(score: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * score


def _scored(point: HistoryPoint) -> bool:
    return point.score is not None


def _runs(points: tuple[HistoryPoint, ...], xs: list[float]) -> Iterator[list[tuple[float, float]]]:
    """The stretches without a gap."""
    run: list[tuple[float, float]] = []
    for point, x in zip(points, xs, strict=True):
        if point.score is not None:
            run.append((x, point.score))
            continue
        if len(run) > 1:
            yield run
        run = []
    if len(run) > 1:
        yield run


def _mark(point: HistoryPoint, x: float, radius: int) -> str:
    told = f"{point.commit[:12]}, {point.date[:10]}: {point.summary}"
    if point.score is None:
        title = f"<title>{_text(f'{told} ({point.state})')}</title>"
        return f'<line class="gap" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{BOTTOM}">{title}</line>'
    said = f"{percent(point.score)} aligned" + (f", {impact_counts(point.findings)}" if point.findings else "")
    title = f"<title>{_text(f'{told} ({said})')}</title>"
    return f'<circle class="point" cx="{x:.1f}" cy="{_y(point.score):.1f}" r="{radius}">{title}</circle>'


def _dates(points: tuple[HistoryPoint, ...], xs: list[float]) -> Iterator[str]:
    """The dates of the first, the middle and the last commit."""
    chosen = {0: "start", len(points) - 1: "end"} if len(points) > 1 else {0: "middle"}
    if len(points) > 4:
        chosen[len(points) // 2] = "middle"
    for index, anchor in sorted(chosen.items()):
        date = _text(points[index].date[:10])
        yield f'<text x="{xs[index]:.1f}" y="{BOTTOM + 24}" text-anchor="{anchor}">{date}</text>'
    legend = "commits, oldest first" + (
        "; dotted lines: could not be compared" if not all(map(_scored, points)) else ""
    )
    yield f'<text x="{(LEFT + RIGHT) / 2:g}" y="{BOTTOM + 50}" text-anchor="middle">{legend}</text>'


def _description(history: History) -> str:
    compared = history.compared
    commits = counted(len(history.points), "commit")
    if not compared:
        return f"{commits}, none of which could be compared"
    first, last = compared[0], compared[-1]
    told = f"{percent(first.score or 0.0)} on {first.date[:10]}, {percent(last.score or 0.0)} on {last.date[:10]}"
    skipped = len(history.points) - len(compared)
    return f"{commits}: {told}" + (f"; {skipped} could not be compared" if skipped else "")


def _text(text: str) -> str:
    return escape(one_line(text))
