"""Words that stand around names, or are written like them and are none. By hand, folded."""

# What people are called by: English, Ukrainian, German.
_TITLES = (
    "mr mrs ms miss dr sir lord lady dame president prime minister chancellor secretary "
    "general professor prof judge justice senator sen rep congressman governor gov mayor king "
    "queen prince princess pope bishop archbishop cardinal rabbi captain colonel lieutenant "
    "sergeant admiral commissioner chairman chairwoman chief executive officer director "
    "deputy vice former ambassador spokesman spokeswoman analyst coach manager striker "
    "midfielder defender goalkeeper skipper boss economist actor actress singer inspector "
    "detective foreign home defence defense finance treasury attorney state interior shadow "
    "leader mp пан пані президент прем'єр міністр голова депутат генерал секретар директор "
    "професор нардеп мер губернатор король королева екс herr frau prasident prasidentin "
    "kanzler kanzlerin bundeskanzler bundeskanzlerin ministerin innenminister aussenminister "
    "finanzminister verteidigungsminister sprecher sprecherin chef chefin trainer "
    "landeshauptmann burgermeister vizekanzler"
)
TITLES = frozenset(_TITLES.split())
# German makes one word of them.
TITLE_ENDS = (
    *("minister", "ministerin", "prasident", "prasidentin", "kanzler", "kanzlerin", "sprecher"),
    *("sprecherin", "chef", "chefin", "trainer", "agentur", "sender", "dienst", "konzern"),
)
# Days and months, and what stands before and after figures.
_CALENDAR = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april "
    "may june july august september october november december christmas easter montag "
    "dienstag mittwoch donnerstag freitag samstag sonntag januar janner februar marz mai juni "
    "juli oktober dezember weihnachten ostern uhr ende anfang mitte prozent euro millionen "
    "milliarden"
)
CALENDAR = frozenset(_CALENDAR.split())
# Of these some are names of people, too: Theresa May.
MONTHS_OR_NAMES = frozenset({"april", "august", "june", "may"})
# Adjectives of countries and creeds, who belongs to them, and points of the compass.
_DEMONYMS = (
    "african american arab argentine asian australian austrian belgian brazilian british "
    "canadian chechen chilean chinese christian colombian croatian cuban czech danish dutch "
    "egyptian english european finnish french german greek hungarian indian indonesian "
    "iranian iraqi irish islamic israeli italian japanese jewish kenyan korean latin lebanese "
    "malaysian mexican muslim nigerian norwegian pakistani palestinian polish portuguese "
    "roman romanian russian saudi scottish serbian south spanish swedish swiss syrian "
    "taiwanese thai turkish ukrainian welsh western northern southern eastern north west east "
    "central democratic republican conservative internet web olympic olympics americans "
    "britons russians germans europeans israelis palestinians iraqis iranians tories "
    "democrats republicans muslims christians jews arabs catholics catholic protestant scots "
    "kurdish kurds shia sunni shiite afghan bosnian bulgarian georgian latvian lithuanian "
    "estonian slovak slovenian vietnamese californian parisian londoners welshman scotsman "
    "irishman englishman frenchman tory"
)
DEMONYMS = frozenset(_DEMONYMS.split())
# Written in capitals, and no names: things, measures, offices.
_INITIALS = (
    "3g 4g ai aids am api bst cd ceo cet cfo cpi diy dj dna dvd est faq ftp gdp gmt gps hdtv "
    "hiv hq hr html http id ii iii iot ipo iv kfz lcd lkw mp mp3 ok pc pdf phd pkw pm pr pst "
    "roi rss seo sms ssl suv tv ui url usb ux vat wi-fi wifi xml ввп грн дтп млн тб"
)
INITIALS = frozenset(_INITIALS.split())
_COMPANY_ENDS = "ag co corp corporation gmbh group holdings inc llc ltd nv plc sa se"
COMPANY_ENDS = frozenset(_COMPANY_ENDS.split())
# After a title they make a name of it: General Motors.
_ORGANISATION = (
    "ministry university college institute bank party union council commission agency "
    "association federation committee court department office company corporation club league "
    "airlines airways motors group inc corp ltd plc co bureau service authority army police "
    "society foundation senate congress parliament house board trust fund organisation "
    "organization міністерство університет інститут банк партія союз рада комісія агентство "
    "суд служба фонд універcитет академія компанія верховна кабінет universitat ministerium "
    "bundesamt partei gericht institut verband gmbh ag bundesrat kommission gesellschaft "
    "verein"
)
ORGANISATION = frozenset(_ORGANISATION.split())
# Between two capitalised words of one name.
CONNECTORS = {
    "en": frozenset({"of", "for", "the", "de", "van", "von", "der", "al", "bin", "da", "del"}),
    "de": frozenset({"von", "der", "des", "fur", "zu", "van", "de", "am", "und"}),
    "fr": frozenset({"de", "du", "des", "la", "d", "le", "les", "pour"}),
    "es": frozenset({"de", "del", "la", "los", "las", "y", "para"}),
    "it": frozenset({"di", "del", "della", "dei", "de", "per"}),
}
# Sentences begin with them.
_BEGINNINGS = (
    "so however meanwhile although while yet still also then there here these those many most some "
    "every each no yes when since despite according earlier later last next first one two three "
    "under during if even like just though through among before i"
)
BEGINNINGS = frozenset(_BEGINNINGS.split())
