"""Blocks that pages set between the paragraphs of an article, to be put there on purpose.

`Furniture` makes them: what surrounds articles in many publishing systems, with wordings and names
of classes of its own. `Furniture.of_benchmark` speaks other words and has other names than the one
that weights are trained with: the leak that is measured is not of what was learned by heart.
"""

import random
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from lxml import html as lxml_html

LEAK_KINDS = (
    "image list",
    "link list",
    "image list without links",
    "teaser cards",
    "caption",
    "read also",
    "newsletter box",
)
MORE_KINDS = (
    "share bar",
    "paywall notice",
    "author box",
    "tags",
    "rights",
    "comments",
    "byline",
    "video",
    "poll",
    "offer list",
    "placeholders",
    "biography",
)
# What stands after the article, outside of its box, and reads like one.
AFTER_KINDS = (
    "thread",
    "next article",
    "teaser cards",
    "link list",
    "newsletter box",
    "author box",
    "biography",
    "offer list",
)
PLACES = ("middle", "end")

_TRAIN_WORDS = {
    "read also": (
        "Read also|Read more|See also|Related|More on this|Also read|Don't "
        "miss|Recommended|Read next|Lesen Sie auch|Mehr zum Thema|Auch interessant|Lire "
        "aussi|À lire aussi|Lea también|Te puede interesar|Leggi anche|Leia também|Читайте "
        "також|Читайте также|Czytaj także|Lees ook|Läs också|Watch|In other news"
    ),
    "newsletter": (
        "Sign up for our newsletter|Get the news in your inbox|Subscribe to our daily "
        "briefing|Jetzt den Newsletter abonnieren|Inscrivez-vous à notre lettre|Suscríbete a "
        "nuestro boletín|Підпишіться на наш канал|Join our mailing list|Never miss a "
        "story|Follow us on Telegram"
    ),
    "newsletter text": (
        "The best of the week, every Friday, free of charge. You can unsubscribe at any "
        "time.|Enter your address to get updates. By signing up you agree to our terms and "
        "privacy policy.|Our editors choose what matters and send it to you each morning "
        "before breakfast.|Wir schicken Ihnen jeden Morgen die wichtigsten Nachrichten per "
        "E-Mail."
    ),
    "credit": (
        "Photo: {} / Agency|Image: {}|(Photo by {}/Getty Images)|Foto: {}|Credit: {}|© {}|{} "
        "via Reuters|Picture: {}/dpa|File photo|Фото: {}|Bild: {}|Illustration: {}"
    ),
    "paywall": (
        "This article is for subscribers only. Subscribe to continue reading.|You have read "
        "all your free articles this month.|Already a subscriber? Log in|Weiterlesen mit "
        "unserem Abo. Jetzt testen.|Register for free to continue."
    ),
    "rights": (
        "© 2031 {}. All rights reserved.|This material may not be published, broadcast, "
        "rewritten or redistributed.|Have a tip or a correction? Write to us.|The views "
        "expressed are the author's own.|This article was first published in another "
        "place.|Follow {} on social media for more stories."
    ),
    "consent": (
        "We use cookies and similar technologies to improve your experience on our site, to show"
        " you personalised content and advertising, to analyse our traffic and to understand"
        " where our readers come from. By choosing to accept you agree to this use, as our cookie"
        " policy describes it. You can change your choice at any time in the privacy settings.|"
        "This site uses cookies. By continuing to browse you consent to their use.|We and our 142"
        " partners store and access information on your device, such as cookies, to measure"
        " audiences and to develop our services.|Wir verwenden Cookies und vergleichbare"
        " Techniken, um Inhalte und Anzeigen zu personalisieren. Mit einem Klick willigen Sie"
        " ein; Näheres steht in unserer Datenschutzerklärung.|Nous utilisons des cookies pour"
        " améliorer votre expérience et mesurer l'audience. Vous pouvez retirer votre"
        " consentement à tout moment.|Utilizamos cookies propias y de terceros para mejorar"
        " nuestros servicios. Si continúa navegando, acepta su uso.|Мы используем файлы cookie,"
        " чтобы сайт работал лучше. Оставаясь на сайте, вы соглашаетесь с этим."
    ),
    "placeholder": (
        "At this point you find external content that adds to the article. Accept to have it"
        " shown.|Your privacy settings keep this content from being loaded.|To see this video,"
        " please switch on JavaScript and think about a newer browser.|Hier sollte ein Inhalt von"
        " einem anderen Anbieter stehen. Ihre Einstellungen verhindern, dass er geladen wird.|Ce"
        " contenu est bloqué, car vous n'avez pas accepté les traceurs.|Advertisement. Scroll to"
        " continue reading the article.|This story continues below."
    ),
    "offer": (
        "Unlimited access to all our articles with one account|A daily puzzle and the crossword of"
        " the week|Support local journalism|Our app, with the printed edition as a replica for"
        " all of your devices|Share your thoughts and join the conversation in the comments|Get"
        " e-mail updates from your favourite authors|Fewer advertisements, and events for members"
        " only|Alle Artikel lesen, im Netz und in der App|Jederzeit kündbar|L'accès illimité à"
        " tous nos articles|Acceso a todos los contenidos, sin publicidad"
    ),
    "offering": (
        "Subscribe now to read the latest news in your city and across the country|Create an"
        " account or sign in to continue with your reading experience|Become a member|Jetzt"
        " weiterlesen|Abonnez-vous pour lire la suite|Don't have an account?"
    ),
    "biography": (
        "{} has written for this paper since 2009 and leads the desk for the economy. |{} is a"
        " correspondent in the capital. |Before, {} studied history and worked for a radio"
        " station. |{} lives near the coast with two children and a dog. |{} ist Redakteurin im"
        " Ressort Politik. |{} est journaliste au service international. "
    ),
    "share": (
        "Share|Facebook|Twitter|WhatsApp|Copy "
        "link|E-mail|Print|Save|Teilen|Partager|Поделиться|Comments"
    ),
}
_BENCH_WORDS = {
    "read also": (
        "Go deeper|More coverage|Another story|The background|Our earlier report|You should "
        "know|Worth your time|From the archive|Read this too|Ein anderer Beitrag"
    ),
    "newsletter": (
        "Stay in the picture|The morning letter|A digest for busy people|Mail from the newsroom"
    ),
    "newsletter text": (
        "Every dawn we put together what happened overnight and send it to your mailbox for "
        "nothing.|Leave your e-mail address and we write to you when something happens."
    ),
    "credit": "Picture taken by {}|{} / Press Service|Shot by {} on Tuesday|Photograph: {}",
}
_TRAIN_NAMES = (
    "related related-posts read-more more-stories promo teaser card cards widget box"
    " inline-embed recirc module block c-block item list wrapper container component unit"
    " x a1 css-1x2y sc-abc m-promo article__related entry-related wp-block-group embed"
    " story-links media gallery post-list news-list"
)
_NEUTRAL = ("div", "div", "div", "section", "aside")


class Furniture:
    """Makes fragments of HTML. `headlines` and `sentences` are what they are filled with."""

    def __init__(
        self,
        seed: int,
        headlines: Sequence[str],
        sentences: Sequence[str],
        words: dict[str, str] = _TRAIN_WORDS,
        names: str = _TRAIN_NAMES,
    ) -> None:
        self.random = random.Random(seed)
        self.headlines = headlines
        self.sentences = sentences
        self.words = {key: value.split("|") for key, value in (_TRAIN_WORDS | words).items()}
        self.names = names.split()
        self.makers: dict[str, Callable[[], str]] = {
            "image list": self.image_list,
            "link list": self.link_list,
            "image list without links": self.unlinked_list,
            "teaser cards": self.teaser_cards,
            "caption": self.caption,
            "read also": self.read_also,
            "newsletter box": self.newsletter,
            "share bar": self.share_bar,
            "paywall notice": lambda: self.notice("paywall"),
            "author box": self.author_box,
            "tags": self.tags,
            "rights": lambda: self.notice("rights"),
            "comments": self.comments,
            "byline": self.byline,
            "video": self.video,
            "poll": self.poll,
            "offer list": self.offers,
            "placeholders": self.placeholder,
            "biography": self.biography,
            "consent": self.consent,
            "thread": self.thread,
            "next article": self.next_article,
        }

    @classmethod
    def of_benchmark(cls, seed: int) -> "Furniture":
        """Every text of it holds a word that begins with Zq, which no page does."""
        chance = random.Random(seed)
        headlines = [_headline(chance, number) for number in range(60)]
        sentences = [_sentence(chance, number) for number in range(60)]
        return cls(seed, headlines, sentences, _BENCH_WORDS, "")

    def make(self, kind: str) -> str:
        return self.makers[kind]()

    def name(self) -> str:
        """The name of a box: of a common kind, of generated letters, or none at all."""
        chance = self.random
        if not self.names or chance.random() < 0.4:
            return "".join(chance.choice("abcdefghijkmnopqrstuvwxyz0123456789") for _ in range(5))
        return " ".join(chance.sample(self.names, chance.randint(1, 2)))

    def box(self, content: str, tags: Sequence[str] = _NEUTRAL) -> str:
        tag = self.random.choice(tags)
        named = f' class="{self.name()}"' if self.random.random() < 0.85 else ""
        return f"<{tag}{named}>{content}</{tag}>"

    def some(self, least: int, most: int) -> list[str]:
        return self.random.sample(self.headlines, self.random.randint(least, most))

    def word(self, key: str) -> str:
        return self.random.choice(self.words[key]).format(self.person())

    def person(self) -> str:
        words = self.random.choice(self.headlines).split()
        return " ".join(words[:2]).strip(",.:;").title()

    def sentence(self) -> str:
        return escape(self.random.choice(self.sentences))

    def heading(self) -> str:
        tag = self.random.choice(("h2", "h3", "h4", "p", "div", "strong", ""))
        return f"<{tag}>{self.word('read also')}</{tag}>" if tag else ""

    def image_list(self) -> str:
        cells = (
            f'<a href="/n/{number}"><img src="/{number}.jpg" alt=""></a>'
            f'<a href="/n/{number}">{escape(each)}</a>'
            for number, each in enumerate(self.some(3, 7))
        )
        return self.box(self.heading() + self.cells(cells))

    def link_list(self) -> str:
        items = "".join(
            f'<li><a href="/n/{number}">{escape(each)}</a></li>'
            for number, each in enumerate(self.some(2, 7))
        )
        return self.box(f"{self.heading()}<ul>{items}</ul>")

    def unlinked_list(self) -> str:
        tag = self.random.choice(("span", "div", "p", "h4"))
        cells = (
            f'<img src="/{number}.jpg"><{tag}>{escape(each)}</{tag}>'
            for number, each in enumerate(self.some(3, 7))
        )
        return self.box(self.heading() + self.cells(cells))

    def teaser_cards(self) -> str:
        tag = self.random.choice(("h2", "h3", "h3", "h4", "div", "strong"))
        linked = self.random.random() < 0.85
        pictures = self.random.random() < 0.6
        cells = (self.card(each, tag, linked, pictures) for each in self.some(1, 6))
        return self.box((self.heading() if self.random.random() < 0.6 else "") + self.cells(cells))

    def card(self, headline: str, tag: str, linked: bool, pictured: bool) -> str:
        title = f'<a href="/n/x">{escape(headline)}</a>' if linked else escape(headline)
        picture = '<img src="/p.jpg">' if pictured else ""
        text = f"<p>{self.sentence()}</p>" if self.random.random() < 0.9 else ""
        more = '<a href="/n/x">More</a>' if self.random.random() < 0.2 else ""
        return f"{picture}<{tag}>{title}</{tag}>{text}{more}"

    def cells(self, contents: Any) -> str:
        tag = self.random.choice(("div", "div", "article", "section", "li"))
        named = f' class="{self.name()}"' if self.random.random() < 0.6 else ""
        cells = "".join(f"<{tag}{named}>{each}</{tag}>" for each in contents)
        return f"<ul>{cells}</ul>" if tag == "li" else cells

    def caption(self) -> str:
        said = self.sentence() if self.random.random() < 0.6 else escape(self.headlines[0])
        credit = escape(self.word("credit"))
        shape = self.random.randrange(5)
        picture = '<img src="/a.jpg" alt="">'
        if shape <= 1:
            return f"<figure>{picture}<figcaption>{said} {credit}</figcaption></figure>"
        if shape == 2:
            return self.box(f"{picture}<p>{said} <span>{credit}</span></p>", ("div", "figure"))
        if shape == 3:
            return self.box(f"{picture}<div>{said}</div><div>{credit}</div>", ("div", "figure"))
        return self.box(f"{picture}<span>{said}</span> <em>{credit}</em>", ("div", "figure"))

    def read_also(self) -> str:
        link = f'<a href="/n/1">{escape(self.random.choice(self.headlines))}</a>'
        said = escape(self.word("read also"))
        return self.random.choice(
            (
                f"<p><strong>{said}:</strong> {link}</p>",
                f"<p><b>{said}: {link}</b></p>",
                f"<p>{said} – {link}</p>",
                f"<p>{link}</p>",
                f"<p><em>{said}:</em><br>{link}</p>",
                self.box(f"<span>{said}</span>{link}"),
                f"<blockquote><p>{said}: {link}</p></blockquote>",
                f"<p>[{said}: {link}]</p>",
            )
        )

    def newsletter(self) -> str:
        tag = self.random.choice(("h3", "h4", "p", "strong", "div"))
        field = '<form><input type="email"><button>OK</button></form>'
        return self.box(
            f"<{tag}>{escape(self.word('newsletter'))}</{tag}>"
            f"<p>{escape(self.word('newsletter text'))}</p>"
            f"{field if self.random.random() < 0.5 else ''}",
            ("div", "aside", "section"),
        )

    def share_bar(self) -> str:
        items = self.random.sample(self.words["share"], 4)
        tag = self.random.choice(("li", "span", "div"))
        return self.box("".join(f'<{tag}><a href="#">{each}</a></{tag}>' for each in items))

    def notice(self, key: str) -> str:
        said = escape(self.word(key))
        tag = self.random.choice(("p", "p", "div", "em"))
        if self.random.random() < 0.5:
            return f"<p><em>{said}</em></p>" if tag == "em" else f"<{tag}>{said}</{tag}>"
        return self.box(f"<{tag}>{said}</{tag}>")

    def author_box(self) -> str:
        name = escape(self.person())
        return self.box(
            f'<img src="/a.jpg"><h4><a href="/a">{name}</a></h4>'
            f"<p>{name} writes about {escape(self.random.choice(self.headlines).lower())}.</p>"
        )

    def tags(self) -> str:
        words = [each.split()[0].strip(",.:;") for each in self.some(3, 7)]
        tag = self.random.choice(("li", "span", "div"))
        linked = self.random.random() < 0.7
        items = (f'<a href="/t">{escape(each)}</a>' if linked else escape(each) for each in words)
        return self.box("".join(f"<{tag}>{each}</{tag}>" for each in items))

    def comments(self) -> str:
        cells = (
            f"<b>{escape(self.person())}</b><span>2 hours ago</span><p>{self.sentence()}</p>"
            for _ in range(self.random.randint(2, 4))
        )
        return self.box(f"<h3>Comments</h3>{self.cells(cells)}")

    def byline(self) -> str:
        name = escape(self.person())
        return self.random.choice(
            (
                f"<p>By {name}</p>",
                f"<div>{name} | 12 March 2031, 10:45</div>",
                "<p>Published 3 May 2031 10:45 · 4 min read</p>",
                self.box(f"<span>{name}</span><time>12.03.2031 - 10:45</time>"),
            )
        )

    def video(self) -> str:
        return self.box(
            f"<video></video><p>{escape(self.random.choice(self.headlines))}</p><span>02:31</span>"
        )

    def poll(self) -> str:
        return self.box(f"<h4>{self.sentence()}</h4><ul><li>Yes</li><li>No</li></ul>")

    def offers(self) -> str:
        """What a subscription brings, often hidden until somebody has read enough."""
        items = "".join(f"<li>{escape(each)}</li>" for each in self.several("offer", 3, 6))
        tag = self.random.choice(("h2", "h3", "p", "div"))
        named = self.random.choice(("", "hidden ", "", "d-none ")) + self.name()
        return (
            f'<div class="{named}"><{tag}>{escape(self.word("offering"))}</{tag}>'
            f"<ul>{items}</ul></div>"
        )

    def several(self, key: str, least: int, most: int) -> list[str]:
        return self.random.sample(self.words[key], self.random.randint(least, most))

    def placeholder(self) -> str:
        """What stands where a script was to put something."""
        said = escape(self.word("placeholder"))
        return self.random.choice((f"<p>{said}</p>", self.box(f"<p>{said}</p>"), self.box(said)))

    def biography(self) -> str:
        name = escape(self.person())
        chosen = self.several("biography", 1, 3)
        said = "".join(each.format(name) for each in chosen) + self.sentence()
        shape = self.random.randrange(3)
        if shape == 0:
            return f"<p><em>{said}</em></p>"
        return self.box((f"<h4>{name}</h4>" if shape == 1 else "") + f"<p>{said}</p>")

    def consent(self) -> str:
        said = " ".join(self.several("consent", 1, 2))
        button = self.random.choice(("", "<a href='#'>OK</a>", "<button>OK</button>"))
        return self.box(f"<p>{escape(said)}</p>{button}", ("div", "div", "section"))

    def thread(self) -> str:
        """Comments of readers, some of them longer than the article's paragraphs."""
        cells = (
            f"<b>{escape(self.person())}</b><span>says 3 May 2031</span>{self.prose(1, 3)}"
            for _ in range(self.random.randint(3, 12))
        )
        return self.box(f"<h3>{self.random.randint(2, 90)} comments</h3>{self.cells(cells)}")

    def next_article(self) -> str:
        """The article that a page goes on with when the reader scrolls."""
        headline = escape(self.random.choice(self.headlines))
        tag = self.random.choice(("h1", "h2", "h3"))
        return self.box(
            f'<{tag}><a href="/n/2">{headline}</a></{tag}>{self.byline()}{self.prose(2, 9)}',
            ("article", "div", "section"),
        )

    def prose(self, least: int, most: int) -> str:
        count = self.random.randint(least, most)
        paragraphs = (
            " ".join(self.sentence() for _ in range(self.random.randint(1, 3)))
            for _ in range(count)
        )
        return "".join(f"<p>{each}</p>" for each in paragraphs)


def _headline(chance: random.Random, number: int) -> str:
    who = chance.choice(("Ministers", "Fishers", "Nurses", "A judge", "Two rivals", "The council"))
    does = chance.choice(("weigh", "reject", "welcome", "await", "fear", "dispute"))
    what = chance.choice(("new harbour rules", "the tram strike", "a water tax", "border talks"))
    return f"Zq{number:02d}head {who} {does} {what} as winter comes"


def _sentence(chance: random.Random, number: int) -> str:
    when = chance.choice(("On Monday", "Late in the evening", "After weeks of talks", "This year"))
    what = chance.choice(("the plan was put to a vote", "people gathered in the old town"))
    return f"{when}, {what}, and Zq{number:02d}word was what everybody spoke about for hours."


def paragraphs_of(tree: Any, gold: str) -> list[Any]:
    """The p elements of a page that hold paragraphs of its gold text, in order."""
    wanted = _squeezed(gold)
    found = []
    for element in tree.iter("p"):
        text = _squeezed(element.text_content())
        if len(text) >= 50 and text in wanted:
            found.append(element)
    return found


def _squeezed(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def inject(tree: Any, gold: str, fragment: str, place: str, chance: random.Random) -> bool:
    """Puts the fragment behind a gold paragraph of the tree; False where there are too few."""
    elements = paragraphs_of(tree, gold)
    if len(elements) < 3:
        return False
    middle = range(len(elements) // 3, max(len(elements) // 3 + 1, 2 * len(elements) // 3))
    element = elements[chance.choice(middle) if place == "middle" else -1]
    made = lxml_html.fragment_fromstring(fragment)
    made.tail = "\n"
    element.addnext(made)
    return True


def inject_at_edge(tree: Any, fragment: str, chance: random.Random) -> None:
    """Puts the fragment at the very beginning or end of the page, where banners stand."""
    body = tree.find("body") if tree.tag == "html" else tree
    if body is not None:
        place = 0 if chance.random() < 0.6 else len(body)
        body.insert(place, lxml_html.fragment_fromstring(fragment))


def twin_of(elements: Sequence[Any], furniture: Furniture, chance: random.Random) -> Any | None:
    """Another article that looks like the page's own: the same elements with the same names around
    other words. It is put behind one of the boxes around the own one, and returned."""
    boxes = [each for each in elements[-1].iterancestors() if each.getparent() is not None]
    boxes = [each for each in boxes if each.tag not in ("body", "html")][: chance.randint(1, 4)]
    if not boxes:
        return None
    made = _like(boxes[0])
    for element in chance.choices(elements, k=chance.randint(3, 10)):
        paragraph = _like(element)
        paragraph.text = " ".join(
            chance.choice(furniture.sentences) for _ in range(chance.randint(1, 3))
        )
        made.append(paragraph)
    for box in boxes[1:]:
        around = _like(box)
        around.append(made)
        made = around
    heading = lxml_html.Element(chance.choice(("h1", "h1", "h2", "h3")))
    heading.text = chance.choice(furniture.headlines)
    made.insert(0, heading)
    boxes[-1].addnext(made)
    return made


def _like(element: Any) -> Any:
    made = lxml_html.Element(element.tag)
    if name := element.get("class"):
        made.set("class", name)
    return made


def inject_after(tree: Any, gold: str, fragment: str, chance: random.Random) -> bool:
    """Puts the fragment behind one of the boxes around the last gold paragraph."""
    elements = paragraphs_of(tree, gold)
    if len(elements) < 3:
        return False
    boxes = [each for each in elements[-1].iterancestors() if each.getparent() is not None]
    inside = [each for each in boxes if each.tag not in ("body", "html")][:4]
    if not inside:
        return False
    chance.choice(inside).addnext(lxml_html.fragment_fromstring(fragment))
    return True
