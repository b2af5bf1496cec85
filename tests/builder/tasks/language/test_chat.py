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
