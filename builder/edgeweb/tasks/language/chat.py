"""A chat template as the texts that stand around each message, so that no browser has to run Jinja."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from edgeweb.schema.language import Chat

# What no template writes itself.
_ASKED, _SAID, _THEN = "\u241eaSkEd\u241e", "\u241esAiD\u241e", "\u241etHeN\u241e"


def compiled(template: str, specials: Mapping[str, str]) -> Chat | str:
    """The texts around messages, proven on a conversation of three; or why the template is of another kind."""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = lambda _: ""
    environment.filters["tojson"] = jinja2.filters.do_tojson
    asked, said, then = _message("user", _ASKED), _message("assistant", _SAID), _message("user", _THEN)

    def render(*messages: Mapping[str, str], prompt: bool = False) -> str:
        return environment.from_string(template).render(
            messages=list(messages), add_generation_prompt=prompt, tools=None, **specials
        )

    try:
        one, one_prompted = render(asked), render(asked, prompt=True)
        three, three_prompted = render(asked, said, then), render(asked, said, then, prompt=True)
    except Exception as error:  # noqa: BLE001 - a template may raise anything
        return f"its chat template does not run: {error}"
    try:
        first, _, after_user = one.partition(_ASKED)
        between = three.split(_ASKED)[1].split(_SAID)[0]
        second = three.split(_SAID)[1].split(_THEN)[0]
    except IndexError:
        return "its chat template leaves messages out"
    prompt = one_prompted.removeprefix(one)
    # What opens an answer is written when one is asked for, by each answer itself, or both.
    opens = between.removeprefix(after_user)
    found = Chat(first=first, after=after_user, prompt=prompt, opens=opens, next=second)
    whole = found.first + _ASKED + found.after + found.opens + _SAID + found.next + _THEN + found.after + found.prompt
    if not one_prompted.startswith(one) or whole != three_prompted or first.count(_ASKED):
        return "its chat template does more than to write texts around the messages"
    return found


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _refuse(message: Any) -> None:
    raise jinja2.TemplateError(str(message))
