"""The pictures of the report's page: forms, trials and layers, each inside its frame."""

from __future__ import annotations

import json

import pytest
from edgeweb.search.candidate import LayerBits
from edgeweb.site.report import chart
from edgeweb.tasks.evidence import Said
from reported import HOSTILE, LAYERS, Tags, document, found, html, svg


def test_the_picture_shows_every_form_and_trial_inside_its_frame() -> None:
    told = document(found(layers=LAYERS))
    picture = chart.picture(told["compression"])
    assert picture is not None
    assert [mark.name for mark in picture.marks if mark.kind == "ships"] == ["stored"]
    assert {mark.y for mark in picture.marks if mark.name in ("as it is", "byte planes")} == {chart.EQUAL}
    # No figure and no agreement: as far from the original as the picture goes.
    assert next(mark.y for mark in picture.marks if mark.name == "int8 static") == chart.FLOOR
    assert [dot.passed for dot in picture.dots] == [False, True, True]
    for each in (*picture.dots, *picture.marks):
        assert 0 <= each.x <= 100 and chart.EQUAL <= each.y <= chart.FLOOR
    # Its trial lies on the stored form, the coarser one to the left of it and lower.
    stored = next(mark for mark in picture.marks if mark.name == "stored")
    assert (picture.dots[1].x, picture.dots[1].y) == (stored.x, stored.y)
    assert picture.dots[0].x < stored.x < picture.dots[2].x and picture.dots[0].y > stored.y > picture.dots[2].y
    assert len(picture.across) >= 2 and [tick.text for tick in picture.down][:2] == ["20 dB", "30 dB"]
    drawn = svg(html(told))
    assert drawn.documentElement.getAttribute("aria-labelledby") == "picture-title picture-text"
    assert "stored, 1,000 bytes, 30.0 dB, ships" in drawn.getElementsByTagName("desc")[0].firstChild.data


@pytest.mark.parametrize("wires", [(1, 1), (10, 11), (100_000, 138_000), (1, 4_000_000_000)])
def test_the_scale_across_has_a_few_round_sizes(wires: tuple[int, int]) -> None:
    forms = [{"wireBytes": wire, "sqnr": 20.0, "agreement": 0.99, "form": "x", "serves": [], "refused": None,
              "measure": "cosine"} for wire in wires]  # fmt: skip
    picture = chart.picture({"forms": forms, "trials": [], "layers": []})
    assert picture is not None and 1 <= len(picture.across) <= 5
    assert all(0 <= tick.at <= 100 for tick in picture.across)


def test_names_of_forms_do_not_cover_one_another() -> None:
    forms = [
        {"wireBytes": wire, "sqnr": None, "agreement": 1.0, "form": name, "serves": [] if i else ["wasm"],
         "refused": None, "measure": "exact"}
        for i, (name, wire) in enumerate((("byte planes", 205_000), ("as it is", 211_000)))
    ]  # fmt: skip
    forms.append({**forms[0], "form": "fp16", "sqnr": 40.0, "agreement": 0.99, "wireBytes": 100_000, "serves": []})
    picture = chart.picture({"forms": forms, "trials": [], "layers": []})
    assert picture is not None
    for width in (320, 660):
        first, second, _ = (chart._label(mark, width) for mark in picture.marks)
        assert not first.meets(second)


def test_hostile_names_of_layers_stay_text() -> None:
    layers = (LayerBits(HOSTILE, 10, 4.0, 0.1), LayerBits("x" * 5000, 5, 4.0, 0.1))
    settle = f'task = "{HOSTILE}"'
    said = (Said("task", HOSTILE, "assumed", HOSTILE, settle), Said("labels", (HOSTILE,) * 90, "file", HOSTILE))
    told = document(found(layers=layers), reason=HOSTILE, said=said)
    assert all(len(layer["name"]) <= 200 for layer in told["compression"]["layers"])
    text = html(told)
    tags = Tags(text).found
    assert not [tag for tag, _ in tags if tag == "script"]
    # The policy of the page: no styles and no handlers in its tags.
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on") or name == "style"]
    assert "\u202e" not in json.dumps(told["compression"], ensure_ascii=False) and "{{ 7 * 7 }}" in text
    # Shown shortened, with its end, and whole where it is pointed at; quotes do not end the attribute.
    whole = [attributes.get("title") for tag, attributes in tags if attributes.get("class") == "layer"]
    assert whole == [layer["name"] for layer in told["compression"]["layers"]]
    svg(text)


def test_a_form_with_a_hostile_name_stays_text_in_the_picture() -> None:
    search = found(layers=LAYERS)
    told = document(search)
    told["compression"]["forms"][3]["form"] = HOSTILE
    drawn = svg(html(told))
    assert not drawn.getElementsByTagName("script")
    names = [node for node in drawn.getElementsByTagName("text") if node.getAttribute("class").startswith("name")]
    assert len(names) == 5


def test_at_most_so_many_layers_are_drawn_those_with_most_weights() -> None:
    layers = tuple(LayerBits(f"layer {i}", 100 + i, 4.0 + i / 100, 0.1) for i in range(57))
    text = html(document(found(layers=layers)))
    assert text.count('class="layer"') == chart.MAX_ROWS
    assert text.index("layer 56") < text.index("layer 55") and "layer 16<" not in text
    assert "and 17 more" in text
    widest = chart.bars(document(found(layers=layers))["compression"]["layers"])
    assert widest[0].width == 100.0 and all(0 < bar.width <= 100 for bar in widest)


def test_names_of_layers_lose_what_all_share_and_no_more() -> None:
    def short(*names: str) -> list[str]:
        return [bar.short for bar in chart.bars([{"name": n, "weights": 1, "bits": 4.0} for n in names])]

    assert short("/m/a1/w", "/m/a2/w") == ["a1", "a2"]
    assert short("/m/a", "/m/a.b") == ["a", "a.b"]
    assert short("conv1", "conv2") == ["conv1", "conv2"]
    assert short("same", "same") == ["same", "same"] and short("/a/", "/a/") == ["/a/", "/a/"]
    assert short("/m/only") == ["/m/only"] and short() == []
    assert short("a" * 20 + "b" * 20) == ["a" * 8 + "…" + "b" * 15]
