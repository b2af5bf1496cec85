"""Chat templates as the texts between what is said."""

from __future__ import annotations

import jinja2
import pytest
from edgeweb.schema.language import Chat
from edgeweb.tasks.language import chat
from worded import text_models


def test_chat_templates_become_texts() -> None:
    with_system = (
        "{{ bos_token }}{% if messages[0]['role'] != 'system' %}{{ 'SYSTEM be kind\n' }}{% endif %}"
        "{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}"
        "{% else %}{{ ' ' + m.content + '</s>' }}{% endif %}{% endfor %}"
    )
    for template, specials in ((text_models.CHATML, {}), (with_system, {"bos_token": "<s>"})):
        made = chat.compiled(template, specials)
        assert isinstance(made, Chat), made
        said = [("user", "Who?"), ("assistant", "An owl."), ("user", "Why?")]
        messages = [{"role": role, "content": content} for role, content in said]
        environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)
        right = environment.from_string(template).render(messages=messages, add_generation_prompt=True, **specials)
        own = f"{made.first}Who?{made.after}{made.opens}An owl.{made.next}Why?{made.after}{made.prompt}"
        assert own == right


@pytest.mark.parametrize(
    "template",
    [
        "{{ raise_exception('no') }}", "{% for m in messages %}{{ m.content | upper }}{% endfor %}",
        "{{ messages[0].content.__class__.__mro__ }}", "{% for",
    ],
)  # fmt: skip
def test_a_template_of_another_kind_is_declined(template: str) -> None:
    assert isinstance(chat.compiled(template, {}), str)


_TRIMS = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}{{ '<sys>' + messages[0].content | trim + '</sys>' }}"
    "{% set rest = messages[1:] %}{% else %}{{ '<sys>be kind</sys>' }}{% set rest = messages %}{% endif %}"
    "{% for m in rest %}{% if m.role == 'user' %}{{ '<u>' + m.content | trim }}{% else %}"
    "{% generation %}{{ '<a>' + m.content }}{% endgeneration %}{{ '</a>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<a>' }}{% endif %}"
)


def test_a_system_prompt_stands_in_place_of_the_templates_own() -> None:
    made = chat.compiled(_TRIMS, {"bos_token": "<s>"})
    assert isinstance(made, Chat), made
    assert made.system is not None and (made.first, made.system.before) == ("<s><sys>be kind</sys><u>", "<s><sys>")
    assert made.trims == ["system", "user"]
    told = [{"role": "system", "content": " be brief "}, {"role": "user", "content": " why? "}]
    assert chat.written(made, told) == "<s><sys>be brief</sys><u>why?<a>"
    plain = chat.compiled(text_models.CHATML, {})
    assert isinstance(plain, Chat) and plain.system is not None and plain.trims == []


def test_a_template_without_a_place_for_a_system_prompt() -> None:
    refuses = "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('none') }}{% endif %}{{ '<' + m.role + '>' + m.content }}{% endfor %}{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}"  # noqa: E501
    made = chat.compiled(refuses, {})
    assert isinstance(made, Chat) and made.system is None


def test_the_date_of_today_is_not_built_in() -> None:
    dated = "{{ strftime_now('%d %b %Y') }}{% for m in messages %}{{ m.content }}{% endfor %}"
    assert "the date of today" in str(chat.compiled(dated, {}))
    own = "{% set day = strftime_now('%d') if strftime_now is defined else '26 Jul' %}{% for m in messages %}{{ day + m.role + m.content }}{% endfor %}{% if add_generation_prompt %}{{ day + 'assistant' }}{% endif %}"  # noqa: E501
    made = chat.compiled(own, {})
    assert isinstance(made, Chat) and made.first == "26 Juluser"


_SHOWN = (
    "{% for m in messages %}{{ m.role | upper + ': ' }}{% for c in m.content if c.type == 'image' %}{{ '<image>\n' }}"
    "{% endfor %}{% for c in m.content if c.type == 'text' %}{{ c.text + ' ' }}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)


def test_a_question_may_come_with_a_picture() -> None:
    made = chat.compiled(_SHOWN, {}, shown=True)
    assert isinstance(made, Chat), made
    assert made.picture is not None
    assert (made.picture.text, made.picture.before) == ("<image>\n", "")
    behind = chat.compiled(_SHOWN.replace("c.text + ' '", "'@' + c.text"), {}, shown=True)
    assert isinstance(behind, Chat) and behind.picture is not None
    assert (behind.picture.text, behind.picture.before, behind.first) == ("<image>\n", "@", "USER: @")
    # Where the question is written otherwise because of it, the picture is no part of it.
    moved = _SHOWN.replace("': '", "(' ' if m.content[0].type == 'image' else ': ')")
    other = chat.compiled(moved, {}, shown=True)
    assert isinstance(other, Chat) and other.picture is None
