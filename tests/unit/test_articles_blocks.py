"""A tree of elements to blocks of text."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from tocsin.articles.blocks import Block, Layout, layout_of


def layout(markup: str) -> Layout:
    return layout_of(lxml_html.document_fromstring(f"<html><body>{markup}</body></html>"))


def texts(markup: str) -> list[str]:
    return [block.text for block in layout(markup).blocks]


def block(markup: str) -> Block:
    (only,) = layout(markup).blocks
    return only


def test_each_paragraph_heading_and_item_is_a_block() -> None:
    assert texts("<h2>Bay</h2><p>One.</p><ul><li>two<li>three</ul>") == [
        "Bay",
        "One.",
        "two",
        "three",
    ]


def test_elements_within_a_line_do_not_break_it() -> None:
    assert texts("<p>a <b>bold</b>er <a href='/'>cl<i>ai</i>m</a>.</p>") == ["a bolder claim."]


def test_a_block_element_breaks_the_text_around_it() -> None:
    assert texts("<div>before<p>inside</p>after</div>") == ["before", "inside", "after"]


def test_elements_that_no_standard_knows_are_blocks() -> None:
    assert texts("<x-lead>One</x-lead><x-body>Two</x-body>") == ["One", "Two"]


def test_a_break_is_a_new_line_and_two_are_a_new_block() -> None:
    assert texts("<div>one<br>two<br> <br/>three</div>") == ["one\ntwo", "three"]


def test_white_space_of_the_source_is_one_space() -> None:
    assert texts("<p>\n one\n\t two\u00a0three \n</p>") == ["one two three"]


def test_scripts_forms_and_comments_hold_no_text_but_what_follows_them_does() -> None:
    markup = "<p>one<script>var a</script> two<!-- no --> three<select><option>x</select> four</p>"
    assert texts(markup) == ["one two three four"]


def test_a_block_knows_how_much_of_it_is_linked() -> None:
    assert block("<p>half <a href='/'>half</a></p>").linkage == 0.5
    assert block("<p>nothing</p>").linkage == 0
    whole = block("<p><a href='/'>all of it</a></p>")
    assert (whole.linkage, whole.starts_linked, whole.ends_linked) == (1, True, True)


def test_a_link_around_a_box_links_what_is_in_it() -> None:
    assert block("<a href='/'><div><p>card</p></div></a>").linkage == 1


def test_a_block_knows_what_stands_before_its_first_link() -> None:
    assert block("<p>Read also: <a href='/'>another</a> and on</p>").lead == len("Read also:")


def test_boxes_know_their_names_and_what_hides_them() -> None:
    hidden = block('<div class="a" id="b"><p itemprop="c" style="display: none">x</p></div>').box
    assert hidden.hidden
    assert (hidden.name, hidden.parent.name if hidden.parent else "") == ("c", "a b")
    assert not block("<p style='color: red'>x</p>").box.hidden


def test_what_is_in_a_hidden_box_is_hidden() -> None:
    assert block("<div hidden><section><p>x</p></section></div>").box.hidden


def test_a_letter_of_a_wide_script_is_larger() -> None:
    assert block("<p>渡し船</p>").size > block("<p>abc</p>").size


def test_nesting_that_exhausts_a_stack_does_not_exhaust_this() -> None:
    depth = 50_000
    assert len(texts("<div>" * depth + "deep" + "</div>" * depth)) <= 1


TAGS = st.sampled_from(
    [*("<p>", "</p>", "<div>", "</div>", "<br>", "<a>", "</a>", "<b>", "<li>", "<!--x-->", "text ")]
)


@given(st.lists(TAGS, max_size=30).map("".join))
def test_blocks_hold_all_the_text_in_its_order(markup: str) -> None:
    tree = lxml_html.document_fromstring(f"<html><body>{markup}<p>end</p></body></html>")
    found = " ".join(" ".join(texts(f"{markup}<p>end</p>")).split())
    assert found.replace(" ", "") == "".join(tree.text_content().split())
