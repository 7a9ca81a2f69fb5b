"""The plan as a Markdown document that a person works with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from protoalign.reports.impacts import IMPACT_MEANINGS
from protoalign.reports.markdown import code, prose
from protoalign.reports.plan_document import NOTHING_KEPT, Kept, NotesPlace, check_mark, write_document
from protoalign.reports.plan_sides import side_lines
from protoalign.reports.plan_wording import days, hours, release_words
from protoalign.reports.wording import counted, percent

if TYPE_CHECKING:
    from protoalign.compare import Guess
    from protoalign.plan import Action, DoneAction, FilePlan, Phase, Plan, Risk, WorkItem

__all__ = ["render_plan_markdown"]

CALLED = frozenset({"service", "rpc"})
STRUCTURE = frozenset({"package", "file", "message", "enum", "service", "rpc"})
FEW_ACTIONS = 8
FEW_RISKS = 8


def render_plan_markdown(plan: Plan, kept: Kept = NOTHING_KEPT) -> str:
    """The plan as Markdown.

    Args:
        plan: the plan.
        kept: the notes and ticks that `read_document` found in the document as it was.
    """
    return write_document(_body(plan, kept.ticks), plan.record, kept)


def _body(plan: Plan, ticks: frozenset[str]) -> Iterator[str | NotesPlace]:
    yield f"# Alignment plan: {code(plan.subject.label)} to {code(plan.reference.label)}"
    yield ""
    yield (
        "> Written by `protoalign plan`. Do not tick its boxes: `protoalign plan --update` on this file compares again"
        " and ticks what is done. Write your notes in its source, between the comments `notes` and `/notes`; they stay."
    )
    yield from _dates(plan)
    yield from _incomplete(plan)
    yield from _standing(plan)
    yield from _files(plan)
    yield from _order(plan)
    for phase in plan.phases:
        yield from _phase(phase, plan, ticks)
    yield from _risks(plan)
    yield from _guesses(plan.guesses)
    yield from _finished(plan)
    yield from ("", "## Notes", "", NotesPlace("plan"))


def _dates(plan: Plan) -> Iterator[str]:
    started = plan.record.started
    parts = [f"Started {started}" if started else "", f"last written {plan.date}" if plan.date else ""]
    shown = ", ".join(part for part in parts if part)
    if shown:
        yield from ("", f"{prose(shown[:1].upper() + shown[1:])}.")


def _incomplete(plan: Plan) -> Iterator[str]:
    if plan.is_complete:
        return
    yield from ("", "> **Incomplete.** Not all could be read, so this plan lacks work or has too much:", ">")
    for side in (plan.subject, plan.reference):
        for name, reason in sorted(side.left_out.items()):
            yield f"> - {code(side.label)}: {code(name)}: {prose(reason)}"


def _standing(plan: Plan) -> Iterator[str]:
    progress = plan.progress
    yield from ("", "## Where it stands", "")
    if plan.has_work:
        yield (
            f"**Progress:** {progress.done:,} of {counted(progress.total, 'action')} done. Aligned elements:"
            f" {percent(progress.score_then)} when the plan was started, {percent(progress.score_now)} now."
            f" Aligned files: {sum(file.status == 'aligned' for file in plan.files):,} of {len(plan.files):,}."
        )
    else:
        done = f"; {counted(progress.done, 'action')} done" if progress.done else ""
        yield f"**Nothing is left to do**{done}. Aligned elements: {percent(progress.score_now)}."
    if progress.reference_then:
        yield ""
        yield (
            f"The plan was started for {code(progress.reference_then)}. What its successor no longer asks for counts"
            " as done."
        )
    yield from ("", f"| | {code(plan.subject.label, in_table=True)} | {code(plan.reference.label, in_table=True)} |")
    yield "| --- | ---: | ---: |"
    for name in ("files", "messages", "enums", "services", "rpcs", "fields"):
        shown = "RPCs" if name == "rpcs" else name
        yield f"| {shown} | {getattr(plan.subject, name):,} | {getattr(plan.reference, name):,} |"
    if plan.findings:
        yield from ("", "| findings | impact | what it means |", "| ---: | --- | --- |")
        for impact, meaning in IMPACT_MEANINGS.items():
            if impact in plan.findings:
                yield f"| {plan.findings[impact]:,} | {impact} | {meaning} |"
    if plan.waived:
        yield from ("", f"{counted(plan.waived, 'finding')} more {'is' if plan.waived == 1 else 'are'} waived.")
    if plan.has_work:
        yield from ("", f"**Estimated effort:** {hours(plan.effort)} ({days(plan.effort)}).")
        yield from ("", f"**Release:** {prose(release_words(plan.version))}.")


def _files(plan: Plan) -> Iterator[str]:
    yield from ("", "## Files", "")
    yield "| file | status | priority | complexity | effort | aligned | actions |"
    yield "| --- | --- | --- | --- | ---: | ---: | ---: |"
    for file in plan.files:
        name = _file_name(file, in_table=True)
        aligned = f"{file.aligned}/{file.elements}"
        if file.actions:
            yield (
                f"| {name} | {file.status} | {file.priority} | {file.complexity} | {hours(file.effort)} | {aligned}"
                f" | {file.actions:,} |"
            )
        else:
            yield f"| {name} | {file.status} | – | – | – | {aligned} | – |"


def _file_name(file: FilePlan, *, in_table: bool = False) -> str:
    name = code(file.file, in_table=in_table)
    if file.subject_file is not None and file.subject_file != file.file:
        return f"{code(file.subject_file, in_table=in_table)} → {name}"
    return name


def _order(plan: Plan) -> Iterator[str]:
    if not plan.phases:
        return
    yield from ("", "## Order of work", "")
    yield "| phase | effort | actions |"
    yield "| --- | ---: | ---: |"
    for phase in plan.phases:
        actions = sum(len(item.actions) for item in phase.items)
        yield f"| {phase.number}. {phase.title} | {hours(phase.effort)} | {actions or '–'} |"
    yield f"| **Total** | **{hours(plan.effort)}** | **{plan.progress.total - plan.progress.done:,}** |"
    if plan.order:
        yield from ("", "Recommended order of the files: imported ones first, urgent ones early.", "")
        for number, step in enumerate(plan.order, start=1):
            urgent = f" since {code(step.urgent_for)} needs it" if step.urgent_for else ""
            after = f"; after {_listed(step.after)}" if step.after else ""
            yield f"{number}. {code(step.file)}: {step.priority}{urgent}, {hours(step.effort)}{after}"
    if plan.quick_wins:
        yield from ("", f"**Quick wins** (small, need no other file, reach RPCs): {_listed(plan.quick_wins)}.")
    if plan.together:
        yield from ("", "**Change in one step**, because the tree does not compile between:", "")
        for group in plan.together:
            yield f"- {_listed(group.files)}: {prose('; '.join(group.reasons))}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(code(name) for name in names)


def _phase(phase: Phase, plan: Plan, ticks: frozenset[str]) -> Iterator[str | NotesPlace]:
    yield from ("", f"## Phase {phase.number}: {phase.title}", "", phase.purpose)
    yield f"Effort: {hours(phase.effort)}."
    files = {file.file: file for file in plan.files}
    for number, item in enumerate(phase.items, start=1):
        yield from _item(f"{phase.number}.{number}", item, files.get(item.file))
    if phase.checks:
        yield ""
        for check in phase.checks:
            box = "[x]" if check.id in ticks else "[ ]"
            yield f"- {box} {prose(check.text)} ({hours(check.effort)}) {check_mark(check.id)}"
        yield from ("", NotesPlace("checks"))


def _item(number: str, item: WorkItem, file: FilePlan | None) -> Iterator[str | NotesPlace]:
    if item.kind == "file" and file is not None:
        yield from ("", f"### {number} {_file_name(file)}", "")
        yield (
            f"**{file.status[:1].upper() + file.status[1:]}** · **{file.priority}** priority"
            f" ({prose(file.priority_reason)}) · **{file.complexity}** complexity · **{hours(item.effort)}**"
        )
        if file.subject is not None or file.reference is not None:
            yield ""
            yield from side_lines(file)
            yield from ("", "To do:")
    elif item.kind == "service":
        yield from ("", f"### {number} Service {code(item.title)}", "")
        yield f"In {code(item.file)} · **{hours(item.effort)}**"
    else:
        yield from ("", f"### {number} Settings", "", f"**{hours(item.effort)}**")
    yield ""
    yield from _actions(item.actions)
    yield from _done(item.done)
    yield from ("", NotesPlace(item.id))


def _actions(actions: tuple[Action, ...]) -> Iterator[str]:
    """One line each; of long lists, what concerns one message or enum stands below its name."""
    if len(actions) <= FEW_ACTIONS:
        yield from map(_action, actions)
        return
    for group, members in groupby(actions, key=lambda action: action.group):
        of_group = tuple(members)
        if group and len(of_group) > 1:
            rpcs = max(action.rpcs for action in of_group)
            reach = f", {counted(rpcs, 'RPC')}" if rpcs and of_group[0].kind not in CALLED else ""
            yield f"- {code(group)}: {counted(len(of_group), 'change')}{reach}"
            yield from (f"  {_action(action, within=group)}" for action in of_group)
        else:
            yield from map(_action, of_group)


def _action(action: Action, *, within: str = "") -> str:
    """One line; below the name of a message or enum, its members go by their simple names."""
    facts: list[str] = [] if action.impact in ("missing", "extra") else [action.impact]
    if action.rpcs and not within and action.kind not in CALLED:
        facts.append(counted(action.rpcs, "RPC"))
    shown = f" ({', '.join(facts)})" if facts else ""
    text = action.text
    if within:
        text = text.removeprefix(f"`{within}`: ").replace(f"`{within}.", "`")
    return f"- [ ] {prose(text)}{shown}"


def _done(actions: tuple[DoneAction, ...]) -> Iterator[str]:
    for action in actions:
        yield f"- [x] {prose(action.text)}"


def _risks(plan: Plan) -> Iterator[str]:
    if not plan.risks:
        return
    yield from ("", "## Risks: what breaks for the SDK's own users", "")
    yield f"{prose(_sentence(release_words(plan.version)))}. Tell users in the changelog how to move:"
    yield ""
    for risk in plan.risks:
        yield f"- **{risk.title}** ({len(risk.items):,}): {prose(risk.effect)}."
        yield f"  {prose(_risk_items(risk))}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _risk_items(risk: Risk) -> str:
    shown = "; ".join(risk.items[:FEW_RISKS])
    more = len(risk.items) - FEW_RISKS
    return f"{shown}; and {more:,} more" if more > 0 else shown


def _guesses(guesses: tuple[Guess, ...]) -> Iterator[str]:
    if not guesses:
        return
    yield from ("", "## Guesses to confirm", "")
    yield "The plan rests on these matches. Overrule a wrong one under `[map]` in the settings, or with `--map`."
    yield from ("", "| what | in the subject | in the reference | why |", "| --- | --- | --- | --- |")
    shown = [guess for guess in guesses if guess.kind in STRUCTURE]
    for guess in shown:
        names = (code(guess.subject, in_table=True), code(guess.reference, in_table=True))
        yield f"| {guess.kind} | {names[0]} | {names[1]} | {prose(guess.reason)} |"
    more = len(guesses) - len(shown)
    if more:
        yield from ("", f"{more:,} more, of fields and other members, are in the output of `protoalign compare`.")


def _finished(plan: Plan) -> Iterator[str | NotesPlace]:
    if not plan.finished:
        return
    yield from ("", "## Done")
    for item in plan.finished:
        yield from ("", f"### {code(item.title)}", "")
        yield from _done(item.done)
        yield from ("", NotesPlace(item.id))
