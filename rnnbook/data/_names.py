"""What the columns of a table of prices are called, in the files that people have."""

import re
import unicodedata
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache

# By language and field, the words for a column; of two kinds of words the first wins.
_WORDS = {
    "en": {
        "date": "date dates trade_date trading_day datadate caldt dlycaldt "
        "observation_date exchange_date price_date quote_date business_date as_of "
        "/ datetime timestamp date_time time time_period period day week month quarter "
        "year "
        "local_time gmt_time / snapped_at time_close timeclose unix open_time "
        "time_open timeopen t / index unnamed unnamed_0",
        "close": "close closelast close/last close_price closing closing_price "
        "price_close prccd closeprice close_close_price_adjusted_for_splits "
        "/ price last last_price price_last px_last prc settle settlement "
        "settlement_price nav value obs_value rate / c",
        "adj_close": "adj_close adjusted_close adjusted adj adj_closing_price "
        "close_adj close_adjusted adjusted_closing_price adj_price "
        "adj_close_adjusted_close_price_adjusted_for_splits_and_dividend_and_or_"
        "capital_gain_distributions",
        "open": "open open_price opening opening_price price_open px_open / o",
        "high": "high high_price price_high px_high day_high / max maximum / h",
        "low": "low low_price price_low px_low day_low / min minimum / l",
        "volume": "volume vol total_volume trade_volume shares_traded no_of_shares "
        "total_traded_quantity px_volume / v",
        "symbol": "symbol ticker tickers name stock company ts_code code tic permno "
        "isin security instrument act_symbol asset pair cusip station station_name "
        "station_id stations_id location country",
    },
    "de": {
        "date": "datum handelstag handelsdatum mess_datum / zeit zeitpunkt tag woche "
        "monat quartal jahr",
        "close": "schluss schlusskurs schlusspreis schliessen / kurs zuletzt letzter "
        "preis aktueller_kurs wert",
        "adj_close": "bereinigt schluss_bereinigt bereinigter_schlusskurs "
        "schlusskurs_bereinigt",
        "open": "offen eroffnung eroffn eroffnungskurs erster",
        "high": "hoch hochst tageshoch hochstkurs hochster",
        "low": "niedrig tief tiefst tagestief tiefstkurs tiefster",
        "volume": "volumen stucke",
        "symbol": "kurzel wertpapier wkn",
    },
    "fr": {
        "date": "seance / jour heure semaine mois trimestre annee",
        "close": "clot cloture fermeture cours_de_cloture / dernier cours prix",
        "adj_close": "cloture_ajustee cours_de_cloture_ajuste",
        "open": "ouv ouverture",
        "high": "eleve haut plus_haut",
        "low": "faible bas plus_bas",
        "volume": "vol volumes",
        "symbol": "valeur",
    },
    "es": {
        "date": "fecha",
        "close": "cierre cerrar precio_de_cierre / ultimo precio",
        "adj_close": "cierre_aj cierre_ajustado",
        "open": "apertura abrir",
        "high": "maximo alto / max",
        "low": "minimo bajo / min",
        "volume": "volumen",
    },
    "pt": {
        "date": "data",
        "close": "fechamento fecho / ultimo preco",
        "adj_close": "fechamento_ajustado fechamento_aj",
        "open": "abertura",
        "high": "maxima maximo / max",
        "low": "minima minimo / min",
        "volume": "volume",
    },
    "it": {
        "date": "data",
        "close": "chiusura prezzo_di_chiusura / ultimo prezzo",
        "adj_close": "chiusura_aggiustata chiusura_rettificata",
        "open": "apertura aperto",
        "high": "massimo alto / max",
        "low": "minimo basso / min",
        "volume": "volume",
    },
    "nl": {
        "date": "datum",
        "close": "slot slotkoers / laatste koers",
        "open": "opening openingskoers",
        "high": "hoog hoogste",
        "low": "laag laagste",
    },
    "pl": {
        "date": "data",
        "close": "zamkniecie kurs_zamkniecia / ostatnio kurs cena",
        "open": "otwarcie kurs_otwarcia",
        "high": "najwyzszy / maks max",
        "low": "najnizszy / min",
        "volume": "wolumen / wol",
    },
    "cs": {
        "date": "datum",
        "close": "zaverecna zaviraci uzaverka zaverecny_kurz / kurz cena posledni",
        "open": "oteviraci otevreni",
    },
    "sv": {
        "date": "datum dato paivamaara",
        "close": "stangning stangningskurs slutkurs sluttkurs lukkekurs lukket lukk "
        "luk paatoskurssi / senast siste seneste viimeisin sidst",
        "open": "oppning oppen apning abning avaus",
        "high": "hogst hogsta hoy hoj hojeste ylin",
        "low": "lagst lagsta lav laveste alin",
        "volume": "volym omsatt",
    },
    "ru": {
        "date": "дата / время",
        "close": "закрытие закр цена_закрытия / цена последняя",
        "open": "открытие откр",
        "high": "максимум макс",
        "low": "минимум мин",
        "volume": "объем",
        "symbol": "тикер",
    },
    "tr": {
        "date": "tarih",
        "close": "kapanıs kapanis / simdi son fiyat",
        "open": "acılıs acilis",
        "high": "yuksek",
        "low": "dusuk",
        "volume": "hacim hac",
    },
    "hu": {
        "date": "datum",
        "close": "zaro zaroar / utolso",
        "open": "nyito",
        "high": "max",
        "low": "min",
    },
    "zh": {
        "date": "日期 交易日期 交易日 / 时间 時間",
        "close": "收盘 收盘价 收盤 收盤價 收市 收市价 / 最新价 净值 单位净值",
        "adj_close": "复权收盘价",
        "open": "开盘 开盘价 開盤 開盤價 今开",
        "high": "最高 最高价 最高價 高",
        "low": "最低 最低价 最低價 低",
        "volume": "成交量 交易量",
        "symbol": "股票代码 代码 股票代碼 名称 股票名称 证券代码 证券简称 简称",
    },
    "ja": {
        "date": "日付 日付け / 日時",
        "close": "終値 / 現在値",
        "adj_close": "調整後終値 修正後終値",
        "open": "始値",
        "high": "高値",
        "low": "安値",
        "volume": "出来高",
    },
    "ko": {
        "date": "날짜 일자",
        "close": "종가 / 현재가",
        "open": "시가",
        "high": "고가",
        "low": "저가",
        "volume": "거래량",
    },
}
# Where 3/4/2021 is the third of April, whatever the program.
_DAY_FIRST = set("de fr es pt it nl pl cs sv ru tr".split())
_NOT_A_SYMBOL = set(
    "PRE PREV PREVIOUS PRIOR LAST NEXT CHANGE CHG PCT DIFF RAW NET AVG TIME DATE BID "
    "ASK UNADJ MARKET".split()
)
# Names of what is no price, though it stands alone beside the date.
_NO_PRICE = re.compile(
    "(pct|percent|daily|log|total)?(change|chg|return|ret|diff|yield)(s|pct|percent)?"
    "|pct|percent|dividends?|variation|var|veranderung|rendite|marketcap|count|rank|id"
)
# A number in front, a unit behind: "4. close (USD)", "Kurs in EUR", "price [$]".
_NOT_THE_NAME = re.compile(
    r"^\s*\d+[a-z]?[.:)]\s*(?=\D)|\((?!['\"]).*?\)|\[.*?\]| in [A-Z]{3}\b"
)
# Columns that are a part of a date.
_PARTS = {"jahr": "year", "monat": "month", "tag": "day", "stunde": "hour"}
_PARTS |= {"annee": "year", "mois": "month", "jour": "day", "heure": "hour"}
_LETTERS = str.maketrans("łøæ", "loa")  # that have no accent to take off
_FIELDS = ("open", "high", "low", "close", "volume", "adj_close")


def plain(name: object) -> str:
    """A name in lower case, without accents, signs, units and a leading number."""
    text = _NOT_THE_NAME.sub(" ", str(name))
    text = text.casefold().translate(_LETTERS)
    parts = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in parts if not unicodedata.combining(c))
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFC", text))


@cache
def _index() -> dict[str, list[tuple[str, int, str]]]:
    index: dict[str, list[tuple[str, int, str]]] = {}
    for language, fields in _WORDS.items():
        for field, words in fields.items():
            for rank, group in enumerate(words.split("/ ")):
                for word in group.split():
                    index.setdefault(plain(word), []).append((field, rank, language))
    return index


@dataclass(frozen=True)
class Column:
    """A column of a table: its header, whose it is, and what the header means."""

    position: int
    name: str
    symbol: str = ""
    field: str | None = None
    rank: int = 0
    languages: frozenset[str] = frozenset()

    @property
    def shown(self) -> str:
        """The name for a message; a column may have none."""
        return repr(self.name) if self.name else "the first column"


@dataclass(frozen=True)
class Choice:
    """Which columns of a table are used, by the names of the attributes."""

    date: Column
    value: Column
    fields: dict[str, Column]  # of load_prices; the value is one of them
    symbols: tuple[Column, ...]  # columns that may tell companies apart
    more_date: tuple[Column, ...] = ()  # the rest of a date in several columns

    @property
    def day_first(self) -> bool | None:
        """Whether the names are of a language, or a site, that writes the day first.

        None if they do not tell.
        """
        if plain(self.value.name) == "closelast":
            return False  # Nasdaq.com
        used = [self.date, self.value, *self.fields.values()]
        foreign = [c.languages for c in used if c.languages and "en" not in c.languages]
        return True if foreign and all(s & _DAY_FIRST for s in foreign) else None

    @property
    def date_shown(self) -> str:
        """The names of the date for a message."""
        return " and ".join(c.shown for c in (self.date, *self.more_date))

    @property
    def central(self) -> bool:
        """Whether the names are of a language that cp1252 has not all letters for."""
        spoken = self.value.languages
        return bool(spoken) and spoken <= {"pl", "cs", "hu"}

    @property
    def asian(self) -> bool:
        """Whether the names are of a language that writes 1,234.5."""
        used = [self.date, self.value]
        return all(c.languages & {"zh", "ja", "ko"} for c in used)

    @property
    def english(self) -> bool:
        """Whether no name is of another language."""
        used = [self.date, self.value, *self.fields.values()]
        return all("en" in c.languages or not c.languages for c in used)


def columns_of(names: Sequence[object], symbols: Sequence[str]) -> list[Column]:
    """The columns with what each header means; ``AAPL.Close`` is a close of AAPL."""
    pairs = enumerate(zip(names, symbols, strict=True))
    columns = [_column(k, str(name).strip(), symbol) for k, (name, symbol) in pairs]
    if {"o", "h", "l", "c"} <= {plain(c.name) for c in columns}:
        return columns
    letters = [c.name.isascii() and len(c.name) == 1 for c in columns]  # C is Citigroup
    return [
        Column(c.position, c.name, c.symbol) if letter else c
        for c, letter in zip(columns, letters, strict=True)
    ]


def _column(position: int, name: str, symbol: str) -> Column:
    meanings = _index().get(plain(name), [])
    if not meanings and not symbol:
        meanings, symbol = _with_symbol(name)
    if not name and not position:
        meanings = [("date", 3, "en")]  # an index without a name
    if not meanings:
        return Column(position, name, symbol)
    rank = min(rank for _, rank, _ in meanings)
    field = next(field for field, r, _ in meanings if r == rank)
    languages = frozenset(language for f, _, language in meanings if f == field)
    return Column(position, name, symbol, field, rank, languages)


def _with_symbol(name: str) -> tuple[list[tuple[str, int, str]], str]:
    """What a name such as ``AAPL.Close``, ``Close_AAPL`` means, and the symbol."""
    words = [w for w in re.split(r"[\s_.,:/|()'\"]+", name) if w]
    for cut in range(1, len(words)):
        for left, right in ((words[:cut], words[cut:]), (words[cut:], words[:cut])):
            symbol = ".".join(left)
            meanings = _index().get(plain(" ".join(right)), [])
            meanings = [m for m in meanings if m[0] in _FIELDS and m[1] < 2]
            tickers = re.fullmatch(r"[A-Z0-9^.=&-]{1,12}", symbol)
            if meanings and tickers and not _NOT_A_SYMBOL & set(left):
                return meanings, symbol
    return [], ""


class Unclear(ValueError):
    """The table has the columns that are needed, but more than one of a kind."""


def choose(
    columns: list[Column],
    kind: str,
    *,
    date: Hashable | list[Hashable] | None = None,
    value: Hashable | None = None,
    symbol: str | None = None,
) -> Choice | None:
    """Choose the date and the ``kind`` ("price", "value"); None if one is missing.

    Raises
    ------
    Unclear
        If several columns could be it; the message says how to name one.
    """
    if value is None and symbol is not None:
        named = {c.name for c in columns if c.name.casefold() == symbol.casefold()}
        exact = named & {symbol} or named
        if len(exact) == 1:  # a table with a column for each company
            value, symbol = exact.pop(), None
    mine = _of_symbol(columns, kind, symbol, value)
    days = _date_columns(mine, date)
    if None in days:
        return None
    rest = [c for c in mine if c not in days]
    fields = _price_fields(rest, value) if kind == "price" else {}
    if value is not None:
        chosen = _named(rest, value)
    else:
        known = fields.get("adj_close") or fields.get("close")
        chosen = known or _only_other(rest, kind) or _called_value(rest, kind)
    if chosen is None:
        return None
    if kind == "price":
        fields = _with_price(fields, chosen, asked=value is not None)
    symbols = tuple(c for c in rest if c.field == "symbol" and c is not chosen)
    return Choice(days[0], chosen, fields, symbols, tuple(days[1:]))


def _date_columns(
    columns: list[Column], date: Hashable | list[Hashable] | None
) -> list[Column | None]:
    if date == []:
        raise ValueError("date: expected the name of a column or several, got []")
    if date is None:
        return _year_month_day(columns) or [_best(columns, "date", "date")]
    return [_named(columns, d) for d in (date if isinstance(date, list) else [date])]


def _year_month_day(columns: list[Column]) -> list[Column | None]:
    """The columns year, month, day, hour as far as they are there, if no other column
    is the date."""
    found = {_PARTS.get(plain(c.name), plain(c.name)): c for c in columns}
    dates = {k: c.rank for k, c in found.items() if c.field == "date"}
    others = [rank for k, rank in dates.items() if k not in _PARTS.values()]
    if 0 in others or not {"year", "month"} <= found.keys():
        return []
    named = [found.get(k) for k in ("year", "month", "day", "hour")]
    named = named[: named.index(None)] if None in named else named
    return [] if len(named) == 2 and min(others, default=3) < 3 else named


def _of_symbol(
    columns: list[Column], kind: str, symbol: str | None, value: Hashable | None
) -> list[Column]:
    """The columns of one company, and those that belong to none."""
    own = {c.symbol for c in columns if c.symbol and c.field in _FIELDS}
    bare = {c.field for c in columns if not c.symbol}
    if kind != "price" or not own or bare & {"close", "adj_close"}:
        return [c for c in columns if not c.symbol or value is not None]
    if value is not None and symbol is None:
        return columns
    if symbol is None and len(own) > 1:
        raise Unclear(
            f"symbol: expected the prices of one company, got {several(own)}; "
            f"choose with symbol={min(own)!r}"
        )
    wanted = {s for s in own if symbol is None or s.casefold() == symbol.casefold()}
    if not wanted:
        raise Unclear(f"symbol: expected {several(own, 'or')}, got {symbol!r}")
    return [c for c in columns if not c.symbol or c.symbol in wanted]


def _named(columns: list[Column], name: Hashable) -> Column | None:
    """The column that the reader named: exactly, else up to case and signs."""
    texts = {str(name).strip()}
    if isinstance(name, tuple):
        field, *others = (str(part) for part in name)
        texts = {field}
        columns = [c for c in columns if not others or c.symbol in others]
    exact = [c for c in columns if c.name in texts]
    near = [c for c in columns if plain(c.name) in {plain(t) for t in texts}]
    found = exact or near
    if len(found) > 1:
        raise Unclear(f"expected each column once, got {_names(found)}")
    return found[0] if found else None


def _best(columns: list[Column], field: str, argument: str) -> Column | None:
    """The column of a field whose name is the most telling."""
    found = [c for c in columns if c.field == field]
    found = [c for c in found if c.rank == min(f.rank for f in found)]
    if len(found) > 1:
        same = len({c.name for c in found}) == 1
        remedy = "rename one" if same else f"choose with {argument}={found[0].name!r}"
        raise Unclear(f"expected each column once, got {_names(found)}; {remedy}")
    return found[0] if found else None


def _price_fields(columns: list[Column], price: Hashable | None) -> dict[str, Column]:
    """The columns of the attributes of Prices; one that is there twice is left out."""
    fields = {}
    for field in _FIELDS:
        try:
            found = _best(columns, field, "price")
        except Unclear:
            if price is None and field in ("close", "adj_close"):
                raise
            continue
        if found is not None:
            fields[field] = found
    return fields


def _with_price(
    fields: dict[str, Column], chosen: Column, asked: bool
) -> dict[str, Column]:
    """The fields such that ``.price`` is the chosen column."""
    fields = {k: c for k, c in fields.items() if c is not chosen}
    if asked:
        fields.pop("adj_close", None)  # it would be .price
    return fields | {"adj_close" if chosen.field == "adj_close" else "close": chosen}


def _only_other(columns: list[Column], kind: str) -> Column | None:
    """The one column beside the date that can be meant, whatever its name."""
    others = [c for c in columns if c.name]
    if len(others) > 1 or kind == "price":
        others = [c for c in others if c.field not in ("symbol", "date")]
    if len(others) != 1 or (kind == "price" and _is_no_price(others[0])):
        return None
    return others[0]


def _is_no_price(column: Column) -> bool:
    other = column.field in ("open", "high", "low", "volume")
    return other or _NO_PRICE.fullmatch(plain(column.name)) is not None


def _called_value(columns: list[Column], kind: str) -> Column | None:
    found = [c for c in columns if plain(c.name) in ("value", "obsvalue")]
    return found[0] if kind == "value" and len(found) == 1 else None


def several(items, word: str = "and", limit: int = 6) -> str:
    """Items in one line: "'a', 'b' and 3 more"."""
    items = [str(item) for item in sorted(items)] if isinstance(items, set) else items
    shown = [repr(item) for item in items[:limit]]
    if len(items) > limit:
        return f"{', '.join(shown)} and {len(items) - limit} more"
    return f" {word} ".join([", ".join(shown[:-1])] * (len(shown) > 1) + shown[-1:])


def _names(columns: list[Column]) -> str:
    return several([c.name for c in columns])
