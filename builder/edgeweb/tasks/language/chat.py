"""A chat template as the texts that stand around each message, so that no browser has to run Jinja."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import jinja2
import msgspec
from jinja2 import ext, nodes
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from edgeweb.machine import scratch
from edgeweb.machine.child import Child
from edgeweb.schema.language import Around, Chat, Mark

# What no template writes itself.
_TOLD, _ASKED, _SAID, _THEN = (f"\u241e{word}\u241e" for word in ("tOlD", "aSkEd", "saiD", "tHeN"))
_SPACES = " \n "
_SECONDS = 20
_Role = Literal["system", "user", "assistant"]
_Message = Mapping[str, str]


class _Generation(ext.Extension):
    """`{% generation %}` only marks what a model learns from."""

    tags = frozenset(("generation",))  # type: ignore[assignment]

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """What stands between the tags."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


@dataclass(frozen=True)
class _Template:
    """A template that can be run; as transformers runs it, but that no date is told: then a template takes its own."""

    made: jinja2.Template
    specials: Mapping[str, str]
    shown: bool = False

    def __call__(self, *messages: _Message, prompt: bool = False, picture: bool = False) -> str:
        first = next((each for each in messages if each["role"] == "user"), None)
        told = [self._parts(each, picture and each is first) for each in messages] if self.shown else list(messages)
        return self.made.render(
            messages=told, add_generation_prompt=prompt, tools=None, documents=None, **self.specials
        )

    def _parts(self, message: _Message, picture: bool) -> dict[str, Any]:
        """A message of a model that is shown pictures. `picture`: one comes with it."""
        first = [{"type": "image"}] if picture else []
        return {**message, "content": [*first, {"type": "text", "text": message["content"]}]}


def bounded(template: str, specials: Mapping[str, str], *, shown: bool = False) -> Chat | str:
    """As `compiled`, in a child: a template may never end, or fill the memory."""
    told_of = {"template": template, "specials": dict(specials), "shown": shown}
    with scratch.folder() as job:
        (job / "job.json").write_text(json.dumps(told_of), "utf-8")
        with Child("tasks.language.template_child", str(job / "job.json")) as child:
            try:
                told = child.message(time.monotonic() + _SECONDS)
            except TimeoutError:
                return f"its chat template had not ended after {_SECONDS} s"
    if told is None:
        return "its chat template takes more memory than a page has"
    return msgspec.convert(told["chat"], Chat) if "chat" in told else str(told.get("why", "it does not run"))


def compiled(template: str, specials: Mapping[str, str], *, shown: bool = False) -> Chat | str:
    """The texts around messages, proven on conversations; or why the template is of another kind. `shown`: a message
    may come with a picture.
    """
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, ext.loopcontrols]
    )
    environment.globals["raise_exception"] = _refuse
    environment.filters["tojson"] = _json
    try:
        render = _Template(environment.from_string(template), specials, shown)
        found = _around(render)
    except Exception as error:  # noqa: BLE001 - a template may raise anything
        if "strftime_now" in str(error):
            return "its chat template tells the date of today, which a site cannot have built in"
        return f"its chat template does not run: {error}"
    if isinstance(found, str):
        return found
    found = msgspec.structs.replace(found, system=_system(render, found))
    trims: tuple[_Role, ...] = ("system", "user", "assistant")
    found = msgspec.structs.replace(found, trims=[role for role in trims if _trimmed(render, role, found)])
    found = msgspec.structs.replace(found, picture=_picture(render, found)) if shown else found
    return found if _proven(render, found) else "its chat template does more than to write texts around the messages"


def written(chat: Chat, messages: list[dict[str, str]]) -> str:
    """The text of a conversation that ends with a question, as web/src/worker/language/prompts.ts writes it."""

    def content(message: Mapping[str, str]) -> str:
        return message["content"].strip() if message["role"] in chat.trims else message["content"]

    told = [each for each in messages if each["role"] == "system"]
    whole = chat.first
    if told and chat.system is not None:
        whole = chat.system.before + content(told[0]) + chat.system.after
    for message in messages[len(told) :]:
        if message["role"] == "user":
            whole += content(message) + chat.after
        else:
            whole += chat.opens + content(message) + chat.next
    return whole + chat.prompt


def _around(render: _Template) -> Chat | str:
    """What stands around a question, an answer, and another question."""
    asked, said, then = _message("user", _ASKED), _message("assistant", _SAID), _message("user", _THEN)
    one, prompted, three = render(asked), render(asked, prompt=True), render(asked, said, then)
    first, _, after = one.partition(_ASKED)
    try:
        between = three.split(_ASKED)[1].split(_SAID)[0]
        second = three.split(_SAID)[1].split(_THEN)[0]
    except IndexError:
        return "its chat template leaves messages out"
    if not prompted.startswith(one) or not between.startswith(after):
        return "its chat template does more than to write texts around the messages"
    # What opens an answer is written when one is asked for, by each answer itself, or both.
    opens = between.removeprefix(after)
    return Chat(first=first, after=after, prompt=prompted.removeprefix(one), opens=opens, next=second)


def _system(render: _Template, chat: Chat) -> Around | None:
    """What stands around a system prompt; None: it has no place for one, or not the same one in every conversation."""
    told, asked = _message("system", _TOLD), _message("user", _ASKED)
    said, then = _message("assistant", _SAID), _message("user", _THEN)
    try:
        one = render(told, asked, prompt=True)
        before, found, rest = one.partition(_TOLD)
        after = rest.partition(_ASKED)[0]
        around = Around(before=before, after=after)
        whole = msgspec.structs.replace(chat, system=around)
        longer = render(told, asked, said, then, prompt=True)
    except Exception:  # noqa: BLE001 - so templates refuse one
        return None
    same = [_texts(told, asked), _texts(told, asked, said, then)]
    proven = [one, longer] == [written(whole, each) for each in same]
    return around if found and proven else None


def _picture(render: _Template, chat: Chat) -> Mark | None:
    """What stands for a picture, proven on a conversation; None: it changes more than that."""
    asked, said, then = _message("user", _ASKED), _message("assistant", _SAID), _message("user", _THEN)
    opens, found, _ = render(asked, prompt=True, picture=True).partition(_ASKED)
    more = len(opens) - len(chat.first)
    places = [
        place for place in range(len(chat.first), -1, -1)
        if chat.first[:place] == opens[:place] and chat.first[place:] == opens[place + more :]
    ] if more > 0 and found else []  # fmt: skip
    if not places:
        return None
    mark = Mark(text=opens[places[0] : places[0] + more], before=chat.first[places[0] :])
    ends = [chat.next] if chat.system is None else [chat.next, chat.system.after]
    talk = [asked, said, then]
    talks = [talk] if chat.system is None else [talk, [_message("system", _TOLD), *talk]]
    right = [render(*each, prompt=True, picture=True) for each in talks]
    own = [
        written(chat, _texts(*each)).replace(mark.before + _ASKED, mark.text + mark.before + _ASKED) for each in talks
    ]
    return mark if right == own and all(each.endswith(mark.before) for each in ends) else None


def _trimmed(render: _Template, role: _Role, chat: Chat) -> bool:
    """Whether it takes the spaces away around what somebody says."""
    if role == "system" and chat.system is None:
        return False
    messages = [_message("system", _TOLD)] if chat.system is not None else []
    messages += [_message("user", _ASKED), _message("assistant", _SAID), _message("user", _THEN)]
    spaced = [
        {**each, "content": _SPACES + each["content"] + _SPACES} if each["role"] == role else each for each in messages
    ]
    return render(*spaced, prompt=True) == render(*messages, prompt=True)


def _proven(render: _Template, chat: Chat) -> bool:
    """Whether conversations are written as the template writes them, spaces included."""
    asked, said, then = (
        {"role": role, "content": _SPACES + word + _SPACES}
        for role, word in (("user", _ASKED), ("assistant", _SAID), ("user", _THEN))
    )
    told = _message("system", _SPACES + _TOLD + _SPACES)
    talks = [[asked], [asked, said, then], [asked, said, then, said, asked]]
    talks += [[told, *talk] for talk in talks] if chat.system is not None else []
    return all(render(*talk, prompt=True) == written(chat, _texts(*talk)) for talk in talks)


def _texts(*messages: _Message) -> list[dict[str, str]]:
    return [dict(each) for each in messages]


def _message(role: _Role, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _json(value: Any, indent: int | None = None, **_: Any) -> str:
    """As it is, without what HTML needs."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _refuse(message: Any) -> None:
    raise jinja2.TemplateError(str(message))
